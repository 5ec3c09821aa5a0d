package catalog

import (
	"bytes"
	"context"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Shown is a post that stands on Discord, as far as it takes to find it there.
type Shown struct {
	PostID, ChannelID, MessageID string
	SentAt                       time.Time
}

// Shown returns the posts of a guild that stand on Discord and were created at since or
// later, oldest first.
func (c *Catalog) Shown(ctx context.Context, guildID string, since time.Time) (shown []Shown, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type row struct { // of a storedPost what is needed: the rest takes long to read
		Channel, Message, State string
		Sent                    time.Time
	}
	err = c.view(func(tx *bolt.Tx) error {
		posts := tx.Bucket(bucketPosts)
		for id := range postsSince(tx, guildID, since) {
			p, found, err := get[row](posts, key(id))
			if err != nil {
				return err
			}
			if found && p.Message != "" && State(p.State) == StateSent {
				shown = append(shown, Shown{PostID: id, ChannelID: p.Channel, MessageID: p.Message, SentAt: p.Sent})
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

// Reactions is how many members' reactions to a post are votes in each direction.
type Reactions struct{ Up, Down int }

// Reactions counts the reactions to each of some posts of a guild, as one state of the
// catalogue has them.
func (c *Catalog) Reactions(ctx context.Context, guildID string, postIDs ...string) (counts []Reactions, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type flag struct{ R string } // of a storedFlag
	counts = make([]Reactions, len(postIDs))
	err = c.view(func(tx *bolt.Tx) error {
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
