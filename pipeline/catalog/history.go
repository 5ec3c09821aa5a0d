package catalog

import (
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// History is what a guild was shown and what it answered, as both stood at one
// moment.
type History struct {
	Posts []Post // oldest first, those of a slot by position
	Votes []Vote // those of one post together
}

// History returns a guild's posts and votes, read in one transaction.
func (c *Catalog) History(guildID string) (h History, err error) {
	err = c.view(func(tx *bolt.Tx) (err error) {
		if h.Posts, err = readPosts(tx, guildID, time.Time{}); err != nil {
			return err
		}
		h.Votes, err = readVotes(tx, prefix(guildID), "")
		return err
	})
	return h, err
}

// Cast is how many votes count now: one that was taken back does not.
func (h History) Cast() int {
	n := 0
	for _, v := range h.Votes {
		if v.Value != 0 {
			n++
		}
	}
	return n
}

// LabelledBy are the videos on which a member has a vote that counts, or
// anybody with "".
func (h History) LabelledBy(memberID string) map[string]bool {
	labelled := map[string]bool{}
	for _, v := range h.Votes {
		if v.Value != 0 && (memberID == "" || v.MemberID == memberID) {
			labelled[v.VideoID] = true
		}
	}
	return labelled
}

// VideoIDs are the videos that were shown or voted on, in order.
func (h History) VideoIDs() []string {
	var ids []string
	for _, p := range h.Posts {
		ids = append(ids, p.VideoID)
	}
	for _, v := range h.Votes {
		ids = append(ids, v.VideoID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Sums are the votes on each video, added up.
func (h History) Sums() map[string]int {
	sums := map[string]int{}
	for _, v := range h.Votes {
		sums[v.VideoID] += v.Value
	}
	return sums
}
