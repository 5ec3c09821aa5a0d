package bolt

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// runIndex has the ids of runs by guild, oldest first. It may name runs that are deleted.
type runIndex struct {
	mu  sync.Mutex
	ids map[string][]string
}

// add notes a new run.
func (x *runIndex) add(guildID, id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	all := append(x.ids[guildID], id)
	for i := len(all) - 1; i > 0 && all[i] < all[i-1]; i-- {
		all[i], all[i-1] = all[i-1], all[i]
	}
	x.ids[guildID] = all
}

// of are the ids of a guild's runs.
func (x *runIndex) of(guildID string) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.ids[guildID])
}

// surplus are the oldest runs of a guild beyond its part.
func (x *runIndex) surplus(guildID string) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	all := x.ids[guildID]
	part := max(catalog.LeastRuns, catalog.MaxRuns/max(1, len(x.ids)))
	return slices.Clone(all[:max(0, min(len(all)-part, 100))])
}

// forget drops ids of a guild's runs that are deleted.
func (x *runIndex) forget(guildID string, ids []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(x.ids[guildID]), func(id string) bool { return slices.Contains(ids, id) })
	if x.ids[guildID] = left; len(left) == 0 {
		delete(x.ids, guildID)
	}
}

func (c *Catalog) StartRun(ctx context.Context, r catalog.Run) (catalog.Run, error) {
	if r.Started.IsZero() {
		r.Started = c.now()
	}
	r.Started = r.Started.UTC()
	if r.Outcome == "" {
		r.Outcome = catalog.OutcomeRunning
	}
	surplus := c.runs.surplus(r.GuildID)
	err := c.update(ctx, "run", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRuns)
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		if r.ID == "" {
			r.ID = fmt.Sprintf("%016x-%08x", r.Started.UnixNano(), n)
		}
		if err := catalog.CheckIDs(r.ID); err != nil {
			return err
		}
		if err := put(b, key(r.ID), storeRun(r)); err != nil {
			return err
		}
		for _, id := range surplus {
			if err := b.Delete(key(id)); err != nil {
				return err
			}
		}
		c.runs.add(r.GuildID, r.ID) // before others may write: ForgetGuild forgets it, too
		return nil
	})
	if err == nil && len(surplus) > 0 {
		c.runs.forget(r.GuildID, surplus)
	}
	return r, err
}

func (c *Catalog) FinishRun(ctx context.Context, r catalog.Run) error {
	if r.Ended.IsZero() {
		r.Ended = c.now()
	}
	r.Ended = r.Ended.UTC()
	if r.Outcome == "" || r.Outcome == catalog.OutcomeRunning {
		r.Outcome = catalog.OutcomeOK
	}
	if err := catalog.CheckIDs(r.ID); err != nil {
		return fmt.Errorf("the end of a run was not written: %w", err)
	}
	return c.update(ctx, "runend", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRuns)
		old, found, err := get[storedRun](b, key(r.ID))
		if err != nil || !found {
			return err
		}
		r.By = old.By
		if n := old.Counts[catalog.CountRefused]; n > r.Counts[catalog.CountRefused] { // its messages went out before its end was written
			r.Refuse(n, old.Alarms...)
		}
		return put(b, key(r.ID), storeRun(r))
	})
}

// longestPrepare is more than passes between the start of a run and the messages
// that it writes.
const longestPrepare = 24 * time.Hour

// noteRefused writes a message that will not be sent, and why, into the one of the guild's
// runs that prepared it.
func noteRefused(tx *bolt.Tx, runs []string, o catalog.Outbox) error {
	b := tx.Bucket(bucketRuns)
	for _, id := range slices.Backward(runs) {
		row, found, err := get[storedRun](b, key(id))
		if err != nil || found && row.Started.Before(o.CreatedAt.Add(-longestPrepare)) {
			return err
		}
		if !found || row.Slot != o.Slot || row.Kind != catalog.RunPost {
			continue
		}
		n := row.Counts[catalog.CountRefused]
		if o.Kind == catalog.OutboxPick {
			n++
		}
		run := row.run(id)
		run.Refuse(n, "A message was not sent: "+o.Error)
		return put(b, key(id), storeRun(run))
	}
	return nil
}

func (c *Catalog) Runs(ctx context.Context, guildID string, limit int) (runs []catalog.Run, err error) {
	enough := func() bool { return limit > 0 && len(runs) >= limit }
	err = c.view(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRuns)
		if guildID != "" {
			for _, id := range slices.Backward(c.runs.of(guildID)) {
				if enough() {
					break
				}
				row, found, err := get[storedRun](b, key(id))
				if err != nil {
					return err
				}
				if found {
					runs = append(runs, row.run(id))
				}
			}
			return nil
		}
		cur := b.Cursor()
		for k, v := cur.Last(); k != nil && !enough(); k, v = cur.Prev() {
			row, err := decode[storedRun](k, v)
			if err != nil {
				return err
			}
			runs = append(runs, row.run(string(k)))
		}
		return nil
	})
	return runs, err
}

// indexRuns notes which runs there are, and ends those that were running when the program
// died.
func (c *Catalog) indexRuns(ctx context.Context) error {
	all, err := c.Runs(ctx, "", 0)
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(all) {
		c.runs.add(r.GuildID, r.ID)
	}
	for _, r := range all {
		if r.Outcome != catalog.OutcomeRunning {
			continue
		}
		r.Outcome, r.Error = catalog.OutcomeFailed, "Cratedigger stopped while this was going."
		if err := c.FinishRun(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
