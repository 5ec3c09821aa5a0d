package catalog

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// ForgetMember removes what is kept of a member in a guild, or with "" in
// all: the votes, and the name under what they proposed, blocked or started.
// It returns the number of votes removed. Backups forget when they are
// pruned; the model, when it is trained again.
//
// The member's reactions stand on Discord still. So that a comparison does not
// bring them back, a digest of the id that only this catalogue can make is kept
// with the time, for as long as posts are compared: what is found on a post
// from before is not taken. What the member does from now on is.
func (c *Catalog) ForgetMember(guildID, memberID string) (votes int, err error) {
	if err := checkIDs(memberID); err != nil {
		return 0, fmt.Errorf("nobody was forgotten: %w", err)
	}
	err = c.update("forget", small, func(tx *bolt.Tx) error {
		votes = 0
		var pre []byte
		if guildID != "" {
			pre = prefix(guildID)
		}
		err := deleteIf(tx.Bucket(bucketVotes), pre, func(k, _ []byte) (bool, error) {
			_, member := voteOwner(k)
			if member == memberID {
				votes++
			}
			return member == memberID, nil
		})
		if err != nil {
			return err
		}
		if err := tx.Bucket(bucketStates).Put(forgottenKey(tx, guildID, memberID), bytes8(uint64(c.now().UnixNano()))); err != nil {
			return err
		}
		return forgetNames(tx, guildID, memberID)
	})
	if err != nil {
		return 0, err
	}
	return votes, nil
}

// forgottenFor is how long it is known that somebody was forgotten: longer than
// posts are compared with Discord.
const forgottenFor = 40 * 24 * time.Hour

const forgottenPrefix = "forgotten/"

func forgottenKey(tx *bolt.Tx, guildID, memberID string) []byte {
	install := string(tx.Bucket(bucketMeta).Get(keyInstall))
	return []byte(forgottenPrefix + digest(32, "forgotten", install, guildID, memberID))
}

// forgotten reports whether a change was found on a post from before its member
// was forgotten.
func forgotten(tx *bolt.Tx, ch VoteChange) (bool, error) {
	if !ch.OrderUnknown || !ch.Set || ch.PostID == "" {
		return false, nil
	}
	at := number(tx.Bucket(bucketStates).Get(forgottenKey(tx, "", ch.MemberID)))
	at = max(at, number(tx.Bucket(bucketStates).Get(forgottenKey(tx, ch.GuildID, ch.MemberID))))
	if at == 0 {
		return false, nil
	}
	post, _, err := get[storedPost](tx.Bucket(bucketPosts), key(ch.PostID))
	return uint64(max(0, post.Created.UnixNano())) <= at, err
}

// forgetNames takes a member's id out of finds, guilds and runs.
func forgetNames(tx *bolt.Tx, guildID, memberID string) error {
	var pre []byte
	if guildID != "" {
		pre = prefix(guildID)
	}
	err := rewrite(tx.Bucket(bucketFinds), pre, func(_ []byte, f *storedFind) bool {
		mine := f.SeededBy == memberID
		if mine {
			f.SeededBy = "forgotten" // somebody proposed it; it stays shown
		}
		return mine
	})
	if err != nil {
		return err
	}
	err = rewrite(tx.Bucket(bucketGuilds), nil, func(k []byte, g *storedGuild) bool {
		changed := false
		if guildID != "" && string(k) != guildID {
			return false
		}
		for i := range g.BlockedChannels {
			if g.BlockedChannels[i].By == memberID {
				g.BlockedChannels[i].By, changed = "", true
			}
		}
		return changed
	})
	if err != nil {
		return err
	}
	return rewrite(tx.Bucket(bucketRuns), nil, func(_ []byte, r *storedRun) bool {
		mine := r.By == Asker(memberID) && (guildID == "" || r.Guild == guildID)
		if mine {
			r.By = ByForgotten
		}
		return mine
	})
}

// rewrite changes the rows under a prefix for which change returns true.
func rewrite[T any](b *bolt.Bucket, pre []byte, change func(k []byte, row *T) bool) error {
	type changed struct {
		k   []byte
		row T
	}
	var all []changed
	err := each(b, pre, func(k, v []byte) error {
		row, err := decode[T](k, v)
		if err == nil && change(k, &row) {
			all = append(all, changed{slices.Clone(k), row})
		}
		return err
	})
	for _, ch := range all {
		if err == nil {
			err = put(b, ch.k, ch.row)
		}
	}
	return err
}

// deleteIf deletes the rows under a prefix that doomed names.
func deleteIf(b *bolt.Bucket, pre []byte, doomed func(k, v []byte) (bool, error)) error {
	var keys [][]byte
	err := each(b, pre, func(k, v []byte) error {
		yes, err := doomed(k, v)
		if yes {
			keys = append(keys, slices.Clone(k))
		}
		return err
	})
	for _, k := range keys {
		if err == nil {
			err = b.Delete(k)
		}
	}
	return err
}

// ForgetGuild removes all that is kept of a guild: its settings, votes, posts,
// outbox, models and runs. Videos stay, for they are the same in every guild.
func (c *Catalog) ForgetGuild(guildID string) error {
	if err := checkIDs(guildID); err != nil {
		return fmt.Errorf("no guild was forgotten: %w", err)
	}
	all := func(_, _ []byte) (bool, error) { return true, nil }
	return c.update("forgetguild", small, func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketFinds, bucketVotes, bucketByGuild, bucketPending, bucketModels, bucketBlobs} {
			if err := deleteIf(tx.Bucket(name), prefix(guildID), all); err != nil {
				return err
			}
		}
		for _, name := range [][]byte{bucketSlots, bucketJobs} {
			if err := deleteIf(tx.Bucket(name), []byte(guildID+"/"), all); err != nil {
				return err
			}
		}
		for _, name := range [][]byte{bucketGuilds, bucketChampions} {
			if err := tx.Bucket(name).Delete(key(guildID)); err != nil {
				return err
			}
		}
		messages := tx.Bucket(bucketByMessage)
		err := deleteIf(tx.Bucket(bucketPosts), nil, func(k, v []byte) (bool, error) {
			row, err := decode[storedPost](k, v)
			if err != nil || row.Guild != guildID {
				return false, err
			}
			return true, messages.Delete(key(row.Message))
		})
		if err != nil {
			return err
		}
		err = deleteIf(tx.Bucket(bucketOutbox), nil, func(k, v []byte) (bool, error) {
			row, err := decode[storedOutbox](k, v)
			return row.Guild == guildID, err
		})
		if err != nil {
			return err
		}
		return deleteIf(tx.Bucket(bucketRuns), nil, func(k, v []byte) (bool, error) {
			row, err := decode[storedRun](k, v)
			return row.Guild == guildID, err
		})
	})
}

// Prune drops what is older than the given moments; a zero moment keeps all of
// its kind. It also drops what the page of no kept video shows. It returns how
// many votes were dropped.
func (c *Catalog) Prune(votesBefore, logsBefore time.Time) (votes int, err error) {
	err = c.update("prune", small, func(tx *bolt.Tx) error {
		votes = 0
		err := deleteIf(tx.Bucket(bucketStates), []byte(forgottenPrefix), func(_, v []byte) (bool, error) {
			return c.now().Sub(time.Unix(0, int64(number(v)))) > forgottenFor, nil
		})
		if err != nil {
			return err
		}
		if !votesBefore.IsZero() {
			err := deleteIf(tx.Bucket(bucketVotes), nil, func(k, v []byte) (bool, error) {
				row, err := decode[storedVote](k, v)
				old := err == nil && row.At.Before(votesBefore)
				if old {
					votes++
				}
				return old, err
			})
			if err != nil {
				return err
			}
		}
		if err := pruneBeside(tx); err != nil {
			return err
		}
		if logsBefore.IsZero() {
			return nil
		}
		err = deleteIf(tx.Bucket(bucketRuns), nil, func(k, v []byte) (bool, error) {
			row, err := decode[storedRun](k, v)
			return err == nil && row.Started.Before(logsBefore), err
		})
		if err != nil {
			return err
		}
		err = deleteIf(tx.Bucket(bucketSlots), nil, func(k, v []byte) (bool, error) {
			row, err := decode[storedSlot](k, v)
			return err == nil && row.At.Before(logsBefore), err
		})
		if err != nil {
			return err
		}
		return deleteIf(tx.Bucket(bucketOutbox), nil, func(k, v []byte) (bool, error) {
			row, err := decode[storedOutbox](k, v)
			left := has(tx.Bucket(bucketPending), key(row.Guild, string(k)))
			return err == nil && !left && row.Created.Before(logsBefore), err
		})
	})
	if err != nil {
		return 0, err
	}
	return votes, nil
}

// split cuts a key of two parts.
func split(k []byte) (first, rest string) {
	a, b, _ := bytes.Cut(k, []byte{0})
	return string(a), string(b)
}
