package boost_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"cratedigger/model/boost"
	"cratedigger/model/internal/testdata"
	"cratedigger/model/matrix"
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
	m, y := testdata.Sample(11, 700)
	order := rand.New(rand.NewPCG(1, 1)).Perm(m.Rows())
	a := probability(t, train(t, m, y, nil, small()), m)
	b := probability(t, train(t, m.Subset(order), matrix.Pick(y, order), nil, small()), m)
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
	m, y := testdata.Sample(12, 700)
	a := probability(t, train(t, m, y, nil, small()), m)
	sparse := rebuilt(t, m, m.Cols(), func(j int) int { return j }, same)
	closeTo(t, "all columns sparse", probability(t, train(t, sparse, y, nil, small()), sparse), a)
	order := rand.New(rand.NewPCG(2, 2)).Perm(m.Cols())
	permuted := rebuilt(t, m, m.Cols(), func(j int) int { return order[j] }, same)
	closeTo(t, "permuted columns", probability(t, train(t, permuted, y, nil, small()), permuted), a)
}

func TestConstantColumnsChangeNothing(t *testing.T) {
	m, y := testdata.Sample(13, 700)
	a := probability(t, train(t, m, y, nil, small()), m)
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
	closeTo(t, "constant columns", probability(t, train(t, wide, y, nil, small()), wide), a)
}

func TestMonotoneTransformsChangeNothing(t *testing.T) {
	m, y := testdata.Sample(14, 700)
	a := probability(t, train(t, m, y, nil, small()), m)
	stretched := rebuilt(t, m, m.Cols(), func(j int) int { return j }, func(j int, v float64) float64 {
		switch j {
		case 0, 3:
			return v * v * v // keeps the sign: zero has a bin of its own
		case 1:
			return math.Log1p(v)
		}
		return v
	})
	closeTo(t, "transformed columns", probability(t, train(t, stretched, y, nil, small()), stretched), a)
}

func TestRefusals(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	m, y := testdata.Sample(1, 10)
	for _, bad := range []func(*boost.Params){
		func(p *boost.Params) { p.Trees = 0 }, func(p *boost.Params) { p.Leaves = 1 }, func(p *boost.Params) { p.LearningRate = nan },
		func(p *boost.Params) { p.MaxBin = 256 }, func(p *boost.Params) { p.BaggingFraction = 0 }, func(p *boost.Params) { p.L2 = inf },
		func(p *boost.Params) { p.Unbalance, p.ScalePosWeight = true, 2 },
	} {
		p := small()
		bad(&p)
		if _, err := boost.Train(t.Context(), m, y, nil, p, 0); err == nil {
			t.Errorf("parameters %+v were accepted", p)
		}
	}
	if _, err := boost.Train(t.Context(), m.Subset(nil), nil, nil, small(), 0); err == nil {
		t.Error("no rows were accepted")
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
	m, err := boost.Train(context.Background(), rows, []float64{0, 0, 0, 0, 1, 1, 1, 1}, nil, p, 0)
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
