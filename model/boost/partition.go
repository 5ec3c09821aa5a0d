package boost

// partition moves the rows of a leaf that its best split sends left before
// those it sends right, and returns where the right ones begin.
func (g *grower) partition(l *leaf) int {
	c := &g.b.cols[l.best.col]
	if c.dense {
		return g.partitionDense(l, c)
	}
	return g.partitionSparse(l, c)
}

// sides says for each bin whether it goes right.
func (c *column) sides(s split) (right [256]uint8) {
	for b := range right {
		if b > int(s.bin) {
			right[b] = 1
		}
	}
	if c.nan {
		right[len(c.bounds)] = 1
		if s.missingLeft {
			right[len(c.bounds)] = 0
		}
	}
	return right
}

func (g *grower) partitionDense(l *leaf, c *column) int {
	right := c.sides(l.best)
	rows := g.rows[l.lo:l.hi]
	if len(g.buffer) < len(rows) {
		g.buffer = make([]int32, len(g.rows))
	}
	bins := g.b.byCol[int(c.slot)*g.b.rows:][:g.b.rows]
	moved, kept := 0, 0
	for _, r := range rows { // writes to both sides and advances one, without a branch
		side := int(right[bins[r]])
		rows[kept] = r
		g.buffer[moved] = r
		kept += 1 - side
		moved += side
	}
	copy(rows[kept:], g.buffer[:moved])
	if len(g.b.sparse) > 0 {
		for k, r := range rows {
			g.pos[r] = int32(l.lo + k)
		}
	}
	return l.lo + kept
}

// partitionSparse moves only the rows that go to the side where 0 does not.
func (g *grower) partitionSparse(l *leaf, c *column) int {
	right := c.sides(l.best)
	zero := right[c.zero]
	move := g.buffer[:0]
	from, to := g.b.first[c.slot], g.b.first[c.slot+1]
	lo, hi := int32(l.lo), int32(l.hi)
	if int(to-from) <= 16*(l.hi-l.lo) {
		for at := from; at < to; at++ {
			r := g.b.row[at]
			if p := g.pos[r]; p >= lo && p < hi && right[g.b.rowBin[at]] != zero {
				move = append(move, r)
			}
		}
	} else {
		for _, r := range g.rows[l.lo:l.hi] {
			if b, ok := g.b.find(r, c.slot); ok && right[b] != zero {
				move = append(move, r)
			}
		}
	}
	g.buffer = move[:cap(move)]
	for _, r := range move {
		g.flag[r] = true
	}
	// Rows that are already on their side stay; each other row is swapped with
	// one that is on the wrong side too.
	edge, free, step := l.hi-len(move), l.hi-1, -1
	if zero == 1 {
		edge, free, step = l.lo+len(move), l.lo, 1
	}
	for _, r := range move {
		p := int(g.pos[r])
		if (zero == 0) == (p >= edge) {
			continue
		}
		for g.flag[g.rows[free]] {
			free += step
		}
		other := g.rows[free]
		g.rows[free], g.rows[p] = r, other
		g.pos[r], g.pos[other] = int32(free), int32(p)
		free += step
	}
	for _, r := range move {
		g.flag[r] = false
	}
	return edge
}

// leafOf is the leaf of any row of the binned matrix, in the bag or not.
func (g *grower) leafOf(row int32) int {
	if len(g.nodes) == 0 {
		return 0
	}
	k := int32(0)
	for k >= 0 {
		nd := &g.nodes[k]
		c := &g.b.cols[nd.col]
		bin := c.zero
		if c.dense {
			bin = g.b.bins[int(row)*len(g.b.dense)+int(c.slot)]
		} else if b, ok := g.b.find(row, c.slot); ok {
			bin = b
		}
		left := bin <= nd.bin
		if c.nan && int(bin) == len(c.bounds) {
			left = nd.missingLeft
		}
		if left {
			k = nd.left
		} else {
			k = nd.right
		}
	}
	return int(^k)
}
