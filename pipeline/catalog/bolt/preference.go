package bolt

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// storedPreference has its guild, member and batch in the key.
type storedPreference struct {
	Source catalog.PreferenceSource `json:"s"`
	Artist string                   `json:"a,omitempty"`
	Title  string                   `json:"t,omitempty"`
	Video  string                   `json:"v,omitempty"`
	Like   bool                     `json:"l,omitempty"`
	At     time.Time                `json:"at"`
}

// preferencesOf is the common start of the keys of an owner's preferences, or with a
// batch of those that came together. The keys end with a digest of the subject, so
// that a batch that is added twice is kept once.
func preferencesOf(guildID, memberID, batch string) []byte {
	if batch == "" {
		return prefix(guildID, memberID)
	}
	return prefix(guildID, memberID, batch)
}

func (c *Catalog) AddPreferences(ctx context.Context, all ...catalog.Preference) (added int, err error) {
	if err := ctx.Err(); err != nil || len(all) == 0 {
		return 0, err
	}
	all = slices.Clone(all)
	for i := range all {
		if err := all[i].Tidy(all[0]); err != nil {
			return 0, fmt.Errorf("no preference was kept: %w", err)
		}
	}
	err = c.update(ctx, "preferences", small, func(tx *bolt.Tx) (err error) {
		added, _, err = addPreferences(tx, c.now(), all)
		return err
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// addPreferences writes tidy preferences of one owner and batch. left is how many of
// them there was no room for.
func addPreferences(tx *bolt.Tx, now time.Time, all []catalog.Preference) (added, left int, err error) {
	b := tx.Bucket(bucketPreferences)
	guildID, memberID := all[0].GuildID, all[0].MemberID
	ofGuild, ofMember := countRows(b, prefix(guildID)), countRows(b, preferencesOf(guildID, memberID, ""))
	forgotten := forgottenAt(tx, guildID, memberID)
	for _, p := range all {
		if p.At.IsZero() {
			p.At = now
		}
		if before(p.At, forgotten) {
			continue
		}
		k := append(preferencesOf(guildID, memberID, p.Batch), catalog.Digest(26, "preference", p.Subject())...)
		if b.Get(k) == nil {
			if ofGuild >= catalog.GuildPreferences || ofMember >= catalog.MemberPreferences {
				left++
				continue // what the batch holds already may still change its mind
			}
			ofGuild, ofMember, added = ofGuild+1, ofMember+1, added+1
		}
		err := put(b, k, storedPreference{Source: p.Source, Artist: p.Artist, Title: p.Title, Video: p.VideoID, Like: p.Like, At: p.At.UTC()})
		if err != nil {
			return added, left, err
		}
	}
	return added, left, nil
}

func (c *Catalog) ReplacePreferences(ctx context.Context, guildID, memberID, batch string, all ...catalog.Preference) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	owner := catalog.Preference{GuildID: guildID, MemberID: memberID, Batch: batch}
	all = slices.Clone(all)
	err := catalog.CheckIDs(guildID, cmp.Or(memberID, "nobody"), batch)
	for i := range all {
		err = errors.Join(err, all[i].Tidy(owner))
	}
	if err != nil {
		return fmt.Errorf("no preference was changed: %w", err)
	}
	return c.update(ctx, "preferences", small, func(tx *bolt.Tx) error {
		pre := preferencesOf(guildID, memberID, batch)
		old, err := readPreferences(tx, pre)
		if err != nil {
			return err
		}
		if err := deleteIf(tx.Bucket(bucketPreferences), pre, func(_, _ []byte) (bool, error) { return true, nil }); err != nil || len(all) == 0 {
			return err
		}
		for i, p := range all {
			same := func(o catalog.Preference) bool { return o.Like == p.Like && o.Subject() == p.Subject() }
			if at := slices.IndexFunc(old, same); at >= 0 {
				all[i].At = old[at].At
			}
		}
		_, left, err := addPreferences(tx, c.now(), all)
		if err == nil && left > 0 {
			err = catalog.ErrNoRoom
		}
		return err
	})
}

// countRows counts the rows under a prefix.
func countRows(b *bolt.Bucket, pre []byte) (n int) {
	_ = each(b, pre, func(_, _ []byte) error { n++; return nil })
	return n
}

func (c *Catalog) RemovePreferences(ctx context.Context, guildID, memberID, batch string) (removed int, err error) {
	if err := catalog.CheckIDs(guildID, cmp.Or(memberID, "nobody"), cmp.Or(batch, "all")); err != nil {
		return 0, fmt.Errorf("no preference was taken back: %w", err)
	}
	err = c.update(ctx, "preferences", small, func(tx *bolt.Tx) error {
		removed = 0
		return deleteIf(tx.Bucket(bucketPreferences), preferencesOf(guildID, memberID, batch), func(_, _ []byte) (bool, error) {
			removed++
			return true, nil
		})
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

func (c *Catalog) Preferences(ctx context.Context, guildID, memberID string) (all []catalog.Preference, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) (err error) {
		all, err = readPreferences(tx, preferencesOf(guildID, memberID, ""))
		return err
	})
	return all, err
}

// readPreferences reads the preferences under a prefix of their keys.
func readPreferences(tx *bolt.Tx, pre []byte) (all []catalog.Preference, err error) {
	err = each(tx.Bucket(bucketPreferences), pre, func(k, data []byte) error {
		row, err := decode[storedPreference](k, data)
		if err != nil {
			return err
		}
		guildID, memberID, batch := preferenceOwner(k)
		all = append(all, catalog.Preference{GuildID: guildID, MemberID: memberID, Batch: batch,
			Source: row.Source, Artist: row.Artist, Title: row.Title, VideoID: row.Video, Like: row.Like, At: row.At})
		return nil
	})
	return all, err
}

// preferenceOwner returns what the key of a preference begins with.
func preferenceOwner(k []byte) (guildID, memberID, batch string) {
	parts := bytes.SplitN(k, []byte{0}, 4)
	if len(parts) < 4 {
		return string(parts[0]), "", ""
	}
	return string(parts[0]), string(parts[1]), string(parts[2])
}

// forgetPreferences deletes a member's preferences in a guild, or with "" in all.
func forgetPreferences(tx *bolt.Tx, guildID, memberID string) error {
	var pre []byte
	if guildID != "" {
		pre = prefix(guildID)
	}
	return deleteIf(tx.Bucket(bucketPreferences), pre, func(k, _ []byte) (bool, error) {
		_, member, _ := preferenceOwner(k)
		return member == memberID, nil
	})
}
