package model

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// Folds assigns rows to k folds of about the same size and share of likes, by seed:
// fold[i] is the fold of row i. Rows are assigned in order of their shares, so that
// soft labels are spread evenly too. k is lowered to the number of rows.
func Folds(y []float64, k int, seed uint64) []int {
	k = max(2, min(k, len(y)))
	rng := rand.New(rand.NewPCG(seed, 0xf01d5))
	order := rng.Perm(len(y))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(y[a], y[b]) })
	fold := make([]int, len(y))
	for at := 0; at < len(order); at += k {
		for j, f := range rng.Perm(k)[:min(k, len(order)-at)] {
			fold[order[at+j]] = f
		}
	}
	return fold
}

// foldCount is how many folds serve n rows: many if there are few rows, so that
// each training still sees most of them.
func foldCount(n int) int {
	switch {
	case n < 80:
		return 10
	case n < 2000:
		return 5
	}
	return 3
}
