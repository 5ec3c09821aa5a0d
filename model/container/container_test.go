package container_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"cratedigger/model/container"
)

func payload() []byte {
	var e container.Encoder
	e.Int(-7)
	e.Bool(true)
	e.Float(math.Inf(-1))
	e.String("zwölf")
	e.Strings([]string{"a", ""})
	e.Bytes8([]uint8{1, 2})
	e.Int32s([]int32{-1, 1 << 30})
	e.Floats([]float64{0.1})
	return e.Bytes()
}

func TestValuesSurvive(t *testing.T) {
	var file bytes.Buffer
	for range 2 { // two in one stream
		if err := container.Write(&file, "sample", 3, payload()); err != nil {
			t.Fatal(err)
		}
	}
	if got := container.Kind(file.Bytes()); got != "sample" {
		t.Errorf("kind %q", got)
	}
	for range 2 {
		version, body, err := container.Read(&file, "sample", 3)
		if err != nil || version != 3 {
			t.Fatalf("version %d, %v", version, err)
		}
		d := container.NewDecoder(body)
		if d.Int() != -7 || !d.Bool() || !math.IsInf(d.Float(), -1) || d.String() != "zwölf" ||
			!slices.Equal(d.Strings(), []string{"a", ""}) || !slices.Equal(d.Bytes8(), []uint8{1, 2}) ||
			!slices.Equal(d.Int32s(), []int32{-1, 1 << 30}) || !slices.Equal(d.Floats(), []float64{0.1}) {
			t.Error("a value changed")
		}
		if err := d.Err(); err != nil {
			t.Error(err)
		}
	}
}

func TestEveryFlippedByteIsNoticed(t *testing.T) {
	var file bytes.Buffer
	if err := container.Write(&file, "sample", 1, payload()); err != nil {
		t.Fatal(err)
	}
	for i := range file.Len() {
		bad := bytes.Clone(file.Bytes())
		bad[i] ^= 0x10
		if _, _, err := container.Read(bytes.NewReader(bad), "sample", 1); err == nil {
			t.Errorf("byte %d was changed without an error", i)
		}
		if _, _, err := container.Read(bytes.NewReader(file.Bytes()[:i]), "sample", 1); err == nil {
			t.Errorf("a file of %d bytes was read", i)
		}
	}
}

func TestForeignAndNewerFiles(t *testing.T) {
	if _, _, err := container.Read(strings.NewReader("tree\nversion=v4\n"), "sample", 1); !errors.Is(err, container.ErrForeign) {
		t.Errorf("foreign file: %v", err)
	}
	var file bytes.Buffer
	if err := container.Write(&file, "sample", 2, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := container.Read(bytes.NewReader(file.Bytes()), "sample", 1); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("newer version: %v", err)
	}
	if _, _, err := container.Read(bytes.NewReader(file.Bytes()), "other", 2); err == nil || !strings.Contains(err.Error(), "sample") {
		t.Errorf("other kind: %v", err)
	}
	if err := container.Write(&file, strings.Repeat("k", 17), 1, nil); err == nil {
		t.Error("a kind of 17 bytes was written")
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add(payload())
	f.Fuzz(func(t *testing.T, data []byte) {
		d := container.NewDecoder(data)
		for !d.Failed() {
			d.Int()
			d.Strings()
			d.Int32s()
			d.Floats()
			d.Bytes8()
			d.Bool()
		}
		if d.Err() == nil {
			t.Error("a failed decoder reports no error")
		}
	})
}
