package boost

import "math"

// sums is what a bin holds: the gradients and the hessians of its rows, as whole
// numbers below 2^53 in floating point. They add up to the same sum in any
// order, so that the model does not depend on the number of threads, and a
// parent minus a child is exactly the other child. Rows are not counted.
type sums struct{ g, h float64 }

// maxRows keeps each row's share of the sums well above 1.
const maxRows = 1<<23 - 1

func (s *sums) add(o sums) { s.g += o.g; s.h += o.h }

func (s sums) minus(o sums) sums { return sums{s.g - o.g, s.h - o.h} }

// scale turns gradients and hessians into whole numbers. The factors are
// powers of two, chosen anew for every tree so that the sums over all rows
// just fit.
type scale struct{ g, h float64 }

// newScale is for gradients and hessians whose absolute values add up to g
// and h.
func newScale(g, h float64) scale {
	room := func(sum float64, bits int) float64 {
		if !(sum > 0) {
			return 1
		}
		_, exp := math.Frexp(sum)
		return math.Ldexp(1, min(bits-1-exp, 1000))
	}
	return scale{room(g, 52), room(h, 52)}
}

func (s scale) row(g, h float64) sums {
	return sums{math.RoundToEven(g * s.g), math.RoundToEven(h * s.h)}
}

// histogram holds the sums of a leaf's rows by bin: of every dense column that
// the tree may split, and of the sparse columns that still can split, by band.
type histogram struct {
	dense  [][256]sums
	closed []bool // by dense column: cannot split any more, here or below
	bands  []bandSums
}

// bandSums is what a histogram holds of a band's columns.
type bandSums struct {
	active []active
	sums   []sums // the first ones are a sink
}

// active is a sparse column with enough rows in the leaf to be split, and where
// its bins begin in the leaf's sums. Its slot counts from the band's first.
type active struct{ slot, at int32 }

// pool keeps histograms for the next leaf.
type pool struct {
	free []*histogram
	runs [][][]sums // by band
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
	return &histogram{dense: make([][256]sums, cols), closed: make([]bool, cols), bands: make([]bandSums, len(p.runs))}
}

// sums is n sums for a band, with what they held before. Only the band's task
// may call it.
func (p *pool) sums(band, n int) []sums {
	runs := p.runs[band]
	for k := len(runs) - 1; k >= 0; k-- {
		if cap(runs[k]) >= n {
			s := runs[k][:n]
			runs[k] = runs[len(runs)-1]
			p.runs[band] = runs[:len(runs)-1]
			return s
		}
	}
	return make([]sums, n)
}

func (p *pool) put(h *histogram) {
	if h == nil {
		return
	}
	for k := range h.bands {
		d := &h.bands[k]
		if cap(d.sums) > 0 {
			p.runs[k] = append(p.runs[k], d.sums)
		}
		d.sums, d.active = nil, d.active[:0]
	}
	p.free = append(p.free, h)
}
