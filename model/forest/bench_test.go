package forest_test

import (
	"context"
	"testing"

	"cratedigger/model/forest"
	"cratedigger/model/internal/testdata"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

func BenchmarkTrain(b *testing.B) { testdata.BenchmarkTrain(b, fitReference) }

func BenchmarkScore(b *testing.B) { testdata.BenchmarkScore(b, fitReference) }

func fitReference(m *matrix.Matrix, y []float64) (*tree.Ensemble, error) {
	model, err := forest.Train(context.Background(), m, y, nil, reference(), 0)
	if err != nil {
		return nil, err
	}
	return model.Ensemble, nil
}

// reference are the parameters of the reference figures.
func reference() forest.Params {
	p := forest.Defaults()
	p.Trees, p.Seed = 200, 1
	return p
}
