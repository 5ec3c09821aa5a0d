package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/limit"
)

// guilds follows the guilds as they come and go, and keeps their settings.
type guilds struct {
	store         GuildStore
	client        *discord.Client
	tasks         *tasks
	log           *slog.Logger
	now           func() time.Time
	sleep         func(ctx context.Context, d time.Duration) error // between tries
	texts         *text.Catalogue
	limits        limit.Table
	allowList     []string                            // ids; empty lets every guild in
	firstSettings func(id, name string) catalog.Guild // settings of a guild that the bot has just joined; may be nil
	changed       func(guildID string)                // tells whoever keeps the schedules

	joining sync.Mutex // READY and GUILD_CREATE may name the same guild at once
	mu      sync.Mutex
	hints   map[string]guildHints
}

// guildHints is what Discord said of a guild: its language, and whom to tell
// when something is wrong.
type guildHints struct {
	locale, owner, system, updates string

	arrivals int // how often Discord has told of the guild: that the bot is in it
}

// allowed reports whether the allow-list lets a guild in.
func (gs *guilds) allowed(guildID string) bool {
	return len(gs.allowList) == 0 || slices.Contains(gs.allowList, guildID)
}

// note keeps what Discord says of a guild.
func (gs *guilds) note(e *discord.Guild) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	gs.hints[e.ID] = guildHints{e.Locale, e.OwnerID, e.System, e.Updates, gs.hints[e.ID].arrivals + 1}
}

// arrivals is how often Discord has told that the bot is in a guild.
func (gs *guilds) arrivals(guildID string) int {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	return gs.hints[guildID].arrivals
}

// noteLocale keeps the language that an interaction says a guild has.
func (gs *guilds) noteLocale(guildID, locale string) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	hints := gs.hints[guildID]
	hints.locale = locale
	gs.hints[guildID] = hints
}

// language is the language of a guild's posts.
func (gs *guilds) language(g catalog.Guild) *text.Language {
	if g.Language != "" {
		return gs.texts.For(g.Language)
	}
	gs.mu.Lock()
	defer gs.mu.Unlock()
	return gs.texts.For(gs.hints[g.ID].locale)
}

// unsaved logs that a guild's row could not be changed.
func (gs *guilds) unsaved(guildID string, err error) {
	gs.log.Error("a guild could not be written down", "guild", guildID, "error", err, "code", shortCode("guild", err))
}

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

// findChannel gives a guild without a channel the one that the configuration names.
// It can be looked up by name once Discord has listed the guild's channels.
func (gs *guilds) findChannel(ctx context.Context, e *discord.Guild) {
	if gs.firstSettings == nil || !gs.allowed(e.ID) {
		return
	}
	name := gs.firstSettings(e.ID, e.Name).ChannelID
	if name == "" || discord.IsID(name) {
		return
	}
	if g, ok, err := gs.store.Guild(ctx, e.ID); err == nil && ok && g.ChannelID != "" {
		return // so that a READY with nothing new writes nothing
	}
	found := false
	err := gs.store.UpdateGuild(ctx, e.ID, func(g *catalog.Guild) error {
		if g.ChannelID == "" {
			g.ChannelID = channelNamed(e, name)
			found = g.ChannelID != ""
		}
		return nil
	})
	switch {
	case err != nil:
		gs.unsaved(e.ID, err)
	case found:
		gs.log.Info("the configured channel was found", "guild", e.ID, "channel", name)
		gs.changed(e.ID)
	}
}

// join makes sure that a guild is in the catalogue and not marked as left. It
// reports whether that changed anything.
func (gs *guilds) join(ctx context.Context, id, name string) (changed bool) {
	if !discord.IsID(id) {
		return false
	}
	if !gs.allowed(id) {
		gs.log.Debug("a guild is not on the allow-list and stays unanswered", "guild", id)
		return false
	}
	gs.joining.Lock()
	defer gs.joining.Unlock()
	g, ok, err := gs.store.Guild(ctx, id)
	switch {
	case err != nil:
	case !ok:
		changed = true
		err = gs.store.SaveGuild(ctx, gs.newGuild(id, name))
		log := gs.log.With("guild", id)
		if name != "" {
			log = log.With("name", discord.Plain(name, limitChannel))
		}
		log.Info("joined a guild")
	case !g.LeftAt.IsZero() || name != "" && g.Name != name:
		changed = !g.LeftAt.IsZero()
		err = gs.store.UpdateGuild(ctx, id, func(g *catalog.Guild) error {
			if !g.LeftAt.IsZero() && g.PauseReason != "" {
				g.Paused, g.PauseReason = false, "" // the bot's own pause; whether its channel is there will show
			}
			g.LeftAt = time.Time{}
			if name != "" {
				g.Name = name
			}
			return nil
		})
	}
	if err != nil {
		gs.unsaved(id, err)
		return false
	}
	if changed {
		gs.changed(id)
	}
	return changed
}

// newGuild is the settings of a guild that the bot has just joined.
func (gs *guilds) newGuild(id, name string) catalog.Guild {
	g := catalog.Guild{}
	if gs.firstSettings != nil {
		g = gs.firstSettings(id, name)
	}
	g.ID, g.Name, g.JoinedAt, g.LeftAt = id, name, gs.now(), time.Time{}
	if !discord.IsID(g.ChannelID) {
		g.ChannelID = "" // a name; findChannel looks it up
	}
	g.Zone, g.Picks, g.Votes = cmp.Or(g.Zone, "UTC"), cmp.Or(g.Picks, 5), cmp.Or(g.Votes, votesReactions)
	return g
}

// onGone notes that the bot was removed from a guild; an outage is not that.
func (gs *guilds) onGone(e *discord.GuildGone) {
	if e.ID == "" || e.Unavailable {
		return
	}
	gs.tasks.spawn("guild", func(ctx context.Context) { gs.leave(ctx, e.ID) })
}

// leave marks a guild as left.
func (gs *guilds) leave(ctx context.Context, guildID string) {
	ctx, release := catalog.Accepted(ctx)
	defer release()
	g, ok, err := gs.store.Guild(ctx, guildID)
	if err != nil || !ok || !g.LeftAt.IsZero() {
		return
	}
	err = gs.store.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error {
		g.LeftAt = gs.now()
		return nil
	})
	if err != nil {
		gs.unsaved(guildID, err)
		return
	}
	gs.log.Info("left a guild; its data stays until the retention ends", "guild", guildID)
	gs.changed(guildID)
}

// findLeft marks the guilds that the bot was removed from while it was away: READY
// does not list them, and Discord confirms it. The allow-list does not matter here:
// data of a guild is deleted some time after the bot left it, whether it is listed
// or not.
func (gs *guilds) findLeft(ctx context.Context, listed map[string]bool) {
	all, err := gs.store.Guilds(ctx)
	if err != nil {
		gs.log.Error("the guilds could not be read", "error", err, "code", shortCode("guilds", err))
		return
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelGuilds)
	for _, g := range all {
		if listed[g.ID] || !g.LeftAt.IsZero() || !discord.IsID(g.ID) {
			continue
		}
		group.Go(func() error {
			if _, err := gs.hasLeft(ctx, g.ID); err != nil && ctx.Err() == nil {
				gs.log.Warn("it is not known whether the bot is still in a guild; it is taken to be", "guild", g.ID, "error", err)
			}
			return nil
		})
	}
	group.Wait()
}

// hasLeft asks Discord whether the bot has left a guild, and marks it if so. An
// error means that Discord did not say.
func (gs *guilds) hasLeft(ctx context.Context, guildID string) (left bool, err error) {
	before := gs.arrivals(guildID)
	joined := true
	err = retrying(ctx, gs.sleep, deliverTries, deliverPause, func() (err error) {
		joined, err = gs.client.Joined(ctx, guildID)
		return err
	})
	if err != nil || joined {
		return false, err
	}
	gs.joining.Lock()
	defer gs.joining.Unlock()
	if gs.arrivals(guildID) != before {
		return false, nil // it was invited again meanwhile
	}
	gs.leave(ctx, guildID)
	return true, nil
}

// onChannelGone pauses a guild whose posting channel was deleted.
func (gs *guilds) onChannelGone(e *discord.ChannelGone) {
	if e.ID == "" {
		return
	}
	gs.tasks.spawn("channel", func(ctx context.Context) {
		g, ok, err := gs.store.Guild(ctx, e.GuildID)
		if err != nil || !ok || g.ChannelID != e.ID {
			return
		}
		err = gs.pauseLost(ctx, e.GuildID, e.ID, errors.New("the channel was deleted"))
		if err != nil && !errors.Is(err, errGuildLeft) {
			gs.log.Error("a guild could not be paused", "guild", e.GuildID, "error", err, "code", shortCode("pause", err))
		}
	})
}

var errGuildLeft = errors.New("the bot is no longer in the guild")

// pauseLost pauses a guild because its channel is gone or forbidden, and tells the
// administrators once. A guild that the bot was removed from looks the same: it is
// marked as left instead (errGuildLeft). If Discord cannot tell us whether the bot
// was removed, the guild is left as it is.
func (gs *guilds) pauseLost(ctx context.Context, guildID, channelID string, reason error) error {
	g, ok, err := gs.store.Guild(ctx, guildID)
	if err != nil || !ok || g.Paused || g.ChannelID != channelID {
		return err
	}
	switch left, err := gs.hasLeft(ctx, guildID); {
	case err != nil:
		return fmt.Errorf("a channel is lost, and it is not known whether the bot is still in its guild: %w", err)
	case left:
		return errGuildLeft
	}
	first := false
	err = gs.store.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error {
		first = !g.Paused && g.ChannelID == channelID
		if first {
			g.Paused = true
			g.PauseReason = gs.language(*g).Say("pause.lost", "channel", "<#"+channelID+">")
		}
		return nil
	})
	if err != nil || !first {
		return err
	}
	gs.log.Warn("posting is paused: the channel is gone or forbidden", "guild", guildID, "channel", channelID, "error", reason, "code", shortCode("deliver", reason))
	gs.changed(guildID)
	if g, _, err = gs.store.Guild(ctx, guildID); err != nil {
		return err
	}
	gs.tellAdministrators(ctx, g, channelID)
	return nil
}

// tellAdministrators says that a guild is paused: to its owner, else in the channel
// for Discord's updates, else in the one for system messages. /status says it too.
func (gs *guilds) tellAdministrators(ctx context.Context, g catalog.Guild, lost string) {
	gs.mu.Lock()
	hints := gs.hints[g.ID]
	gs.mu.Unlock()
	m := discord.Message{Content: gs.language(g).Say("pause.notice", "guild", discord.Title(g.Name, limitChannel), "reason", g.PauseReason)}
	var channels []string
	if hints.owner != "" {
		if channel, err := gs.client.Direct(ctx, hints.owner); err == nil && channel != "" {
			channels = append(channels, channel)
		}
	}
	channels = append(channels, hints.updates, hints.system)
	for _, channel := range channels {
		if channel == "" || channel == lost {
			continue
		}
		if _, err := gs.client.Send(ctx, channel, m); err == nil {
			return
		}
	}
	gs.log.Info("nobody could be told that a guild is paused; /status says it", "guild", g.ID)
}

// change applies changes to the settings of a member's guild, in one
// transaction, unless one of them leaves its limit.
func (gs *guilds) change(ctx context.Context, c *call, changes ...func(*catalog.Guild) error) error {
	if len(changes) == 0 {
		return nil
	}
	var changed catalog.Guild
	err := gs.update(ctx, c.guild.ID, func(g *catalog.Guild) error {
		for _, change := range changes {
			if err := change(g); err != nil {
				return err
			}
		}
		if len(g.Schedule) == 0 {
			g.Schedule = []string{usualWeek.String()}
		}
		changed = *g
		return nil
	})
	if err != nil {
		return err
	}
	c.guild = changed
	gs.log.Info("settings changed", "guild", c.guild.ID, "by", c.in.UserID(), "command", c.in.Data.Name+c.in.Data.CustomID)
	gs.changed(c.guild.ID)
	return nil
}

// update changes a guild's settings, unless one of them leaves its limit: the
// error is a limit.Broken then.
func (gs *guilds) update(ctx context.Context, id string, change func(*catalog.Guild) error) error {
	return gs.store.UpdateGuild(ctx, id, func(g *catalog.Guild) error {
		before := gs.limits.Check(*g)
		if err := change(g); err != nil {
			return err
		}
		if broken := gs.limits.Check(*g, before...); len(broken) > 0 {
			return broken[0]
		}
		return nil
	})
}

// parallelGuilds is how many guilds are delivered to, or compared, at once.
const parallelGuilds = 16

// present are the guilds that the bot is in and serves.
func (gs *guilds) present(ctx context.Context) []catalog.Guild {
	all, err := gs.store.Guilds(ctx)
	if err != nil {
		if ctx.Err() == nil {
			gs.log.Error("the guilds could not be read", "error", err, "code", shortCode("guilds", err))
		}
		return nil
	}
	return slices.DeleteFunc(all, func(g catalog.Guild) bool {
		return !g.LeftAt.IsZero() || !discord.IsID(g.ID) || !gs.allowed(g.ID)
	})
}

// each calls f for some guilds, several at once.
func (gs *guilds) each(ctx context.Context, some []catalog.Guild, f func(ctx context.Context, g catalog.Guild)) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelGuilds)
	for _, g := range some {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			gs.tasks.guard("guild "+g.ID, func() { f(ctx, g) })
			return nil
		})
	}
	group.Wait()
}
