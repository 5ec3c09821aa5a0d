package taste

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestLabBacktest(t *testing.T) {
	for _, name := range []string{"oliv", "maioli"} {
		start := time.Now()
		r, err := Backtest(t.Context(), readReference(t, name), ReplayOptions{Policy: PolicyGreedy, Repeats: 2, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(os.Stdout, "%s G %.3f (%.3f) random %.3f (%.3f) hits", name, r.G, r.GSD, r.Random, r.RandomSD)
		for _, k := range []int{25, 50, 100, 200} {
			fmt.Printf(" %.1f", r.Mean(k))
		}
		fmt.Println(" ", time.Since(start).Round(time.Millisecond))
	}
}
