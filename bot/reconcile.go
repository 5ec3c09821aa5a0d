package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
)

const (
	compareDays  = 30                 // of posts that are compared
	compareEvery = time.Hour          //
	sweepEvery   = 7 * 24 * time.Hour // equal counts can hide a swap
	missedYoung  = 3 * 24 * time.Hour // posts this young are compared user by user after a connection
	comparePages = 200                // of messages, in one comparison of a channel
)

// compareRegularly compares the votes with Discord's reactions once an hour,
// and once a week user by user.
func (b *Bot) compareRegularly(ctx context.Context) {
	every := b.opts.Compare
	if every == 0 {
		every = compareEvery
	}
	if every < 0 {
		<-ctx.Done()
		return
	}
	for {
		if b.opts.Clock.Wait(ctx, b.now().Add(every)) != nil {
			return
		}
		if b.Connected() {
			b.working.Add(1)
			b.compareAll(ctx, 0)
			b.working.Add(-1)
		}
	}
}

// compareSoon has a guild swept at the next comparison, because events of it
// were dropped. It is called for each of them and writes only once.
func (b *Bot) compareSoon(guildID string) {
	b.mu.Lock()
	known := b.dropped[guildID]
	b.dropped[guildID] = true
	b.mu.Unlock()
	if known {
		return
	}
	b.log.Warn("votes could not be taken as they came; they will be compared with Discord", "guild", guildID)
	b.spawn("compare soon", func(context.Context) {
		if err := b.opts.Catalog.SetState(sweepState(guildID), nil); err != nil {
			b.log.Error("a comparison could not be asked for", "guild", guildID, "error", err)
		}
	})
}

func sweepState(guildID string) string { return "swept/" + guildID }

// compareAll compares every guild. Of posts younger than young it lists the
// users also where the counts agree; once a week it does so for all.
func (b *Bot) compareAll(ctx context.Context, young time.Duration) {
	b.eachGuild(ctx, func(ctx context.Context, g catalog.Guild) {
		full := b.sweepDue(g.ID)
		b.mu.Lock()
		full = full || b.dropped[g.ID]
		delete(b.dropped, g.ID)
		b.mu.Unlock()
		begun := b.now()
		err := b.compare(ctx, g, func(p catalog.Post) bool { return full || b.now().Sub(p.SentAt) < young })
		if err == nil {
			err = b.opts.Catalog.SetState(comparedState(g.ID), []byte(strconv.FormatInt(begun.Unix(), 10)))
		}
		if err == nil && full {
			err = b.opts.Catalog.SetState(sweepState(g.ID), []byte(strconv.FormatInt(b.now().Unix(), 10)))
		}
		if err != nil && ctx.Err() == nil {
			b.log.Warn("the votes could not be compared with Discord", "guild", g.ID, "error", err, "code", shortCode("compare", err))
		}
	})
}

// comparedState is when a guild's last whole comparison began.
func comparedState(guildID string) string { return "compared/" + guildID }

// comparedAt is when a guild's last whole comparison began, zero when there was
// none, or the clock was set back since.
func (b *Bot) comparedAt(guildID string) time.Time {
	data, ok, err := b.opts.Catalog.State(comparedState(guildID))
	at, perr := strconv.ParseInt(string(data), 10, 64)
	if err != nil || !ok || perr != nil || time.Unix(at, 0).After(b.now()) {
		return time.Time{}
	}
	return time.Unix(at, 0)
}

// lookAt compares one post user by user: of a reaction that was taken away,
// another one of the same member may be left.
func (b *Bot) lookAt(post catalog.Post) {
	b.spawn("look at a post", func(ctx context.Context) {
		lock := b.comparisons.of(post.GuildID)
		lock.Lock()
		defer lock.Unlock()
		m, err := b.client.Message(ctx, post.ChannelID, post.MessageID)
		if err == nil {
			err = b.comparePost(ctx, post, m, true)
		}
		if err != nil && ctx.Err() == nil {
			b.log.Warn("the reactions of a post could not be read; the next comparison does", "guild", post.GuildID, "post", post.ID, "error", err)
		}
	})
}

// sweepDue reports whether a guild's last sweep is a week old. The clock may
// have been set back since.
func (b *Bot) sweepDue(guildID string) bool {
	data, ok, err := b.opts.Catalog.State(sweepState(guildID))
	if err != nil || !ok {
		return true
	}
	at, err := strconv.ParseInt(string(data), 10, 64)
	age := b.now().Sub(time.Unix(at, 0))
	return err != nil || age >= sweepEvery || age < 0
}

// compare brings the votes of a guild's newest posts to what Discord shows;
// full names the posts whose users are listed also where the counts agree. One
// comparison of a guild goes at a time: a second would take what the first
// corrects for a vote that Discord does not show.
func (b *Bot) compare(ctx context.Context, g catalog.Guild, full func(catalog.Post) bool) error {
	lock := b.comparisons.of(g.ID)
	lock.Lock()
	defer lock.Unlock()
	since := b.now().AddDate(0, 0, -compareDays)
	if kept := b.now().Add(-b.opts.Keep); b.opts.Keep > 0 && kept.After(since) {
		since = kept
	}
	posts, err := b.opts.Catalog.Posts(g.ID, since)
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
		err := b.compareChannel(ctx, channelID, posts, full)
		switch {
		case err == nil:
		case discord.Judge(err) == discord.Lost:
			// Nothing to compare with; delivery tells the administrators.
		default:
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// compareChannel reads a channel's messages backwards from the newest post,
// skipping what lies between posts, and compares each post on the way.
func (b *Bot) compareChannel(ctx context.Context, channelID string, posts []catalog.Post, full func(catalog.Post) bool) error {
	slices.SortFunc(posts, func(a, b catalog.Post) int { return -discord.CompareIDs(a.MessageID, b.MessageID) })
	for page := 0; len(posts) > 0 && page < comparePages; page++ {
		messages, err := b.client.History(ctx, channelID, discord.IDAfter(posts[0].MessageID), 100)
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
				m, err = b.client.Message(ctx, channelID, post.MessageID)
				switch {
				case err == nil:
					ok = true
				case discord.ErrorCode(err) == discord.CodeUnknownMessage:
				case discord.Judge(err) == discord.Final:
					b.passOver(post, err)
					continue
				default:
					return fmt.Errorf("a post could not be read: %w", err)
				}
			}
			if !ok {
				b.log.Info("a post was deleted on Discord", "guild", post.GuildID, "post", post.ID)
				if err := b.opts.Catalog.RetirePost(post.ID); err != nil {
					return fmt.Errorf("a deleted post could not be noted: %w", err)
				}
				continue
			}
			if err := b.comparePost(ctx, post, m, full(post)); discord.Judge(err) == discord.Final {
				b.passOver(post, err)
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// passOver goes on without a post that Discord does not show, for a reason that is
// the post's alone: the older ones are compared all the same.
func (b *Bot) passOver(post catalog.Post, err error) {
	b.log.Warn("a post could not be compared with Discord and is passed over", "guild", post.GuildID, "post", post.ID, "error", err)
}

// comparePost compares one post. Events that come meanwhile are newer than
// what is read here and win.
func (b *Bot) comparePost(ctx context.Context, post catalog.Post, m discord.Sent, full bool) error {
	if err := b.votes.flush(ctx); err != nil {
		return err
	}
	votes, err := b.opts.Catalog.PostVotes(post.ID)
	if err != nil {
		return fmt.Errorf("the votes of a post could not be read: %w", err)
	}
	var differ []bool // directions whose users are listed
	for _, up := range []bool{true, false} {
		stored := 0
		for _, v := range votes {
			if !flagOf(v, up).Reaction.IsZero() {
				stored++
			}
		}
		shown := shownCount(m, up)
		if shown == stored && !full || shown == 0 && stored == 0 {
			continue
		}
		differ = append(differ, up)
	}
	if len(differ) == 0 {
		return nil
	}
	return b.compareUsers(ctx, post, m, differ)
}

func flagOf(v catalog.Vote, up bool) catalog.Flag {
	if up {
		return v.Up
	}
	return v.Down
}

// forms are the emoji on a message that are votes in one direction: the plain one,
// and those of a colour of skin.
func forms(m discord.Sent, up bool) []string {
	all := []string{emojiDown}
	if up {
		all[0] = emojiUp
	}
	for _, r := range m.Reactions {
		if mine, ok := direction(r.Emoji.Name, false); ok && mine == up && !slices.Contains(all, r.Emoji.Name) {
			all = append(all, r.Emoji.Name)
		}
	}
	return all
}

// shownCount is how many reactions of others a message has in one direction, bursts
// included. Who has several counts as often.
func shownCount(m discord.Sent, up bool) int {
	n := 0
	for _, r := range m.Reactions {
		if mine, ok := direction(r.Emoji.Name, false); !ok || mine != up {
			continue
		}
		count := r.Count
		if r.Details != nil {
			count = max(count, r.Details.Burst+r.Details.Normal)
		}
		if r.Me {
			count--
		}
		n += count
	}
	return n
}

// reactors are the members who reacted in one direction, in whatever form.
func (b *Bot) reactors(ctx context.Context, post catalog.Post, m discord.Sent, up bool) (map[string]bool, error) {
	present := map[string]bool{}
	for _, emoji := range forms(m, up) {
		for _, burst := range []bool{false, true} {
			after := ""
			for {
				users, err := b.client.Reactions(ctx, post.ChannelID, post.MessageID, emoji, burst, after)
				if err != nil {
					return nil, err
				}
				for _, u := range users {
					if !u.Bot && u.ID != b.me() && discord.IsID(u.ID) {
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

// compareUsers lists who reacted in some directions and changes the votes to that,
// in one step: of two flags that are both new nobody knows the later. It lists also
// where the message showed nobody: who reacted after it was read has a vote.
func (b *Bot) compareUsers(ctx context.Context, post catalog.Post, m discord.Sent, directions []bool) error {
	b.votes.watch(post.ID)
	present := map[bool]map[string]bool{}
	for _, up := range directions {
		var err error
		if present[up], err = b.reactors(ctx, post, m, up); err != nil {
			b.votes.unwatch(post.ID)
			if discord.ErrorCode(err) == discord.CodeUnknownMessage {
				return nil
			}
			return fmt.Errorf("the reactions of a post could not be read: %w", err)
		}
	}
	if err := b.votes.flush(ctx); err != nil {
		b.votes.unwatch(post.ID)
		return err
	}
	votes, err := b.opts.Catalog.PostVotes(post.ID)
	touched := b.votes.unwatch(post.ID)
	if err != nil {
		return fmt.Errorf("the votes of a post could not be read: %w", err)
	}
	if _, all := touched[""]; all {
		return nil // reactions were cleared meanwhile: the next comparison sees
	}
	since := b.comparedAt(post.GuildID)
	var changes []catalog.VoteChange
	change := func(memberID string, up, set bool) {
		if _, newer := touched[memberID]; newer {
			return
		}
		changes = append(changes, catalog.VoteChange{GuildID: post.GuildID, VideoID: post.VideoID, PostID: post.ID, MemberID: memberID,
			Up: up, Set: set, Source: catalog.SourceReaction, At: b.now(), OrderUnknown: true, Since: since})
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
		for _, memberID := range sortedIDs(present[up]) {
			change(memberID, up, true)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	taken, err := b.votes.take(ctx, changes...)
	if err != nil {
		return fmt.Errorf("votes found on Discord could not be stored: %w", err)
	}
	if taken > 0 {
		b.log.Info("votes followed Discord's reactions", "guild", post.GuildID, "post", post.ID, "changes", taken)
	}
	return nil
}

func sortedIDs(set map[string]bool) []string {
	var out []string
	for id := range set {
		out = append(out, id)
	}
	slices.SortFunc(out, discord.CompareIDs)
	return out
}
