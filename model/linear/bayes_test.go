package linear_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"cratedigger/model/linear"
	"cratedigger/model/matrix"
)

// words is rows of one dense column, which must not count, and three words.
func words(t *testing.T, rows ...[3]float64) *matrix.Matrix {
	t.Helper()
	b, err := matrix.NewBuilder(1, 4)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		var cols []int32
		var vals []float64
		for j, v := range r {
			if v != 0 {
				cols, vals = append(cols, int32(j+1)), append(vals, v)
			}
		}
		if err := b.Add([]float64{float64(100 * i)}, cols, vals); err != nil {
			t.Fatal(err)
		}
	}
	return b.Matrix()
}

// TestBayesAgainstKnownAnswers: the weights are the differences of
// MultinomialNB(alpha=0.5).feature_log_prob_ of scikit-learn 1.2.1, fitted to
// the same three columns with the same weights.
func TestBayesAgainstKnownAnswers(t *testing.T) {
	x := words(t, [3]float64{1, 0, 2}, [3]float64{0, .5, 0}, [3]float64{3, 1, 0}, [3]float64{0, 0, 1})
	m, err := linear.TrainBayes(t.Context(), x, []float64{1, 0, 1, 0}, []float64{1, 2, .5, 1}, linear.DefaultBayes())
	if err != nil {
		t.Fatal(err)
	}
	want := [4]float64{0, 1.172720260822, -1.024504316514, -0.108213584640}
	for j, v := range want {
		if math.Abs(m.Weights[j]-v) > 1e-9 {
			t.Errorf("weight %d is %.12f, want %.12f", j, m.Weights[j], v)
		}
	}
	scores, err := m.Score(x)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Rows() {
		values, sum, err := m.Contributions(x, i)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			sum += v
		}
		if math.Abs(sum-scores[i]) > 1e-12 {
			t.Errorf("row %d: contributions add up to %v, the score is %v", i, sum, scores[i])
		}
	}
	var file bytes.Buffer
	if err := m.Save(&file); err != nil {
		t.Fatal(err)
	}
	loaded, err := linear.Load(&file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := loaded.Score(x)
	if err != nil {
		t.Fatal(err)
	}
	for i := range again {
		if again[i] != scores[i] {
			t.Errorf("row %d: %v before, %v after the file", i, scores[i], again[i])
		}
	}
}

func TestBayesRefuses(t *testing.T) {
	x := words(t, [3]float64{1, 0, -2}, [3]float64{0, 1, 0})
	y := []float64{1, 0}
	if _, err := linear.TrainBayes(t.Context(), x, y, nil, linear.DefaultBayes()); err == nil || !strings.Contains(err.Error(), "not negative") {
		t.Errorf("a negative value: %v", err)
	}
	if _, err := linear.TrainBayes(t.Context(), x, y, nil, linear.BayesParams{}); err == nil {
		t.Error("smoothing of 0 was taken")
	}
	if _, err := linear.TrainBayes(t.Context(), x, y[:1], nil, linear.DefaultBayes()); err == nil {
		t.Error("fewer labels than rows were taken")
	}
	one := words(t, [3]float64{1, 0, 0}, [3]float64{0, 1, 0})
	m, err := linear.TrainBayes(t.Context(), one, []float64{1, 1}, nil, linear.DefaultBayes())
	if err != nil {
		t.Fatal(err)
	}
	for j, w := range m.Weights {
		if math.IsNaN(w) || math.IsInf(w, 0) {
			t.Errorf("one class only: weight %d is %v", j, w)
		}
	}
}
