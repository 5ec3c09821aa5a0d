package catalog

import (
	"slices"
)

// History is a guild's posts, votes, preferences and duels at one moment.
type History struct {
	Posts       []Post // oldest first, those of a slot by position
	Votes       []Vote // those of one post together
	Duels       []Duel
	Preferences []Preference // the guild's own first; of what one told of one subject the latest
	Held        []Held       // picks that wait for their minute; they are in no other count of posts
}

// Cast returns the number of votes that were not taken back. A member's votes on one
// video, on its posts and without one, are one.
func (h History) Cast() int {
	type voter struct{ video, member string }
	cast := map[voter]bool{}
	for _, v := range h.Votes {
		if v.Value != 0 {
			cast[voter{v.VideoID, v.MemberID}] = true
		}
	}
	return len(cast)
}

// LabelledBy returns the videos that a member has voted on, or for "" those that anybody
// has voted on or answered a duel about. It leaves out votes that were taken back.
func (h History) LabelledBy(memberID string) map[string]bool {
	labelled := map[string]bool{}
	for _, v := range h.Votes {
		if v.Value != 0 && (memberID == "" || v.MemberID == memberID) {
			labelled[v.VideoID] = true
		}
	}
	for _, d := range h.Duels {
		if d.MemberID != "" && memberID == "" {
			labelled[d.A], labelled[d.B] = true, true
		}
	}
	return labelled
}

// BySong returns the history with the posts of a song's uploads, and the votes,
// preferences and duels on them, moved to one of the uploads. upload says which. It keeps a
// member's latest vote and preference on a song, and leaves out votes that were taken
// back.
func (h History) BySong(upload func(videoID string) string) History {
	type voter struct{ video, member string }
	latest := map[voter]int{} // places in votes
	out := History{Posts: slices.Clone(h.Posts), Votes: make([]Vote, 0, len(h.Votes)), Preferences: slices.Clone(h.Preferences)}
	out.Duels = duelsBySong(h.Duels, upload)
	for i := range out.Posts {
		out.Posts[i].VideoID = upload(out.Posts[i].VideoID)
	}
	for i, p := range out.Preferences {
		if p.VideoID != "" {
			out.Preferences[i].VideoID = upload(p.VideoID)
		}
	}
	out.Preferences = Standing(out.Preferences)
	for _, v := range h.Votes {
		if v.Value == 0 {
			continue
		}
		v.VideoID = upload(v.VideoID)
		k := voter{v.VideoID, v.MemberID}
		at, before := latest[k]
		switch {
		case !before:
			latest[k] = len(out.Votes)
			out.Votes = append(out.Votes, v)
		case !v.At.Before(out.Votes[at].At):
			out.Votes[at] = v
		}
	}
	return out
}

// VideoIDs returns the ids of videos that were posted, voted on, in a duel or are held,
// sorted.
func (h History) VideoIDs() []string {
	var ids []string
	for _, p := range h.Posts {
		ids = append(ids, p.VideoID)
	}
	for _, v := range h.Votes {
		ids = append(ids, v.VideoID)
	}
	for _, d := range h.Duels {
		ids = append(ids, d.A, d.B)
	}
	for _, p := range h.Held {
		ids = append(ids, p.VideoID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Sums returns the sum of the votes on each video.
func (h History) Sums() map[string]int {
	sums := map[string]int{}
	for _, v := range h.Votes {
		sums[v.VideoID] += v.Value
	}
	return sums
}
