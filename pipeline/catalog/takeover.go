package catalog

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// TakeOver gives one guild the labels of another: its votes on videos without a
// post, the finds of these videos, and its preferences. A voter's label that the new guild has already
// stays as it is there. The other guild counts as left from now on; nothing of it
// is deleted before the retention ends. It returns how many labels were taken.
func (c *Catalog) TakeOver(ctx context.Context, from, to string) (taken int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := checkIDs(from, to); err != nil {
		return 0, fmt.Errorf("no labels were taken over: %w", err)
	}
	var generation uint64
	err = c.update("takeover", small, func(tx *bolt.Tx) error {
		taken = 0
		guilds, votes, finds := tx.Bucket(bucketGuilds), tx.Bucket(bucketVotes), tx.Bucket(bucketFinds)
		row, found, err := get[storedGuild](guilds, key(from))
		if err != nil || !found {
			return missing(err, "the guild", from)
		}
		if _, found, err := get[storedGuild](guilds, key(to)); err != nil || !found {
			return missing(err, "the guild", to)
		}
		labels, err := readVotes(tx, prefix(from), "")
		if err != nil {
			return err
		}
		for _, v := range labels {
			if v.PostID != "" || before(v.At, forgottenAt(tx, to, v.MemberID)) {
				continue
			}
			k := key(to, voteSubject("", v.VideoID), v.MemberID)
			if votes.Get(k) == nil {
				if err := put(votes, k, storedVote{Video: v.VideoID, Up: storedFlag(v.Up), Down: storedFlag(v.Down), Value: v.Value, At: v.At}); err != nil {
					return err
				}
				taken++
			}
			find, known, err := get[storedFind](finds, key(from, v.VideoID))
			if err == nil && known && finds.Get(key(to, v.VideoID)) == nil {
				err = put(finds, key(to, v.VideoID), find)
			}
			if err != nil {
				return err
			}
		}
		if err := takeOverPreferences(tx, from, to); err != nil {
			return err
		}
		row.Left = c.now().UTC()
		if generation, err = tx.Bucket(bucketVideos).NextSequence(); err != nil {
			return err
		}
		return put(guilds, key(from), row)
	})
	if err != nil {
		return 0, err
	}
	c.generation.Store(generation)
	return taken, nil
}
