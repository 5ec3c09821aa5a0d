package bot

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
)

const (
	voteBatch  = 4096            // changes in one transaction
	voteQueue  = 200_000         // changes that wait; the comparison with Discord finds those that are dropped
	parkedMost = 4096            // reactions on messages that may turn out to be our posts
	parkedLife = 2 * time.Minute // after which they were not
)

// reactionEvent is a reaction event and when it came.
type reactionEvent struct {
	*discord.Reaction
	at time.Time
}

// direction is whether an emoji is 👍 (true), 👎 (false), or neither (!ok), of
// whatever colour of skin. A custom emoji of that name is neither.
func direction(name string, custom bool) (up, ok bool) {
	if custom {
		return false, false
	}
	switch plain(name) {
	case emojiUp:
		return true, true
	case emojiDown:
		return false, true
	}
	return false, false
}

// plain is an emoji without a colour of skin and without the selector of its
// drawn form.
func plain(name string) string {
	return strings.TrimRight(name, "\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
}

// oneOfMany reports whether the same member may have another reaction in the same
// direction, so removing this one does not necessarily remove the vote.
func oneOfMany(e *discord.Reaction) bool { return e.Burst || e.Emoji.Name != plain(e.Emoji.Name) }

// entry is one thing for the vote writer to do: a reaction event, or changes from
// a button or a comparison. One without either marks a place in the queue.
type entry struct {
	event   *reactionEvent
	changes []catalog.VoteChange
	done    chan written // told when everything up to here is durable; may be nil
}

// written is the outcome of an entry: how many of its changes were taken. Those of
// members who were forgotten since are not.
type written struct {
	taken int
	err   error
}

// voteWriter turns events into votes, in the order in which they came, many in
// one transaction: a transaction waits for the disk, and reactions come in
// bursts.
type voteWriter struct {
	store interface {
		VoteStore
		PostStore
	}
	self func() string // the bot's user id
	now  func() time.Time
	log  *slog.Logger
	lost func(guildID string)            // events had to be dropped
	look func(p catalog.Post, full bool) // Discord must be asked for the reactions of a post

	mu      sync.Mutex
	queue   []entry
	busy    bool // a batch is being written
	wake    chan struct{}
	parked  []reactionEvent
	watched map[string]map[string]struct{} // post → members whose events came while it was compared
}

func newVoteWriter(store Catalog, self func() string, now func() time.Time, log *slog.Logger, lost func(string), look func(catalog.Post, bool)) *voteWriter {
	return &voteWriter{store: store, self: self, now: now, log: log, lost: lost, look: look,
		wake: make(chan struct{}, 1), watched: map[string]map[string]struct{}{}}
}

// reaction takes a gateway event in. It never blocks.
func (w *voteWriter) reaction(e *discord.Reaction) {
	if e.MessageID == "" {
		return
	}
	if e.Kind != discord.ReactionRemoveAll {
		if _, ok := direction(e.Emoji.Name, e.Emoji.ID != nil && *e.Emoji.ID != ""); !ok {
			return
		}
	}
	if e.UserID != "" && e.UserID == w.self() || e.Member != nil && e.Member.User.Bot {
		return
	}
	w.push(entry{event: &reactionEvent{e, w.now().UTC()}})
}

func (w *voteWriter) push(e entry) {
	w.mu.Lock()
	if len(w.queue) >= voteQueue && e.event != nil {
		w.mu.Unlock()
		w.lost(e.event.GuildID)
		return
	}
	w.queue = append(w.queue, e)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// apply writes changes after everything that came before, and returns when
// they are durable.
func (w *voteWriter) apply(ctx context.Context, changes ...catalog.VoteChange) error {
	_, err := w.take(ctx, changes...)
	return err
}

// take is apply, and how many of the changes were taken.
func (w *voteWriter) take(ctx context.Context, changes ...catalog.VoteChange) (taken int, err error) {
	done := make(chan written, 1)
	w.push(entry{changes: changes, done: done})
	select {
	case out := <-done:
		return out.taken, out.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// flush returns when everything received so far is durable.
func (w *voteWriter) flush(ctx context.Context) error { return w.apply(ctx) }

// settled reports whether nothing waits.
func (w *voteWriter) settled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue) == 0 && !w.busy
}

// run writes until ctx ends, and then writes the rest of the queue.
func (w *voteWriter) run(ctx context.Context) {
	for {
		select {
		case <-w.wake:
			w.drain(ctx)
		case <-ctx.Done():
			w.drain(ctx)
			return
		}
	}
}

// drain writes the queue, batch by batch.
func (w *voteWriter) drain(ctx context.Context) {
	for {
		w.mu.Lock()
		n := min(len(w.queue), voteBatch)
		batch := w.queue[:n:n]
		w.queue = w.queue[n:]
		w.busy = n > 0
		if n == 0 {
			w.queue = nil
		}
		w.mu.Unlock()
		if n == 0 {
			return
		}
		w.write(ctx, batch)
	}
}

// write makes one transaction of a batch. When it fails, each entry is tried
// alone, so that one bad change does not take the others with it. What was received is
// written also while the bot stops.
func (w *voteWriter) write(ctx context.Context, batch []entry) {
	ctx, release := catalog.Accepted(ctx)
	defer release()
	changes := make([][]catalog.VoteChange, len(batch))
	var all []catalog.VoteChange
	for i, e := range batch {
		changes[i] = e.changes
		if e.event != nil {
			changes[i] = w.changes(ctx, e.event)
		}
		all = append(all, changes[i]...)
	}
	out := make([]written, len(batch))
	if len(all) > 0 {
		votes, err := w.store.Vote(ctx, all...)
		for i := range batch {
			mine := votes[:min(len(votes), len(changes[i]))]
			votes = votes[len(mine):]
			if err != nil && len(changes[i]) > 0 {
				if mine, out[i].err = w.store.Vote(ctx, changes[i]...); out[i].err != nil {
					w.log.Error("a vote could not be stored", "error", out[i].err, "code", shortCode("vote", out[i].err), "guild", changes[i][0].GuildID)
					w.lost(changes[i][0].GuildID)
				}
			}
			for _, v := range mine {
				if v.MemberID != "" {
					out[i].taken++
				}
			}
		}
	}
	for i, e := range batch {
		if e.done != nil {
			e.done <- out[i]
		}
	}
}

// changes is what a reaction event does to the votes: nothing on messages
// that are not our posts.
func (w *voteWriter) changes(ctx context.Context, e *reactionEvent) []catalog.VoteChange {
	post, ok, err := w.store.PostByMessage(ctx, e.MessageID)
	if err != nil {
		w.log.Error("the post of a reaction could not be read", "error", err, "code", shortCode("vote", err))
		w.lost(e.GuildID)
		return nil
	}
	if !ok {
		w.park(e)
		return nil
	}
	change := catalog.VoteChange{GuildID: post.GuildID, VideoID: post.VideoID, PostID: post.ID,
		MemberID: e.UserID, Source: catalog.SourceReaction, At: e.at}
	up, _ := direction(e.Emoji.Name, false)
	if e.Kind != discord.ReactionAdd && e.Kind != discord.ReactionRemoveAll && oneOfMany(e.Reaction) {
		w.look(post, true)
		return nil
	}
	switch e.Kind {
	case discord.ReactionAdd, discord.ReactionRemove:
		if !discord.IsID(e.UserID) {
			return nil
		}
		change.Up, change.Set = up, e.Kind == discord.ReactionAdd
		w.touch(post.ID, e.UserID)
		if !change.Set {
			w.look(post, false)
		}
		return []catalog.VoteChange{change}
	}
	votes, err := w.store.PostVotes(ctx, post.ID)
	if err != nil {
		w.log.Error("the votes of a post could not be read", "error", err, "code", shortCode("vote", err))
		w.lost(post.GuildID)
		return nil
	}
	var out []catalog.VoteChange
	for _, v := range votes {
		change.MemberID = v.MemberID
		if !v.Up.Reaction.IsZero() && (e.Kind == discord.ReactionRemoveAll || up) {
			change.Up = true
			out = append(out, change)
		}
		if !v.Down.Reaction.IsZero() && (e.Kind == discord.ReactionRemoveAll || !up) {
			change.Up = false
			out = append(out, change)
		}
	}
	w.touch(post.ID, "")
	if e.Kind != discord.ReactionRemoveAll {
		w.look(post, false)
	}
	return out
}

// park keeps a reaction on an unknown message for a while: a member may react
// before the bot has written down that the message is a post.
func (w *voteWriter) park(e *reactionEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fresh := w.parked[:0]
	for _, p := range w.parked {
		if e.at.Sub(p.at) < parkedLife {
			fresh = append(fresh, p)
		}
	}
	w.parked = fresh
	if len(w.parked) < parkedMost {
		w.parked = append(w.parked, *e)
	}
}

// unpark queues the reactions that came before a message was known to be a post.
func (w *voteWriter) unpark(messageID string) {
	w.mu.Lock()
	var mine []reactionEvent
	rest := w.parked[:0]
	for _, p := range w.parked {
		if p.MessageID == messageID {
			mine = append(mine, p)
		} else {
			rest = append(rest, p)
		}
	}
	w.parked = rest
	w.mu.Unlock()
	for i := range mine {
		w.push(entry{event: &mine[i]})
	}
}

// forget drops a member's reactions that wait for their message to be known.
func (w *voteWriter) forget(memberID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parked = slices.DeleteFunc(w.parked, func(e reactionEvent) bool { return e.UserID == memberID })
}

// watch begins to note the members whose events for a post come while it is
// compared with Discord; unwatch ends that and returns them. "" stands for all
// members.
func (w *voteWriter) watch(postID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched[postID] = map[string]struct{}{}
}

func (w *voteWriter) unwatch(postID string) map[string]struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	touched := w.watched[postID]
	delete(w.watched, postID)
	return touched
}

func (w *voteWriter) touch(postID, memberID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if members, ok := w.watched[postID]; ok {
		members[memberID] = struct{}{}
	}
}
