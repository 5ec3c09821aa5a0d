package feature

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// factorBlocks are the blocks whose truncated SVD gives the latent factors,
// with the weight of each.
var factorBlocks = []struct {
	block  Block
	weight float64
}{{TitleWords, 1}, {TitleChars, 1}, {Description, 0.7}, {Tags, 0.7}, {Channel, 0.5}}

// factors are latent factors of the text.
type factors struct {
	k     int
	basis []basis   // by factorBlocks
	scale []float64 // by factor: standard deviation over the fitted documents

	kept sync.Map // *Text → []float64, scaled
}

// basis is a matrix of columns × k. Its values are rounded to eight bits of the largest
// in their row, because most bytes of a stored model are its basis.
type basis struct {
	k        int
	value    []int8 // row by row
	exponent []int8 // by column: a value v stands for v·2^exponent
}

// add appends a row.
func (b *basis) add(row []float64) {
	largest := 0.0
	for _, x := range row {
		largest = max(largest, math.Abs(x))
	}
	exponent := -100 // of a row of zeros
	if largest > 0 {
		_, exponent = math.Frexp(largest / math.MaxInt8) // a power of two at least as large
		exponent = min(math.MaxInt8, max(math.MinInt8, exponent))
	}
	b.exponent = append(b.exponent, int8(exponent))
	for _, x := range row {
		b.value = append(b.value, int8(math.Round(math.Ldexp(x, -exponent))))
	}
}

// addAll appends rows of k values each; what is left over is dropped.
func (b *basis) addAll(values []float32) {
	row := make([]float64, b.k)
	for part := range slices.Chunk(values, b.k) {
		if len(part) < b.k {
			return
		}
		for i, x := range part {
			row[i] = float64(x)
		}
		b.add(row)
	}
}

// row is a row's values and what each is to be multiplied by.
func (b *basis) row(c int32) (values []int8, unit float64) {
	return b.value[int(c)*b.k : (int(c)+1)*b.k], math.Ldexp(1, int(b.exponent[c]))
}

// maxFactorDocs is the size of the sample of documents to which factors are
// fitted.
const maxFactorDocs = 3000

// fitFactors computes a truncated SVD by random projection and subspace
// iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4).
func fitFactors(s *Space, docs []*Document, k int, seed uint64) *factors {
	rng := rand.New(rand.NewPCG(seed, 0x5fd))
	if len(docs) > maxFactorDocs {
		picked := make([]*Document, 0, maxFactorDocs)
		for _, i := range rng.Perm(len(docs))[:maxFactorDocs] {
			picked = append(picked, docs[i])
		}
		docs = picked
	}
	k = min(k, len(docs)/4)
	if k < 2 {
		return nil
	}
	f := &factors{k: k}
	rows, width, offsets := s.factorRows(docs)
	if width < k {
		return nil
	}
	l := min(k+8, len(docs), width)

	q := mat.NewDense(width, l, nil)
	for i := range q.RawMatrix().Data {
		q.RawMatrix().Data[i] = rng.NormFloat64()
	}
	y := mat.NewDense(len(docs), l, nil)
	for range 3 {
		times(rows, q, y)
		orthonormal(y)
		timesT(rows, y, q)
		orthonormal(q)
	}
	times(rows, q, y) // documents in the basis: A·Q
	var svd mat.SVD
	if !svd.Factorize(y, mat.SVDThin) {
		return nil
	}
	var v mat.Dense
	svd.VTo(&v)
	var directions mat.Dense
	directions.Mul(q, v.Slice(0, l, 0, k))
	fixSigns(&directions)

	f.scale = make([]float64, k)
	for b := range factorBlocks {
		part := basis{k: k}
		for c := offsets[b]; c < offsets[b+1]; c++ {
			part.add(directions.RawRowView(c))
		}
		f.basis = append(f.basis, part)
	}
	sum := make([]float64, k)
	row := make([]float64, k)
	for _, d := range docs {
		f.project(s, d, row)
		for j, x := range row {
			sum[j] += x * x
		}
	}
	for j := range sum {
		f.scale[j] = max(1e-9, math.Sqrt(sum[j]/float64(len(docs))))
	}
	return f
}

// of returns the scaled factors of a text, which are cached.
func (f *factors) of(s *Space, d *Document) []float64 {
	if v, ok := f.kept.Load(d.Text); ok {
		return v.([]float64)
	}
	out := make([]float64, f.k)
	f.project(s, d, out)
	for i := range out {
		out[i] /= f.scale[i]
	}
	f.kept.Store(d.Text, out)
	return out
}

// project writes the factors of a document into out, unscaled.
func (f *factors) project(s *Space, d *Document, out []float64) {
	clear(out)
	var colBuf [512]int32
	var valBuf [512]float64
	for i, fb := range factorBlocks {
		cols, vals := s.vector(fb.block, d, colBuf[:0], valBuf[:0])
		for j, c := range cols {
			row, unit := f.basis[i].row(c)
			x := vals[j] * fb.weight * unit
			for m, b := range row {
				out[m] += x * float64(b)
			}
		}
	}
}

// sparseRow is one document over the columns of all factor blocks.
type sparseRow struct {
	cols []int32
	vals []float64
}

func (s *Space) factorRows(docs []*Document) (rows []sparseRow, width int, offsets []int) {
	offsets = []int{0}
	for _, fb := range factorBlocks {
		width += len(s.blocks[fb.block].terms)
		offsets = append(offsets, width)
	}
	for _, d := range docs {
		var r sparseRow
		for i, fb := range factorBlocks {
			start := len(r.cols)
			r.cols, r.vals = s.vector(fb.block, d, r.cols, r.vals)
			for j := start; j < len(r.cols); j++ {
				r.cols[j] += int32(offsets[i])
				r.vals[j] *= fb.weight
			}
		}
		rows = append(rows, r)
	}
	return rows, width, offsets
}

// times sets y = A·q.
func times(rows []sparseRow, q, y *mat.Dense) {
	for i, r := range rows {
		out := y.RawRowView(i)
		clear(out)
		for j, c := range r.cols {
			x := r.vals[j]
			for m, v := range q.RawRowView(int(c)) {
				out[m] += x * v
			}
		}
	}
}

// timesT sets q = Aᵀ·y.
func timesT(rows []sparseRow, y, q *mat.Dense) {
	q.Zero()
	for i, r := range rows {
		in := y.RawRowView(i)
		for j, c := range r.cols {
			x := r.vals[j]
			out := q.RawRowView(int(c))
			for m, v := range in {
				out[m] += x * v
			}
		}
	}
}

// orthonormal makes the columns of a orthonormal by Gram-Schmidt, done twice
// for accuracy. A column that vanishes becomes zero.
func orthonormal(a *mat.Dense) {
	n, k := a.Dims()
	raw := a.RawMatrix()
	t := make([]float64, k*n) // columns, one after the other
	for i := range n {
		for j := range k {
			t[j*n+i] = raw.Data[i*raw.Stride+j]
		}
	}
	for j := range k {
		col := t[j*n : (j+1)*n]
		for range 2 {
			for p := range j {
				other := t[p*n : (p+1)*n]
				d := dot(col, other)
				for i, v := range other {
					col[i] -= d * v
				}
			}
		}
		norm := math.Sqrt(dot(col, col))
		for i := range col {
			if norm > 1e-12 {
				col[i] /= norm
			} else {
				col[i] = 0
			}
		}
	}
	for i := range n {
		for j := range k {
			raw.Data[i*raw.Stride+j] = t[j*n+i]
		}
	}
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// fixSigns makes the largest entry of each column positive: the sign of a
// singular vector is arbitrary, and the same seed must give the same model.
func fixSigns(a *mat.Dense) {
	n, k := a.Dims()
	for j := range k {
		best := 0.0
		for i := range n {
			if v := a.At(i, j); math.Abs(v) > math.Abs(best) {
				best = v
			}
		}
		if best < 0 {
			for i := range n {
				a.Set(i, j, -a.At(i, j))
			}
		}
	}
}

// Factors returns the latent factors of documents, each scaled to unit standard
// deviation. The slices are empty if the space has none.
func (s *Space) Factors(docs []*Document) [][]float64 {
	out := make([][]float64, len(docs))
	if s.factors == nil {
		return out
	}
	for i, d := range docs {
		out[i] = s.factors.of(s, d)
	}
	return out
}
