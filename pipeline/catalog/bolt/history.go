package bolt

import (
	"context"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) History(ctx context.Context, guildID string) (h catalog.History, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) (err error) {
		if h.Posts, err = readPosts(tx, guildID, time.Time{}); err != nil {
			return err
		}
		if h.Held, err = readHeld(tx, guildID); err != nil {
			return err
		}
		if h.Votes, err = readVotes(tx, prefix(guildID), ""); err != nil {
			return err
		}
		if h.Duels, err = readDuels(tx.Bucket(bucketDuels), prefix(guildID)); err != nil {
			return err
		}
		all, err := readPreferences(tx, prefix(guildID))
		h.Preferences = catalog.Standing(all)
		return err
	})
	return h, err
}
