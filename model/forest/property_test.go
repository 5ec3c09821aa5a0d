package forest_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"cratedigger/model/forest"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

func TestDegenerateInput(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	p := forest.Defaults()
	p.Trees, p.Bootstrap, p.Features = 5, false, forest.Features{Rule: forest.All}
	for name, c := range map[string]struct {
		cols      int
		values, y []float64
		learns    bool
	}{
		"one row":                {2, []float64{1, 2}, []float64{1}, true},
		"one class":              {1, []float64{1, 2, 3}, []float64{0, 0, 0}, true},
		"constant":               {1, []float64{5, 5, 5, 5}, []float64{0, 1, 0, 1}, false},
		"missing":                {1, []float64{nan, nan, nan}, []float64{0, 1, 0}, false},
		"missing says it":        {1, []float64{nan, 1, nan, 2}, []float64{1, 0, 1, 0}, true},
		"infinite":               {1, []float64{inf, -inf, 0, inf, -inf, 1}, []float64{1, 0, 0, 1, 0, 1}, true},
		"huge":                   {1, []float64{1e308, -1e308, 1e308, -1e308}, []float64{1, 0, 1, 0}, true},
		"more columns than rows": {5, []float64{1, 2, 3, 4, 5, 5, 4, 3, 2, 1}, []float64{0, 1}, true},
	} {
		m, err := matrix.FromDense(c.cols, c.values)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range probability(t, train(t, m, c.y, nil, p), m) {
			if !(v >= 0 && v <= 1) || (c.learns && v != c.y[i]) {
				t.Errorf("%s: row %d has probability %v and label %v", name, i, v, c.y[i])
			}
		}
	}
	m, y := sample(1, 10)
	for _, bad := range []func(*forest.Params){
		func(p *forest.Params) { p.Trees = 0 }, func(p *forest.Params) { p.MinSplit = 1 }, func(p *forest.Params) { p.MinLeaf = 0 },
		func(p *forest.Params) { p.Sample = 2 }, func(p *forest.Params) { p.Features = forest.Features{Rule: forest.Share} },
	} {
		p := forest.Defaults()
		bad(&p)
		if _, err := forest.Train(t.Context(), m, y, nil, p, forest.Options{}); err == nil {
			t.Errorf("parameters %+v were accepted", p)
		}
	}
}

func TestWholeWeightsAreRepeats(t *testing.T) {
	m, y := sample(8, 300)
	p := forest.Defaults()
	p.Trees, p.Bootstrap, p.Features, p.MaxDepth = 1, false, forest.Features{Rule: forest.All}, 5
	var rows []int
	w := make([]float64, len(y))
	for i := range y {
		w[i] = float64(1 + i%2)
		for range 1 + i%2 {
			rows = append(rows, i)
		}
	}
	a := probability(t, train(t, m, y, w, p), m)
	b := probability(t, train(t, m.Subset(rows), matrix.Pick(y, rows), nil, p), m)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-9 {
			t.Fatalf("row %d: %v weighted, %v repeated", i, a[i], b[i])
		}
	}
}

func TestFilesContributionsAndLightGBM(t *testing.T) {
	m, y := sample(9, 300)
	p := forest.Defaults()
	p.Trees, p.Balance = 30, forest.BalancedSubsample
	model := train(t, m, y, nil, p)
	want := probability(t, model, m)
	var own, text bytes.Buffer
	if err := model.Save(&own); err != nil {
		t.Fatal(err)
	}
	loaded, err := forest.Load(&own)
	if err != nil {
		t.Fatal(err)
	}
	if got := probability(t, loaded, m); !slices.Equal(got, want) {
		t.Error("a loaded forest predicts otherwise")
	}
	if _, err := loaded.OutOfBag(m); err == nil {
		t.Error("a loaded forest knows its out-of-bag rows")
	}
	if err := model.WriteLightGBM(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "\naverage_output\n") {
		t.Error("the LightGBM file does not average")
	}
	again, err := tree.ReadLightGBM(&text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Probability(m); err != nil || !slices.Equal(got, want) {
		t.Errorf("after LightGBM's format the forest predicts otherwise (%v)", err)
	}
	err = model.EachContributions(m, func(i int, values []float64, base float64) error {
		for _, v := range values {
			base += v
		}
		if math.Abs(base-want[i]) > 1e-9 {
			return fmt.Errorf("row %d: contributions add up to %v, the probability is %v", i, base, want[i])
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func ExampleTrain() {
	rows, err := matrix.FromDense(1, []float64{1, 2, 3, 4, 5, 6, 7, 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := forest.Train(context.Background(), rows, []float64{0, 0, 0, 0, 1, 1, 1, 1}, nil, forest.Defaults(), forest.Options{})
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
