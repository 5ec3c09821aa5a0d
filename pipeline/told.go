package pipeline

import (
	"context"
	"fmt"
	"slices"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// toldMost is how many pages are read in a day at most of videos that people told of.
const toldMost = 100

// readTold reads pages of videos that people told of by their ids alone and of which the
// catalogue has none: as many as the guilds' searches are likely to leave over today,
// each person's first ones before anybody's next. It returns how many it read; the
// others wait.
func (l *Loop) readTold(ctx context.Context) (read int, err error) {
	guilds, err := l.store.Guilds(ctx)
	if err != nil {
		return 0, fmt.Errorf("the guilds could not be read: %w", err)
	}
	type waiting struct {
		id    string
		place int // among those of who told it
	}
	var all []waiting
	seen := map[string]bool{}
	for _, g := range guilds {
		if !g.LeftAt.IsZero() {
			continue
		}
		history, err := l.history(ctx, g.ID)
		if err != nil {
			return 0, err
		}
		var ids []string
		for _, p := range history.Preferences {
			ids = append(ids, p.VideoID)
		}
		known, err := l.store.VideosByID(ctx, ids)
		if err != nil {
			return 0, fmt.Errorf("the videos that people told of could not be read: %w", err)
		}
		place := map[string]int{}
		for _, p := range history.Preferences {
			if p.VideoID == "" || seen[p.VideoID] || !known[p.VideoID].DetailedAt.IsZero() {
				continue // a page that showed no video is not read again
			}
			seen[p.VideoID] = true
			all = append(all, waiting{p.VideoID, place[p.MemberID]})
			place[p.MemberID]++
		}
	}
	slices.SortStableFunc(all, func(a, b waiting) int { return a.place - b.place })
	left, err := l.shares.leftOver(ctx, min(len(all), toldMost))
	if err != nil || left == 0 {
		return 0, err
	}
	var ids []string
	for _, w := range all[:left] {
		ids = append(ids, w.id)
	}
	err = l.source.Read(ctx, ids, func(page youtube.Page) error {
		read++
		return l.keepPage(ctx, page, catalog.Sighting{})
	})
	if err != nil {
		return read, fmt.Errorf("not all pages of videos that people told of were read: %w", err)
	}
	return read, nil
}
