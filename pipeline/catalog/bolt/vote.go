package bolt

import (
	"bytes"
	"context"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// voteSubject is the middle part of a vote's key.
func voteSubject(postID, videoID string) string {
	if postID != "" {
		return postID
	}
	return "video:" + videoID
}

func (c *Catalog) Vote(ctx context.Context, changes ...catalog.VoteChange) ([]catalog.Vote, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := catalog.CheckChanges(changes); err != nil || len(changes) == 0 {
		return nil, err
	}
	var votes []catalog.Vote
	err := c.update(ctx, "vote", small, func(tx *bolt.Tx) (err error) {
		votes, err = writeVotes(tx, c.now(), changes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return votes, nil
}

// writeVotes applies changes and returns for each the resulting vote.
func writeVotes(tx *bolt.Tx, now time.Time, changes []catalog.VoteChange) ([]catalog.Vote, error) {
	b := tx.Bucket(bucketVotes)
	before := map[string]int{} // values before the call
	after := map[string]catalog.Vote{}
	for _, ch := range changes {
		k := voteKey(ch)
		row, _, err := get[storedVote](b, k)
		if err != nil {
			return nil, err
		}
		vote := row.state(ch.GuildID, ch.MemberID)
		if _, ok := before[string(k)]; !ok {
			before[string(k)] = vote.Value
		}
		if ch.At.IsZero() {
			ch.At = now
		}
		if skip, err := forgotten(tx, ch); err != nil {
			return nil, err
		} else if skip {
			continue
		}
		vote.Apply(ch, before[string(k)])
		if vote.Empty() {
			err = b.Delete(k) // an empty vote is not kept
		} else {
			err = put(b, k, storeVote(vote))
		}
		if err != nil {
			return nil, err
		}
		after[string(k)] = vote.Vote
	}
	votes := make([]catalog.Vote, len(changes))
	for i, ch := range changes {
		votes[i] = after[string(voteKey(ch))]
	}
	return votes, nil
}

func voteKey(ch catalog.VoteChange) []byte {
	return key(ch.GuildID, voteSubject(ch.PostID, ch.VideoID), ch.MemberID)
}

// storeVote is the vote as it is kept, and state the other way round.
func storeVote(v catalog.VoteState) storedVote {
	return storedVote{
		Video: v.VideoID, Post: v.PostID, Up: storedFlag(v.Up), Down: storedFlag(v.Down),
		Unordered: v.Unordered, Value: v.Value, At: v.At,
	}
}

func (v *storedVote) state(guildID, memberID string) catalog.VoteState {
	return catalog.VoteState{Vote: v.vote(guildID, memberID), Unordered: v.Unordered}
}

func (v *storedVote) vote(guildID, memberID string) catalog.Vote {
	return catalog.Vote{
		GuildID: guildID, VideoID: v.Video, PostID: v.Post, MemberID: memberID,
		Up: catalog.Flag(v.Up), Down: catalog.Flag(v.Down), Value: v.Value, At: v.At,
	}
}

func (c *Catalog) PostVotes(ctx context.Context, postID string) ([]catalog.Vote, error) {
	var votes []catalog.Vote
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

func (c *Catalog) Votes(ctx context.Context, guildID string) ([]catalog.Vote, error) {
	var votes []catalog.Vote
	err := c.view(ctx, func(tx *bolt.Tx) (err error) {
		votes, err = readVotes(tx, prefix(guildID), "")
		return err
	})
	return votes, err
}

func (c *Catalog) MemberVotes(ctx context.Context, guildID, memberID string) ([]catalog.Vote, error) {
	var votes []catalog.Vote
	err := c.view(ctx, func(tx *bolt.Tx) (err error) {
		votes, err = readVotes(tx, prefix(guildID), memberID)
		return err
	})
	return votes, err
}

// readVotes reads the votes under a prefix, of one member or, with "", of all.
func readVotes(tx *bolt.Tx, pre []byte, memberID string) (votes []catalog.Vote, err error) {
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
