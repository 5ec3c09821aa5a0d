package record_test

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"testing"

	"cratedigger/model/record"
)

// of are rows of one group each, "" for none.
func of(groups ...string) [][]record.Member {
	out := make([][]record.Member, len(groups))
	for i, g := range groups {
		if g != "" {
			out[i] = []record.Member{{Group: g, Share: 1}}
		}
	}
	return out
}

func TestGroupsAreShrunkToTheBaseRate(t *testing.T) {
	groups := of("a", "a", "a", "a", "b", "", "c", "c")
	y := []float64{1, 1, 1, 1, 1, 0, 0, 0}
	m, err := record.Train(t.Context(), groups, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw := m.Raw(of("a", "b", "c", "new", ""))
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
	if !reflect.DeepEqual(raw, loaded.Raw(of("a", "b", "c", "new", ""))) {
		t.Error("the records changed in the file")
	}
	if _, err := record.Train(t.Context(), groups, y[:2], nil); err == nil {
		t.Error("labels and groups of different length were taken")
	}
}

// Who plays with somebody liked is liked too, a doubtful member less.
func TestRowsShareTheirGroups(t *testing.T) {
	both := []record.Member{{Group: "a", Share: 1}, {Group: "b", Share: 1}}
	rows := append(of("c", "c", "c", "d", "e", "f"), both, both, both)
	m, err := record.Train(t.Context(), rows, []float64{0, 0, 0, 1, 0, 0, 1, 1, 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw := m.Raw([][]record.Member{both, both[:1], {{Group: "a", Share: 0.5}}, nil})
	together, alone, doubtful, base := raw[0]-raw[3], raw[1]-raw[3], raw[2]-raw[3], raw[3]
	if !(alone > 0.2 && math.Abs(together-2*alone) < 1e-9 && math.Abs(doubtful-alone/2) < 1e-9) {
		t.Errorf("together %v, alone %v, doubtful %v above the base %v", together, alone, doubtful, base)
	}
	parts := m.Contributions(both)
	if math.Abs(parts[0]+parts[1]-together) > 1e-12 {
		t.Errorf("the parts %v are not the score %v", parts, together)
	}
}

// Groups that agree within are believed sooner than groups that do not.
func TestStrengthIsFoundInTheRows(t *testing.T) {
	var rows [][]record.Member
	var agree, mixed []float64
	for g := range 40 {
		for k := range 4 {
			rows = append(rows, of(fmt.Sprint("group ", g))...)
			agree = append(agree, float64(g%2))
			mixed = append(mixed, float64(k%2))
		}
	}
	rows = append(rows, of("asked", "asked")...)
	score := func(y []float64) float64 {
		m, err := record.Train(t.Context(), rows, append(y, 1, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		raw := m.Raw(of("asked", ""))
		return raw[0] - raw[1]
	}
	if a, b := score(agree), score(mixed); a < 1 || b > 0.2 {
		t.Errorf("two likes add %v where groups agree, %v where they do not", a, b)
	}
}
