// Package linear is logistic regression with an L2 penalty and scikit-learn's
// parameters, which does well on few labels and many sparse columns. It is fitted by
// Newton's method with conjugate gradients (Lin, Weng & Keerthi 2008), preconditioned
// by the diagonal, and departs from the paper in using a line search instead of a
// trust region. Missing values count as the column's mean.
package linear

import (
	"context"
	"fmt"
	"io"
	"math"

	"cratedigger/model/container"
	"cratedigger/model/matrix"
)

// Params says how to train, with scikit-learn's meaning: the weights minimise
// ½|w|² + C Σ sᵢ log(1 + exp(−yᵢ f(xᵢ))), s the rows' weights; the intercept is
// not penalised.
type Params struct {
	C            float64 // inverse of the penalty
	Tolerance    float64 // stop when the gradient's largest entry is this small, relative to the first
	MaxIter      int     // most Newton steps
	FitIntercept bool
	Balanced     bool // weigh both classes alike
	FromZero     bool // the columns are centred on 0: use 0 in place of Model.Means
}

// Defaults are scikit-learn's defaults, with a tolerance at which the solution
// is the optimum for all purposes.
func Defaults() Params {
	return Params{C: 1, Tolerance: 1e-8, MaxIter: 100, FitIntercept: true}
}

// Check reports the first parameter that is out of range.
func (p Params) Check() error {
	switch {
	case !(p.C > 0) || math.IsInf(p.C, 1):
		return fmt.Errorf("the inverse penalty C must be above 0, not %v", p.C)
	case !(p.Tolerance > 0):
		return fmt.Errorf("the tolerance must be above 0, not %v", p.Tolerance)
	case p.MaxIter < 1:
		return fmt.Errorf("at least 1 iteration is needed, not %d", p.MaxIter)
	}
	return nil
}

// Model is a trained logistic regression. It must not be changed once it has
// scored a row.
type Model struct {
	Weights   []float64 // one a column
	Intercept float64
	// Means are the columns' weighted means over the known values of the training
	// rows, or zeros with Params.FromZero. They replace missing values, and
	// contributions are counted from them.
	Means []float64
	Names []string // of the columns; nil if they have none

	base float64 // the score of a row of means
}

// Columns is the width of the rows the model was trained on.
func (m *Model) Columns() int { return len(m.Weights) }

func (m *Model) finish() {
	m.base = m.Intercept
	for j, w := range m.Weights {
		m.base += w * m.Means[j]
	}
}

// value is a column's value, its mean if it is missing, and bounded.
func value(v, mean float64) float64 {
	if v != v {
		return mean
	}
	return min(max(v, -largest), largest)
}

// largest bounds the values, so that squares of them stay finite.
const largest = 1e100

func (m *Model) score(x *matrix.Matrix, i int) float64 {
	s := m.Intercept
	for j, v := range x.Dense(i) {
		if w := m.Weights[j]; w != 0 {
			s += w * value(v, m.Means[j])
		}
	}
	cols, vals := x.Sparse(i)
	for k, j := range cols {
		if int(j) >= len(m.Weights) {
			break
		}
		if w := m.Weights[j]; w != 0 {
			s += w * value(vals[k], m.Means[j])
		}
	}
	return s
}

// Score is the log odds of label 1 for each row.
func (m *Model) Score(x *matrix.Matrix) ([]float64, error) {
	if err := matrix.CheckWidth(x, len(m.Weights)); err != nil {
		return nil, err
	}
	out := make([]float64, x.Rows())
	for i := range out {
		out[i] = m.score(x, i)
	}
	return out, nil
}

// Probability is the probability of label 1 for each row.
func (m *Model) Probability(x *matrix.Matrix) ([]float64, error) {
	p, err := m.Score(x)
	for i, s := range p {
		p[i] = 1 / (1 + math.Exp(-s))
	}
	return p, err
}

// Contributions explains row i: for each column its weight times how far the
// row lies from the mean, the Shapley values of a linear model with
// independent columns (Lundberg & Lee 2017); with the base they add up to the
// raw score.
func (m *Model) Contributions(x *matrix.Matrix, i int) (values []float64, base float64, err error) {
	if i < 0 || i >= x.Rows() {
		return nil, 0, fmt.Errorf("there is no row %d among %d", i, x.Rows())
	}
	if err := matrix.CheckWidth(x, len(m.Weights)); err != nil {
		return nil, 0, err
	}
	values = make([]float64, len(m.Weights))
	for j, w := range m.Weights {
		if j >= x.DenseCols() {
			values[j] = -w * m.Means[j]
		}
	}
	for j, v := range x.Dense(i) {
		values[j] = m.Weights[j] * (value(v, m.Means[j]) - m.Means[j])
	}
	cols, vals := x.Sparse(i)
	for k, j := range cols {
		if int(j) < len(values) {
			values[j] = m.Weights[j] * (value(vals[k], m.Means[j]) - m.Means[j])
		}
	}
	return values, m.base, nil
}

// EachContributions calls f with the contributions of every row, in order.
func (m *Model) EachContributions(x *matrix.Matrix, f func(row int, values []float64, base float64) error) error {
	for i := range x.Rows() {
		values, base, err := m.Contributions(x, i)
		if err != nil {
			return err
		}
		if err := f(i, values, base); err != nil {
			return err
		}
	}
	return nil
}

// Kind is the kind of the container that holds a Model.
const Kind = "linear"

const fileVersion = 1

// Save writes the model.
func (m *Model) Save(w io.Writer) error {
	var c container.Encoder
	c.Floats(m.Weights)
	c.Floats(m.Means)
	c.Float(m.Intercept)
	c.Strings(m.Names)
	return container.Write(w, Kind, fileVersion, c.Bytes())
}

// Load reads a model that Save wrote and consumes exactly its bytes.
func Load(r io.Reader) (*Model, error) {
	_, payload, err := container.Read(r, Kind, fileVersion)
	if err != nil {
		return nil, err
	}
	d := container.NewDecoder(payload)
	m := &Model{Weights: d.Floats(), Means: d.Floats(), Intercept: d.Float(), Names: d.Strings()}
	if len(m.Weights) == 0 || len(m.Means) != len(m.Weights) || (m.Names != nil && len(m.Names) != len(m.Weights)) {
		d.Fail()
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	m.finish()
	return m, nil
}

// Train learns the labels y, each 0 or 1, from the rows of x with weights w
// (nil for equal ones). It ends with ctx's error when ctx ends.
func Train(ctx context.Context, x *matrix.Matrix, y, w []float64, p Params) (*Model, error) {
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("train logistic regression: %w", err)
	}
	if err := matrix.CheckLabels(x, y, w); err != nil {
		return nil, fmt.Errorf("train logistic regression: %w", err)
	}
	s := newSolver(x, y, w, p)
	if err := s.solve(ctx); err != nil {
		return nil, fmt.Errorf("train logistic regression: %w", err)
	}
	m := &Model{Weights: s.weights(), Intercept: s.at[x.Cols()], Means: s.means}
	if x.Named() {
		m.Names = x.Names()
	}
	m.finish()
	return m, nil
}
