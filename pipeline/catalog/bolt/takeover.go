package bolt

import (
	"context"
	"fmt"
	"slices"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) TakeOver(ctx context.Context, from, to string) (taken int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := catalog.CheckIDs(from, to); err != nil {
		return 0, fmt.Errorf("no labels were taken over: %w", err)
	}
	err = c.update(ctx, "takeover", small, func(tx *bolt.Tx) error {
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
		if err := takeOverRows(tx.Bucket(bucketPreferences), from, to, catalog.GuildPreferences, func(k, v []byte) (bool, error) {
			row, err := decode[storedPreference](k, v)
			_, memberID, _ := preferenceOwner(k)
			return before(row.At, forgottenAt(tx, to, memberID)), err
		}); err != nil {
			return err
		}
		if err := takeOverRows(tx.Bucket(bucketDuels), from, to, catalog.MemberDuels, func(k, v []byte) (bool, error) {
			row, err := decode[storedDuel](k, v)
			d, _ := duelOf(k)
			return before(row.At, forgottenAt(tx, to, d.MemberID)), err
		}); err != nil {
			return err
		}
		row.Left = c.now().UTC()
		return put(guilds, key(from), row)
	})
	if err != nil {
		return 0, err
	}
	c.changes.note(nil)
	return taken, nil
}

// takeOverRows gives one guild another's rows of a bucket whose keys begin with the
// guild. Those that it has already stay as they are; those beyond most are left, and those
// of members who were forgotten since, as forgotten says.
func takeOverRows(b *bolt.Bucket, from, to string, most int, forgotten func(k, v []byte) (bool, error)) error {
	room := most - countRows(b, prefix(to))
	type row struct{ k, v []byte }
	var rows []row
	err := each(b, prefix(from), func(k, v []byte) error {
		if gone, err := forgotten(k, v); err != nil || gone {
			return err
		}
		moved := append([]byte(to), k[len(from):]...)
		if b.Get(moved) == nil && len(rows) < room {
			rows = append(rows, row{moved, slices.Clone(v)})
		}
		return nil
	})
	for _, r := range rows {
		if err == nil {
			err = b.Put(r.k, r.v)
		}
	}
	return err
}
