package bolt

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) DropVideos(ctx context.Context, ids ...string) (dropped int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	err = c.update(ctx, "drop", small, func(tx *bolt.Tx) error {
		dropped = 0
		videos, finds := tx.Bucket(bucketVideos), tx.Bucket(bucketFinds)
		gone := make(map[string]bool, len(ids))
		for _, id := range ids {
			if videos.Get(key(id)) == nil {
				continue
			}
			if err := videos.Delete(key(id)); err != nil {
				return err
			}
			gone[id] = true
			dropped++
		}
		var stale [][]byte
		err := each(finds, nil, func(k, _ []byte) error {
			if i := bytes.IndexByte(k, 0); i >= 0 && gone[string(k[i+1:])] {
				stale = append(stale, bytes.Clone(k))
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, k := range stale {
			if err := finds.Delete(k); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		return meta.Put(keyVideos, bytes8(number(meta.Get(keyVideos))-uint64(dropped)))
	})
	if err != nil {
		return 0, fmt.Errorf("videos were not dropped: %w", err)
	}
	c.videos.Add(-int64(dropped))
	c.changes.note(nil) // who had found them is not known any more
	return dropped, nil
}
