package conform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cratedigger/pipeline/catalog"
)

func (p *plain) BeginSlot(ctx context.Context, s catalog.Slot) (fresh bool, err error) {
	err = p.write(ctx, func(time.Time) error {
		row, known := p.slots[s.Key]
		if fresh = !row.Done && row.attempts < 3; !fresh {
			return nil
		}
		if !known {
			row.Slot = catalog.Slot{Key: s.Key, GuildID: s.GuildID, Kind: s.Kind, At: s.At}
		}
		row.attempts++
		row.refused, row.FiredAt = false, s.FiredAt
		p.slots[s.Key] = row
		return catalog.CheckIDs(s.Key)
	})
	return fresh && err == nil, err
}

func (p *plain) FinishSlot(ctx context.Context, slotKey string) error {
	return p.write(ctx, func(time.Time) error {
		row, known := p.slots[slotKey]
		if !known {
			return missing(slotKey)
		}
		row.Done = row.Done || !row.refused
		p.slots[slotKey] = row
		return nil
	})
}

func (p *plain) Slot(ctx context.Context, slotKey string) (catalog.Slot, bool, error) {
	row, found, err := get(ctx, p, &p.slots, slotKey)
	return row.Slot, found, err
}

func (p *plain) LastSent(ctx context.Context, guildID string) (s catalog.Slot, found bool, err error) {
	err = p.read(ctx, func() {
		for k, row := range p.slots {
			if strings.HasPrefix(k, guildID+"/"+string(catalog.RunPost)+"/") && !row.SentAt.IsZero() && k > s.Key {
				s, found = row.Slot, true
			}
		}
	})
	return s, found, err
}

func (p *plain) JobSince(ctx context.Context, job, line string, now time.Time) (since time.Time, err error) {
	err = p.write(ctx, func(time.Time) error {
		row := p.jobs[job]
		if row.line != line || row.since.After(now) {
			row = plainJob{line, now}
		}
		p.jobs[job], since = row, row.since
		return catalog.CheckIDs(job)
	})
	return since, err
}

// credit names in a post's reasons whom its find names.
func (p *plain) credit(post catalog.Post) catalog.Post {
	i := slices.IndexFunc(post.Reasons, func(r catalog.Reason) bool { return r.Kind == catalog.ReasonSeed })
	if i < 0 {
		return post
	}
	post.Reasons = slices.Clone(post.Reasons)
	post.Reasons[i].Words = nil
	if by := p.finds[key(post.GuildID, post.VideoID)].SeededBy; by != "" {
		post.Reasons[i].Words = []string{by}
	}
	return post
}

func (p *plain) CreatePosts(ctx context.Context, slot catalog.Slot, posts []catalog.Post, rows []catalog.Outbox) (created bool, err error) {
	err = p.write(ctx, func(now time.Time) error {
		row := p.slots[slot.Key]
		if row.posted {
			return nil
		}
		row.Key, row.GuildID, row.Kind, row.At, row.Done, row.posted = slot.Key, slot.GuildID, slot.Kind, slot.At, true, true
		p.slots[slot.Key] = row
		p.dropHeld(func(o catalog.Outbox) bool { return o.GuildID == slot.GuildID && o.Slot == slot.Key })
		for _, post := range posts {
			post.ID, post.State = cmp.Or(post.ID, catalog.PostID(slot.Key, post.VideoID)), cmp.Or(post.State, catalog.StatePending)
			if post.CreatedAt.IsZero() {
				post.CreatedAt = now
			}
			post.Slot = slot.Key
			p.posts[post.ID] = p.credit(post)
			if err := catalog.CheckIDs(post.ID, post.GuildID, post.VideoID); err != nil {
				return err
			}
		}
		for i, o := range rows {
			o.ID, o.Slot = cmp.Or(o.ID, fmt.Sprintf("%s/%03d", slot.Key, i)), slot.Key
			if _, err := p.enqueue(now, o); err != nil {
				return err
			}
		}
		created = true
		return catalog.CheckIDs(slot.Key)
	})
	return created && err == nil, err
}

func (p *plain) enqueue(now time.Time, o catalog.Outbox) (created bool, err error) {
	old, known := p.outbox[o.ID]
	if known && (old.State != catalog.StateFailed || !old.Again) {
		return false, nil
	}
	o.Nonce, o.State = cmp.Or(o.Nonce, catalog.Nonce(o.ID)), cmp.Or(o.State, catalog.StatePending)
	if o.Kind == catalog.OutboxPick {
		o.Reactions = cmp.Or(o.Reactions, catalog.StatePending)
	}
	if o.CreatedAt.IsZero() {
		o.CreatedAt = now
	}
	p.outbox[o.ID] = o
	return true, catalog.CheckIDs(o.ID, o.GuildID)
}

func (p *plain) Enqueue(ctx context.Context, o catalog.Outbox) (created bool, err error) {
	err = p.write(ctx, func(now time.Time) (err error) {
		created, err = p.enqueue(now, o)
		return err
	})
	return created && err == nil, err
}

func (p *plain) Post(ctx context.Context, id string) (catalog.Post, bool, error) {
	return get(ctx, p, &p.posts, id)
}

func (p *plain) PostByMessage(ctx context.Context, messageID string) (post catalog.Post, found bool, err error) {
	err = p.read(ctx, func() {
		for _, o := range p.posts {
			if o.MessageID != "" && o.MessageID == messageID {
				post, found = o, true
			}
		}
	})
	return post, found, err
}

func (p *plain) Posts(ctx context.Context, guildID string, since time.Time) (all []catalog.Post, err error) {
	err = p.read(ctx, func() { all = p.postsSince(guildID, since) })
	return all, err
}

func (p *plain) Shown(ctx context.Context, guildID string, since time.Time) (shown []catalog.Shown, err error) {
	err = p.read(ctx, func() {
		all := p.postsSince(guildID, since)
		slices.SortFunc(all, func(a, b catalog.Post) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
		for _, o := range all {
			if o.State == catalog.StateSent && o.MessageID != "" {
				shown = append(shown, catalog.Shown{PostID: o.ID, ChannelID: o.ChannelID, MessageID: o.MessageID, SentAt: o.SentAt})
			}
		}
	})
	return shown, err
}

func (p *plain) postsSince(guildID string, since time.Time) (all []catalog.Post) {
	for _, o := range p.posts {
		if o.GuildID == guildID && o.State != catalog.StateHeld && !o.CreatedAt.Before(since) {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b catalog.Post) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (p *plain) RetirePost(ctx context.Context, postID string) error {
	return p.write(ctx, func(time.Time) error {
		post, found := p.posts[postID]
		if !found || post.State == catalog.StateHeld {
			return missing(postID)
		}
		post.State = catalog.StateRetired
		p.posts[postID] = post
		for id, o := range p.outbox {
			if o.PostID == postID && waits(o) {
				o.State, o.Reactions = catalog.StateRetired, ""
				p.outbox[id] = o
			}
		}
		return nil
	})
}

// waits reports whether a row has something left to do.
func waits(o catalog.Outbox) bool {
	return o.State == catalog.StatePending || o.State == catalog.StateSent && o.Reactions == catalog.StatePending
}

// rowsOf are the outbox rows of a guild, or of all for "", for which f returns true, in
// sending order.
func (p *plain) rowsOf(guildID string, f func(catalog.Outbox) bool) (all []catalog.Outbox) {
	for _, o := range p.outbox {
		if (guildID == "" || o.GuildID == guildID) && f(o) {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b catalog.Outbox) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (p *plain) Pending(ctx context.Context, guildID string) (all []catalog.Outbox, err error) {
	err = p.read(ctx, func() { all = p.rowsOf(guildID, waits) })
	return all, err
}

func (p *plain) Owing(ctx context.Context) (byGuild map[string]int, err error) {
	err = p.read(ctx, func() {
		byGuild = map[string]int{}
		for _, o := range p.rowsOf("", waits) {
			byGuild[o.GuildID]++
		}
	})
	return byGuild, err
}

func (p *plain) Refused(ctx context.Context, guildID string) (all []catalog.Outbox, err error) {
	err = p.read(ctx, func() {
		sent := p.rowsOf(guildID, func(o catalog.Outbox) bool { return o.State == catalog.StateSent })
		all = p.rowsOf(guildID, func(o catalog.Outbox) bool {
			return o.State == catalog.StateFailed && (len(sent) == 0 || !o.CreatedAt.Before(sent[len(sent)-1].CreatedAt))
		})
	})
	return all, err
}

// row changes an outbox row that is not held, and its post, if there is one.
func (p *plain) row(ctx context.Context, id string, f func(o *catalog.Outbox, post *catalog.Post)) error {
	return p.write(ctx, func(time.Time) error {
		o, found := p.outbox[id]
		if !found || o.State == catalog.StateHeld {
			return missing(id)
		}
		post, posted := p.posts[o.PostID]
		f(&o, &post)
		p.outbox[id] = o
		if posted {
			p.posts[post.ID] = post
		}
		return nil
	})
}

func (p *plain) Attempt(ctx context.Context, outboxID string, at time.Time) error {
	return p.row(ctx, outboxID, func(o *catalog.Outbox, _ *catalog.Post) { o.Attempts, o.LastTry = o.Attempts+1, at })
}

func (p *plain) MarkSent(ctx context.Context, outboxID, messageID string, at time.Time) error {
	if err := errors.Join(ctx.Err(), catalog.CheckIDs(messageID)); err != nil {
		return err
	}
	return p.row(ctx, outboxID, func(o *catalog.Outbox, post *catalog.Post) {
		if o.State == catalog.StateSent {
			return
		}
		o.State, o.MessageID, o.Error = catalog.StateSent, messageID, ""
		if post.MessageID == "" {
			post.MessageID, post.SentAt = messageID, at
			if post.State != catalog.StateRetired {
				post.State = catalog.StateSent
			}
		}
		if slot, known := p.slots[o.Slot]; known && slot.SentAt.IsZero() {
			slot.SentAt = at
			p.slots[o.Slot] = slot
		}
	})
}

func (p *plain) MarkReactions(ctx context.Context, outboxID string) error {
	return p.row(ctx, outboxID, func(o *catalog.Outbox, _ *catalog.Post) { o.Reactions = catalog.StateSent })
}

func (p *plain) MarkFailed(ctx context.Context, outboxID, sentence string, again bool) error {
	return p.row(ctx, outboxID, func(o *catalog.Outbox, post *catalog.Post) {
		before := o.State
		o.Error = shorten(sentence, 500)
		if o.State == catalog.StateSent {
			o.Reactions = catalog.StateFailed
			return
		}
		o.State, o.Again = catalog.StateFailed, again
		if post.State == catalog.StatePending {
			post.State, post.Again = catalog.StateFailed, again
		}
		p.reopen(*o)
		if before != catalog.StateFailed {
			p.noteRefused(*o)
		}
	})
}

// reopen opens the slot of a failed row, if nothing of it but the heading was, or may be, sent.
func (p *plain) reopen(failed catalog.Outbox) {
	slot, known := p.slots[failed.Slot]
	left := p.rowsOf(failed.GuildID, func(o catalog.Outbox) bool {
		return o.Slot == failed.Slot && o.ID != failed.ID && o.Kind != catalog.OutboxHeading && (o.State != catalog.StateFailed || !o.Again)
	})
	if known && failed.Again && len(left) == 0 {
		slot.posted, slot.Done, slot.refused = false, false, true
		p.slots[failed.Slot] = slot
	}
}

// noteRefused notes a failed row in the run that wrote it.
func (p *plain) noteRefused(o catalog.Outbox) {
	var wrote *catalog.Run
	for _, r := range p.runs {
		if r.GuildID == o.GuildID && r.Kind == catalog.RunPost && r.Slot == o.Slot && !r.Started.Before(o.CreatedAt.Add(-24*time.Hour)) && (wrote == nil || r.ID > wrote.ID) {
			wrote = &r
		}
	}
	if wrote == nil {
		return
	}
	n := wrote.Counts[catalog.CountRefused]
	if o.Kind == catalog.OutboxPick {
		n++
	}
	p.runs[wrote.ID] = refuse(*wrote, n, "A message was not sent: "+o.Error)
}

func (p *plain) Hold(ctx context.Context, slot catalog.Slot, picks []catalog.Held, gone ...string) (held bool, err error) {
	err = p.write(ctx, func(now time.Time) error {
		if row := p.slots[slot.Key]; row.posted || row.Done {
			return nil
		}
		p.dropHeld(func(o catalog.Outbox) bool {
			return o.GuildID == slot.GuildID && (o.Slot == slot.Key || slices.Contains(gone, o.Slot) || now.Sub(o.NotBefore) > 24*time.Hour)
		})
		others := p.held(slot.GuildID)
		for i, h := range picks {
			h.ID = cmp.Or(h.ID, catalog.PostID(slot.Key, h.VideoID))
			refused := p.posts[h.ID].State != "" && p.posts[h.ID].State != catalog.StateHeld
			if refused || slices.ContainsFunc(others, func(o catalog.Held) bool { return o.VideoID == h.VideoID }) {
				continue
			}
			h.Slot, h.GuildID, h.State = slot.Key, slot.GuildID, catalog.StateHeld
			if h.CreatedAt.IsZero() {
				h.CreatedAt = now
			}
			if err := catalog.CheckIDs(h.ID, h.GuildID, h.VideoID); err != nil {
				return err
			}
			p.posts[h.ID] = p.credit(h.Post)
			id := catalog.HeldID(slot.Key, i)
			p.outbox[id] = catalog.Outbox{ID: id, GuildID: h.GuildID, ChannelID: h.ChannelID, Slot: slot.Key, Kind: catalog.OutboxPick, PostID: h.ID,
				Nonce: catalog.Nonce(id), State: catalog.StateHeld, CreatedAt: now, NotBefore: slot.At, Kept: h.Kept}
		}
		held = true
		return catalog.CheckIDs(slot.Key)
	})
	return held && err == nil, err
}

func (p *plain) Held(ctx context.Context, guildID string) (all []catalog.Held, err error) {
	err = p.read(ctx, func() { all = p.held(guildID) })
	return all, err
}

func (p *plain) held(guildID string) (all []catalog.Held) {
	for _, o := range p.rowsOf(guildID, func(o catalog.Outbox) bool { return o.State == catalog.StateHeld }) {
		all = append(all, catalog.Held{Post: p.posts[o.PostID], NotBefore: o.NotBefore, Kept: o.Kept})
	}
	slices.SortStableFunc(all, func(a, b catalog.Held) int { return a.NotBefore.Compare(b.NotBefore) })
	return all
}

// dropHeld deletes held rows, and their posts, for which doomed returns true.
func (p *plain) dropHeld(doomed func(catalog.Outbox) bool) {
	for id, o := range p.outbox {
		if o.State == catalog.StateHeld && doomed(o) {
			delete(p.outbox, id)
			delete(p.posts, o.PostID)
		}
	}
}

func (p *plain) BeginRecovery(ctx context.Context, guildID string) (resumed bool, err error) {
	err = p.write(ctx, func(time.Time) error {
		resumed = p.recovering[guildID]
		if posts, votes := len(p.postsSince(guildID, time.Time{})), count(p.votes, guildID); !resumed && posts+votes > 0 {
			return &catalog.NotEmptyError{GuildID: guildID, Posts: posts, Votes: votes}
		}
		p.recovering[guildID] = true
		return catalog.CheckIDs(guildID)
	})
	return resumed && err == nil, err
}

func (p *plain) Recoverable(ctx context.Context, guildID string) (empty, cutOff bool, err error) {
	err = p.read(ctx, func() {
		empty, cutOff = len(p.postsSince(guildID, time.Time{}))+count(p.votes, guildID) == 0, p.recovering[guildID]
	})
	return empty, cutOff, err
}

func (p *plain) RecoverPosts(ctx context.Context, posts ...catalog.Post) (added int, err error) {
	err = p.write(ctx, func(time.Time) error {
		for _, post := range posts {
			_, known := p.posts[post.ID]
			for _, o := range p.posts {
				known = known || o.MessageID != "" && o.MessageID == post.MessageID
			}
			if known {
				continue
			}
			post.Policy, post.State = catalog.PolicyRecovered, catalog.StateSent
			if err := catalog.CheckIDs(post.ID, post.GuildID, post.VideoID); err != nil {
				return err
			}
			p.posts[post.ID] = post
			added++
		}
		return nil
	})
	return added, err
}

func (p *plain) FinishRecovery(ctx context.Context, guildID string, notice *catalog.Outbox) error {
	return p.write(ctx, func(now time.Time) (err error) {
		if delete(p.recovering, guildID); notice != nil {
			_, err = p.enqueue(now, *notice)
		}
		return err
	})
}
