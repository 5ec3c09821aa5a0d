package boost

// After a leaf is divided, the histograms of its children and the search for
// their splits are divided among threads by columns. A task does all the work of
// its columns, so that threads synchronise once for each split. The longest tasks,
// the blocks of sparse columns, come first and last, where the pool begins.

// directRows is the most rows that are subtracted from the parent's histogram one
// by one; with more rows, the sibling's histogram is subtracted as a whole.
const directRows = 128

// siblings are the two children of a node, big the one with more rows, and which
// of them may be split. The root is a big leaf without a sibling.
type siblings struct {
	big, small         *leaf
	wantBig, wantSmall bool
}

// growRoot makes the root's histogram and finds its split.
func (g *grower) growRoot(cols []int32) {
	l := &g.leaves[0]
	l.hist = g.spare.histogram(len(g.cols))
	clear(l.hist.closed)
	block := 0
	for _, c := range cols {
		if col := &g.b.cols[c]; !col.dense {
			for col.slot >= g.b.blocks[block].hi {
				block++
			}
			d := &l.hist.blocks[block]
			d.active = append(d.active, active{slot: col.slot - g.b.blocks[block].lo})
		}
	}
	rows := g.rows[l.lo:l.hi]
	bars := [2]bar{}
	g.tasks(siblings{big: l, wantBig: true}, func(lo, hi int, f *[2]finder) {
		f[0].reset(g.limits, l, &bars[0])
		clearDense(l.hist.dense[lo:hi])
		g.addDense(l.hist.dense, rows, lo, hi)
		g.searchDense(&f[0], l, nil, lo, hi)
	}, func(k int, f *[2]finder) {
		f[0].reset(g.limits, l, &bars[0])
		g.addColumns(l.hist, k)
		g.searchBlock(&f[0], l, k)
	})
}

// searchChildren makes the histograms of two siblings out of their parent's, which
// the bigger one already holds, and finds their splits.
func (g *grower) searchChildren(of siblings) {
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
		g.splitBlock(of, k)
		if of.wantBig {
			f[0].reset(g.limits, of.big, &bars[0])
			g.searchBlock(&f[0], of.big, k)
		}
		if of.wantSmall {
			f[1].reset(g.limits, of.small, &bars[1])
			g.searchBlock(&f[1], of.small, k)
		}
	})
	if !of.wantBig {
		g.spare.put(h)
		of.big.hist = nil
	}
}

// tasks runs a task for each range of dense columns and for each block of sparse
// ones, and chooses the best of the splits they found.
func (g *grower) tasks(of siblings, dense func(lo, hi int, f *[2]finder), block func(k int, f *[2]finder)) {
	blocks := len(g.b.blocks)
	parts := 1
	if threads := g.workers.Threads(); threads > 1 {
		parts = min(2*threads, len(g.cols))
	}
	all := parts + blocks
	for len(g.finders) < all {
		g.finders = append(g.finders, [2]finder{})
	}
	first := blocks / 2
	g.workers.Run(all, func(k int) {
		f := &g.finders[k]
		switch {
		case k < first:
			block(k, f)
		case k < first+parts:
			lo, hi := part(len(g.cols), parts, k-first)
			dense(lo, hi, f)
		default:
			block(k-parts, f)
		}
	})
	if of.wantBig {
		of.big.best = choose(g.finders[:all], 0)
	}
	if of.wantSmall {
		of.small.best = choose(g.finders[:all], 1)
	}
}

// addColumns fills the histograms of a block's columns at the root, column by
// column, so that the bins being added to stay in the first cache.
func (g *grower) addColumns(h *histogram, k int) {
	whole := len(g.rows) == g.b.rows
	d, low := &h.blocks[k], g.b.blocks[k].lo
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

// splitBlock divides the sums of a block's columns between two siblings.
func (g *grower) splitBlock(of siblings, k int) {
	parent := &of.big.hist.blocks[k]
	if len(parent.active) == 0 {
		return
	}
	d, tallies := &g.b.blocks[k], g.tallies[k]
	rows := g.rows[of.small.lo:of.small.hi]
	for _, a := range parent.active {
		tallies[a.slot] = tally{at: a.at}
	}
	if of.wantBig {
		g.subSparse(d, parent.sums, tallies, rows)
	} else {
		g.sumSparse(d, tallies, rows)
	}
	if of.wantSmall {
		g.keepActive(of.small, parent, k)
		child := &of.small.hist.blocks[k]
		g.addSparse(d, child.sums, tallies, rows)
	}
	for _, a := range parent.active {
		tallies[a.slot].at = 0
	}
}

// sink is the number of sums at the beginning of a block's sums to which values
// of columns that are not active are added. Adding them in vain is faster than a
// branch that is often mispredicted.
const sink = 256

// subSparse subtracts rows from the sums of sparse columns and tallies their
// stored values.
func (g *grower) subSparse(d *block, h []sums, tallies []tally, rows []int32) {
	for _, r := range rows {
		s := g.sums[r]
		for _, e := range d.entry[d.start[r]:d.start[r+1]] {
			p := &tallies[e>>8]
			x := &h[p.at+int32(e&255)]
			x.g -= s.g
			x.h -= s.h
			p.hess += s.h
			p.rows++
		}
	}
}

// sumSparse tallies the rows' stored values in sparse columns.
func (g *grower) sumSparse(d *block, tallies []tally, rows []int32) {
	for _, r := range rows {
		h := g.sums[r].h
		for _, e := range d.entry[d.start[r]:d.start[r+1]] {
			p := &tallies[e>>8]
			p.hess += h
			p.rows++
		}
	}
}

// addSparse adds rows to the sums of sparse columns.
func (g *grower) addSparse(d *block, h []sums, tallies []tally, rows []int32) {
	if len(h) == sink {
		return
	}
	for _, r := range rows {
		s := g.sums[r]
		for _, e := range d.entry[d.start[r]:d.start[r+1]] {
			x := &h[tallies[e>>8].at+int32(e&255)]
			x.g += s.g
			x.h += s.h
		}
	}
}

// keepActive chooses the sparse columns that can still split a child: those whose
// stored values may be estimated at MinData rows. Rounding adds at most half a row
// for each bin, and at most doubles the estimate.
func (g *grower) keepActive(l *leaf, parent *blockSums, k int) {
	child, tallies, low := &l.hist.blocks[k], g.tallies[k], g.b.blocks[k].lo
	share := float64(l.hi-l.lo) / max(l.total.h, 1)
	at := int32(sink)
	for _, a := range parent.active {
		p := &tallies[a.slot]
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
// not nil, it is first subtracted from the leaf's histogram.
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

// searchBlock looks for splits of a block's columns and drops those that can split
// neither this leaf nor those below it.
func (g *grower) searchBlock(f *finder, l *leaf, k int) {
	h, low := &l.hist.blocks[k], g.b.blocks[k].lo
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
