package catalog

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/youtube"
)

// MemberDuels is how many answers of one member are kept, the newest. Of the pairs that
// a guild was asked about in its channel, as many.
const MemberDuels = 1_000

// DuelChoice is an answer to "A or B?".
type DuelChoice string

// The answers to a duel.
const (
	ChoseA       DuelChoice = "a"
	ChoseB       DuelChoice = "b"
	ChoseBoth    DuelChoice = "both"
	ChoseNeither DuelChoice = "neither"
)

// DuelChoices are all answers to a duel, in the order of their buttons.
var DuelChoices = []DuelChoice{ChoseA, ChoseB, ChoseBoth, ChoseNeither}

// Duel is a member's answer to which of two songs they like better. A pair of videos is
// one duel in a guild, whoever asked, and in whichever order.
type Duel struct {
	GuildID  string
	A, B     string     // videos, the catalogue's in the order of their ids
	MemberID string     // "": the guild was asked in its channel
	Choice   DuelChoice // "" without a member
	At       time.Time  // UTC
}

// sorted is the duel with A before B.
func (d Duel) sorted() Duel {
	if d.A > d.B {
		d.Choice, _ = d.Between(d.B, d.A)
		d.A, d.B = d.B, d.A
	}
	return d
}

// Between is the answer in a duel as one of a or b, in this order; same is false if the
// duel is of other videos.
func (d Duel) Between(a, b string) (choice DuelChoice, same bool) {
	switch {
	case d.A == a && d.B == b:
		return d.Choice, true
	case d.A != b || d.B != a:
		return "", false
	case d.Choice == ChoseA:
		return ChoseB, true
	case d.Choice == ChoseB:
		return ChoseA, true
	}
	return d.Choice, true
}

// check refuses what is no answer between two videos.
func (d Duel) check() error {
	a, okA := youtube.ParseID(d.A)
	b, okB := youtube.ParseID(d.B)
	known := d.Choice == "" || slices.Contains(DuelChoices, d.Choice)
	if err := checkIDs(d.GuildID, cmp.Or(d.MemberID, "nobody")); err != nil {
		return err
	}
	if !okA || !okB || a != d.A || b != d.B || a == b || !known {
		return errors.New("it is not a choice between two videos")
	}
	return nil
}

// storedDuel has its guild, pair and member in the key.
type storedDuel struct {
	Choice DuelChoice `json:"c,omitempty"`
	At     time.Time  `json:"at"`
}

func duelKey(d Duel) []byte { return key(d.GuildID, d.A+"/"+d.B, d.MemberID) }

// duelOf reads a duel's key; ok is false where it is none.
func duelOf(k []byte) (d Duel, ok bool) {
	parts := bytes.Split(k, []byte{0})
	if len(parts) != 3 {
		return d, false
	}
	a, b, _ := bytes.Cut(parts[1], []byte("/"))
	d = Duel{GuildID: string(parts[0]), A: string(a), B: string(b), MemberID: string(parts[2])}
	return d, d.A < d.B
}

// Duel keeps a member's answer, which replaces an earlier one, or without a choice takes
// it back. Without a member it notes that the guild was asked. What a member answered
// before they asked to be forgotten is not kept.
func (c *Catalog) Duel(ctx context.Context, d Duel) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return fmt.Errorf("the answer to a duel was not kept: %w", err)
	}
	d = d.sorted()
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
	all = slices.DeleteFunc(all, func(d Duel) bool { return d.MemberID != memberID })
	slices.SortStableFunc(all, func(a, b Duel) int { return a.At.Compare(b.At) })
	for _, d := range all[:max(0, len(all)-MemberDuels)] {
		if err == nil {
			err = bucket.Delete(duelKey(d))
		}
	}
	return err
}

// Duels returns a guild's duels, pair by pair, those that it was asked before the
// members' answers.
func (c *Catalog) Duels(ctx context.Context, guildID string) (all []Duel, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) (err error) {
		all, err = readDuels(tx.Bucket(bucketDuels), prefix(guildID))
		return err
	})
	return all, err
}

func readDuels(bucket *bolt.Bucket, pre []byte) (all []Duel, err error) {
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

// duelsBySong moves duels to one upload of each song. It drops those of a song with
// itself, and of a member's answers about two songs keeps the latest.
func duelsBySong(duels []Duel, upload func(videoID string) string) []Duel {
	latest := map[Duel]int{} // by guild, videos and member: places in out
	var out []Duel
	for _, d := range duels {
		d.A, d.B = upload(d.A), upload(d.B)
		if d.A == d.B {
			continue
		}
		d = d.sorted()
		k := Duel{GuildID: d.GuildID, A: d.A, B: d.B, MemberID: d.MemberID}
		if at, before := latest[k]; !before {
			latest[k] = len(out)
			out = append(out, d)
		} else if !d.At.Before(out[at].At) {
			out[at] = d
		}
	}
	return out
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
