package boost

// What follows the division of a leaf, histograms and the search for splits, is
// divided by columns: a task sees its columns through, so that threads meet
// once for each split. The longest tasks, the bands of sparse columns, are those
// that a gang takes first: the first ones and the last.

// directRows is up to how many rows are taken out of the parent's histogram one
// by one; beyond, a whole histogram is subtracted.
const directRows = 128

// family is two sibling leaves, big the one with more rows, and which of them
// want a split. The root is a big leaf without a sibling.
type family struct {
	big, small         *leaf
	wantBig, wantSmall bool
}

// plant makes the root's histogram and finds its split.
func (g *grower) plant(cols []int32) {
	l := &g.leaves[0]
	l.hist = g.spare.histogram(len(g.cols))
	clear(l.hist.closed)
	band := 0
	for _, c := range cols {
		if col := &g.b.cols[c]; !col.dense {
			for col.slot >= g.b.bands[band].hi {
				band++
			}
			d := &l.hist.bands[band]
			d.active = append(d.active, active{slot: col.slot - g.b.bands[band].lo})
		}
	}
	rows := g.rows[l.lo:l.hi]
	bars := [2]bar{}
	g.tasks(family{big: l, wantBig: true}, func(lo, hi int, f *[2]finder) {
		f[0].reset(g.limits, l, &bars[0])
		clearDense(l.hist.dense[lo:hi])
		g.addDense(l.hist.dense, rows, lo, hi)
		g.searchDense(&f[0], l, nil, lo, hi)
	}, func(k int, f *[2]finder) {
		f[0].reset(g.limits, l, &bars[0])
		g.addColumns(l.hist, k)
		g.searchBand(&f[0], l, k)
	})
}

// share makes the histograms of two sibling leaves out of their parent's, which
// the bigger one already holds, and finds their splits.
func (g *grower) share(of family) {
	h := of.big.hist
	rows := g.rows[of.small.lo:of.small.hi]
	direct := len(rows) <= directRows || !of.wantSmall
	if of.wantSmall {
		of.small.hist = g.spare.histogram(len(g.cols))
		copy(of.small.hist.closed, h.closed)
	}
	bars := [2]bar{}
	g.tasks(of, func(lo, hi int, f *[2]finder) {
		var subtract *histogram
		if of.wantSmall {
			clearDense(of.small.hist.dense[lo:hi])
			g.addDense(of.small.hist.dense, rows, lo, hi)
			f[1].reset(g.limits, of.small, &bars[1])
		}
		if of.wantBig {
			if direct {
				g.subDense(h.dense, rows, lo, hi)
			} else {
				subtract = of.small.hist
			}
			f[0].reset(g.limits, of.big, &bars[0])
			g.searchDense(&f[0], of.big, subtract, lo, hi)
		}
		if of.wantSmall {
			g.searchDense(&f[1], of.small, nil, lo, hi)
		}
	}, func(k int, f *[2]finder) {
		g.shareBand(of, k)
		if of.wantBig {
			f[0].reset(g.limits, of.big, &bars[0])
			g.searchBand(&f[0], of.big, k)
		}
		if of.wantSmall {
			f[1].reset(g.limits, of.small, &bars[1])
			g.searchBand(&f[1], of.small, k)
		}
	})
	if !of.wantBig {
		g.spare.put(h)
		of.big.hist = nil
	}
}

// tasks runs a task for each range of dense columns and for each band, and
// chooses the best of the splits they found.
func (g *grower) tasks(of family, dense func(lo, hi int, f *[2]finder), band func(k int, f *[2]finder)) {
	bands := len(g.b.bands)
	parts := 1
	if threads := g.gang.Threads(); threads > 1 {
		parts = min(2*threads, len(g.cols))
	}
	all := parts + bands
	for len(g.finders) < all {
		g.finders = append(g.finders, [2]finder{})
	}
	first := bands / 2
	g.gang.Run(all, func(k int) {
		f := &g.finders[k]
		switch {
		case k < first:
			band(k, f)
		case k < first+parts:
			lo, hi := part(len(g.cols), parts, k-first)
			dense(lo, hi, f)
		default:
			band(k-parts, f)
		}
	})
	if of.wantBig {
		of.big.best = choose(g.finders[:all], 0)
	}
	if of.wantSmall {
		of.small.best = choose(g.finders[:all], 1)
	}
}

// addColumns fills the histograms of a band's columns at the root, one after
// another: what is added to stays in the first cache.
func (g *grower) addColumns(h *histogram, k int) {
	whole := len(g.rows) == g.b.rows
	d, low := &h.bands[k], g.b.bands[k].lo
	at := int32(sink)
	for n := range d.active {
		a := &d.active[n]
		a.at = at
		at += int32(g.b.cols[g.b.sparse[low+a.slot]].bins())
	}
	d.sums = g.spare.sums(k, int(at))
	clear(d.sums)
	for n := range d.active {
		a := &d.active[n]
		from, to := g.b.first[low+a.slot], g.b.first[low+a.slot+1]
		bins := g.b.rowBin[from:to]
		sums := d.sums[a.at:]
		for k, r := range g.b.row[from:to] {
			if !whole && g.pos[r] < 0 {
				continue
			}
			s, x := g.sums[r], &sums[bins[k]]
			x.g += s.g
			x.h += s.h
		}
	}
}

// shareBand divides the sums of a band's columns between two siblings.
func (g *grower) shareBand(of family, k int) {
	parent := &of.big.hist.bands[k]
	if len(parent.active) == 0 {
		return
	}
	d, places := &g.b.bands[k], g.places[k]
	rows := g.rows[of.small.lo:of.small.hi]
	for _, a := range parent.active {
		places[a.slot] = place{at: a.at}
	}
	if of.wantBig {
		g.subSparse(d, parent.sums, places, rows)
	} else {
		g.sumSparse(d, places, rows)
	}
	if of.wantSmall {
		g.thin(of.small, parent, k)
		child := &of.small.hist.bands[k]
		g.addSparse(d, child.sums, places, rows)
	}
	for _, a := range parent.active {
		places[a.slot].at = 0
	}
}

// sink is how many sums at the beginning of a band's take what belongs to columns
// that are not active: adding it in vain is faster than guessing whether to.
const sink = 256

// subSparse takes rows out of the sums of sparse columns and counts what they
// hold.
func (g *grower) subSparse(d *band, h []sums, places []place, rows []int32) {
	for _, r := range rows {
		s := g.sums[r]
		for _, e := range d.entry[d.start[r]:d.start[r+1]] {
			p := &places[e>>8]
			x := &h[p.at+int32(e&255)]
			x.g -= s.g
			x.h -= s.h
			p.hess += s.h
			p.rows++
		}
	}
}

// sumSparse counts what rows hold of sparse columns.
func (g *grower) sumSparse(d *band, places []place, rows []int32) {
	for _, r := range rows {
		h := g.sums[r].h
		for _, e := range d.entry[d.start[r]:d.start[r+1]] {
			p := &places[e>>8]
			p.hess += h
			p.rows++
		}
	}
}

// addSparse adds rows to the sums of sparse columns.
func (g *grower) addSparse(d *band, h []sums, places []place, rows []int32) {
	if len(h) == sink {
		return
	}
	for _, r := range rows {
		s := g.sums[r]
		for _, e := range d.entry[d.start[r]:d.start[r+1]] {
			x := &h[places[e>>8].at+int32(e&255)]
			x.g += s.g
			x.h += s.h
		}
	}
}

// thin chooses the sparse columns that may still split in a child: those whose
// values in its rows may be estimated at MinData rows. Rounding adds at most half
// a row for each bin, and at most doubles the estimate.
func (g *grower) thin(l *leaf, parent *bandSums, k int) {
	child, places, low := &l.hist.bands[k], g.places[k], g.b.bands[k].lo
	share := float64(l.hi-l.lo) / max(l.total.h, 1)
	at := int32(sink)
	for _, a := range parent.active {
		p := &places[a.slot]
		p.at = 0
		bins := g.b.cols[g.b.sparse[low+a.slot]].bins()
		if rows := p.hess * share; min(rows+0.5*float64(min(int(p.rows), bins)), 2*rows) >= float64(g.p.MinData) {
			child.active = append(child.active, active{a.slot, at})
			p.at = at
			at += int32(bins)
		}
	}
	child.sums = g.spare.sums(k, int(at))
	clear(child.sums)
}

// searchDense looks for splits of the dense columns lo to hi−1. If subtract is
// given, it is first taken out of the leaf's histogram.
func (g *grower) searchDense(f *finder, l *leaf, subtract *histogram, lo, hi int) {
	h, rows := l.hist, g.rows[l.lo:l.hi]
	for k := lo; k < hi; k++ {
		c := &g.b.cols[g.cols[k]]
		bins := h.dense[k][:c.bins()]
		if subtract != nil {
			take := subtract.dense[k][:len(bins)]
			for n := range bins {
				bins[n].g -= take[n].g
				bins[n].h -= take[n].h
			}
		}
		switch {
		case h.closed[k]:
		case 2*len(rows) <= len(bins) && !c.nan:
			h.closed[k] = !f.scanFew(g.cols[k], bins, rows, g.bins[k:], len(g.cols))
		default:
			h.closed[k] = !f.scanDense(c, g.cols[k], bins)
		}
	}
	f.finish()
}

// searchBand looks for splits of a band's columns and lets those go that cannot
// split any more, here or below.
func (g *grower) searchBand(f *finder, l *leaf, k int) {
	h, low := &l.hist.bands[k], g.b.bands[k].lo
	to := 0
	for n := range h.active {
		a := &h.active[n]
		col := g.b.sparse[low+a.slot]
		c := &g.b.cols[col]
		if f.scanSparse(c, col, h.sums[a.at:int(a.at)+c.bins()]) {
			h.active[to] = *a
			to++
		}
	}
	h.active = h.active[:to]
	f.finish()
}

// choose is the best of what the tasks found for one leaf, the first column
// among equals.
func choose(found [][2]finder, which int) split {
	var best split
	for k := range found {
		if s := &found[k][which].best; s.gain > best.gain || (s.gain == best.gain && s.gain > 0 && s.col < best.col) {
			best = *s
		}
	}
	return best
}
