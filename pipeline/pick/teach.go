package pick

import (
	"cmp"
	"math"
	"slices"
)

// teachPool is how many of the least certain candidates are looked at closely.
const teachPool = 300

// Teaching returns at most n candidates whose labels would teach the most: the
// model is unsure of them, and they are unlike each other (the greedy form of
// uncertainty with diversity; Settles 2009, sections 3.1 and 5.3). The same
// candidates give the same answer.
func Teaching(candidates []Candidate, n int) []Candidate {
	pool := slices.DeleteFunc(slices.Clone(candidates), func(c Candidate) bool { return math.IsNaN(c.Probability) })
	slices.SortStableFunc(pool, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(doubt(b), doubt(a)), cmp.Compare(a.Video.ID, b.Video.ID))
	})
	pool = pool[:min(len(pool), max(teachPool, n))]
	looks := make([]look, len(pool))
	for i, c := range pool {
		looks[i] = lookOf(c.Video)
	}
	nearest := make([]float64, len(pool)) // likeness to the likest chosen
	taken := make([]bool, len(pool))
	var chosen []Candidate
	for len(chosen) < n {
		best, worth := -1, 0.0
		for i, c := range pool {
			if w := (0.01 + doubt(c)) * (1.01 - nearest[i]); !taken[i] && w > worth {
				best, worth = i, w
			}
		}
		if best < 0 {
			break
		}
		taken[best] = true
		chosen = append(chosen, pool[best])
		for i := range pool {
			nearest[i] = max(nearest[i], min(1, alike(looks[i], looks[best])))
		}
	}
	return chosen
}

// doubt is how unsure a score is, 0 to about 1: near an even chance, and more
// where the learners disagree.
func doubt(c Candidate) float64 {
	p := min(1, max(0, c.Probability))
	return 2*p*(1-p) + 0.5*p*(1-p)*math.Sqrt(max(0, c.Variance))
}
