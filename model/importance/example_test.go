package importance_test

import (
	"context"
	"fmt"

	"cratedigger/model/importance"
	"cratedigger/model/matrix"
	"cratedigger/model/metric"
)

// A model that reads the first column alone loses by its shuffling alone.
func ExamplePermutation() {
	rows, err := matrix.FromDense(2, []float64{1, 5, 2, 1, 3, 4, 4, 2, 5, 3, 6, 6})
	if err != nil {
		fmt.Println(err)
		return
	}
	y := []float64{0, 0, 0, 1, 1, 1}
	predict := func(m *matrix.Matrix) ([]float64, error) {
		score := make([]float64, m.Rows())
		for i := range score {
			score[i] = m.At(i, 0)
		}
		return score, nil
	}
	auc := func(score []float64) float64 { return metric.ROCAUC(y, score, nil) }
	loss, err := importance.Permutation(context.Background(), rows, []int{0, 1}, 20, 1, predict, auc)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the first column counts:", loss[0].Mean > 0.3)
	fmt.Println("the second does not:", loss[1] == importance.Loss{})
	// Output:
	// the first column counts: true
	// the second does not: true
}
