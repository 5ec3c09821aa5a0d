package boost_test

import (
	"bytes"
	"runtime"
	"slices"
	"testing"

	"cratedigger/model/boost"
	"cratedigger/model/internal/testdata"
	"cratedigger/model/matrix"
)

func train(t *testing.T, m *matrix.Matrix, y, w []float64, p boost.Params) *boost.Model {
	t.Helper()
	model, err := boost.Train(t.Context(), m, y, w, p, 0)
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

// TestTrainingAndScoringAgree compares the bins used in training with the
// thresholds used in scoring: the leaf counts must be those of the training rows.
func TestTrainingAndScoringAgree(t *testing.T) {
	m, y := testdata.Sample(3, 1500)
	p := boost.Defaults()
	p.Trees = 30
	model := train(t, m, y, nil, p)
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

// In the first tree all rows of a class have the same gradient, so that in a leaf of
// one class the splits would differ by rounding only.
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
		model := train(t, m, y, nil, p)
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

// TestAccuracyOnDraws compares the means over the reference draws with
// LightGBM's at equal parameters. CRATEDIGGER_DRAWS=10k takes the larger ones.
func TestAccuracyOnDraws(t *testing.T) {
	testdata.CompareOnDraws(t, "lightgbm", 0.01, 1, func(_ uint64, m *matrix.Matrix, y []float64, test *matrix.Matrix) []float64 {
		p := boost.Defaults()
		p.Trees, p.LearningRate = 300, 0.05
		return probability(t, train(t, m, y, nil, p), test)
	})
}
