package bolt

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// migrations[i] brings a file from schema i+1 to i+2. A migration uses plain JSON
// maps or its own structs, never today's types, so that it stays right when those
// change.
var migrations = []func(*bolt.Tx) error{
	addPending,
	packVideos,
	addNeighbourBuckets,
	addPreferenceBucket,
	addHeld,
	addPieces,
}

// newestSchema is the schema that this code reads and writes.
var newestSchema = uint64(len(migrations) + 1)

// migrate brings the file to the newest schema in one transaction, and keeps a
// copy of the old one where there is room. A fresh file gets all buckets.
func (c *Catalog) migrate(ctx context.Context, fresh bool) error {
	have := newestSchema
	missing := fresh
	err := c.view(ctx, func(tx *bolt.Tx) error {
		if !fresh {
			have = number(tx.Bucket(bucketMeta).Get(keySchema))
		}
		for _, name := range buckets {
			missing = missing || tx.Bucket(name) == nil
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case have > newestSchema:
		return &catalog.NewerError{Path: c.path, Have: have, Newest: newestSchema}
	case have == 0:
		return &catalog.CorruptError{Path: c.path, Cause: fmt.Errorf("it has no schema number")}
	case have < newestSchema:
		if err := c.keepOld(ctx, have); err != nil {
			return err
		}
	case !missing:
		return nil
	}
	return c.update(ctx, "migrate", small, func(tx *bolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		for v := have; v < newestSchema; v++ {
			if err := migrations[v-1](tx); err != nil {
				return fmt.Errorf("the catalogue cannot be brought from schema %d to %d: %w", v, v+1, err)
			}
		}
		meta := tx.Bucket(bucketMeta)
		if err := meta.Put(keyInstall, []byte(c.install)); err != nil {
			return err
		}
		return meta.Put(keySchema, bytes8(newestSchema))
	})
}

// keepOld keeps a copy of the file before it is migrated, unless the disk has no room.
func (c *Catalog) keepOld(ctx context.Context, schema uint64) error {
	kept := fmt.Sprintf("%s.schema%d", c.path, schema)
	size := uint64(0)
	if info, err := os.Stat(c.path); err == nil {
		size = uint64(info.Size())
	}
	if err := c.space.room(size); err != nil {
		c.log.Warn("the catalogue is brought to a newer schema without a copy of the old one, for which the disk has no room", "from", schema, "to", newestSchema, "wanted_mb", size>>20, "error", err)
		return nil
	}
	if err := c.copyTo(ctx, kept); err != nil {
		return fmt.Errorf("the catalogue was not brought from schema %d to %d, because no copy could be kept: %w", schema, newestSchema, err)
	}
	c.log.Info("the catalogue is brought to a newer schema", "from", schema, "to", newestSchema, "copy", kept)
	return nil
}

// copyTo writes a synced copy of the open file.
func (c *Catalog) copyTo(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = c.view(ctx, func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(f)
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// addNeighbourBuckets (schema 3 to 4) has nothing to do: migrate creates the new buckets.
func addNeighbourBuckets(*bolt.Tx) error { return nil }

// addPreferenceBucket (schema 4 to 5) has nothing to do either. The number is a new one
// because an earlier program would forget a member and leave their preferences and duels.
func addPreferenceBucket(*bolt.Tx) error { return nil }

// addHeld (schema 5 to 6) has nothing to do. The number is a new one because an earlier
// program would take held picks for messages that wait for their reactions.
func addHeld(*bolt.Tx) error { return nil }

// addPieces (schema 6 to 7) has nothing to do: models of earlier programs are read as they
// are until newer versions replace them. The number is a new one because an earlier
// program cannot read the new ones.
func addPieces(*bolt.Tx) error { return nil }

// addPending (schema 1 to 2) adds the index of pending outbox rows and the
// number of videos; in schema 1 both were found by reading all rows.
func addPending(tx *bolt.Tx) error {
	pending := tx.Bucket(bucketPending)
	err := tx.Bucket(bucketOutbox).ForEach(func(k, v []byte) error {
		var row struct{ Guild, State, Reactions string }
		if err := json.Unmarshal(v, &row); err != nil {
			return err
		}
		if row.State == "pending" || row.State == "sent" && row.Reactions == "pending" {
			return pending.Put(key(row.Guild, string(k)), nil)
		}
		return nil
	})
	if err != nil {
		return err
	}
	videos := 0
	if err := tx.Bucket(bucketVideos).ForEach(func(_, _ []byte) error { videos++; return nil }); err != nil {
		return err
	}
	return tx.Bucket(bucketMeta).Put(keyVideos, bytes8(uint64(videos)))
}
