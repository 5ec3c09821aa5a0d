package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

const (
	tasteVideos = 200 // ranked videos that Taste looks at: half from the top, half from the bottom
	tasteParts  = 25  // parts of each kind that it shows
)

// Taste summarises what a guild's model has learned.
type Taste struct {
	ModelVersion int    // 0: no model yet, the rule ranks
	Labels       int    // votes and weak negatives it learned from
	Votes        int    // votes of the guild so far
	Words        []Part // strongest |Weight| first
	Channels     []Part // strongest |Weight| first
	Facts        []Part // strongest |Weight| first
}

// Taste says which words, channels and facts move the scores of the guild's
// candidates. A part's weight is its mean over the candidates that have it.
// Before there is a model only the numbers of votes and labels are set.
func (l *Loop) Taste(ctx context.Context, guildID string) (Taste, error) {
	guild, err := l.guild(guildID)
	if err != nil {
		return Taste{}, err
	}
	history, err := l.history(guildID)
	if err != nil {
		return Taste{}, err
	}
	t := Taste{Votes: history.Cast(), Labels: len(l.labels(history))}
	ranked, model, err := l.candidates(ctx, guild, history)
	if err != nil || model == nil || !model.Learned() {
		return t, err
	}
	if len(ranked) > 0 {
		t.ModelVersion = ranked[0].ModelVersion
	}
	if len(ranked) > tasteVideos {
		ranked = append(ranked[:tasteVideos/2:tasteVideos/2], ranked[len(ranked)-tasteVideos/2:]...)
	}
	type sum struct {
		part  Part
		count int
	}
	sums := map[Part]*sum{} // by kind and name
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
			s := sums[key]
			if s == nil {
				s = &sum{part: key}
				sums[key] = s
			}
			s.part.Weight += p.Weight
			s.count++
		}
	}
	for _, s := range sums {
		s.part.Weight /= float64(s.count)
		switch s.part.Kind {
		case PartWord:
			t.Words = append(t.Words, s.part)
		case PartChannel:
			t.Channels = append(t.Channels, s.part)
		case PartFact:
			t.Facts = append(t.Facts, s.part)
		}
	}
	for _, parts := range []*[]Part{&t.Words, &t.Channels, &t.Facts} {
		slices.SortFunc(*parts, func(a, b Part) int {
			return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Name, b.Name))
		})
		*parts = (*parts)[:min(len(*parts), tasteParts)]
	}
	return t, nil
}
