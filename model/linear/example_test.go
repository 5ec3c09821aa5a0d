package linear_test

import (
	"context"
	"fmt"

	"cratedigger/model/linear"
	"cratedigger/model/matrix"
)

// The label follows the first column; the second tells nothing.
func ExampleTrain() {
	rows, err := matrix.FromDense(2, []float64{0, 1, 0, 0, 1, 1, 1, 0})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := linear.Train(context.Background(), rows, []float64{0, 0, 1, 1}, nil, linear.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	probability, err := m.Probability(rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	values, _, err := m.Contributions(rows, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f %.2f\n", probability[0], probability[2])
	fmt.Printf("row 2: %.2f log odds by the first column\n", values[0])
	// Output:
	// 0.40 0.60
	// row 2: 0.40 log odds by the first column
}
