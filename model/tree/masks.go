package tree

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"cratedigger/model/matrix"
)

// masks scores small trees without walking them (QuickScorer: Lucchese et al.
// 2015). The leaves of a tree are numbered from left to right; a node whose
// test fails rules out the leaves on its left, and the row's leaf is the lowest
// that no node rules out. Two trees share a word of 64 bits.
//
// Columns that few nodes split, and that rule out nothing when they are 0, are
// looked at only in rows where they are not 0: the words of a text. For the
// others, the leaves that all nodes of the column leave over are tabulated for
// each interval between its thresholds, for all trees in a row.
type masks struct {
	trees  int
	words  int
	value  []float64 // 32 leaves a tree
	tables []table
	table  []int32 // by slot: into tables, or −1
	nodes  [][]maskNode
	full   []uint64 // all leaves of each pair of trees
}

// maxLeaves is the most leaves of a tree that fits half a word.
const maxLeaves = 32

// table holds the leaves left over by the nodes of one column.
type table struct {
	slot       int32
	thresholds []float64 // ascending
	missing    bool      // some node sends NaN another way than 0
	left       []uint64  // words a row: by interval, then for NaN
}

// maskNode rules out leaves when its test fails.
type maskNode struct {
	threshold float64
	decision  Decision
	word      int32
	keep      uint64
}

// maxTable bounds the memory of all tables, in words.
const maxTable = 4 << 20

// newMasks is nil if the trees do not fit.
func newMasks(s *scorer) *masks {
	m := &masks{trees: len(s.trees), words: (len(s.trees) + 1) / 2, nodes: make([][]maskNode, s.slots), table: make([]int32, s.slots)}
	m.value = make([]float64, len(s.trees)*maxLeaves)
	m.full = make([]uint64, m.words)
	for k := range s.trees {
		t := &s.trees[k]
		if t.Leaves() > maxLeaves {
			return nil
		}
		m.add(k, t, s.slot)
	}
	size := 0
	for slot, nodes := range m.nodes {
		m.table[slot] = -1
		slices.SortStableFunc(nodes, func(a, b maskNode) int { return cmp.Compare(a.threshold, b.threshold) })
		sparse := len(nodes) <= m.words
		for _, n := range nodes {
			if n.decision&missingMask == MissingZero {
				return nil // near 0 the order of the thresholds does not tell
			}
			sparse = sparse && n.decision.Left(0, n.threshold)
		}
		if !sparse {
			m.table[slot] = int32(len(m.tables))
			m.tables = append(m.tables, table{slot: int32(slot)})
			size += (len(nodes) + 2) * m.words
		}
	}
	if size > maxTable {
		return nil
	}
	for k := range m.tables {
		m.fill(&m.tables[k])
	}
	return m
}

// add numbers the leaves of tree k and lists its nodes.
func (m *masks) add(k int, t *Tree, slot []int32) {
	word, shift := int32(k/2), 32*(k%2)
	next := 0
	var visit func(child int32) (lo, hi int) // the leaves below
	visit = func(child int32) (lo, hi int) {
		if child < 0 {
			m.value[k*maxLeaves+next] = t.Value[^child]
			next++
			return next - 1, next
		}
		lo, middle := visit(t.Left[child])
		_, hi = visit(t.Right[child])
		keep := ^((uint64(1)<<middle - uint64(1)<<lo) << shift)
		f := slot[t.Feature[child]]
		m.nodes[f] = append(m.nodes[f], maskNode{t.Threshold[child], t.Decision[child], word, keep})
		return lo, hi
	}
	if len(t.Feature) == 0 {
		visit(^0)
	} else {
		visit(0)
	}
	m.full[word] |= (uint64(1)<<next - 1) << shift
}

// fill tabulates a column: row k of left is for values above k thresholds.
func (m *masks) fill(t *table) {
	nodes := m.nodes[t.slot]
	for _, n := range nodes {
		if k := len(t.thresholds); k == 0 || t.thresholds[k-1] != n.threshold {
			t.thresholds = append(t.thresholds, n.threshold)
		}
		t.missing = t.missing || n.decision&missingMask == MissingNaN
	}
	rows := len(t.thresholds) + 1
	t.left = make([]uint64, (rows+1)*m.words)
	for k := range t.left {
		t.left[k] = ^uint64(0)
	}
	at := 0
	for r := 1; r < rows; r++ {
		row := t.left[r*m.words : (r+1)*m.words]
		copy(row, t.left[(r-1)*m.words:r*m.words])
		for ; at < len(nodes) && nodes[at].threshold == t.thresholds[r-1]; at++ {
			row[nodes[at].word] &= nodes[at].keep
		}
	}
	nan := t.left[rows*m.words:]
	for _, n := range nodes {
		if !n.decision.Left(math.NaN(), n.threshold) {
			nan[n.word] &= n.keep
		}
	}
	m.nodes[t.slot] = nil
}

// row is the offset of the table's row for a value.
func (t *table) row(x float64, words int) int {
	if x != x {
		if t.missing {
			return (len(t.thresholds) + 1) * words
		}
		x = 0
	}
	lo, n := 0, len(t.thresholds)
	for n > 0 { // thresholds below lo are < x
		half := (n + 1) / 2
		if t.thresholds[lo+half-1] < x {
			lo += half
			n -= half
		} else {
			n = half - 1
		}
	}
	return lo * words
}

// scratch is the working memory of one goroutine.
type scratch struct {
	x    []float64
	left []uint64
	rows [][]uint64
}

func (m *masks) score(s *scorer, rows *matrix.Matrix, lo, hi int, out []float64) {
	w := scratch{x: make([]float64, s.slots), left: make([]uint64, m.words), rows: make([][]uint64, len(m.tables))}
	for i := lo; i < hi; i++ {
		s.load(rows, i, w.x)
		m.combine(&w)
		m.rule(s, rows, i, w.left)
		out[i-lo] = m.sum(w.left)
		s.clear(rows, i, w.x)
	}
}

// combine ANDs the rows of all tables into left, four words at a time, so that
// the running words stay in registers.
func (m *masks) combine(w *scratch) {
	for k := range m.tables {
		t := &m.tables[k]
		at := t.row(w.x[t.slot], m.words)
		w.rows[k] = t.left[at : at+m.words]
	}
	at := 0
	for ; at+4 <= m.words; at += 4 {
		full := m.full[at : at+4 : at+4]
		a, b, c, d := full[0], full[1], full[2], full[3]
		for _, row := range w.rows {
			r := row[at : at+4 : at+4]
			a &= r[0]
			b &= r[1]
			c &= r[2]
			d &= r[3]
		}
		left := w.left[at : at+4 : at+4]
		left[0], left[1], left[2], left[3] = a, b, c, d
	}
	for ; at < m.words; at++ {
		a := m.full[at]
		for _, row := range w.rows {
			a &= row[at]
		}
		w.left[at] = a
	}
}

// rule applies the nodes of the columns that are not tabulated and not 0.
func (m *masks) rule(s *scorer, rows *matrix.Matrix, i int, left []uint64) {
	apply := func(slot int32, x float64) {
		for k := range m.nodes[slot] {
			n := &m.nodes[slot][k]
			if x <= n.threshold {
				break
			}
			if !n.decision.Left(x, n.threshold) {
				left[n.word] &= n.keep
			}
		}
	}
	for j, v := range rows.Dense(i) {
		if slot := s.slot[j]; slot >= 0 && v != 0 && m.table[slot] < 0 {
			apply(slot, v)
		}
	}
	cols, vals := rows.Sparse(i)
	for k, j := range cols {
		if int(j) >= len(s.slot) {
			break
		}
		if slot := s.slot[j]; slot >= 0 && m.table[slot] < 0 {
			apply(slot, vals[k])
		}
	}
}

// sum adds the values of the lowest leaves left, in the order of the trees.
func (m *masks) sum(left []uint64) float64 {
	sum := 0.0
	value := m.value
	for _, word := range left[:m.trees/2] {
		v := value[: 2*maxLeaves : 2*maxLeaves]
		sum += v[bits.TrailingZeros32(uint32(word))&(maxLeaves-1)]
		sum += v[maxLeaves+bits.TrailingZeros32(uint32(word>>32))&(maxLeaves-1)]
		value = value[2*maxLeaves:]
	}
	if m.trees%2 == 1 {
		sum += value[bits.TrailingZeros32(uint32(left[m.words-1]))&(maxLeaves-1)]
	}
	return sum
}
