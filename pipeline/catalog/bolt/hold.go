package bolt

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) Hold(ctx context.Context, slot catalog.Slot, picks []catalog.Held, gone ...string) (held bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := catalog.CheckIDs(slot.Key); err != nil {
		return false, fmt.Errorf("no picks were held: %w", err)
	}
	now := c.now().UTC()
	err = c.update(ctx, "hold", small, func(tx *bolt.Tx) error {
		held = false
		row, _, err := get[storedSlot](tx.Bucket(bucketSlots), key(slot.Key))
		if err != nil || row.Posted || row.Done {
			return err
		}
		if err := dropHeld(tx, slot.GuildID, func(o catalog.Outbox) bool {
			return o.Slot == slot.Key || slices.Contains(gone, o.Slot) || expired(o, now)
		}); err != nil {
			return err
		}
		others, err := readHeld(tx, slot.GuildID)
		if err != nil {
			return err
		}
		for i, p := range picks {
			if slices.ContainsFunc(others, func(o catalog.Held) bool { return o.VideoID == p.VideoID }) {
				continue
			}
			p.Slot, p.GuildID, p.State = slot.Key, slot.GuildID, catalog.StateHeld
			if p.ID == "" {
				p.ID = catalog.PostID(slot.Key, p.VideoID)
			}
			if p.CreatedAt.IsZero() {
				p.CreatedAt = now
			}
			if err := catalog.CheckIDs(p.ID, p.GuildID, p.VideoID); err != nil {
				return fmt.Errorf("no picks were held: %w", err)
			}
			if old, found, err := readPost(tx, p.ID); err != nil {
				return err
			} else if found && old.State != catalog.StateHeld { // Discord refused it in this slot
				continue
			}
			if err := creditAsFound(tx, &p.Post); err != nil {
				return err
			}
			if err := put(tx.Bucket(bucketPosts), key(p.ID), storePost(p.Post)); err != nil {
				return err
			}
			id := catalog.HeldID(slot.Key, i)
			err := putOutbox(tx, catalog.Outbox{
				ID: id, GuildID: p.GuildID, ChannelID: p.ChannelID, Slot: slot.Key, Kind: catalog.OutboxPick, PostID: p.ID,
				Nonce: catalog.Nonce(id), State: catalog.StateHeld, CreatedAt: now, NotBefore: slot.At.UTC(), Kept: p.Kept,
			})
			if err != nil {
				return err
			}
		}
		held = true
		return nil
	})
	return held && err == nil, err
}

// expired reports whether a row has been held for too long.
func expired(o catalog.Outbox, now time.Time) bool { return now.Sub(o.NotBefore) > catalog.HeldFor }

func (c *Catalog) Held(ctx context.Context, guildID string) (held []catalog.Held, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		held, err = readHeld(tx, guildID)
		return err
	})
	return held, err
}

func readHeld(tx *bolt.Tx, guildID string) (held []catalog.Held, err error) {
	rows, err := readLeft(tx, prefix(guildID))
	for _, o := range rows {
		if o.State != catalog.StateHeld {
			continue
		}
		p, found, err := readPost(tx, o.PostID)
		if err != nil {
			return nil, err
		}
		if found && p.State == catalog.StateHeld {
			held = append(held, catalog.Held{Post: p, NotBefore: o.NotBefore, Kept: o.Kept})
		}
	}
	slices.SortStableFunc(held, func(a, b catalog.Held) int { return a.NotBefore.Compare(b.NotBefore) })
	return held, err
}

// dropHeld deletes a guild's held rows, or those of all guilds for "", for which doomed
// returns true, and their posts.
func dropHeld(tx *bolt.Tx, guildID string, doomed func(catalog.Outbox) bool) error {
	var pre []byte
	if guildID != "" {
		pre = prefix(guildID)
	}
	rows, err := readLeft(tx, pre)
	for _, o := range rows {
		if err != nil || o.State != catalog.StateHeld || !doomed(o) {
			continue
		}
		post, found, rerr := readPost(tx, o.PostID)
		if err = rerr; err == nil && found && post.State == catalog.StateHeld {
			err = tx.Bucket(bucketPosts).Delete(key(o.PostID))
		}
		if err == nil {
			err = tx.Bucket(bucketPending).Delete(key(o.GuildID, o.ID))
		}
		if err == nil {
			err = tx.Bucket(bucketOutbox).Delete(key(o.ID))
		}
	}
	return err
}
