package boost

// directRows is up to how many rows are taken out of the parent's histogram one
// by one; beyond, a whole histogram is subtracted.
const directRows = 128

// denseParts is into how many tasks the dense columns are divided.
func (g *grower) denseParts(rows int) int {
	return max(1, min(len(g.cols), 4*g.gang.Threads(), rows*len(g.cols)/2000))
}

// addDense adds rows to the histograms of the dense columns lo to hi−1.
func (g *grower) addDense(h [][256]sums, rows []int32, lo, hi int) {
	h = h[lo:hi]
	width := len(g.cols)
	for _, r := range rows {
		s := g.sums[r]
		bins := g.bins[int(r)*width+lo : int(r)*width+hi]
		h := h[:len(bins)]
		for c, b := range bins {
			e := &h[c][b]
			e.g += s.g
			e.h += s.h
		}
	}
}

// subDense takes rows out again.
func (g *grower) subDense(h [][256]sums, rows []int32, lo, hi int) {
	h = h[lo:hi]
	width := len(g.cols)
	for _, r := range rows {
		s := g.sums[r]
		bins := g.bins[int(r)*width+lo : int(r)*width+hi]
		h := h[:len(bins)]
		for c, b := range bins {
			e := &h[c][b]
			e.g -= s.g
			e.h -= s.h
		}
	}
}

func clearDense(h [][256]sums) {
	for k := range h {
		clear(h[k][:])
	}
}

// addColumns fills the histograms of sparse columns lo to hi−1 of the root, one
// after another: what is added to stays in the first cache.
func (g *grower) addColumns(h *histogram, lo, hi int) {
	whole := len(g.rows) == g.b.rows
	for _, a := range h.active[lo:hi] {
		from, to := g.b.first[a.slot], g.b.first[a.slot+1]
		bins := g.b.rowBin[from:to]
		sums := h.sparse[a.at : int(a.at)+g.b.cols[g.b.sparse[a.slot]].bins()]
		clear(sums)
		for k, r := range g.b.row[from:to] {
			if !whole && g.pos[r] < 0 {
				continue
			}
			s, x := &g.sums[r], &sums[bins[k]]
			x.g += s.g
			x.h += s.h
		}
	}
}

// addSparse adds rows to the histograms of the sparse columns; at says where
// each column's begins, −1 if it has none.
func (g *grower) addSparse(h []sums, at []int32, rows []int32) {
	if len(h) == 0 {
		return
	}
	for _, r := range rows {
		s := g.sums[r]
		for _, e := range g.b.entry[g.b.start[r]:g.b.start[r+1]] {
			if to := at[e>>8]; to >= 0 {
				x := &h[to+int32(e&255)]
				x.g += s.g
				x.h += s.h
			}
		}
	}
}

// subSparse takes rows out again and counts, by column, how many had a value.
func (g *grower) subSparse(h []sums, at []int32, rows []int32) {
	for _, r := range rows {
		s := g.sums[r]
		for _, e := range g.b.entry[g.b.start[r]:g.b.start[r+1]] {
			if to := at[e>>8]; to >= 0 {
				x := &h[to+int32(e&255)]
				x.g -= s.g
				x.h -= s.h
			}
		}
	}
}

// share makes the histograms of two sibling leaves out of their parent's, which
// the bigger one already holds, and finds their splits.
func (g *grower) share(big, small *leaf, wantBig, wantSmall bool) {
	h := big.hist
	rows := g.rows[small.lo:small.hi]
	direct := len(rows) <= directRows || !wantSmall
	if wantSmall {
		small.hist = g.spare.histogram(len(g.cols))
		copy(small.hist.closed, h.closed)
	}
	if wantBig && len(h.active) > 0 {
		for k := range g.atBig {
			g.atBig[k] = -1
		}
		for _, a := range h.active {
			g.atBig[a.slot] = a.at
		}
	}
	parts := g.denseParts(len(rows))
	g.run(2*len(rows)*(len(g.cols)+4), 2*parts+2, func(k int) {
		lo, hi := part(len(g.cols), parts, k%parts)
		switch {
		case k == 2*parts:
			if wantBig && len(h.active) > 0 {
				g.subSparse(h.sparse, g.atBig, rows)
			}
		case k == 2*parts+1: // the longest task, which the gang takes first
			if wantSmall {
				g.thin(small.hist, h, small)
				g.addSparse(small.hist.sparse, g.atNew, rows)
			}
		case k >= parts:
			if wantBig && direct {
				g.subDense(h.dense, rows, lo, hi)
			}
		case wantSmall:
			clearDense(small.hist.dense[lo:hi])
			g.addDense(small.hist.dense, rows, lo, hi)
		}
	})
	var subtract *histogram
	if !direct {
		subtract = small.hist
	}
	if !wantBig {
		g.spare.put(h)
		big.hist = nil
		g.search(small, nil, nil)
		return
	}
	if wantSmall {
		g.search(big, subtract, small)
	} else {
		g.search(big, subtract, nil)
	}
}

// thin chooses the sparse columns that may still split in a child: those whose
// values in its rows may be estimated at MinData rows. Rounding adds at most
// half a row for each bin.
func (g *grower) thin(child, parent *histogram, l *leaf) {
	if len(parent.active) == 0 {
		return
	}
	clear(g.seen)
	for _, r := range g.rows[l.lo:l.hi] {
		h := g.sums[r].h
		for _, e := range g.b.entry[g.b.start[r]:g.b.start[r+1]] {
			x := &g.seen[e>>8]
			x.hess += h
			x.rows++
		}
	}
	for k := range g.atNew {
		g.atNew[k] = -1
	}
	share := float64(l.hi-l.lo) / max(l.total.h, 1)
	at := int32(0)
	for _, a := range parent.active {
		seen := g.seen[a.slot]
		bins := g.b.cols[g.b.sparse[a.slot]].bins()
		if seen.hess*share+0.5*float64(min(int(seen.rows), bins)) >= float64(g.p.MinData) {
			child.active = append(child.active, active{a.slot, at})
			g.atNew[a.slot] = at
			at += int32(bins)
		}
	}
	child.sparse = g.spare.sums(int(at))
	clear(child.sparse)
}

// search finds the best splits of one or two leaves. If subtract is given, it
// is first taken out of a's dense histograms.
func (g *grower) search(a *leaf, subtract *histogram, b *leaf) {
	parts := max(1, min(len(g.cols), 2*g.gang.Threads()))
	sparseA := sparseParts(a)
	sparseB := 0
	tasksB := 0
	if b != nil {
		sparseB = sparseParts(b)
		tasksB = parts + sparseB
	}
	tasksA := parts + sparseA
	tasks := tasksA + tasksB
	for len(g.finders) < tasks {
		g.finders = append(g.finders, finder{})
	}
	var bars [2]bar
	g.run(1<<20, tasks, func(k int) {
		l, sparse, at, sub, top := a, sparseA, k, subtract, &bars[0]
		if k >= tasksA {
			l, sparse, at, sub, top = b, sparseB, k-tasksA, nil, &bars[1]
		}
		f := &g.finders[k]
		f.reset(g.limits, l, top)
		if at < parts {
			lo, hi := part(len(g.cols), parts, at)
			g.searchDense(f, l, sub, lo, hi)
		} else {
			lo, hi := part(len(l.hist.active), sparse, at-parts)
			g.searchSparse(f, l.hist, lo, hi)
		}
		f.finish()
	})
	a.best = choose(g.finders[:tasksA])
	a.hist.drop()
	if b != nil {
		b.best = choose(g.finders[tasksA:tasks])
		b.hist.drop()
	}
}

// sparseParts is into how many tasks the sparse columns of a leaf are divided.
func sparseParts(l *leaf) int {
	return (len(l.hist.active) + 63) / 64
}

func (g *grower) searchDense(f *finder, l *leaf, sub *histogram, lo, hi int) {
	h, rows := l.hist, g.rows[l.lo:l.hi]
	for k := lo; k < hi; k++ {
		c := &g.b.cols[g.cols[k]]
		bins := h.dense[k][:c.bins()]
		if sub != nil {
			take := sub.dense[k][:len(bins)]
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
}

// searchSparse marks the columns that cannot split any more, here or below.
func (g *grower) searchSparse(f *finder, h *histogram, lo, hi int) {
	for k := lo; k < hi; k++ {
		a := &h.active[k]
		col := g.b.sparse[a.slot]
		c := &g.b.cols[col]
		if !f.scanSparse(c, col, h.sparse[a.at:int(a.at)+c.bins()]) {
			a.slot = -1
		}
	}
}

func (h *histogram) drop() {
	to := 0
	for _, a := range h.active {
		if a.slot >= 0 {
			h.active[to] = a
			to++
		}
	}
	h.active = h.active[:to]
}

// choose is the best of what the tasks found, the first column among equals.
func choose(found []finder) split {
	var best split
	for k := range found {
		if s := &found[k].best; s.gain > best.gain || (s.gain == best.gain && s.gain > 0 && s.col < best.col) {
			best = *s
		}
	}
	return best
}

// pool keeps histograms for the next leaf.
type pool struct {
	free []*histogram
	runs [][]sums
}

// histogram is one without sparse columns; what its dense columns hold is left
// over.
func (p *pool) histogram(cols int) *histogram {
	if n := len(p.free); n > 0 {
		h := p.free[n-1]
		p.free = p.free[:n-1]
		if cap(h.dense) >= cols {
			h.dense, h.closed = h.dense[:cols], h.closed[:cols]
			return h
		}
	}
	return &histogram{dense: make([][256]sums, cols), closed: make([]bool, cols)}
}

// sums is n sums, with what they held before.
func (p *pool) sums(n int) []sums {
	for k := len(p.runs) - 1; k >= 0; k-- {
		if cap(p.runs[k]) >= n {
			s := p.runs[k][:n]
			p.runs[k] = p.runs[len(p.runs)-1]
			p.runs = p.runs[:len(p.runs)-1]
			return s
		}
	}
	return make([]sums, n)
}

func (p *pool) put(h *histogram) {
	if h == nil {
		return
	}
	if cap(h.sparse) > 0 {
		p.runs = append(p.runs, h.sparse)
	}
	h.sparse, h.active = nil, h.active[:0]
	p.free = append(p.free, h)
}
