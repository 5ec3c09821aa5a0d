package boost

import (
	"cratedigger/model/internal/work"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

// column is a column that can be split.
type column struct {
	index  int32     // in the matrix
	bounds []float64 // upper bounds of its bins; bin len(bounds) is NaN
	nan    bool      // has missing values
	zero   uint8     // the bin of the value 0
	dense  bool      // stored for every row
	slot   int32     // index among the dense or the sparse columns
}

// bins is the number of bins, that of NaN included.
func (c *column) bins() int {
	if c.nan {
		return len(c.bounds) + 1
	}
	return len(c.bounds)
}

func (c *column) bin(v float64) uint8 {
	if v != v {
		if c.nan {
			return uint8(len(c.bounds))
		}
		return c.zero
	}
	return binOf(c.bounds, v)
}

// binned is a matrix turned into bins. Columns with few stored values are kept
// as sparse rows and, for dividing the rows of a leaf, as sparse columns, both
// without the bin of 0.
type binned struct {
	rows   int
	cols   []column // by matrix column
	dense  []int32  // the dense ones among cols, by slot
	sparse []int32  // the sparse ones, by slot

	bins  []uint8 // rows × dense columns
	byCol []uint8 // the same by column, for dividing the rows of a leaf

	blocks []block
	first  []int32 // sparse columns: offsets into row and rowBin
	row    []int32
	rowBin []uint8

	infos []string // LightGBM's feature_infos
}

// block is a block of sparse columns, stored as sparse rows. One task updates its
// histograms and searches its splits when a leaf is divided.
type block struct {
	lo, hi int32    // slots, lo to hi−1
	start  []int32  // by row: offset into entry
	entry  []uint32 // (slot−lo)<<8 | bin
}

// denseShare is the share of rows with a stored value above which a column is
// stored for every row.
const denseShare = 0.4

// bin turns m into bins and drops the columns that no split can divide into
// two sides of MinData rows.
func bin(m *matrix.Matrix, p Params, threads int) *binned {
	n := m.Rows()
	b := &binned{rows: n, infos: make([]string, m.Cols())}
	for j := range b.infos {
		b.infos[j] = "none"
	}
	t := transpose(m, max(p.MinData, 1))
	found := make([]*column, len(t.cols))
	work.Each(len(t.cols), threads, func(k int) {
		found[k] = binColumn(m, t, k, p, b.infos)
	})
	var rank []int // of the kept among t.cols
	for k, c := range found {
		if c == nil {
			continue
		}
		filled := int(t.first[k+1] - t.first[k])
		if t.dense(k) {
			filled = n
		}
		c.dense = float64(filled) > denseShare*float64(n)
		if c.dense {
			c.slot = int32(len(b.dense))
			b.dense = append(b.dense, int32(len(b.cols)))
		} else {
			c.slot = int32(len(b.sparse))
			b.sparse = append(b.sparse, int32(len(b.cols)))
		}
		b.cols = append(b.cols, *c)
		rank = append(rank, k)
	}
	b.fill(m, t, rank, threads)
	return b
}

// transposed holds the sparse part of a matrix by column, without columns of very
// few stored values.
type transposed struct {
	m     *matrix.Matrix
	cols  []int32 // matrix columns, the dense block's first
	first []int32 // offsets into row and val
	row   []int32
	val   []float64
}

func (t *transposed) dense(k int) bool { return int(t.cols[k]) < t.m.DenseCols() }

func transpose(m *matrix.Matrix, least int) *transposed {
	t := &transposed{m: m}
	counts := make([]int32, m.Cols())
	for i := range m.Rows() {
		cols, _ := m.Sparse(i)
		for _, j := range cols {
			counts[j]++
		}
	}
	next := make([]int32, m.Cols())
	at := int32(0)
	for j := range m.Cols() {
		next[j] = -1
		if j < m.DenseCols() || int(counts[j]) >= least {
			t.cols = append(t.cols, int32(j))
			t.first = append(t.first, at)
			if j >= m.DenseCols() {
				next[j] = at
				at += counts[j]
			}
		}
	}
	t.first = append(t.first, at)
	t.row, t.val = make([]int32, at), make([]float64, at)
	for i := range m.Rows() {
		cols, vals := m.Sparse(i)
		for k, j := range cols {
			if to := next[j]; to >= 0 {
				t.row[to], t.val[to] = int32(i), vals[k]
				next[j]++
			}
		}
	}
	return t
}

// binColumn chooses the bins of column k, or returns nil if it cannot split.
func binColumn(m *matrix.Matrix, t *transposed, k int, p Params, infos []string) *column {
	n := m.Rows()
	var values []float64
	missing := 0
	keep := func(v float64) {
		if v != v {
			missing++
		} else {
			values = append(values, v)
		}
	}
	j := int(t.cols[k])
	if t.dense(k) {
		values = make([]float64, 0, n)
		for i := range n {
			keep(m.Dense(i)[j])
		}
	} else {
		stored := t.val[t.first[k]:t.first[k+1]]
		values = make([]float64, 0, len(stored))
		for _, v := range stored {
			keep(v)
		}
	}
	zeros := n - missing - len(values)
	c := &column{index: int32(j), nan: missing > 0}
	maxBin := p.MaxBin
	if c.nan {
		maxBin = max(maxBin-1, 1)
	}
	c.bounds = findBounds(values, zeros, maxBin, p.MinDataInBin)
	c.zero = binOf(c.bounds, 0)
	if !c.splits(values, zeros, missing, max(p.MinData, 1)) {
		return nil
	}
	low, high := values[0], values[len(values)-1]
	if zeros > 0 {
		low, high = min(low, 0), max(high, 0)
	}
	infos[j] = tree.Range(low, high)
	return c
}

// splits reports whether some bound leaves at least least rows on both sides.
func (c *column) splits(sorted []float64, zeros, missing, least int) bool {
	if len(sorted) == 0 {
		return false
	}
	all := len(sorted) + zeros + missing
	if missing >= least && all-missing >= least {
		return true
	}
	below, at := 0, 0
	for k, bound := range c.bounds[:len(c.bounds)-1] {
		for at < len(sorted) && sorted[at] <= bound {
			at++
		}
		below = at
		if k >= int(c.zero) {
			below += zeros
		}
		if (below >= least && all-below >= least) || (below+missing >= least && all-missing-below >= least) {
			return true
		}
	}
	return false
}

// fill computes the bin of every stored value. rank gives the index of each kept
// column in t.
func (b *binned) fill(m *matrix.Matrix, t *transposed, rank []int, threads int) {
	n := b.rows
	width := len(b.dense)
	b.bins = make([]uint8, n*width)
	b.first = make([]int32, len(b.sparse)+1)
	for s, c := range b.sparse {
		k := rank[c]
		b.first[s+1] = b.first[s] + t.first[k+1] - t.first[k]
	}
	stored := b.first[len(b.sparse)]
	b.row, b.rowBin = make([]int32, stored), make([]uint8, stored)
	work.Each(len(b.cols), threads, func(ci int) {
		c := &b.cols[ci]
		k := rank[ci]
		switch {
		case c.dense && t.dense(k):
			for i := range n {
				b.bins[i*width+int(c.slot)] = c.bin(m.Dense(i)[c.index])
			}
		case c.dense:
			for i := range n {
				b.bins[i*width+int(c.slot)] = c.zero
			}
			for at := t.first[k]; at < t.first[k+1]; at++ {
				b.bins[int(t.row[at])*width+int(c.slot)] = c.bin(t.val[at])
			}
		default:
			to := b.first[c.slot]
			for at := t.first[k]; at < t.first[k+1]; at++ {
				b.row[to], b.rowBin[to] = t.row[at], c.bin(t.val[at])
				to++
			}
		}
	})
	b.byCol = make([]uint8, len(b.bins))
	work.Each(width, threads, func(k int) {
		col := b.byCol[k*n : (k+1)*n]
		for i := range col {
			col[i] = b.bins[i*width+k]
		}
	})
	b.dropZeros()
	b.divide(threads)
	work.Each(len(b.blocks), threads, func(k int) { b.sparseRows(&b.blocks[k]) })
}

// dropZeros removes the stored values that fall into the bin of 0 from the sparse
// columns.
func (b *binned) dropZeros() {
	to := int32(0)
	for s, c := range b.sparse {
		from, end := b.first[s], b.first[s+1]
		b.first[s] = to
		zero := b.cols[c].zero
		for at := from; at < end; at++ {
			if b.rowBin[at] != zero {
				b.row[to], b.rowBin[to] = b.row[at], b.rowBin[at]
				to++
			}
		}
	}
	b.first[len(b.sparse)] = to
	b.row, b.rowBin = b.row[:to], b.rowBin[:to]
}

// divide makes at most the given number of blocks, of about equal work: adding the
// stored values and scanning the bins.
func (b *binned) divide(blocks int) {
	blocks = min(blocks, len(b.sparse))
	var all int
	load := make([]int, len(b.sparse))
	for s, c := range b.sparse {
		load[s] = int(b.first[s+1]-b.first[s]) + b.cols[c].bins()
		all += load[s]
	}
	lo, done := 0, 0
	for s := range load {
		done += load[s]
		if s+1 == len(load) || done*blocks >= all*(len(b.blocks)+1) {
			b.blocks = append(b.blocks, block{lo: int32(lo), hi: int32(s + 1)})
			lo = s + 1
		}
	}
}

// sparseRows makes the rows of a block.
func (b *binned) sparseRows(d *block) {
	from, to := b.first[d.lo], b.first[d.hi]
	d.start = make([]int32, b.rows+2)
	for _, r := range b.row[from:to] {
		d.start[r+2]++
	}
	for i := range b.rows {
		d.start[i+2] += d.start[i+1]
	}
	d.entry = make([]uint32, to-from)
	for s := d.lo; s < d.hi; s++ {
		for at := b.first[s]; at < b.first[s+1]; at++ {
			r := b.row[at]
			d.entry[d.start[r+1]] = uint32(s-d.lo)<<8 | uint32(b.rowBin[at])
			d.start[r+1]++
		}
	}
	d.start = d.start[:b.rows+1]
}

// find returns the bin of a row in a sparse column, and false if the column does not
// store the row: its bin is then the one of the value 0.
func (b *binned) find(row, slot int32) (uint8, bool) {
	k := 0
	for slot >= b.blocks[k].hi {
		k++
	}
	d := &b.blocks[k]
	slot -= d.lo
	for _, e := range d.entry[d.start[row]:d.start[row+1]] {
		if s := int32(e >> 8); s >= slot {
			return uint8(e), s == slot
		}
	}
	return 0, false
}
