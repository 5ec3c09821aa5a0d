package tree_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"cratedigger/model/boost"
	"cratedigger/model/forest"
	"cratedigger/model/internal/testdata"
	"cratedigger/model/matrix"
	"cratedigger/model/metric"
	"cratedigger/model/tree"
)

// setting is a choice of parameters.
type setting int

const (
	defaults setting = iota
	shallow          // trees at most 4 deep, and every option that changes leaves
	exact            // leaves may be as small as a row, and all rows and columns are seen
	drawn            // rows and columns are drawn
)

// learners are the two tree learners, for which the same tests must pass.
var learners = []struct {
	name, kind string
	auc        float64 // asked of 1,000 rows not seen
	train      func(ctx context.Context, m *matrix.Matrix, y, w []float64, s setting, seed uint64) (*tree.Ensemble, error)
}{
	{"boost", boost.Kind, 0.83, func(ctx context.Context, m *matrix.Matrix, y, w []float64, s setting, seed uint64) (*tree.Ensemble, error) {
		p := boost.Defaults()
		p.Seed = seed
		switch s {
		case shallow:
			p.Trees, p.Leaves, p.MaxDepth = 15, 8, 4
			p.L1, p.L2, p.MinGain, p.ScalePosWeight = 0.5, 2, 0.01, 3
		case exact:
			p.Trees, p.Leaves, p.MinData, p.MinHessian, p.MinDataInBin = 15, 8, 1, 0, 1
		case drawn:
			p.Trees, p.BaggingFraction, p.BaggingFreq, p.FeatureFraction = 20, 0.7, 2, 0.6
		}
		model, err := boost.Train(ctx, m, y, w, p, 0)
		if err != nil {
			return nil, err
		}
		return model.Ensemble, nil
	}},
	{"forest", forest.Kind, 0.8, func(ctx context.Context, m *matrix.Matrix, y, w []float64, s setting, seed uint64) (*tree.Ensemble, error) {
		p := forest.Defaults()
		p.Seed = seed
		switch s {
		case shallow:
			p.Trees, p.MaxDepth, p.Balance = 30, 4, forest.BalancedSubsample
		case exact:
			p.Trees, p.Bootstrap, p.Features = 5, false, forest.Features{Rule: forest.All}
		case drawn:
			p.Trees = 20
		}
		model, err := forest.Train(ctx, m, y, w, p, 0)
		if err != nil {
			return nil, err
		}
		return model.Ensemble, nil
	}},
}

// each runs a test of both learners; train fails it on an error.
func each(t *testing.T, test func(t *testing.T, l int, train func(m *matrix.Matrix, y, w []float64, s setting) *tree.Ensemble)) {
	for l := range learners {
		t.Run(learners[l].name, func(t *testing.T) {
			test(t, l, func(m *matrix.Matrix, y, w []float64, s setting) *tree.Ensemble {
				t.Helper()
				e, err := learners[l].train(t.Context(), m, y, w, s, 9)
				if err != nil {
					t.Fatal(err)
				}
				if err := e.Check(); err != nil {
					t.Fatal(err)
				}
				return e
			})
		})
	}
}

func probability(t *testing.T, e *tree.Ensemble, m *matrix.Matrix) []float64 {
	t.Helper()
	p, err := e.Probability(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLearns(t *testing.T) {
	each(t, func(t *testing.T, l int, train func(m *matrix.Matrix, y, w []float64, s setting) *tree.Ensemble) {
		m, y := testdata.Sample(1, 3000)
		test, want := testdata.Sample(2, 1000)
		if auc := metric.ROCAUC(want, probability(t, train(m, y, nil, defaults), test), nil); auc < learners[l].auc {
			t.Errorf("AUC %.3f on rows not seen, want %v", auc, learners[l].auc)
		}
	})
}

func TestSameSeedSameModelOnAnyThreads(t *testing.T) {
	each(t, func(t *testing.T, l int, train func(m *matrix.Matrix, y, w []float64, s setting) *tree.Ensemble) {
		m, y := testdata.Sample(4, 1500)
		var first bytes.Buffer
		for _, procs := range []int{1, 2, 5} {
			old := runtime.GOMAXPROCS(procs)
			e := train(m, y, nil, drawn)
			runtime.GOMAXPROCS(old)
			var file bytes.Buffer
			if err := e.Save(&file, learners[l].kind); err != nil {
				t.Fatal(err)
			}
			if first.Len() == 0 {
				first = file
			} else if !bytes.Equal(first.Bytes(), file.Bytes()) {
				t.Errorf("%d processors made another model", procs)
			}
		}
		e, err := learners[l].train(t.Context(), m, y, nil, drawn, 10)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := e.Save(&file, learners[l].kind); err != nil || bytes.Equal(first.Bytes(), file.Bytes()) {
			t.Errorf("another seed made the same model (%v)", err)
		}
	})
}

// ending is a context that is cancelled once Err has been called left times.
type ending struct {
	context.Context
	left atomic.Int64
}

func (c *ending) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancelWithinTraining(t *testing.T) {
	each(t, func(t *testing.T, l int, _ func(m *matrix.Matrix, y, w []float64, s setting) *tree.Ensemble) {
		m, y := testdata.Sample(5, 1000)
		ctx := &ending{Context: t.Context()}
		ctx.left.Store(40)
		if _, err := learners[l].train(ctx, m, y, nil, defaults, 9); !errors.Is(err, context.Canceled) {
			t.Errorf("the training ended with %v", err)
		}
		if more := -ctx.left.Load(); more > 200 {
			t.Errorf("the training went on, and asked %d times more", more)
		}
	})
}

// TestDegenerateInput trains on few, constant, missing and extreme values, and
// converts the models to LightGBM's format and back.
func TestDegenerateInput(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	each(t, func(t *testing.T, _ int, train func(m *matrix.Matrix, y, w []float64, s setting) *tree.Ensemble) {
		for _, c := range []struct {
			name      string
			cols      int
			values, y []float64
			learns    bool
		}{
			{"one row", 2, []float64{1, 2}, []float64{1}, true},
			{"one class", 1, []float64{1, 2, 3}, []float64{0, 0, 0}, true},
			{"constant", 1, []float64{5, 5, 5, 5}, []float64{0, 1, 0, 1}, false},
			{"missing", 1, []float64{nan, nan, nan}, []float64{0, 1, 0}, false},
			{"missing says it", 1, []float64{nan, 1, nan, 2}, []float64{1, 0, 1, 0}, true},
			{"infinite", 1, []float64{inf, -inf, 0, inf, -inf, 1}, []float64{1, 0, 0, 1, 0, 1}, true},
			{"infinite and missing", 1, []float64{inf, nan, inf, nan}, []float64{1, 0, 1, 0}, true},
			{"huge", 1, []float64{1e308, -1e308, 1e308, -1e308}, []float64{1, 0, 1, 0}, true},
			{"tiny", 1, []float64{5e-324, 0, -5e-324, 1e-300}, []float64{1, 0, 1, 0}, false},
			{"more columns than rows", 5, []float64{1, 2, 3, 4, 5, 5, 4, 3, 2, 1}, []float64{0, 1}, true},
		} {
			m, err := matrix.FromDense(c.cols, c.values)
			if err != nil {
				t.Fatal(err)
			}
			e := train(m, c.y, nil, exact)
			for i, v := range probability(t, e, m) {
				if !(v >= 0 && v <= 1) || c.learns && (v > 0.5) != (c.y[i] == 1) {
					t.Errorf("%s: row %d has probability %v and label %v", c.name, i, v, c.y[i])
				}
			}
			throughLightGBM(t, c.name, e, m)
		}
	})
}

// throughLightGBM writes a model in LightGBM's format and reads it again: it
// must give the same probabilities.
func throughLightGBM(t *testing.T, name string, e *tree.Ensemble, m *matrix.Matrix) {
	t.Helper()
	var text bytes.Buffer
	if err := e.WriteLightGBM(&text); err != nil {
		t.Fatal(err)
	}
	if averages := bytes.Contains(text.Bytes(), []byte("\naverage_output\n")); averages != e.Average {
		t.Errorf("%s: the file says that it averages: %v; the model: %v", name, averages, e.Average)
	}
	again, err := tree.ReadLightGBM(&text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	want := probability(t, e, m)
	if got, err := again.Probability(m); err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: after LightGBM's format the probabilities are %v, before %v (%v)", name, got, want, err)
	}
}

func TestWholeWeightsAreRepeats(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var values, y, w []float64
	var rows []int
	for i := range 300 {
		a, b := float64(r.IntN(12)), float64(r.IntN(9))
		values = append(values, a, b)
		label := 0.0
		if a+b+3*r.NormFloat64() > 10 {
			label = 1
		}
		y, w = append(y, label), append(w, float64(1+i%2))
		for range 1 + i%2 {
			rows = append(rows, i)
		}
	}
	m, err := matrix.FromDense(2, values)
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, _ int, train func(m *matrix.Matrix, y, w []float64, s setting) *tree.Ensemble) {
		a := probability(t, train(m, y, w, exact), m)
		b := probability(t, train(m.Subset(rows), matrix.Pick(y, rows), nil, exact), m)
		for i := range a {
			if !(math.Abs(a[i]-b[i]) < 1e-6) {
				t.Fatalf("row %d: %v weighted, %v repeated", i, a[i], b[i])
			}
		}
	})
}

func TestContributionsAddUpAndFilesKeepTheModel(t *testing.T) {
	m, y := testdata.Sample(15, 500)
	each(t, func(t *testing.T, l int, train func(m *matrix.Matrix, y, w []float64, s setting) *tree.Ensemble) {
		e := train(m, y, nil, shallow)
		want, err := e.Score(m)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := e.Save(&file, learners[l].kind); err != nil {
			t.Fatal(err)
		}
		loaded, err := tree.Load(&file, learners[l].kind)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := loaded.Score(m); err != nil || !slices.Equal(got, want) {
			t.Errorf("a loaded model scores otherwise (%v)", err)
		}
		throughLightGBM(t, "sample", e, m)
		err = e.EachContributions(m, func(i int, values []float64, base float64) error {
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
		for k := range e.Trees {
			if d := depth(&e.Trees[k], 0); d > 4 {
				t.Errorf("tree %d is %d deep", k, d)
			}
		}
	})
}

// depth is the number of splits on the longest way from a child to a leaf.
func depth(t *tree.Tree, child int32) int {
	if child < 0 || len(t.Feature) == 0 {
		return 0
	}
	return 1 + max(depth(t, t.Left[child]), depth(t, t.Right[child]))
}
