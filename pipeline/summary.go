package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"cratedigger/pipeline/taste"
)

const (
	tasteVideos = 200 // ranked videos that Taste looks at: half from the top, half from the bottom
	tasteParts  = 25  // parts of each kind that it shows
)

// Taste says which searches, channels and words move the scores of the guild's
// candidates, on average over those that have them, of which facts more, or less, is
// better, and which artists the guild likes. Parts
// that move them hardly are left out. Before there is a model only the numbers and the
// artists are set.
func (l *Loop) Taste(ctx context.Context, guildID string) (Taste, error) {
	guild, history, err := l.guildHistory(ctx, guildID)
	if err != nil {
		return Taste{}, err
	}
	r, err := l.candidates(ctx, guild, history)
	if err != nil {
		return Taste{}, err
	}
	labels, _ := l.labels(r.history, r.videos)
	t := Taste{Votes: history.Cast(), Missing: taste.Missing(labels)}
	t.Artists = slices.DeleteFunc(r.artists(), func(a ArtistRecord) bool { return a.Liked == a.Disliked })
	slices.SortStableFunc(t.Artists, func(a, b ArtistRecord) int { return cmp.Compare(b.lean(), a.lean()) })
	t.Artists = t.Artists[:min(len(t.Artists), tasteParts)]
	ranked, model := r.list, r.model
	if model == nil || !model.Learned() {
		return t, nil
	}
	if len(ranked) > 0 {
		t.ModelVersion = ranked[0].ModelVersion
	}
	t.Learned = model.Ranker(t.ModelVersion).Learned(t.Votes)
	if len(ranked) > tasteVideos {
		ranked = append(ranked[:tasteVideos/2:tasteVideos/2], ranked[len(ranked)-tasteVideos/2:]...)
	}
	moved := map[Part][]taste.Part{} // by kind and name
	for _, r := range ranked {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		x, err := model.Explain(r.Video, l.now())
		if err != nil {
			return t, fmt.Errorf("the score of video %s could not be explained: %w", r.Video.ID, err)
		}
		for _, p := range x.Parts {
			key := Part{Kind: p.Kind, Name: p.Name}
			moved[key] = append(moved[key], p)
		}
	}
	for part, all := range moved {
		for _, p := range all {
			part.Weight += p.Weight / float64(len(all))
		}
		if part.Kind == PartFact {
			part.Weight = ahead(all)
		}
		switch {
		case part.Slight():
		case part.Kind == PartQuery:
			t.Queries = append(t.Queries, part)
		case part.Kind == PartChannel:
			t.Channels = append(t.Channels, part)
		case part.Kind == PartWord && !all[0].Minor():
			t.Words = append(t.Words, part)
		case part.Kind == PartFact:
			t.Facts = append(t.Facts, part)
		}
	}
	for _, parts := range []*[]Part{&t.Queries, &t.Channels, &t.Words, &t.Facts} {
		slices.SortFunc(*parts, func(a, b Part) int {
			return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Name, b.Name))
		})
		*parts = (*parts)[:min(len(*parts), tasteParts)]
	}
	return t, nil
}

// ahead is a fact's mean weight over the half of the videos with the higher values,
// minus that over the other half; 0 if all values are the same.
func ahead(parts []taste.Part) float64 {
	parts = slices.DeleteFunc(slices.Clone(parts), func(p taste.Part) bool { return !p.Known })
	slices.SortFunc(parts, func(a, b taste.Part) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Weight, b.Weight))
	})
	n := len(parts)
	if n == 0 || parts[0].Number == parts[n-1].Number {
		return 0
	}
	// The same number never falls into both halves.
	split := n / 2
	for split > 0 && parts[split-1].Number == parts[split].Number {
		split--
	}
	for split == 0 || parts[split-1].Number == parts[split].Number {
		split++
	}
	mean := func(half []taste.Part) (m float64) {
		for _, p := range half {
			m += p.Weight / float64(len(half))
		}
		return m
	}
	return mean(parts[split:]) - mean(parts[:split])
}
