package catalog

import (
	"cmp"
	"errors"
	"slices"
	"time"

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

// Sorted is the duel with A before B.
func (d Duel) Sorted() Duel {
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

// Check refuses what is no answer between two videos.
func (d Duel) Check() error {
	a, okA := youtube.ParseID(d.A)
	b, okB := youtube.ParseID(d.B)
	known := d.Choice == "" || slices.Contains(DuelChoices, d.Choice)
	if err := CheckIDs(d.GuildID, cmp.Or(d.MemberID, "nobody")); err != nil {
		return err
	}
	if !okA || !okB || a != d.A || b != d.B || a == b || !known {
		return errors.New("it is not a choice between two videos")
	}
	return nil
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
		d = d.Sorted()
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
