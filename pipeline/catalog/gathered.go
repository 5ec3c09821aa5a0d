package catalog

import "time"

// Evidence is a way in which people told a guild's bot what they like.
type Evidence string

// The kinds of evidence. Of a vote without a post that an import set, the catalogue does
// not know whether a member labelled it or taught it, or whether it was in a file.
const (
	EvidenceReaction  Evidence = "reaction"  // votes on posts by reaction
	EvidenceButton    Evidence = "button"    // votes on posts by their buttons
	EvidenceList      Evidence = "list"      // votes by the buttons of listed songs
	EvidenceLabel     Evidence = "label"     // songs labelled, taught, or in a label file
	EvidenceDuel      Evidence = "duel"      // answers to "A or B?"
	EvidenceFile      Evidence = "file"      // songs of imported files of likes
	EvidenceFavourite Evidence = "favourite" // artists and songs told at the set-up
)

// Gathered is how much evidence of a kind there is.
type Gathered struct {
	Evidence Evidence
	Count    int
}

// Gathered counts what was told since a moment and stands, by kind, in the order of the
// constants; kinds without any are left out. A vote that was given in several ways
// counts for the first of them.
func (h History) Gathered(since time.Time) (all []Gathered) {
	counts := map[Evidence]int{}
	count := func(at time.Time, e Evidence) {
		if !at.Before(since) {
			counts[e]++
		}
	}
	for _, v := range h.Votes {
		if v.Value != 0 {
			count(v.At, v.evidence())
		}
	}
	for _, d := range h.Duels {
		if d.MemberID != "" {
			count(d.At, EvidenceDuel)
		}
	}
	for _, p := range h.Preferences {
		if p.Source == FromFavourite {
			count(p.At, EvidenceFavourite)
		} else {
			count(p.At, EvidenceFile)
		}
	}
	for _, e := range []Evidence{EvidenceReaction, EvidenceButton, EvidenceList, EvidenceLabel, EvidenceDuel, EvidenceFile, EvidenceFavourite} {
		if counts[e] > 0 {
			all = append(all, Gathered{e, counts[e]})
		}
	}
	return all
}

// evidence is how the flag that counts was first set.
func (v Vote) evidence() Evidence {
	flag, e, first := v.Up, EvidenceLabel, v.Up.Import
	if v.Value < 0 {
		flag, first = v.Down, v.Down.Import
	}
	if at := flag.Button; !at.IsZero() && (first.IsZero() || at.Before(first)) {
		e, first = EvidenceButton, at
		if v.PostID == "" {
			e = EvidenceList
		}
	}
	if at := flag.Reaction; !at.IsZero() && (first.IsZero() || at.Before(first)) {
		e = EvidenceReaction
	}
	return e
}
