package pipeline

import (
	"fmt"
	"slices"

	"cratedigger/pipeline/catalog"
)

// exploreFrom times the picks of a slot is the place in the ranked list from
// which on a drawn pick owes its luck more than its score.
const exploreFrom = 4

// credits are what a guild has done that a pick may owe itself to.
type credits struct {
	seededBy map[string]string // member by video
	likes    map[string]int    // liked videos by channel
}

// credit is a guild's proposals and, by its history, its likes; videos are
// those of the history.
func (l *Loop) credit(guildID string, history catalog.History, videos map[string]catalog.Video) (credits, error) {
	c := credits{seededBy: map[string]string{}, likes: map[string]int{}}
	finds, err := l.store.Finds(guildID)
	if err != nil {
		return c, fmt.Errorf("who proposed what could not be read: %w", err)
	}
	for _, f := range finds {
		if f.SeededBy != "" {
			c.seededBy[f.VideoID] = f.SeededBy
		}
	}
	for id, n := range history.Sums() {
		if channel := videos[id].ChannelID; n > 0 && channel != "" {
			c.likes[channel]++
		}
	}
	return c, nil
}

// add completes the reasons of a pick: who proposed it comes first, then
// whether it was a try; a channel that counted says how often it was liked.
func (c credits) add(p Picked, lucky bool) []catalog.Reason {
	reasons := slices.Clone(p.Post.Reasons)
	for i, r := range reasons {
		if r.Kind == catalog.ReasonChannel {
			reasons[i].Number = float64(c.likes[p.Video.ChannelID])
		}
	}
	if lucky && p.Post.Policy == catalog.PolicyThompson {
		reasons = slices.Insert(reasons, 0, catalog.Reason{Kind: catalog.ReasonExplore})
	}
	if member := c.seededBy[p.Video.ID]; member != "" {
		reasons = slices.Insert(reasons, 0, catalog.Reason{Kind: catalog.ReasonSeed, Words: []string{member}})
	}
	return reasons
}

// place is a video's place among the candidates that were not posted, from 0.
func place(candidates []Ranked, videoID string) int {
	at := 0
	for _, r := range candidates {
		if r.Video.ID == videoID {
			break
		}
		if !r.Posted {
			at++
		}
	}
	return at
}
