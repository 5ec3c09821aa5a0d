package tune

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

var bowl = []Dimension{
	{Name: "x", Low: -5, High: 5},
	{Name: "c", Low: 0.001, High: 1000, Log: true},
	{Name: "n", Low: 1, High: 20, Whole: true},
}

// bowlLoss is 0 at x = 2, c = 0.1, n = 7.
func bowlLoss(_ context.Context, p []float64) (float64, error) {
	x, c, n := p[0]-2, math.Log10(p[1])+1, (p[2]-7)/5
	return x*x + c*c + n*n, nil
}

func TestSearchBeatsRandomSearch(t *testing.T) {
	wins := 0
	const seeds = 20
	for seed := range uint64(seeds) {
		best, history, err := Search(t.Context(), bowl, []float64{-4, 100, 18}, Options{Trials: 60, Seed: seed}, bowlLoss)
		if err != nil || len(history) != 60 {
			t.Fatal(err, len(history))
		}
		rng := rand.New(rand.NewPCG(seed, 5))
		random := math.Inf(1)
		for range 60 {
			l, _ := bowlLoss(t.Context(), []float64{bowl[0].value(rng.Float64()), bowl[1].value(rng.Float64()), bowl[2].value(rng.Float64())})
			random = min(random, l)
		}
		if best.Loss < random {
			wins++
		}
	}
	if wins < 15 {
		t.Errorf("better than random search in %d of %d", wins, seeds)
	}
}

func TestInterruptedSearchGoesOnAsIfItHadNot(t *testing.T) {
	start := []float64{0, 1, 3}
	_, whole, err := Search(t.Context(), bowl, start, Options{Trials: 30, Seed: 4}, bowlLoss)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("power cut")
	calls := 0
	_, first, err := Search(t.Context(), bowl, start, Options{Trials: 30, Seed: 4}, func(ctx context.Context, p []float64) (float64, error) {
		if calls++; calls > 17 {
			return 0, broken
		}
		return bowlLoss(ctx, p)
	})
	if !errors.Is(err, broken) || len(first) != 17 {
		t.Fatalf("%v with %d trials kept", err, len(first))
	}
	best, second, err := Search(t.Context(), bowl, start, Options{Trials: 30, Seed: 4, History: first}, bowlLoss)
	if err != nil || !reflect.DeepEqual(whole, second) {
		t.Fatalf("a resumed search differs: %v", err)
	}
	for _, trial := range second {
		if trial.Loss < best.Loss {
			t.Errorf("%v is better than the best, %v", trial, best)
		}
		for i, d := range bowl {
			if v := trial.Point[i]; v < d.Low || v > d.High || d.Whole && v != math.Round(v) {
				t.Errorf("%s is %v", d.Name, v)
			}
		}
	}
}

func TestSearchEndsInTimeAndNeverWithWorseThanItsStart(t *testing.T) {
	now := time.Unix(0, 0)
	o := Options{Trials: 1000, Budget: time.Minute, Now: func() time.Time { return now }, Seed: 1}
	best, history, err := Search(t.Context(), bowl, []float64{2, 0.1, 7}, o, func(ctx context.Context, p []float64) (float64, error) {
		now = now.Add(7 * time.Second)
		return bowlLoss(ctx, p)
	})
	if err != nil || len(history) != 9 {
		t.Errorf("%d trials of 7 s in a minute, %v", len(history), err)
	}
	if best.Loss > 1e-12 {
		t.Errorf("the start was best, the search ended with %v", best)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Search(ctx, bowl, []float64{2, 0.1, 7}, Options{Trials: 5}, bowlLoss); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled search gave %v", err)
	}
}

func TestWhatCannotBeSearchedIsRefused(t *testing.T) {
	nan := func(context.Context, []float64) (float64, error) { return math.NaN(), nil }
	for name, call := range map[string]func() error{
		"no dimensions": func() error { _, _, err := Search(t.Context(), nil, nil, Options{Trials: 1}, nan); return err },
		"start outside": func() error {
			_, _, err := Search(t.Context(), bowl, []float64{9, 1, 1}, Options{Trials: 1}, nan)
			return err
		},
		"log of zero": func() error {
			_, _, err := Search(t.Context(), []Dimension{{Low: 0, High: 1, Log: true}}, []float64{0}, Options{Trials: 1}, nan)
			return err
		},
		"history of another space": func() error {
			_, _, err := Search(t.Context(), bowl, []float64{0, 1, 1}, Options{Trials: 3, History: []Trial{{Point: []float64{1}}}}, nan)
			return err
		},
		"no clock": func() error {
			_, _, err := Search(t.Context(), bowl, []float64{0, 1, 1}, Options{Trials: 3, Budget: 1}, nan)
			return err
		},
	} {
		if call() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if best, _, err := Search(t.Context(), bowl, []float64{0, 1, 1}, Options{Trials: 15}, nan); err != nil || best.Loss != math.MaxFloat64 {
		t.Errorf("a loss that is no number gave %v, %v", best, err)
	}
}

func TestValuesComeBack(t *testing.T) {
	for _, d := range bowl {
		for u := 0.0; u <= 1; u += 0.1 {
			v := d.value(u)
			if w := d.value(d.at(v)); math.Abs(w-v) > 1e-9*(1+math.Abs(v)) {
				t.Errorf("%s: %v came back as %v", d.Name, v, w)
			}
		}
	}
}
