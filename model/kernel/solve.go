package kernel

import (
	"context"
	"math"

	"cratedigger/model/matrix"
)

// solver finds the scores f = offset + K·a that minimise
// ½·aᵀK·a + Σ cᵢ·(log(1 + exp fᵢ) − yᵢ·fᵢ), by Newton's method. A step solves
// (I + √W·K·√W)·v = √W·b by conjugate gradients, whose eigenvalues are at least
// one, so that few rounds are enough.
type solver struct {
	x      *matrix.Matrix
	y, c   []float64 // by row: label, weight times C
	offset float64   // log-odds of the base rate, which is not penalised

	a, f []float64 // by row
	k    []float64 // rows × rows, nil where that would be too large
}

const (
	maxSteps  = 30
	maxRounds = 200
	shrink    = 1e-4 // of the squared residual in a step; the next step begins where it ended
	tolerance = 1e-3 // of a step in log-odds: more than labels are worth

	// storedRows is up to how many rows the kernel is stored. Beyond, its
	// products with a vector are summed through the columns.
	storedRows = 1500
)

func (s *solver) solve(ctx context.Context) error {
	n := len(s.y)
	s.a, s.f = make([]float64, n), make([]float64, n)
	liked, all := 0.5, 1.0
	for i, c := range s.c {
		liked += c * s.y[i]
		all += c
	}
	s.offset = math.Log(liked / (all - liked))
	for i := range s.f {
		s.f[i] = s.offset
	}
	if s.k == nil && n <= storedRows {
		s.storeAll()
	}
	root, b, goal, next := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	v := make([]float64, n)
	for range maxSteps {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i, f := range s.f {
			p := 1 / (1 + math.Exp(-f))
			w := s.c[i] * p * (1 - p)
			root[i] = math.Sqrt(w)
			b[i] = w*(f-s.offset) + s.c[i]*(s.y[i]-p)
		}
		// a = b − √W·v with (I + √W·K·√W)·v = √W·K·b
		s.times(b, goal)
		for i := range goal {
			goal[i] *= root[i]
		}
		s.conjugate(root, goal, v)
		for i := range v {
			b[i] -= root[i] * v[i]
		}
		s.times(b, next)
		moved := 0.0
		for i := range next {
			next[i] += s.offset
			moved = max(moved, math.Abs(next[i]-s.f[i]))
		}
		t := s.search(b, next)
		if t*moved < tolerance {
			break
		}
	}
	return nil
}

// search takes the longest of the halved steps towards a and f that lowers the
// objective, and returns its length.
func (s *solver) search(a, f []float64) float64 {
	now := s.loss(s.a, s.f)
	ta, tf := make([]float64, len(a)), make([]float64, len(f))
	for t := 1.0; t > 1e-4; t /= 2 {
		for i := range a {
			ta[i] = s.a[i] + t*(a[i]-s.a[i])
			tf[i] = s.f[i] + t*(f[i]-s.f[i])
		}
		if s.loss(ta, tf) < now {
			copy(s.a, ta)
			copy(s.f, tf)
			return t
		}
	}
	return 0
}

func (s *solver) loss(a, f []float64) float64 {
	sum := 0.0
	for i, fi := range f {
		sum += a[i] * (fi - s.offset) / 2
		soft := max(fi, 0) + math.Log1p(math.Exp(-math.Abs(fi)))
		sum += s.c[i] * (soft - s.y[i]*fi)
	}
	return sum
}

// conjugate solves (I + R·K·R)·v = goal, R = diag(root), starting from the v of
// the last step.
func (s *solver) conjugate(root, goal, v []float64) {
	n := len(v)
	res, dir, scaled, product := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	apply := func(in, out []float64) {
		for i, r := range root {
			scaled[i] = r * in[i]
		}
		s.times(scaled, out)
		for i, r := range root {
			out[i] = in[i] + r*out[i]
		}
	}
	apply(v, product)
	for i := range res {
		res[i] = goal[i] - product[i]
	}
	copy(dir, res)
	size := dot(res, res)
	enough := shrink * size
	for range maxRounds {
		if size <= enough {
			return
		}
		apply(dir, product)
		alpha := size / dot(dir, product)
		for i := range v {
			v[i] += alpha * dir[i]
			res[i] -= alpha * product[i]
		}
		next := dot(res, res)
		for i := range dir {
			dir[i] = res[i] + next/size*dir[i]
		}
		size = next
	}
}

// storeAll computes the kernel of all pairs of rows.
func (s *solver) storeAll() {
	n := len(s.y)
	s.k = make([]float64, n*n)
	d := s.x.DenseCols()
	dense := make([]float64, 0, n*d)
	for i := range n {
		for _, v := range s.x.Dense(i) {
			dense = append(dense, known(v))
		}
	}
	// The sparse parts by column, each with the rows so far.
	columns := make([][]entry, s.x.Cols()-d)
	common := make([]float64, n) // of row i's sparse part with each before it
	for i := range n {
		clear(common[:i+1])
		cols, vals := s.x.Sparse(i)
		for k, c := range cols {
			v := known(vals[k])
			column := append(columns[int(c)-d], entry{int32(i), float32(v)})
			columns[int(c)-d] = column
			for _, e := range column {
				common[e.row] += v * float64(e.value)
			}
		}
		row := dense[i*d : (i+1)*d]
		for j := range i + 1 {
			c := 1 + dot(row, dense[j*d:(j+1)*d])
			c = c*c/4 + common[j]
			s.k[i*n+j], s.k[j*n+i] = c, c
		}
	}
}

// entry is one value of a sparse column.
type entry struct {
	row   int32
	value float32
}

// times writes the kernel's product with v.
func (s *solver) times(v, out []float64) {
	n := len(v)
	if s.k != nil {
		for i := range out {
			out[i] = dot(s.k[i*n:(i+1)*n], v)
		}
		return
	}
	all := solver{x: s.x, a: v}
	all.form().score(s.x, 0, n, out)
}

// dot sums in four lanes, which a processor adds side by side.
func dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}
