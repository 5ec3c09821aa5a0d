package boost_test

import (
	"context"
	"testing"

	"cratedigger/model/boost"
	"cratedigger/model/internal/testdata"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

func BenchmarkTrain(b *testing.B) { testdata.BenchmarkTrain(b, fitReference) }

func BenchmarkScore(b *testing.B) { testdata.BenchmarkScore(b, fitReference) }

func fitReference(m *matrix.Matrix, y []float64) (*tree.Ensemble, error) {
	model, err := boost.Train(context.Background(), m, y, nil, reference(), 0)
	if err != nil {
		return nil, err
	}
	return model.Ensemble, nil
}

// reference are the parameters of the reference figures.
func reference() boost.Params {
	p := boost.Defaults()
	p.Trees, p.LearningRate, p.Seed = 300, 0.05, 1
	return p
}
