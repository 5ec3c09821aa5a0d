package model

import (
	"context"
	"fmt"
)

// Scores are an ensemble's scores of rows.
type Scores struct {
	Raw         []float64 // log-odds
	Probability []float64
	Variance    []float64   // of Raw: over the leaves of the trees, and between the learners
	Learners    [][]float64 // by learner: its share of Raw, not counting the shift
	Alone       [][]float64 // by learner: the probability it would give alone
}

// Score scores rows, which need the views that the learners read.
func (e *Ensemble) Score(ctx context.Context, r Rows, threads int) (*Scores, error) {
	raw, err := e.LearnerScores(ctx, r, threads, nil)
	if err != nil {
		return nil, err
	}
	return e.Combine(raw, r, threads)
}

// LearnerScores are the raw scores by learner, of the learners for which only
// returns true (all, if it is nil); the others' are nil. So scores from views that
// have not changed can be kept.
func (e *Ensemble) LearnerScores(ctx context.Context, r Rows, threads int, only func(Learner) bool) ([][]float64, error) {
	raw := make([][]float64, len(e.fitted))
	for l, f := range e.fitted {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if only != nil && !only(e.Learners[l]) {
			continue
		}
		var err error
		if raw[l], err = f.scores(r, threads); err != nil {
			return nil, fmt.Errorf("learner %s: %w", e.Learners[l].Name, err)
		}
	}
	return raw, nil
}

// Combine combines the raw scores of all learners. Of r it reads only the views of
// the tree learners, for the variance.
func (e *Ensemble) Combine(raw [][]float64, r Rows, threads int) (*Scores, error) {
	n := len(raw[0])
	s := &Scores{Raw: make([]float64, n), Probability: make([]float64, n), Variance: make([]float64, n),
		Learners: make([][]float64, len(raw)), Alone: make([][]float64, len(raw))}
	slope := 0.0
	for _, w := range e.stack.Weight {
		slope += w
	}
	for l := range raw {
		s.Learners[l], s.Alone[l] = make([]float64, n), make([]float64, n)
		for i := range n {
			s.Alone[l][i] = sigmoid(e.alone[l].raw(raw[l:l+1], i))
		}
		w := e.stack.Weight[l]
		if w == 0 {
			continue
		}
		scale := w / e.stack.Scale[l]
		for i := range n {
			s.Learners[l][i] = scale * (raw[l][i] - e.stack.Mean[l])
			s.Raw[i] += s.Learners[l][i]
		}
		if f, ok := e.fitted[l].(fittedTrees); ok {
			variance, err := f.variances(r, raw[l], threads)
			if err != nil {
				return nil, fmt.Errorf("learner %s: %w", e.Learners[l].Name, err)
			}
			for i, v := range variance {
				s.Variance[i] += scale * scale * v
			}
		}
	}
	for i := range n {
		// Disagreement between learners is uncertainty: take the variance of
		// the scores that each would give if it had all the weight, and divide
		// it by the effective number of learners, as for any weighted mean.
		if slope > 0 {
			between, squares := 0.0, 0.0
			for l, w := range e.stack.Weight {
				if w > 0 {
					d := s.Learners[l][i]*slope/w - s.Raw[i]
					between += w / slope * d * d
					squares += w / slope * w / slope
				}
			}
			s.Variance[i] += between * squares
		}
		s.Raw[i] += e.stack.Shift
		s.Probability[i] = e.curve.probability(s.Raw[i])
	}
	return s, nil
}
