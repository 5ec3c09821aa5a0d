package bolt

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) BeginSlot(ctx context.Context, s catalog.Slot) (fresh bool, err error) {
	if err := catalog.CheckIDs(s.Key); err != nil {
		return false, fmt.Errorf("the slot was not begun: %w", err)
	}
	open := func(tx *bolt.Tx) (row storedSlot, found bool, err error) {
		row, found, err = get[storedSlot](tx.Bucket(bucketSlots), key(s.Key))
		fresh = err == nil && !row.Done && row.Attempts < catalog.SlotAttempts
		return row, found, err
	}
	err = c.view(ctx, func(tx *bolt.Tx) error {
		_, _, err := open(tx)
		return err
	})
	if err != nil || !fresh {
		return false, err // after a restart most are done, and nothing is written
	}
	err = c.update(ctx, "slot", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketSlots)
		row, found, err := open(tx)
		if err != nil || !fresh {
			return err
		}
		if !found {
			row = storedSlot{Guild: s.GuildID, Kind: s.Kind, At: s.At.UTC()}
		}
		row.Attempts++
		row.Refused, row.Fired = false, s.FiredAt.UTC()
		return put(b, key(s.Key), row)
	})
	return fresh && err == nil, err
}

func (c *Catalog) FinishSlot(ctx context.Context, slotKey string) error {
	return c.update(ctx, "finish", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketSlots)
		row, found, err := get[storedSlot](b, key(slotKey))
		if err != nil || !found {
			return missing(err, "the slot", slotKey)
		}
		if row.Done || row.Refused {
			return nil
		}
		row.Done = true
		return put(b, key(slotKey), row)
	})
}

func (c *Catalog) Slot(ctx context.Context, slotKey string) (s catalog.Slot, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		row, ok, err := get[storedSlot](tx.Bucket(bucketSlots), key(slotKey))
		if found = ok; ok {
			s = row.slot(slotKey)
		}
		return err
	})
	return s, found, err
}

func (c *Catalog) LastSent(ctx context.Context, guildID string) (s catalog.Slot, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		first := []byte(guildID + "/" + string(catalog.RunPost) + "/") // then the wall clock
		cur := tx.Bucket(bucketSlots).Cursor()
		back := cur.Prev
		if k, _ := cur.Seek(append(bytes.Clone(first), 0xff)); k == nil {
			back = cur.Last
		}
		for k, v := back(); bytes.HasPrefix(k, first); k, v = cur.Prev() {
			row, err := decode[storedSlot](k, v)
			if err != nil {
				return err
			}
			if found = !row.Sent.IsZero(); found {
				s = row.slot(string(k))
				return nil
			}
		}
		return nil
	})
	return s, found, err
}

// noteSent records when the first message of a slot was sent.
func noteSent(tx *bolt.Tx, slotKey string, at time.Time) error {
	b := tx.Bucket(bucketSlots)
	row, found, err := get[storedSlot](b, key(slotKey))
	if err != nil || !found || !row.Sent.IsZero() {
		return err
	}
	row.Sent = at.UTC()
	return put(b, key(slotKey), row)
}

func (c *Catalog) JobSince(ctx context.Context, job, line string, now time.Time) (since time.Time, err error) {
	if err := catalog.CheckIDs(job); err != nil {
		return now, fmt.Errorf("the schedule was not noted: %w", err)
	}
	var row storedJob
	err = c.view(ctx, func(tx *bolt.Tx) error {
		row, _, err = get[storedJob](tx.Bucket(bucketJobs), key(job))
		return err
	})
	if err != nil || row.Line == line && !row.Since.After(now) {
		return row.Since, err
	}
	row = storedJob{Line: line, Since: now.UTC()}
	return row.Since, c.update(ctx, "job", small, func(tx *bolt.Tx) error {
		return put(tx.Bucket(bucketJobs), key(job), row)
	})
}
