package bolt

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// changesKept is how many changes of videos are remembered at least, to tell whom they
// concern: some hundred searches. A guild that has not asked for so long counts as changed.
const changesKept = 1 << 15

// changes knows which videos changed last, and from that which guilds have to look at
// theirs again. It begins with the program, as do all who ask.
type changes struct {
	mu     sync.Mutex
	newest uint64        // the generation of the newest change
	lost   uint64        // that of the newest change that is not in list
	list   []videoChange // oldest first
	guilds map[string]seenChanges
}

type videoChange struct {
	generation uint64
	videoID    string
}

// seenChanges is a guild's generation, and up to which change it holds.
type seenChanges struct{ generation, upTo uint64 }

// note records that a change was committed: of these videos, or with nil of any.
func (c *changes) note(videoIDs []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest++
	if videoIDs == nil {
		c.list, c.lost = nil, c.newest
		return
	}
	for _, id := range videoIDs {
		c.list = append(c.list, videoChange{c.newest, strings.Clone(id)}) // of a page's text
	}
	if over := len(c.list) - changesKept; over > changesKept {
		c.lost = c.list[over-1].generation
		c.list = slices.Clone(c.list[over:])
	}
}

// forget makes the generation of one guild grow.
func (c *changes) forget(guildID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest++
	delete(c.guilds, guildID)
}

func (c *Catalog) Generation(ctx context.Context, guildID string) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	g := &c.changes
	g.mu.Lock()
	defer g.mu.Unlock()
	seen, known := g.guilds[guildID]
	if known && seen.upTo == g.newest {
		return seen.generation, nil
	}
	changed := !known || seen.upTo < g.lost
	if !changed {
		var err error
		later := sort.Search(len(g.list), func(i int) bool { return g.list[i].generation > seen.upTo })
		if changed, err = c.foundAny(ctx, guildID, g.list[later:]); err != nil {
			return 0, fmt.Errorf("it is not known whether the videos of guild %s have changed: %w", guildID, err)
		}
	}
	if changed {
		seen.generation = g.newest
	}
	seen.upTo = g.newest
	if g.guilds == nil {
		g.guilds = map[string]seenChanges{}
	}
	g.guilds[guildID] = seen
	return seen.generation, nil
}

// foundAny reports whether a guild has found any of the videos that changed.
func (c *Catalog) foundAny(ctx context.Context, guildID string, list []videoChange) (found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		finds := tx.Bucket(bucketFinds)
		for i := len(list) - 1; i >= 0 && !found; i-- {
			found = finds.Get(key(guildID, list[i].videoID)) != nil
		}
		return nil
	})
	return found, err
}
