package boost

// split is the best way to divide a leaf.
type split struct {
	gain        float64 // in fixed-point units, above the leaf's own; 0 for none
	col         int32   // of binned.cols
	bin         uint8   // bins up to this one go left
	missingLeft bool    // where the bin of NaN goes
	left        sums
	leftHess    float64 // as scored, with an epsilon
}

// limits are what a split must keep to, in fixed-point units, so that the loops
// over bins need no more than a conversion to float64.
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
// leaf, q tells which may be the best; and q > best just if (gr·H − G·hr)² >
// best·hl·hr, which takes no division. Only the few splits that come close to
// the best are scored in full, in LightGBM's order of operations, so that equal
// splits are found equal and the first column wins.
type finder struct {
	limits
	total    sums
	rows     int64   // of the leaf
	share    float64 // rows for each unit of hessian
	g, h     float64 // gradients, and hessians with an epsilon for each side
	own      float64 // the leaf's own score
	score    float64 // best so far; at first what a split must pass
	q        float64 // just below that of score
	best     split
	anything bool
}

// close is how far below the best q a split is still scored in full.
const close = 1 - 1e-11

func (f *finder) reset(l limits, total sums, hess float64) {
	f.limits, f.total = l, total
	f.g = f.soft(float64(total.g))
	f.h = hess + 2*l.epsilon
	f.rows = total.count()
	f.share = float64(f.rows) / f.h
	f.own = f.g * f.g / (f.h + l.l2)
	f.score = f.own + l.floor
	f.q = 0
	f.best, f.anything = split{}, false
}

// finish turns the best score into a gain.
func (f *finder) finish() {
	if f.anything {
		f.best.gain = f.score - f.own
	}
}

// soft draws gradients in by the L1 penalty.
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
	f.best = split{0, col, uint8(bin), missingLeft, left, float64(left.hess()) + f.epsilon}
	f.anything = true
}

// estimate is how many rows a bin is taken to have. As in LightGBM it follows
// from the bin's share of the leaf's hessians, so that MinData asks more rows of
// a side whose labels are already well known, and fewer of one in doubt.
func (f *finder) estimate(hess float64) int64 { return int64(hess*f.share + 0.5) }

// try compares one split with the best so far. rows is the estimate for the
// left side. It reports whether both sides are large enough.
func (f *finder) try(col int32, bin int, missingLeft bool, left, right sums, rows int64) bool {
	hl, hr := float64(left.hess()), float64(right.hess())
	if rows < f.minData || f.rows-rows < f.minData || hl < f.minHess || hr < f.minHess {
		return false
	}
	gl, gr := f.soft(float64(left.g)), f.soft(float64(right.g))
	if score := gl*gl/(hl+f.epsilon+f.l2) + gr*gr/(hr+f.epsilon+f.l2); score > f.score {
		f.score, f.q = score, 0
		f.take(col, bin, missingLeft, left)
	}
	return true
}

// scan tries all splits of a column from the highest bin down; bins without
// rows divide nothing new. Missing values are on the left. Like LightGBM it
// prefers, among equals, the highest bin. It never looks at bin 0, and reports
// whether any split leaves enough rows on both sides.
func (f *finder) scan(col int32, h []sums) bool {
	if f.l1 > 0 {
		return f.scanPenalised(col, h)
	}
	gr, hr := 0.0, f.epsilon
	var rows int64
	b := len(h) - 1
	for ; b > 0; b-- {
		if h[b].hc == 0 {
			continue
		}
		hess := float64(h[b].hc & hessMask)
		gr += float64(h[b].g)
		hr += hess
		if rows += int64(hess*f.share + 0.5); rows >= f.minData && hr >= f.minHess {
			break
		}
	}
	most, mostHess := f.rows-f.minData, f.h-f.minHess
	g, l2, q, share := f.g, f.l2, f.q, f.share
	total := f.h + 2*l2
	best, leftHess, possible := -1, 0.0, false
	for b > 0 && rows <= most && hr <= mostHess {
		possible = true
		right := hr + l2
		left := f.h - hr + l2
		t := gr*total - g*right
		if t *= t; t > q*(left*right) {
			if score := (g-gr)*(g-gr)/left + gr*gr/right; score > f.score {
				f.score = score
				q = close * t / (left * right)
				best = b
				leftHess = f.h - hr
			}
		}
		for b--; b > 0 && h[b].hc == 0; b-- {
		}
		if b <= 0 {
			break
		}
		hess := float64(h[b].hc & hessMask)
		gr += float64(h[b].g)
		hr += hess
		rows += int64(hess*share + 0.5)
	}
	if best >= 0 {
		f.q = q
		left := f.total
		for _, s := range h[best:] {
			left.g -= s.g
			left.hc -= s.hc
		}
		f.take(col, best-1, true, left)
		f.best.leftHess = leftHess
	}
	return possible
}

func (f *finder) scanPenalised(col int32, h []sums) bool {
	var right sums
	var rows int64
	possible := false
	for b := len(h) - 1; b > 0; b-- {
		if h[b].hc != 0 {
			right.add(h[b])
			rows += f.estimate(float64(h[b].hess()))
			if f.try(col, b-1, true, sums{f.total.g - right.g, f.total.hc - right.hc}, right, f.rows-rows) {
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
		if s.hc != 0 {
			left.add(s)
			rows += f.estimate(float64(s.hess()))
			if f.try(col, b, false, left, sums{f.total.g - left.g, f.total.hc - left.hc}, rows) {
				possible = true
			}
		}
	}
	return possible
}

// scanDense scans a column stored for every row.
func (f *finder) scanDense(c *column, col int32, h []sums) bool {
	numeric := len(c.bounds)
	possible := f.scan(col, h[:numeric])
	if c.nan && h[numeric].hc != 0 && f.scanMissing(col, h[:numeric]) {
		possible = true
	}
	return possible
}

// scanSparse scans a column of which the bin of 0 is not summed. If all values
// are positive, the zeros are never needed; else they are what the others leave
// of the leaf.
func (f *finder) scanSparse(c *column, col int32, h []sums) bool {
	if c.zero == 0 && !c.nan {
		return f.scan(col, h)
	}
	h[c.zero] = sums{}
	var rest sums
	for _, s := range h {
		rest.add(s)
	}
	h[c.zero] = sums{f.total.g - rest.g, f.total.hc - rest.hc}
	return f.scanDense(c, col, h)
}
