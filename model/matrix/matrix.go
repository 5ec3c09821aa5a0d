// Package matrix holds the rows that learners read: a block of dense columns
// followed by sparse ones, with a name for each column.
package matrix

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Matrix is a table of float64 with rows of one width. Its first DenseCols
// columns are stored row by row; the others are compressed sparse rows, in
// which a column that is not stored is the value 0. NaN is a missing value
// everywhere. A Matrix is not changed after it was built and may be read from
// many goroutines.
type Matrix struct {
	rows, cols, dense int

	block []float64 // rows × dense
	start []int     // rows+1 offsets into col and val
	col   []int32   // ascending within a row, all ≥ dense
	val   []float64
	names []string
}

// MaxColumns is the widest matrix that can be built.
const MaxColumns = 1 << 24

// FromDense makes a matrix of dense columns from values in row order. The
// slice is kept, not copied. Its length must be a multiple of cols.
func FromDense(cols int, values []float64) (*Matrix, error) {
	if cols <= 0 || cols > MaxColumns {
		return nil, fmt.Errorf("a dense matrix needs between 1 and %d columns, not %d", MaxColumns, cols)
	}
	if len(values)%cols != 0 {
		return nil, fmt.Errorf("%d values do not fill rows of %d columns", len(values), cols)
	}
	rows := len(values) / cols
	return &Matrix{rows: rows, cols: cols, dense: cols, block: values, start: make([]int, rows+1)}, nil
}

// Rows is the number of rows.
func (m *Matrix) Rows() int { return m.rows }

// Cols is the number of columns, dense and sparse.
func (m *Matrix) Cols() int { return m.cols }

// DenseCols is the number of dense columns, which come first.
func (m *Matrix) DenseCols() int { return m.dense }

// Stored is the number of stored values in the sparse part.
func (m *Matrix) Stored() int { return len(m.val) }

// Dense is the dense part of row i: columns 0 to DenseCols()-1. It must not
// be written to.
func (m *Matrix) Dense(i int) []float64 {
	return m.block[i*m.dense : (i+1)*m.dense : (i+1)*m.dense]
}

// Sparse is the sparse part of row i: ascending column numbers, all at least
// DenseCols(), and their values. Neither must be written to.
func (m *Matrix) Sparse(i int) ([]int32, []float64) {
	a, b := m.start[i], m.start[i+1]
	return m.col[a:b:b], m.val[a:b:b]
}

// At is the value in row i and column j.
func (m *Matrix) At(i, j int) float64 {
	if j < m.dense {
		return m.block[i*m.dense+j]
	}
	cols, vals := m.Sparse(i)
	if k, ok := slices.BinarySearch(cols, int32(j)); ok {
		return vals[k]
	}
	return 0
}

// Named reports whether the columns were given names.
func (m *Matrix) Named() bool { return m.names != nil }

// Name is the name of column j, or "Column_j" if the columns have none.
func (m *Matrix) Name(j int) string {
	if m.names == nil {
		return fmt.Sprintf("Column_%d", j)
	}
	return m.names[j]
}

// Names is the name of each column, as Name gives it.
func (m *Matrix) Names() []string {
	if m.names != nil {
		return slices.Clone(m.names)
	}
	names := make([]string, m.cols)
	for j := range names {
		names[j] = m.Name(j)
	}
	return names
}

// WithNames is the same matrix with other column names, one for each column.
// The slice is kept, not copied.
func (m *Matrix) WithNames(names []string) (*Matrix, error) {
	if len(names) != m.cols {
		return nil, fmt.Errorf("%d names for a matrix of %d columns", len(names), m.cols)
	}
	c := *m
	c.names = names
	return &c, nil
}

// Subset is a new matrix of the given rows, in that order; a row may occur
// more than once.
func (m *Matrix) Subset(rows []int) *Matrix {
	stored := 0
	for _, i := range rows {
		stored += m.start[i+1] - m.start[i]
	}
	s := &Matrix{
		rows: len(rows), cols: m.cols, dense: m.dense, names: m.names,
		block: make([]float64, 0, len(rows)*m.dense),
		start: make([]int, 1, len(rows)+1),
		col:   make([]int32, 0, stored),
		val:   make([]float64, 0, stored),
	}
	for _, i := range rows {
		s.block = append(s.block, m.Dense(i)...)
		cols, vals := m.Sparse(i)
		s.col = append(s.col, cols...)
		s.val = append(s.val, vals...)
		s.start = append(s.start, len(s.col))
	}
	return s
}

// Pick is the entries of values at the given rows: what Subset does to a
// matrix, for its labels or weights. A nil slice stays nil.
func Pick[T any](values []T, rows []int) []T {
	if values == nil {
		return nil
	}
	out := make([]T, len(rows))
	for k, i := range rows {
		out[k] = values[i]
	}
	return out
}

// Builder collects rows into a Matrix.
type Builder struct {
	m       Matrix
	scratch pairs
}

// NewBuilder starts a matrix of dense columns followed by sparse ones, cols
// in all. With cols < 0 the matrix becomes as wide as its widest row.
func NewBuilder(dense, cols int) (*Builder, error) {
	if dense < 0 || (cols >= 0 && cols < dense) || cols > MaxColumns {
		return nil, fmt.Errorf("%d columns, %d of them dense, cannot be built", cols, dense)
	}
	return &Builder{m: Matrix{cols: cols, dense: dense, start: make([]int, 1)}}, nil
}

// Reserve makes room for so many more rows with so many sparse values in all.
func (b *Builder) Reserve(rows, stored int) {
	m := &b.m
	m.block, m.start = slices.Grow(m.block, rows*m.dense), slices.Grow(m.start, rows)
	m.col, m.val = slices.Grow(m.col, stored), slices.Grow(m.val, stored)
}

// Add appends a row: its dense values and its sparse columns in any order.
// Stored zeros are dropped, as they mean the same as no entry. A wrong width,
// a column out of range or named twice is an error and adds nothing.
func (b *Builder) Add(dense []float64, cols []int32, vals []float64) error {
	m := &b.m
	if len(dense) != m.dense {
		return fmt.Errorf("row %d has %d dense values, not %d", m.rows, len(dense), m.dense)
	}
	if len(cols) != len(vals) {
		return fmt.Errorf("row %d has %d sparse columns but %d values", m.rows, len(cols), len(vals))
	}
	if !b.ascending(cols) {
		b.scratch.load(cols, vals)
		sort.Stable(&b.scratch)
		cols, vals = b.scratch.cols, b.scratch.vals
		for k, c := range cols {
			switch {
			case int(c) < m.dense || (m.cols >= 0 && int(c) >= m.cols) || c >= MaxColumns:
				return fmt.Errorf("row %d has a value in column %d, outside the sparse columns", m.rows, c)
			case k > 0 && cols[k-1] == c:
				return fmt.Errorf("row %d has column %d twice", m.rows, c)
			}
		}
	}
	m.col, m.val = append(m.col, cols...), append(m.val, vals...)
	to := len(m.col) - len(cols)
	for k, v := range vals { // closes the gaps that zeros leave
		m.col[to], m.val[to] = cols[k], v
		if v != 0 {
			to++
		}
	}
	m.col, m.val = m.col[:to], m.val[:to]
	m.block = append(m.block, dense...)
	if len(cols) > 0 {
		b.scratch.widest = max(b.scratch.widest, int(cols[len(cols)-1])+1)
	}
	m.start = append(m.start, len(m.col))
	m.rows++
	return nil
}

// ascending reports whether sparse columns are in order and in range.
func (b *Builder) ascending(cols []int32) bool {
	last, end := int32(b.m.dense)-1, int32(MaxColumns)
	if b.m.cols >= 0 {
		end = int32(b.m.cols)
	}
	for _, c := range cols {
		if c <= last {
			return false
		}
		last = c
	}
	return len(cols) == 0 || last < end
}

// Matrix is what was added. The Builder must not be used afterwards.
func (b *Builder) Matrix() *Matrix {
	m := b.m
	if m.cols < 0 {
		m.cols = max(m.dense, b.scratch.widest)
	}
	b.m = Matrix{}
	return &m
}

// pairs sorts columns and values together.
type pairs struct {
	cols   []int32
	vals   []float64
	widest int
}

func (p *pairs) load(cols []int32, vals []float64) {
	p.cols = append(p.cols[:0], cols...)
	p.vals = append(p.vals[:0], vals...)
}
func (p *pairs) Len() int           { return len(p.cols) }
func (p *pairs) Less(i, j int) bool { return p.cols[i] < p.cols[j] }
func (p *pairs) Swap(i, j int) {
	p.cols[i], p.cols[j] = p.cols[j], p.cols[i]
	p.vals[i], p.vals[j] = p.vals[j], p.vals[i]
}

// CheckLabels reports what is wrong with labels and weights for m: each label
// must be 0 or 1, each weight finite and not negative, some weight above 0.
// Weights may be nil, which means 1 for every row. A soft label of share p and
// weight w is two rows: label 1 with weight wp and label 0 with weight w(1−p).
func CheckLabels(m *Matrix, y, w []float64) error {
	if m == nil || m.rows == 0 {
		return fmt.Errorf("there are no rows to learn from")
	}
	if m.cols == 0 {
		return fmt.Errorf("the rows have no columns to learn from")
	}
	if len(y) != m.rows {
		return fmt.Errorf("%d labels for %d rows", len(y), m.rows)
	}
	if w != nil && len(w) != m.rows {
		return fmt.Errorf("%d weights for %d rows", len(w), m.rows)
	}
	for i, v := range y {
		if v != 0 && v != 1 {
			return fmt.Errorf("the label of row %d is %v; labels are 0 or 1 (a share is two weighted rows)", i, v)
		}
	}
	if w == nil {
		return nil
	}
	sum := 0.0
	for i, v := range w {
		if !(v >= 0) || math.IsInf(v, 1) {
			return fmt.Errorf("the weight of row %d is %v; weights are finite and not negative", i, v)
		}
		sum += v
	}
	if sum == 0 || math.IsInf(sum, 1) {
		return fmt.Errorf("the weights add up to %v; nothing can be learned from that", sum)
	}
	return nil
}

// CheckWidth reports whether rows of m can be scored by a model of cols
// columns. A matrix with sparse columns always can: what it lacks is 0 and
// what it has beyond the model's columns is ignored. Dense rows must have
// exactly the width the model was trained on.
func CheckWidth(m *Matrix, cols int) error {
	if m.dense == m.cols && m.cols != cols && m.rows > 0 && m.cols > 0 {
		return fmt.Errorf("the rows have %d columns and the model %d; dense rows must match it", m.cols, cols)
	}
	if m.dense > cols {
		return fmt.Errorf("the rows have %d dense columns and the model only %d in all", m.dense, cols)
	}
	return nil
}
