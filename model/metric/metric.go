// Package metric judges scores against labels of 0 and 1. Its definitions are
// scikit-learn's, weights and ties included. Where a figure has no meaning
// (one class only, no rows) it is NaN.
//
// In every function y holds labels, higher scores speak for label 1, and w
// holds a weight for each row or is nil for equal weights. The slices must
// have the same length; the functions panic if a caller mixes lengths, which
// is a mistake of the program and not of its input.
package metric

import (
	"math"
	"slices"
)

// step is a group of rows with one score: the weight of its labels.
type step struct{ score, pos, neg float64 }

// steps groups rows by score, highest first. NaN scores come last.
func steps(y, score, w []float64) []step {
	if len(score) != len(y) || (w != nil && len(w) != len(y)) {
		panic("metric: labels, scores and weights differ in length")
	}
	order := make([]int, len(y))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, z := score[a], score[b]
		switch {
		case x > z || (x == x && z != z):
			return -1
		case x < z || (x != x && z == z):
			return 1
		}
		return 0
	})
	var out []step
	for k, i := range order {
		if k == 0 || (score[i] != score[order[k-1]] && (score[i] == score[i] || score[order[k-1]] == score[order[k-1]])) {
			out = append(out, step{score: score[i]})
		}
		s := &out[len(out)-1]
		if y[i] > 0 {
			s.pos += weight(w, i)
		} else {
			s.neg += weight(w, i)
		}
	}
	return out
}

func weight(w []float64, i int) float64 {
	if w == nil {
		return 1
	}
	return w[i]
}

// AveragePrecision is Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores from the
// highest down, without interpolation. NaN without a positive row.
func AveragePrecision(y, score, w []float64) float64 {
	var tp, all, sum float64
	for _, s := range steps(y, score, w) {
		tp += s.pos
		all += s.pos + s.neg
		if all > 0 {
			sum += s.pos * tp / all
		}
	}
	if tp == 0 {
		return math.NaN()
	}
	return sum / tp
}

// ROCAUC is the chance that a random positive row is scored above a random
// negative one, a tie counting half. NaN unless both classes occur.
func ROCAUC(y, score, w []float64) float64 {
	var tp, fp, area float64
	for _, s := range steps(y, score, w) {
		area += s.neg * (tp + s.pos/2)
		tp += s.pos
		fp += s.neg
	}
	if tp == 0 || fp == 0 {
		return math.NaN()
	}
	return area / (tp * fp)
}

// Clip is how near to 0 and 1 LogLoss lets a probability come.
const Clip = 1e-6

// LogLoss is the mean of −ln of the probability given to what happened, with
// probabilities clipped to [Clip, 1−Clip].
func LogLoss(y, p, w []float64) float64 {
	if len(p) != len(y) || (w != nil && len(w) != len(y)) {
		panic("metric: labels, scores and weights differ in length")
	}
	var sum, all float64
	for i, q := range p {
		if y[i] <= 0 {
			q = 1 - q
		}
		sum -= weight(w, i) * math.Log(min(max(q, Clip), 1-Clip))
		all += weight(w, i)
	}
	return sum / all // 0/0 is NaN, as promised
}
