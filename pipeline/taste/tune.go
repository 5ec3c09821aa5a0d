package taste

import (
	"context"
	"math"
	"math/rand/v2"

	"cratedigger/model"
)

// Trial is one set of learners that was tried, and what it reached.
type Trial struct {
	LogLoss  float64         `json:"log_loss"` // of the ensemble, out of fold
	Learners []model.Learner `json:"learners"`
}

// tune tries n sets of parameters around the given ones on the folds of the
// training rows and returns the best by the ensemble's out-of-fold log loss
// (random search: Bergstra and Bengio 2012). The given ones are the first
// trial, so that tuning never leaves what was better.
func tune(ctx context.Context, data model.Data, learners []model.Learner, n int, o Options) ([]model.Learner, []Trial, error) {
	rng := rand.New(rand.NewPCG(o.Seed, 0x7e1a))
	best, history := learners, []Trial(nil)
	lowest := math.Inf(1)
	for k := range n {
		candidate := learners
		if k > 0 {
			candidate = vary(learners, rng)
		}
		e, err := model.Train(ctx, data, candidate, model.Options{Seed: o.Seed, Threads: o.Parallel})
		if err != nil {
			return nil, nil, err
		}
		loss := e.Report.Ensemble.LogLoss
		history = append(history, Trial{loss, candidate})
		if loss < lowest {
			best, lowest = candidate, loss
		}
		if o.Progress != nil {
			o.Progress("tune", k+1, n)
		}
	}
	return best, history, nil
}

// vary draws other parameters for each learner, log-uniformly around its own.
func vary(learners []model.Learner, rng *rand.Rand) []model.Learner {
	around := func(v, factor float64) float64 { return v * math.Exp((2*rng.Float64()-1)*math.Log(factor)) }
	out := make([]model.Learner, len(learners))
	for i, l := range learners {
		if l.Linear != nil {
			p := *l.Linear
			p.C = around(p.C, 10)
			l.Linear = &p
		}
		if l.Boost != nil {
			p := *l.Boost
			p.Trees = int(around(float64(p.Trees), 2))
			p.Leaves = 3 + rng.IntN(12)
			p.LearningRate = around(p.LearningRate, 2)
			p.MinData = 2 + rng.IntN(15)
			p.FeatureFraction = 0.15 + 0.6*rng.Float64()
			p.BaggingFraction = 0.5 + 0.5*rng.Float64()
			l.Boost = &p
		}
		if l.Forest != nil {
			p := *l.Forest
			p.MinLeaf = 1 + rng.IntN(6)
			l.Forest = &p
		}
		if l.Neighbour.Nearest > 0 {
			l.Neighbour.Nearest = 1 + rng.IntN(8)
		}
		out[i] = l
	}
	return out
}
