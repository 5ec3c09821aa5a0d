// Package neighbour predicts a row's label from the training rows that resemble
// it, by kernel regression (Nadaraya 1964, Watson 1964): the score is the log-odds
// of the mean label of all training rows, weighted by similarity. It departs from
// the papers in its kernel, the cube of the cosine of two rows' sparse parts, and in
// smoothing the mean by the base rate; dense columns are not looked at. On few
// labels with much text its errors differ from a linear learner's, which makes it
// useful in an ensemble.
package neighbour

import (
	"context"
	"errors"
	"io"
	"math"

	"cratedigger/model/container"
	"cratedigger/model/internal/work"
	"cratedigger/model/matrix"
)

// prior is the kernel weight of the base rate in the mean.
const prior = 0.002

// Model is the training rows, indexed by column.
type Model struct {
	base  float64 // weighted share of ones
	y, w  []float64
	start []int32 // by column: offsets into row and val
	row   []int32
	val   []float32 // rounded
}

// rounded keeps the upper half of a number's bits, which is within 0.4 % of it. The values
// are most of a stored ensemble.
func rounded(x float64) float32 {
	return math.Float32frombits((math.Float32bits(float32(x)) + 1<<15) &^ (1<<16 - 1))
}

// Train indexes m, which needs sparse columns. Labels may be shares between 0
// and 1; w may be nil.
func Train(ctx context.Context, m *matrix.Matrix, y, w []float64) (*Model, error) {
	if m == nil || m.Rows() == 0 {
		return nil, errors.New("there are no rows to learn from")
	}
	if len(y) != m.Rows() || (w != nil && len(w) != m.Rows()) {
		return nil, errors.New("the number of labels or weights is not that of the rows")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t := &Model{y: append([]float64(nil), y...), w: make([]float64, len(y))}
	sum, liked := 0.0, 0.0
	for i := range y {
		t.w[i] = 1
		if w != nil {
			t.w[i] = w[i]
		}
		if !(y[i] >= 0 && y[i] <= 1) || !(t.w[i] >= 0) || math.IsInf(t.w[i], 1) {
			return nil, errors.New("a label is outside 0 to 1, or a weight is negative or not finite")
		}
		sum += t.w[i]
		liked += t.w[i] * y[i]
	}
	if sum == 0 {
		return nil, errors.New("all weights are zero; nothing can be learned from that")
	}
	t.base = (liked + 0.5) / (sum + 1)

	dense := m.DenseCols()
	t.start = make([]int32, m.Cols()-dense+1)
	norms := make([]float64, m.Rows())
	for i := range m.Rows() {
		cols, vals := m.Sparse(i)
		for k, c := range cols {
			t.start[int(c)-dense+1]++
			norms[i] += vals[k] * vals[k]
		}
		norms[i] = math.Sqrt(norms[i])
	}
	for c := 1; c < len(t.start); c++ {
		t.start[c] += t.start[c-1]
	}
	t.row = make([]int32, m.Stored())
	t.val = make([]float32, m.Stored())
	next := append([]int32(nil), t.start...)
	for i := range m.Rows() {
		cols, vals := m.Sparse(i)
		for k, c := range cols {
			at := next[int(c)-dense]
			next[int(c)-dense]++
			t.row[at], t.val[at] = int32(i), rounded(vals[k]/norms[i])
		}
	}
	return t, nil
}

// Raw is the score of each row of m, as log-odds that are not calibrated. It uses at
// most threads goroutines; 0 is one per processor. Columns beyond the model's are
// ignored.
func (t *Model) Raw(m *matrix.Matrix, threads int) []float64 {
	out := make([]float64, m.Rows())
	work.Split(m.Rows(), threads, 256, func(lo, hi int) {
		sims := make([]float32, len(t.y))
		for i := lo; i < hi; i++ {
			t.similarities(m, i, sims)
			out[i] = t.raw(sims)
		}
	})
	return out
}

func (t *Model) similarities(m *matrix.Matrix, i int, sims []float32) {
	clear(sims)
	dense := m.DenseCols()
	cols, vals := m.Sparse(i)
	norm := 0.0
	for _, v := range vals {
		norm += v * v
	}
	if norm == 0 {
		return
	}
	norm = 1 / math.Sqrt(norm)
	for k, c := range cols {
		c := int(c) - dense
		if c+1 >= len(t.start) {
			break
		}
		x := float32(vals[k] * norm)
		a, b := t.start[c], t.start[c+1]
		rows, weights := t.row[a:b], t.val[a:b]
		for j, r := range rows {
			sims[r] += x * weights[j]
		}
	}
}

func (t *Model) raw(sims []float32) float64 {
	liked, sum := prior*t.base, prior
	for j, s := range sims {
		k := float64(s) * float64(s) * float64(s) * t.w[j]
		sum += k
		liked += k * t.y[j]
	}
	share := min(0.9999, max(0.0001, liked/sum))
	return math.Log(share / (1 - share))
}

// Likest is the training row with a label of at least a half that row i of m
// resembles most, and the cosine; -1 if there is none.
func (t *Model) Likest(m *matrix.Matrix, i int) (row int, cosine float64) {
	sims := make([]float32, len(t.y))
	t.similarities(m, i, sims)
	row = -1
	for j, s := range sims {
		if t.y[j] >= 0.5 && float64(s) > cosine {
			row, cosine = j, float64(s)
		}
	}
	return row, cosine
}

const (
	kind    = "neighbour"
	version = 3
	floats  = 2 // its values had four bytes; version 1 held a second similarity
)

// Write writes the model in the project's own format.
func (t *Model) Write(w io.Writer) error {
	var e container.Encoder
	e.Float(t.base)
	e.Floats(t.y)
	e.Floats(t.w)
	e.Int32s(t.start)
	e.Int32s(t.row)
	// The first bytes of all, then the second ones: the first, with the exponents, are
	// much alike, and compress well.
	for _, shift := range []int{24, 16} {
		half := make([]uint8, len(t.val))
		for i, v := range t.val {
			half[i] = uint8(math.Float32bits(v) >> shift)
		}
		e.Bytes8(half)
	}
	return container.Write(w, kind, version, e.Bytes())
}

// Read reads what Write wrote.
func Read(r io.Reader) (*Model, error) {
	v, payload, err := container.Read(r, kind, version)
	if err != nil {
		return nil, err
	}
	if v < floats {
		return nil, errors.New("the learner of likeness was written by an older program: train a new model")
	}
	d := container.NewDecoder(payload)
	t := &Model{}
	t.base = d.Float()
	t.y, t.w = d.Floats(), d.Floats()
	t.start, t.row = d.Int32s(), d.Int32s()
	if v == floats {
		for _, v := range d.Int32s() {
			t.val = append(t.val, math.Float32frombits(uint32(v)))
		}
	} else {
		high, low := d.Bytes8(), d.Bytes8()
		if len(low) != len(high) {
			d.Fail()
			high = nil
		}
		for i := range high {
			t.val = append(t.val, math.Float32frombits(uint32(high[i])<<24|uint32(low[i])<<16))
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	if !t.consistent() {
		return nil, errors.New("the model file is damaged: its index does not fit its rows")
	}
	return t, nil
}

func (t *Model) consistent() bool {
	if len(t.y) == 0 || len(t.w) != len(t.y) || len(t.row) != len(t.val) || len(t.start) == 0 ||
		t.start[0] != 0 || int(t.start[len(t.start)-1]) != len(t.row) {
		return false
	}
	for i := 1; i < len(t.start); i++ {
		if t.start[i] < t.start[i-1] {
			return false
		}
	}
	for _, r := range t.row {
		if r < 0 || int(r) >= len(t.y) {
			return false
		}
	}
	return true
}
