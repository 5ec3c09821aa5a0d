package simguild

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Traits are what a video is in truth. Names may be any; only equality counts.
type Traits struct {
	Genre, Mood, Era, Language, Format string

	Energy  float64 // 0 calm to 1 wild
	Quality float64 // 0 poor to 1 excellent
}

// taste is how much each trait pleases.
type taste struct {
	weights map[string]float64 // "genre:jazz" → liking, unit spread
	energy  float64            // the energy that pleases most
}

// How much each kind of trait counts.
const (
	genreCounts    = 1.3
	moodCounts     = 0.7
	eraCounts      = 0.3
	languageCounts = 0.4
	formatCounts   = 0.8
	energyCounts   = 0.8
	qualityCounts  = 0.8
)

func (t *taste) likes(v Traits) float64 {
	d := v.Energy - t.energy
	return genreCounts*t.weights["genre:"+v.Genre] + moodCounts*t.weights["mood:"+v.Mood] +
		eraCounts*t.weights["era:"+v.Era] + languageCounts*t.weights["language:"+v.Language] +
		formatCounts*t.weights["format:"+v.Format] + energyCounts*(0.5-3*d*d) + qualityCounts*2*(v.Quality-0.5)
}

// keys are the traits of a sample that a taste has weights for, sorted.
func keys(sample []Traits) []string {
	set := map[string]bool{}
	for _, v := range sample {
		for _, k := range []string{"genre:" + v.Genre, "mood:" + v.Mood, "era:" + v.Era, "language:" + v.Language, "format:" + v.Format} {
			set[k] = true
		}
	}
	out := make([]string, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// newTaste draws a taste; with a parent, one that shares the given part of it.
func newTaste(rng *rand.Rand, names []string, parent *taste, shared float64) taste {
	t := taste{weights: map[string]float64{}, energy: rng.Float64()}
	own := math.Sqrt(1 - shared*shared)
	for _, k := range names {
		x := rng.NormFloat64()
		if parent != nil {
			x = shared*parent.weights[k] + own*x
		}
		t.weights[k] = x
	}
	if parent != nil {
		t.energy = min(1, max(0, shared*parent.energy+(1-shared)*t.energy))
	}
	return t
}

// drift moves a taste by a small random step.
func (t *taste) drift(rng *rand.Rand, names []string, step float64) {
	keep := math.Sqrt(1 - step*step)
	for _, k := range names {
		t.weights[k] = keep*t.weights[k] + step*rng.NormFloat64()
	}
	t.energy = min(1, max(0, t.energy+0.3*step*rng.NormFloat64()))
}

// String names what pleases most and least.
func (t *taste) String() string {
	names := make([]string, 0, len(t.weights))
	for k := range t.weights {
		if strings.HasPrefix(k, "genre:") || strings.HasPrefix(k, "mood:") || strings.HasPrefix(k, "format:") {
			names = append(names, k)
		}
	}
	count := map[string]float64{"genre": genreCounts, "mood": moodCounts, "format": formatCounts}
	worth := func(k string) float64 {
		kind, _, _ := strings.Cut(k, ":")
		return count[kind] * t.weights[k]
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := worth(b) - worth(a); d != 0 {
			return int(math.Copysign(1, d))
		}
		return strings.Compare(a, b)
	})
	short := func(list []string) string {
		out := make([]string, len(list))
		for i, k := range list {
			_, out[i], _ = strings.Cut(k, ":")
		}
		return strings.Join(out, ", ")
	}
	n := min(4, len(names)/2)
	return fmt.Sprintf("likes %s at energy %.1f, not %s", short(names[:n]), t.energy, short(names[len(names)-n:]))
}
