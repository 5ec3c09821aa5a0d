package catalog

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// A recovery reads a guild's posts and votes from Discord again, after the catalogue was
// lost. It may take minutes and be cut off. So a state says from its beginning to its
// end that it is going on: with that state a guild may be recovered though it has posts.

func recoveryState(guildID string) string { return "recovery/" + guildID }

// NotEmptyError says that a guild is not recovered because the catalogue has posts or
// votes of it.
type NotEmptyError struct {
	GuildID      string
	Posts, Votes int
}

func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("guild %s has %d posts and %d votes here; only a guild without any is read from Discord again, and nothing was changed", e.GuildID, e.Posts, e.Votes)
}

// BeginRecovery notes that a guild's posts and votes are being read from Discord again.
// The guild must have no post and no vote, or a recovery of it must have been cut off:
// then resumed is true. Otherwise the error is a [NotEmptyError].
func (c *Catalog) BeginRecovery(ctx context.Context, guildID string) (resumed bool, err error) {
	if err := checkIDs(guildID); err != nil {
		return false, fmt.Errorf("nothing was recovered: %w", err)
	}
	err = c.update(ctx, "recovery", small, func(tx *bolt.Tx) error {
		states, k := tx.Bucket(bucketStates), key(recoveryState(guildID))
		if resumed = states.Get(k) != nil; resumed {
			return nil
		}
		posts, votes := countRows(tx.Bucket(bucketByGuild), prefix(guildID)), countRows(tx.Bucket(bucketVotes), prefix(guildID))
		if posts+votes > 0 {
			return &NotEmptyError{guildID, posts, votes}
		}
		return states.Put(k, []byte{1})
	})
	return resumed && err == nil, err
}

// Recoverable reports whether BeginRecovery would begin, and whether a recovery of the
// guild was cut off.
func (c *Catalog) Recoverable(ctx context.Context, guildID string) (empty, cutOff bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		has := func(bucket []byte) bool {
			k, _ := tx.Bucket(bucket).Cursor().Seek(prefix(guildID))
			return bytes.HasPrefix(k, prefix(guildID))
		}
		cutOff = tx.Bucket(bucketStates).Get(key(recoveryState(guildID))) != nil
		empty = !has(bucketByGuild) && !has(bucketVotes)
		return nil
	})
	return empty, cutOff, err
}

// RecoverPosts keeps posts that were found on Discord, in one transaction, and returns
// how many of them are new. It leaves out a post whose id or message is known already,
// so that it may be called again.
func (c *Catalog) RecoverPosts(ctx context.Context, posts ...Post) (added int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	err = c.update(ctx, "recover", large, func(tx *bolt.Tx) error {
		added = 0
		for _, p := range posts {
			if has(tx.Bucket(bucketPosts), key(p.ID)) || has(tx.Bucket(bucketByMessage), key(p.MessageID)) {
				continue
			}
			p.Policy, p.State = PolicyRecovered, StateSent
			if err := addPost(tx, p); err != nil {
				return err
			}
			added++
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// FinishRecovery ends a guild's recovery and puts notice, which may be nil, into the
// outbox.
func (c *Catalog) FinishRecovery(ctx context.Context, guildID string, notice *Outbox) error {
	return c.update(ctx, "recovered", small, func(tx *bolt.Tx) error {
		if notice != nil {
			if _, err := addOutbox(tx, *notice, c.now()); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketStates).Delete(key(recoveryState(guildID)))
	})
}
