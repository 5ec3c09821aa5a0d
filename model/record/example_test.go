package record_test

import (
	"context"
	"fmt"
	"math"

	"cratedigger/model/record"
)

// One liked video of a channel says less than three, and none says what the
// base rate does.
func ExampleTrain() {
	channels := of("harbour", "harbour", "harbour", "attic", "chrome", "chrome", "chrome")
	liked := []float64{1, 1, 1, 1, 0, 0, 0}
	m, err := record.Train(context.Background(), channels, liked, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	asked := []string{"harbour", "attic", "chrome", "never seen"}
	for i, raw := range m.Raw(of(asked...)) {
		fmt.Printf("%s: %.2f\n", asked[i], 1/(1+math.Exp(-raw)))
	}
	// Output:
	// harbour: 0.89
	// attic: 0.78
	// chrome: 0.14
	// never seen: 0.56
}
