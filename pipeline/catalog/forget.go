package catalog

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

// ForgetMember removes what is kept of a member in a guild, or with "" in
// all: the votes, and the id under what they proposed, blocked or started,
// wherever it was copied since: to a post's reasons, a message that waits, a
// state. It returns the number of votes removed. What is on its way brings the
// id back nowhere: FinishRun keeps who asked as it is stored, CreatePosts
// credits whom the find names then, and a sighting from before names nobody.
// Backups forget when they are pruned; the model, when it is trained again.
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

// forgottenAt is when a member was forgotten in a guild or in all, in nanoseconds
// since 1970; 0 for one who was not, and for nobody.
func forgottenAt(tx *bolt.Tx, guildID, memberID string) uint64 {
	if memberID == "" {
		return 0
	}
	states := tx.Bucket(bucketStates)
	return max(number(states.Get(forgottenKey(tx, "", memberID))), number(states.Get(forgottenKey(tx, guildID, memberID))))
}

// forgotten reports whether a change was found on a post from before its member
// was forgotten.
func forgotten(tx *bolt.Tx, ch VoteChange) (bool, error) {
	if !ch.OrderUnknown || !ch.Set || ch.PostID == "" {
		return false, nil
	}
	at := forgottenAt(tx, ch.GuildID, ch.MemberID)
	if at == 0 {
		return false, nil
	}
	post, _, err := get[storedPost](tx.Bucket(bucketPosts), key(ch.PostID))
	return uint64(max(0, post.Created.UnixNano())) <= at, err
}

// nobody stands where the id of a member stood who was forgotten since.
const nobody = string(ByForgotten)

// forgetNames takes a member's id out of all rows that are not the member's own:
// finds, guilds, runs, posts, messages, and what parts of the program keep.
func forgetNames(tx *bolt.Tx, guildID, memberID string) error {
	var pre []byte
	if guildID != "" {
		pre = prefix(guildID)
	}
	within := func(guild string) bool { return guildID == "" || guild == guildID }
	err := rewrite(tx.Bucket(bucketFinds), pre, func(_ []byte, f *storedFind) bool {
		mine := f.SeededBy == memberID
		if mine {
			f.SeededBy = nobody // somebody proposed it; it stays shown
		}
		return mine
	})
	if err != nil {
		return err
	}
	err = rewrite(tx.Bucket(bucketGuilds), nil, func(k []byte, g *storedGuild) bool {
		if !within(string(k)) {
			return false
		}
		changed := blot(memberID, &g.PauseReason)
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
		return changed
	})
	if err != nil {
		return err
	}
	err = rewrite(tx.Bucket(bucketRuns), nil, func(_ []byte, r *storedRun) bool {
		if !within(r.Guild) {
			return false
		}
		changed := blot(memberID, &r.Error)
		for i := range r.Alarms {
			changed = blot(memberID, &r.Alarms[i]) || changed
		}
		if r.By == Asker(memberID) {
			r.By, changed = ByForgotten, true
		}
		return changed
	})
	if err != nil {
		return err
	}
	err = rewrite(tx.Bucket(bucketPosts), nil, func(_ []byte, p *storedPost) bool {
		changed := false
		for _, r := range p.Reasons {
			if i := slices.Index(r.Words, memberID); within(p.Guild) && r.Kind == ReasonSeed && i >= 0 {
				r.Words[i], changed = nobody, true
			}
		}
		return changed
	})
	if err != nil {
		return err
	}
	err = rewrite(tx.Bucket(bucketOutbox), nil, func(_ []byte, o *storedOutbox) bool {
		if !within(o.Guild) {
			return false
		}
		changed := blot(memberID, &o.Text)
		return blot(memberID, &o.Error) || changed
	})
	if err != nil {
		return err
	}
	return forgetInStates(tx, guildID, memberID)
}

// forgetInStates takes a member's id out of the names and the bytes that other
// parts of the program keep. A state that is named after the member goes; so do
// bytes that are no text, for nobody here could change them and keep their sense.
func forgetInStates(tx *bolt.Tx, guildID, memberID string) error {
	states := tx.Bucket(bucketStates)
	changed := map[string][]byte{}
	err := each(states, nil, func(k, v []byte) error {
		if guildID != "" && !mentions(string(k), guildID) {
			return nil
		}
		text := string(v)
		switch {
		case mentions(string(k), memberID), mentions(text, memberID) && !utf8.ValidString(text):
			changed[string(k)] = nil
		case blot(memberID, &text):
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

// blot puts nobody in the place of an id in a text that somebody else composed,
// such as a message's, and reports whether it stood there.
func blot(id string, text *string) bool {
	changed := false
	for from := 0; ; {
		at := findID((*text)[from:], id)
		if at < 0 {
			return changed
		}
		at += from
		*text = (*text)[:at] + nobody + (*text)[at+len(id):]
		from, changed = at+len(nobody), true
	}
}

// mentions reports whether a text holds an id.
func mentions(text, id string) bool { return findID(text, id) >= 0 }

// findID is where an id stands in a text as a word of its own, or -1: 12 is not
// found in 123.
func findID(text, id string) int {
	inWord := func(at int) bool {
		return at >= 0 && at < len(text) &&
			(text[at] >= '0' && text[at] <= '9' || text[at] >= 'a' && text[at] <= 'z' || text[at] >= 'A' && text[at] <= 'Z')
	}
	for from := 0; ; {
		at := strings.Index(text[from:], id)
		if at < 0 {
			return -1
		}
		at += from
		if !inWord(at-1) && !inWord(at+len(id)) {
			return at
		}
		from = at + 1
	}
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
// outbox, models, runs, counts, and the states that mention it. Videos stay, for
// they are the same in every guild.
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
		for _, name := range [][]byte{bucketCounters, bucketStates} {
			err := deleteIf(tx.Bucket(name), nil, func(k, v []byte) (bool, error) {
				return mentions(string(k), guildID) || mentions(string(v), guildID), nil
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
		err = deleteIf(tx.Bucket(bucketStaged), nil, func(k, v []byte) (bool, error) {
			row, err := decode[storedImport](k, v)
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
