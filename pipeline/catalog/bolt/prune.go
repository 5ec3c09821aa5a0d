package bolt

import (
	"context"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// Rows that deletePieces looks at in one transaction, and deletes in one: so few that no
// vote waits for it.
const (
	pieceRead  = 10_000
	pieceWrite = 1_000
)

// deletePieces deletes the rows of a bucket for which doomed returns true, in many short
// transactions. also, unless nil, deletes what belongs to a row. Rows that come meanwhile
// may be missed. With an error some rows are deleted.
func (c *Catalog) deletePieces(ctx context.Context, name string, bucket []byte, doomed func(tx *bolt.Tx, k, v []byte) (bool, error), also func(tx *bolt.Tx, k, v []byte) error) (deleted int, err error) {
	for from := []byte{}; from != nil; {
		var keys [][]byte
		err := c.view(ctx, func(tx *bolt.Tx) error {
			cur, seen := tx.Bucket(bucket).Cursor(), 0
			k, v := cur.Seek(from)
			for from = nil; k != nil; k, v = cur.Next() {
				if seen == pieceRead || len(keys) == pieceWrite {
					from = slices.Clone(k)
					return nil
				}
				seen++
				yes, err := doomed(tx, k, v)
				if err != nil {
					return err
				}
				if yes {
					keys = append(keys, slices.Clone(k))
				}
			}
			return nil
		})
		if err != nil {
			return deleted, err
		}
		if len(keys) == 0 {
			continue
		}
		n := 0
		err = c.update(ctx, name, small, func(tx *bolt.Tx) error {
			n = 0
			b := tx.Bucket(bucket)
			for _, k := range keys {
				v := b.Get(k)
				if v == nil {
					continue
				}
				if yes, err := doomed(tx, k, v); err != nil {
					return err
				} else if !yes { // it was changed meanwhile
					continue
				}
				if also != nil {
					if err := also(tx, k, v); err != nil {
						return err
					}
				}
				if err := b.Delete(k); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			return deleted, err
		}
		deleted += n
	}
	return deleted, nil
}

// rowsOf asks of the rows of a bucket.
func rowsOf[T any](doomed func(T) bool) func(_ *bolt.Tx, k, v []byte) (bool, error) {
	return func(_ *bolt.Tx, k, v []byte) (bool, error) {
		row, err := decode[T](k, v)
		return err == nil && doomed(row), err
	}
}

func (c *Catalog) Prune(ctx context.Context, votesBefore, logsBefore time.Time) (votes int, err error) {
	if !votesBefore.IsZero() {
		votes, err = c.deletePieces(ctx, "prune", bucketVotes, rowsOf(func(r storedVote) bool { return r.At.Before(votesBefore) }), nil)
		if err == nil {
			_, err = c.deletePieces(ctx, "prune", bucketPreferences, func(_ *bolt.Tx, k, v []byte) (bool, error) {
				row, err := decode[storedPreference](k, v)
				_, memberID, _ := preferenceOwner(k) // what the guild itself told stays
				return memberID != "" && row.At.Before(votesBefore), err
			}, nil)
		}
		if err == nil {
			_, err = c.deletePieces(ctx, "prune", bucketDuels, rowsOf(func(r storedDuel) bool { return r.At.Before(votesBefore) }), nil)
		}
		if err != nil {
			return votes, err
		}
	}
	err = c.update(ctx, "prune", small, func(tx *bolt.Tx) error {
		// No page is being stored during this transaction, so none is overlooked.
		c.shown.begin()
		return dropHeld(tx, "", func(o catalog.Outbox) bool { return expired(o, c.now()) })
	})
	defer c.shown.end()
	if err == nil {
		err = c.pruneNeighbours(ctx)
	}
	if err != nil || logsBefore.IsZero() {
		return votes, err
	}
	_, err = c.deletePieces(ctx, "prune", bucketRuns, rowsOf(func(r storedRun) bool { return r.Started.Before(logsBefore) }), nil)
	if err == nil {
		_, err = c.deletePieces(ctx, "prune", bucketSlots, rowsOf(func(r storedSlot) bool { return r.At.Before(logsBefore) }), nil)
	}
	if err == nil {
		_, err = c.deletePieces(ctx, "prune", bucketOutbox, func(tx *bolt.Tx, k, v []byte) (bool, error) {
			row, err := decode[storedOutbox](k, v)
			left := has(tx.Bucket(bucketPending), key(row.Guild, string(k)))
			return err == nil && !left && row.Created.Before(logsBefore), err
		}, nil)
	}
	if err == nil {
		_, err = c.deletePieces(ctx, "prune", bucketCounters, func(_ *bolt.Tx, k, _ []byte) (bool, error) {
			day, ok := catalog.CounterDay(string(k))
			return ok && day.Before(logsBefore), nil
		}, nil)
	}
	return votes, err
}

// pruneNeighbours drops the texts that no video of the catalogue refers to. What pages
// show meanwhile is noted in c.shown.
func (c *Catalog) pruneNeighbours(ctx context.Context) error {
	var idle []uint64 // numbers of texts that nothing refers to
	err := c.view(ctx, func(tx *bolt.Tx) (err error) {
		idle, err = idleNeighbours(tx)
		return err
	})
	for err == nil && len(idle) > 0 {
		part := idle[:min(len(idle), pieceWrite)]
		idle = idle[len(part):]
		err = c.update(ctx, "prune", small, func(tx *bolt.Tx) error {
			p := openPool(tx)
			again, err := c.shown.since(p)
			if err != nil {
				return err
			}
			for _, n := range part {
				if again[n] {
					continue
				}
				if err := p.drop(n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}
