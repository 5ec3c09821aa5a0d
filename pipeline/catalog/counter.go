package catalog

import (
	"context"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Counter returns a named counter, 0 when it does not exist.
func (c *Catalog) Counter(ctx context.Context, name string) (n uint64, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		n = number(tx.Bucket(bucketCounters).Get(key(name)))
		return nil
	})
	return n, err
}

// AddCounter adds to a named counter and returns the sum. Daily counters have the
// day in their name.
func (c *Catalog) AddCounter(ctx context.Context, name string, add uint64) (n uint64, err error) {
	if err := checkIDs(name); err != nil {
		return 0, err
	}
	err = c.update(ctx, "counter", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketCounters)
		n = number(b.Get(key(name))) + add
		return b.Put(key(name), bytes8(n))
	})
	return n, err
}

// State returns the bytes stored by SetState.
func (c *Catalog) State(ctx context.Context, name string) (data []byte, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketStates).Get(key(name))
		data, found = slices.Clone(v), v != nil
		return nil
	})
	return data, found, err
}

// SetState stores bytes under a name, or deletes them if data is nil.
func (c *Catalog) SetState(ctx context.Context, name string, data []byte) error {
	if err := checkIDs(name); err != nil {
		return err
	}
	return c.update(ctx, "state", small, func(tx *bolt.Tx) error {
		if data == nil {
			return tx.Bucket(bucketStates).Delete(key(name))
		}
		return tx.Bucket(bucketStates).Put(key(name), data)
	})
}
