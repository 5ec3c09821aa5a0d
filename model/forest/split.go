package forest

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"cratedigger/model/tree"
)

// mass is the weight of a group of rows, in all and with label 1, and their number.
type mass struct {
	pos, all float64
	rows     int
}

func (m *mass) add(o mass) { m.pos += o.pos; m.all += o.all; m.rows += o.rows }

func (m mass) minus(o mass) mass { return mass{m.pos - o.pos, m.all - o.all, m.rows - o.rows} }

// pure reports whether only one label is left, but for rounding of the sums.
func (m mass) pure() bool {
	const tiny = 1e-12
	return m.pos <= tiny*m.all || m.all-m.pos <= tiny*m.all
}

// impurity is the criterion's value.
func (m mass) impurity(c Criterion) float64 {
	if m.all <= 0 {
		return 0
	}
	p := min(max(m.pos/m.all, 0), 1)
	if c == Entropy {
		return entropy(p) + entropy(1-p)
	}
	return 2 * p * (1 - p)
}

func entropy(p float64) float64 {
	if p <= 0 {
		return 0
	}
	return -p * math.Log2(p)
}

// split is the best way found to divide a node.
type split struct {
	col         int32
	threshold   float64
	rank        int32 // of a full column: the highest that goes left
	missing     bool  // the node has rows where the column is missing
	missingLeft bool
	score       float64 // see better
	left        mass
	found       bool
}

// level is a value of a column and the rows of the node that have it.
type level struct {
	value float64
	rank  int32
	mass
}

// better compares a split of the node with the best so far. For gini the score
// is Σ (pos² + neg²)/all over the sides, for entropy minus the weighted sum.
func (g *grower) better(left, right mass) bool {
	if left.rows < g.p.MinLeaf || right.rows < g.p.MinLeaf {
		return false
	}
	var score float64
	if g.p.Criterion == Gini {
		ln, rn := left.all-left.pos, right.all-right.pos
		if g.best.found && left.all > 0 && right.all > 0 {
			// Dismiss most splits without a division.
			sum := (left.pos*left.pos+ln*ln)*right.all + (right.pos*right.pos+rn*rn)*left.all
			if sum < g.best.score*(1-1e-12)*left.all*right.all {
				return false
			}
		}
		score = (left.pos*left.pos+ln*ln)/left.all + (right.pos*right.pos+rn*rn)/right.all
	} else {
		score = -left.all*left.impurity(Entropy) - right.all*right.impurity(Entropy)
	}
	if g.best.found && !(score > g.best.score) {
		return false
	}
	g.best.score, g.best.left, g.best.found = score, left, true
	return true
}

// scan tries all thresholds between ascending levels, missing rows on either
// side. It reports whether the column is not constant in the node.
func (g *grower) scan(col int32, levels []level, total, missing mass) bool {
	if len(levels) < 2 {
		if len(levels) == 0 || missing.rows == 0 {
			return false
		}
	}
	take := func(k int, missingLeft bool, left mass) {
		if !g.better(left, total.minus(left)) {
			return
		}
		s := &g.best
		s.col, s.missing, s.missingLeft, s.rank = col, missing.rows > 0, missingLeft, levels[k].rank
		s.threshold = math.Inf(1) // all that is known goes left
		if k+1 < len(levels) {
			s.threshold = middle(levels[k].value, levels[k+1].value)
		}
	}
	var left mass
	for k := range levels {
		left.add(levels[k].mass)
		if k+1 < len(levels) || missing.rows > 0 {
			take(k, false, left)
		}
		if k+1 < len(levels) && missing.rows > 0 {
			with := left
			with.add(missing)
			take(k, true, with)
		}
	}
	return true
}

// middle is a threshold between two values. One too near to 0 is moved out, so
// that it divides rows alike whether or not their values near 0 are taken as 0.
func middle(a, b float64) float64 {
	m := a/2 + b/2
	if !(m >= a && m < b) {
		m = a
	}
	return tree.Snap(m)
}

// tryFull scans a full column. Rows are summed by rank, with a bit for each rank
// that occurs. With few rows and very many ranks, sorting the rows is cheaper.
func (g *grower) tryFull(f *fullColumn, lo, hi int, total mass) bool {
	rows := g.rows[lo:hi]
	g.levels = g.levels[:0]
	var missing mass
	if len(f.values) > 512*len(rows) {
		g.keys = g.keys[:0]
		for _, r := range rows {
			if rank := f.rank[r]; rank >= 0 {
				g.keys = append(g.keys, uint64(rank)<<32|uint64(r))
			} else {
				missing.add(g.massOf(r))
			}
		}
		slices.Sort(g.keys)
		last := int32(-1)
		for _, k := range g.keys {
			rank, r := int32(k>>32), int32(uint32(k))
			if rank != last {
				g.levels = append(g.levels, level{value: f.values[rank], rank: rank})
				last = rank
			}
			g.levels[len(g.levels)-1].add(g.massOf(r))
		}
		return g.scan(f.col, g.levels, total, missing)
	}
	if words := len(f.values)/64 + 1; len(g.occurs) < words {
		g.counts = make([]mass, 64*words)
		g.occurs = make([]uint64, words)
	}
	for _, r := range rows {
		if rank := f.rank[r]; rank >= 0 {
			g.counts[rank].add(g.massOf(r))
			g.occurs[rank>>6] |= 1 << (rank & 63)
		} else {
			missing.add(g.massOf(r))
		}
	}
	return g.scanRanks(f, total, missing)
}

// scanRanks is scan over the ranks that occur. It clears their masses in g.counts.
func (g *grower) scanRanks(f *fullColumn, total, missing mass) bool {
	var left mass // of the ranks up to last
	last, levels := int32(-1), 0
	take := func(missingLeft bool, left mass, next int32) {
		if g.better(left, total.minus(left)) {
			s := &g.best
			s.col, s.missing, s.missingLeft, s.rank = f.col, missing.rows > 0, missingLeft, last
			s.threshold = math.Inf(1) // all that is known goes left
			if next >= 0 {
				s.threshold = middle(f.values[last], f.values[next])
			}
		}
	}
	for k, set := range g.occurs[:len(f.values)/64+1] {
		for ; set != 0; set &= set - 1 {
			rank := int32(k<<6 + bits.TrailingZeros64(set))
			if last >= 0 {
				take(false, left, rank)
				if missing.rows > 0 {
					with := left
					with.add(missing)
					take(true, with, rank)
				}
			}
			left.add(g.counts[rank])
			g.counts[rank] = mass{}
			last = rank
			levels++
		}
		g.occurs[k] = 0
	}
	if levels > 0 && missing.rows > 0 {
		take(false, left, -1)
	}
	return levels > 1 || levels == 1 && missing.rows > 0
}

// hopeless reports whether no way to divide the stored values of a sparse
// column, the zeros on one side, can beat the best split so far. The gini score
// is convex in the masses of a side, so that among all subsets of the rows with
// a value it is greatest for one of three: all of them, those of label 1, those
// of label 0. This dismisses most sparse columns before their values are sorted.
func (g *grower) hopeless(pos, all float64, total mass) bool {
	if !g.best.found || g.p.Criterion != Gini {
		return false
	}
	pos, all = min(pos, total.pos), min(pos, total.pos)+min(all-pos, total.all-total.pos)
	limit := g.best.score * (1 - 1e-12)
	return giniScore(pos, all, total) < limit && giniScore(pos, pos, total) < limit && giniScore(0, all-pos, total) < limit
}

// giniScore is the score of a side of the given masses and the rest of total.
func giniScore(pos, all float64, total mass) float64 {
	score := 0.0
	if all > 0 {
		score += (pos*pos + (all-pos)*(all-pos)) / all
	}
	if all = total.all - all; all > 0 {
		pos = total.pos - pos
		score += (pos*pos + (all-pos)*(all-pos)) / all
	}
	return score
}

// entry is a stored value of a sparse column in a row of the node.
type entry struct {
	value float64
	row   int32
}

// sortEntries sorts by value, then by row.
func sortEntries(entries []entry) {
	slices.SortFunc(entries, func(a, b entry) int {
		if a.value != b.value {
			return cmp.Compare(a.value, b.value)
		}
		return int(a.row - b.row)
	})
}

// trySparse scans a sparse column whose stored values in the node are
// g.entries, sorted.
func (g *grower) trySparse(col int32, total mass) bool {
	if len(g.entries) == 0 {
		return false
	}
	if len(g.entries) < total.rows {
		var pos, all float64
		for _, e := range g.entries {
			w := &g.weight[e.row]
			pos += w.pos
			all += w.all
		}
		if g.hopeless(pos, all, total) {
			return true
		}
	}
	rest := total
	var missing mass
	known := g.entries[:0]
	for _, e := range g.entries {
		m := g.massOf(e.row)
		rest = rest.minus(m)
		if e.value != e.value {
			missing.add(m)
			continue
		}
		known = append(known, e)
	}
	g.levels = g.levels[:0]
	zeros := rest.rows == 0 // whether the level of the zeros is there
	for _, e := range known {
		if !zeros && e.value > 0 {
			g.levels = append(g.levels, level{mass: rest})
			zeros = true
		}
		if n := len(g.levels); n == 0 || g.levels[n-1].value != e.value {
			g.levels = append(g.levels, level{value: e.value})
		}
		g.levels[len(g.levels)-1].add(g.massOf(e.row))
	}
	if !zeros {
		g.levels = append(g.levels, level{mass: rest})
	}
	return g.scan(col, g.levels, total, missing)
}
