package bolt

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) Enqueue(ctx context.Context, o catalog.Outbox) (created bool, err error) {
	now := c.now()
	err = c.update(ctx, "enqueue", small, func(tx *bolt.Tx) error {
		created, err = addOutbox(tx, o, now)
		return err
	})
	return created && err == nil, err
}

func addOutbox(tx *bolt.Tx, o catalog.Outbox, now time.Time) (created bool, err error) {
	if err := catalog.CheckIDs(o.ID, o.GuildID); err != nil {
		return false, fmt.Errorf("a message was not put into the outbox: %w", err)
	}
	old, found, err := get[storedOutbox](tx.Bucket(bucketOutbox), key(o.ID))
	if err != nil || found && !(catalog.State(old.State) == catalog.StateFailed && old.Again) {
		return false, err
	}
	o.Fill(now)
	return true, putOutbox(tx, o)
}

// putOutbox writes a row and updates the index of pending rows.
func putOutbox(tx *bolt.Tx, o catalog.Outbox) error {
	pending, k := tx.Bucket(bucketPending), key(o.GuildID, o.ID)
	var err error
	switch {
	case o.State == catalog.StateHeld:
		err = pending.Put(k, heldMark)
	case o.State == catalog.StatePending || o.State == catalog.StateSent && o.Reactions == catalog.StatePending:
		err = pending.Put(k, nil)
	default:
		err = pending.Delete(k)
	}
	if err != nil {
		return err
	}
	return put(tx.Bucket(bucketOutbox), key(o.ID), storeOutbox(o))
}

func (c *Catalog) Pending(ctx context.Context, guildID string) (rows []catalog.Outbox, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		rows, err = readPending(tx, guildID)
		return err
	})
	return rows, err
}

func readPending(tx *bolt.Tx, guildID string) (rows []catalog.Outbox, err error) {
	var pre []byte
	if guildID != "" {
		pre = prefix(guildID)
	}
	rows, err = readLeft(tx, pre)
	return slices.DeleteFunc(rows, func(o catalog.Outbox) bool { return o.State == catalog.StateHeld }), err
}

// heldMark is the value of what is held in the index of pending rows. Versions before it
// wrote none.
var heldMark = []byte(catalog.StateHeld)

func (c *Catalog) Owing(ctx context.Context) (byGuild map[string]int, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		byGuild = map[string]int{}
		return each(tx.Bucket(bucketPending), nil, func(k, v []byte) error {
			if !bytes.Equal(v, heldMark) {
				guildID, _ := split(k)
				byGuild[guildID]++
			}
			return nil
		})
	})
	return byGuild, err
}

// readLeft reads the rows that have something left to do, held ones too, by a prefix of
// the index's keys.
func readLeft(tx *bolt.Tx, pre []byte) (rows []catalog.Outbox, err error) {
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

func (c *Catalog) Refused(ctx context.Context, guildID string) (rows []catalog.Outbox, err error) {
	var newest time.Time
	err = c.view(ctx, func(tx *bolt.Tx) error {
		return each(tx.Bucket(bucketOutbox), []byte(guildID+"/"), func(k, v []byte) error {
			row, err := decode[storedOutbox](k, v)
			if err != nil || row.Guild != guildID {
				return err
			}
			switch o := row.outbox(string(k)); o.State {
			case catalog.StateFailed:
				rows = append(rows, o)
			case catalog.StateSent:
				if o.CreatedAt.After(newest) {
					newest = o.CreatedAt
				}
			}
			return nil
		})
	})
	rows = slices.DeleteFunc(rows, func(o catalog.Outbox) bool { return o.CreatedAt.Before(newest) })
	sortOutbox(rows)
	return rows, err
}

// changeOutbox reads a row, calls f to change it and its post (nil if it has
// none), and writes both. A held row is not in the outbox yet.
func (c *Catalog) changeOutbox(ctx context.Context, name, id string, f func(tx *bolt.Tx, o *catalog.Outbox, p *catalog.Post) error) error {
	return c.update(ctx, name, small, func(tx *bolt.Tx) error {
		row, found, err := get[storedOutbox](tx.Bucket(bucketOutbox), key(id))
		if err != nil || !found || catalog.State(row.State) == catalog.StateHeld {
			return missing(err, "the outbox row", id)
		}
		o := row.outbox(id)
		var post *catalog.Post
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
		if o.State == catalog.StateFailed && before != catalog.StateFailed {
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

func (c *Catalog) Attempt(ctx context.Context, outboxID string, at time.Time) error {
	return c.changeOutbox(ctx, "attempt", outboxID, func(_ *bolt.Tx, o *catalog.Outbox, _ *catalog.Post) error {
		o.Attempts++
		o.LastTry = at.UTC()
		return nil
	})
}

func (c *Catalog) MarkSent(ctx context.Context, outboxID, messageID string, at time.Time) error {
	if err := catalog.CheckIDs(messageID); err != nil {
		return fmt.Errorf("a message was not marked as sent: %w", err)
	}
	return c.changeOutbox(ctx, "sent", outboxID, func(tx *bolt.Tx, o *catalog.Outbox, p *catalog.Post) error {
		if o.State == catalog.StateSent {
			return nil
		}
		o.State, o.MessageID, o.Error = catalog.StateSent, messageID, ""
		if p != nil && p.MessageID == "" {
			p.MessageID, p.SentAt = messageID, at.UTC()
			if p.State != catalog.StateRetired {
				p.State = catalog.StateSent
			}
		}
		if o.Slot == "" {
			return nil
		}
		return noteSent(tx, o.Slot, at)
	})
}

func (c *Catalog) MarkReactions(ctx context.Context, outboxID string) error {
	return c.changeOutbox(ctx, "reactions", outboxID, func(_ *bolt.Tx, o *catalog.Outbox, _ *catalog.Post) error {
		o.Reactions = catalog.StateSent
		return nil
	})
}

func (c *Catalog) MarkFailed(ctx context.Context, outboxID, sentence string, again bool) error {
	return c.changeOutbox(ctx, "failed", outboxID, func(tx *bolt.Tx, o *catalog.Outbox, p *catalog.Post) error {
		o.Error = catalog.Shorten(sentence, catalog.MaxName)
		if o.State == catalog.StateSent {
			o.Reactions = catalog.StateFailed
			return nil
		}
		o.State, o.Again = catalog.StateFailed, again
		if p != nil && p.State == catalog.StatePending {
			p.State, p.Again = catalog.StateFailed, again
		}
		return reopen(tx, *o)
	})
}

// reopen opens the slot of a message that failed, if all other messages of the slot
// failed too and none was at fault. The heading does not count: it may have been sent,
// and is not sent a second time.
func reopen(tx *bolt.Tx, failed catalog.Outbox) error {
	slot, found, err := get[storedSlot](tx.Bucket(bucketSlots), key(failed.Slot))
	if err != nil || !found || failed.Slot == "" || !failed.Again {
		return err
	}
	all := true
	err = each(tx.Bucket(bucketOutbox), []byte(failed.Slot), func(k, v []byte) error {
		o, err := decode[storedOutbox](k, v)
		if o.Slot == failed.Slot && string(k) != failed.ID && o.Kind != catalog.OutboxHeading {
			all = all && catalog.State(o.State) == catalog.StateFailed && o.Again
		}
		return err
	})
	if err != nil || !all {
		return err
	}
	slot.Posted, slot.Done, slot.Refused = false, false, true
	return put(tx.Bucket(bucketSlots), key(failed.Slot), slot)
}
