package catalog

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

var words32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// digest hashes the parts of an identity to n characters a-z2-7.
func digest(n int, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return words32.EncodeToString(sum[:])[:n]
}

// PostID is the id of the post of a video in a slot, derived from both: 16
// characters a-z2-7.
func PostID(slotKey, videoID string) string { return digest(16, "post", slotKey, videoID) }

// Nonce is the nonce that an outbox row is sent with, 25 characters.
func Nonce(outboxID string) string { return digest(25, "nonce", outboxID) }

// CreatePosts writes a slot's posts and outbox rows in one transaction and marks
// the slot as done; what was held for it goes. If it was done before, nothing is written
// and created is false.
//
// Empty fields are filled in: of rows ID (slot key and position), Nonce, State,
// CreatedAt and, for picks, Reactions; of posts ID, State and CreatedAt.
func (c *Catalog) CreatePosts(ctx context.Context, slot Slot, posts []Post, rows []Outbox) (created bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := checkIDs(slot.Key); err != nil {
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
		if err := dropHeld(tx, slot.GuildID, func(o Outbox) bool { return o.Slot == slot.Key }); err != nil {
			return err
		}
		for _, p := range posts {
			if p.ID == "" {
				p.ID = PostID(slot.Key, p.VideoID)
			}
			if p.State == "" {
				p.State = StatePending
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
func creditAsFound(tx *bolt.Tx, p *Post) error {
	i := slices.IndexFunc(p.Reasons, func(r Reason) bool { return r.Kind == ReasonSeed })
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

func addPost(tx *bolt.Tx, p Post) error {
	if err := checkIDs(p.ID, p.GuildID, p.VideoID); err != nil {
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

// Post returns one post.
func (c *Catalog) Post(ctx context.Context, id string) (p Post, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		p, found, err = readPost(tx, id)
		return err
	})
	return p, found, err
}

// PostByMessage returns the post that was sent as a Discord message.
func (c *Catalog) PostByMessage(ctx context.Context, messageID string) (p Post, found bool, err error) {
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

func readPost(tx *bolt.Tx, id string) (Post, bool, error) {
	row, found, err := get[storedPost](tx.Bucket(bucketPosts), key(id))
	if !found || err != nil {
		return Post{}, false, err
	}
	return row.post(id), true, nil
}

// Posts returns a guild's posts created at since or later, oldest first and
// those of a slot by position.
func (c *Catalog) Posts(ctx context.Context, guildID string, since time.Time) (posts []Post, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) (err error) {
		posts, err = readPosts(tx, guildID, since)
		return err
	})
	return posts, err
}

func readPosts(tx *bolt.Tx, guildID string, since time.Time) (posts []Post, err error) {
	pre := prefix(guildID)
	from := pre
	if n := since.UnixNano(); !since.IsZero() && n > 0 {
		from = append(prefix(guildID), bytes8(uint64(n))...)
	}
	cur := tx.Bucket(bucketByGuild).Cursor()
	for k, _ := cur.Seek(from); k != nil && bytes.HasPrefix(k, pre); k, _ = cur.Next() {
		p, found, err := readPost(tx, string(k[len(pre)+9:]))
		if err != nil {
			return posts, err
		}
		if found {
			posts = append(posts, p)
		}
	}
	slices.SortFunc(posts, func(a, b Post) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.Slot, b.Slot), cmp.Compare(a.Position, b.Position))
	})
	return posts, nil
}

// RetirePost marks a post as taken back, and its outbox row too if that was never
// sent. Its votes stay.
func (c *Catalog) RetirePost(ctx context.Context, postID string) error {
	return c.update(ctx, "retire", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketPosts)
		row, found, err := get[storedPost](b, key(postID))
		if err != nil || !found || State(row.State) == StateHeld {
			return missing(err, "the post", postID)
		}
		row.State = string(StateRetired)
		if err := put(b, key(postID), row); err != nil {
			return err
		}
		rows, err := readPending(tx, row.Guild)
		if err != nil {
			return err
		}
		for _, o := range rows {
			if o.PostID == postID {
				o.State, o.Reactions = StateRetired, ""
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
	return fmt.Errorf("%s %q is %w", what, id, ErrNotFound)
}

// sortOutbox puts rows in sending order.
func sortOutbox(rows []Outbox) {
	slices.SortFunc(rows, func(a, b Outbox) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
}
