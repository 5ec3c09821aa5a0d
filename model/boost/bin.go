package boost

import (
	"math"
	"slices"
	"sort"

	"cratedigger/model/tree"
)

// group is a distinct value and how many rows have it.
type group struct {
	value float64
	count int
}

// findBounds chooses the bins of a column: their upper bounds, ascending, the
// last +Inf. values holds the column's stored values without NaN and is sorted
// here; zeros is the number of rows that are 0 besides. Zero gets a bin of its
// own; negative and positive values share the other bins by their numbers of rows,
// with bounds at quantiles, as in LightGBM.
func findBounds(values []float64, zeros, maxBin, minData int) []float64 {
	slices.Sort(values)
	lo := sort.SearchFloat64s(values, -tree.ZeroBound)
	for lo < len(values) && values[lo] == -tree.ZeroBound {
		lo++
	}
	hi := lo + sort.Search(len(values)-lo, func(k int) bool { return values[lo+k] > tree.ZeroBound })
	zeros += hi - lo
	negative, positive := values[:lo], values[hi:]
	some := len(negative) + len(positive)
	var bounds []float64
	if len(negative) > 0 {
		share := max(1, int(float64(len(negative))/float64(some)*float64(maxBin-1)))
		bounds = cut(distinct(negative), share, len(negative), minData)
		if zeros > 0 || len(positive) > 0 {
			bounds[len(bounds)-1] = -tree.ZeroBound
		} else {
			return bounds
		}
	}
	left := maxBin - 1 - len(bounds)
	if len(positive) == 0 || left <= 0 {
		return append(bounds, math.Inf(1))
	}
	if zeros > 0 || len(negative) > 0 {
		bounds = append(bounds, tree.ZeroBound)
	}
	return append(bounds, cut(distinct(positive), left, len(positive), minData)...)
}

func distinct(sorted []float64) []group {
	var out []group
	for _, v := range sorted {
		if n := len(out); n > 0 && out[n-1].value == v {
			out[n-1].count++
			continue
		}
		out = append(out, group{v, 1})
	}
	return out
}

// cut divides groups into at most bins bins with about equally many rows. A value
// with more rows than the average bin gets a bin to itself.
func cut(groups []group, bins, total, minData int) []float64 {
	var bounds []float64
	add := func(k int) { // a bound between groups k and k+1
		b := between(groups[k].value, groups[k+1].value)
		if len(bounds) == 0 || b > bounds[len(bounds)-1] {
			bounds = append(bounds, b)
		}
	}
	if len(groups) <= bins {
		rows := 0
		for k := range len(groups) - 1 {
			if rows += groups[k].count; rows >= minData {
				add(k)
				rows = 0
			}
		}
		return append(bounds, math.Inf(1))
	}
	bins = max(1, min(bins, total/minData))
	mean := float64(total) / float64(bins)
	restRows, restBins := total, bins
	big := make([]bool, len(groups))
	for k, g := range groups {
		if float64(g.count) >= mean {
			big[k] = true
			restBins--
			restRows -= g.count
		}
	}
	mean = float64(restRows) / float64(max(restBins, 1))
	rows, made := 0, 0
	for k := range len(groups) - 1 {
		if !big[k] {
			restRows -= groups[k].count
		}
		rows += groups[k].count
		if big[k] || float64(rows) >= mean || (big[k+1] && float64(rows) >= max(1, mean/2)) {
			if made++; made >= bins {
				break
			}
			add(k)
			rows = 0
			if !big[k] {
				restBins--
				mean = float64(restRows) / float64(max(restBins, 1))
			}
		}
	}
	return append(bounds, math.Inf(1))
}

// between is a bound x with a <= x < b. Like LightGBM it takes the next number
// above the middle, so that rounding in the text format moves no value to the
// other side.
func between(a, b float64) float64 {
	if math.IsInf(a, -1) {
		return -math.MaxFloat64
	}
	if math.IsInf(b, 1) {
		return math.MaxFloat64
	}
	middle := math.Nextafter(a/2+b/2, math.Inf(1))
	if !(middle >= a && middle < b) {
		return a
	}
	return middle
}

// binOf is the bin of a value that is not NaN.
func binOf(bounds []float64, v float64) uint8 {
	lo, hi := 0, len(bounds)-1
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if v <= bounds[mid] {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return uint8(lo)
}
