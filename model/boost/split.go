package boost

import (
	"math"
	"math/bits"
	"sync/atomic"
)

// split is the best way to divide a leaf.
type split struct {
	gain        float64 // in fixed-point units, above the leaf's own; 0 for none
	col         int32   // of binned.cols
	bin         uint8   // bins up to this one go left
	missingLeft bool    // where the bin of NaN goes
	left        sums
	leftHess    float64 // as scored, with the epsilon added
}

// limits are the constraints on a split in the histograms' fixed-point units, so
// that the loops over bins need not convert.
type limits struct {
	minData int64 // rows on each side, as estimated
	minHess float64
	l1, l2  float64
	epsilon float64 // added to each side's hessians, so that none is 0
	floor   float64 // least gain
}

// finder looks for the best split of one leaf.
//
// With the sides' gradients gl, gr and regularised hessians hl, hr, the score
// of a split is gl²/hl + gr²/hr = (G² + q) / H with G = gl+gr, H = hl+hr and
// q = (gr·H − G·hr)² / (hl·hr). As G and H are the same for all splits of a
// leaf, the split of greatest q is the best; and q > best exactly if
// (gr − G/H·hr)² > best/H²·hl·hr, which takes no division. Only the few splits
// that come close to the best are scored in full, in LightGBM's order of
// operations, so that equal splits get equal scores and the first column wins.
type finder struct {
	limits
	total     sums
	rows      int64   // of the leaf
	share     float64 // rows for each unit of hessian
	g, h      float64 // gradients, and hessians with an epsilon for each side
	leafScore float64 // the leaf's own score
	score     float64 // best so far; at first the score that a split must exceed
	bar       *bar
	best      split
	anything  bool

	few [256]sums // filled bins of a small leaf, and which they are
	at  [256]uint8
}

// bar is the q/H² of the best split that any finder of a leaf has found, less a
// little. A split below it is not the leaf's best, and skipping it does not make
// the result depend on which finder was first.
type bar struct{ bits atomic.Uint64 }

func (b *bar) get() float64 { return math.Float64frombits(b.bits.Load()) }

func (b *bar) raise(q float64) {
	for {
		old := b.bits.Load()
		if q <= math.Float64frombits(old) || b.bits.CompareAndSwap(old, math.Float64bits(q)) {
			return
		}
	}
}

// noise is the least gain of a split as a share of the leaf's own score. In a leaf
// whose rows all have the same gradient no split gains anything, and rounding,
// which depends on the order of the columns, would decide.
const noise = 1e-12

// near is the share of the best q from which a split is scored in full.
const near = 1 - 1e-9

func (f *finder) reset(l limits, of *leaf, b *bar) {
	f.limits, f.total = l, of.total
	f.g = f.soft(f.total.g)
	f.h = of.hess + 2*l.epsilon
	f.rows = int64(of.hi - of.lo)
	f.share = float64(f.rows) / f.h
	f.leafScore = f.g * f.g / (f.h + l.l2)
	f.score = f.leafScore + max(l.floor, noise*f.leafScore)
	f.bar = b
	f.best, f.anything = split{}, false
}

// finish turns the best score into a gain.
func (f *finder) finish() {
	if f.anything {
		f.best.gain = f.score - f.leafScore
	}
}

// soft moves a sum of gradients towards 0 by the L1 penalty.
func (f *finder) soft(g float64) float64 {
	switch {
	case g > f.l1:
		return g - f.l1
	case g < -f.l1:
		return g + f.l1
	}
	return 0
}

// take keeps a split that has just become the best.
func (f *finder) take(col int32, bin int, missingLeft bool, left sums) {
	f.best = split{0, col, uint8(bin), missingLeft, left, left.h + f.epsilon}
	f.anything = true
}

// estimate is the estimated number of rows of a bin: as in LightGBM, the bin's
// share of the leaf's hessians times its rows. So MinData asks for more rows on a
// side whose labels are predicted well already, and for fewer on an uncertain one.
func (f *finder) estimate(hess float64) int64 { return int64(hess*f.share + 0.5) }

// try compares one split with the best so far. rows is the estimate for the
// left side. It reports whether both sides are large enough.
func (f *finder) try(col int32, bin int, missingLeft bool, left, right sums, rows int64) bool {
	hl, hr := left.h, right.h
	if rows < f.minData || f.rows-rows < f.minData || hl < f.minHess || hr < f.minHess {
		return false
	}
	gl, gr := f.soft(left.g), f.soft(right.g)
	if score := gl*gl/(hl+f.epsilon+f.l2) + gr*gr/(hr+f.epsilon+f.l2); score > f.score {
		f.score = score
		f.take(col, bin, missingLeft, left)
	}
	return true
}

// scan tries all splits of a column from the highest bin down. Missing values
// are on the left. As in LightGBM the highest bin wins among equals. Bin 0 is
// never looked at. scan reports whether any split leaves enough rows on both
// sides. If h leaves out empty bins, which change nothing, at gives the numbers of
// those in h.
func (f *finder) scan(col int32, h []sums, at []uint8) bool {
	if f.l1 > 0 {
		return f.scanPenalised(col, h, at)
	}
	// First down to the bin b with which the right side has enough.
	gr, hr, rows := 0.0, f.epsilon, int64(0)
	share, minData, minHess := f.share, f.minData, f.minHess
	b := len(h) - 1
	for ; b > 0; b-- {
		rows += int64(h[b].h*share + 0.5)
		if rows >= minData && hr+h[b].h >= minHess {
			break
		}
		gr += h[b].g
		hr += h[b].h
	}
	if b <= 0 || rows > f.rows-minData || hr+h[b].h > f.h-minHess {
		return false
	}
	hr += f.l2
	total := f.h + 2*f.l2
	mean, g, q := f.g/total, f.g, f.bar.get()
	best, leftHess := -1, 0.0
	counted := b // rows counts the bins from here on
	rest := h[:b+1]
	for b := len(rest) - 1; b > 0; b-- {
		gr += rest[b].g
		hr += rest[b].h
		left := total - hr
		t := gr - mean*hr
		if t *= t; t > q*(left*hr) {
			for ; counted > b; counted-- {
				rows += int64(rest[counted-1].h*share + 0.5)
			}
			if rows > f.rows-minData || hr-f.l2 > f.h-minHess {
				break
			}
			if score := (g-gr)*(g-gr)/left + gr*gr/hr; score > f.score {
				f.score = score
				q = near * t / (left * hr)
				best, leftHess = b, left-f.l2
			}
		}
	}
	if best >= 0 {
		f.bar.raise(q)
		left := f.total
		for _, s := range h[best:] {
			left = left.minus(s)
		}
		f.take(col, binAt(at, best)-1, true, left)
		f.best.leftHess = leftHess
	}
	return true
}

// binAt is the bin that entry k of a histogram stands for.
func binAt(at []uint8, k int) int {
	if at == nil {
		return k
	}
	return int(at[k])
}

func (f *finder) scanPenalised(col int32, h []sums, at []uint8) bool {
	var right sums
	var rows int64
	possible := false
	for b := len(h) - 1; b > 0; b-- {
		if h[b] != (sums{}) {
			right.add(h[b])
			rows += f.estimate(h[b].h)
			if f.try(col, binAt(at, b)-1, true, f.total.minus(right), right, f.rows-rows) {
				possible = true
			}
		}
	}
	return possible
}

// scanMissing tries the splits with missing values on the right.
func (f *finder) scanMissing(col int32, h []sums) bool {
	var left sums
	var rows int64
	possible := false
	for b, s := range h {
		if s != (sums{}) {
			left.add(s)
			rows += f.estimate(s.h)
			if f.try(col, b, false, left, f.total.minus(left), rows) {
				possible = true
			}
		}
	}
	return possible
}

// scanDense scans a column stored for every row.
func (f *finder) scanDense(c *column, col int32, h []sums) bool {
	numeric := len(c.bounds)
	possible := f.scan(col, h[:numeric], nil)
	if c.nan && h[numeric] != (sums{}) && f.scanMissing(col, h[:numeric]) {
		possible = true
	}
	return possible
}

// scanFew scans a dense column without missing values in a leaf of so few rows
// that most bins are empty. bins holds the rows' bins, width apart, from the
// first row's on.
func (f *finder) scanFew(col int32, h []sums, rows []int32, bins []uint8, width int) bool {
	filled := [4]uint64{1} // scan never looks at bin 0, but expects it
	for _, r := range rows {
		b := bins[int(r)*width]
		filled[b>>6] |= 1 << (b & 63)
	}
	n := 0
	for k, set := range filled {
		for ; set != 0; set &= set - 1 {
			b := 64*k + bits.TrailingZeros64(set)
			f.at[n], f.few[n] = uint8(b), h[b]
			n++
		}
	}
	return f.scan(col, f.few[:n], f.at[:n])
}

// scanSparse scans a column whose bin of 0 is not summed. If all stored values are
// positive, that bin is not needed; otherwise it is the leaf's total minus the
// other bins.
func (f *finder) scanSparse(c *column, col int32, h []sums) bool {
	if c.zero == 0 && !c.nan {
		return f.scan(col, h, nil)
	}
	h[c.zero] = sums{}
	var rest sums
	for _, s := range h {
		rest.add(s)
	}
	h[c.zero] = f.total.minus(rest)
	return f.scanDense(c, col, h)
}
