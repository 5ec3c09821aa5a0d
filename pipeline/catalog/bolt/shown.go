package bolt

import (
	"bytes"
	"context"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
)

func (c *Catalog) Shown(ctx context.Context, guildID string, since time.Time) (shown []catalog.Shown, err error) {
	type row struct { // of a storedPost what is needed: the rest takes long to read
		Channel, Message, State string
		Sent                    time.Time
	}
	err = c.view(ctx, func(tx *bolt.Tx) error {
		posts := tx.Bucket(bucketPosts)
		for id := range postsSince(tx, guildID, since) {
			p, found, err := get[row](posts, key(id))
			if err != nil {
				return err
			}
			if found && p.Message != "" && catalog.State(p.State) == catalog.StateSent {
				shown = append(shown, catalog.Shown{PostID: id, ChannelID: p.Channel, MessageID: p.Message, SentAt: p.Sent})
			}
		}
		return nil
	})
	return shown, err
}

// postsSince are the ids of a guild's posts created at since or later, oldest first.
func postsSince(tx *bolt.Tx, guildID string, since time.Time) func(yield func(string) bool) {
	pre := prefix(guildID)
	from := pre
	if n := since.UnixNano(); !since.IsZero() && n > 0 {
		from = append(slices.Clone(pre), bytes8(uint64(n))...)
	}
	return func(yield func(string) bool) {
		cur := tx.Bucket(bucketByGuild).Cursor()
		for k, _ := cur.Seek(from); bytes.HasPrefix(k, pre) && yield(string(k[len(pre)+9:])); k, _ = cur.Next() {
		}
	}
}

func (c *Catalog) Reactions(ctx context.Context, guildID string, postIDs ...string) (counts []catalog.Reactions, err error) {
	type flag struct{ R string } // of a storedFlag
	counts = make([]catalog.Reactions, len(postIDs))
	err = c.view(ctx, func(tx *bolt.Tx) error {
		clear(counts)
		votes := tx.Bucket(bucketVotes)
		for i, id := range postIDs {
			err := each(votes, prefix(guildID, id), func(k, v []byte) error {
				vote, err := decode[struct{ Up, Down flag }](k, v)
				if vote.Up.R != "" {
					counts[i].Up++
				}
				if vote.Down.R != "" {
					counts[i].Down++
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return counts, err
}
