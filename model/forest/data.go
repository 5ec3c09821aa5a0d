package forest

import (
	"math"
	"slices"
	"sort"

	"cratedigger/model/internal/work"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

// data is the matrix in the form that all trees of a forest share. A full column
// holds for every row the rank of its value among the column's distinct values, so
// that no tree compares numbers; the sparse columns are kept by column and by row.
type data struct {
	rows, cols int

	kind  []int32 // by column: slot of a full column, or ^slot of a sparse one
	full  []fullColumn
	colOf []int32 // sparse slot → column

	first  []int32 // sparse columns: offsets into row and val
	row    []int32
	val    []float64
	start  []int32 // sparse rows: offsets into slot and rowVal
	slot   []int32
	rowVal []float64
}

// fullColumn is a column with stored values in many rows.
type fullColumn struct {
	col    int32
	rank   []int32   // by row; missing is −1
	values []float64 // by rank, ascending
}

// fullShare is the share of rows with a stored value from which a column is full.
const fullShare = 0.3

func newData(m *matrix.Matrix, threads int) *data {
	n := m.Rows()
	d := &data{rows: n, cols: m.Cols(), kind: make([]int32, m.Cols())}
	counts := make([]int32, m.Cols())
	for i := range n {
		cols, vals := m.Sparse(i)
		for k, j := range cols {
			if finite(vals[k]) != 0 {
				counts[j]++
			}
		}
	}
	next := make([]int32, m.Cols())
	at := int32(0)
	for j := range d.kind {
		if j < m.DenseCols() || float64(counts[j]) >= fullShare*float64(n) {
			d.kind[j] = int32(len(d.full))
			d.full = append(d.full, fullColumn{col: int32(j)})
			continue
		}
		d.kind[j] = ^int32(len(d.colOf))
		d.colOf = append(d.colOf, int32(j))
		d.first = append(d.first, at)
		next[j] = at
		at += counts[j]
	}
	d.first = append(d.first, at)
	d.row, d.val = make([]int32, at), make([]float64, at)
	d.slot, d.rowVal = make([]int32, 0, at), make([]float64, 0, at)
	d.start = make([]int32, 1, n+1)
	for i := range n {
		cols, vals := m.Sparse(i)
		for k, j := range cols {
			if s, v := d.kind[j], finite(vals[k]); s < 0 && v != 0 {
				d.row[next[j]], d.val[next[j]] = int32(i), v
				next[j]++
				d.slot = append(d.slot, ^s)
				d.rowVal = append(d.rowVal, v)
			}
		}
		d.start = append(d.start, int32(len(d.slot)))
	}
	work.Each(len(d.full), threads, func(k int) { d.full[k].fill(m) })
	work.Each(len(d.colOf), threads, d.sort)
	return d
}

// sort sorts a sparse column by value, once for all trees.
func (d *data) sort(slot int) {
	lo, hi := d.first[slot], d.first[slot+1]
	column := make([]entry, hi-lo)
	for k := range column {
		column[k] = entry{d.val[int(lo)+k], d.row[int(lo)+k]}
	}
	sortEntries(column)
	for k, e := range column {
		d.val[int(lo)+k], d.row[int(lo)+k] = e.value, e.row
	}
}

// finite bounds a value, so that midpoints of two values are finite. What counts
// as 0 when a row is scored is 0 here too.
func finite(v float64) float64 {
	if v != v {
		return v
	}
	if v >= -tree.ZeroBound && v <= tree.ZeroBound {
		return 0
	}
	return min(max(v, -math.MaxFloat64), math.MaxFloat64)
}

func (f *fullColumn) fill(m *matrix.Matrix) {
	n := m.Rows()
	all := make([]float64, n)
	for i := range n {
		all[i] = finite(m.At(i, int(f.col)))
	}
	known := make([]float64, 0, n)
	for _, v := range all {
		if v == v {
			known = append(known, v)
		}
	}
	slices.Sort(known)
	f.values = slices.Compact(known)
	f.rank = make([]int32, n)
	for i, v := range all {
		f.rank[i] = -1
		if v == v {
			f.rank[i] = int32(sort.SearchFloat64s(f.values, v))
		}
	}
}
