package record_test

import (
	"bytes"
	"math"
	"reflect"
	"testing"

	"cratedigger/model/record"
)

func TestGroupsAreShrunkToTheBaseRate(t *testing.T) {
	groups := []string{"a", "a", "a", "a", "b", "", "c", "c"}
	y := []float64{1, 1, 1, 1, 1, 0, 0, 0}
	m, err := record.Train(t.Context(), groups, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw := m.Raw([]string{"a", "b", "c", "new", ""})
	base := raw[3]
	if !(raw[0] > raw[1] && raw[1] > base && base > raw[2]) {
		t.Errorf("a %v, b %v, base %v, c %v: more rows must count more", raw[0], raw[1], base, raw[2])
	}
	if raw[4] != base || math.Abs(base-math.Log(5.5/3.5)) > 1e-9 {
		t.Errorf("no group %v, base %v", raw[4], base)
	}
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	loaded, err := record.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(raw, loaded.Raw([]string{"a", "b", "c", "new", ""})) {
		t.Error("the records changed in the file")
	}
	if _, err := record.Train(t.Context(), groups, y[:2], nil); err == nil {
		t.Error("labels and groups of different length were taken")
	}
}
