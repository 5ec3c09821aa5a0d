package taste

import (
	"context"
	"math"

	"cratedigger/pipeline/catalog"
)

// Predictions are the probabilities of the ensemble and of each learner alone.
type Predictions struct {
	Probability []float64
	Learners    map[string][]float64
	Weights     map[string]float64 // of the learners in the ensemble
	BaseRate    float64            // of the training labels
}

// Predict is Score for evaluation: it returns probabilities, never the rule's score.
// If the ensemble is no better out of fold than guessing, its probabilities are
// shrunk so close to the base rate that only their order tells anything. Without an
// ensemble they equal the base rate.
func (m *Model) Predict(ctx context.Context, videos []catalog.Video) (*Predictions, error) {
	p := &Predictions{Probability: make([]float64, len(videos)), Learners: map[string][]float64{}, Weights: m.card.Weights, BaseRate: m.card.BaseRate}
	if m.ensemble == nil {
		for i := range p.Probability {
			p.Probability[i] = m.card.BaseRate
		}
		return p, nil
	}
	s, err := m.scores(ctx, m.cache.Documents(videos, nil))
	if err != nil {
		return nil, err
	}
	copy(p.Probability, s.Probability)
	if !m.Learned() {
		base := math.Log(m.card.BaseRate / (1 - m.card.BaseRate))
		for i, raw := range s.Raw {
			p.Probability[i] = 1 / (1 + math.Exp(-(base + 1e-3*(raw-base))))
		}
	}
	for l, learner := range m.ensemble.Learners {
		p.Learners[learner.Name] = s.Alone[l]
	}
	return p, nil
}
