package testdata

import (
	"testing"

	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

// Fit trains trees on labelled rows, on all processors.
type Fit func(m *matrix.Matrix, y []float64) (*tree.Ensemble, error)

// BenchmarkTrain fits the generated problem at each size, binning included.
func BenchmarkTrain(b *testing.B, fit Fit) {
	for _, size := range Sizes {
		b.Run(size.Name, func(b *testing.B) {
			g := Generate(size, 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := fit(g.Train, g.TrainLabels); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScore scores the test rows, repeated to 20,000, on one thread. What
// is tabulated for scoring is made before.
func BenchmarkScore(b *testing.B, fit Fit) {
	for _, size := range Sizes {
		b.Run(size.Name, func(b *testing.B) {
			g := Generate(size, 1)
			e, err := fit(g.Train, g.TrainLabels)
			if err != nil {
				b.Fatal(err)
			}
			test := g.Repeated(20_000)
			if _, err := e.ScoreThreads(test, 1); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := e.ScoreThreads(test, 1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*test.Rows())/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
