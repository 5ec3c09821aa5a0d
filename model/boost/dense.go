package boost

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

// subDense subtracts rows again.
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
