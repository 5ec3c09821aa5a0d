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

	Artist, Song string // "" where videos are no songs by artists

	Energy  float64 // 0 calm to 1 wild
	Quality float64 // 0 poor to 1 excellent
}

// taste is how much each trait pleases.
type taste struct {
	weights map[string]float64 // "genre:jazz" → liking, unit spread
	energy  float64            // the energy that pleases most
	songs   [2]uint64          // seeds of what songs please: all members, and this one
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
	artistCounts   = 1.3
	songCounts     = 0.65
)

// sharedTaste is the correlation of a member's weights with those that all share.
const sharedTaste = 0.8

func (t *taste) likes(v Traits) float64 {
	d := v.Energy - t.energy
	return genreCounts*t.weights["genre:"+v.Genre] + moodCounts*t.weights["mood:"+v.Mood] +
		eraCounts*t.weights["era:"+v.Era] + languageCounts*t.weights["language:"+v.Language] +
		formatCounts*t.weights["format:"+v.Format] + energyCounts*(0.5-3*d*d) + qualityCounts*2*(v.Quality-0.5) +
		artistCounts*t.weights["artist:"+v.Artist] + songCounts*t.song(v.Song)
}

// song is how much a song pleases for itself. New ones come every day, so it is drawn
// when it is asked for, and never drifts.
func (t *taste) song(name string) float64 {
	if name == "" {
		return 0
	}
	draw := func(seed uint64) float64 { return rand.New(rand.NewPCG(seed, hash(name))).NormFloat64() }
	return sharedTaste*draw(t.songs[0]) + ownTaste*draw(t.songs[1])
}

var ownTaste = math.Sqrt(1 - sharedTaste*sharedTaste)

// keys are the traits of a sample that a taste has weights for, sorted.
func keys(sample []Traits) []string {
	set := map[string]bool{}
	for _, v := range sample {
		for _, k := range []string{"genre:" + v.Genre, "mood:" + v.Mood, "era:" + v.Era, "language:" + v.Language, "format:" + v.Format} {
			set[k] = true
		}
		if v.Artist != "" {
			set["artist:"+v.Artist] = true
		}
	}
	out := make([]string, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// newTaste draws a taste; with a parent, one that agrees with it in part.
func newTaste(rng *rand.Rand, names []string, parent *taste, songs [2]uint64) taste {
	t := taste{weights: map[string]float64{}, energy: rng.Float64(), songs: songs}
	for _, k := range names {
		x := rng.NormFloat64()
		if parent != nil {
			x = sharedTaste*parent.weights[k] + ownTaste*x
		}
		t.weights[k] = x
	}
	if parent != nil {
		t.energy = min(1, max(0, sharedTaste*parent.energy+(1-sharedTaste)*t.energy))
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
