package taste

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"cratedigger/model"
	"cratedigger/pipeline/catalog"
)

// askPool is how many of the least certain videos are compared with each other.
const askPool = 50

// Ask returns the indices of up to n videos whose labels would teach the model
// most: among the least certain, those most dissimilar to each other (k-centre:
// Sener and Savarese 2018). While the rule ranks, its score takes the place of
// the uncertainty.
func (m *Model) Ask(ctx context.Context, videos []catalog.Video, n int, now time.Time) ([]int, error) {
	when := make([]time.Time, len(videos))
	for i := range when {
		when[i] = now
	}
	docs := m.cache.Documents(videos, when)
	if !m.Learned() {
		byRule := make([]float64, len(videos))
		for i, s := range m.plain(videos).Score(videos, now) {
			byRule[i] = s.Probability
		}
		space, err := m.cache.Space(videos, m.card.Seed)
		if err != nil || len(videos) == 0 {
			return nil, err
		}
		return dissimilar(space.Factors(docs), byRule, n), nil
	}
	s, err := m.scores(ctx, docs)
	if err != nil {
		return nil, err
	}
	return Informative(s, m.space.Factors(docs), n), nil
}

// Informative is Ask for rows that are already scored. factors are the rows' latent
// factors.
func Informative(s *model.Scores, factors [][]float64, n int) []int {
	uncertainty := make([]float64, len(s.Probability))
	for i, p := range s.Probability {
		// The standard deviation of the label, and that of the model's score.
		uncertainty[i] = math.Sqrt(p*(1-p)) * math.Sqrt(0.1+s.Variance[i])
	}
	return dissimilar(factors, uncertainty, n)
}

// dissimilar chooses up to n rows one by one, each time the row with the largest
// product of its uncertainty and its distance to the nearest chosen row.
func dissimilar(vectors [][]float64, doubt []float64, n int) []int {
	order := make([]int, len(doubt))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(doubt[b], doubt[a]) })
	order = order[:min(len(order), max(askPool, 3*n))]
	nearest := make([]float64, len(order))
	for k := range nearest {
		nearest[k] = math.Inf(1)
	}
	var out []int
	taken := make([]bool, len(order))
	for len(out) < n && len(out) < len(order) {
		best, bestWorth := -1, -1.0
		for k, i := range order {
			if taken[k] {
				continue
			}
			far := 1.0
			if !math.IsInf(nearest[k], 1) {
				far = nearest[k]
			}
			if worth := (0.1 + far) * doubt[i]; worth > bestWorth {
				best, bestWorth = k, worth
			}
		}
		taken[best] = true
		out = append(out, order[best])
		for k, i := range order {
			nearest[k] = min(nearest[k], distance(vectors[i], vectors[order[best]]))
		}
	}
	return out
}

// distance is one minus the cosine.
func distance(a, b []float64) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += a[i] * b[i]
		aa += a[i] * a[i]
		bb += b[i] * b[i]
	}
	if aa == 0 || bb == 0 {
		return 1
	}
	return max(0, 1-ab/math.Sqrt(aa*bb))
}
