package bolt

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) ForgetMember(ctx context.Context, guildID, memberID string) (votes int, err error) {
	if err := catalog.CheckIDs(memberID); err != nil {
		return 0, fmt.Errorf("nobody was forgotten: %w", err)
	}
	var proposed []string
	err = c.update(ctx, "forget", small, func(tx *bolt.Tx) error {
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
		if err := forgetPreferences(tx, guildID, memberID); err != nil {
			return err
		}
		if err := forgetDuels(tx, guildID, memberID); err != nil {
			return err
		}
		if err := tx.Bucket(bucketStates).Put(forgottenKey(tx, guildID, memberID), bytes8(uint64(c.now().UnixNano()))); err != nil {
			return err
		}
		if guildID == "" {
			if err := tx.Bucket(bucketStates).Delete(unnamedKey(tx, memberID)); err != nil {
				return err
			}
		}
		proposed, err = forgetNames(tx, guildID, memberID)
		return err
	})
	if err != nil {
		return 0, err
	}
	if len(proposed) > 0 {
		c.changes.note(proposed) // so that nothing made of these finds is shown again
	}
	return votes, nil
}

const forgottenPrefix = "forgotten/"

func forgottenKey(tx *bolt.Tx, guildID, memberID string) []byte {
	install := string(tx.Bucket(bucketMeta).Get(keyInstall))
	return []byte(forgottenPrefix + catalog.Digest(32, "forgotten", install, guildID, memberID))
}

// forgottenAt returns when a member was forgotten in a guild or in all, in nanoseconds
// since 1970; 0 if never.
func forgottenAt(tx *bolt.Tx, guildID, memberID string) uint64 {
	if memberID == "" {
		return 0
	}
	states := tx.Bucket(bucketStates)
	return max(number(states.Get(forgottenKey(tx, "", memberID))), number(states.Get(forgottenKey(tx, guildID, memberID))))
}

func (c *Catalog) Forgotten(ctx context.Context, guildID, memberID string, since time.Time) (was bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		was = forgottenAt(tx, guildID, memberID) >= uint64(max(1, since.UnixNano()))
		return nil
	})
	return was, err
}

// forgotten reports whether a change is a reaction to a post, or a vote without one,
// from before its member was forgotten.
func forgotten(tx *bolt.Tx, ch catalog.VoteChange) (bool, error) {
	if ch.PostID == "" && ch.Set {
		return before(ch.At, forgottenAt(tx, ch.GuildID, ch.MemberID)), nil
	}
	if !ch.OrderUnknown || !ch.Set || ch.PostID == "" {
		return false, nil
	}
	at := forgottenAt(tx, ch.GuildID, ch.MemberID)
	if at == 0 {
		return false, nil
	}
	post, _, err := get[storedPost](tx.Bucket(bucketPosts), key(ch.PostID))
	return before(post.Created, at), err
}

// before reports whether a time is not after that of forgottenAt.
func before(t time.Time, forgotten uint64) bool {
	return forgotten != 0 && uint64(max(0, t.UnixNano())) <= forgotten
}

// nobody replaces the id of a forgotten member.
const nobody = string(catalog.ByForgotten)

// forgetNames removes a member's id from all rows other than votes: finds, guilds,
// runs, posts, messages and states. It returns the videos that they proposed.
func forgetNames(tx *bolt.Tx, guildID, memberID string) (proposed []string, err error) {
	var pre []byte
	if guildID != "" {
		pre = prefix(guildID)
	}
	within := func(guild string) bool { return guildID == "" || guild == guildID }
	err = rewrite(tx.Bucket(bucketFinds), pre, func(k []byte, f *storedFind) bool {
		mine := f.SeededBy == memberID
		if mine {
			f.SeededBy = nobody // the video stays a candidate, proposed by nobody
			_, id := split(k)
			proposed = append(proposed, id)
		}
		return mine
	})
	if err != nil {
		return nil, err
	}
	err = rewrite(tx.Bucket(bucketGuilds), nil, func(k []byte, g *storedGuild) bool {
		if !within(string(k)) {
			return false
		}
		changed := catalog.Blot(memberID, &g.PauseReason)
		for i := range g.BlockedChannels {
			if g.BlockedChannels[i].By == memberID {
				g.BlockedChannels[i].By, changed = "", true
			}
		}
		for i := range g.BlockedArtists {
			if g.BlockedArtists[i].By == memberID {
				g.BlockedArtists[i].By, changed = "", true
			}
		}
		for i := range g.BlockedSongs {
			if g.BlockedSongs[i].By == memberID {
				g.BlockedSongs[i].By, changed = "", true
			}
		}
		return changed
	})
	if err != nil {
		return nil, err
	}
	err = rewrite(tx.Bucket(bucketRuns), nil, func(_ []byte, r *storedRun) bool {
		if !within(r.Guild) {
			return false
		}
		changed := catalog.Blot(memberID, &r.Error)
		for i := range r.Alarms {
			changed = catalog.Blot(memberID, &r.Alarms[i]) || changed
		}
		if r.By == catalog.Asker(memberID) {
			r.By, changed = catalog.ByForgotten, true
		}
		return changed
	})
	if err != nil {
		return nil, err
	}
	err = rewrite(tx.Bucket(bucketPosts), nil, func(_ []byte, p *storedPost) bool {
		changed := false
		for _, r := range p.Reasons {
			if i := slices.Index(r.Words, memberID); within(p.Guild) && r.Kind == catalog.ReasonSeed && i >= 0 {
				r.Words[i], changed = nobody, true
			}
		}
		return changed
	})
	if err != nil {
		return nil, err
	}
	err = rewrite(tx.Bucket(bucketOutbox), nil, func(_ []byte, o *storedOutbox) bool {
		if !within(o.Guild) {
			return false
		}
		changed := catalog.Blot(memberID, &o.Text)
		return catalog.Blot(memberID, &o.Error) || changed
	})
	if err != nil {
		return nil, err
	}
	return proposed, forgetInStates(tx, guildID, memberID)
}

// forgetInStates removes a member's id from the states of other parts of the program.
// It deletes a state that is named after the member, and a state with the id in bytes
// that are not text, because those cannot be changed here.
func forgetInStates(tx *bolt.Tx, guildID, memberID string) error {
	states := tx.Bucket(bucketStates)
	changed := map[string][]byte{}
	err := each(states, nil, func(k, v []byte) error {
		if guildID != "" && !catalog.Mentions(string(k), guildID) {
			return nil
		}
		text := string(v)
		switch {
		case catalog.Mentions(string(k), memberID), catalog.Mentions(text, memberID) && !utf8.ValidString(text):
			changed[string(k)] = nil
		case catalog.Blot(memberID, &text):
			changed[string(k)] = []byte(text)
		}
		return nil
	})
	for k, v := range changed {
		switch {
		case err != nil:
		case v == nil:
			err = states.Delete([]byte(k))
		default:
			err = states.Put([]byte(k), v)
		}
	}
	return err
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

// every dooms all rows.
func every(_, _ []byte) (bool, error) { return true, nil }

// deleteIf deletes the rows under a prefix for which doomed returns true.
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

func (c *Catalog) ForgetGuild(ctx context.Context, guildID string) error {
	if err := catalog.CheckIDs(guildID); err != nil {
		return fmt.Errorf("no guild was forgotten: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	defer c.changes.forget(guildID) // also with an error: its finds may be gone
	err := c.deleteUnder(ctx, "forgetguild", bucketByGuild, prefix(guildID), func(tx *bolt.Tx, k []byte) error {
		id, posts := k[bytes.LastIndexByte(k, 0)+1:], tx.Bucket(bucketPosts)
		row, found, err := get[storedPost](posts, id)
		if err != nil || !found {
			return err
		}
		if row.Message != "" {
			if err := tx.Bucket(bucketByMessage).Delete(key(row.Message)); err != nil {
				return err
			}
		}
		return posts.Delete(id)
	})
	if err == nil { // what is held goes with its posts, below
		err = c.deleteUnder(ctx, "forgetguild", bucketOutbox, []byte(guildID+"/post/"), func(tx *bolt.Tx, k []byte) error {
			row, _, err := get[storedOutbox](tx.Bucket(bucketOutbox), k)
			if err == nil && catalog.State(row.State) == catalog.StateHeld {
				err = tx.Bucket(bucketPosts).Delete(key(row.Post))
			}
			if err != nil {
				return err
			}
			return tx.Bucket(bucketPending).Delete(key(guildID, string(k)))
		})
	}
	nothing := func(*bolt.Tx, []byte) error { return nil }
	for _, name := range [][]byte{bucketFinds, bucketVotes, bucketPreferences, bucketDuels} {
		if err == nil {
			err = c.deleteUnder(ctx, "forgetguild", name, prefix(guildID), nothing)
		}
	}
	if err != nil {
		return err
	}
	var runs []string
	err = c.update(ctx, "forgetguild", small, func(tx *bolt.Tx) error {
		runs = c.runs.of(guildID)
		if err := dropHeld(tx, guildID, func(catalog.Outbox) bool { return true }); err != nil {
			return err
		}
		for _, name := range [][]byte{bucketFinds, bucketVotes, bucketPreferences, bucketDuels, bucketByGuild, bucketPending, bucketModels, bucketBlobs, bucketPieces} {
			if err := deleteIf(tx.Bucket(name), prefix(guildID), every); err != nil {
				return err
			}
		}
		for _, name := range [][]byte{bucketSlots, bucketJobs, bucketOutbox} {
			if err := deleteIf(tx.Bucket(name), []byte(guildID+"/"), every); err != nil {
				return err
			}
		}
		for _, name := range [][]byte{bucketCounters, bucketStates} {
			err := deleteIf(tx.Bucket(name), nil, func(k, v []byte) (bool, error) {
				return catalog.Mentions(string(k), guildID) || catalog.Mentions(string(v), guildID), nil
			})
			if err != nil {
				return err
			}
		}
		for _, name := range [][]byte{bucketGuilds, bucketChampions} {
			if err := tx.Bucket(name).Delete(key(guildID)); err != nil {
				return err
			}
		}
		err := deleteIf(tx.Bucket(bucketStaged), nil, func(k, v []byte) (bool, error) {
			row, err := decode[storedImport](k, v)
			return row.Guild == guildID, err
		})
		if err != nil {
			return err
		}
		for _, id := range runs {
			if err := tx.Bucket(bucketRuns).Delete(key(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		c.runs.forget(guildID, runs)
	}
	return err
}

// deleteUnder deletes the rows under a prefix, in transactions so short that no vote waits
// for them. also deletes what belongs to a row.
func (c *Catalog) deleteUnder(ctx context.Context, name string, bucket, pre []byte, also func(tx *bolt.Tx, k []byte) error) error {
	for n := pieceWrite; n == pieceWrite; {
		err := c.update(ctx, name, small, func(tx *bolt.Tx) error {
			var keys [][]byte
			cur := tx.Bucket(bucket).Cursor()
			for k, _ := cur.Seek(pre); bytes.HasPrefix(k, pre) && len(keys) < pieceWrite; k, _ = cur.Next() {
				keys = append(keys, slices.Clone(k))
			}
			n = len(keys)
			for _, k := range keys {
				if err := also(tx, k); err != nil {
					return err
				}
				if err := tx.Bucket(bucket).Delete(k); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// split cuts a key of two parts.
func split(k []byte) (first, rest string) {
	a, b, _ := bytes.Cut(k, []byte{0})
	return string(a), string(b)
}
