package matrix_test

import (
	"fmt"
	"os"

	"cratedigger/model/matrix"
)

// A row is a few numbers that every row has, then the words that it has.
func ExampleBuilder() {
	b, err := matrix.NewBuilder(1, 4) // one number, three words
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range []struct {
		length []float64
		words  []int32
		counts []float64
	}{
		{[]float64{215}, []int32{1, 3}, []float64{1, 2}},
		{[]float64{180}, nil, nil},
	} {
		if err := b.Add(row.length, row.words, row.counts); err != nil {
			fmt.Println(err)
			return
		}
	}
	m := b.Matrix()
	fmt.Println(m.Rows(), "rows,", m.Cols(), "columns,", m.Stored(), "stored; a word that is not there:", m.At(1, 3))
	if err := matrix.WriteLibSVM(os.Stdout, m, []float64{1, 0}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 2 rows, 4 columns, 2 stored; a word that is not there: 0
	// 1 0:215 1:1 3:2
	// 0 0:180
}
