package catalog

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// voteSubject is the middle part of a vote's key.
func voteSubject(postID, videoID string) string {
	if postID != "" {
		return postID
	}
	return "video:" + videoID
}

// Vote applies changes in one transaction, in their order, and returns for each
// the vote as it is after all of them.
//
// The flag that was set later counts; removing it falls back to the other.
// Setting a reaction that is already set changes nothing, as Discord may report
// one twice. If the order of two flags is not known, the vote from before the
// call stays; but a flag that was not set at a time when the other was is the
// later one. A vote found by comparing with Discord is ignored, and returned
// as zero, if its post is older than the member's request to be forgotten.
func (c *Catalog) Vote(ctx context.Context, changes ...VoteChange) ([]Vote, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkChanges(changes); err != nil || len(changes) == 0 {
		return nil, err
	}
	var votes []Vote
	err := c.update(ctx, "vote", small, func(tx *bolt.Tx) (err error) {
		votes, err = writeVotes(tx, c.now(), changes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return votes, nil
}

// checkChanges refuses changes with invalid ids or sources.
func checkChanges(changes []VoteChange) error {
	for _, ch := range changes {
		if err := checkIDs(ch.GuildID, ch.VideoID, ch.MemberID); err != nil {
			return fmt.Errorf("a vote was not taken: %w", err)
		}
		switch ch.Source {
		case SourceReaction, SourceButton, SourceImport:
		default:
			return fmt.Errorf("a vote was not taken: its source %q is unknown", ch.Source)
		}
		if strings.ContainsRune(ch.PostID, 0) || len(ch.PostID) > 200 {
			return fmt.Errorf("a vote was not taken: the post id %.20q is not one", ch.PostID)
		}
	}
	return nil
}

// writeVotes applies changes and returns for each the resulting vote.
func writeVotes(tx *bolt.Tx, now time.Time, changes []VoteChange) ([]Vote, error) {
	b := tx.Bucket(bucketVotes)
	before := map[string]int{} // values before the call
	after := map[string]Vote{}
	for _, ch := range changes {
		k := voteKey(ch)
		row, _, err := get[storedVote](b, k)
		if err != nil {
			return nil, err
		}
		if _, ok := before[string(k)]; !ok {
			before[string(k)] = row.Value
		}
		if ch.At.IsZero() {
			ch.At = now
		}
		if skip, err := forgotten(tx, ch); err != nil {
			return nil, err
		} else if skip {
			continue
		}
		row.Video, row.Post = ch.VideoID, ch.PostID
		row.apply(ch, before[string(k)])
		if !row.Up.set() && !row.Down.set() {
			err = b.Delete(k) // an empty vote is not kept
		} else {
			err = put(b, k, row)
		}
		if err != nil {
			return nil, err
		}
		after[string(k)] = row.vote(ch.GuildID, ch.MemberID)
	}
	votes := make([]Vote, len(changes))
	for i, ch := range changes {
		votes[i] = after[string(voteKey(ch))]
	}
	return votes, nil
}

func voteKey(ch VoteChange) []byte {
	return key(ch.GuildID, voteSubject(ch.PostID, ch.VideoID), ch.MemberID)
}

// apply changes one flag and decides which counts. stored is the value from
// before the call of Vote.
func (v *storedVote) apply(ch VoteChange, stored int) {
	mine, other, sign := &v.Up, &v.Down, 1
	if !ch.Up {
		mine, other, sign = &v.Down, &v.Up, -1
	}
	ordered := !ch.OrderUnknown || !ch.Since.IsZero() && !other.newest().After(ch.Since)
	at := mine.source(ch.Source)
	known := !at.IsZero()
	switch {
	case !ch.Set:
		*at = time.Time{}
	case known && ch.Source == SourceReaction, known && ch.OrderUnknown:
		return
	default:
		*at = ch.At.UTC()
		// Changes come in order, even if the clock was set back in between.
		if newest := other.newest(); ordered && !at.After(newest) {
			*at = newest.Add(1)
		}
	}

	value := 0
	up, down := v.Up.newest(), v.Down.newest()
	switch {
	case up.IsZero() && down.IsZero():
		v.Unordered = false
	case down.IsZero():
		value, v.Unordered = 1, false
	case up.IsZero():
		value, v.Unordered = -1, false
	case ch.Set && !ordered:
		value, v.Unordered = stored, true
	case ch.Set:
		value, v.Unordered = sign, false
	case v.Unordered:
		value = v.Value
	case up.After(down):
		value = 1
	default:
		value = -1
	}
	if value != v.Value || v.At.IsZero() {
		v.Value, v.At = value, ch.At.UTC()
	}
}

func (f *storedFlag) source(s VoteSource) *time.Time {
	switch s {
	case SourceButton:
		return &f.Button
	case SourceImport:
		return &f.Import
	default:
		return &f.Reaction
	}
}

func (f *storedFlag) set() bool { return !f.newest().IsZero() }

func (f *storedFlag) newest() time.Time {
	t := f.Reaction
	for _, u := range []time.Time{f.Button, f.Import} {
		if u.After(t) {
			t = u
		}
	}
	return t
}

func (v *storedVote) vote(guildID, memberID string) Vote {
	return Vote{
		GuildID: guildID, VideoID: v.Video, PostID: v.Post, MemberID: memberID,
		Up: Flag(v.Up), Down: Flag(v.Down), Value: v.Value, At: v.At,
	}
}

// PostVotes returns the votes on a post, in the order of member ids.
func (c *Catalog) PostVotes(ctx context.Context, postID string) ([]Vote, error) {
	var votes []Vote
	err := c.view(ctx, func(tx *bolt.Tx) error {
		post, found, err := get[struct{ Guild string }](tx.Bucket(bucketPosts), key(postID)) // the rest takes long to read
		if err != nil || !found {
			return err
		}
		votes, err = readVotes(tx, prefix(post.Guild, postID), "")
		return err
	})
	return votes, err
}

// Votes returns a guild's votes, sorted by post and member.
func (c *Catalog) Votes(ctx context.Context, guildID string) ([]Vote, error) {
	var votes []Vote
	err := c.view(ctx, func(tx *bolt.Tx) (err error) {
		votes, err = readVotes(tx, prefix(guildID), "")
		return err
	})
	return votes, err
}

// MemberVotes returns a member's votes in a guild.
func (c *Catalog) MemberVotes(ctx context.Context, guildID, memberID string) ([]Vote, error) {
	var votes []Vote
	err := c.view(ctx, func(tx *bolt.Tx) (err error) {
		votes, err = readVotes(tx, prefix(guildID), memberID)
		return err
	})
	return votes, err
}

// readVotes reads the votes under a prefix, of one member or, with "", of all.
func readVotes(tx *bolt.Tx, pre []byte, memberID string) (votes []Vote, err error) {
	err = each(tx.Bucket(bucketVotes), pre, func(k, data []byte) error {
		guildID, member := voteOwner(k)
		if memberID != "" && member != memberID {
			return nil
		}
		row, err := decode[storedVote](k, data)
		if err != nil {
			return err
		}
		votes = append(votes, row.vote(guildID, member))
		return nil
	})
	return votes, err
}

// voteOwner returns the guild and the member in a vote's key.
func voteOwner(k []byte) (guildID, memberID string) {
	return string(k[:bytes.IndexByte(k, 0)]), string(k[bytes.LastIndexByte(k, 0)+1:])
}

// each calls f for the rows under a prefix, in order.
func each(b *bolt.Bucket, pre []byte, f func(k, v []byte) error) error {
	cur := b.Cursor()
	for k, v := cur.Seek(pre); k != nil && bytes.HasPrefix(k, pre); k, v = cur.Next() {
		if err := f(k, v); err != nil {
			return err
		}
	}
	return nil
}
