package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
)

const (
	compareDays  = 30 // age of the oldest post that is compared
	compareEvery = time.Hour
	sweepEvery   = 7 * 24 * time.Hour // one member may have replaced another in equal counts
	missedYoung  = 3 * 24 * time.Hour // age up to which posts are compared user by user after a connection
	comparePages = 200                // of messages, in one comparison of a channel
)

// comparison brings votes to what Discord's reactions show, where the bot may
// have missed events.
type comparison struct {
	store   Catalog
	client  *discord.Client
	guilds  *guilds
	votes   *voteWriter
	account *account
	tasks   *tasks
	log     *slog.Logger
	now     func() time.Time
	keep    time.Duration // Options.Keep
	locks   locks

	mu      sync.Mutex
	dropped map[string]bool // guilds that lost events and are to be swept
}

// soon has the next comparison list the users of all posts of a guild, because
// events of the guild were dropped. It is called for each event and writes once.
func (c *comparison) soon(guildID string) {
	c.mu.Lock()
	known := c.dropped[guildID]
	c.dropped[guildID] = true
	c.mu.Unlock()
	if known {
		return
	}
	c.log.Warn("votes could not be taken as they came; they will be compared with Discord", "guild", guildID)
	c.tasks.spawn("compare soon", func(context.Context) {
		if err := c.store.SetState(sweepState(guildID), nil); err != nil {
			c.log.Error("a comparison could not be asked for", "guild", guildID, "error", err)
		}
	})
}

func sweepState(guildID string) string { return "swept/" + guildID }

// all compares every guild. For posts younger than young it lists the users even
// where the counts agree; once a week it does so for all posts.
func (c *comparison) all(ctx context.Context, young time.Duration) {
	c.guilds.each(ctx, func(ctx context.Context, g catalog.Guild) {
		full := c.sweepDue(g.ID)
		c.mu.Lock()
		full = full || c.dropped[g.ID]
		delete(c.dropped, g.ID)
		c.mu.Unlock()
		err := c.guild(ctx, g, func(p catalog.Post) bool { return full || c.now().Sub(p.SentAt) < young })
		if err == nil && full {
			err = c.store.SetState(sweepState(g.ID), []byte(strconv.FormatInt(c.now().Unix(), 10)))
		}
		if err != nil && ctx.Err() == nil {
			c.log.Warn("the votes could not be compared with Discord", "guild", g.ID, "error", err, "code", shortCode("compare", err))
		}
	})
}

// sweepDue reports whether a guild's last sweep is a week old. The clock may
// have been set back since.
func (c *comparison) sweepDue(guildID string) bool {
	data, ok, err := c.store.State(sweepState(guildID))
	if err != nil || !ok {
		return true
	}
	at, err := strconv.ParseInt(string(data), 10, 64)
	age := c.now().Sub(time.Unix(at, 0))
	return err != nil || age >= sweepEvery || age < 0
}

// guild corrects the votes on a guild's newest posts to what Discord shows; full
// tells for which posts to list the users even where the counts agree. Only one
// comparison of a guild runs at a time: a second would take the corrections of the
// first for votes that Discord does not show.
func (c *comparison) guild(ctx context.Context, g catalog.Guild, full func(catalog.Post) bool) error {
	lock := c.locks.of(g.ID)
	lock.Lock()
	defer lock.Unlock()
	since := c.now().AddDate(0, 0, -compareDays)
	if kept := c.now().Add(-c.keep); c.keep > 0 && kept.After(since) {
		since = kept
	}
	posts, err := c.store.Posts(g.ID, since)
	if err != nil {
		return fmt.Errorf("the posts could not be read: %w", err)
	}
	byChannel := map[string][]catalog.Post{}
	for _, p := range posts {
		if p.MessageID != "" && p.State == catalog.StateSent {
			byChannel[p.ChannelID] = append(byChannel[p.ChannelID], p)
		}
	}
	var errs []error
	for channelID, posts := range byChannel {
		err := c.channel(ctx, channelID, posts, full)
		switch {
		case err == nil:
		case discord.Judge(err) == discord.Lost:
			// There is nothing to compare with; delivery tells the administrators.
		default:
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// channel reads a channel's messages backwards from the newest post,
// skipping what lies between posts, and compares each post on the way.
func (c *comparison) channel(ctx context.Context, channelID string, posts []catalog.Post, full func(catalog.Post) bool) error {
	slices.SortFunc(posts, func(a, b catalog.Post) int { return -discord.CompareIDs(a.MessageID, b.MessageID) })
	for page := 0; len(posts) > 0 && page < comparePages; page++ {
		messages, err := c.client.History(ctx, channelID, discord.IDAfter(posts[0].MessageID), 100)
		if err != nil {
			return fmt.Errorf("the messages of a channel could not be read: %w", err)
		}
		if len(messages) == 0 {
			return nil // no right to read them, or all deleted: nothing is known
		}
		found := map[string]discord.Sent{}
		for _, m := range messages {
			found[m.ID] = m
		}
		oldest := slices.MinFunc(messages, func(a, b discord.Sent) int { return discord.CompareIDs(a.ID, b.ID) }).ID
		for len(posts) > 0 && (discord.CompareIDs(posts[0].MessageID, oldest) >= 0 || len(messages) < 100) {
			post := posts[0]
			posts = posts[1:]
			m, ok := found[post.MessageID]
			if !ok { // ask for it alone before believing that it is gone
				var err error
				m, err = c.client.Message(ctx, channelID, post.MessageID)
				if err != nil && discord.ErrorCode(err) != discord.CodeUnknownMessage {
					return fmt.Errorf("a post could not be read: %w", err)
				}
				ok = err == nil
			}
			if !ok {
				c.log.Info("a post was deleted on Discord", "guild", post.GuildID, "post", post.ID)
				if err := c.store.RetirePost(post.ID); err != nil {
					return fmt.Errorf("a deleted post could not be noted: %w", err)
				}
				continue
			}
			if err := c.post(ctx, post, m, full(post)); err != nil {
				return err
			}
		}
	}
	return nil
}

// post compares one post. Events that come meanwhile are newer than what is read
// here and count instead.
func (c *comparison) post(ctx context.Context, post catalog.Post, m discord.Sent, full bool) error {
	if err := c.votes.flush(ctx); err != nil {
		return err
	}
	votes, err := c.store.PostVotes(post.ID)
	if err != nil {
		return fmt.Errorf("the votes of a post could not be read: %w", err)
	}
	for _, up := range []bool{true, false} {
		stored := 0
		for _, v := range votes {
			if !flagOf(v, up).Reaction.IsZero() {
				stored++
			}
		}
		shown := shownCount(m, emojiOf(up))
		if shown == stored && !full || shown == 0 && stored == 0 {
			continue
		}
		if err := c.users(ctx, post, up); err != nil {
			return err
		}
	}
	return nil
}

func flagOf(v catalog.Vote, up bool) catalog.Flag {
	if up {
		return v.Up
	}
	return v.Down
}

func emojiOf(up bool) string {
	if up {
		return emojiUp
	}
	return emojiDown
}

// shownCount is how many others reacted with an emoji, bursts included.
func shownCount(m discord.Sent, emoji string) int {
	for _, r := range m.Reactions {
		if r.Emoji.Name == emoji {
			n := r.Count
			if r.Details != nil {
				n = max(n, r.Details.Burst+r.Details.Normal)
			}
			if r.Me {
				n--
			}
			return n
		}
	}
	return 0
}

// users lists who reacted and corrects the votes to that. It is called even if the
// message showed nobody: somebody may have reacted since it was read.
func (c *comparison) users(ctx context.Context, post catalog.Post, up bool) error {
	c.votes.watch(post.ID)
	present := map[string]bool{}
	for _, burst := range []bool{false, true} {
		after := ""
		for {
			users, err := c.client.Reactions(ctx, post.ChannelID, post.MessageID, emojiOf(up), burst, after)
			if err != nil {
				c.votes.unwatch(post.ID)
				if discord.ErrorCode(err) == discord.CodeUnknownMessage {
					return nil
				}
				return fmt.Errorf("the reactions of a post could not be read: %w", err)
			}
			for _, u := range users {
				if !u.Bot && u.ID != c.account.id() && discord.IsID(u.ID) {
					present[u.ID] = true
				}
				if discord.CompareIDs(u.ID, after) > 0 {
					after = u.ID
				}
			}
			if len(users) < 100 {
				break
			}
		}
	}
	if err := c.votes.flush(ctx); err != nil {
		c.votes.unwatch(post.ID)
		return err
	}
	votes, err := c.store.PostVotes(post.ID)
	touched := c.votes.unwatch(post.ID)
	if err != nil {
		return fmt.Errorf("the votes of a post could not be read: %w", err)
	}
	if _, all := touched[""]; all {
		return nil // somebody cleared the reactions meanwhile: the next comparison will see
	}
	var changes []catalog.VoteChange
	change := func(memberID string, set bool) {
		if _, newer := touched[memberID]; newer {
			return
		}
		changes = append(changes, catalog.VoteChange{GuildID: post.GuildID, VideoID: post.VideoID, PostID: post.ID, MemberID: memberID,
			Up: up, Set: set, Source: catalog.SourceReaction, At: c.now(), OrderUnknown: true})
	}
	for _, v := range votes {
		if !flagOf(v, up).Reaction.IsZero() {
			if !present[v.MemberID] {
				change(v.MemberID, false)
			}
			delete(present, v.MemberID)
		}
	}
	for _, memberID := range slices.SortedFunc(maps.Keys(present), discord.CompareIDs) {
		change(memberID, true)
	}
	if len(changes) == 0 {
		return nil
	}
	if err := c.votes.apply(ctx, changes...); err != nil {
		return fmt.Errorf("votes found on Discord could not be stored: %w", err)
	}
	c.log.Info("votes followed Discord's reactions", "guild", post.GuildID, "post", post.ID, "changes", len(changes))
	return nil
}
