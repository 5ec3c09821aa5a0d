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

// overconfident makes labels from true probabilities, and scores p that push
// those towards 0 and 1.
func overconfident(seed uint64, n int) (p, truth, y []float64) {
	r := rand.New(rand.NewPCG(seed, 0))
	for range n {
		z := r.NormFloat64() - 1
		p = append(p, 1/(1+math.Exp(-3*z-0.5)))
		truth = append(truth, 1/(1+math.Exp(-z)))
		label := 0.0
		if r.Float64() < truth[len(truth)-1] {
			label = 1
		}
		y = append(y, label)
	}
	return p, truth, y
}

func TestCalibrationHelpsOnRowsNotSeen(t *testing.T) {
	p, _, y := overconfident(1, 4000)
	test, truth, want := overconfident(2, 4000)
	m, err := calibrate.Fit(p, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, off := make([]float64, len(test)), 0.0
	for i, v := range test {
		got[i] = m.Apply(v)
		off += math.Abs(got[i]-truth[i]) / float64(len(test))
	}
	if before, loss := metric.LogLoss(want, test, nil), metric.LogLoss(want, got, nil); loss > before-0.1 {
		t.Errorf("log loss %.4f, before %.4f", loss, before)
	}
	if off > 0.03 {
		t.Errorf("the probabilities are off by %.4f on average", off)
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
	for x := 0.0; x <= 1; x += 0.0005 {
		v := m.Apply(x)
		if v < last-1e-15 || !(v >= 0 && v <= 1) || loaded.Apply(x) != v {
			t.Fatalf("%v at %v after %v; loaded %v", v, x, last, loaded.Apply(x))
		}
		last = v
	}
}

func TestWeightsAreRepeats(t *testing.T) {
	p, _, y := overconfident(4, 300)
	var p2, y2, w []float64
	for i := range p {
		w = append(w, float64(1+i%3))
		for range 1 + i%3 {
			p2, y2 = append(p2, p[i]), append(y2, y[i])
		}
	}
	a, err := calibrate.Fit(p, y, w)
	if err != nil {
		t.Fatal(err)
	}
	b, err := calibrate.Fit(p2, y2, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range p {
		if math.Abs(a.Apply(x)-b.Apply(x)) > 1e-6 {
			t.Fatalf("at %v: %v and %v", x, a.Apply(x), b.Apply(x))
		}
	}
}

func TestDegenerate(t *testing.T) {
	for name, c := range map[string]struct{ s, y []float64 }{
		"one row":        {[]float64{.3}, []float64{1}},
		"one class":      {[]float64{.3, .4, .5}, []float64{0, 0, 0}},
		"constant score": {[]float64{.3, .3, .3, .3}, []float64{1, 0, 0, 0}},
		"wrong way":      {[]float64{.1, .2, .8, .9}, []float64{1, 1, 0, 0}},
		"separated":      {[]float64{0, 0, 1, 1}, []float64{0, 0, 1, 1}},
	} {
		m, err := calibrate.Fit(c.s, c.y, nil)
		if err != nil {
			t.Fatal(err)
		}
		last := 0.0
		for _, x := range []float64{0, .1, .3, .5, .9, 1} {
			v := m.Apply(x)
			if !(v > 0 && v < 1) || v < last-1e-12 {
				t.Errorf("%s: %v at %v after %v", name, v, x, last)
			}
			last = v
		}
	}
	if _, err := calibrate.Fit([]float64{math.NaN()}, []float64{1}, nil); err == nil {
		t.Error("a NaN score was accepted")
	}
	if _, err := calibrate.Fit(nil, nil, nil); err == nil {
		t.Error("no rows were accepted")
	}
}

func ExampleFit() {
	p := []float64{.1, .2, .3, .4, .6, .7, .8, .9}
	y := []float64{0, 0, 0, 1, 0, 0, 1, 1}
	m, err := calibrate.Fit(p, y, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f %.2f\n", m.Apply(.1), m.Apply(.9))
	// Output: 0.12 0.83
}

func FuzzLoad(f *testing.F) {
	m, err := calibrate.Fit([]float64{.1, .9}, []float64{0, 1}, nil)
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
