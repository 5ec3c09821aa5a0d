package forest_test

import (
	"os"
	"slices"
	"testing"

	"cratedigger/model/forest"
	"cratedigger/model/internal/testdata"
	"cratedigger/model/matrix"
)

func train(t *testing.T, m *matrix.Matrix, y, w []float64, p forest.Params) *forest.Model {
	t.Helper()
	model, err := forest.Train(t.Context(), m, y, w, p, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := model.Check(); err != nil {
		t.Fatal(err)
	}
	return model
}

func probability(t *testing.T, model *forest.Model, m *matrix.Matrix) []float64 {
	t.Helper()
	p, err := model.Probability(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFullyGrownTreesKnowTheirRows: without bootstrap every leaf is pure, so the
// training labels come back exactly; with it, the leaves hold the rows drawn.
func TestFullyGrownTreesKnowTheirRows(t *testing.T) {
	m, y := testdata.Sample(3, 800)
	p := forest.Defaults()
	p.Trees, p.Bootstrap = 7, false
	if got := probability(t, train(t, m, y, nil, p), m); !slices.Equal(got, y) {
		t.Error("fully grown trees on all rows do not know the labels of these rows")
	}
	p.Bootstrap = true
	model := train(t, m, y, nil, p)
	for k := range model.Trees {
		n := int32(0)
		for _, c := range model.Trees[k].Count {
			n += c
		}
		if n != 800 {
			t.Errorf("the leaves of tree %d hold %d draws, want 800", k, n)
		}
	}
}

func TestLimits(t *testing.T) {
	m, y := testdata.Sample(6, 600)
	p := forest.Defaults()
	p.Trees, p.Bootstrap = 5, false
	p.MinLeaf = 25
	for _, tr := range train(t, m, y, nil, p).Trees {
		if n := slices.Min(tr.Count); n < 25 {
			t.Errorf("a leaf of %d rows", n)
		}
	}
	p.MinLeaf, p.MaxLeaves = 1, 9
	for _, tr := range train(t, m, y, nil, p).Trees {
		if tr.Leaves() != 9 {
			t.Errorf("%d leaves", tr.Leaves())
		}
	}
}

// TestAccuracyOnDraws compares the means over the reference draws with
// scikit-learn's. CRATEDIGGER_DRAWS=10k takes the larger ones, where 0.01 is
// asked. On the small ones a forest's seed alone moves the mean average
// precision by that much: the reference is one seed of scikit-learn's, with
// 0.2520, while ten others of its own seeds average 0.2437. CRATEDIGGER_DRAWS=1k
// takes the mean of ten seeds; by default one is tried.
func TestAccuracyOnDraws(t *testing.T) {
	tolerance, seeds := 0.02, uint64(1)
	switch os.Getenv("CRATEDIGGER_DRAWS") {
	case "":
	case "1k":
		tolerance, seeds = 0.01, 10
	default:
		tolerance = 0.01
	}
	testdata.CompareOnDraws(t, "sklearn_rf200", tolerance, seeds, func(seed uint64, m *matrix.Matrix, y []float64, test *matrix.Matrix) []float64 {
		p := forest.Defaults()
		p.Trees, p.Seed = 200, seed
		return probability(t, train(t, m, y, nil, p), test)
	})
}
