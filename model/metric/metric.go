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
	return mean(y, p, w, func(y, p float64) float64 {
		if y <= 0 {
			p = 1 - p
		}
		return -math.Log(min(max(p, Clip), 1-Clip))
	})
}

// Brier is the mean squared difference of probability and label (Brier 1950).
func Brier(y, p, w []float64) float64 {
	return mean(y, p, w, func(y, p float64) float64 { return (p - y) * (p - y) })
}

func mean(y, p, w []float64, loss func(y, p float64) float64) float64 {
	if len(p) != len(y) || (w != nil && len(w) != len(y)) {
		panic("metric: labels, scores and weights differ in length")
	}
	var sum, all float64
	for i := range y {
		sum += weight(w, i) * loss(y[i], p[i])
		all += weight(w, i)
	}
	return sum / all // 0/0 is NaN, as promised
}

// PrecisionAt is the share of label 1 among the k rows scored highest (all
// rows if there are fewer). Rows tied across the cut count by their mean, so
// the order of the input does not matter.
func PrecisionAt(k int, y, score []float64) float64 {
	k = min(k, len(y))
	var hits float64
	left := float64(k)
	for _, s := range steps(y, score, nil) {
		n := s.pos + s.neg
		hits += s.pos * min(1, left/n)
		if left -= n; left <= 0 {
			break
		}
	}
	return hits / float64(k)
}

// NDCGAt is the discounted cumulative gain of the k rows scored highest over
// the best possible (Järvelin & Kekäläinen 2002), gain the label and discount
// 1/log₂(rank+1); tied rows share the mean of their discounts. It is 0 if no
// label is 1.
func NDCGAt(k int, y, score []float64) float64 {
	k = min(k, len(y))
	discount := func(from, to int) (sum float64) { // ranks from 0, cut at k
		for r := from; r < min(to, k); r++ {
			sum += 1 / math.Log2(float64(r)+2)
		}
		return sum
	}
	var gain float64
	rank, pos := 0, 0
	for _, s := range steps(y, score, nil) {
		n := int(s.pos + s.neg)
		gain += s.pos / float64(n) * discount(rank, rank+n)
		rank += n
		pos += int(s.pos)
	}
	if pos == 0 {
		if len(y) == 0 {
			return math.NaN()
		}
		return 0
	}
	return gain / discount(0, pos)
}
