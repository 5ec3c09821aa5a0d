package boost_test

import (
	"testing"

	"cratedigger/model/boost"
	"cratedigger/model/internal/testdata"
)

// BenchmarkTrain fits the generated problem at each size with the parameters
// of the reference figures, binning included.
func BenchmarkTrain(b *testing.B) {
	for _, size := range testdata.Sizes {
		b.Run(size.Name, func(b *testing.B) {
			g := testdata.Generate(size, 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := boost.Train(b.Context(), g.Train, g.TrainLabels, nil, reference(), boost.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScore scores the test rows on one thread.
func BenchmarkScore(b *testing.B) {
	for _, size := range testdata.Sizes {
		b.Run(size.Name, func(b *testing.B) {
			g := testdata.Generate(size, 1)
			m, err := boost.Train(b.Context(), g.Train, g.TrainLabels, nil, reference(), boost.Options{})
			if err != nil {
				b.Fatal(err)
			}
			rows := 0
			for b.Loop() {
				if _, err := m.ScoreThreads(g.Test, 1); err != nil {
					b.Fatal(err)
				}
				rows += g.Test.Rows()
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func reference() boost.Params {
	p := boost.Defaults()
	p.Trees, p.LearningRate, p.Seed = 300, 0.05, 1
	return p
}
