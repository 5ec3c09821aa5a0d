package bolt

import (
	"bytes"
	"context"
	"fmt"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// A recovery reads a guild's posts and votes from Discord again, after the catalogue was
// lost. It may take minutes and be cut off. So a state says from its beginning to its
// end that it is going on: with that state a guild may be recovered though it has posts.

func recoveryState(guildID string) string { return "recovery/" + guildID }

func (c *Catalog) BeginRecovery(ctx context.Context, guildID string) (resumed bool, err error) {
	if err := catalog.CheckIDs(guildID); err != nil {
		return false, fmt.Errorf("nothing was recovered: %w", err)
	}
	err = c.update(ctx, "recovery", small, func(tx *bolt.Tx) error {
		states, k := tx.Bucket(bucketStates), key(recoveryState(guildID))
		if resumed = states.Get(k) != nil; resumed {
			return nil
		}
		posts, votes := countRows(tx.Bucket(bucketByGuild), prefix(guildID)), countRows(tx.Bucket(bucketVotes), prefix(guildID))
		if posts+votes > 0 {
			return &catalog.NotEmptyError{GuildID: guildID, Posts: posts, Votes: votes}
		}
		return states.Put(k, []byte{1})
	})
	return resumed && err == nil, err
}

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

func (c *Catalog) RecoverPosts(ctx context.Context, posts ...catalog.Post) (added int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	err = c.update(ctx, "recover", large, func(tx *bolt.Tx) error {
		added = 0
		for _, p := range posts {
			if has(tx.Bucket(bucketPosts), key(p.ID)) || has(tx.Bucket(bucketByMessage), key(p.MessageID)) {
				continue
			}
			p.Policy, p.State = catalog.PolicyRecovered, catalog.StateSent
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

func (c *Catalog) FinishRecovery(ctx context.Context, guildID string, notice *catalog.Outbox) error {
	return c.update(ctx, "recovered", small, func(tx *bolt.Tx) error {
		if notice != nil {
			if _, err := addOutbox(tx, *notice, c.now()); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketStates).Delete(key(recoveryState(guildID)))
	})
}
