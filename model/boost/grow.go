package boost

import (
	"container/heap"
	"context"

	"cratedigger/model/internal/work"
	"cratedigger/model/tree"
)

// grower grows trees on binned rows, leaf by leaf.
type grower struct {
	b       *binned
	p       Params
	workers *work.Pool

	rows []int32   // rows of the bag, ordered by leaf
	pos  []int32   // index of a row in rows, −1 if it is not in the bag
	g, h []float64 // gradient and hessian by row
	sums []sums    // the same in fixed point
	unit scale

	cols   []int32 // the dense columns of this tree, in binned.cols
	bins   []uint8 // rows × cols
	subset []uint8 // memory for bins in trees that see only some of the columns
	spare  histogramPool

	minData int
	limits  limits
	nodes   []node
	leaves  []leaf
	open    queue     // leaves that can be split, by gain
	tallies [][]tally // by block and slot
	flag    []bool    // by row
	buffer  []int32
	finders [][2]finder // two for each task
}

// leaf is a leaf of the growing tree.
type leaf struct {
	lo, hi int // its rows
	total  sums
	hess   float64 // as total.h, rounded as its parent's split was scored
	depth  int
	parent int32 // node above, −1 for the root
	right  bool
	hist   *histogram
	best   split
}

// tally is what a block's task counts of a sparse column while a leaf is divided:
// the hessians and number of the smaller child's rows that store a value, and the
// offset of the column's bins in the current sums, 0 if it is not active.
type tally struct {
	hess     float64
	rows, at int32
}

// node is a split leaf.
type node struct {
	split
	left, right int32 // as in tree.Tree
	total       sums
	rows        int32
}

func newGrower(b *binned, p Params, workers *work.Pool) *grower {
	g := &grower{
		b: b, p: p, workers: workers,
		pos: make([]int32, b.rows), g: make([]float64, b.rows), h: make([]float64, b.rows), sums: make([]sums, b.rows),
		minData: max(p.MinData, 1),
		flag:    make([]bool, b.rows),
	}
	for _, d := range b.blocks {
		g.tallies = append(g.tallies, make([]tally, d.hi-d.lo))
	}
	g.spare.sumLists = make([][][]sums, len(b.blocks))
	return g
}

// grow grows one tree on the given rows and columns. The rows' gradients and
// hessians are in g.g and g.h, and all is their sum (see absSums). Afterwards
// g.rows holds the rows ordered by leaf.
func (g *grower) grow(ctx context.Context, rows, cols []int32, all absSums) error {
	if err := ctx.Err(); err != nil { // before the root, which takes longest
		return err
	}
	root := leaf{hi: len(rows), parent: -1, total: g.begin(rows, cols, all)}
	root.hess = root.total.h
	g.leaves = append(g.leaves[:0], root)
	g.nodes = g.nodes[:0]
	g.open = g.open[:0]
	if g.mayNotSplit(&g.leaves[0]) {
		return nil
	}
	g.growRoot(cols)
	g.enqueue(0)
	for len(g.leaves) < g.p.Leaves && len(g.open) > 0 {
		if err := ctx.Err(); err != nil {
			g.release()
			return err
		}
		g.divide(int(heap.Pop(&g.open).(candidate).leaf))
	}
	g.release()
	return nil
}

// absSums are sums of absolute gradients and of hessians.
type absSums struct{ g, h float64 }

// grain is the number of rows in one task of a loop over all rows.
const grain = 1024

// begin prepares the rows and the dense columns of a tree, and returns the sums
// over all rows.
func (g *grower) begin(rows, cols []int32, all absSums) sums {
	if len(rows) < g.b.rows {
		for r := range g.pos {
			g.pos[r] = -1
		}
	}
	g.unit = newScale(all.g, all.h)
	g.rows = append(g.rows[:0], rows...)
	parts := make([]sums, (len(rows)+grain-1)/grain)
	g.run(2*len(rows), len(parts), func(part int) {
		var total sums // whole numbers: the order does not matter
		for k := part * grain; k < min((part+1)*grain, len(rows)); k++ {
			r := rows[k]
			g.pos[r] = int32(k)
			g.sums[r] = g.unit.row(g.g[r], g.h[r])
			total.add(g.sums[r])
		}
		parts[part] = total
	})
	var total sums
	for _, s := range parts {
		total.add(s)
	}
	g.limits = limits{
		minData: int64(g.p.MinData),
		minHess: g.p.MinHessian * g.unit.h,
		l1:      g.p.L1 * g.unit.g,
		l2:      g.p.L2 * g.unit.h,
		epsilon: float64(float32(1e-15)) * g.unit.h,
		floor:   g.p.MinGain * g.unit.g * g.unit.g / g.unit.h,
	}
	g.cols = g.cols[:0]
	for _, c := range cols {
		if g.b.cols[c].dense {
			g.cols = append(g.cols, c)
		}
	}
	if len(g.cols) == len(g.b.dense) {
		g.bins = g.b.bins
		return total
	}
	// With only some of the columns, copy their bins to a table of that width:
	// then no loop has to skip columns.
	if g.subset == nil {
		g.subset = make([]uint8, len(g.b.bins))
	}
	g.bins = g.subset[:g.b.rows*len(g.cols)]
	for r := range g.b.rows {
		from := g.b.bins[r*len(g.b.dense):]
		to := g.bins[r*len(g.cols):]
		for k, c := range g.cols {
			to[k] = from[g.b.cols[c].slot]
		}
	}
	return total
}

// mayNotSplit reports whether a leaf is too small or too deep to be split.
func (g *grower) mayNotSplit(l *leaf) bool {
	return l.hi-l.lo < 2*g.minData || (g.p.MaxDepth > 0 && l.depth >= g.p.MaxDepth) ||
		l.total.h < 2*g.p.MinHessian*g.unit.h
}

// divide splits a leaf at its best split and looks for splits of the two
// children. The child with more rows takes over the parent's histogram, from
// which the other's rows are subtracted.
func (g *grower) divide(at int) {
	l := g.leaves[at]
	s := l.best
	middle := g.partition(&l)
	n := int32(len(g.nodes))
	g.nodes = append(g.nodes, node{split: s, left: ^int32(at), right: ^int32(len(g.leaves)), total: l.total, rows: int32(l.hi - l.lo)})
	if l.parent >= 0 {
		if l.right {
			g.nodes[l.parent].right = n
		} else {
			g.nodes[l.parent].left = n
		}
	}
	right := l.total.minus(s.left)
	g.leaves[at] = leaf{lo: l.lo, hi: middle, total: s.left, hess: s.leftHess - g.limits.epsilon, depth: l.depth + 1, parent: n}
	g.leaves = append(g.leaves, leaf{lo: middle, hi: l.hi, total: right, hess: l.hess + 2*g.limits.epsilon - s.leftHess - g.limits.epsilon, depth: l.depth + 1, parent: n, right: true})
	big, small := at, len(g.leaves)-1
	if g.leaves[big].hi-g.leaves[big].lo < g.leaves[small].hi-g.leaves[small].lo {
		big, small = small, big
	}
	last := len(g.leaves) == g.p.Leaves
	bl, sl := &g.leaves[big], &g.leaves[small]
	wantBig, wantSmall := !last && !g.mayNotSplit(bl), !last && !g.mayNotSplit(sl)
	if !wantBig && !wantSmall {
		g.spare.put(l.hist)
		return
	}
	bl.hist = l.hist
	g.searchChildren(siblings{bl, sl, wantBig, wantSmall})
	for _, c := range [2]int{min(big, small), max(big, small)} {
		if g.leaves[c].hist != nil {
			g.enqueue(c)
		}
	}
}

// enqueue puts a leaf into the queue of leaves to split, or frees its histogram if
// it has no good enough split.
func (g *grower) enqueue(at int) {
	l := &g.leaves[at]
	if l.best.gain <= 0 {
		g.spare.put(l.hist)
		l.hist = nil
		return
	}
	heap.Push(&g.open, candidate{l.best.gain, l.best.col, int32(at)})
}

func (g *grower) release() {
	for _, o := range g.open {
		g.spare.put(g.leaves[o.leaf].hist)
	}
}

// run spreads tasks over the workers if there is enough work.
func (g *grower) run(work, tasks int, f func(k int)) {
	if work < 4000 {
		for k := range tasks {
			f(k)
		}
		return
	}
	g.workers.Run(tasks, f)
}

// part is the k-th of parts equal ranges of [0, n).
func part(n, parts, k int) (lo, hi int) { return n * k / parts, n * (k + 1) / parts }

// queue is a heap of leaves that can be split: the greatest gain first; among
// equal gains the first column, and then the older leaf.
type queue []candidate

type candidate struct {
	gain      float64
	col, leaf int32
}

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	a, b := q[i], q[j]
	switch {
	case a.gain != b.gain:
		return a.gain > b.gain
	case a.col != b.col:
		return a.col < b.col
	}
	return a.leaf < b.leaf
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(candidate)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// tree returns the grown tree with its leaf values. first, the starting score in
// the first tree, is added to all of them.
func (g *grower) tree(first float64) tree.Tree {
	n := len(g.nodes)
	t := tree.Tree{
		Feature: make([]int32, n), Threshold: make([]float64, n), Decision: make([]tree.Decision, n),
		Left: make([]int32, n), Right: make([]int32, n), Gain: make([]float64, n),
		NodeValue: make([]float64, n), NodeWeight: make([]float64, n), NodeCount: make([]int32, n),
		Value: make([]float64, n+1), Count: make([]int32, n+1), Weight: make([]float64, n+1), Variance: make([]float64, n+1),
		Shrinkage: g.p.LearningRate,
	}
	for k, nd := range g.nodes {
		c := &g.b.cols[nd.col]
		t.Feature[k] = c.index
		t.Threshold[k] = c.bounds[nd.bin]
		t.Decision[k] = tree.DefaultLeft
		if c.nan {
			t.Decision[k] = tree.MissingNaN
			if nd.missingLeft {
				t.Decision[k] |= tree.DefaultLeft
			}
		}
		t.Left[k], t.Right[k] = nd.left, nd.right
		t.Gain[k] = nd.gain / g.unit.g / g.unit.g * g.unit.h
		sumG, sumH := nd.total.g/g.unit.g, nd.total.h/g.unit.h
		t.NodeValue[k] = g.step(sumG, sumH) + first
		t.NodeWeight[k] = sumH
		t.NodeCount[k] = nd.rows
	}
	g.run(4*len(g.rows), len(g.leaves), func(k int) {
		l := &g.leaves[k]
		var sumG, sumH, squares float64
		for _, r := range g.rows[l.lo:l.hi] {
			sumG += g.g[r]
			sumH += g.h[r]
			if g.h[r] > 0 {
				squares += g.g[r] * g.g[r] / g.h[r]
			}
		}
		t.Value[k] = g.step(sumG, sumH) + first
		t.Count[k] = int32(l.hi - l.lo)
		t.Weight[k] = sumH
		if sumH > 0 {
			mean := sumG / sumH
			t.Variance[k] = max(0, squares/sumH-mean*mean) * g.p.LearningRate * g.p.LearningRate
		}
	})
	return t
}

// step is the shrunk Newton step of a leaf.
func (g *grower) step(sumG, sumH float64) float64 {
	switch {
	case sumG > g.p.L1:
		sumG -= g.p.L1
	case sumG < -g.p.L1:
		sumG += g.p.L1
	default:
		return 0
	}
	return -sumG / (sumH + g.p.L2 + 1e-15) * g.p.LearningRate
}
