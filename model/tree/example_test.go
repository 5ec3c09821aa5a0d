package tree_test

import (
	"fmt"
	"math"

	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

// Two trees: one likes what is long, the other what is seen often. A missing
// length goes with the short ones.
func ExampleEnsemble() {
	split := func(column int32, threshold, low, high float64) tree.Tree {
		return tree.Tree{
			Feature: []int32{column}, Threshold: []float64{threshold}, Decision: []tree.Decision{tree.MissingNaN | tree.DefaultLeft},
			Left: []int32{^0}, Right: []int32{^1}, // leaves 0 and 1
			Value: []float64{low, high}, Count: []int32{50, 50}, Weight: []float64{50, 50}, Gain: []float64{1}, Shrinkage: 1,
		}
	}
	e := &tree.Ensemble{
		Columns: 2, Names: []string{"seconds", "views"}, Logistic: true, Sigmoid: 1,
		Trees: []tree.Tree{split(0, 240, -0.5, 0.5), split(1, 1000, -1, 1)},
	}
	if err := e.Check(); err != nil {
		fmt.Println(err)
		return
	}
	rows, err := matrix.FromDense(2, []float64{300, 5000, math.NaN(), 5000})
	if err != nil {
		fmt.Println(err)
		return
	}
	probability, err := e.Probability(rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	parts, base, err := e.Contributions(rows, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f %.2f\n", probability[0], probability[1])
	fmt.Printf("the second: %.1f by its missing length, %+.1f by its views, from %.1f\n", parts[0], parts[1], base)
	// Output:
	// 0.82 0.62
	// the second: -0.5 by its missing length, +1.0 by its views, from 0.0
}
