package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/taste"
)

// Sizes of what Taste looks at and shows.
const (
	tasteVideos = 200 // of the ranked list: half from the top, half from the bottom
	tasteParts  = 25  // of each kind
)

// Taste sums up what the guild's model has learned: which words, channels and
// facts move the scores of its candidates, on average over those where they
// count. Before there is a model only the numbers of votes and labels are set.
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

// LabelNext returns at most n candidates of the guild whose labels would teach
// the most: uncertain, and unlike each other. None has a label, and none is of
// exclude.
func (l *Loop) LabelNext(ctx context.Context, guildID string, n int, exclude []string) ([]Ranked, error) {
	guild, err := l.guild(guildID)
	if err != nil {
		return nil, err
	}
	history, err := l.history(guildID)
	if err != nil {
		return nil, err
	}
	skip := map[string]bool{}
	for _, id := range exclude {
		skip[id] = true
	}
	for _, v := range history.Votes {
		skip[v.VideoID] = skip[v.VideoID] || v.Value != 0
	}
	ranked, model, err := l.candidates(ctx, guild, history)
	if err != nil {
		return nil, err
	}
	if model == nil { // one that knows the videos and ranks by the rule
		if model, err = taste.Train(ctx, nil, nil, taste.Options{Seed: l.seed, Now: l.now(), Features: feature.Options{Packaging: l.opts.Learning.Packaging}}); err != nil {
			return nil, err
		}
	}
	open := slices.DeleteFunc(ranked, func(r Ranked) bool { return skip[r.Video.ID] })
	if len(open) == 0 {
		return nil, nil
	}
	videos := make([]catalog.Video, len(open))
	for i, r := range open {
		videos[i] = r.Video
	}
	ask, err := model.Ask(ctx, videos, n, l.now())
	if err != nil {
		return nil, fmt.Errorf("the videos that would teach the most could not be found: %w", err)
	}
	out := make([]Ranked, len(ask))
	for i, at := range ask {
		out[i] = open[at]
	}
	return out, nil
}

// candidate is a ranked video as the choice sees it.
func candidate(r Ranked) pick.Candidate {
	return pick.Candidate{Video: r.Video, Probability: r.Score, Raw: r.raw, Variance: r.rawVariance}
}
