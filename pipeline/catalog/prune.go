package catalog

import (
	"bytes"
	"time"

	bolt "go.etcd.io/bbolt"
)

// How much of the catalogue one transaction of a sweep reads, and how much it deletes. A
// vote waits for one deletion at most.
const (
	sweepRead   = 20_000 // rows
	sweepDelete = 500    // rows
)

// Prune deletes what is older than the given moments, preferences of members and duels
// with the votes; a zero moment keeps all rows of its kind. It also deletes neighbours
// that no kept video's page shows, and picks that were held a day beyond their minute. It
// returns the number of deleted votes. It goes by many small transactions, between which
// others write; what it deleted before an error stays deleted.
func (c *Catalog) Prune(votesBefore, logsBefore time.Time) (votes int, err error) {
	if !votesBefore.IsZero() {
		votes, err = sweep(c, bucketVotes, func(_ *bolt.Tx, _ []byte, v storedVote) bool { return v.At.Before(votesBefore) })
		if err == nil {
			_, err = sweep(c, bucketPreferences, func(_ *bolt.Tx, k []byte, p storedPreference) bool {
				_, memberID, _ := preferenceOwner(k)
				return memberID != "" && p.At.Before(votesBefore)
			})
		}
		if err == nil {
			_, err = sweep(c, bucketDuels, func(_ *bolt.Tx, _ []byte, d storedDuel) bool { return d.At.Before(votesBefore) })
		}
	}
	if err == nil {
		err = c.update("prune", small, func(tx *bolt.Tx) error {
			// No page is being stored during this transaction, so none is overlooked.
			c.shown.begin()
			return dropHeld(tx, "", func(o Outbox) bool { return expired(o, c.now()) })
		})
	}
	if err == nil {
		err = c.pruneNeighbours()
	}
	c.shown.end()
	if logsBefore.IsZero() {
		return votes, err
	}
	if err == nil {
		_, err = sweep(c, bucketRuns, func(_ *bolt.Tx, _ []byte, r storedRun) bool { return r.Started.Before(logsBefore) })
	}
	if err == nil {
		_, err = sweep(c, bucketSlots, func(_ *bolt.Tx, _ []byte, s storedSlot) bool { return s.At.Before(logsBefore) })
	}
	if err == nil {
		_, err = sweep(c, bucketOutbox, func(tx *bolt.Tx, k []byte, o storedOutbox) bool {
			return o.Created.Before(logsBefore) && !has(tx.Bucket(bucketPending), key(o.Guild, string(k)))
		})
	}
	return votes, err
}

// sweep deletes the rows of a bucket that doomed names, and returns how many it deleted.
// It looks for them in read transactions, and looks again before it deletes.
func sweep[T any](c *Catalog, bucket []byte, doomed func(tx *bolt.Tx, k []byte, row T) bool) (deleted int, err error) {
	var after []byte // the last key that was read
	for ended := false; !ended; {
		var found [][]byte
		err := c.view(func(tx *bolt.Tx) error {
			cur := tx.Bucket(bucket).Cursor()
			k, v := cur.Seek(after)
			if after != nil && bytes.Equal(k, after) {
				k, v = cur.Next()
			}
			read := 0
			for ; k != nil && read < sweepRead && len(found) < sweepDelete; k, v = cur.Next() {
				row, err := decode[T](k, v)
				if err != nil {
					return err
				}
				if doomed(tx, k, row) {
					found = append(found, bytes.Clone(k))
				}
				after = append(after[:0], k...)
				read++
			}
			ended = k == nil
			return nil
		})
		if err != nil {
			return deleted, err
		}
		if len(found) == 0 {
			continue
		}
		n := 0
		err = c.update("prune", small, func(tx *bolt.Tx) error {
			n = 0
			b := tx.Bucket(bucket)
			for _, k := range found {
				row, there, err := get[T](b, k)
				if err != nil {
					return err
				}
				if !there || !doomed(tx, k, row) {
					continue
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

// pruneNeighbours drops the texts that no video of the catalogue refers to. What pages
// show meanwhile is noted in c.shown.
func (c *Catalog) pruneNeighbours() error {
	var idle []uint64 // numbers of texts that nothing refers to
	err := c.view(func(tx *bolt.Tx) (err error) {
		idle, err = idleNeighbours(tx)
		return err
	})
	for err == nil && len(idle) > 0 {
		part := idle[:min(len(idle), sweepDelete)]
		idle = idle[len(part):]
		err = c.update("prune", small, func(tx *bolt.Tx) error {
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
