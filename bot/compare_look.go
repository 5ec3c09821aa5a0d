package bot

import (
	"context"
	"slices"

	"cratedigger/pipeline/catalog"
)

// looking is a post that waits to be compared by itself.
type looking struct {
	post catalog.Post
	full bool // list its users whatever the message shows
}

// look compares one post user by user. This is needed when a reaction is removed:
// the member may still have another one that counts. Unless full, it does so only if
// the message shows votes that are not plain reactions. Each guild's posts are looked at one
// after the other, and a post waits once, however often its reactions change.
func (c *comparison) look(post catalog.Post, full bool) {
	c.mu.Lock()
	queue, going := c.waiting[post.GuildID]
	if i := slices.IndexFunc(queue, func(l looking) bool { return l.post.ID == post.ID }); i >= 0 {
		queue[i].full = queue[i].full || full
	} else {
		c.waiting[post.GuildID] = append(queue, looking{post, full})
	}
	c.mu.Unlock()
	if going {
		return
	}
	if !c.tasks.spawn("look at posts", func(ctx context.Context) { c.lookAll(ctx, post.GuildID) }) {
		c.mu.Lock()
		delete(c.waiting, post.GuildID)
		c.mu.Unlock()
	}
}

// lookAll looks at a guild's waiting posts until none is left.
func (c *comparison) lookAll(ctx context.Context, guildID string) {
	for {
		c.mu.Lock()
		queue := c.waiting[guildID]
		if len(queue) == 0 || ctx.Err() != nil {
			delete(c.waiting, guildID)
			c.mu.Unlock()
			return
		}
		// It waits no longer: what changes from here on is looked at again.
		next := queue[0]
		c.waiting[guildID] = queue[1:]
		c.mu.Unlock()
		c.tasks.guard("look at a post", func() { c.lookAt(ctx, next) })
	}
}

func (c *comparison) lookAt(ctx context.Context, l looking) {
	lock := c.locks.of(l.post.GuildID)
	lock.Lock()
	defer lock.Unlock()
	m, err := c.client.Message(ctx, l.post.ChannelID, l.post.MessageID)
	if err == nil && (l.full || severalForms(m)) {
		err = c.post(ctx, l.post, m, true, c.finding(ctx, l.post.GuildID))
	}
	if err != nil && ctx.Err() == nil {
		c.log.Warn("the reactions of a post could not be read; the next comparison does", "guild", l.post.GuildID, "post", l.post.ID, "error", err)
	}
}
