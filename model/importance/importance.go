// Package importance measures what a model loses when it no longer knows a
// column.
package importance

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"cratedigger/model/matrix"
)

// Loss is by how much a figure falls when a column's values are shuffled among
// the rows: the mean and standard deviation over the repeats.
type Loss struct{ Mean, SD float64 }

// Permutation is the permutation importance (Breiman 2001; Fisher, Rudin &
// Dominici 2019) of the given columns: how much worse the figure of the
// predictions becomes when the column is shuffled, so many times. Rows should
// be ones the model was not trained on. A higher figure must be better.
func Permutation(ctx context.Context, m *matrix.Matrix, columns []int, repeats int, seed uint64,
	predict func(*matrix.Matrix) ([]float64, error), figure func(score []float64) float64) ([]Loss, error) {
	if repeats < 1 {
		return nil, fmt.Errorf("permutation importance needs at least 1 repeat, not %d", repeats)
	}
	score, err := predict(m)
	if err != nil {
		return nil, err
	}
	whole := figure(score)
	out := make([]Loss, len(columns))
	for k, j := range columns {
		if j < 0 || j >= m.Cols() {
			return nil, fmt.Errorf("there is no column %d among %d", j, m.Cols())
		}
		r := rand.New(rand.NewPCG(seed, uint64(j)))
		var sum, squares float64
		for range repeats {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			shuffled, err := m.Shuffled(j, r.Perm(m.Rows()))
			if err != nil {
				return nil, err
			}
			if score, err = predict(shuffled); err != nil {
				return nil, err
			}
			loss := whole - figure(score)
			sum += loss
			squares += loss * loss
		}
		n := float64(repeats)
		out[k] = Loss{sum / n, math.Sqrt(max(0, squares/n-sum/n*sum/n))}
	}
	return out, nil
}
