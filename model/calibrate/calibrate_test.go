package calibrate_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"cratedigger/model/calibrate"
	"cratedigger/model/metric"
)

// overconfident makes labels from true probabilities, and scores that push
// those towards 0 and 1.
func overconfident(seed uint64, n int) (raw, p, y []float64) {
	r := rand.New(rand.NewPCG(seed, 0))
	for range n {
		z := r.NormFloat64() - 1
		raw = append(raw, 3*z+0.5)
		p = append(p, 1/(1+math.Exp(-3*z-0.5)))
		label := 0.0
		if r.Float64() < 1/(1+math.Exp(-z)) {
			label = 1
		}
		y = append(y, label)
	}
	return raw, p, y
}

func TestCalibrationHelpsOnRowsNotSeen(t *testing.T) {
	raw, p, y := overconfident(1, 4000)
	testRaw, testP, want := overconfident(2, 4000)
	before := metric.LogLoss(want, testP, nil)
	for method, c := range map[calibrate.Method][2][]float64{
		calibrate.Platt: {raw, testRaw}, calibrate.Beta: {p, testP}, calibrate.Isotonic: {p, testP},
	} {
		m, err := calibrate.Fit(method, c[0], y, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := m.ApplyAll(c[1])
		if loss := metric.LogLoss(want, got, nil); loss > before-0.1 {
			t.Errorf("method %d: log loss %.4f, before %.4f", method, loss, before)
		}
		if e := metric.ECE(10, want, got, nil); e > 0.03 {
			t.Errorf("method %d: calibration error %.4f", method, e)
		}
		var file bytes.Buffer
		if err := m.Save(&file); err != nil {
			t.Fatal(err)
		}
		loaded, err := calibrate.Load(&file)
		if err != nil {
			t.Fatal(err)
		}
		last := -1.0
		for s := -20.0; s <= 20; s += 0.01 {
			x := s
			if method != calibrate.Platt {
				x = 1 / (1 + math.Exp(-s))
			}
			v := m.Apply(x)
			if v < last-1e-15 || !(v >= 0 && v <= 1) || loaded.Apply(x) != v {
				t.Fatalf("method %d: %v at %v after %v; loaded %v", method, v, x, last, loaded.Apply(x))
			}
			last = v
		}
	}
}

func TestPlattRecoversItsModel(t *testing.T) {
	raw, _, y := overconfident(3, 40000)
	m, err := calibrate.Fit(calibrate.Platt, raw, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(m.A-1./3) > 0.02 || math.Abs(m.C+0.5/3) > 0.04 {
		t.Errorf("slope %.4f and offset %.4f, want 0.333 and −0.167", m.A, m.C)
	}
}

func TestWeightsAreRepeats(t *testing.T) {
	_, p, y := overconfident(4, 300)
	var p2, y2, w []float64
	for i := range p {
		w = append(w, float64(1+i%3))
		for range 1 + i%3 {
			p2, y2 = append(p2, p[i]), append(y2, y[i])
		}
	}
	for _, method := range []calibrate.Method{calibrate.Platt, calibrate.Beta, calibrate.Isotonic} {
		a, err := calibrate.Fit(method, p, y, w)
		if err != nil {
			t.Fatal(err)
		}
		b, err := calibrate.Fit(method, p2, y2, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range p {
			if math.Abs(a.Apply(x)-b.Apply(x)) > 1e-6 {
				t.Fatalf("method %d at %v: %v and %v", method, x, a.Apply(x), b.Apply(x))
			}
		}
	}
}

func TestDegenerate(t *testing.T) {
	for _, method := range []calibrate.Method{calibrate.Platt, calibrate.Beta, calibrate.Isotonic} {
		for name, c := range map[string]struct{ s, y []float64 }{
			"one row":        {[]float64{.3}, []float64{1}},
			"one class":      {[]float64{.3, .4, .5}, []float64{0, 0, 0}},
			"constant score": {[]float64{.3, .3, .3, .3}, []float64{1, 0, 0, 0}},
			"wrong way":      {[]float64{.1, .2, .8, .9}, []float64{1, 1, 0, 0}},
			"separated":      {[]float64{0, 0, 1, 1}, []float64{0, 0, 1, 1}},
		} {
			m, err := calibrate.Fit(method, c.s, c.y, nil)
			if err != nil {
				t.Fatal(err)
			}
			last := 0.0
			for _, x := range []float64{0, .1, .3, .5, .9, 1} {
				v := m.Apply(x)
				if !(v > 0 && v < 1) || v < last-1e-12 {
					t.Errorf("method %d, %s: %v at %v after %v", method, name, v, x, last)
				}
				last = v
			}
		}
	}
	if _, err := calibrate.Fit(calibrate.Beta, []float64{math.NaN()}, []float64{1}, nil); err == nil {
		t.Error("a NaN score was accepted")
	}
	if _, err := calibrate.Fit(calibrate.Beta, nil, nil, nil); err == nil {
		t.Error("no rows were accepted")
	}
}

func ExampleFit() {
	score := []float64{.1, .2, .3, .4, .6, .7, .8, .9}
	y := []float64{0, 0, 0, 1, 0, 0, 1, 1}
	m, err := calibrate.Fit(calibrate.Choose(len(y)), score, y, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f %.2f\n", m.Apply(.1), m.Apply(.9))
	// Output: 0.18 0.77
}

func FuzzLoad(f *testing.F) {
	m, err := calibrate.Fit(calibrate.Isotonic, []float64{.1, .9}, []float64{0, 1}, nil)
	if err != nil {
		f.Fatal(err)
	}
	var file bytes.Buffer
	if err := m.Save(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := calibrate.Load(bytes.NewReader(data)); err == nil {
			m.Apply(0.5)
		}
	})
}
