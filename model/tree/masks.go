package tree

import (
	"cmp"
	"math"
	"slices"
)

// masks scores small trees without walking them (QuickScorer: Lucchese et al.
// 2015). The leaves of a tree are numbered from left to right; a node whose
// test fails rules out the leaves on its left, and the row's leaf is the lowest
// that no node rules out. Two trees share a word of 64 bits.
//
// It departs from the paper in tabulating columns. Sparse columns, which few nodes
// split and which rule out nothing when they are 0, are looked at only in rows that
// store a value. For each other column a row's value is turned into its rank among
// all thresholds of the column, once. For each block of trees a table holds, by
// rank, the leaves that the column's nodes do not rule out. Blocks are so small that
// their tables stay in the processor's first caches while many rows pass.
type masks struct {
	words  int        // a row: two trees each, whole blocks
	full   []uint64   // all leaves of each pair of trees
	code   []int32    // by column: a table, noNode, or a list (see listCode)
	tables []table    // of the tabulated columns
	ranks  int        // of all tables together, missing values included
	blocks []block    // of trees
	lists  []ruleList // of the columns that are not tabulated
}

const (
	maxLeaves  = 32 // the most leaves of a tree, half a word
	blockWords = 8  // a cache line
	blockTrees = 2 * blockWords

	maxRanks = 16 << 20 // of all blocks; with more, the tables take too much memory

	noNode = -1 // code of a column that no tree splits
)

// listCode turns the number of a list into a code, and back.
func listCode(k int32) int32 { return -2 - k }

// table turns the values of a column into ranks.
type table struct {
	column     int32
	values     []float64 // the thresholds, ascending
	thresholds thresholds
	first      int32 // where its ranks begin among those of all tables
	zero       int32 // rank of 0; a missing value has the highest rank
	zeros      bool  // a node takes values near 0 as missing
}

// ruleList is the nodes of a column by threshold.
type ruleList struct {
	thresholds thresholds
	rules      []rule // as many
}

// rule is a node: keep are the leaves that remain when its test fails.
type rule struct {
	keep    uint64
	word    int32
	missing bool // whether the test of a missing value fails
}

// block holds the tables and leaf values of blockTrees trees.
type block struct {
	row   []uint16             // by rank: into left
	left  [][blockWords]uint64 // the leaves that are not ruled out
	value [blockWords][2 * maxLeaves]float64
}

// maskNode rules out leaves when its test fails.
type maskNode struct {
	threshold float64
	keep      uint64
	word      int32
	column    int32
	decision  Decision
}

// newMasks returns nil if a tree has too many leaves or the tables are too large.
func newMasks(trees []Tree, columns int) *masks {
	blocks := (len(trees) + blockTrees - 1) / blockTrees
	m := &masks{words: blocks * blockWords, blocks: make([]block, blocks), code: make([]int32, columns)}
	m.full = make([]uint64, m.words)
	for k := range m.full {
		m.full[k] = 1<<32 | 1 // pad the last block with trees of one leaf of value 0
	}
	var all []maskNode
	for k := range trees {
		if trees[k].Leaves() > maxLeaves {
			return nil
		}
		all = m.add(all, k, &trees[k])
	}
	slices.SortStableFunc(all, func(a, b maskNode) int {
		return cmp.Or(cmp.Compare(a.column, b.column), cmp.Compare(a.threshold, b.threshold))
	})
	for j := range m.code {
		m.code[j] = noNode
	}
	byBlock := make([][]maskNode, blocks) // the nodes of tabulated columns, in the same order
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].column == all[0].column {
			n++
		}
		m.addColumn(all[:n], byBlock)
		all = all[n:]
	}
	if m.ranks*blocks > maxRanks {
		return nil
	}
	for k := range m.blocks {
		if !m.fill(&m.blocks[k], byBlock[k]) {
			return nil
		}
	}
	return m
}

// add numbers the leaves of tree k and appends its nodes.
func (m *masks) add(nodes []maskNode, k int, t *Tree) []maskNode {
	word, shift := k/2, 32*(k%2)
	value := m.blocks[k/blockTrees].value[word%blockWords][maxLeaves*(k%2):][:maxLeaves]
	next := 0
	var visit func(child int32) (lo, hi int) // the leaves below
	visit = func(child int32) (lo, hi int) {
		if child < 0 {
			value[leafIndex(1<<next)] = t.Value[^child]
			next++
			return next - 1, next
		}
		lo, middle := visit(t.Left[child])
		_, hi = visit(t.Right[child])
		nodes = append(nodes, maskNode{
			threshold: Snap(t.Threshold[child]), decision: t.Decision[child], column: t.Feature[child],
			word: int32(word), keep: ^((uint64(1)<<middle - uint64(1)<<lo) << shift),
		})
		return lo, hi
	}
	if len(t.Feature) == 0 {
		visit(^0)
	} else {
		visit(0)
	}
	m.full[word] |= (uint64(1)<<next - 1) << shift
	return nodes
}

// addColumn gives a column a list or a table. Its nodes are sorted by threshold.
func (m *masks) addColumn(nodes []maskNode, byBlock [][]maskNode) {
	j := nodes[0].column
	sparse := len(nodes) <= len(m.full)
	for _, n := range nodes {
		sparse = sparse && n.decision&missingMask != MissingZero && n.decision.Left(0, n.threshold)
	}
	if sparse {
		m.code[j] = listCode(int32(len(m.lists)))
		var l ruleList
		for _, n := range nodes {
			l.thresholds = append(l.thresholds, thresholdKey(n.threshold))
			l.rules = append(l.rules, rule{n.keep, n.word, !n.decision.Left(math.NaN(), n.threshold)})
		}
		m.lists = append(m.lists, l)
		return
	}
	m.code[j] = int32(len(m.tables))
	t := table{column: j, first: int32(m.ranks)}
	for _, n := range nodes {
		if n.decision&missingMask == MissingZero {
			// Values between these two are taken as zero.
			t.zeros = true
			t.values = append(t.values, math.Nextafter(-ZeroBound, -1), ZeroBound)
		}
		t.values = append(t.values, n.threshold)
		b := n.word / blockWords
		byBlock[b] = append(byBlock[b], n)
	}
	slices.Sort(t.values)
	t.values = slices.Compact(t.values)
	for _, v := range t.values {
		t.thresholds = append(t.thresholds, thresholdKey(v))
	}
	t.zero = int32(t.thresholds.below(0))
	m.tables = append(m.tables, t)
	m.ranks += len(t.values) + 2
}

// fill makes the tables of a block out of its nodes, which are sorted by column
// and threshold. It returns false if there are too many different rows of leaves.
func (m *masks) fill(b *block, nodes []maskNode) bool {
	b.row = make([]uint16, m.ranks)
	all := [blockWords]uint64{}
	for k := range all {
		all[k] = math.MaxUint64
	}
	b.left = append(b.left, all) // for columns that no tree of the block splits
	for len(nodes) > 0 {
		n := 1
		for n < len(nodes) && nodes[n].column == nodes[0].column {
			n++
		}
		t := &m.tables[m.code[nodes[0].column]]
		row := b.row[t.first:][:len(t.values)+2]
		passed := 0 // nodes whose threshold lies below the rank's values
		for r := range row {
			x := math.NaN() // stands for all values of the rank
			if r < len(t.values) {
				x = t.values[r]
			} else if r == len(t.values) {
				x = math.Inf(1)
			}
			before := passed
			for passed < n && r > 0 && nodes[passed].threshold <= t.values[min(r, len(t.values))-1] {
				passed++
			}
			if r > 0 && x == x && passed == before && !t.zeros {
				row[r] = row[r-1]
				continue
			}
			left := all
			for _, n := range nodes[:n] {
				if !n.decision.Left(x, n.threshold) {
					left[n.word%blockWords] &= n.keep
				}
			}
			if left != all {
				b.left = append(b.left, left)
				row[r] = uint16(len(b.left) - 1)
			}
		}
		if len(b.left) > math.MaxUint16 {
			return false
		}
		nodes = nodes[n:]
	}
	return true
}
