package catalog

import (
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Counter returns a named count, 0 when there is none.
func (c *Catalog) Counter(name string) (n uint64, err error) {
	err = c.view(func(tx *bolt.Tx) error {
		n = number(tx.Bucket(bucketCounters).Get(key(name)))
		return nil
	})
	return n, err
}

// AddCounter adds to a named count and returns the sum. Counts of a day carry
// the day in their name.
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

// State returns bytes that a part of the program keeps under a name.
func (c *Catalog) State(name string) (data []byte, found bool, err error) {
	err = c.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketStates).Get(key(name))
		data, found = slices.Clone(v), v != nil
		return nil
	})
	return data, found, err
}

// SetState keeps bytes under a name; nil takes them away.
func (c *Catalog) SetState(name string, data []byte) error {
	if err := checkIDs(name); err != nil {
		return err
	}
	return c.update("state", small, func(tx *bolt.Tx) error {
		if data == nil {
			return tx.Bucket(bucketStates).Delete(key(name))
		}
		return tx.Bucket(bucketStates).Put(key(name), data)
	})
}
