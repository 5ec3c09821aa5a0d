// Package kernel is logistic regression by the kernel (1 + ⟨x,z⟩)²/4 + ⟨u,v⟩, of
// which x and z are the dense parts of two rows and u and v their sparse parts:
// on the columns, and on all products of two dense ones. It is for dense parts of
// unit length, or of none, in a few dozen columns that mean little each and much
// together, as those of word vectors. With few labels the kernel bends what a
// linear learner could only cut, and what both parts tell is learned once.
//
// It is fitted as Gaussian process classification finds its mode (Rasmussen and
// Williams 2006, algorithm 3.1), and kept by the quadratic form that the kernel
// is: a model is as large as its columns, however many rows taught it.
package kernel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"cratedigger/model/container"
	"cratedigger/model/internal/work"
	"cratedigger/model/matrix"
)

// Params of the learner.
type Params struct {
	C float64 `json:"c,omitempty"` // inverse of the penalty, as of linear.Params; 0 means 3
}

// MaxColumns bounds the dense columns, whose products are a model's size.
const MaxColumns = 512

// Model is a trained form: the score of a row with the dense part x is base +
// ⟨lin, row⟩ + xᵀ·quad·x.
type Model struct {
	base float64
	lin  []float64 // by column, dense and sparse
	quad []float64 // dense columns × dense columns, symmetric
}

// Train learns the labels y, shares from 0 to 1, from the rows of x with weights
// w (nil for 1 each). A missing value counts as 0.
func Train(ctx context.Context, x *matrix.Matrix, y, w []float64, p Params) (*Model, error) {
	if x == nil || x.Rows() == 0 {
		return nil, errors.New("there are no rows to learn from")
	}
	if len(y) != x.Rows() || (w != nil && len(w) != x.Rows()) {
		return nil, errors.New("the number of labels or weights is not that of the rows")
	}
	if x.DenseCols() > MaxColumns {
		return nil, fmt.Errorf("the kernel reads at most %d dense columns, not %d", MaxColumns, x.DenseCols())
	}
	if p.C == 0 {
		p.C = 3
	}
	if !(p.C > 0) || math.IsInf(p.C, 1) {
		return nil, fmt.Errorf("the inverse penalty C must be above 0, not %v", p.C)
	}
	s := &solver{x: x, y: y, c: make([]float64, len(y))}
	for i := range y {
		s.c[i] = p.C
		if w != nil {
			s.c[i] *= w[i]
		}
		if !(y[i] >= 0 && y[i] <= 1) || !(s.c[i] >= 0) || math.IsInf(s.c[i], 1) {
			return nil, errors.New("a label is outside 0 to 1, or a weight is negative or not finite")
		}
	}
	if err := s.solve(ctx); err != nil {
		return nil, err
	}
	return s.form(), nil
}

// form gathers what the rows add to each score.
func (s *solver) form() *Model {
	d := s.x.DenseCols()
	m := &Model{base: s.offset, lin: make([]float64, s.x.Cols()), quad: make([]float64, d*d)}
	for i, a := range s.a {
		m.base += a / 4
		row := s.x.Dense(i)
		for j, v := range row {
			v = known(v)
			m.lin[j] += a / 2 * v
			for k, u := range row[:j+1] {
				m.quad[j*d+k] += a / 4 * v * known(u)
			}
		}
		cols, vals := s.x.Sparse(i)
		for k, c := range cols {
			m.lin[c] += a * known(vals[k])
		}
	}
	for j := range d {
		for k := range j {
			m.quad[k*d+j] = m.quad[j*d+k]
		}
	}
	return m
}

func known(v float64) float64 {
	if v != v {
		return 0
	}
	return v
}

// Score is the log-odds of label 1 of each row.
func (m *Model) Score(x *matrix.Matrix) ([]float64, error) { return m.ScoreThreads(x, 1) }

// ScoreThreads is Score on so many processors at most; 0 is all.
func (m *Model) ScoreThreads(x *matrix.Matrix, threads int) ([]float64, error) {
	if err := m.check(x); err != nil {
		return nil, err
	}
	out := make([]float64, x.Rows())
	work.Split(x.Rows(), threads, 256, func(lo, hi int) { m.score(x, lo, hi, out) })
	return out, nil
}

func (m *Model) check(x *matrix.Matrix) error {
	if d := x.DenseCols(); d*d != len(m.quad) || x.Cols() != len(m.lin) {
		return fmt.Errorf("the rows have %d columns, %d of them dense, which are not those that the model was trained on", x.Cols(), d)
	}
	return nil
}

// score writes the scores of rows lo to hi-1 into out[lo:hi].
func (m *Model) score(x *matrix.Matrix, lo, hi int, out []float64) {
	d := x.DenseCols()
	for i := lo; i < hi; i++ {
		row := x.Dense(i)
		sum := m.base
		for j, v := range row {
			if v == 0 || v != v {
				continue
			}
			// Each pair of columns once: twice below the diagonal.
			pairs := 0.0
			quad := m.quad[j*d : j*d+j]
			for k, q := range quad {
				pairs += q * known(row[k])
			}
			sum += v * (m.lin[j] + 2*pairs + m.quad[j*d+j]*v)
		}
		cols, vals := x.Sparse(i)
		for k, c := range cols {
			sum += m.lin[c] * known(vals[k])
		}
		out[i] = sum
	}
}

// Contributions tells row i's score apart by columns: the Shapley values of the
// form against a row of zeros, in which a product counts half for either column.
// With the base they add up to the score.
func (m *Model) Contributions(x *matrix.Matrix, i int) (values []float64, base float64, err error) {
	if err := m.check(x); err != nil {
		return nil, 0, err
	}
	if i < 0 || i >= x.Rows() {
		return nil, 0, fmt.Errorf("there is no row %d among %d", i, x.Rows())
	}
	d := x.DenseCols()
	row := x.Dense(i)
	values = make([]float64, x.Cols())
	for j, v := range row {
		slope := m.lin[j]
		for k, u := range row {
			slope += m.quad[j*d+k] * known(u)
		}
		values[j] = known(v) * slope
	}
	cols, vals := x.Sparse(i)
	for k, c := range cols {
		values[c] = m.lin[c] * known(vals[k])
	}
	return values, m.base, nil
}

const (
	kind    = "kernel"
	version = 1
)

// Save writes the model.
func (m *Model) Save(w io.Writer) error {
	var c container.Encoder
	c.Float(m.base)
	c.Floats(m.lin)
	c.Floats(m.quad)
	return container.Write(w, kind, version, c.Bytes())
}

// Load reads a model that Save wrote and consumes exactly its bytes.
func Load(r io.Reader) (*Model, error) {
	_, payload, err := container.Read(r, kind, version)
	if err != nil {
		return nil, err
	}
	d := container.NewDecoder(payload)
	m := &Model{base: d.Float(), lin: d.Floats(), quad: d.Floats()}
	if len(m.lin) == 0 {
		d.Fail()
	}
	return m, d.Err()
}
