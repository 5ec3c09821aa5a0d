package linear_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"cratedigger/model/linear"
	"cratedigger/model/matrix"
)

func small(t *testing.T) (*matrix.Matrix, []float64, []float64) {
	t.Helper()
	m, err := matrix.FromDense(2, []float64{0, 1.5, 1, 0, 2, -1, 3, 2, 4, .5, 1.5, 3, 2.5, -2, .5, .5})
	if err != nil {
		t.Fatal(err)
	}
	return m, []float64{0, 0, 1, 1, 1, 0, 1, 0}, []float64{1, 2, 1, .5, 1, 3, 1, 1.5}
}

// TestAgainstKnownAnswers compares the solution with that of scikit-learn 1.2.1
// (solver newton-cholesky) on the same rows.
func TestAgainstKnownAnswers(t *testing.T) {
	m, y, w := small(t)
	for _, c := range []struct {
		name            string
		change          func(*linear.Params)
		w               []float64
		a, b, intercept float64
	}{
		{"defaults", func(*linear.Params) {}, nil, 1.26109621, -0.50124747, -1.97719574},
		{"weighted, C 10", func(p *linear.Params) { p.C = 10 }, w, 3.11727158, -1.14466843, -5.4925368},
		{"balanced, C 0.5", func(p *linear.Params) { p.C, p.Balanced = .5, true }, w, 0.92676853, -0.56146987, -1.98290295},
		{"no intercept", func(p *linear.Params) { p.FitIntercept = false }, nil, 0.64187829, -0.71991393, 0},
	} {
		p := linear.Defaults()
		c.change(&p)
		got, err := linear.Train(t.Context(), m, y, c.w, p)
		if err != nil {
			t.Fatal(err)
		}
		for k, pair := range [][2]float64{{got.Weights[0], c.a}, {got.Weights[1], c.b}, {got.Intercept, c.intercept}} {
			if math.Abs(pair[0]-pair[1]) > 1e-6 {
				t.Errorf("%s: coefficient %d is %.8f, want %.8f", c.name, k, pair[0], pair[1])
			}
		}
	}
}

func TestContributionsAddUpAndFilesKeepTheModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	b, err := matrix.NewBuilder(2, 12)
	if err != nil {
		t.Fatal(err)
	}
	var y []float64
	for range 200 {
		cols, vals := []int32{int32(2 + r.IntN(5)), int32(7 + r.IntN(5))}, []float64{r.Float64(), r.NormFloat64()}
		dense := []float64{r.NormFloat64() * 1e6, math.NaN()}
		if r.Float64() < 0.5 {
			dense[1] = r.NormFloat64()
		}
		if err := b.Add(dense, cols, vals); err != nil {
			t.Fatal(err)
		}
		y = append(y, float64(r.IntN(2)))
	}
	x := b.Matrix()
	m, err := linear.Train(t.Context(), x, y, nil, linear.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := m.Save(&buf); err != nil {
		t.Fatal(err)
	}
	loaded, err := linear.Load(&buf)
	if err != nil {
		t.Fatal(err)
	}
	want, err := m.Score(x)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := loaded.Score(x)
	if err != nil {
		t.Fatal(err)
	}
	err = loaded.EachContributions(x, func(i int, values []float64, base float64) error {
		for _, v := range values {
			base += v
		}
		if math.Abs(base-raw[i]) > 1e-9 || raw[i] != want[i] {
			t.Errorf("row %d: contributions %v, score %v, before saving %v", i, base, raw[i], want[i])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDuplicatedRowsAreDoubledWeights(t *testing.T) {
	m, y, w := small(t)
	var rows []int
	double := make([]float64, len(y))
	for i := range y {
		rows = append(rows, i, i)
		double[i] = 2 * w[i]
	}
	a, err := linear.Train(t.Context(), m.Subset(rows), matrix.Pick(y, rows), matrix.Pick(w, rows), linear.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	b, err := linear.Train(t.Context(), m, y, double, linear.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for j := range a.Weights {
		if math.Abs(a.Weights[j]-b.Weights[j]) > 1e-7 {
			t.Errorf("weight %d: %v and %v", j, a.Weights[j], b.Weights[j])
		}
	}
}

func TestDegenerateInput(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for name, values := range map[string][]float64{
		"infinite":    {inf, 1, -inf, 2, 0, 3},
		"all missing": {nan, nan, nan, nan, nan, nan},
		"constant":    {5, 5, 5, 5, 5, 5},
		"huge":        {1e308, -1e308, 1e300, 1, 2, 3},
	} {
		m, err := matrix.FromDense(2, values)
		if err != nil {
			t.Fatal(err)
		}
		for _, y := range [][]float64{{0, 1, 0}, {0, 0, 0}, {1, 1, 1}} {
			model, err := linear.Train(t.Context(), m, y, nil, linear.Defaults())
			if err != nil {
				t.Errorf("%s, labels %v: %v", name, y, err)
				continue
			}
			p, err := model.Probability(m)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range p {
				if !(v >= 0 && v <= 1) {
					t.Errorf("%s, labels %v: probability of row %d is %v", name, y, i, v)
				}
			}
		}
	}
	m, y, _ := small(t)
	if _, err := linear.Train(t.Context(), m, y[:3], nil, linear.Defaults()); err == nil {
		t.Error("too few labels were accepted")
	}
	p := linear.Defaults()
	p.C = 0
	if _, err := linear.Train(t.Context(), m, y, nil, p); err == nil {
		t.Error("C of 0 was accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := linear.Train(ctx, m, y, nil, linear.Defaults()); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled training returned %v", err)
	}
}

// TestFromZero: with FromZero, columns that are 0 or missing in a row contribute
// nothing to its score.
func TestFromZero(t *testing.T) {
	b, err := matrix.NewBuilder(2, 4)
	if err != nil {
		t.Fatal(err)
	}
	var y []float64
	for i := range 40 {
		x := float64(i%5) - 2
		dense := []float64{x, 1}
		if i%10 == 0 {
			dense[0] = math.NaN()
		}
		if err := b.Add(dense, []int32{2 + int32(i%2)}, []float64{1}); err != nil {
			t.Fatal(err)
		}
		y = append(y, float64((i%5+i%2)/3))
	}
	p := linear.Defaults()
	p.FromZero = true
	m, err := linear.Train(t.Context(), b.Matrix(), y, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := m.Score(b.Matrix())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range scores {
		values, base, err := m.Contributions(b.Matrix(), i)
		if err != nil {
			t.Fatal(err)
		}
		sum := base
		for _, v := range values {
			sum += v
		}
		if math.Abs(sum-want) > 1e-9 || base != m.Intercept {
			t.Errorf("row %d: the parts add up to %v from %v, and the score is %v", i, sum, base, want)
		}
		if values[2+(i+1)%2] != 0 || i%10 == 0 && values[0] != 0 {
			t.Errorf("row %d: what is not there counts %v", i, values)
		}
	}
}
