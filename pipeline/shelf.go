package pipeline

import (
	"cmp"
	"context"
	"slices"
)

// A Shelf is where a song stands among those of a guild. Each stands on one.
type Shelf string

// The shelves, in the order of Songs.
const (
	ShelfNext    Shelf = "next"    // it may be posted
	ShelfAside   Shelf = "aside"   // it may, but the owner has voted on it, a better upload is up next, or another was posted not long ago
	ShelfPosted  Shelf = "posted"  // it was posted
	ShelfBlocked Shelf = "blocked" // its artist, its channel or one of its words is blocked
)

var shelves = []Shelf{ShelfNext, ShelfAside, ShelfPosted, ShelfBlocked}

// Songs returns all songs of a guild, shelf by shelf: its candidates, what was posted,
// also where it is no candidate any more, and what is blocked. memberID is whose votes
// set songs aside. The posted ones are the newest first, the others the best. Only the
// first candidates have artists and reasons.
func (l *Loop) Songs(ctx context.Context, guildID, memberID string) ([]Ranked, error) {
	guild, history, err := l.guildHistory(ctx, guildID)
	if err != nil {
		return nil, err
	}
	r, err := l.rankAll(ctx, guild, history)
	if err != nil {
		return nil, err
	}
	next := l.upNext(ctx, r, memberID)
	for i := range r.list {
		switch c := &r.list[i]; {
		case c.Blocked.Bar != "":
			c.Shelf = ShelfBlocked
		case !c.PostedAt.IsZero():
			c.Shelf = ShelfPosted
		case next[c.Video.ID]:
			c.Shelf = ShelfNext
		default:
			c.Shelf = ShelfAside
		}
	}
	slices.SortStableFunc(r.list, func(a, b Ranked) int {
		order := cmp.Compare(slices.Index(shelves, a.Shelf), slices.Index(shelves, b.Shelf))
		if a.Shelf == ShelfPosted {
			order = cmp.Or(order, b.PostedAt.Compare(a.PostedAt))
		}
		return order
	})
	l.explainFirst(ctx, r, r.list[:len(next)])
	return r.list, nil
}

// upNext are the videos of a ranking that may be posted: of each song the best upload,
// without what was posted and what a member has voted on.
func (l *Loop) upNext(ctx context.Context, r ranking, memberID string) map[string]bool {
	open := slices.DeleteFunc(slices.Clone(r.list), func(c Ranked) bool { return c.refused || c.Posted })
	next := map[string]bool{}
	for _, c := range bestUploads(l.leaveOutKnown(ctx, r, open, memberID), r.history.book) {
		next[c.Video.ID] = true
	}
	return next
}
