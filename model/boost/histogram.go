package boost

import "math"

// sums is one bin of a histogram: the sums of its rows' gradients and hessians,
// as whole numbers below 2^53 in floating point. These add up to the same sum in
// any order, so that the model does not depend on the number of threads, and a
// parent minus a child is exactly the other child. Rows are not counted.
type sums struct{ g, h float64 }

// maxRows is a limit below which an average row's gradient, as a whole number,
// is still far greater than 1.
const maxRows = 1<<23 - 1

func (s *sums) add(o sums) { s.g += o.g; s.h += o.h }

func (s sums) minus(o sums) sums { return sums{s.g - o.g, s.h - o.h} }

// scale turns gradients and hessians into whole numbers. The factors are
// powers of two, chosen for every tree so that the sums over all rows just fit.
type scale struct{ g, h float64 }

// newScale takes the sums of the absolute gradients and of the hessians.
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

// histogram holds the sums of a leaf's rows by column and bin: of all dense
// columns of the tree, and of those sparse columns that can still split the leaf,
// by block.
type histogram struct {
	dense  [][256]sums
	closed []bool // by dense column: cannot split this leaf, nor those below it
	blocks []blockSums
}

// blockSums are the sums of a block of sparse columns.
type blockSums struct {
	active []active
	sums   []sums // of the active columns, behind a sink
}

// active is a sparse column with enough rows in the leaf to split it. slot counts
// from the block's first column; at is where its bins begin in blockSums.sums.
type active struct{ slot, at int32 }

// histogramPool keeps histograms that are no longer needed, for later leaves.
type histogramPool struct {
	free     []*histogram
	sumLists [][][]sums // by block
}

// histogram returns one without active sparse columns. Its dense sums are not
// cleared.
func (p *histogramPool) histogram(cols int) *histogram {
	if n := len(p.free); n > 0 {
		h := p.free[n-1]
		p.free = p.free[:n-1]
		if cap(h.dense) >= cols {
			h.dense, h.closed = h.dense[:cols], h.closed[:cols]
			return h
		}
	}
	return &histogram{dense: make([][256]sums, cols), closed: make([]bool, cols), blocks: make([]blockSums, len(p.sumLists))}
}

// sums returns n sums for a block, not cleared. Only the block's task may call it.
func (p *histogramPool) sums(block, n int) []sums {
	lists := p.sumLists[block]
	for k := len(lists) - 1; k >= 0; k-- {
		if cap(lists[k]) >= n {
			s := lists[k][:n]
			lists[k] = lists[len(lists)-1]
			p.sumLists[block] = lists[:len(lists)-1]
			return s
		}
	}
	return make([]sums, n)
}

func (p *histogramPool) put(h *histogram) {
	if h == nil {
		return
	}
	for k := range h.blocks {
		d := &h.blocks[k]
		if cap(d.sums) > 0 {
			p.sumLists[k] = append(p.sumLists[k], d.sums)
		}
		d.sums, d.active = nil, d.active[:0]
	}
	p.free = append(p.free, h)
}
