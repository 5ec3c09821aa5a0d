package bolt

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// storedDuel has its guild, pair and member in the key.
type storedDuel struct {
	Choice catalog.DuelChoice `json:"c,omitempty"`
	At     time.Time          `json:"at"`
}

func duelKey(d catalog.Duel) []byte { return key(d.GuildID, d.A+"/"+d.B, d.MemberID) }

// duelOf reads a duel's key; ok is false where it is none.
func duelOf(k []byte) (d catalog.Duel, ok bool) {
	parts := bytes.Split(k, []byte{0})
	if len(parts) != 3 {
		return d, false
	}
	a, b, _ := bytes.Cut(parts[1], []byte("/"))
	d = catalog.Duel{GuildID: string(parts[0]), A: string(a), B: string(b), MemberID: string(parts[2])}
	return d, d.A < d.B
}

func (c *Catalog) Duel(ctx context.Context, d catalog.Duel) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.Check(); err != nil {
		return fmt.Errorf("the answer to a duel was not kept: %w", err)
	}
	d = d.Sorted()
	return c.update(ctx, "duel", small, func(tx *bolt.Tx) error {
		if d.At.IsZero() {
			d.At = c.now()
		}
		bucket, k := tx.Bucket(bucketDuels), duelKey(d)
		switch {
		case before(d.At, forgottenAt(tx, d.GuildID, d.MemberID)):
			return nil
		case d.Choice == "" && d.MemberID != "":
			return bucket.Delete(k)
		}
		if err := put(bucket, k, storedDuel{Choice: d.Choice, At: d.At.UTC()}); err != nil {
			return err
		}
		return dropOldDuels(bucket, d.GuildID, d.MemberID)
	})
}

// dropOldDuels deletes a member's oldest answers beyond MemberDuels.
func dropOldDuels(bucket *bolt.Bucket, guildID, memberID string) error {
	all, err := readDuels(bucket, prefix(guildID))
	all = slices.DeleteFunc(all, func(d catalog.Duel) bool { return d.MemberID != memberID })
	slices.SortStableFunc(all, func(a, b catalog.Duel) int { return a.At.Compare(b.At) })
	for _, d := range all[:max(0, len(all)-catalog.MemberDuels)] {
		if err == nil {
			err = bucket.Delete(duelKey(d))
		}
	}
	return err
}

func (c *Catalog) Duels(ctx context.Context, guildID string) (all []catalog.Duel, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) (err error) {
		all, err = readDuels(tx.Bucket(bucketDuels), prefix(guildID))
		return err
	})
	return all, err
}

func readDuels(bucket *bolt.Bucket, pre []byte) (all []catalog.Duel, err error) {
	err = each(bucket, pre, func(k, data []byte) error {
		row, err := decode[storedDuel](k, data)
		if d, ok := duelOf(k); ok && err == nil {
			d.Choice, d.At = row.Choice, row.At
			all = append(all, d)
		}
		return err
	})
	return all, err
}

// forgetDuels deletes a member's answers in a guild, or with "" in all.
func forgetDuels(tx *bolt.Tx, guildID, memberID string) error {
	var pre []byte
	if guildID != "" {
		pre = prefix(guildID)
	}
	return deleteIf(tx.Bucket(bucketDuels), pre, func(k, _ []byte) (bool, error) {
		d, ok := duelOf(k)
		return ok && d.MemberID == memberID, nil
	})
}
