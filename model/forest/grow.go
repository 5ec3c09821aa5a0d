package forest

import (
	"container/heap"
	"context"
	"math/rand/v2"

	"cratedigger/model/tree"
)

// grower grows one tree after another on the same data.
type grower struct {
	d *data
	p Params

	rand     *rand.Rand
	weight   []weight // by row: label and weight in the tree's sample
	draws    []int32  // by row: how often it was drawn
	rows     []int32  // rows of the sample, ordered by node
	position []int32  // by row: its index in rows, −1 if it was not drawn
	fulls    []int32  // the full columns, in any order
	tries    int
	total    mass
	best     split
	levels   []level
	keys     []uint64
	counts   []mass   // by rank, zero between uses
	occurs   []uint64 // a bit for each rank

	entries []entry
	seen    []int32 // by sparse slot: index into found, +1
	found   []found
	active  []active // of the nodes that are still to be divided
	flag    []bool
	buffer  []int32
	t       tree.Tree
	open    frontier
}

func newGrower(d *data, p Params) *grower {
	g := &grower{
		d: d, p: p, tries: p.Features.of(d.cols),
		weight: make([]weight, d.rows), draws: make([]int32, d.rows),
		position: make([]int32, d.rows), seen: make([]int32, len(d.colOf)),
		flag: make([]bool, d.rows), buffer: make([]int32, d.rows),
	}
	g.fulls = make([]int32, len(d.full))
	return g
}

// weight is a row's weight: all of it, and its part with label 1.
type weight struct{ pos, all float64 }

func (g *grower) massOf(r int32) mass {
	w := g.weight[r]
	return mass{w.pos, w.all, 1}
}

// node is a node of the tree that is still to be divided.
type node struct {
	lo, hi int
	depth  int
	mass
	split
	gain   float64
	active activeRange
	top    int // end of g.active when the node was queued
	parent int32
	right  bool
}

// frontier holds the nodes that will be divided: as a stack, or as a heap by gain
// if the number of leaves is limited.
type frontier struct {
	nodes  []node
	byGain bool
}

func (f *frontier) Len() int           { return len(f.nodes) }
func (f *frontier) Less(i, j int) bool { return f.nodes[i].gain > f.nodes[j].gain }
func (f *frontier) Swap(i, j int)      { f.nodes[i], f.nodes[j] = f.nodes[j], f.nodes[i] }
func (f *frontier) Push(x any)         { f.nodes = append(f.nodes, x.(node)) }
func (f *frontier) Pop() any {
	n := f.nodes[len(f.nodes)-1]
	f.nodes = f.nodes[:len(f.nodes)-1]
	return n
}

func (f *frontier) put(n node) {
	if f.byGain {
		heap.Push(f, n)
		return
	}
	f.nodes = append(f.nodes, n)
}

func (f *frontier) take() node {
	if f.byGain {
		return heap.Pop(f).(node)
	}
	return f.Pop().(node)
}

// grow grows tree number k on its own sample of the rows.
func (g *grower) grow(ctx context.Context, k int, y, w []float64) (tree.Tree, error) {
	if err := ctx.Err(); err != nil { // before the sample and the root, which take longest
		return tree.Tree{}, err
	}
	g.sample(k, y, w)
	for k := range g.fulls {
		g.fulls[k] = int32(k)
	}
	g.active = g.active[:0]
	g.t = tree.Tree{Shrinkage: 1}
	g.open = frontier{byGain: g.p.MaxLeaves > 0}
	leaves := 1
	g.enqueue(node{hi: len(g.rows), mass: g.total, parent: -1})
	for steps := 0; g.open.Len() > 0; steps++ {
		if steps%64 == 0 {
			if err := ctx.Err(); err != nil {
				return tree.Tree{}, err
			}
		}
		n := g.open.take()
		if !g.open.byGain { // the rest belongs to nodes that are finished
			g.active = g.active[:n.top]
		}
		if g.p.MaxLeaves > 0 && leaves >= g.p.MaxLeaves {
			g.leaf(n)
			continue
		}
		leaves++
		g.divide(n)
	}
	t := g.t
	g.t = tree.Tree{}
	return t, nil
}

// enqueue finds the node's split and queues it; a node without a split becomes a
// leaf.
func (g *grower) enqueue(n node) {
	if n.rows < g.p.MinSplit || n.rows < 2*g.p.MinLeaf || n.pure() || (g.p.MaxDepth > 0 && n.depth >= g.p.MaxDepth) {
		g.leaf(n)
		return
	}
	g.best = split{}
	g.search(&n)
	n.top = len(g.active)
	n.split = g.best
	if !n.found {
		g.leaf(n)
		return
	}
	r := n.mass.minus(n.left)
	n.gain = n.all*n.impurity(g.p.Criterion) - n.left.all*n.left.impurity(g.p.Criterion) - r.all*r.impurity(g.p.Criterion)
	n.gain = max(n.gain/g.total.all, 0)
	if n.gain+1e-12 < g.p.MinDecrease {
		g.leaf(n)
		return
	}
	g.open.put(n)
}

func (g *grower) link(n node, child int32) {
	if n.parent < 0 {
		return
	}
	if n.right {
		g.t.Right[n.parent] = child
	} else {
		g.t.Left[n.parent] = child
	}
}

func (g *grower) leaf(n node) {
	g.link(n, ^int32(len(g.t.Value)))
	p := 0.0
	if n.all > 0 {
		p = min(max(n.pos/n.all, 0), 1)
	}
	count := int32(0)
	for _, r := range g.rows[n.lo:n.hi] {
		count += g.draws[r]
	}
	if n.pure() { // exactly 0 or 1, whatever the sums were rounded to
		p = float64(int(p + 0.5))
	}
	g.t.Value = append(g.t.Value, p)
	g.t.Weight = append(g.t.Weight, n.all)
	g.t.Count = append(g.t.Count, count)
	g.t.Variance = append(g.t.Variance, p*(1-p))
}

func (g *grower) divide(n node) {
	k := int32(len(g.t.Feature))
	g.link(n, k)
	decision := tree.DefaultLeft
	if n.missing {
		decision = tree.MissingNaN
		if n.missingLeft {
			decision |= tree.DefaultLeft
		}
	}
	g.t.Feature = append(g.t.Feature, n.col)
	g.t.Threshold = append(g.t.Threshold, n.threshold)
	g.t.Decision = append(g.t.Decision, decision)
	g.t.Gain = append(g.t.Gain, n.gain)
	g.t.Left = append(g.t.Left, 0)
	g.t.Right = append(g.t.Right, 0)
	middle := g.partition(&n)
	right := n.mass.minus(n.left)
	g.enqueue(node{lo: middle, hi: n.hi, depth: n.depth + 1, mass: right, active: n.active, parent: k, right: true})
	g.enqueue(node{lo: n.lo, hi: middle, depth: n.depth + 1, mass: n.left, active: n.active, parent: k})
}

// sample draws the rows of tree k and sets their weights.
func (g *grower) sample(k int, y, w []float64) {
	g.rand = rand.New(rand.NewPCG(g.p.Seed, uint64(k)+1))
	n := g.d.rows
	clear(g.draws)
	if g.p.Bootstrap {
		draws := n
		if g.p.Sample > 0 {
			draws = max(1, int(g.p.Sample*float64(n)+0.5))
		}
		for range draws {
			g.draws[g.rand.IntN(n)]++
		}
	} else {
		for i := range g.draws {
			g.draws[i] = 1
		}
	}
	class := [2]float64{1, 1}
	if g.p.Balance != Unweighted {
		var rows [2]float64
		for i, v := range y {
			if g.p.Balance == BalancedSubsample {
				rows[int(v)] += float64(g.draws[i])
			} else {
				rows[int(v)]++
			}
		}
		if rows[0] > 0 && rows[1] > 0 {
			class = [2]float64{(rows[0] + rows[1]) / (2 * rows[0]), (rows[0] + rows[1]) / (2 * rows[1])}
		}
	}
	g.rows = g.rows[:0]
	g.total = mass{}
	for i := range n {
		g.position[i] = -1
		all := float64(g.draws[i]) * class[int(y[i])]
		if w != nil {
			all *= w[i]
		}
		g.weight[i] = weight{all * y[i], all}
		if all > 0 {
			g.position[i] = int32(len(g.rows))
			g.rows = append(g.rows, int32(i))
			g.total.add(g.massOf(int32(i)))
		}
	}
}
