package bot

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"cratedigger/pipeline/catalog"
)

// atReady brings the votes of all guilds up to date after a new connection: of a few
// guilds at once, of the others in turns within an hour. A turn reads the pages of
// messages since the oldest post, and lists the users of posts whose counts changed, and
// of young posts, since one member may have gone and another come.
func (c *comparison) atReady(ctx context.Context) {
	guilds := c.guilds.present(ctx)
	c.mu.Lock()
	if c.listing != nil {
		c.listing() // it goes on below
	}
	c.sortUnlisted(guilds) // those that an earlier connection has left over are first
	waiting := make(map[string]int, len(guilds))
	for i, g := range guilds {
		waiting[g.ID] = i - len(guilds) // below the 0 of those that do not wait
	}
	c.unlisted = waiting
	c.mu.Unlock()
	c.guilds.each(ctx, guilds[:min(parallelGuilds, len(guilds))], func(ctx context.Context, g catalog.Guild) { c.catchUp(ctx, g, true) })
	c.catchUpOthers(ctx)
}

// sortUnlisted puts guilds in the order in which their users are to be listed. mu is held.
func (c *comparison) sortUnlisted(guilds []catalog.Guild) {
	slices.SortStableFunc(guilds, func(a, b catalog.Guild) int { return cmp.Compare(c.unlisted[a.ID], c.unlisted[b.ID]) })
}

// catchUp compares a guild's posts, unless that was done since the newest READY: the young
// ones user by user, or with list false all by their counts, and the guild still waits
// then.
func (c *comparison) catchUp(ctx context.Context, g catalog.Guild, list bool) {
	c.mu.Lock()
	_, waits := c.unlisted[g.ID]
	c.mu.Unlock()
	if !waits {
		return
	}
	err := c.guild(ctx, g, func(p catalog.Shown) bool { return list && c.younger(p, missedYoung) })
	c.failed(ctx, g, err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && list {
		delete(c.unlisted, g.ID)
	}
}

// listed is how many lists of users there were so far.
func (c *comparison) listed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lists
}

// catchUpOthers compares the guilds that still wait for it, in turns. It ends what an
// earlier call has going.
func (c *comparison) catchUpOthers(ctx context.Context) {
	guilds := c.guilds.present(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listing != nil {
		c.listing()
		c.listing = nil
	}
	guilds = slices.DeleteFunc(guilds, func(g catalog.Guild) bool { _, waits := c.unlisted[g.ID]; return !waits })
	c.sortUnlisted(guilds)
	if len(guilds) == 0 {
		return
	}
	c.listing = c.tasks.background("catch up with votes", func(ctx context.Context) {
		pace := rate.NewLimiter(rate.Every(turnEvery), 1)
		pace.Allow() // the first waits, too: a connection that comes and goes asks for nothing
		c.catchUpWithin(ctx, guilds, listCalls, pace.Wait)
	})
}

// catchUpWithin compares guilds, each after a pause; several at once where much has changed
// in them. Those of which no users are listed, because that has taken so many calls, are
// first after the next READY; their weekly sweep does not wait for it.
func (c *comparison) catchUpWithin(ctx context.Context, guilds []catalog.Guild, calls int, pause func(context.Context) error) {
	var group errgroup.Group
	group.SetLimit(parallelGuilds)
	defer group.Wait()
	before, left := c.listed(), 0
	for i, g := range guilds {
		if pause(ctx) != nil {
			return
		}
		list := i+c.listed()-before < calls // each has a page of messages, too
		if !list {
			left++
		}
		c.tasks.working.Add(1) // before it begins, so that Settle waits for it
		group.Go(func() error {
			defer c.tasks.working.Add(-1)
			c.tasks.guard("catch up with votes", func() { c.catchUp(ctx, g, list) })
			return nil
		})
	}
	if left > 0 {
		c.log.Info("some guilds' votes were compared by their numbers only; their weekly comparison reads them one by one", "guilds", left)
	}
}
