package neighbour_test

import (
	"bytes"
	"math"
	"testing"

	"cratedigger/model/container"
	"cratedigger/model/matrix"
	"cratedigger/model/neighbour"
)

func rows(t testing.TB, sparse ...map[int32]float64) *matrix.Matrix {
	t.Helper()
	b, err := matrix.NewBuilder(1, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range sparse {
		var cols []int32
		var vals []float64
		for c, v := range r {
			cols, vals = append(cols, c), append(vals, v)
		}
		if err := b.Add([]float64{math.NaN()}, cols, vals); err != nil {
			t.Fatal(err)
		}
	}
	return b.Matrix()
}

func TestLikeIsLikedLikeItsLike(t *testing.T) {
	m := rows(t, map[int32]float64{1: 1, 2: 1}, map[int32]float64{1: 2, 3: 1}, map[int32]float64{5: 1, 6: 1}, map[int32]float64{6: 1, 7: 1})
	y := []float64{1, 1, 0, 0}
	ask := rows(t, map[int32]float64{1: 1}, map[int32]float64{6: 3}, map[int32]float64{9: 1}, nil)
	model, err := neighbour.Train(t.Context(), m, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw := model.Raw(ask, 0)
	if raw[0] <= 0 || raw[1] >= 0 {
		t.Errorf("scores %v", raw)
	}
	if math.Abs(raw[2]) > 1e-6 || raw[2] != raw[3] {
		t.Errorf("what resembles nothing scores %v and %v, want the base rate's 0", raw[2], raw[3])
	}
	var file bytes.Buffer
	if err := model.Write(&file); err != nil {
		t.Fatal(err)
	}
	whole := bytes.Clone(file.Bytes())
	loaded, err := neighbour.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range loaded.Raw(ask, 0) {
		if v != raw[i] {
			t.Errorf("row %d: %v before, %v after the file", i, raw[i], v)
		}
	}
	whole[len(whole)/2] ^= 1
	if _, err := neighbour.Read(bytes.NewReader(whole)); err == nil {
		t.Error("a damaged file loads")
	}
	if row, cosine := model.Likest(ask, 0); row != 1 || math.Abs(cosine-2/math.Sqrt(5)) > 0.004*cosine { // values are rounded
		t.Errorf("likest %d, %v", row, cosine)
	}
	if row, _ := model.Likest(ask, 3); row != -1 {
		t.Error("an empty row resembles something")
	}
}

func TestWeightsAndShares(t *testing.T) {
	m := rows(t, map[int32]float64{1: 1}, map[int32]float64{1: 1})
	ask := rows(t, map[int32]float64{1: 1})
	even, err := neighbour.Train(t.Context(), m, []float64{1, 0}, []float64{3, 1})
	if err != nil {
		t.Fatal(err)
	}
	soft, err := neighbour.Train(t.Context(), m, []float64{0.75, 0.75}, []float64{2, 2})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := even.Raw(ask, 0)[0], soft.Raw(ask, 0)[0]; math.Abs(a-b) > 1e-6 || math.Abs(a-math.Log(3)) > 0.01 {
		t.Errorf("%v by weights, %v by shares, want %v", a, b, math.Log(3))
	}
	for name, bad := range map[string][]float64{"label 2": {2, 0}, "NaN": {math.NaN(), 0}, "short": {1}} {
		if _, err := neighbour.Train(t.Context(), m, bad, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A model of the version before has values of four bytes.
func TestModelOfTheVersionBefore(t *testing.T) {
	var e container.Encoder
	e.Float(0.5)
	e.Floats([]float64{1, 0})
	e.Floats([]float64{1, 1})
	e.Int32s([]int32{0, 1, 2})
	e.Int32s([]int32{0, 1})
	e.Int32s([]int32{int32(math.Float32bits(0.3)), int32(math.Float32bits(0.7))})
	var file bytes.Buffer
	if err := container.Write(&file, "neighbour", 2, e.Bytes()); err != nil {
		t.Fatal(err)
	}
	model, err := neighbour.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	if row, cosine := model.Likest(rows(t, map[int32]float64{1: 1}), 0); row != 0 || math.Abs(cosine-0.3) > 1e-6 {
		t.Errorf("likest %d, %v", row, cosine)
	}
}
