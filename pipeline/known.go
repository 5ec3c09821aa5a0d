package pipeline

import "time"

// activeFor is how long after their last vote a member may still be shown what
// others know.
const activeFor = 30 * 24 * time.Hour

// knownToAll are the songs on which every recently active member has already voted,
// or all with a vote if no member was active. Posts leave them out: they would be
// new to nobody.
func knownToAll(history songHistory, now time.Time) map[string]bool {
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
