package kernel_test

import (
	"context"
	"fmt"

	"cratedigger/model/kernel"
	"cratedigger/model/matrix"
)

// What is liked lies in two opposite directions, which no straight line parts
// from the rest.
func ExampleTrain() {
	rows, err := matrix.FromDense(2, []float64{1, 0, -1, 0, 0, 1, 0, -1})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := kernel.Train(context.Background(), rows, []float64{1, 1, 0, 0}, nil, kernel.Params{C: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := m.Score(rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range scores {
		fmt.Println(s > 0)
	}
	// Output:
	// true
	// true
	// false
	// false
}
