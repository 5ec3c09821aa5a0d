package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
)

// lateFrom is how long after its minute a post is late.
const lateFrom = time.Minute

// Lateness is how late a guild's newest post came.
type Lateness struct {
	Slot catalog.Slot
	By   time.Duration // from the slot's minute until Discord took its first message; 0 if it was not late
	// Sharing is how many guilds' posts are due in that minute, if they are why; else 0,
	// as where the bot was not running at the minute.
	Sharing int
}

// Minutes are the minutes that it was late by.
func (l Lateness) Minutes() int { return int(l.By / time.Minute) }

// lateStore is what Late asks of the catalogue.
type lateStore interface {
	LastSent(ctx context.Context, guildID string) (s catalog.Slot, found bool, err error)
}

// Late says how late a guild's newest post came. sharing counts the guilds whose posts are
// due at a time, and is asked only about a late one.
func Late(ctx context.Context, store lateStore, guildID string, sharing func(at time.Time) (int, error)) (Lateness, error) {
	slot, found, err := store.LastSent(ctx, guildID)
	if err != nil {
		return Lateness{}, fmt.Errorf("when the last post came could not be read: %w", err)
	}
	late := Lateness{Slot: slot, By: slot.SentAt.Sub(slot.At)}
	if !found || late.By <= lateFrom {
		return Lateness{Slot: slot}, nil
	}
	if slot.FiredAt.IsZero() || slot.SentAt.Sub(slot.FiredAt) <= lateFrom {
		return late, nil
	}
	n, err := sharing(slot.At)
	if err != nil {
		return late, fmt.Errorf("how many servers share a minute could not be read: %w", err)
	}
	if n > 1 {
		late.Sharing = n
	}
	return late, nil
}

// Sharing counts the guilds whose posts are due at a time.
func Sharing(guilds []catalog.Guild, at time.Time) (n int) {
	for _, g := range guilds {
		posts, _ := postJob(g)
		if slot, found := posts.Next(at.Add(-time.Second)); found && mayPost(g) && slot.At.Equal(at) {
			n++
		}
	}
	return n
}

// Late says how late a guild's newest post came.
func (l *Loop) Late(ctx context.Context, guildID string) (Lateness, error) {
	return Late(ctx, l.store, guildID, func(at time.Time) (int, error) {
		guilds, err := l.store.Guilds(ctx)
		return Sharing(slices.DeleteFunc(guilds, func(g catalog.Guild) bool {
			return l.opts.Serves != nil && !l.opts.Serves(g)
		}), at), err
	})
}
