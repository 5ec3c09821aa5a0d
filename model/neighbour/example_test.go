package neighbour_test

import (
	"context"
	"fmt"

	"cratedigger/model/matrix"
	"cratedigger/model/neighbour"
)

// Rows are sets of words; a new row is scored by the rows that share them.
func ExampleTrain() {
	words := func(rows ...[]int32) *matrix.Matrix {
		b, err := matrix.NewBuilder(0, 4)
		if err != nil {
			panic(err)
		}
		for _, row := range rows {
			ones := make([]float64, len(row))
			for i := range ones {
				ones[i] = 1
			}
			if err := b.Add(nil, row, ones); err != nil {
				panic(err)
			}
		}
		return b.Matrix()
	}
	known := words([]int32{0, 1}, []int32{2, 3}, []int32{1}, []int32{3})
	m, err := neighbour.Train(context.Background(), known, []float64{1, 0, 1, 0}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fresh := words([]int32{0, 1, 3}, []int32{2})
	scores := m.Raw(fresh, 0)
	row, cosine := m.Likest(fresh, 0)
	fmt.Printf("the first is likelier to be liked: %v\n", scores[0] > 0 && scores[1] < 0)
	fmt.Printf("it resembles row %d most, with a cosine of %.2f\n", row, cosine)
	// Output:
	// the first is likelier to be liked: true
	// it resembles row 0 most, with a cosine of 0.82
}
