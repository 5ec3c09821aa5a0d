package catalog

import (
	"fmt"
	"strings"
	"time"
)

// CheckChanges refuses changes with invalid ids or sources.
func CheckChanges(changes []VoteChange) error {
	for _, ch := range changes {
		if err := CheckIDs(ch.GuildID, ch.VideoID, ch.MemberID); err != nil {
			return fmt.Errorf("a vote was not taken: %w", err)
		}
		switch ch.Source {
		case SourceReaction, SourceButton, SourceImport:
		default:
			return fmt.Errorf("a vote was not taken: its source %q is unknown", ch.Source)
		}
		if strings.ContainsRune(ch.PostID, 0) || len(ch.PostID) > 200 {
			return fmt.Errorf("a vote was not taken: the post id %.20q is not one", ch.PostID)
		}
	}
	return nil
}

// VoteState is a vote with what it takes to change it.
type VoteState struct {
	Vote
	Unordered bool // both flags are set, and it is not known which came later
}

// Empty reports whether neither flag is set. Such a vote is not kept.
func (v *VoteState) Empty() bool { return !v.Up.set() && !v.Down.set() }

// Apply changes one flag and decides which counts. stored is the value from before the
// transaction.
func (v *VoteState) Apply(ch VoteChange, stored int) {
	v.VideoID, v.PostID = ch.VideoID, ch.PostID
	mine, other, sign := &v.Up, &v.Down, 1
	if !ch.Up {
		mine, other, sign = &v.Down, &v.Up, -1
	}
	ordered := !ch.OrderUnknown || !ch.Since.IsZero() && !other.newest().After(ch.Since)
	at := mine.source(ch.Source)
	known := !at.IsZero()
	switch {
	case !ch.Set:
		*at = time.Time{}
	case known && ch.Source == SourceReaction, known && ch.OrderUnknown:
		return
	default:
		*at = ch.At.UTC()
		// Changes come in order, even if the clock was set back in between.
		if newest := other.newest(); ordered && !at.After(newest) {
			*at = newest.Add(1)
		}
	}

	value := 0
	up, down := v.Up.newest(), v.Down.newest()
	switch {
	case up.IsZero() && down.IsZero():
		v.Unordered = false
	case down.IsZero():
		value, v.Unordered = 1, false
	case up.IsZero():
		value, v.Unordered = -1, false
	case ch.Set && !ordered:
		value, v.Unordered = stored, true
	case ch.Set:
		value, v.Unordered = sign, false
	case v.Unordered:
		value = v.Value
	case up.After(down):
		value = 1
	default:
		value = -1
	}
	if value != v.Value || v.At.IsZero() {
		v.Value, v.At = value, ch.At.UTC()
	}
}

func (f *Flag) source(s VoteSource) *time.Time {
	switch s {
	case SourceButton:
		return &f.Button
	case SourceImport:
		return &f.Import
	default:
		return &f.Reaction
	}
}

func (f *Flag) set() bool { return !f.newest().IsZero() }

func (f *Flag) newest() time.Time {
	t := f.Reaction
	for _, u := range []time.Time{f.Button, f.Import} {
		if u.After(t) {
			t = u
		}
	}
	return t
}
