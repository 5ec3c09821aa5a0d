package boost

import "math"

// sums is what a bin holds: the gradients of its rows as a fixed-point number,
// and in one word their number (the upper 24 bits) and the hessians as a
// fixed-point number (the lower 40). Whole numbers add up to the same sum in
// any order, so that the model does not depend on the number of threads, and a
// parent minus a child is exactly the other child.
type sums struct {
	g  int64
	hc int64
}

const (
	countShift = 40
	hessMask   = 1<<countShift - 1
	maxRows    = 1<<(63-countShift) - 1
)

func (s sums) count() int64 { return s.hc >> countShift }
func (s sums) hess() int64  { return s.hc & hessMask }

func (s *sums) add(o sums) { s.g += o.g; s.hc += o.hc }

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
	return scale{room(g, 52), room(h, countShift-1)} // sums of gradients are exact as float64
}

func (s scale) row(g, h float64) sums {
	return sums{int64(math.RoundToEven(g * s.g)), 1<<countShift | int64(math.RoundToEven(h*s.h))}
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
