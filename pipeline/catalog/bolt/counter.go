package bolt

import (
	"context"
	"maps"
	"slices"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) Counter(ctx context.Context, name string) (n uint64, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		n = number(tx.Bucket(bucketCounters).Get(key(name)))
		return nil
	})
	return n, err
}

func (c *Catalog) AddCounter(ctx context.Context, name string, add uint64) (n uint64, err error) {
	if err := catalog.CheckIDs(name); err != nil {
		return 0, err
	}
	err = c.update(ctx, "counter", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketCounters)
		n = number(b.Get(key(name))) + add
		return b.Put(key(name), bytes8(n))
	})
	return n, err
}

func (c *Catalog) State(ctx context.Context, name string) (data []byte, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketStates).Get(key(name))
		data, found = slices.Clone(v), v != nil
		return nil
	})
	return data, found, err
}

func (c *Catalog) SetState(ctx context.Context, name string, data []byte) error {
	return c.SetStates(ctx, map[string][]byte{name: data})
}

func (c *Catalog) SetStates(ctx context.Context, states map[string][]byte) error {
	names := slices.Sorted(maps.Keys(states)) // bbolt splits pages better in order
	for _, name := range names {
		if err := catalog.CheckIDs(name); err != nil {
			return err
		}
	}
	return c.update(ctx, "state", small, func(tx *bolt.Tx) error {
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
