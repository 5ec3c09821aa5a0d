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

// BenchmarkScore scores the test rows, repeated to 20,000, on one thread. What
// is tabulated for scoring is made before.
func BenchmarkScore(b *testing.B) {
	for _, size := range testdata.Sizes {
		b.Run(size.Name, func(b *testing.B) {
			g := testdata.Generate(size, 1)
			m, err := boost.Train(b.Context(), g.Train, g.TrainLabels, nil, reference(), boost.Options{})
			if err != nil {
				b.Fatal(err)
			}
			test := g.Repeated(20_000)
			if _, err := m.ScoreThreads(test, 1); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := m.ScoreThreads(test, 1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*test.Rows())/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func reference() boost.Params {
	p := boost.Defaults()
	p.Trees, p.LearningRate, p.Seed = 300, 0.05, 1
	return p
}
