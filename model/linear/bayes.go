package linear

import (
	"context"
	"fmt"
	"math"

	"cratedigger/model/matrix"
)

// BayesParams says how to train by naive Bayes.
type BayesParams struct {
	Smoothing float64 // added to the weight of each column in each class
}

// DefaultBayes serves rows of TF-IDF weights, which are well below 1.
func DefaultBayes() BayesParams { return BayesParams{Smoothing: 0.5} }

// TrainBayes learns like Train, but by multinomial naive Bayes: a column's
// weight is the log of its share of all that the rows of label 1 hold, less
// that of the rows of label 0 (on TF-IDF weights, as Rennie, Shih, Teevan and
// Karger 2003 have it). Nothing is searched for: a handful of rows is enough,
// and it errs elsewhere than logistic regression on the same columns. Its score
// orders rows; it is no log odds, and as rows are taken to be of equal length
// it has no intercept.
//
// Only sparse columns count, and their values must not be negative.
func TrainBayes(ctx context.Context, x *matrix.Matrix, y, w []float64, p BayesParams) (*Model, error) {
	if !(p.Smoothing > 0) || math.IsInf(p.Smoothing, 1) {
		return nil, fmt.Errorf("train naive Bayes: the smoothing must be above 0, not %v", p.Smoothing)
	}
	if err := matrix.CheckLabels(x, y, w); err != nil {
		return nil, fmt.Errorf("train naive Bayes: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("train naive Bayes: %w", err)
	}
	held := [2][]float64{make([]float64, x.Cols()), make([]float64, x.Cols())} // by label
	for i := range x.Rows() {
		weight := 1.0
		if w != nil {
			weight = w[i]
		}
		to := held[int(y[i])]
		cols, vals := x.Sparse(i)
		for k, j := range cols {
			if vals[k] < 0 {
				return nil, fmt.Errorf("train naive Bayes: row %d has %v in column %s; shares are of values that are not negative", i, vals[k], x.Name(int(j)))
			}
			to[j] += weight * value(vals[k], 0)
		}
	}
	var sums [2]float64
	for label := range held {
		for _, v := range held[label][x.DenseCols():] {
			sums[label] += v + p.Smoothing
		}
	}
	m := &Model{Weights: make([]float64, x.Cols()), Means: columnMeans(x, w)}
	for j := x.DenseCols(); j < x.Cols(); j++ {
		m.Weights[j] = math.Log((held[1][j]+p.Smoothing)/sums[1]) - math.Log((held[0][j]+p.Smoothing)/sums[0])
	}
	if x.Named() {
		m.Names = x.Names()
	}
	m.finish()
	return m, nil
}
