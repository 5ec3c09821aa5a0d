package forest_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"cratedigger/model/forest"
	"cratedigger/model/internal/testdata"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

func TestRefusals(t *testing.T) {
	m, y := testdata.Sample(1, 10)
	for _, bad := range []func(*forest.Params){
		func(p *forest.Params) { p.Trees = 0 }, func(p *forest.Params) { p.MinSplit = 1 }, func(p *forest.Params) { p.MinLeaf = 0 },
		func(p *forest.Params) { p.Sample = 2 }, func(p *forest.Params) { p.Features = forest.Features{Rule: forest.Share} },
	} {
		p := forest.Defaults()
		bad(&p)
		if _, err := forest.Train(t.Context(), m, y, nil, p, 0); err == nil {
			t.Errorf("parameters %+v were accepted", p)
		}
	}
}

func ExampleTrain() {
	rows, err := matrix.FromDense(1, []float64{1, 2, 3, 4, 5, 6, 7, 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := forest.Train(context.Background(), rows, []float64{0, 0, 0, 0, 1, 1, 1, 1}, nil, forest.Defaults(), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	probability, err := m.Probability(rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(probability[0] < 0.2, probability[7] > 0.8)
	// Output: true true
}

// TestValuesNearZeroAreZero: LightGBM takes values this near 0 as 0 when it
// scores dense rows and as they are when it scores sparse ones, so that no
// threshold may lie among them.
func TestValuesNearZeroAreZero(t *testing.T) {
	p := forest.Defaults()
	p.Trees, p.Bootstrap, p.Features = 3, false, forest.Features{Rule: forest.All}
	values := []float64{0, 7e-36, -7e-36, 9e-36, 1.2e-35, -1.2e-35, 2, -2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	y := []float64{0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	dense, err := matrix.FromDense(1, values)
	if err != nil {
		t.Fatal(err)
	}
	b, err := matrix.NewBuilder(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if err := b.Add(nil, []int32{0}, []float64{v}); err != nil {
			t.Fatal(err)
		}
	}
	for name, m := range map[string]*matrix.Matrix{"dense": dense, "sparse": b.Matrix()} {
		learned := train(t, m, y, nil, p)
		for i, got := range probability(t, learned, m) {
			if got != y[i] {
				t.Errorf("%s: value %v has probability %v, want %v", name, values[i], got, y[i])
			}
		}
		for _, tr := range learned.Trees {
			for _, threshold := range tr.Threshold {
				if math.Abs(threshold) < tree.ZeroBound {
					t.Errorf("%s: the threshold %v lies among values that are 0", name, threshold)
				}
			}
		}
		// The labels of values that are 0 cannot be told apart.
		blurred := slices.Clone(y)
		blurred[1] = 1
		for i, got := range probability(t, train(t, m, blurred, nil, p), m)[:4] {
			if got == 0 || got == 1 {
				t.Errorf("%s: value %v was told from 0: probability %v", name, values[i], got)
			}
		}
	}
}
