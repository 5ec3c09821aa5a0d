package pipeline

import (
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
)

// activeFor is how long after their last vote a member may still be shown what
// others know.
const activeFor = 30 * 24 * time.Hour

// knownToAll are the videos on which every recently active member has already voted,
// or all with a vote if no member was active. Posts leave them out: they would be
// new to nobody.
func knownToAll(history catalog.History, now time.Time) map[string]bool {
	voters := map[string]map[string]bool{} // by video
	active := map[string]bool{}            // members
	for _, v := range history.Votes {
		if v.Value == 0 {
			continue
		}
		if voters[v.VideoID] == nil {
			voters[v.VideoID] = map[string]bool{}
		}
		voters[v.VideoID][v.MemberID] = true
		active[v.MemberID] = active[v.MemberID] || now.Sub(v.At) < activeFor
	}
	known := map[string]bool{}
	for video, labelled := range voters {
		known[video] = true
		for member, votes := range active {
			if votes && !labelled[member] {
				delete(known, video)
			}
		}
	}
	return known
}

// leaveOut drops the videos of some ids from a ranked list.
func leaveOut(ranked []Ranked, ids map[string]bool) []Ranked {
	return slices.DeleteFunc(ranked, func(r Ranked) bool { return ids[r.Video.ID] })
}
