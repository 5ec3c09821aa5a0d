package boost

// split is the best way to divide a leaf.
type split struct {
	gain        float64 // in fixed-point units, above the leaf's own; 0 for none
	col         int32   // of binned.cols
	bin         uint8   // bins up to this one go left
	missingLeft bool    // where the bin of NaN goes
	left        sums
}

// limits are what a split must keep to, in fixed-point units, so that the loops
// over bins need no more than a conversion to float64.
type limits struct {
	minData int64 // rows on each side, in the place of the count in sums.hc
	minHess int64
	l1, l2  float64
	floor   float64 // least gain
}

// finder looks for the best split of one leaf.
//
// With the sides' gradients gl, gr and regularised hessians hl, hr, the score
// of a split is gl²/hl + gr²/hr = (G² + q) / H with G = gl+gr, H = hl+hr and
// q = (gr·H − G·hr)² / (hl·hr). As G and H are the same for all splits of a
// leaf, it is enough to compare q; and q > best just if (gr·H − G·hr)² >
// best·hl·hr, which takes no division.
type finder struct {
	limits
	total    sums
	g, h     float64 // gradients, and both sides' regularised hessians
	base     float64 // q of the leaf's own score
	q        float64 // best so far; at first what a split must pass
	best     split
	anything bool
}

func (f *finder) reset(l limits, total sums) {
	f.limits, f.total = l, total
	f.g = f.soft(float64(total.g))
	f.h = float64(total.hess()) + 2*l.l2
	own := f.g * f.g / (float64(total.hess()) + l.l2)
	f.base = own*f.h - f.g*f.g
	f.q = f.base + l.floor*f.h
	if least := 1e-15 * own * f.h; f.q < least { // what may be rounding is no gain
		f.q = least
	}
	f.best, f.anything = split{}, false
}

// finish turns the best q into a gain.
func (f *finder) finish() {
	if f.anything {
		f.best.gain = (f.q - f.base) / f.h
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
	f.best = split{0, col, uint8(bin), missingLeft, left}
	f.anything = true
}

// try compares one split with the best so far.
func (f *finder) try(col int32, bin int, missingLeft bool, left, right sums) {
	if right.hc < f.minData || left.hc < f.minData || left.hess() < f.minHess || right.hess() < f.minHess {
		return
	}
	gl, gr := float64(left.g), float64(right.g)
	hl, hr := float64(left.hess())+f.l2, float64(right.hess())+f.l2
	var q float64
	if f.l1 > 0 { // the penalised sums do not add up to the leaf's
		gl, gr = f.soft(gl), f.soft(gr)
		q = (gl*gl/hl+gr*gr/hr)*f.h - f.g*f.g
	} else {
		t := gr*f.h - f.g*hr
		q = t * t / (hl * hr)
	}
	if q > f.q {
		f.q = q
		f.take(col, bin, missingLeft, left)
	}
}

// scan tries all splits of a column from the highest bin down; bins without
// rows divide nothing new. Missing values are on the left. Like LightGBM it
// prefers, among equals, the highest bin. It needs every bin but bin 0, and
// returns the sums of those.
func (f *finder) scan(col int32, h []sums) sums {
	if f.l1 > 0 {
		return f.scanPenalised(col, h)
	}
	var rg, rhc int64
	b := len(h) - 1
	for ; b > 0; b-- {
		rg += h[b].g
		rhc += h[b].hc
		if rhc >= f.minData {
			break
		}
	}
	if b <= 0 {
		return sums{rg, rhc}
	}
	most := f.total.hc - f.minData
	g, hess, l2, q := float64(f.total.g), f.h, f.l2, f.q
	minHess := float64(f.minHess) + l2
	bestBin, best := -1, sums{}
	for {
		if rhc > most {
			break
		}
		gr, hr := float64(rg), float64(rhc&hessMask)+l2
		hl := hess - hr
		t := gr*hess - g*hr
		if t *= t; t > q*(hl*hr) && hr >= minHess && hl >= minHess {
			q = t / (hl * hr)
			bestBin, best = b, sums{rg, rhc}
		}
		for b--; b > 0 && h[b].hc == 0; b-- {
		}
		if b <= 0 {
			break
		}
		rg += h[b].g
		rhc += h[b].hc
	}
	if bestBin >= 0 {
		f.q = q
		f.take(col, bestBin-1, true, sums{f.total.g - best.g, f.total.hc - best.hc})
	}
	for b--; b > 0; b-- { // the rest of the sums, if the scan ended early
		rg += h[b].g
		rhc += h[b].hc
	}
	return sums{rg, rhc}
}

func (f *finder) scanPenalised(col int32, h []sums) sums {
	var right sums
	for b := len(h) - 1; b > 0; b-- {
		if h[b].hc != 0 {
			right.add(h[b])
			f.try(col, b-1, true, sums{f.total.g - right.g, f.total.hc - right.hc}, right)
		}
	}
	return right
}

// scanMissing tries the splits with missing values on the right.
func (f *finder) scanMissing(col int32, h []sums) {
	var left sums
	for b, s := range h {
		if s.hc != 0 {
			left.add(s)
			f.try(col, b, false, left, sums{f.total.g - left.g, f.total.hc - left.hc})
		}
	}
}

// scanDense scans a column stored for every row.
func (f *finder) scanDense(c *column, col int32, h []sums) {
	numeric := len(c.bounds)
	f.scan(col, h[:numeric])
	if c.nan && h[numeric].hc != 0 {
		f.scanMissing(col, h[:numeric])
	}
}

// scanSparse scans a column of which the bin of 0 is not summed, and returns
// the number of rows in the other bins. If all values are positive, the zeros
// are never needed; else they are what the others leave of the leaf.
func (f *finder) scanSparse(c *column, col int32, h []sums) int64 {
	if c.zero == 0 && !c.nan {
		rest := f.scan(col, h)
		return rest.count()
	}
	h[c.zero] = sums{}
	var rest sums
	for _, s := range h {
		rest.add(s)
	}
	h[c.zero] = sums{f.total.g - rest.g, f.total.hc - rest.hc}
	f.scanDense(c, col, h)
	return rest.count()
}
