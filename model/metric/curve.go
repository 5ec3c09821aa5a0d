package metric

import "math"

// Point is one point of a curve. Score is the threshold that gives it: rows
// scored at least Score are called positive.
type Point struct{ X, Y, Score float64 }

// ROC is the curve of true positive rate (Y) over false positive rate (X),
// from (0, 0) at +Inf to (1, 1), one point for each distinct score. It is nil
// unless both classes occur.
func ROC(y, score, w []float64) []Point {
	groups := steps(y, score, w)
	var p, n float64
	for _, s := range groups {
		p += s.pos
		n += s.neg
	}
	if p == 0 || n == 0 {
		return nil
	}
	curve := []Point{{0, 0, math.Inf(1)}}
	var tp, fp float64
	for _, s := range groups {
		tp += s.pos
		fp += s.neg
		curve = append(curve, Point{fp / n, tp / p, s.score})
	}
	return curve
}

// PrecisionRecall is the curve of precision (Y) over recall (X), one point for
// each distinct score from the highest down, after the point (0, 1). It is nil
// without a positive row.
func PrecisionRecall(y, score, w []float64) []Point {
	groups := steps(y, score, w)
	var p float64
	for _, s := range groups {
		p += s.pos
	}
	if p == 0 {
		return nil
	}
	curve := []Point{{0, 1, math.Inf(1)}}
	var tp, all float64
	for _, s := range groups {
		tp += s.pos
		all += s.pos + s.neg
		if all > 0 {
			curve = append(curve, Point{tp / p, tp / all, s.score})
		}
	}
	return curve
}

// Bin is one bin of a reliability curve: the mean probability and the share of
// label 1 of its rows, and their weight.
type Bin struct{ Probability, Share, Weight float64 }

// Reliability groups rows into bins of equal width over [0, 1] by probability
// and returns those that hold rows. A bin holds its upper edge and not its
// lower one, except the first.
func Reliability(bins int, y, p, w []float64) []Bin {
	sums := make([]Bin, bins)
	for i := range y {
		if p[i] != p[i] {
			continue
		}
		k := min(max(int(math.Ceil(p[i]*float64(bins)))-1, 0), bins-1)
		wi := weight(w, i)
		sums[k].Probability += wi * p[i]
		sums[k].Weight += wi
		if y[i] > 0 {
			sums[k].Share += wi
		}
	}
	out := sums[:0]
	for _, b := range sums {
		if b.Weight > 0 {
			out = append(out, Bin{b.Probability / b.Weight, b.Share / b.Weight, b.Weight})
		}
	}
	return out
}
