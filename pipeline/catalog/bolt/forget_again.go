package bolt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// forgottenIn reads who asked to be forgotten from the catalogue that a backup is to
// replace: the time by state. It is empty for a file that is damaged, which may not be
// read, and for one of another install, whose digests say nothing here.
func forgottenIn(path, install string) map[string]uint64 {
	all := map[string]uint64{}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return nil // opening it would create a catalogue
	}
	db, err := openFile(path, time.Second, true)
	if err != nil {
		return nil
	}
	err = guard(path, func() error {
		defer db.Close()
		return db.View(func(tx *bolt.Tx) error {
			meta, states := tx.Bucket(bucketMeta), tx.Bucket(bucketStates)
			if meta == nil || states == nil || string(meta.Get(keyInstall)) != install {
				return nil
			}
			return each(states, []byte(forgottenPrefix), func(k, v []byte) error {
				all[string(k)] = number(v)
				return nil
			})
		})
	})
	if err != nil {
		return nil
	}
	return all
}

// forgetAgain forgets in a copy of a backup whoever asked for it after the backup was
// made, as the catalogue that it is to replace knew.
func forgetAgain(ctx context.Context, path string, gone map[string]uint64, o Options) (err error) {
	if len(gone) == 0 {
		return nil
	}
	c, err := Open(path, o)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, c.Close())
		dropParts(filepath.Dir(path), filepath.Base(path)+".*") // what an open catalogue has beside it
	}()
	type person struct{ guild, member string }
	again := map[person]bool{}
	err = c.update(ctx, "forget", small, func(tx *bolt.Tx) error {
		clear(again)
		states := tx.Bucket(bucketStates)
		later := map[string]bool{} // states of those who asked after the backup
		for k, at := range gone {
			if number(states.Get([]byte(k))) < at {
				later[k] = true
				if err := states.Put([]byte(k), bytes8(at)); err != nil {
					return err
				}
			}
		}
		see := func(guildID, memberID string) {
			for _, in := range []string{"", guildID} {
				if memberID != "" && later[string(forgottenKey(tx, in, memberID))] {
					again[person{in, memberID}] = true
				}
			}
		}
		return eachMember(tx, see)
	})
	for p := range again {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			_, err = c.ForgetMember(ctx, p.guild, p.member)
		}
	}
	return err
}

// eachMember calls see for each guild and member that rows name by id.
func eachMember(tx *bolt.Tx, see func(guildID, memberID string)) error {
	err := each(tx.Bucket(bucketVotes), nil, func(k, _ []byte) error {
		see(voteOwner(k))
		return nil
	})
	if err == nil {
		err = each(tx.Bucket(bucketPreferences), nil, func(k, _ []byte) error {
			guildID, memberID, _ := preferenceOwner(k)
			see(guildID, memberID)
			return nil
		})
	}
	if err == nil {
		err = each(tx.Bucket(bucketFinds), nil, func(k, v []byte) error {
			row, err := decode[storedFind](k, v)
			guildID, _ := split(k)
			see(guildID, row.SeededBy)
			return err
		})
	}
	if err == nil {
		err = each(tx.Bucket(bucketRuns), nil, func(k, v []byte) error {
			row, err := decode[storedRun](k, v)
			see(row.Guild, string(row.By))
			return err
		})
	}
	if err != nil {
		return err
	}
	return each(tx.Bucket(bucketGuilds), nil, func(k, v []byte) error {
		row, err := decode[storedGuild](k, v)
		for _, b := range row.BlockedChannels {
			see(string(k), b.By)
		}
		for _, b := range row.BlockedArtists {
			see(string(k), b.By)
		}
		return err
	})
}
