// Package tune searches for good parameters with few trials, by a tree-structured
// Parzen estimator (Bergstra, Bardenet, Bengio & Kégl 2011): it proposes points that
// are likely among the best trials so far and unlikely among the others. It departs
// from the paper in treating dimensions as independent, without a tree.
//
// A search depends on its space, seed and history alone: an interrupted search
// continues from its history as if it had never stopped.
package tune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Dimension is one parameter that is searched.
type Dimension struct {
	Name      string
	Low, High float64 // both included
	Log       bool    // search the logarithm; needs Low > 0
	Whole     bool    // whole numbers only
}

// Trial is one point that was tried, one value a dimension, and its loss.
type Trial struct {
	Point []float64 `json:"point"`
	Loss  float64   `json:"loss"`
}

// Options bound a search.
type Options struct {
	Trials   int              // at most, including those of History
	Budget   time.Duration    // no trial begins later; 0 means no bound
	Now      func() time.Time // for Budget; needed with it
	Seed     uint64
	History  []Trial // of an interrupted search
	Progress func(done, total int)
	Tried    func(history []Trial) // after each trial, to keep what there is
}

// Search minimises a loss over a space. The first trial is start, so that the best
// trial is never worse than start. Search returns the best trial, and all trials in
// their order. If the context ends or the loss returns an error, it returns the
// trials that were finished, and the error.
func Search(ctx context.Context, space []Dimension, start []float64, o Options, loss func(context.Context, []float64) (float64, error)) (best Trial, history []Trial, err error) {
	if err := check(space, start, o); err != nil {
		return Trial{}, nil, err
	}
	history = append([]Trial(nil), o.History...)
	var end time.Time
	if o.Budget > 0 {
		end = o.Now().Add(o.Budget)
	}
	for len(history) < o.Trials {
		if err = ctx.Err(); err != nil {
			break
		}
		if o.Budget > 0 && len(history) > 0 && !o.Now().Before(end) {
			break
		}
		point := start
		if len(history) > 0 {
			point = Propose(space, history, o.Seed)
		}
		var l float64
		if l, err = loss(ctx, point); err != nil {
			break
		}
		if math.IsNaN(l) || math.IsInf(l, 0) {
			l = math.MaxFloat64 // JSON has no infinity
		}
		history = append(history, Trial{Point: append([]float64(nil), point...), Loss: l})
		if o.Progress != nil {
			o.Progress(len(history), o.Trials)
		}
		if o.Tried != nil {
			o.Tried(slices.Clone(history))
		}
	}
	for i, t := range history {
		if i == 0 || t.Loss < best.Loss {
			best = t
		}
	}
	return best, history, err
}

func check(space []Dimension, start []float64, o Options) error {
	if len(space) == 0 || len(start) != len(space) {
		return fmt.Errorf("a search needs dimensions and a start of as many values, not %d and %d", len(space), len(start))
	}
	if o.Budget > 0 && o.Now == nil {
		return errors.New("a search bounded in time needs a clock")
	}
	for i, d := range space {
		if !(d.Low <= d.High) || math.IsInf(d.High-d.Low, 0) || d.Log && d.Low <= 0 {
			return fmt.Errorf("the bounds %v and %v of %s cannot be searched", d.Low, d.High, d.Name)
		}
		if !(start[i] >= d.Low && start[i] <= d.High) {
			return fmt.Errorf("the start %v of %s is outside of %v to %v", start[i], d.Name, d.Low, d.High)
		}
	}
	for _, t := range o.History {
		if len(t.Point) != len(space) {
			return fmt.Errorf("a trial of the history has %d values where the search has %d dimensions", len(t.Point), len(space))
		}
	}
	return nil
}
