package pipeline

import (
	"context"
	"fmt"
	"maps"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/taste"
)

// LabelNext returns at most n unlabelled candidates of the guild, none of them
// in exclude, whose labels would teach the model most: those it is least sure
// of, and unlike each other.
func (l *Loop) LabelNext(ctx context.Context, guildID string, n int, exclude []string) ([]Ranked, error) {
	guild, err := l.guild(guildID)
	if err != nil {
		return nil, err
	}
	history, err := l.history(guildID)
	if err != nil {
		return nil, err
	}
	ranked, _, err := l.informative(ctx, guild, history, n, exclude)
	return ranked, err
}

// informative is LabelNext of a history, with the songs of the guild's videos.
func (l *Loop) informative(ctx context.Context, guild catalog.Guild, history catalog.History, n int, exclude []string) ([]Ranked, *songbook, error) {
	skip := map[string]bool{}
	for _, id := range exclude {
		skip[id] = true
	}
	r, err := l.candidates(ctx, guild, history)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(skip, r.history.LabelledBy(""))
	model := r.model
	if model == nil { // an untrained model ranks by the rule, and can still compare videos
		if model, err = taste.Train(ctx, nil, nil, taste.Options{Seed: l.seed, Now: l.now(), Features: feature.Options{Packaging: l.opts.Learning.Packaging}}); err != nil {
			return nil, nil, err
		}
	}
	open := r.history.leaveOut(r.list, skip)
	if len(open) == 0 {
		return nil, nil, nil
	}
	videos := make([]catalog.Video, len(open))
	for i, r := range open {
		videos[i] = r.Video
	}
	ask, err := model.Ask(ctx, videos, n, l.now())
	if err != nil {
		return nil, nil, fmt.Errorf("the videos that would teach the most could not be found: %w", err)
	}
	out := make([]Ranked, len(ask))
	for i, at := range ask {
		out[i] = open[at]
	}
	return out, r.history.book, nil
}
