package simguild

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Names are the members' names, in the order of their indices.
func (g *Guild) Names() []string {
	names := make([]string, len(g.members))
	for i, m := range g.members {
		names[i] = m.name
	}
	return names
}

// Liking is how much the guild likes a trait: 1 the most, -1 the least.
type Liking struct {
	Kind   string // "genre", "mood", "era", "language", "format" or "artist"
	Name   string // "jazz", "acoustic", "dreamy"
	Weight float64
}

// Tastes is what the members like on average today, strongest first, in
// either direction.
func (g *Guild) Tastes() []Liking {
	counts := map[string]float64{
		"genre": genreCounts, "mood": moodCounts, "era": eraCounts, "language": languageCounts, "format": formatCounts, "artist": artistCounts,
	}
	var all []Liking
	most := 0.0
	for _, name := range g.names {
		kind, value, _ := strings.Cut(name, ":")
		sum := 0.0
		for i := range g.members {
			sum += g.members[i].taste.weights[name]
		}
		l := Liking{Kind: kind, Name: value, Weight: counts[kind] * sum / float64(len(g.members))}
		most = max(most, math.Abs(l.Weight))
		all = append(all, l)
	}
	for i := range all {
		if most > 0 {
			all[i].Weight /= most
		}
	}
	slices.SortStableFunc(all, func(a, b Liking) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Name, b.Name))
	})
	return all
}
