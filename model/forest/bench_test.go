package forest_test

import (
	"testing"

	"cratedigger/model/forest"
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
				if _, err := forest.Train(b.Context(), g.Train, g.TrainLabels, nil, reference(), forest.Options{}); err != nil {
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
			m, err := forest.Train(b.Context(), g.Train, g.TrainLabels, nil, reference(), forest.Options{})
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

func reference() forest.Params {
	p := forest.Defaults()
	p.Trees, p.Seed = 200, 1
	return p
}
