package boost_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"cratedigger/model/boost"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

// closeTo compares probabilities up to the rounding of sums.
func closeTo(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(got[i]-want[i]) < 1e-6) {
			t.Fatalf("%s: row %d has probability %v, before %v", what, i, got[i], want[i])
		}
	}
}

func small() boost.Params {
	p := boost.Defaults()
	p.Trees, p.Leaves = 15, 8
	return p
}

func TestPermutedRowsMakeTheSameModel(t *testing.T) {
	m, y := sample(11, 700)
	order := rand.New(rand.NewPCG(1, 1)).Perm(m.Rows())
	a := probability(t, train(t, m, y, nil, small(), boost.Options{}), m)
	b := probability(t, train(t, m.Subset(order), matrix.Pick(y, order), nil, small(), boost.Options{}), m)
	closeTo(t, "permuted rows", b, a)
}

// rebuilt is m with column j's values changed by f and moved to column to(j);
// all columns are sparse.
func rebuilt(t *testing.T, m *matrix.Matrix, cols int, to func(j int) int, f func(j int, v float64) float64) *matrix.Matrix {
	t.Helper()
	b, err := matrix.NewBuilder(0, cols)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Rows() {
		var c []int32
		var v []float64
		for j := range m.Cols() {
			if x := f(j, m.At(i, j)); x != 0 {
				c, v = append(c, int32(to(j))), append(v, x)
			}
		}
		if err := b.Add(nil, c, v); err != nil {
			t.Fatal(err)
		}
	}
	return b.Matrix()
}

func same(_ int, v float64) float64 { return v }

func TestPermutedColumnsAndSparseStorageMakeTheSameModel(t *testing.T) {
	m, y := sample(12, 700)
	a := probability(t, train(t, m, y, nil, small(), boost.Options{}), m)
	sparse := rebuilt(t, m, m.Cols(), func(j int) int { return j }, same)
	closeTo(t, "all columns sparse", probability(t, train(t, sparse, y, nil, small(), boost.Options{}), sparse), a)
	order := rand.New(rand.NewPCG(2, 2)).Perm(m.Cols())
	permuted := rebuilt(t, m, m.Cols(), func(j int) int { return order[j] }, same)
	closeTo(t, "permuted columns", probability(t, train(t, permuted, y, nil, small(), boost.Options{}), permuted), a)
}

func TestConstantColumnsChangeNothing(t *testing.T) {
	m, y := sample(13, 700)
	a := probability(t, train(t, m, y, nil, small(), boost.Options{}), m)
	b, err := matrix.NewBuilder(0, m.Cols()+2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Rows() {
		cols, vals := []int32{0, 1}, []float64{7, math.NaN()}
		for j := range m.Cols() {
			if v := m.At(i, j); v != 0 {
				cols, vals = append(cols, int32(j+2)), append(vals, v)
			}
		}
		if err := b.Add(nil, cols, vals); err != nil {
			t.Fatal(err)
		}
	}
	wide := b.Matrix()
	closeTo(t, "constant columns", probability(t, train(t, wide, y, nil, small(), boost.Options{}), wide), a)
}

func TestMonotoneTransformsChangeNothing(t *testing.T) {
	m, y := sample(14, 700)
	a := probability(t, train(t, m, y, nil, small(), boost.Options{}), m)
	stretched := rebuilt(t, m, m.Cols(), func(j int) int { return j }, func(j int, v float64) float64 {
		switch j {
		case 0, 3:
			return v * v * v // keeps the sign: zero has a bin of its own
		case 1:
			return math.Log1p(v)
		}
		return v
	})
	closeTo(t, "transformed columns", probability(t, train(t, stretched, y, nil, small(), boost.Options{}), stretched), a)
}

func TestDuplicatedRowsAreDoubledWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	values, y, double := []float64{}, []float64{}, []float64{}
	var rows []int
	for i := range 300 {
		a, b := float64(r.IntN(12)), float64(r.IntN(9))
		values = append(values, a, b)
		label := 0.0
		if a+b+3*r.NormFloat64() > 10 {
			label = 1
		}
		y, double, rows = append(y, label), append(double, 2), append(rows, i, i)
	}
	m, err := matrix.FromDense(2, values)
	if err != nil {
		t.Fatal(err)
	}
	p := small()
	p.MinData, p.MinDataInBin, p.MinHessian = 1, 1, 1
	a := probability(t, train(t, m, y, double, p, boost.Options{}), m)
	b := probability(t, train(t, m.Subset(rows), matrix.Pick(y, rows), nil, p, boost.Options{}), m)
	closeTo(t, "duplicated rows", b, a)
}

func TestDegenerateInput(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	p := small()
	p.MinData, p.MinHessian, p.MinDataInBin = 1, 0, 1
	for name, c := range map[string]struct {
		cols      int
		values, y []float64
	}{
		"one row":                {2, []float64{1, 2}, []float64{1}},
		"one class":              {1, []float64{1, 2, 3}, []float64{0, 0, 0}},
		"constant":               {1, []float64{5, 5, 5, 5}, []float64{0, 1, 0, 1}},
		"missing":                {1, []float64{nan, nan, nan}, []float64{0, 1, 0}},
		"infinite":               {1, []float64{inf, -inf, 0, inf, -inf, 1}, []float64{1, 0, 0, 1, 0, 1}},
		"infinite and missing":   {1, []float64{inf, nan, inf, nan}, []float64{1, 0, 1, 0}},
		"huge":                   {1, []float64{1e308, -1e308, 1e308, -1e308}, []float64{1, 0, 1, 0}},
		"tiny":                   {1, []float64{5e-324, 0, -5e-324, 1e-300}, []float64{1, 0, 1, 0}},
		"more columns than rows": {5, []float64{1, 2, 3, 4, 5, 5, 4, 3, 2, 1}, []float64{0, 1}},
	} {
		m, err := matrix.FromDense(c.cols, c.values)
		if err != nil {
			t.Fatal(err)
		}
		model := train(t, m, c.y, nil, p, boost.Options{})
		for i, v := range probability(t, model, m) {
			if !(v >= 0 && v <= 1) {
				t.Errorf("%s: row %d has probability %v", name, i, v)
			}
			if (name == "infinite" || name == "infinite and missing" || name == "huge") && (v > 0.5) != (c.y[i] == 1) {
				t.Errorf("%s: row %d has probability %v and label %v", name, i, v, c.y[i])
			}
		}
		var text bytes.Buffer
		if err := model.WriteLightGBM(&text); err != nil {
			t.Fatal(err)
		}
		again, err := tree.ReadLightGBM(&text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want, _ := model.Score(m)
		if got, err := again.Score(m); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: after LightGBM's format the scores are %v, before %v (%v)", name, got, want, err)
		}
	}
	m, y := sample(1, 10)
	for _, bad := range []func(*boost.Params){
		func(p *boost.Params) { p.Trees = 0 }, func(p *boost.Params) { p.Leaves = 1 }, func(p *boost.Params) { p.LearningRate = nan },
		func(p *boost.Params) { p.MaxBin = 256 }, func(p *boost.Params) { p.BaggingFraction = 0 }, func(p *boost.Params) { p.L2 = inf },
		func(p *boost.Params) { p.Unbalance, p.ScalePosWeight = true, 2 },
	} {
		p := small()
		bad(&p)
		if _, err := boost.Train(t.Context(), m, y, nil, p, boost.Options{}); err == nil {
			t.Errorf("parameters %+v were accepted", p)
		}
	}
	if _, err := boost.Train(t.Context(), m.Subset(nil), nil, nil, small(), boost.Options{}); err == nil {
		t.Error("no rows were accepted")
	}
}

func TestContributionsAddUpAndFilesKeepTheModel(t *testing.T) {
	m, y := sample(15, 500)
	p := small()
	p.L1, p.L2, p.MaxDepth, p.MinGain, p.ScalePosWeight = 0.5, 2, 4, 0.01, 3
	model := train(t, m, y, nil, p, boost.Options{})
	want, err := model.Score(m)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := model.Save(&buf); err != nil {
		t.Fatal(err)
	}
	loaded, err := boost.Load(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := loaded.Score(m); err != nil || !slices.Equal(got, want) {
		t.Errorf("a loaded model scores otherwise (%v)", err)
	}
	err = model.EachContributions(m, func(i int, values []float64, base float64) error {
		for _, v := range values {
			base += v
		}
		if math.Abs(base-want[i]) > 1e-9 {
			return fmt.Errorf("row %d: contributions add up to %v, the score is %v", i, base, want[i])
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for k := range model.Trees {
		if d := model.Trees[k].Depth(); d > 4 {
			t.Errorf("tree %d is %d deep", k, d)
		}
	}
}

func ExampleTrain() {
	rows, err := matrix.FromDense(1, []float64{1, 2, 3, 4, 5, 6, 7, 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	p := boost.Defaults()
	p.MinData, p.MinDataInBin = 1, 1
	m, err := boost.Train(context.Background(), rows, []float64{0, 0, 0, 0, 1, 1, 1, 1}, nil, p, boost.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	probability, err := m.Probability(rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f %.3f\n", probability[0], probability[7])
	// Output: 0.000 1.000
}
