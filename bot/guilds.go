package bot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
)

// channelNamed returns the id of the text or announcement channel of a name,
// "" when there is none.
func channelNamed(e *discord.Guild, name string) string {
	name = strings.TrimPrefix(name, "#")
	for _, c := range e.Channels {
		if (c.Type == discord.ChannelText || c.Type == discord.ChannelNews) && strings.EqualFold(c.Name, name) {
			return c.ID
		}
	}
	return ""
}

// onGuild notes a guild that the bot is in.
func (b *Bot) onGuild(e *discord.Guild) {
	if e.ID == "" || e.Unavailable {
		return
	}
	b.mu.Lock()
	b.locales[e.ID] = e.Locale
	b.owners[e.ID] = guildHints{e.Name, e.OwnerID, e.System, e.Updates}
	b.mu.Unlock()
	b.spawn("guild", func(ctx context.Context) {
		joined := b.join(e.ID, e.Name)
		b.findChannel(e)
		if joined {
			if err := b.Deliver(ctx, e.ID); err != nil {
				b.log.Warn("messages are left to send", "guild", e.ID, "error", err)
			}
		}
	})
}

// findChannel gives a guild that has no channel yet the one that the
// configuration names: names are known only once Discord has listed them.
func (b *Bot) findChannel(e *discord.Guild) {
	if b.opts.NewGuild == nil || !b.allowed(e.ID) {
		return
	}
	name := b.opts.NewGuild(e.ID, e.Name).ChannelID
	if name == "" || discord.IsID(name) {
		return
	}
	found := false
	err := b.opts.Catalog.UpdateGuild(e.ID, func(g *catalog.Guild) error {
		if g.ChannelID == "" {
			g.ChannelID = channelNamed(e, name)
			found = g.ChannelID != ""
		}
		return nil
	})
	switch {
	case err != nil:
		b.log.Error("a guild could not be written down", "guild", e.ID, "error", err, "code", shortCode("guild", err))
	case found:
		b.log.Info("the configured channel was found", "guild", e.ID, "channel", name)
		b.changed(e.ID)
	}
}

// arrived notes the guilds that READY lists; their names come later.
func (b *Bot) arrived(ids []string) {
	for _, id := range ids {
		b.join(id, "")
	}
}

// join makes sure that a guild is in the catalogue and not marked as left. It
// reports whether that changed anything.
func (b *Bot) join(id, name string) (changed bool) {
	if !discord.IsID(id) {
		return false
	}
	if !b.allowed(id) {
		b.log.Debug("a guild is not on the allow-list and stays unanswered", "guild", id)
		return false
	}
	b.joining.Lock() // READY and GUILD_CREATE may name the same guild at once
	defer b.joining.Unlock()
	g, ok, err := b.opts.Catalog.Guild(id)
	switch {
	case err != nil:
	case !ok:
		changed = true
		err = b.opts.Catalog.SaveGuild(b.newGuild(id, name))
		log := b.log.With("guild", id)
		if name != "" {
			log = log.With("name", discord.Plain(name, limitChannel))
		}
		log.Info("joined a guild")
	case !g.LeftAt.IsZero() || name != "" && g.Name != name:
		changed = !g.LeftAt.IsZero()
		err = b.opts.Catalog.UpdateGuild(id, func(g *catalog.Guild) error {
			g.LeftAt = time.Time{}
			if name != "" {
				g.Name = name
			}
			return nil
		})
	}
	if err != nil {
		b.log.Error("a guild could not be written down", "guild", id, "error", err, "code", shortCode("guild", err))
		return false
	}
	if changed {
		b.changed(id)
	}
	return changed
}

// newGuild is the settings of a guild that was just joined.
func (b *Bot) newGuild(id, name string) catalog.Guild {
	g := catalog.Guild{}
	if b.opts.NewGuild != nil {
		g = b.opts.NewGuild(id, name)
	}
	g.ID, g.Name, g.JoinedAt, g.LeftAt = id, name, b.now(), time.Time{}
	if !discord.IsID(g.ChannelID) {
		g.ChannelID = "" // a name; findChannel looks it up
	}
	if g.Zone == "" {
		g.Zone = "UTC"
	}
	if g.Picks == 0 {
		g.Picks = 5
	}
	if g.Votes == "" {
		g.Votes = votesReactions
	}
	return g
}

// onGuildGone notes that the bot was removed; an outage is not that.
func (b *Bot) onGuildGone(e *discord.GuildGone) {
	if e.ID == "" || e.Unavailable {
		return
	}
	b.spawn("guild", func(context.Context) {
		if _, ok, err := b.opts.Catalog.Guild(e.ID); err != nil || !ok {
			return
		}
		err := b.opts.Catalog.UpdateGuild(e.ID, func(g *catalog.Guild) error {
			g.LeftAt = b.now()
			return nil
		})
		if err != nil {
			b.log.Error("a guild could not be written down", "guild", e.ID, "error", err, "code", shortCode("guild", err))
			return
		}
		b.log.Info("left a guild; its data stays until the retention ends", "guild", e.ID)
		b.changed(e.ID)
	})
}

// onChannelGone pauses a guild whose posting channel was deleted.
func (b *Bot) onChannelGone(e *discord.ChannelGone) {
	if e.ID == "" {
		return
	}
	b.spawn("channel", func(ctx context.Context) {
		g, ok, err := b.opts.Catalog.Guild(e.GuildID)
		if err != nil || !ok || g.ChannelID != e.ID {
			return
		}
		if err := b.pauseLost(ctx, e.GuildID, e.ID, fmt.Errorf("the channel was deleted")); err != nil {
			b.log.Error("a guild could not be paused", "guild", e.GuildID, "error", err, "code", shortCode("pause", err))
		}
	})
}

// pauseLost pauses a guild because its channel is gone or forbidden, and tells
// its administrators once.
func (b *Bot) pauseLost(ctx context.Context, guildID, channelID string, reason error) error {
	first := false
	err := b.opts.Catalog.UpdateGuild(guildID, func(g *catalog.Guild) error {
		first = !g.Paused && g.ChannelID == channelID
		if first {
			g.Paused = true
			g.PauseReason = b.guildLanguage(*g).Say("pause.lost", "channel", "<#"+channelID+">")
		}
		return nil
	})
	if err != nil || !first {
		return err
	}
	b.log.Warn("posting is paused: the channel is gone or forbidden", "guild", guildID, "channel", channelID, "error", reason, "code", shortCode("deliver", reason))
	b.changed(guildID)
	g, _, err := b.opts.Catalog.Guild(guildID)
	if err != nil {
		return err
	}
	b.tellAdministrators(ctx, g, channelID)
	return nil
}

// tellAdministrators says once, where administrators read, that a guild is
// paused: to its owner, else in the channel for moderators, else in the one
// for the system's messages. /status says it too.
func (b *Bot) tellAdministrators(ctx context.Context, g catalog.Guild, lost string) {
	b.mu.Lock()
	hints := b.owners[g.ID]
	b.mu.Unlock()
	m := discord.Message{Content: b.guildLanguage(g).Say("pause.notice", "guild", discord.Title(g.Name, limitChannel), "reason", g.PauseReason)}
	var channels []string
	if hints.owner != "" {
		if channel, err := b.client.Direct(ctx, hints.owner); err == nil && channel != "" {
			channels = append(channels, channel)
		}
	}
	channels = append(channels, hints.updates, hints.system)
	for _, channel := range channels {
		if channel == "" || channel == lost {
			continue
		}
		if _, err := b.client.Send(ctx, channel, m); err == nil {
			return
		}
	}
	b.log.Info("nobody could be told that a guild is paused; /status says it", "guild", g.ID)
}

// changed tells whoever keeps the schedules.
func (b *Bot) changed(guildID string) {
	if b.opts.Changed != nil {
		b.opts.Changed(guildID)
	}
}

// guildLanguage is the language of a guild's posts.
func (b *Bot) guildLanguage(g catalog.Guild) *text.Language {
	if g.Language != "" {
		return b.opts.Text.For(g.Language)
	}
	b.mu.Lock()
	locale := b.locales[g.ID]
	b.mu.Unlock()
	return b.opts.Text.For(locale)
}

// parallelGuilds is how many guilds are delivered to, or compared, at once.
const parallelGuilds = 16

// eachGuild calls f for every guild that the bot is in, several at once.
func (b *Bot) eachGuild(ctx context.Context, f func(ctx context.Context, g catalog.Guild)) {
	guilds, err := b.opts.Catalog.Guilds()
	if err != nil {
		b.log.Error("the guilds could not be read", "error", err, "code", shortCode("guilds", err))
		return
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelGuilds)
	for _, g := range guilds {
		if g.LeftAt.IsZero() && b.allowed(g.ID) && ctx.Err() == nil {
			group.Go(func() error {
				b.guard("guild "+g.ID, func() { f(ctx, g) })
				return nil
			})
		}
	}
	group.Wait()
}

// deliverAll delivers to every guild that has something waiting.
func (b *Bot) deliverAll(ctx context.Context) {
	rows, err := b.opts.Catalog.Pending("")
	if err != nil {
		b.log.Error("the outbox could not be read", "error", err, "code", shortCode("outbox", err))
		return
	}
	waiting := map[string]bool{}
	for _, row := range rows {
		waiting[row.GuildID] = true
	}
	if len(waiting) == 0 {
		return
	}
	b.eachGuild(ctx, func(ctx context.Context, g catalog.Guild) {
		if !waiting[g.ID] {
			return
		}
		if err := b.Deliver(ctx, g.ID); err != nil && ctx.Err() == nil {
			b.log.Warn("messages are left to send", "guild", g.ID, "error", err, "code", shortCode("deliver", err))
		}
	})
}

// redeliverEvery is how often messages that could not be sent are tried
// again. It is real time: what failed is the network or Discord.
const redeliverEvery = 30 * time.Second

func (b *Bot) redeliver(ctx context.Context) {
	for pause := redeliverEvery; ; {
		if discord.Sleep(ctx, pause) != nil {
			return
		}
		if !b.Connected() {
			continue
		}
		b.working.Add(1)
		b.deliverAll(ctx)
		b.working.Add(-1)
	}
}
