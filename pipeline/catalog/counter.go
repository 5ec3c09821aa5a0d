package catalog

import (
	"context"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Counter returns a named counter, 0 when it does not exist.
func (c *Catalog) Counter(name string) (n uint64, err error) {
	err = c.view(func(tx *bolt.Tx) error {
		n = number(tx.Bucket(bucketCounters).Get(key(name)))
		return nil
	})
	return n, err
}

// AddCounter adds to a named counter and returns the sum. Daily counters have the
// day in their name.
func (c *Catalog) AddCounter(name string, add uint64) (n uint64, err error) {
	if err := checkIDs(name); err != nil {
		return 0, err
	}
	err = c.update("counter", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketCounters)
		n = number(b.Get(key(name))) + add
		return b.Put(key(name), bytes8(n))
	})
	return n, err
}

// State returns the bytes stored by SetState.
func (c *Catalog) State(name string) (data []byte, found bool, err error) {
	err = c.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketStates).Get(key(name))
		data, found = slices.Clone(v), v != nil
		return nil
	})
	return data, found, err
}

// SetState stores bytes under a name, or deletes them if data is nil.
func (c *Catalog) SetState(name string, data []byte) error {
	return c.SetStates(context.Background(), map[string][]byte{name: data})
}

// SetStates does what SetState does, for several names in one transaction.
func (c *Catalog) SetStates(ctx context.Context, states map[string][]byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(states)) // bbolt splits pages better in order
	for _, name := range names {
		if err := checkIDs(name); err != nil {
			return err
		}
	}
	return c.update("state", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketStates)
		for _, name := range names {
			var err error
			if data := states[name]; data == nil {
				err = b.Delete(key(name))
			} else {
				err = b.Put(key(name), data)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
