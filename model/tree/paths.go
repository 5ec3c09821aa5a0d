package tree

import (
	"math"

	"cratedigger/model/matrix"
)

// paths scores trees by walking from root to leaf. In fully grown trees on sparse
// columns most nodes of a walk test a column that is 0 in the row, and send the row
// left. A run of such nodes is a chain: a row walks to its end, unless one of its
// stored values leads out of it before. So for each row its few stored values first
// mark the earliest exit from each chain; then a chain is one step, however long.
type paths struct {
	code   []int32 // by column: a slot of walk.x, noNode, or a list of exits (see listCode)
	slots  int
	roots  []int32 // by tree: what is next, see step
	first  []int32 // by tree: where its leaves begin
	value  []float64
	steps  []step
	chains []int32 // what is next at the end of each chain
	out    []int32 // by node of the chains: what is next at its exit
	exits  []exit  // by column
	begin  []int32 // where each list of exits begins
}

// step is a node outside the chains: a value up to the threshold goes left. left
// and right say what is next: the number of a step, chain + the number of a chain,
// or ^ the number of a leaf, counted over all trees.
type step struct {
	threshold   float64
	slot        int32
	left, right int32
	decision    Decision
}

const chain = 1 << 30

// exit is a node of a chain: values above the threshold lead out of the chain.
type exit struct {
	threshold float64
	chain     int32
	position  int32 // 2 × the index in paths.out, + 1 if a missing value leads out
}

// sparseShare is the share of training rows at a column's nodes that must go left,
// as a 0 does, for the column to be in chains.
const sparseShare = 0.75

func newPaths(trees []Tree, columns int) *paths {
	p := &paths{code: make([]int32, columns)}
	p.columns(trees)
	counts := make([]int32, len(p.begin)+1)
	for k := range trees {
		for _, f := range trees[k].Feature {
			if c := p.code[f]; c <= listCode(0) {
				counts[listCode(c)+1]++
			}
		}
	}
	for k := range p.begin {
		counts[k+1] += counts[k]
	}
	copy(p.begin, counts)
	p.begin = append(p.begin, counts[len(p.begin)])
	p.exits = make([]exit, counts[len(counts)-1])
	next := make([]int32, 0)
	for k := range trees {
		next = p.add(&trees[k], next, counts)
	}
	return p
}

// columns decides which columns are in chains: those whose nodes all send 0 left,
// and most training rows too.
func (p *paths) columns(trees []Tree) {
	const split, other = 1, 2
	passed, all := make([]float64, len(p.code)), make([]float64, len(p.code))
	kind := make([]uint8, len(p.code))
	for k := range trees {
		t := &trees[k]
		node, leaf := t.cover()
		for n, f := range t.Feature {
			kind[f] |= split
			if d := t.Decision[n]; d&missingMask == MissingZero || !d.Left(0, t.Threshold[n]) {
				kind[f] |= other
			}
			all[f] += node[n]
			if l := t.Left[n]; l < 0 {
				passed[f] += leaf[^l]
			} else {
				passed[f] += node[l]
			}
		}
	}
	for f := range p.code {
		switch {
		case kind[f] == 0:
			p.code[f] = noNode
		case kind[f] == split && passed[f] >= sparseShare*all[f]:
			p.code[f] = listCode(int32(len(p.begin)))
			p.begin = append(p.begin, 0)
		default:
			p.code[f] = int32(p.slots)
			p.slots++
		}
	}
}

// add appends a tree. free holds for each list where its next exit goes. next is
// memory for the nodes' numbers; add returns it for the next tree.
func (p *paths) add(t *Tree, next, free []int32) []int32 {
	isSparse := func(n int32) bool { return n >= 0 && p.code[t.Feature[n]] <= listCode(0) }
	if cap(next) < len(t.Feature) {
		next = make([]int32, len(t.Feature))
	}
	next = next[:len(t.Feature)]
	clear(next)
	const within = -1 // part of a chain that began above
	for n := range t.Feature {
		if l := t.Left[n]; isSparse(int32(n)) && isSparse(l) {
			next[l] = within
		}
	}
	steps, chains := int32(len(p.steps)), int32(len(p.chains))
	for n := range t.Feature {
		switch {
		case next[n] == within:
		case isSparse(int32(n)):
			next[n] = chain + chains
			chains++
		default:
			next[n] = steps
			steps++
		}
	}
	leaves := int32(len(p.value))
	at := func(child int32) int32 {
		if child < 0 {
			return child - leaves
		}
		return next[child]
	}
	root := ^leaves
	if len(t.Feature) > 0 {
		root = next[0]
	}
	p.roots, p.first, p.value = append(p.roots, root), append(p.first, leaves), append(p.value, t.Value...)
	for n := range t.Feature {
		switch {
		case next[n] == within:
		case next[n] < chain:
			p.steps = append(p.steps, step{t.Threshold[n], p.code[t.Feature[n]], at(t.Left[n]), at(t.Right[n]), t.Decision[n]})
		default:
			k := int32(n)
			for ; isSparse(k); k = t.Left[k] {
				e := exit{Snap(t.Threshold[k]), next[n] - chain, 2 * int32(len(p.out))}
				if !t.Decision[k].Left(math.NaN(), e.threshold) {
					e.position++
				}
				list := listCode(p.code[t.Feature[k]])
				p.exits[free[list]] = e
				free[list]++
				p.out = append(p.out, at(t.Right[k]))
			}
			p.chains = append(p.chains, at(k))
		}
	}
	return next
}

// walk is the state of a row that walks through the trees.
type walk struct {
	p      *paths
	x      []float64 // by slot
	leave  []int32   // by chain: 1 + the index in out of the row's first exit, or 0
	left   []int32   // the chains that the row leaves
	filled []int32   // the slots that may not be 0
}

func (p *paths) start() *walk {
	return &walk{p: p, x: make([]float64, p.slots), leave: make([]int32, len(p.chains))}
}

// load begins the walk of row i.
func (w *walk) load(m *matrix.Matrix, i int) {
	for _, c := range w.left {
		w.leave[c] = 0
	}
	for _, s := range w.filled {
		w.x[s] = 0
	}
	w.left, w.filled = w.left[:0], w.filled[:0]
	for j, v := range m.Dense(i) {
		w.set(w.p.code[j], v)
	}
	cols, vals := m.Sparse(i)
	for n, j := range cols {
		if int(j) >= len(w.p.code) {
			break
		}
		w.set(w.p.code[j], vals[n])
	}
}

// set sets the value of the column with this code.
func (w *walk) set(code int32, v float64) {
	switch {
	case code >= 0:
		w.x[code] = v
		w.filled = append(w.filled, code)
	case code == noNode || v == 0:
	default:
		p, list := w.p, listCode(code)
		for _, n := range p.exits[p.begin[list]:p.begin[list+1]] {
			if v > n.threshold || v != v && n.position&1 == 1 {
				switch at := w.leave[n.chain]; {
				case at == 0:
					w.left = append(w.left, n.chain)
					w.leave[n.chain] = n.position/2 + 1
				case n.position/2+1 < at:
					w.leave[n.chain] = n.position/2 + 1
				}
			}
		}
	}
}

// leaf walks through a tree and returns the row's leaf, counted over all trees.
func (w *walk) leaf(tree int) int32 {
	p := w.p
	k := p.roots[tree]
	for k >= 0 {
		if k >= chain {
			k -= chain
			if at := w.leave[k]; at > 0 {
				k = p.out[at-1]
			} else {
				k = p.chains[k]
			}
			continue
		}
		s := &p.steps[k]
		k = s.right
		if s.decision.Left(w.x[s.slot], s.threshold) {
			k = s.left
		}
	}
	return ^k
}
