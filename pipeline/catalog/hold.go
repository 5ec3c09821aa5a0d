package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Held is a pick that is prepared for a slot and waits for its minute. It is no post
// yet: nothing that counts or shows posts sees it.
type Held struct {
	Post
	NotBefore time.Time // UTC; the slot's minute
	Kept      bool      // by the owner's wish it stays when the slot's picks are drawn anew
}

// heldFor is how long after its minute a pick is still held. By then the slot was posted,
// or is too old to be made up.
const heldFor = 24 * time.Hour

// Hold writes the picks that a slot is to post in place of those that it held before, in
// one transaction. Each is a post and an outbox row in [StateHeld], until CreatePosts
// writes the slot's posts or another Hold leaves it out. A video that another slot of the
// guild holds is left out; gone are the keys of slots that come no more, whose picks are
// dropped. If the slot is done, nothing is written and held is false.
//
// Of the posts ID and CreatedAt are filled in where they are empty.
func (c *Catalog) Hold(ctx context.Context, slot Slot, picks []Held, gone ...string) (held bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := checkIDs(slot.Key); err != nil {
		return false, fmt.Errorf("no picks were held: %w", err)
	}
	now := c.now().UTC()
	err = c.update(ctx, "hold", small, func(tx *bolt.Tx) error {
		held = false
		row, _, err := get[storedSlot](tx.Bucket(bucketSlots), key(slot.Key))
		if err != nil || row.Posted || row.Done {
			return err
		}
		if err := dropHeld(tx, slot.GuildID, func(o Outbox) bool { return o.Slot == slot.Key || slices.Contains(gone, o.Slot) || expired(o, now) }); err != nil {
			return err
		}
		others, err := readHeld(tx, slot.GuildID)
		if err != nil {
			return err
		}
		for i, p := range picks {
			if slices.ContainsFunc(others, func(o Held) bool { return o.VideoID == p.VideoID }) {
				continue
			}
			p.Slot, p.GuildID, p.State = slot.Key, slot.GuildID, StateHeld
			if p.ID == "" {
				p.ID = PostID(slot.Key, p.VideoID)
			}
			if p.CreatedAt.IsZero() {
				p.CreatedAt = now
			}
			if err := checkIDs(p.ID, p.GuildID, p.VideoID); err != nil {
				return fmt.Errorf("no picks were held: %w", err)
			}
			if old, found, err := readPost(tx, p.ID); err != nil {
				return err
			} else if found && old.State != StateHeld { // Discord refused it in this slot
				continue
			}
			if err := creditAsFound(tx, &p.Post); err != nil {
				return err
			}
			if err := put(tx.Bucket(bucketPosts), key(p.ID), storePost(p.Post)); err != nil {
				return err
			}
			id := HeldID(slot.Key, i)
			err := putOutbox(tx, Outbox{
				ID: id, GuildID: p.GuildID, ChannelID: p.ChannelID, Slot: slot.Key, Kind: OutboxPick, PostID: p.ID,
				Nonce: Nonce(id), State: StateHeld, CreatedAt: now, NotBefore: slot.At.UTC(), Kept: p.Kept,
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

// HeldID is the id of the outbox row that holds a slot's pick, by its place from 0.
func HeldID(slotKey string, place int) string { return fmt.Sprintf("%s/held/%02d", slotKey, place) }

// expired reports whether a row has been held for too long.
func expired(o Outbox, now time.Time) bool { return now.Sub(o.NotBefore) > heldFor }

// Held returns the picks that a guild holds, in the order of their minutes and, within a
// slot, of their positions.
func (c *Catalog) Held(ctx context.Context, guildID string) (held []Held, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		held, err = readHeld(tx, guildID)
		return err
	})
	return held, err
}

func readHeld(tx *bolt.Tx, guildID string) (held []Held, err error) {
	rows, err := readLeft(tx, prefix(guildID))
	for _, o := range rows {
		if o.State != StateHeld {
			continue
		}
		p, found, err := readPost(tx, o.PostID)
		if err != nil {
			return nil, err
		}
		if found && p.State == StateHeld {
			held = append(held, Held{p, o.NotBefore, o.Kept})
		}
	}
	slices.SortStableFunc(held, func(a, b Held) int { return a.NotBefore.Compare(b.NotBefore) })
	return held, err
}

// dropHeld deletes a guild's held rows, or those of all guilds for "", for which doomed
// returns true, and their posts.
func dropHeld(tx *bolt.Tx, guildID string, doomed func(Outbox) bool) error {
	var pre []byte
	if guildID != "" {
		pre = prefix(guildID)
	}
	rows, err := readLeft(tx, pre)
	for _, o := range rows {
		if err != nil || o.State != StateHeld || !doomed(o) {
			continue
		}
		post, found, rerr := readPost(tx, o.PostID)
		if err = rerr; err == nil && found && post.State == StateHeld {
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
