package taste

import (
	"cmp"
	"slices"
	"time"
)

// Told is what somebody told of their taste apart from posts: that they like or dislike a
// video.
type Told struct {
	VideoID string
	Like    bool
	At      time.Time
}

const (
	toldWeight = 0.5 // of what was told of one video; a vote's is 1
	toldCap    = 10  // votes that all that one member told weighs at most
)

// ToldLabels turns what was told, by who told it, into labels, sorted by video. They are
// no votes: they do not count where votes are counted, and nothing is measured on them.
// What one told weighs half a vote each, and all of it at most as much as ten.
func ToldLabels(byOwner [][]Told) []Label {
	all := map[string]Label{}
	for _, told := range byOwner {
		weight := min(toldWeight, toldCap/float64(max(1, len(told))))
		for _, t := range told {
			like := 0.0
			if t.Like {
				like = 1
			}
			l := all[t.VideoID]
			l.VideoID, l.Told = t.VideoID, true
			l.Share = (l.Share*l.Weight + like*weight) / (l.Weight + weight)
			l.Weight += weight
			if t.At.After(l.VotedAt) {
				l.VotedAt = t.At
			}
			all[t.VideoID] = l
		}
	}
	labels := make([]Label, 0, len(all))
	for _, l := range all {
		labels = append(labels, l)
	}
	slices.SortFunc(labels, func(a, b Label) int {
		return cmp.Or(a.VotedAt.Compare(b.VotedAt), cmp.Compare(a.VideoID, b.VideoID))
	})
	return labels
}

// WithTold adds labels that were told to those of votes. A vote on a video says more, and
// stands; silence says less than a word. Those that were told come first.
func WithTold(labels, told []Label) []Label {
	voted, said := map[string]bool{}, map[string]bool{}
	for _, l := range labels {
		voted[l.VideoID] = !l.Weak
	}
	out := make([]Label, 0, len(labels)+len(told))
	for _, l := range told {
		if !voted[l.VideoID] {
			out = append(out, l)
			said[l.VideoID] = true
		}
	}
	for _, l := range labels {
		if !said[l.VideoID] {
			out = append(out, l)
		}
	}
	return out
}

// Votes returns the labels that are no preferences.
func Votes(labels []Label) []Label {
	return slices.DeleteFunc(slices.Clone(labels), func(l Label) bool { return l.Told })
}
