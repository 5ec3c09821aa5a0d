package tree

import (
	"fmt"
	"math"

	"cratedigger/model/internal/work"
	"cratedigger/model/matrix"
)

// Contributions explains row i: one number a column, and the base to which
// they add up to the raw score. They are the Shapley values of the tree's
// path-dependent expectation (TreeSHAP: Lundberg, Erion & Lee 2018), weighted
// by the number of training rows in each node.
//
// They are computed from the multilinear extension of the game (Owen 1972):
// for a leaf of value v, whose path holds the columns j, the value of column i
// is v (oᵢ − zᵢ) ∫₀¹ ∏_{j≠i} (t oⱼ + (1−t) zⱼ) dt, where oⱼ says whether the
// row follows the path at j and zⱼ is the share of rows that do. The integrand
// is a polynomial in t, so Gauss-Legendre quadrature is exact, every term is
// positive, and a tree costs its number of nodes times half its depth (Yu et
// al. 2022 use the same structure).
func (e *Ensemble) Contributions(m *matrix.Matrix, i int) (values []float64, base float64, err error) {
	if i < 0 || i >= m.Rows() {
		return nil, 0, fmt.Errorf("there is no row %d among %d", i, m.Rows())
	}
	err = e.EachContributions(m.Subset([]int{i}), func(_ int, v []float64, b float64) error {
		values, base = v, b
		return nil
	})
	return values, base, err
}

// EachContributions calls f with the contributions of every row, in order. The
// rows are explained on all processors; f runs on one goroutine and owns the
// slice it is given.
func (e *Ensemble) EachContributions(m *matrix.Matrix, f func(row int, values []float64, base float64) error) error {
	if err := matrix.CheckWidth(m, e.Columns); err != nil {
		return err
	}
	x := e.newExplainer()
	const grain = 16
	threads := work.Threads(0)
	for from := 0; from < m.Rows(); from += grain * threads {
		to := min(from+grain*threads, m.Rows())
		found := make([][]float64, to-from)
		work.Split(to-from, threads, grain, func(lo, hi int) {
			w := x.newWalker()
			row := make([]float64, w.s.slots)
			for k := lo; k < hi; k++ {
				found[k] = make([]float64, e.Columns)
				w.s.load(m, from+k, row)
				for n := range x.trees {
					w.tree(&x.trees[n], row, found[k])
				}
				w.s.clear(m, from+k, row)
			}
		})
		for k, values := range found {
			if err := f(from+k, values, x.base); err != nil {
				return err
			}
		}
	}
	return nil
}

// explainer is what all rows share: the trees with the share of rows that each
// child holds, and the nodes of the quadrature rules by number of points.
type explainer struct {
	s     *scorer
	trees []shapTree
	base  float64
	depth int // greatest number of edges on a path
	nodes int
}

// shapTree numbers the children: node k for k < nodes, then the leaves.
type shapTree struct {
	t      *Tree
	scale  float64
	share  []float64 // rows of the child over rows of its parent
	prev   []int32   // nearest child above on the path, of the same column, or −1
	t01, w []float64 // quadrature points in (0, 1) and weights
}

func (e *Ensemble) newExplainer() *explainer {
	x := &explainer{s: e.scorer()}
	rules := map[int][2][]float64{}
	scale := e.scale()
	for k := range e.Trees {
		t := &e.Trees[k]
		node, leaf := t.cover()
		if len(t.Feature) == 0 {
			x.base += scale * t.Value[0]
			continue
		}
		for n, v := range t.Value {
			x.base += scale * v * (leaf[n] / node[0])
		}
		st := shapTree{t: t, scale: scale}
		columns := st.prepare(node, leaf, &x.depth)
		points := (columns + 1) / 2
		rule, ok := rules[points]
		if !ok {
			rule[0], rule[1] = gauss(points)
			rules[points] = rule
		}
		st.t01, st.w = rule[0], rule[1]
		x.trees = append(x.trees, st)
		x.nodes = max(x.nodes, 2*len(t.Feature)+1)
	}
	return x
}

// prepare fills share and prev and returns the greatest number of different
// columns on a path.
func (st *shapTree) prepare(node, leaf []float64, depth *int) (columns int) {
	t := st.t
	nodes := len(t.Feature)
	st.share = make([]float64, 2*nodes+1)
	st.prev = make([]int32, 2*nodes+1)
	last := map[int32]int32{} // column → child on the path that split it last
	var down func(k int32, edges, different int)
	down = func(k int32, edges, different int) {
		f := t.Feature[k]
		above, again := last[f]
		if !again {
			above = -1
			different++
		}
		*depth = max(*depth, edges+1)
		columns = max(columns, different)
		for _, c := range [2]int32{t.Left[k], t.Right[k]} {
			at, rows := c, 0.0
			if c < 0 {
				at = int32(nodes) + ^c
				rows = leaf[^c]
			} else {
				rows = node[c]
			}
			if node[k] > 0 {
				st.share[at] = rows / node[k]
			}
			st.prev[at] = above
			if c >= 0 {
				last[f] = at
				down(c, edges+1, different)
			}
		}
		if again {
			last[f] = above
		} else {
			delete(last, f)
		}
	}
	down(0, 0, 0)
	return columns
}

// walker is the working memory of one goroutine.
type walker struct {
	s      *scorer
	x      []float64
	out    []float64
	st     *shapTree
	hot    []float64 // by child: 1 if the row follows the path at its column
	cold   []float64 // by child: product of the shares at its column
	factor [][]float64
	path   [][]float64 // by depth: product of the factors so far
	sum    [][]float64 // by depth: Σ over the leaves below
}

func (x *explainer) newWalker() *walker {
	w := &walker{s: x.s, hot: make([]float64, x.nodes), cold: make([]float64, x.nodes), factor: make([][]float64, x.nodes)}
	points := (x.depth + 1) / 2
	for range x.depth + 1 {
		w.path = append(w.path, make([]float64, points))
		w.sum = append(w.sum, make([]float64, points))
	}
	return w
}

// tree adds the contributions of one tree to out.
func (w *walker) tree(st *shapTree, x, out []float64) {
	w.st, w.x, w.out = st, x, out
	q := len(st.t01)
	for k := range w.path[0][:q] {
		w.path[0][k] = 1
	}
	w.node(0, 0)
}

// node writes the sum over its leaves to sum[depth].
func (w *walker) node(k int32, depth int) {
	t := w.st.t
	q := len(w.st.t01)
	f := t.Feature[k]
	left := t.Decision[k].Left(w.x[w.s.slot[f]], t.Threshold[k])
	sum := w.sum[depth][:q]
	clear(sum)
	for side, c := range [2]int32{t.Left[k], t.Right[k]} {
		hot := 0.0
		if (side == 0) == left {
			hot = 1
		}
		w.child(c, f, hot, depth+1)
		for n, v := range w.sum[depth+1][:q] {
			sum[n] += v
		}
	}
}

func (w *walker) child(c, column int32, hot float64, depth int) {
	st := w.st
	points := st.t01
	q := len(points)
	at := c
	if c < 0 {
		at = int32(len(st.t.Feature)) + ^c
	}
	cold := st.share[at]
	prev := st.prev[at]
	prevHot, prevCold := 1.0, 1.0 // a column that is new on this path: factor 1
	if prev >= 0 {
		prevHot, prevCold = w.hot[prev], w.cold[prev]
	}
	hot *= prevHot
	cold *= prevCold
	sum := w.sum[depth][:q]
	if hot == 0 && cold == 0 { // neither training rows nor this row come here
		clear(sum)
		return
	}
	w.hot[at], w.cold[at] = hot, cold
	above, path := w.path[depth-1][:q], w.path[depth][:q]
	for n, p := range points {
		path[n] = above[n] * (p*hot + (1-p)*cold) / (p*prevHot + (1-p)*prevCold)
	}
	if c < 0 {
		v := st.t.Value[^c] * st.scale
		for n := range sum {
			sum[n] = v * path[n]
		}
	} else {
		w.node(c, depth)
	}
	total := 0.0
	for n, p := range points {
		psi := (hot - cold) / (p*hot + (1-p)*cold)
		if prev >= 0 {
			psi -= (prevHot - prevCold) / (p*prevHot + (1-p)*prevCold)
		}
		total += st.w[n] * sum[n] * psi
	}
	w.out[column] += total
}

// gauss is the Gauss-Legendre rule of n points on (0, 1), exact for
// polynomials up to degree 2n−1. The points are the roots of the Legendre
// polynomial, found by Newton's method.
func gauss(n int) (points, weights []float64) {
	points, weights = make([]float64, n), make([]float64, n)
	for k := range n {
		x := math.Cos(math.Pi * (float64(k) + 0.75) / (float64(n) + 0.5))
		var slope float64
		for range 100 {
			p0, p1 := 1.0, x
			for j := 2; j <= n; j++ {
				p0, p1 = p1, (float64(2*j-1)*x*p1-float64(j-1)*p0)/float64(j)
			}
			slope = float64(n) * (x*p1 - p0) / (x*x - 1)
			step := p1 / slope
			x -= step
			if math.Abs(step) < 1e-16 {
				break
			}
		}
		points[k] = (1 + x) / 2
		weights[k] = 1 / ((1 - x*x) * slope * slope)
	}
	return points, weights
}
