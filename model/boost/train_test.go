package boost_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"cratedigger/model/boost"
	"cratedigger/model/internal/testdata"
	"cratedigger/model/matrix"
	"cratedigger/model/metric"
)

// sample is a problem with a dense block, a column with missing values and
// sparse columns of both signs. The label depends on all kinds.
func sample(seed uint64, rows int) (*matrix.Matrix, []float64) {
	r := rand.New(rand.NewPCG(seed, 0))
	b, err := matrix.NewBuilder(4, 40)
	if err != nil {
		panic(err)
	}
	y := make([]float64, rows)
	for i := range rows {
		dense := []float64{r.NormFloat64(), math.Exp(3 * r.NormFloat64()), float64(r.IntN(5)), r.NormFloat64()}
		s := dense[0] + 0.5*dense[2] - 1
		if r.Float64() < 0.3 {
			dense[3] = math.NaN()
			s += 0.8
		}
		var cols []int32
		var vals []float64
		for j := int32(4); j < 40; j++ {
			if r.Float64() < 2/float64(j) {
				v := r.Float64()
				if j%5 == 0 {
					v -= 0.5
				}
				cols, vals = append(cols, j), append(vals, v)
				if j < 8 {
					s += 2 * v
				}
			}
		}
		if err := b.Add(dense, cols, vals); err != nil {
			panic(err)
		}
		if r.Float64() < 1/(1+math.Exp(-2*s)) {
			y[i] = 1
		}
	}
	return b.Matrix(), y
}

func train(t *testing.T, m *matrix.Matrix, y, w []float64, p boost.Params, o boost.Options) *boost.Model {
	t.Helper()
	model, err := boost.Train(t.Context(), m, y, w, p, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := model.Check(); err != nil {
		t.Fatal(err)
	}
	return model
}

func probability(t *testing.T, model *boost.Model, m *matrix.Matrix) []float64 {
	t.Helper()
	p, err := model.Probability(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLearns(t *testing.T) {
	m, y := sample(1, 3000)
	test, want := sample(2, 1000)
	p := boost.Defaults()
	model := train(t, m, y, nil, p, boost.Options{})
	if auc := metric.ROCAUC(want, probability(t, model, test), nil); auc < 0.85 {
		t.Errorf("AUC %.3f on rows not seen, want 0.85", auc)
	}
}

// TestTrainingAndScoringAgree holds the bins used in training against the
// thresholds used later: the leaf counts must be those of the training rows.
func TestTrainingAndScoringAgree(t *testing.T) {
	m, y := sample(3, 1500)
	p := boost.Defaults()
	p.Trees = 30
	model := train(t, m, y, nil, p, boost.Options{})
	leaves, err := model.Leaves(m)
	if err != nil {
		t.Fatal(err)
	}
	for k := range model.Trees {
		counts := make([]int32, model.Trees[k].Leaves())
		for i := range leaves {
			counts[leaves[i][k]]++
		}
		if !slices.Equal(counts, model.Trees[k].Count) {
			t.Fatalf("tree %d: training put %v rows into the leaves, scoring %v", k, model.Trees[k].Count, counts)
		}
		// Rows are counted by their hessians, which are all equal in the first tree.
		if least := slices.Min(counts); k == 0 && int(least) < p.MinData || least < 1 {
			t.Errorf("a leaf of tree %d has %d rows", k, least)
		}
	}
}

func TestSameSeedSameModelOnAnyThreads(t *testing.T) {
	m, y := sample(4, 3000)
	p := boost.Defaults()
	p.Trees, p.BaggingFraction, p.BaggingFreq, p.FeatureFraction, p.Seed = 20, 0.7, 2, 0.6, 9
	first := sameOnAnyThreads(t, m, y, p)
	p.Seed = 10
	var buf bytes.Buffer
	if err := train(t, m, y, nil, p, boost.Options{}).Save(&buf); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first, buf.Bytes()) {
		t.Error("another seed made the same model")
	}
}

// In the first tree all rows of a class are alike, so that in a leaf of one
// class rounding alone would tell the splits apart.
func TestSameModelWhereNoSplitGains(t *testing.T) {
	p := reference()
	p.Trees = 5
	for seed := range uint64(5) {
		g := testdata.Generate(testdata.Sizes[0], seed)
		sameOnAnyThreads(t, g.Train, g.TrainLabels, p)
	}
}

// sameOnAnyThreads returns the model's bytes.
func sameOnAnyThreads(t *testing.T, m *matrix.Matrix, y []float64, p boost.Params) []byte {
	t.Helper()
	var first []byte
	for _, procs := range []int{1, 2, 5} {
		old := runtime.GOMAXPROCS(procs)
		model := train(t, m, y, nil, p, boost.Options{})
		runtime.GOMAXPROCS(old)
		var buf bytes.Buffer
		if err := model.Save(&buf); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = buf.Bytes()
		} else if !bytes.Equal(first, buf.Bytes()) {
			t.Errorf("%d processors made another model", procs)
		}
	}
	return first
}

func TestCancelWithinTraining(t *testing.T) {
	m, y := sample(5, 2000)
	ctx, cancel := context.WithCancel(t.Context())
	p := boost.Defaults()
	trees := 0
	_, err := boost.Train(ctx, m, y, nil, p, boost.Options{Progress: func(done, total int) {
		if trees = done; done == 3 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || trees != 3 {
		t.Errorf("after tree %d: %v", trees, err)
	}
}

func TestEarlyStoppingKeepsTheBestTrees(t *testing.T) {
	m, y := sample(6, 800)
	v, vy := sample(7, 800)
	p := boost.Defaults()
	p.Trees, p.EarlyStopping, p.LearningRate = 500, 10, 0.3
	for _, what := range []boost.Metric{boost.LogLoss, boost.ROCAUC, boost.AveragePrecision} {
		p.Metric = what
		model := train(t, m, y, nil, p, boost.Options{Valid: &boost.Validation{Matrix: v, Labels: vy}})
		if n := len(model.Trees); n < 1 || n > 200 {
			t.Errorf("metric %d: %d trees were kept", what, n)
		}
	}
	if _, err := boost.Train(t.Context(), m, y, nil, p, boost.Options{}); err == nil {
		t.Error("early stopping without validation rows gave no error")
	}
}

// TestAccuracyOnDraws compares the means over the reference draws with
// LightGBM's at equal parameters. CRATEDIGGER_DRAWS=10k takes the larger ones.
func TestAccuracyOnDraws(t *testing.T) {
	testdata.CompareOnDraws(t, "lightgbm", 0.01, 1, func(_ uint64, m *matrix.Matrix, y []float64, test *matrix.Matrix) []float64 {
		p := boost.Defaults()
		p.Trees, p.LearningRate = 300, 0.05
		return probability(t, train(t, m, y, nil, p, boost.Options{}), test)
	})
}
