package pipeline

import (
	"cmp"
	"context"
	"slices"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// LabelNext returns at most n candidates of the guild to ask about, none of them in
// exclude and none a song that has a label or that somebody told of, in the order of
// taste.Ask. Whatever asks for labels, asks here.
func (l *Loop) LabelNext(ctx context.Context, guildID string, n int, exclude []string) ([]Ranked, error) {
	guild, history, err := l.guildHistory(ctx, guildID)
	if err != nil {
		return nil, err
	}
	next, _, err := l.ask(ctx, guild, history, n, exclude)
	return next, err
}

// ask is LabelNext of a history, with the songs of the guild's videos.
func (l *Loop) ask(ctx context.Context, guild catalog.Guild, history catalog.History, n int, exclude []string) ([]Ranked, *songbook, error) {
	r, err := l.candidates(ctx, guild, history)
	if err != nil {
		return nil, nil, err
	}
	// In an order that neither score nor name decides, and that new finds do not change.
	slices.SortFunc(r.list, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(l.seed^hash(a.Video.ID), l.seed^hash(b.Video.ID)), cmp.Compare(a.Video.ID, b.Video.ID))
	})
	songs := bestUploads(r.list, r.history.book)
	skip := map[string]bool{}
	for _, id := range exclude {
		skip[r.history.upload(id)] = true
	}
	open := r.history.leaveOut(l.leaveOutKnown(ctx, r, slices.Clone(songs), ""), skip)
	isOpen := map[string]bool{}
	for _, c := range open {
		isOpen[c.Video.ID] = true
	}
	asked := slices.DeleteFunc(songs, func(c Ranked) bool { return isOpen[c.Video.ID] })
	var next []Ranked
	for _, i := range taste.Ask(videosOf(open), videosOf(asked), n) {
		next = append(next, open[i])
	}
	return next, r.history.book, nil
}

func videosOf(ranked []Ranked) []catalog.Video {
	videos := make([]catalog.Video, len(ranked))
	for i, r := range ranked {
		videos[i] = r.Video
	}
	return videos
}
