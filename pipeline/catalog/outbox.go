package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Enqueue adds one message, such as a notice or a recap, to the outbox. If a row
// with its id exists, Enqueue changes nothing and returns created false. But it
// replaces a row that failed though the message was not at fault. Enqueue fills in
// empty fields, except the id, as [Catalog.CreatePosts] does.
func (c *Catalog) Enqueue(ctx context.Context, o Outbox) (created bool, err error) {
	now := c.now()
	err = c.update(ctx, "enqueue", small, func(tx *bolt.Tx) error {
		created, err = addOutbox(tx, o, now)
		return err
	})
	return created && err == nil, err
}

func addOutbox(tx *bolt.Tx, o Outbox, now time.Time) (created bool, err error) {
	if err := checkIDs(o.ID, o.GuildID); err != nil {
		return false, fmt.Errorf("a message was not put into the outbox: %w", err)
	}
	old, found, err := get[storedOutbox](tx.Bucket(bucketOutbox), key(o.ID))
	if err != nil || found && !(State(old.State) == StateFailed && old.Again) {
		return false, err
	}
	o.fill(now)
	return true, putOutbox(tx, o)
}

// putOutbox writes a row and updates the index of pending rows.
func putOutbox(tx *bolt.Tx, o Outbox) error {
	pending, k := tx.Bucket(bucketPending), key(o.GuildID, o.ID)
	var err error
	if o.State == StatePending || o.State == StateHeld || o.State == StateSent && o.Reactions == StatePending {
		err = pending.Put(k, nil)
	} else {
		err = pending.Delete(k)
	}
	if err != nil {
		return err
	}
	return put(tx.Bucket(bucketOutbox), key(o.ID), storeOutbox(o))
}

// Pending returns rows of a guild, or of all guilds for "", in sending order: those
// that may not have been sent (StatePending), and those that were sent but whose
// reactions are not placed yet (StateSent). What is held is not to be sent yet, and left
// out.
func (c *Catalog) Pending(ctx context.Context, guildID string) (rows []Outbox, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		rows, err = readPending(tx, guildID)
		return err
	})
	return rows, err
}

func readPending(tx *bolt.Tx, guildID string) (rows []Outbox, err error) {
	var pre []byte
	if guildID != "" {
		pre = prefix(guildID)
	}
	rows, err = readLeft(tx, pre)
	return slices.DeleteFunc(rows, func(o Outbox) bool { return o.State == StateHeld }), err
}

// readLeft reads the rows that have something left to do, held ones too, by a prefix of
// the index's keys.
func readLeft(tx *bolt.Tx, pre []byte) (rows []Outbox, err error) {
	err = each(tx.Bucket(bucketPending), pre, func(k, _ []byte) error {
		_, id := split(k)
		row, found, err := get[storedOutbox](tx.Bucket(bucketOutbox), key(id))
		if err != nil || !found {
			return err
		}
		rows = append(rows, row.outbox(id))
		return nil
	})
	sortOutbox(rows)
	return rows, err
}

// Refused returns a guild's failed messages, which will not be sent, in sending
// order. It leaves out those written before the newest message that was sent: sending
// has worked again since then.
func (c *Catalog) Refused(ctx context.Context, guildID string) (rows []Outbox, err error) {
	var newest time.Time
	err = c.view(ctx, func(tx *bolt.Tx) error {
		return each(tx.Bucket(bucketOutbox), []byte(guildID+"/"), func(k, v []byte) error {
			row, err := decode[storedOutbox](k, v)
			if err != nil || row.Guild != guildID {
				return err
			}
			switch o := row.outbox(string(k)); o.State {
			case StateFailed:
				rows = append(rows, o)
			case StateSent:
				if o.CreatedAt.After(newest) {
					newest = o.CreatedAt
				}
			}
			return nil
		})
	})
	rows = slices.DeleteFunc(rows, func(o Outbox) bool { return o.CreatedAt.Before(newest) })
	sortOutbox(rows)
	return rows, err
}

// changeOutbox reads a row, calls f to change it and its post (nil if it has
// none), and writes both. A held row is not in the outbox yet.
func (c *Catalog) changeOutbox(ctx context.Context, name, id string, f func(tx *bolt.Tx, o *Outbox, p *Post) error) error {
	return c.update(ctx, name, small, func(tx *bolt.Tx) error {
		row, found, err := get[storedOutbox](tx.Bucket(bucketOutbox), key(id))
		if err != nil || !found || State(row.State) == StateHeld {
			return missing(err, "the outbox row", id)
		}
		o := row.outbox(id)
		var post *Post
		if o.PostID != "" {
			p, found, err := readPost(tx, o.PostID)
			if err != nil {
				return err
			}
			if found {
				post = &p
			}
		}
		before := o.State
		if err := f(tx, &o, post); err != nil {
			return err
		}
		if err := putOutbox(tx, o); err != nil {
			return err
		}
		if o.State == StateFailed && before != StateFailed {
			if err := noteRefused(tx, c.runs.of(o.GuildID), o); err != nil {
				return err
			}
		}
		if post == nil {
			return nil
		}
		return addPost(tx, *post)
	})
}

// Attempt records that a row is about to be sent.
func (c *Catalog) Attempt(ctx context.Context, outboxID string, at time.Time) error {
	return c.changeOutbox(ctx, "attempt", outboxID, func(_ *bolt.Tx, o *Outbox, _ *Post) error {
		o.Attempts++
		o.LastTry = at.UTC()
		return nil
	})
}

// MarkSent records the id of the message that a row was sent as, in the row and in its
// post. A second call changes nothing.
func (c *Catalog) MarkSent(ctx context.Context, outboxID, messageID string, at time.Time) error {
	if err := checkIDs(messageID); err != nil {
		return fmt.Errorf("a message was not marked as sent: %w", err)
	}
	return c.changeOutbox(ctx, "sent", outboxID, func(tx *bolt.Tx, o *Outbox, p *Post) error {
		if o.State == StateSent {
			return nil
		}
		o.State, o.MessageID, o.Error = StateSent, messageID, ""
		if p != nil && p.MessageID == "" {
			p.MessageID, p.SentAt = messageID, at.UTC()
			if p.State != StateRetired {
				p.State = StateSent
			}
		}
		if o.Slot == "" {
			return nil
		}
		return noteSent(tx, o.Slot, at)
	})
}

// MarkReactions records that the 👍 and 👎 of a row are placed.
func (c *Catalog) MarkReactions(ctx context.Context, outboxID string) error {
	return c.changeOutbox(ctx, "reactions", outboxID, func(_ *bolt.Tx, o *Outbox, _ *Post) error {
		o.Reactions = StateSent
		return nil
	})
}

// MarkFailed records that a row will not be sent, and why; or, if it was sent,
// that its reactions will not be placed. again says that the message itself was
// not at fault. The video of its post is then a candidate again and, if nothing of
// its slot but the heading was sent, the slot is open again.
func (c *Catalog) MarkFailed(ctx context.Context, outboxID, sentence string, again bool) error {
	return c.changeOutbox(ctx, "failed", outboxID, func(tx *bolt.Tx, o *Outbox, p *Post) error {
		o.Error = shorten(sentence, maxName)
		if o.State == StateSent {
			o.Reactions = StateFailed
			return nil
		}
		o.State, o.Again = StateFailed, again
		if p != nil && p.State == StatePending {
			p.State, p.Again = StateFailed, again
		}
		return reopen(tx, *o)
	})
}

// reopen opens the slot of a message that failed, if all other messages of the slot
// failed too and none was at fault. The heading does not count: it may have been sent,
// and is not sent a second time.
func reopen(tx *bolt.Tx, failed Outbox) error {
	slot, found, err := get[storedSlot](tx.Bucket(bucketSlots), key(failed.Slot))
	if err != nil || !found || failed.Slot == "" || !failed.Again {
		return err
	}
	all := true
	err = each(tx.Bucket(bucketOutbox), []byte(failed.Slot), func(k, v []byte) error {
		o, err := decode[storedOutbox](k, v)
		if o.Slot == failed.Slot && string(k) != failed.ID && o.Kind != OutboxHeading {
			all = all && State(o.State) == StateFailed && o.Again
		}
		return err
	})
	if err != nil || !all {
		return err
	}
	slot.Posted, slot.Done, slot.Refused = false, false, true
	return put(tx.Bucket(bucketSlots), key(failed.Slot), slot)
}
