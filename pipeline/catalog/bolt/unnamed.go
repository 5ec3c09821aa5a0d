package bolt

import (
	"context"
	"fmt"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) SetUnnamed(ctx context.Context, memberID string, unnamed bool) error {
	if err := catalog.CheckIDs(memberID); err != nil {
		return fmt.Errorf("nobody's wish was kept: %w", err)
	}
	return c.update(ctx, "unnamed", small, func(tx *bolt.Tx) error {
		k := unnamedKey(tx, memberID)
		if !unnamed {
			return tx.Bucket(bucketStates).Delete(k)
		}
		return tx.Bucket(bucketStates).Put(k, []byte(c.now().UTC().Format(time.DateOnly)))
	})
}

func (c *Catalog) Unnamed(ctx context.Context, memberID string) (unnamed bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		unnamed = memberID != "" && tx.Bucket(bucketStates).Get(unnamedKey(tx, memberID)) != nil
		return nil
	})
	return unnamed, err
}

func unnamedKey(tx *bolt.Tx, memberID string) []byte {
	install := string(tx.Bucket(bucketMeta).Get(keyInstall))
	return []byte("unnamed/" + catalog.Digest(32, "unnamed", install, memberID))
}
