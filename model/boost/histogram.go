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
// the tree may split, and of the sparse columns that still can split.
type histogram struct {
	dense  [][256]sums
	closed []bool // by dense column: cannot split any more, here or below
	active []active
	sparse []sums
}

// active is a sparse column with enough rows in the leaf to be split, and
// where its bins begin in the leaf's sparse sums.
type active struct{ slot, at int32 }
