package catalog

import (
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// History is a guild's posts and votes at one moment.
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

// Cast returns the number of votes that were not taken back.
func (h History) Cast() int {
	n := 0
	for _, v := range h.Votes {
		if v.Value != 0 {
			n++
		}
	}
	return n
}

// LabelledBy returns the videos that a member has voted on, or anybody for "". It
// leaves out votes that were taken back.
func (h History) LabelledBy(memberID string) map[string]bool {
	labelled := map[string]bool{}
	for _, v := range h.Votes {
		if v.Value != 0 && (memberID == "" || v.MemberID == memberID) {
			labelled[v.VideoID] = true
		}
	}
	return labelled
}

// VideoIDs returns the ids of videos that were posted or voted on, sorted.
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

// Sums returns the sum of the votes on each video.
func (h History) Sums() map[string]int {
	sums := map[string]int{}
	for _, v := range h.Votes {
		sums[v.VideoID] += v.Value
	}
	return sums
}
