package tree

import (
	"math"
	"math/bits"

	"cratedigger/model/matrix"
)

// Rows pass through a block of trees in chunks of chunkRows, or fewer if there are
// so many trees that their masks would not fit into the second cache.
const (
	chunkRows  = 128
	chunkWords = 32 << 10
)

// score writes the sums of the leaf values of rows lo to hi−1 to out.
func (m *masks) score(rows *matrix.Matrix, lo, hi int, out []float64) {
	chunk := max(1, min(chunkRows, hi-lo, chunkWords/m.words))
	left := make([]uint64, chunk*m.words)
	ranks := make([]int32, chunk*len(m.tables))
	for from := lo; from < hi; from += chunk {
		to := min(from+chunk, hi)
		for i := from; i < to; i++ {
			m.load(rows, i, ranks[(i-from)*len(m.tables):][:len(m.tables)], left[(i-from)*m.words:][:m.words])
		}
		m.sum(ranks, left, out[from-lo:to-lo])
	}
}

// load finds the ranks of row i in the tables, and the leaves that the lists of
// nodes do not rule out.
func (m *masks) load(rows *matrix.Matrix, i int, ranks []int32, left []uint64) {
	copy(left, m.full)
	for k := range m.tables {
		ranks[k] = m.tables[k].first + m.tables[k].zero
	}
	for j, v := range rows.Dense(i) {
		if k := m.code[j]; k >= 0 {
			ranks[k] = m.tables[k].first + m.tables[k].rank(v)
		} else if k != noNode && v != 0 {
			m.lists[listCode(k)].rule(v, left)
		}
	}
	cols, vals := rows.Sparse(i)
	for n, j := range cols {
		if int(j) >= len(m.code) {
			break
		}
		if k := m.code[j]; k >= 0 {
			ranks[k] = m.tables[k].first + m.tables[k].rank(vals[n])
		} else if k != noNode {
			m.lists[listCode(k)].rule(vals[n], left)
		}
	}
}

// rank is the rank of a value, counted from the table's first.
func (t *table) rank(x float64) int32 {
	if x != x {
		return int32(len(t.thresholds)) + 1
	}
	return int32(t.thresholds.below(x))
}

// thresholds are numbers in ascending order, as keys.
type thresholds []uint64

// thresholdKey maps numbers to integers of the same order; both zeros are one.
func thresholdKey(x float64) uint64 {
	b := math.Float64bits(x + 0)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// below is how many of the thresholds are less than x, which is not NaN. It
// searches without branches on x, which would be mispredicted.
func (t thresholds) below(x float64) int {
	key := thresholdKey(x)
	at := 0
	for n := len(t); n > 0; {
		half := (n + 1) / 2
		_, less := bits.Sub64(t[at+half-1], key, 0)
		at += half & -int(less)
		n -= half
	}
	return at
}

// rule applies a list of nodes to a value.
func (l *ruleList) rule(x float64, left []uint64) {
	if x != x {
		for _, r := range l.rules {
			if r.missing {
				left[r.word] &= r.keep
			}
		}
		return
	}
	for _, r := range l.rules[:l.thresholds.below(x)] {
		left[r.word] &= r.keep
	}
}

// sum passes a chunk of rows through the blocks, in the order of the trees.
func (m *masks) sum(ranks []int32, left []uint64, out []float64) {
	clear(out)
	for k := range m.blocks {
		b := &m.blocks[k]
		for i := range out {
			w := (*[blockWords]uint64)(left[i*m.words+k*blockWords:])
			b.combine(ranks[i*len(m.tables):][:len(m.tables)], w)
			out[i] = b.add(out[i], w)
		}
	}
}

// combine clears in w the leaves that the tabulated columns rule out.
func (b *block) combine(ranks []int32, w *[blockWords]uint64) {
	w0, w1, w2, w3, w4, w5, w6, w7 := w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
	for _, r := range ranks {
		l := &b.left[b.row[r]]
		w0 &= l[0]
		w1 &= l[1]
		w2 &= l[2]
		w3 &= l[3]
		w4 &= l[4]
		w5 &= l[5]
		w6 &= l[6]
		w7 &= l[7]
	}
	w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7] = w0, w1, w2, w3, w4, w5, w6, w7
}

// add adds the values of the lowest leaves left.
func (b *block) add(sum float64, w *[blockWords]uint64) float64 {
	for k, leaves := range w {
		v := &b.value[k]
		sum += v[leafIndex(uint32(leaves))]
		sum += v[maxLeaves+leafIndex(uint32(leaves>>32))]
	}
	return sum
}

// leafIndex is the index under which the value of the lowest of some leaves is
// stored: a perfect hash of its bit (Leiserson, Prokop & Randall 1998). That is
// faster than counting trailing zeros on processors without such an instruction.
func leafIndex(leaves uint32) uint32 {
	const deBruijn = 0x077cb531
	return leaves & -leaves * deBruijn >> 27
}
