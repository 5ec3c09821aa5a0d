package tune_test

import (
	"context"
	"fmt"
	"math"

	"cratedigger/model/tune"
)

// A loss that is least at a learning rate of 0.1 and at 20 leaves.
func ExampleSearch() {
	space := []tune.Dimension{
		{Name: "learning rate", Low: 0.001, High: 1, Log: true},
		{Name: "leaves", Low: 2, High: 64, Whole: true},
	}
	loss := func(_ context.Context, p []float64) (float64, error) {
		return math.Pow(math.Log10(p[0])+1, 2) + math.Pow((p[1]-20)/62, 2), nil
	}
	start := []float64{0.5, 60}
	best, history, err := tune.Search(context.Background(), space, start, tune.Options{Trials: 60, Seed: 1}, loss)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(history), "trials; the first was the start:", history[0].Point)
	fmt.Println("the loss fell to less than a hundredth:", best.Loss < history[0].Loss/100)
	// Output:
	// 60 trials; the first was the start: [0.5 60]
	// the loss fell to less than a hundredth: true
}
