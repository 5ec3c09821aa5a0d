package forest

// active is a sparse column that is not constant in a node, with the weights of
// the node's rows that store a value.
type active struct {
	slot     int32
	pos, all float64
}

// activeRange is the part of grower.active that a node and those below it use. rows
// is the size of the node it was collected in: below, some columns may be constant.
type activeRange struct{ lo, hi, rows int }

// found is what collectActive knows of a sparse column so far.
type found struct {
	active
	count int32
	first float64 // its first value
	mixed bool    // other values than first occur
}

// search finds the best split of a node among randomly drawn columns. Like
// scikit-learn it draws a fixed number of all columns, constant ones included, and
// if all of these are constant in the node it goes on until one is not. Of columns
// that are known to be constant since an ancestor only the number is drawn: the
// distribution is the same, and nodes in which thousands of columns are empty cost
// little.
func (g *grower) search(n *node) {
	if 3*n.rows <= n.active.rows || n.active.rows == 0 {
		n.active = g.collectActive(n)
	}
	list := g.active[n.active.lo:n.active.hi]
	full := g.fulls
	columns, different := g.d.cols, false
	for k := 0; k < g.tries && len(full)+len(list) > 0; k++ {
		at := g.rand.IntN(columns - k)
		if at >= len(full)+len(list) {
			continue
		}
		full, list, different = g.tryOne(n, full, list, at, different)
	}
	for !different && len(full)+len(list) > 0 {
		full, list, different = g.tryOne(n, full, list, g.rand.IntN(len(full)+len(list)), different)
	}
}

// tryOne tries one of the full or active columns and returns those left.
func (g *grower) tryOne(n *node, full []int32, list []active, at int, different bool) ([]int32, []active, bool) {
	if at < len(full) {
		full[0], full[at] = full[at], full[0]
		return full[1:], list, g.try(g.d.full[full[0]].col, n) || different
	}
	at -= len(full)
	list[0], list[at] = list[at], list[0]
	if w := &list[0]; !different || !g.hopeless(w.pos, w.all, n.mass) {
		different = g.try(g.d.colOf[w.slot], n) || different
	}
	return full, list[1:], different
}

// collectActive appends the active columns of a node to g.active.
func (g *grower) collectActive(n *node) activeRange {
	rows := g.rows[n.lo:n.hi]
	g.found = g.found[:0]
	for _, r := range rows {
		pos, all := g.weight[r].pos, g.weight[r].all
		for at := g.d.start[r]; at < g.d.start[r+1]; at++ {
			s, v := g.d.slot[at], g.d.rowVal[at]
			if k := g.seen[s]; k > 0 {
				x := &g.found[k-1]
				x.pos += pos
				x.all += all
				x.count++
				x.mixed = x.mixed || (v != x.first && (v == v || x.first == x.first))
				continue
			}
			g.found = append(g.found, found{active{s, pos, all}, 1, v, false})
			g.seen[s] = int32(len(g.found))
		}
	}
	list := activeRange{lo: len(g.active), rows: n.rows}
	for k := range g.found {
		x := &g.found[k]
		g.seen[x.slot] = 0
		if x.mixed || int(x.count) < len(rows) && x.first != 0 {
			g.active = append(g.active, x.active)
		}
	}
	list.hi = len(g.active)
	return list
}

// try looks for a better split in a column and reports whether the column is
// not constant in the node.
func (g *grower) try(col int32, n *node) bool {
	kind := g.d.kind[col]
	if kind >= 0 {
		return g.tryFull(&g.d.full[kind], n.lo, n.hi, n.mass)
	}
	g.collect(^kind, n)
	return g.trySparse(col, n.mass)
}

// collect puts the stored values of a sparse column in the node into g.entries,
// sorted.
func (g *grower) collect(slot int32, n *node) {
	g.entries = g.entries[:0]
	lo, hi := int32(n.lo), int32(n.hi)
	from, to := g.d.first[slot], g.d.first[slot+1]
	if int(to-from) <= 6*n.rows {
		if cap(g.entries) < int(to-from) {
			g.entries = make([]entry, to-from)
		}
		g.entries = g.entries[:to-from]
		g.entries = g.entries[:keepWithin(g.entries, g.d.row[from:to], g.d.val[from:to], g.position, lo, hi)]
		return
	}
	for _, r := range g.rows[lo:hi] {
		if v, ok := g.d.find(r, slot); ok {
			g.entries = append(g.entries, entry{v, r})
		}
	}
	sortEntries(g.entries)
}

// keepWithin writes the values of the rows whose position is in [lo, hi) to entries
// and returns their number. It writes every value and advances for those it keeps,
// without a branch that could be mispredicted.
func keepWithin(entries []entry, rows []int32, vals []float64, position []int32, lo, hi int32) int {
	kept, width := 0, uint64(hi-lo)
	vals = vals[:len(rows)]
	for k, r := range rows {
		entries[kept] = entry{vals[k], r}
		kept += int((uint64(uint32(position[r]-lo)) - width) >> 63)
	}
	return kept
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
		g.position[r] = int32(n.lo + k)
	}
	return n.lo + kept
}

// partitionSparse moves only the rows that go to the side where 0 does not.
func (g *grower) partitionSparse(n *node) int {
	g.collect(^g.d.kind[n.col], n)
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
		p := int(g.position[r])
		if zeroLeft == (p >= edge) {
			continue
		}
		for g.flag[g.rows[free]] {
			free += step
		}
		other := g.rows[free]
		g.rows[free], g.rows[p] = r, other
		g.position[r], g.position[other] = int32(free), int32(p)
		free += step
	}
	for _, r := range move {
		g.flag[r] = false
	}
	return edge
}
