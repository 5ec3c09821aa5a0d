package boost

// split is the best way to divide a leaf.
type split struct {
	gain        float64 // in fixed-point units, above the leaf's own; 0 for none
	col         int32   // of binned.cols
	bin         uint8   // bins up to this one go left
	missingLeft bool    // where the bin of NaN goes
	left        sums
}

// finder looks for the best split of one leaf. Its limits are in fixed-point
// units, so that the loops over bins need no conversion but one to float64.
type finder struct {
	total   sums
	minData int64
	minHess int64
	l1, l2  float64
	floor   float64 // the gain a split must pass: the leaf's own and the least
	best    split
	bestAt  float64 // gain of best, the leaf's own included
}

func (f *finder) reset(total sums) {
	f.total = total
	own := f.score(float64(total.g), float64(total.hess())+f.l2)
	f.best = split{}
	f.bestAt = own + f.floor
}

// score is the gain of a leaf: its gradients, shrunk by L1, squared, over its
// hessians.
func (f *finder) score(g, h float64) float64 {
	g = f.soft(g)
	if g == 0 {
		return 0
	}
	return g * g / h
}

func (f *finder) soft(g float64) float64 {
	switch {
	case g > f.l1:
		return g - f.l1
	case g < -f.l1:
		return g + f.l1
	}
	return 0
}

// try compares a split with the best so far. Instead of two quotients it
// compares products, which is several times faster: gl²/hl + gr²/hr is
// greater than b just if gl²·hr + gr²·hl > b·hl·hr.
func (f *finder) try(col int32, bin int, missingLeft bool, left, right sums) {
	if right.count() < f.minData || left.count() < f.minData || left.hess() < f.minHess || right.hess() < f.minHess {
		return
	}
	gl, gr := float64(left.g), float64(right.g)
	if f.l1 > 0 {
		gl, gr = f.soft(gl), f.soft(gr)
	}
	hl, hr := float64(left.hess())+f.l2, float64(right.hess())+f.l2
	top, bottom := gl*gl*hr+gr*gr*hl, hl*hr
	if top > f.bestAt*bottom {
		f.bestAt = top / bottom
		f.best = split{f.bestAt, col, uint8(bin), missingLeft, left}
	}
}

// scan tries all splits of a column from the highest bin down; bins without
// rows divide nothing new. With missing values it tries both sides for them.
// Like LightGBM it prefers, among equals, to send them left, and the highest
// bin. What h holds must add up to the leaf's total.
func (f *finder) scan(col int32, h []sums, numeric int, nan bool) {
	var right sums
	for b := numeric - 1; b > 0; b-- {
		s := h[b]
		if s.hc == 0 {
			continue
		}
		right.g += s.g
		right.hc += s.hc
		if right.hc>>countShift < f.minData {
			continue
		}
		left := sums{f.total.g - right.g, f.total.hc - right.hc}
		if left.hc>>countShift < f.minData {
			break
		}
		f.try(col, b-1, true, left, right)
	}
	if !nan || h[numeric].hc == 0 {
		return
	}
	var left sums
	for b := range numeric {
		s := h[b]
		if s.hc == 0 {
			continue
		}
		left.add(s)
		if left.count() < f.minData {
			continue
		}
		right := sums{f.total.g - left.g, f.total.hc - left.hc}
		if right.count() < f.minData {
			break
		}
		f.try(col, b, false, left, right)
	}
}

// scanPositive is scan for a sparse column whose values are all positive and
// present: bin 0, the zeros, is never summed. It returns the number of the
// leaf's rows that are not 0.
func (f *finder) scanPositive(col int32, h []sums) int64 {
	var right sums
	for b := len(h) - 1; b > 0; b-- {
		s := h[b]
		if s.hc == 0 {
			continue
		}
		right.g += s.g
		right.hc += s.hc
		if right.hc>>countShift < f.minData {
			continue
		}
		left := sums{f.total.g - right.g, f.total.hc - right.hc}
		if left.hc>>countShift >= f.minData {
			f.try(col, b-1, true, left, right)
		}
	}
	return right.count()
}

// scanSparse fills in the zeros of a sparse column and scans it.
func (f *finder) scanSparse(c *column, col int32, h []sums) int64 {
	if c.zero == 0 && !c.nan {
		return f.scanPositive(col, h)
	}
	h[c.zero] = sums{}
	var rest sums
	for _, s := range h {
		rest.add(s)
	}
	h[c.zero] = sums{f.total.g - rest.g, f.total.hc - rest.hc}
	f.scan(col, h, len(c.bounds), c.nan)
	return rest.count()
}
