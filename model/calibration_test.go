package model

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
)

// The true probabilities do not follow a logistic curve in the scores: with many
// labels an isotonic map learns them and keeps the order; with few there is no map.
func TestIsotonicCalibrationOfManyLabels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	n := 6000
	d := Data{Y: make([]float64, n)}
	raw, truth, rows := make([]float64, n), make([]float64, n), make([]int, n)
	for i := range raw {
		raw[i], rows[i] = 6*rng.Float64()-3, i
		if truth[i] = 0.1; raw[i] > 1 {
			truth[i] = 0.7
		}
		if rng.Float64() < truth[i] {
			d.Y[i] = 1
		}
	}
	c, err := fitCalibration(d, rows[:4000], raw)
	if err != nil || c.isotonic == nil {
		t.Fatalf("no isotonic map of 4000 labels: %v", err)
	}
	before, after := 0.0, 0.0
	for i := 4000; i < n; i++ {
		p, q := sigmoid(raw[i]), c.probability(raw[i])
		before += (p - truth[i]) * (p - truth[i])
		after += (q - truth[i]) * (q - truth[i])
	}
	if after > before/10 {
		t.Errorf("squared error %.1f before and %.1f after", before, after)
	}
	last := -1.0
	for x := -4.0; x < 4; x += 0.01 {
		p := c.probability(x)
		if p <= last || p >= 1 {
			t.Fatalf("at %v the probability is %v after %v", x, p, last)
		}
		last = p
	}
	if c, err := fitCalibration(d, rows[:1999], raw); err != nil || c.isotonic != nil {
		t.Errorf("1999 labels: %v, %v", c.isotonic, err)
	}
}

func TestIsotonicCalibrationIsKeptInTheFile(t *testing.T) {
	d := made(t, 2600, 3)
	e, err := Train(t.Context(), d, []Learner{{Name: "linear", Kind: Linear, View: "sparse", Starts: []float64{1}}}, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !e.Report.Isotonic || !e.Report.Useful {
		t.Fatalf("%+v", e.Report)
	}
	var file bytes.Buffer
	if err := e.Write(&file); err != nil {
		t.Fatal(err)
	}
	loaded, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	test := made(t, 50, 4)
	a, err := e.Score(t.Context(), test.Rows, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := loaded.Score(t.Context(), test.Rows, 0)
	if err != nil || !reflect.DeepEqual(a.Probability, b.Probability) {
		t.Errorf("probabilities changed in the file: %v", err)
	}
}
