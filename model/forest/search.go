package forest

// slotRange is what is known of a sparse column in a node with few rows.
type slotRange struct {
	slot  int32
	count int32
	first float64 // its first value
	mixed bool    // other values than first occur
}

// search finds the best split of a node among columns drawn at random, as
// scikit-learn does: so many columns of all, constant ones included, and if all
// of those are constant in the node, on until one is not. With many rows in
// the node the columns are drawn and looked at; with few, the columns that are
// not constant are found from the rows, and it is drawn which of them would
// have been among the tried, which has the same distribution and costs less
// when thousands of columns are empty in the node.
func (g *grower) search(n node) {
	if n.rows*g.rowCost < g.tries*g.columnCost {
		g.searchByRows(n)
	} else {
		g.searchByColumns(n)
	}
}

// costs estimates, in nanoseconds, what a row costs one way of searching and a
// column the other: stored values are read in order there, here and there in
// memory here.
func (g *grower) costs() {
	g.rowCost, g.columnCost = 10, 15
	if g.d.rows > 0 {
		g.rowCost += 8 * len(g.d.slot) / g.d.rows
	}
	if g.d.cols > 0 {
		g.columnCost += 5*len(g.d.row)/g.d.cols + 20*len(g.d.full)/g.d.cols
	}
}

func (g *grower) searchByColumns(n node) {
	different := false
	for k := 0; k < len(g.perm) && (k < g.tries || !different); k++ {
		at := k + g.rand.IntN(len(g.perm)-k)
		g.perm[k], g.perm[at] = g.perm[at], g.perm[k]
		if g.try(g.perm[k], n) {
			different = true
		}
	}
}

// try looks for a better split in a column and reports whether the column is
// not constant in the node.
func (g *grower) try(col int32, n node) bool {
	kind := g.d.kind[col]
	if kind >= 0 {
		return g.tryFull(&g.d.full[kind], n.lo, n.hi, n.mass)
	}
	g.collect(^kind, n)
	return g.trySparse(col, n.mass)
}

// collect puts the stored values of a sparse column in the node into g.entries.
func (g *grower) collect(slot int32, n node) {
	g.entries = g.entries[:0]
	lo, hi := int32(n.lo), int32(n.hi)
	from, to := g.d.first[slot], g.d.first[slot+1]
	if int(to-from) <= 16*n.rows {
		for at := from; at < to; at++ {
			r := g.d.row[at]
			if p := g.place[r]; p >= lo && p < hi {
				g.entries = append(g.entries, entry{g.d.val[at], r})
			}
		}
		return
	}
	for _, r := range g.rows[lo:hi] {
		if v, ok := g.d.find(r, slot); ok {
			g.entries = append(g.entries, entry{v, r})
		}
	}
}

// find is the stored value of a row in a sparse column.
func (d *data) find(row, slot int32) (float64, bool) {
	for at := d.start[row]; at < d.start[row+1]; at++ {
		if s := d.slot[at]; s >= slot {
			return d.rowVal[at], s == slot
		}
	}
	return 0, false
}

func (g *grower) searchByRows(n node) {
	rows := g.rows[n.lo:n.hi]
	g.chosen = g.chosen[:0]
	for k := range g.d.full {
		rank := g.d.full[k].rank
		for _, r := range rows[1:] {
			if rank[r] != rank[rows[0]] {
				g.chosen = append(g.chosen, g.d.full[k].col)
				break
			}
		}
	}
	g.slots = g.slots[:0]
	for _, r := range rows {
		for at := g.d.start[r]; at < g.d.start[r+1]; at++ {
			s, v := g.d.slot[at], g.d.rowVal[at]
			if k := g.seen[s]; k > 0 {
				x := &g.slots[k-1]
				x.count++
				x.mixed = x.mixed || (v != x.first && (v == v || x.first == x.first))
				continue
			}
			g.slots = append(g.slots, slotRange{s, 1, v, false})
			g.seen[s] = int32(len(g.slots))
		}
	}
	for _, x := range g.slots {
		g.seen[x.slot] = 0
		if x.mixed || int(x.count) < len(rows) && (x.first != 0) {
			g.chosen = append(g.chosen, g.d.colOf[x.slot])
		}
	}
	for _, col := range g.draw() {
		g.try(col, n)
	}
}

// draw picks from g.chosen, the columns that are not constant, those that
// would be among the tried, in random order; at least one.
func (g *grower) draw() []int32 {
	candidates := g.chosen
	picked := 0
	for k, col := range candidates {
		if picked == g.tries {
			break
		}
		// Of the columns not yet decided, so many are still to be tried.
		if g.rand.IntN(len(g.perm)-k) < g.tries-picked {
			candidates[picked], candidates[k] = col, candidates[picked]
			picked++
		}
	}
	if picked == 0 && len(candidates) > 0 {
		k := g.rand.IntN(len(candidates))
		return candidates[k : k+1]
	}
	g.rand.Shuffle(picked, func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
	return candidates[:picked]
}

// partition moves the rows of a node that go left before those that go right,
// and returns where the right ones begin.
func (g *grower) partition(n *node) int {
	if kind := g.d.kind[n.col]; kind >= 0 {
		return g.partitionFull(n, g.d.full[kind].rank)
	}
	return g.partitionSparse(n)
}

func (g *grower) partitionFull(n *node, rank []int32) int {
	rows := g.rows[n.lo:n.hi]
	kept, moved := 0, 0
	for _, r := range rows {
		left := rank[r] <= n.rank
		if rank[r] < 0 {
			left = n.missingLeft
		}
		if left {
			rows[kept] = r
			kept++
		} else {
			g.buffer[moved] = r
			moved++
		}
	}
	copy(rows[kept:], g.buffer[:moved])
	for k, r := range rows {
		g.place[r] = int32(n.lo + k)
	}
	return n.lo + kept
}

// partitionSparse moves only the rows that are not on the side of the zeros.
func (g *grower) partitionSparse(n *node) int {
	g.collect(^g.d.kind[n.col], *n)
	zeroLeft := 0 <= n.threshold
	move := g.buffer[:0]
	for _, e := range g.entries {
		left := e.value <= n.threshold
		if e.value != e.value {
			left = n.missingLeft
		}
		if left != zeroLeft {
			move = append(move, e.row)
			g.flag[e.row] = true
		}
	}
	edge, free, step := n.hi-len(move), n.hi-1, -1
	if !zeroLeft {
		edge, free, step = n.lo+len(move), n.lo, 1
	}
	for _, r := range move {
		p := int(g.place[r])
		if zeroLeft == (p >= edge) {
			continue
		}
		for g.flag[g.rows[free]] {
			free += step
		}
		other := g.rows[free]
		g.rows[free], g.rows[p] = r, other
		g.place[r], g.place[other] = int32(free), int32(p)
		free += step
	}
	for _, r := range move {
		g.flag[r] = false
	}
	return edge
}
