package linear

import (
	"context"
	"math"

	"cratedigger/model/matrix"
)

// solver minimises the objective by a truncated Newton method: each step solves the
// quadratic model approximately by conjugate gradients, preconditioned by its
// diagonal, and a line search follows. With the diagonal it does not matter that
// columns are of very different size (views beside TF-IDF). The last entry of a
// vector is the intercept.
type solver struct {
	x     *matrix.Matrix
	y     []float64 // −1 or 1
	s     []float64 // weight times C
	p     Params
	means []float64

	at, grad, diag, step   []float64 // by column, then the intercept
	res, pre, dir, product []float64
	f, df, curve           []float64 // by row: score, its change along step, curvature
}

func newSolver(x *matrix.Matrix, y, w []float64, p Params) *solver {
	n, d := x.Rows(), x.Cols()+1
	s := &solver{x: x, p: p, y: make([]float64, n), s: make([]float64, n), f: make([]float64, n), df: make([]float64, n), curve: make([]float64, n)}
	for _, v := range []*[]float64{&s.at, &s.grad, &s.diag, &s.step, &s.res, &s.pre, &s.dir, &s.product} {
		*v = make([]float64, d)
	}
	var class [2]float64
	for i := range n {
		s.s[i] = 1
		if w != nil {
			s.s[i] = w[i]
		}
		class[int(y[i])] += 1 // scikit-learn balances by rows, not by weights
		s.y[i] = 2*y[i] - 1
	}
	for i := range n {
		if p.Balanced && class[0] > 0 && class[1] > 0 {
			s.s[i] *= float64(n) / (2 * class[int(y[i])])
		}
	}
	if s.means = make([]float64, x.Cols()); !p.FromZero {
		s.means = columnMeans(x, s.s)
	}
	for i := range s.s {
		s.s[i] *= p.C
	}
	return s
}

// columnMeans are the weighted means of the columns, missing values left out.
func columnMeans(x *matrix.Matrix, w []float64) []float64 {
	means := make([]float64, x.Cols())
	missing := make([]float64, x.Cols())
	all := 0.0
	for i := range x.Rows() {
		weight := w[i]
		all += weight
		add := func(j int, v float64) {
			if v != v {
				missing[j] += weight
			} else {
				means[j] += weight * value(v, 0)
			}
		}
		for j, v := range x.Dense(i) {
			add(j, v)
		}
		cols, vals := x.Sparse(i)
		for k, j := range cols {
			add(int(j), vals[k])
		}
	}
	for j := range means {
		if known := all - missing[j]; known > 0 {
			means[j] /= known
		}
	}
	return means
}

// times writes the product of the rows with v, the intercept included.
func (s *solver) times(v, out []float64) {
	b := 0.0
	if s.p.FitIntercept {
		b = v[len(v)-1]
	}
	for i := range out {
		sum := b
		for j, x := range s.x.Dense(i) {
			sum += v[j] * value(x, s.means[j])
		}
		cols, vals := s.x.Sparse(i)
		for k, j := range cols {
			sum += v[j] * value(vals[k], s.means[j])
		}
		out[i] = sum
	}
}

// timesTransposed adds to out the product of the transposed rows with r.
func (s *solver) timesTransposed(r, out []float64) {
	for i, ri := range r {
		if ri == 0 {
			continue
		}
		for j, x := range s.x.Dense(i) {
			out[j] += ri * value(x, s.means[j])
		}
		cols, vals := s.x.Sparse(i)
		for k, j := range cols {
			out[j] += ri * value(vals[k], s.means[j])
		}
		if s.p.FitIntercept {
			out[len(out)-1] += ri
		}
	}
}

// loss is the objective at the scores f + t·df and the weights at + t·step.
func (s *solver) loss(t float64) float64 {
	sum := 0.0
	for j := range s.means {
		v := s.at[j] + t*s.step[j]
		sum += v * v / 2
	}
	for i, f := range s.f {
		z := s.y[i] * (f + t*s.df[i])
		if z > 0 {
			sum += s.s[i] * math.Log1p(math.Exp(-z))
		} else {
			sum += s.s[i] * (math.Log1p(math.Exp(z)) - z)
		}
	}
	return sum
}

// derive computes gradient, curvature and the diagonal at the scores f.
func (s *solver) derive() {
	r := make([]float64, len(s.f))
	for i, f := range s.f {
		p := 1 / (1 + math.Exp(s.y[i]*f))
		r[i] = -s.y[i] * s.s[i] * p
		s.curve[i] = s.s[i] * p * (1 - p)
	}
	clear(s.grad)
	copy(s.grad, s.at[:len(s.means)])
	s.timesTransposed(r, s.grad)
	for j := range s.diag {
		s.diag[j] = 1
	}
	last := len(s.diag) - 1
	s.diag[last] = 1e-12
	for i, c := range s.curve {
		for j, x := range s.x.Dense(i) {
			v := value(x, s.means[j])
			s.diag[j] += c * v * v
		}
		cols, vals := s.x.Sparse(i)
		for k, j := range cols {
			v := value(vals[k], s.means[j])
			s.diag[j] += c * v * v
		}
		s.diag[last] += c
	}
}

// scaled is the gradient's largest entry in units of the diagonal.
func (s *solver) scaled() float64 {
	worst := 0.0
	for j, g := range s.grad {
		worst = max(worst, math.Abs(g)/math.Sqrt(s.diag[j]))
	}
	return worst
}

func (s *solver) solve(ctx context.Context) error {
	if s.p.FitIntercept { // begin at the log odds
		var pos, neg float64
		for i, y := range s.y {
			if y > 0 {
				pos += s.s[i]
			} else {
				neg += s.s[i]
			}
		}
		share := min(max(pos/(pos+neg), 1e-9), 1-1e-9)
		s.at[len(s.at)-1] = math.Log(share / (1 - share))
	}
	s.times(s.at, s.f)
	first := 0.0
	for iter := range s.p.MaxIter {
		s.derive()
		size := s.scaled()
		if iter == 0 {
			first = size
		}
		if size <= s.p.Tolerance*max(first, 1e-3) || size < 1e-12 {
			break
		}
		if err := s.newton(ctx, min(0.1, math.Sqrt(size/first))); err != nil {
			return err
		}
		s.times(s.step, s.df)
		if !s.search() {
			break
		}
	}
	return ctx.Err()
}

// newton solves Hessian·step = −gradient until the residual has shrunk to the
// given share.
func (s *solver) newton(ctx context.Context, share float64) error {
	clear(s.step)
	rows := make([]float64, len(s.f))
	for j, g := range s.grad {
		s.res[j] = -g
		s.pre[j] = -g / s.diag[j]
	}
	copy(s.dir, s.pre)
	rz := dot(s.res, s.pre)
	goal := share * share * rz
	for range 500 {
		if rz <= goal || rz == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		s.times(s.dir, rows)
		for i := range rows {
			rows[i] *= s.curve[i]
		}
		clear(s.product)
		copy(s.product, s.dir[:len(s.means)])
		s.timesTransposed(rows, s.product)
		bend := dot(s.dir, s.product)
		if !(bend > 0) {
			break
		}
		alpha := rz / bend
		for j := range s.step {
			s.step[j] += alpha * s.dir[j]
			s.res[j] -= alpha * s.product[j]
			s.pre[j] = s.res[j] / s.diag[j]
		}
		next := dot(s.res, s.pre)
		beta := next / rz
		rz = next
		for j := range s.dir {
			s.dir[j] = s.pre[j] + beta*s.dir[j]
		}
	}
	return nil
}

// search halves the step until it lowers the objective enough (Armijo), takes
// it, and reports whether there was one.
func (s *solver) search() bool {
	slope := dot(s.grad, s.step)
	from := s.loss(0)
	for t := 1.0; t > 1e-10; t /= 2 {
		if s.loss(t) <= from+1e-4*t*slope {
			for j := range s.at {
				s.at[j] += t * s.step[j]
			}
			for i := range s.f {
				s.f[i] += t * s.df[i]
			}
			return true
		}
	}
	return false
}

func (s *solver) weights() []float64 { return s.at[:len(s.means):len(s.means)] }

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
