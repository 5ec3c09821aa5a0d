package importance_test

import (
	"math/rand/v2"
	"testing"

	"cratedigger/model/forest"
	"cratedigger/model/importance"
	"cratedigger/model/matrix"
	"cratedigger/model/metric"
)

func TestPermutationFindsTheColumnsThatMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	b, err := matrix.NewBuilder(2, 4)
	if err != nil {
		t.Fatal(err)
	}
	var y []float64
	for range 600 {
		x, word := r.NormFloat64(), r.IntN(2)
		var cols []int32
		var vals []float64
		if word == 1 {
			cols, vals = append(cols, 3), append(vals, 1)
		}
		if r.IntN(2) == 1 {
			cols, vals = append(cols, 2), append(vals, 1)
		}
		if err := b.Add([]float64{r.NormFloat64(), x}, cols, vals); err != nil {
			t.Fatal(err)
		}
		label := 0.0
		if x+2*float64(word) > 1 {
			label = 1
		}
		y = append(y, label)
	}
	m := b.Matrix()
	model, err := forest.Train(t.Context(), m, y, nil, forest.Defaults(), forest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	figure := func(score []float64) float64 { return metric.ROCAUC(y, score, nil) }
	loss, err := importance.Permutation(t.Context(), m, []int{0, 1, 2, 3}, 3, 1, model.Probability, figure)
	if err != nil {
		t.Fatal(err)
	}
	for j, least := range []float64{-1, 0.1, -1, 0.1} {
		if loss[j].Mean < least || (least < 0 && loss[j].Mean > 0.05) {
			t.Errorf("column %d loses %.3f ± %.3f", j, loss[j].Mean, loss[j].SD)
		}
	}
	if _, err := importance.Permutation(t.Context(), m, []int{4}, 1, 1, model.Probability, figure); err == nil {
		t.Error("a column that is not there was measured")
	}
}
