package catalog

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// maxRuns is how many runs are kept at most.
const maxRuns = 5000

// StartRun records the start of a run and returns it with its empty fields ID,
// Started and Outcome filled in.
func (c *Catalog) StartRun(r Run) (Run, error) {
	if r.Started.IsZero() {
		r.Started = c.now()
	}
	r.Started = r.Started.UTC()
	if r.Outcome == "" {
		r.Outcome = OutcomeRunning
	}
	err := c.update("run", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRuns)
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		if r.ID == "" {
			r.ID = fmt.Sprintf("%016x-%08x", r.Started.UnixNano(), n)
		}
		if err := checkIDs(r.ID); err != nil {
			return err
		}
		if err := put(b, key(r.ID), storeRun(r)); err != nil {
			return err
		}
		if n%100 != 0 {
			return nil
		}
		return dropOldest(b, maxRuns)
	})
	return r, err
}

// dropOldest deletes the first rows of a bucket until most are left.
func dropOldest(b *bolt.Bucket, most int) error {
	n := 0
	cur := b.Cursor()
	for k, _ := cur.Last(); k != nil; k, _ = cur.Prev() {
		if n++; n > most {
			if err := cur.Delete(); err != nil {
				return err
			}
		}
	}
	return nil
}

// FinishRun records the end of a run. A zero Ended means now. It keeps the stored
// asker, as the member may have been forgotten since, and writes nothing if the
// run is gone because its guild was forgotten.
func (c *Catalog) FinishRun(r Run) error {
	if r.Ended.IsZero() {
		r.Ended = c.now()
	}
	r.Ended = r.Ended.UTC()
	if r.Outcome == "" || r.Outcome == OutcomeRunning {
		r.Outcome = OutcomeOK
	}
	if err := checkIDs(r.ID); err != nil {
		return fmt.Errorf("the end of a run was not written: %w", err)
	}
	return c.update("runend", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRuns)
		old, found, err := get[storedRun](b, key(r.ID))
		if err != nil || !found {
			return err
		}
		r.By = old.By
		row := storeRun(r)
		if n := old.Counts[CountRefused]; n > row.Counts[CountRefused] { // its messages went out before its end was written
			row.refuse(n, old.Alarms...)
		}
		return put(b, key(r.ID), row)
	})
}

// longestPrepare is more than passes between the start of a run and the messages
// that it writes.
const longestPrepare = 24 * time.Hour

// noteRefused writes a message that will not be sent, and why, into the run that
// prepared it.
func noteRefused(tx *bolt.Tx, o Outbox) error {
	if o.Slot == "" {
		return nil
	}
	b := tx.Bucket(bucketRuns)
	cur := b.Cursor()
	for k, v := cur.Last(); k != nil; k, v = cur.Prev() {
		row, err := decode[storedRun](k, v)
		if err != nil || row.Started.Before(o.CreatedAt.Add(-longestPrepare)) {
			return err
		}
		if row.Guild != o.GuildID || row.Slot != o.Slot || row.Kind != RunPost {
			continue
		}
		n := row.Counts[CountRefused]
		if o.Kind == OutboxPick {
			n++
		}
		row.refuse(n, "A message was not sent: "+o.Error)
		return put(b, bytes.Clone(k), row)
	}
	return nil
}

// refuse notes that n picks of a run were not sent, and why.
func (s *storedRun) refuse(n int, alarms ...string) {
	if s.Counts = maps.Clone(s.Counts); s.Counts == nil {
		s.Counts = map[string]int{}
	}
	s.Counts[CountRefused] = n
	for _, a := range alarms {
		if !slices.Contains(s.Alarms, a) {
			s.Alarms = append(s.Alarms, a)
		}
	}
	if s.Outcome == OutcomeOK {
		s.Outcome = OutcomeDegraded
	}
}

// Runs returns up to limit runs (0: all) of a guild, or of all guilds for "",
// newest first.
func (c *Catalog) Runs(guildID string, limit int) (runs []Run, err error) {
	err = c.view(func(tx *bolt.Tx) error {
		cur := tx.Bucket(bucketRuns).Cursor()
		for k, v := cur.Last(); k != nil && (limit <= 0 || len(runs) < limit); k, v = cur.Prev() {
			row, err := decode[storedRun](k, v)
			if err != nil {
				return err
			}
			if guildID == "" || row.Guild == guildID {
				runs = append(runs, row.run(string(k)))
			}
		}
		return nil
	})
	return runs, err
}

// closeInterrupted ends the runs that were running when the program died.
func (c *Catalog) closeInterrupted() error {
	open, err := c.Runs("", 0)
	if err != nil {
		return err
	}
	for _, r := range open {
		if r.Outcome != OutcomeRunning {
			continue
		}
		r.Outcome, r.Error = OutcomeFailed, "Cratedigger stopped while this was going."
		if err := c.FinishRun(r); err != nil {
			return err
		}
	}
	return nil
}
