package bolt

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) CreatePosts(ctx context.Context, slot catalog.Slot, posts []catalog.Post, rows []catalog.Outbox) (created bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := catalog.CheckIDs(slot.Key); err != nil {
		return false, fmt.Errorf("posts were not written: %w", err)
	}
	now := c.now()
	err = c.update(ctx, "posts", large, func(tx *bolt.Tx) error {
		created = false
		slots := tx.Bucket(bucketSlots)
		row, _, err := get[storedSlot](slots, key(slot.Key))
		if err != nil || row.Posted {
			return err
		}
		row.Guild, row.Kind, row.At, row.Posted, row.Done = slot.GuildID, slot.Kind, slot.At.UTC(), true, true
		if err := put(slots, key(slot.Key), row); err != nil {
			return err
		}
		if err := dropHeld(tx, slot.GuildID, func(o catalog.Outbox) bool { return o.Slot == slot.Key }); err != nil {
			return err
		}
		for _, p := range posts {
			if p.ID == "" {
				p.ID = catalog.PostID(slot.Key, p.VideoID)
			}
			if p.State == "" {
				p.State = catalog.StatePending
			}
			if p.CreatedAt.IsZero() {
				p.CreatedAt = now
			}
			p.Slot = slot.Key
			// A slot that is made up may pick a video again that was refused in it.
			if old, found, err := readPost(tx, p.ID); err != nil {
				return err
			} else if found {
				if err := tx.Bucket(bucketByGuild).Delete(byGuildKey(old.GuildID, old.CreatedAt, old.ID)); err != nil {
					return err
				}
			}
			if err := creditAsFound(tx, &p); err != nil {
				return err
			}
			if err := addPost(tx, p); err != nil {
				return err
			}
		}
		for i, o := range rows {
			if o.ID == "" {
				o.ID = fmt.Sprintf("%s/%03d", slot.Key, i)
			}
			o.Slot = slot.Key
			if _, err := addOutbox(tx, o, now); err != nil {
				return err
			}
		}
		created = true
		return nil
	})
	return created && err == nil, err
}

// creditAsFound names in a post's reasons whom the find names now: who proposed
// the video may have been forgotten since it was picked.
func creditAsFound(tx *bolt.Tx, p *catalog.Post) error {
	i := slices.IndexFunc(p.Reasons, func(r catalog.Reason) bool { return r.Kind == catalog.ReasonSeed })
	if i < 0 {
		return nil
	}
	find, _, err := get[storedFind](tx.Bucket(bucketFinds), key(p.GuildID, p.VideoID))
	if err != nil {
		return err
	}
	p.Reasons = slices.Clone(p.Reasons) // the caller's stay as they are
	p.Reasons[i].Words = nil
	if find.SeededBy != "" {
		p.Reasons[i].Words = []string{find.SeededBy}
	}
	return nil
}

func addPost(tx *bolt.Tx, p catalog.Post) error {
	if err := catalog.CheckIDs(p.ID, p.GuildID, p.VideoID); err != nil {
		return fmt.Errorf("posts were not written: %w", err)
	}
	if err := tx.Bucket(bucketByGuild).Put(byGuildKey(p.GuildID, p.CreatedAt, p.ID), nil); err != nil {
		return err
	}
	if p.MessageID != "" {
		if err := tx.Bucket(bucketByMessage).Put(key(p.MessageID), []byte(p.ID)); err != nil {
			return err
		}
	}
	p.CreatedAt = p.CreatedAt.UTC()
	return put(tx.Bucket(bucketPosts), key(p.ID), storePost(p))
}

// byGuildKey is a key that sorts the posts of a guild by their creation.
func byGuildKey(guildID string, at time.Time, postID string) []byte {
	k := append(prefix(guildID), bytes8(uint64(max(at.UnixNano(), 0)))...)
	return append(append(k, 0), postID...)
}

func (c *Catalog) Post(ctx context.Context, id string) (p catalog.Post, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		p, found, err = readPost(tx, id)
		return err
	})
	return p, found, err
}

func (c *Catalog) PostByMessage(ctx context.Context, messageID string) (p catalog.Post, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		id := tx.Bucket(bucketByMessage).Get(key(messageID))
		if id == nil {
			return nil
		}
		p, found, err = readPost(tx, string(id))
		return err
	})
	return p, found, err
}

func readPost(tx *bolt.Tx, id string) (catalog.Post, bool, error) {
	row, found, err := get[storedPost](tx.Bucket(bucketPosts), key(id))
	if !found || err != nil {
		return catalog.Post{}, false, err
	}
	return row.post(id), true, nil
}

func (c *Catalog) Posts(ctx context.Context, guildID string, since time.Time) (posts []catalog.Post, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) (err error) {
		posts, err = readPosts(tx, guildID, since)
		return err
	})
	return posts, err
}

func readPosts(tx *bolt.Tx, guildID string, since time.Time) (posts []catalog.Post, err error) {
	for id := range postsSince(tx, guildID, since) {
		p, found, err := readPost(tx, id)
		if err != nil {
			return posts, err
		}
		if found {
			posts = append(posts, p)
		}
	}
	slices.SortFunc(posts, func(a, b catalog.Post) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.Slot, b.Slot), cmp.Compare(a.Position, b.Position))
	})
	return posts, nil
}

func (c *Catalog) RetirePost(ctx context.Context, postID string) error {
	return c.update(ctx, "retire", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketPosts)
		row, found, err := get[storedPost](b, key(postID))
		if err != nil || !found || catalog.State(row.State) == catalog.StateHeld {
			return missing(err, "the post", postID)
		}
		row.State = string(catalog.StateRetired)
		if err := put(b, key(postID), row); err != nil {
			return err
		}
		rows, err := readPending(tx, row.Guild)
		if err != nil {
			return err
		}
		for _, o := range rows {
			if o.PostID == postID {
				o.State, o.Reactions = catalog.StateRetired, ""
				if err := putOutbox(tx, o); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// missing returns err if it is not nil, otherwise an ErrNotFound.
func missing(err error, what, id string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s %q is %w", what, id, catalog.ErrNotFound)
}

// sortOutbox puts rows in sending order.
func sortOutbox(rows []catalog.Outbox) {
	slices.SortFunc(rows, func(a, b catalog.Outbox) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
}
