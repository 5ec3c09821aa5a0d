package kernel

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"cratedigger/model/container"
	"cratedigger/model/linear"
	"cratedigger/model/matrix"
	"cratedigger/model/metric"
)

// sample makes rows of unit length in four dense columns, and of three sparse
// ones that are there half the time. The label is whether two columns have the
// same sign, which no linear learner can tell, unless sparse column 4 says so.
func sample(t testing.TB, n int, seed uint64) (*matrix.Matrix, []float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	b, err := matrix.NewBuilder(4, 7)
	if err != nil {
		t.Fatal(err)
	}
	var y []float64
	for range n {
		row, length := make([]float64, 4), 0.0
		for j := range row {
			row[j] = rng.NormFloat64()
			length += row[j] * row[j]
		}
		for j := range row {
			row[j] /= math.Sqrt(length)
		}
		var cols []int32
		var vals []float64
		for c := int32(4); c < 7; c++ {
			if rng.IntN(2) == 0 {
				cols, vals = append(cols, c), append(vals, 1)
			}
		}
		like := 0.0
		if row[0]*row[1] > 0 || len(cols) > 0 && cols[0] == 4 {
			like = 1
		}
		y = append(y, like)
		if err := b.Add(row, cols, vals); err != nil {
			t.Fatal(err)
		}
	}
	return b.Matrix(), y
}

func train(t testing.TB, x *matrix.Matrix, y, w []float64, p Params) *Model {
	t.Helper()
	m, err := Train(context.Background(), x, y, w, p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func score(t testing.TB, m *Model, x *matrix.Matrix) []float64 {
	t.Helper()
	s, err := m.Score(x)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBendsWhatALinearLearnerCuts(t *testing.T) {
	x, y := sample(t, 400, 1)
	ask, truth := sample(t, 400, 2)
	bent := metric.ROCAUC(truth, score(t, train(t, x, y, nil, Params{C: 10}), ask), nil)
	l, err := linear.Train(t.Context(), x, y, nil, linear.Defaults(), linear.Options{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := l.Score(ask)
	if err != nil {
		t.Fatal(err)
	}
	if straight := metric.ROCAUC(truth, raw, nil); bent < 0.9 || straight > 0.85 {
		t.Errorf("AUC %.3f, and %.3f of a linear learner", bent, straight)
	}
}

// TestIsTheMinimum compares with logistic regression on the kernel's features
// written out, which is another solver's answer to the same question.
func TestIsTheMinimum(t *testing.T) {
	x, y := sample(t, 120, 3)
	const c = 2.0
	m := train(t, x, y, nil, Params{C: c})
	// (1 + ⟨x,z⟩)²/4 has the features ½, √½·xᵢ, ½·xᵢ², √½·xᵢxⱼ.
	var rows []float64
	for i := range x.Rows() {
		row := []float64{0.5}
		d := x.Dense(i)
		for j, v := range d {
			row = append(row, math.Sqrt2/2*v, v*v/2)
			for _, u := range d[:j] {
				row = append(row, math.Sqrt2/2*v*u)
			}
		}
		sparse := make([]float64, 3)
		cols, vals := x.Sparse(i)
		for k, col := range cols {
			sparse[col-4] = vals[k]
		}
		rows = append(rows, append(row, sparse...)...)
	}
	wide, err := matrix.FromDense(len(rows)/x.Rows(), rows)
	if err != nil {
		t.Fatal(err)
	}
	// Its intercept is penalised as the first feature; the kernel's offset is
	// fixed, and what the data want beyond it is found by either.
	p := linear.Defaults()
	p.C, p.FitIntercept = c, false
	liked := 0.5
	for _, v := range y {
		liked += c * v
	}
	offset := math.Log(liked / (c*float64(len(y)) + 1 - liked))
	l, err := linear.Train(t.Context(), wide, y, nil, p, linear.Options{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := l.Score(wide)
	if err != nil {
		t.Fatal(err)
	}
	// The two differ by the offset alone, which is small beside the scores here.
	got := score(t, m, x)
	if r := correlation(got, raw); r < 0.999 || math.Abs(offset) > 1.5 {
		t.Errorf("the scores correlate by %.4f with an offset of %.2f", r, offset)
	}
	// At the minimum, a row's share a is what its label pulls: c·(y − p).
	s := &solver{x: x, y: y, c: make([]float64, len(y))}
	for i := range s.c {
		s.c[i] = c
	}
	if err := s.solve(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, a := range s.a {
		if want := c * (y[i] - 1/(1+math.Exp(-s.f[i]))); math.Abs(a-want) > 2e-3 {
			t.Fatalf("row %d has the share %v, and its label pulls by %v", i, a, want)
		}
	}
}

func correlation(a, b []float64) float64 {
	var ma, mb, aa, bb, ab float64
	n := float64(len(a))
	for i := range a {
		ma, mb = ma+a[i]/n, mb+b[i]/n
	}
	for i := range a {
		aa += (a[i] - ma) * (a[i] - ma)
		bb += (b[i] - mb) * (b[i] - mb)
		ab += (a[i] - ma) * (b[i] - mb)
	}
	return ab / math.Sqrt(aa*bb)
}

// TestStoredAndSummedAgree trains where the kernel is too large to be stored.
func TestStoredAndSummedAgree(t *testing.T) {
	x, y := sample(t, storedRows+200, 4)
	ask, _ := sample(t, 50, 5)
	large := train(t, x, y, nil, Params{})
	kept := &solver{x: x, y: y, c: make([]float64, len(y))}
	for i := range kept.c {
		kept.c[i] = 3
	}
	kept.storeAll()
	if err := kept.solve(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, b := score(t, large, ask), score(t, kept.form(), ask)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 0.01 {
			t.Fatalf("row %d: %v without the kernel in memory, %v with it", i, a[i], b[i])
		}
	}
}

func TestWeightsAndSharesAreRowsManyTimes(t *testing.T) {
	x, y := sample(t, 60, 6)
	var twice []int
	var labels, w []float64
	for i := range y {
		twice = append(twice, i, i, i)
		labels = append(labels, y[i], y[i], 1-y[i])
		w = append(w, 3)
	}
	soft := make([]float64, len(y))
	for i, v := range y {
		soft[i] = (1 + v) / 3
	}
	ask, _ := sample(t, 20, 7)
	a, b := score(t, train(t, x, soft, w, Params{}), ask), score(t, train(t, x.Subset(twice), labels, nil, Params{}), ask)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 5e-3 {
			t.Fatalf("row %d: %v by shares and weights, %v by rows", i, a[i], b[i])
		}
	}
}

func TestContributionsAddUp(t *testing.T) {
	x, y := sample(t, 100, 8)
	m := train(t, x, y, nil, Params{})
	for i, want := range score(t, m, x) {
		values, sum, err := m.Contributions(x, i)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			sum += v
		}
		if math.Abs(sum-want) > 1e-9 {
			t.Fatalf("row %d: the parts add up to %v, the score is %v", i, sum, want)
		}
	}
}

func TestFile(t *testing.T) {
	x, y := sample(t, 50, 9)
	m := train(t, x, y, nil, Params{})
	var file bytes.Buffer
	if err := m.Save(&file); err != nil {
		t.Fatal(err)
	}
	whole := bytes.Clone(file.Bytes())
	loaded, err := Load(&file)
	if err != nil {
		t.Fatal(err)
	}
	a, b := score(t, m, x), score(t, loaded, x)
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("row %d: %v before, %v after the file", i, a[i], b[i])
		}
	}
	whole[len(whole)-40] ^= 1
	if _, err := Load(bytes.NewReader(whole)); err == nil {
		t.Error("a damaged file loads")
	}
	narrow, err := matrix.FromDense(3, make([]float64, 6))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loaded.Score(narrow); err == nil {
		t.Error("rows of another width are scored")
	}
}

func TestOddInput(t *testing.T) {
	x, y := sample(t, 10, 10)
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := Train(ended, x, y, nil, Params{}); !errors.Is(err, context.Canceled) {
		t.Errorf("training that was called off ended with %v", err)
	}
	for name, bad := range map[string]func() error{
		"no rows":        func() error { _, err := Train(t.Context(), nil, nil, nil, Params{}); return err },
		"too few labels": func() error { _, err := Train(t.Context(), x, y[:3], nil, Params{}); return err },
		"a label of 2": func() error {
			_, err := Train(t.Context(), x, append([]float64{2}, y[1:]...), nil, Params{})
			return err
		},
		"a weight of NaN": func() error {
			_, err := Train(t.Context(), x, y, append([]float64{math.NaN()}, y[1:]...), Params{})
			return err
		},
		"C below 0": func() error { _, err := Train(t.Context(), x, y, nil, Params{C: -1}); return err },
	} {
		if bad() == nil {
			t.Errorf("%s is no error", name)
		}
	}
	// All of one kind, without weight, or not known at all: finite scores.
	blank, err := matrix.FromDense(2, []float64{math.NaN(), 0, 0, 0, math.NaN(), math.NaN()})
	if err != nil {
		t.Fatal(err)
	}
	for _, y := range [][]float64{{1, 1, 1}, {0, 0, 0}, {1, 0, 1}} {
		for _, w := range [][]float64{nil, {0, 0, 0}, {1e9, 1e9, 1e9}} {
			for i, s := range score(t, train(t, blank, y, w, Params{}), blank) {
				if math.IsNaN(s) || math.IsInf(s, 0) {
					t.Errorf("labels %v, weights %v: row %d scores %v", y, w, i, s)
				}
			}
		}
	}
}

func BenchmarkTrain(b *testing.B) {
	x, y := sample(b, 1000, 1)
	for b.Loop() {
		train(b, x, y, nil, Params{})
	}
}

// FuzzLoad reads anything as a model: it gives an error, or a model that scores.
func FuzzLoad(f *testing.F) {
	x, y := sample(f, 20, 11)
	var file bytes.Buffer
	if err := train(f, x, y, nil, Params{}).Save(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(container.Magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		// Past the checksum, which chance does not find.
		var whole bytes.Buffer
		if err := container.Write(&whole, kind, version, data); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*bytes.Reader{bytes.NewReader(data), bytes.NewReader(whole.Bytes())} {
			if m, err := Load(r); err == nil {
				if _, err := m.Score(x); err == nil {
					if _, _, err := m.Contributions(x, 0); err != nil {
						t.Errorf("scored and not explained: %v", err)
					}
				}
			}
		}
	})
}
