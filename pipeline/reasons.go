package pipeline

import (
	"fmt"
	"maps"
	"slices"

	"cratedigger/pipeline/catalog"
)

// A pick that was drawn from below the first exploreFrom × picks places of the
// ranked list is explained as an exploration.
const exploreFrom = 4

// reasonFacts are facts about a guild that appear in the reasons of its picks.
type reasonFacts struct {
	seededBy map[string]string // member by video
	likes    map[string]int    // liked songs by channel
	artists  records
	book     *songbook
}

// reasonFacts reads a guild's proposals and counts its likes; videos are those of
// the history.
func (l *Loop) reasonFacts(guildID string, history songHistory, videos map[string]catalog.Video) (reasonFacts, error) {
	f := reasonFacts{seededBy: map[string]string{}, likes: map[string]int{}, book: history.book, artists: history.records(slices.Collect(maps.Values(videos)))}
	finds, err := l.store.Finds(guildID)
	if err != nil {
		return f, fmt.Errorf("who proposed what could not be read: %w", err)
	}
	for _, find := range finds {
		if find.SeededBy != "" {
			f.seededBy[find.VideoID] = find.SeededBy
		}
	}
	for id, n := range history.Sums() {
		if channel := videos[id].ChannelID; n > 0 && channel != "" {
			f.likes[channel]++
		}
	}
	return f, nil
}

// complete adds to the reasons of a pick: first who proposed it, then whether it
// is an exploration, and to its channel and its artist how many songs of theirs
// were liked.
func (f reasonFacts) complete(p Picked, explored bool) []catalog.Reason {
	reasons := slices.Clone(p.Post.Reasons)
	for i, r := range reasons {
		switch r.Kind {
		case catalog.ReasonChannel:
			reasons[i].Number = float64(f.likes[p.Video.ChannelID])
		case catalog.ReasonArtist:
			for _, a := range f.artists.of(f.book, p.Video) {
				if slices.Contains(r.Words, a.Name) {
					reasons[i].Number = float64(a.Liked)
				}
			}
		}
	}
	if explored && p.Post.Policy == catalog.PolicyThompson {
		reasons = slices.Insert(reasons, 0, catalog.Reason{Kind: catalog.ReasonExplore})
	}
	if member := f.seededBy[p.Video.ID]; member != "" {
		reasons = slices.Insert(reasons, 0, catalog.Reason{Kind: catalog.ReasonSeed, Words: []string{member}})
	}
	return reasons
}

// rankOf is a video's place, from 0, among the candidates that were not posted.
func rankOf(candidates []Ranked, videoID string) int {
	rank := 0
	for _, r := range candidates {
		if r.Video.ID == videoID {
			break
		}
		if !r.Posted {
			rank++
		}
	}
	return rank
}
