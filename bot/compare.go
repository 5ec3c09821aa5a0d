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
	sweepEvery   = 7 * 24 * time.Hour // equal counts can hide that one member left and another came
	missedYoung  = 3 * 24 * time.Hour // age up to which posts are compared user by user after a connection
	comparePages = 200                // pages of messages read at most in one comparison of a channel

	// Calls, roughly, that list users after a connection, beside those of a few guilds at
	// once. With a page of messages for each, 2,500 guilds then take less than 5,000.
	listCalls = 1500
	// Time between the turns of two guilds then: 2,500, as many as one connection may have,
	// take an hour.
	turnEvery = time.Hour / 2500
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
	dropped map[string]bool      // guilds that lost events and are to be swept
	waiting map[string][]looking // by guild; a guild that has a key has a task that looks

	lists    int                // lists of users so far
	unlisted map[string]int     // guilds whose posts wait to be compared after a READY, and in which order
	listing  context.CancelFunc // ends what catchUpOthers has going; nil if nothing is
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
	c.tasks.spawn("compare soon", func(ctx context.Context) {
		ctx, release := catalog.Accepted(ctx)
		defer release()
		if err := c.store.SetState(ctx, sweepState(guildID), nil); err != nil {
			c.log.Error("a comparison could not be asked for", "guild", guildID, "error", err)
		}
	})
}

func sweepState(guildID string) string { return "swept/" + guildID }

// all compares every guild. For posts younger than young it lists the users even
// where the counts agree; once a week it does so for all posts.
func (c *comparison) all(ctx context.Context, young time.Duration) {
	guilds := c.guilds.present(ctx)
	sweeps := c.sweeps(ctx, guilds)
	var mu sync.Mutex
	done := map[string][]byte{} // states
	c.guilds.each(ctx, guilds, func(ctx context.Context, g catalog.Guild) {
		full := sweeps[g.ID]
		begun := c.now()
		err := c.guild(ctx, g, func(p catalog.Shown) bool { return full || c.younger(p, young) })
		if err != nil {
			c.failed(ctx, g, err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		done[comparedState(g.ID)] = strconv.AppendInt(nil, begun.Unix(), 10)
		if full {
			done[sweepState(g.ID)] = strconv.AppendInt(nil, c.now().Unix(), 10)
		}
	})
	c.mu.Lock()
	for id := range c.dropped { // meanwhile: these are swept again, also after a restart
		delete(done, sweepState(id))
	}
	c.mu.Unlock()
	if len(done) == 0 {
		return
	}
	// In one transaction, however many guilds there are, and of those that ended in time.
	ctx, release := catalog.Accepted(ctx)
	defer release()
	if err := c.store.SetStates(ctx, done); err != nil {
		c.log.Error("it could not be noted that the votes were compared with Discord", "error", err)
	}
}

// sweeps are the guilds of which this comparison lists all users: those that lost events,
// and those that were not swept for a week, so many of them that all have their turn in
// half a week, the longest waiting first.
func (c *comparison) sweeps(ctx context.Context, guilds []catalog.Guild) map[string]bool {
	swept := map[string]time.Time{}
	var due []string
	for _, g := range guilds {
		if at := c.moment(ctx, sweepState(g.ID)); c.now().Sub(at) >= sweepEvery {
			swept[g.ID] = at
			due = append(due, g.ID)
		}
	}
	slices.SortStableFunc(due, func(a, b string) int { return swept[a].Compare(swept[b]) })
	hours := int(sweepEvery / compareEvery)
	most := max(parallelGuilds, (2*len(guilds)+hours-1)/hours)
	all := map[string]bool{}
	for _, id := range due[:min(most, len(due))] {
		all[id] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range guilds {
		if c.dropped[g.ID] {
			all[g.ID] = true
			delete(c.dropped, g.ID)
		}
	}
	return all
}

// younger reports whether a post was sent less than so long ago.
func (c *comparison) younger(p catalog.Shown, than time.Duration) bool {
	return c.now().Sub(p.SentAt) < than
}

// failed logs that a guild could not be compared.
func (c *comparison) failed(ctx context.Context, g catalog.Guild, err error) {
	if err != nil && ctx.Err() == nil {
		c.log.Warn("the votes could not be compared with Discord", "guild", g.ID, "error", err, "code", shortCode("compare", err))
	}
}

// comparedState is when a guild's last whole comparison began.
func comparedState(guildID string) string { return "compared/" + guildID }

// moment is the time that a state holds, zero when there is none, or the clock was set
// back since.
func (c *comparison) moment(ctx context.Context, state string) time.Time {
	data, ok, err := c.store.State(ctx, state)
	at, perr := strconv.ParseInt(string(data), 10, 64)
	if err != nil || !ok || perr != nil || time.Unix(at, 0).After(c.now()) {
		return time.Time{}
	}
	return time.Unix(at, 0)
}

// guild corrects the votes on a guild's newest posts to what Discord shows; full
// tells for which posts to list the users even where the counts agree. Only one
// comparison of a guild runs at a time: a second would take the corrections of the
// first for votes that Discord does not show.
func (c *comparison) guild(ctx context.Context, g catalog.Guild, full func(catalog.Shown) bool) error {
	lock := c.locks.of(g.ID)
	lock.Lock()
	defer lock.Unlock()
	since := c.now().AddDate(0, 0, -compareDays)
	if kept := c.now().Add(-c.keep); c.keep > 0 && kept.After(since) {
		since = kept
	}
	posts, err := c.store.Shown(ctx, g.ID, since)
	if err != nil {
		return fmt.Errorf("the posts could not be read: %w", err)
	}
	byChannel := map[string][]catalog.Shown{}
	for _, p := range posts {
		byChannel[p.ChannelID] = append(byChannel[p.ChannelID], p)
	}
	var errs []error
	for channelID, posts := range byChannel {
		err := c.channel(ctx, g.ID, channelID, posts, full)
		switch {
		case err == nil:
		case discord.Classify(err) == discord.Lost:
			// There is nothing to compare with; delivery tells the administrators.
		default:
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// onDiscord is a post with the message that shows it.
type onDiscord struct {
	post    catalog.Shown
	message discord.Sent
}

// channel reads a channel's messages backwards from the newest post,
// skipping what lies between posts, and compares the posts of each page.
func (c *comparison) channel(ctx context.Context, guildID, channelID string, posts []catalog.Shown, full func(catalog.Shown) bool) error {
	slices.SortFunc(posts, func(a, b catalog.Shown) int { return -discord.CompareIDs(a.MessageID, b.MessageID) })
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
		var shown []onDiscord
		for len(posts) > 0 && (discord.CompareIDs(posts[0].MessageID, oldest) >= 0 || len(messages) < 100) {
			post := posts[0]
			posts = posts[1:]
			m, ok := found[post.MessageID]
			if !ok {
				if m, ok, err = c.missing(ctx, guildID, post); err != nil {
					return errors.Join(c.page(ctx, guildID, shown, full), err)
				}
			}
			if ok {
				shown = append(shown, onDiscord{post, m})
			}
		}
		if err := c.page(ctx, guildID, shown, full); err != nil {
			return err
		}
	}
	return nil
}

// missing asks for a post alone that its channel's page did not have, before it is
// believed to be deleted.
func (c *comparison) missing(ctx context.Context, guildID string, post catalog.Shown) (m discord.Sent, shown bool, err error) {
	m, err = c.client.Message(ctx, post.ChannelID, post.MessageID)
	switch {
	case err == nil:
		return m, true, nil
	case discord.ErrorCode(err) == discord.CodeUnknownMessage:
	case discord.Classify(err) == discord.Final:
		c.passOver(guildID, post.PostID, err)
		return m, false, nil
	default:
		return m, false, fmt.Errorf("a post could not be read: %w", err)
	}
	c.log.Info("a post was deleted on Discord", "guild", guildID, "post", post.PostID)
	if err := c.store.RetirePost(ctx, post.PostID); err != nil {
		return m, false, fmt.Errorf("a deleted post could not be noted: %w", err)
	}
	return m, false, nil
}

// page compares the posts of a page of messages. Where the counts agree, nothing more of a
// post is read than these.
func (c *comparison) page(ctx context.Context, guildID string, shown []onDiscord, full func(catalog.Shown) bool) error {
	if len(shown) == 0 {
		return nil
	}
	if err := c.votes.flush(ctx); err != nil {
		return err
	}
	ids := make([]string, len(shown))
	for i, s := range shown {
		ids[i] = s.post.PostID
	}
	counts, err := c.store.Reactions(ctx, guildID, ids...)
	if err != nil {
		return fmt.Errorf("the votes of some posts could not be counted: %w", err)
	}
	for i, s := range shown {
		directions := differ(s.message, counts[i], full(s.post))
		if len(directions) == 0 {
			continue
		}
		post, known, err := c.store.Post(ctx, s.post.PostID)
		if err == nil && known {
			err = c.users(ctx, post, s.message, directions, c.finding(ctx, guildID))
		}
		if discord.Classify(err) == discord.Final {
			c.passOver(guildID, post.ID, err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// differ are the directions whose users are to be listed: those of which Discord shows
// another number than is kept, and with full those that have any.
func differ(m discord.Sent, kept catalog.Reactions, full bool) (directions []bool) {
	for _, up := range []bool{true, false} {
		stored := kept.Down
		if up {
			stored = kept.Up
		}
		if shown := shownCount(m, up); shown != stored || full && shown > 0 {
			directions = append(directions, up)
		}
	}
	return directions
}

// passOver goes on without a post that Discord does not show, for a reason that is
// the post's alone: the older ones are compared all the same.
func (c *comparison) passOver(guildID, postID string, err error) {
	c.log.Warn("a post could not be compared with Discord and is passed over", "guild", guildID, "post", postID, "error", err)
}

// finding is what is known of the time of a vote that is found on Discord.
type finding struct {
	at    time.Time // when it counts as given
	since time.Time // when it was looked for and not there; zero: not known
}

// finding is what a comparison knows of the votes that it finds now.
func (c *comparison) finding(ctx context.Context, guildID string) finding {
	return finding{at: c.now(), since: c.moment(ctx, comparedState(guildID))}
}

// post compares one post. Events that come meanwhile are newer than what is read
// here and count instead.
func (c *comparison) post(ctx context.Context, post catalog.Post, m discord.Sent, full bool, found finding) error {
	if err := c.votes.flush(ctx); err != nil {
		return err
	}
	counts, err := c.store.Reactions(ctx, post.GuildID, post.ID)
	if err != nil {
		return fmt.Errorf("the votes of a post could not be counted: %w", err)
	}
	directions := differ(m, counts[0], full)
	if len(directions) == 0 {
		return nil
	}
	return c.users(ctx, post, m, directions, found)
}

func flagOf(v catalog.Vote, up bool) catalog.Flag {
	if up {
		return v.Up
	}
	return v.Down
}

// reactors are the members who reacted in one direction, in whatever form.
func (c *comparison) reactors(ctx context.Context, post catalog.Post, m discord.Sent, up bool) (map[string]bool, error) {
	present := map[string]bool{}
	for _, emoji := range forms(m, up) {
		kinds := []bool{false, true} // plain reactions, and bursts where there may be any
		if !hasBursts(m, emoji) {
			kinds = kinds[:1]
		}
		for _, burst := range kinds {
			after := ""
			for {
				users, err := c.client.Reactions(ctx, post.ChannelID, post.MessageID, emoji, burst, after)
				if err != nil {
					return nil, err
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
	}
	return present, nil
}

// users lists who reacted in some directions and changes the votes to that, in one
// transaction, because the order of two new flags is unknown. It lists a direction
// even if the message showed no reaction: one may have come since.
func (c *comparison) users(ctx context.Context, post catalog.Post, m discord.Sent, directions []bool, found finding) error {
	c.mu.Lock()
	c.lists += len(directions)
	c.mu.Unlock()
	c.votes.watch(post.ID)
	present := map[bool]map[string]bool{}
	for _, up := range directions {
		var err error
		if present[up], err = c.reactors(ctx, post, m, up); err != nil {
			c.votes.unwatch(post.ID)
			if discord.ErrorCode(err) == discord.CodeUnknownMessage {
				return nil
			}
			return fmt.Errorf("the reactions of a post could not be read: %w", err)
		}
	}
	if err := c.votes.flush(ctx); err != nil {
		c.votes.unwatch(post.ID)
		return err
	}
	votes, err := c.store.PostVotes(ctx, post.ID)
	touched := c.votes.unwatch(post.ID)
	if err != nil {
		return fmt.Errorf("the votes of a post could not be read: %w", err)
	}
	if _, all := touched[""]; all {
		return nil // reactions were cleared meanwhile: the next comparison sees
	}
	var changes []catalog.VoteChange
	change := func(memberID string, up, set bool) {
		if _, newer := touched[memberID]; newer {
			return
		}
		changes = append(changes, catalog.VoteChange{GuildID: post.GuildID, VideoID: post.VideoID, PostID: post.ID, MemberID: memberID,
			Up: up, Set: set, Source: catalog.SourceReaction, At: found.at, OrderUnknown: true, Since: found.since})
	}
	for _, up := range directions {
		for _, v := range votes {
			if !flagOf(v, up).Reaction.IsZero() {
				if !present[up][v.MemberID] {
					change(v.MemberID, up, false)
				}
				delete(present[up], v.MemberID)
			}
		}
		for _, memberID := range slices.SortedFunc(maps.Keys(present[up]), discord.CompareIDs) {
			change(memberID, up, true)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	taken, err := c.votes.take(ctx, changes...)
	if err != nil {
		return fmt.Errorf("votes found on Discord could not be stored: %w", err)
	}
	if taken > 0 {
		c.log.Info("votes followed Discord's reactions", "guild", post.GuildID, "post", post.ID, "changes", taken)
	}
	return nil
}
