package forest_test

import (
	"context"
	"fmt"
	"testing"

	"cratedigger/model/forest"
	"cratedigger/model/internal/testdata"
	"cratedigger/model/matrix"
)

func TestRefusals(t *testing.T) {
	m, y := testdata.Sample(1, 10)
	for _, bad := range []func(*forest.Params){
		func(p *forest.Params) { p.Trees = 0 }, func(p *forest.Params) { p.MinSplit = 1 }, func(p *forest.Params) { p.MinLeaf = 0 },
		func(p *forest.Params) { p.Sample = 2 }, func(p *forest.Params) { p.Features = forest.Features{Rule: forest.Share} },
	} {
		p := forest.Defaults()
		bad(&p)
		if _, err := forest.Train(t.Context(), m, y, nil, p, 0); err == nil {
			t.Errorf("parameters %+v were accepted", p)
		}
	}
}

func ExampleTrain() {
	rows, err := matrix.FromDense(1, []float64{1, 2, 3, 4, 5, 6, 7, 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := forest.Train(context.Background(), rows, []float64{0, 0, 0, 0, 1, 1, 1, 1}, nil, forest.Defaults(), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	probability, err := m.Probability(rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(probability[0] < 0.2, probability[7] > 0.8)
	// Output: true true
}
