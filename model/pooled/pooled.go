// Package pooled is a logistic regression for very few labels. Each column's weight has
// a prior: its mean is what is believed before any label, its spread says how far labels
// may move it. A column that few rows have is thus pulled towards its prior, and the
// rows share what they have in common (partial pooling: Gelman and Hill 2007, chapter
// 14). It is fitted as a Gaussian process with the Laplace approximation (Rasmussen and
// Williams 2006, algorithm 3.1), so that the time depends on the labels and hardly on
// the columns.
package pooled

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Value is a row's value in one column; columns that a row does not name are 0.
type Value struct {
	Column string
	X      float64
}

// Prior is what is believed of a column's weight before any label.
type Prior struct{ Mean, Spread float64 }

// Model is a fitted regression. The zero value knows the priors alone, once Prior is set.
type Model struct {
	prior   func(column string) Prior
	weights map[string]weight // of the columns that labels tell of
	left    []Score           // of each training row, without its own label
}

// weight is a column's weight after the labels.
type weight struct{ mean, variance float64 }

// Score is the log-odds of a row and their variance.
type Score struct{ Raw, Variance float64 }

// The iterations end when no log-odds move by more than settled.
const (
	settled = 1e-6
	most    = 50 // iterations
)

// Train fits the weights to rows with labels y, shares between 0 and 1, that weigh w.
// Time and memory grow with the cube and the square of the rows.
func Train(rows [][]Value, y, w []float64, prior func(column string) Prior) (*Model, error) {
	if len(y) != len(rows) || len(w) != len(rows) {
		return nil, errors.New("the number of labels or weights is not that of the rows")
	}
	m := &Model{prior: prior, weights: map[string]weight{}}
	n := len(rows)
	if n == 0 {
		return m, nil
	}
	spread, offset := map[string]float64{}, make([]float64, n)
	holders := map[string][]int{} // rows that have the column
	var columns []string
	for i, row := range rows {
		for _, v := range row {
			if _, known := spread[v.Column]; !known {
				spread[v.Column] = prior(v.Column).Spread
				columns = append(columns, v.Column)
			}
			offset[i] += v.X * prior(v.Column).Mean
			holders[v.Column] = append(holders[v.Column], i)
		}
	}
	at := make([]map[string]float64, n)
	for i, row := range rows {
		at[i] = make(map[string]float64, len(row))
		for _, v := range row {
			at[i][v.Column] += v.X
		}
	}
	kernel := mat.NewSymDense(n, nil)
	for _, c := range columns {
		s, rows := spread[c]*spread[c], holders[c]
		for k, i := range rows {
			if k > 0 && rows[k-1] == i {
				continue
			}
			for _, j := range rows[k:] {
				if j >= i {
					kernel.SetSym(i, j, kernel.At(i, j)+s*at[i][c]*at[j][c])
				}
			}
		}
	}
	f, pull, curve, err := mode(kernel, offset, y, w)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		u := weight{mean: prior(c).Mean}
		precision := 0.0
		for k, i := range holders[c] {
			if k > 0 && holders[c][k-1] == i {
				continue
			}
			x := at[i][c]
			u.mean += spread[c] * spread[c] * x * pull[i]
			precision += curve[i] * x * x
		}
		// As if the other columns were known: cheap, and good enough to tell what was
		// tried from what was not.
		u.variance = spread[c] * spread[c] / (1 + spread[c]*spread[c]*precision)
		m.weights[c] = u
	}
	m.left, err = leaveOut(kernel, f, pull, curve)
	return m, err
}

// mode finds the likeliest log-odds f of the rows by Newton's method; pull is the
// gradient and curve the curvature of the likelihood there.
func mode(kernel *mat.SymDense, offset, y, w []float64) (f, pull, curve []float64, err error) {
	n := len(y)
	f = append([]float64(nil), offset...)
	pull, curve = make([]float64, n), make([]float64, n)
	for range most {
		for i := range f {
			p := 1 / (1 + math.Exp(-f[i]))
			pull[i], curve[i] = w[i]*(y[i]-p), w[i]*p*(1-p)
		}
		chol, err := factor(kernel, curve)
		if err != nil {
			return nil, nil, nil, err
		}
		b, inner := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
		for i := range f {
			b.SetVec(i, curve[i]*(f[i]-offset[i])+pull[i])
		}
		inner.MulVec(kernel, b)
		for i := range f {
			inner.SetVec(i, math.Sqrt(curve[i])*inner.AtVec(i))
		}
		if err := chol.SolveVecTo(inner, inner); err != nil {
			return nil, nil, nil, fmt.Errorf("the labels cannot be fitted: %w", err)
		}
		a, next := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
		for i := range f {
			a.SetVec(i, b.AtVec(i)-math.Sqrt(curve[i])*inner.AtVec(i))
		}
		next.MulVec(kernel, a)
		moved := 0.0
		for i := range f {
			// Short steps keep Newton's method from swinging where labels weigh much.
			step := offset[i] + next.AtVec(i) - f[i]
			step = min(4, max(-4, step))
			f[i] += step
			moved = max(moved, math.Abs(step))
		}
		if moved < settled {
			break
		}
	}
	for i := range f {
		p := 1 / (1 + math.Exp(-f[i]))
		pull[i], curve[i] = w[i]*(y[i]-p), w[i]*p*(1-p)
	}
	return f, pull, curve, nil
}

// factor is the Cholesky factor of I + √W K √W.
func factor(kernel *mat.SymDense, curve []float64) (*mat.Cholesky, error) {
	n := len(curve)
	b := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			x := math.Sqrt(curve[i]*curve[j]) * kernel.At(i, j)
			if i == j {
				x++
			}
			b.SetSym(i, j, x)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(b) {
		return nil, errors.New("the labels cannot be fitted: their weights or values are not finite")
	}
	return &chol, nil
}

// leaveOut is what the other rows say of each row: the posterior without the row's own
// likelihood, to the same approximation (the cavity of Rasmussen and Williams 2006,
// section 5.4.2).
func leaveOut(kernel *mat.SymDense, f, pull, curve []float64) ([]Score, error) {
	n := len(f)
	chol, err := factor(kernel, curve)
	if err != nil {
		return nil, err
	}
	out := make([]Score, n)
	column, solved := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		for j := range n {
			column.SetVec(j, math.Sqrt(curve[j])*kernel.At(j, i))
		}
		if err := chol.SolveVecTo(solved, column); err != nil {
			return nil, fmt.Errorf("a label cannot be left out: %w", err)
		}
		variance := max(1e-12, kernel.At(i, i)-mat.Dot(column, solved))
		without := variance / max(1e-9, 1-variance*curve[i])
		out[i] = Score{f[i] - without*pull[i], without}
	}
	return out, nil
}

// weight is what is known of a column's weight.
func (m *Model) weight(column string) weight {
	if w, ok := m.weights[column]; ok {
		return w
	}
	p := m.prior(column)
	return weight{p.Mean, p.Spread * p.Spread}
}

// Score is the score of a row.
func (m *Model) Score(row []Value) (s Score) {
	for _, v := range row {
		w := m.weight(v.Column)
		s.Raw += v.X * w.mean
		s.Variance += v.X * v.X * w.variance
	}
	return s
}

// Parts are what each value of a row adds to its log-odds.
func (m *Model) Parts(row []Value) []float64 {
	out := make([]float64, len(row))
	for k, v := range row {
		out[k] = v.X * m.weight(v.Column).mean
	}
	return out
}

// WithoutLabel is the score of training row i by the labels of the others.
func (m *Model) WithoutLabel(i int) Score { return m.left[i] }
