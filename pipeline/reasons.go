package pipeline

import (
	"cmp"
	"context"
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
	songs    songHistory
	sums     map[string]int // of the votes, by the video on which a song's stand
}

// reasonFacts reads a guild's proposals and counts its likes; videos are those of
// the history.
func (l *Loop) reasonFacts(ctx context.Context, guildID string, history songHistory, videos map[string]catalog.Video) (reasonFacts, error) {
	f := reasonFacts{seededBy: map[string]string{}, likes: map[string]int{}, songs: history, sums: history.Sums(), artists: history.records(slices.Collect(maps.Values(videos)))}
	finds, err := l.store.Finds(ctx, guildID)
	if err != nil {
		return f, fmt.Errorf("who proposed what could not be read: %w", err)
	}
	for _, find := range finds {
		if find.SeededBy != "" {
			f.seededBy[find.VideoID] = find.SeededBy
		}
	}
	for id, n := range f.sums {
		if channel := videos[id].ChannelID; n > 0 && channel != "" {
			f.likes[channel]++
		}
	}
	return f, nil
}

// complete adds to the reasons of a pick: first who proposed it, then whether it
// is an exploration, and how many songs of its channel or its artists were liked.
func (f reasonFacts) complete(p Picked, explored bool) []catalog.Reason {
	reasons := slices.Clone(p.Post.Reasons)
	for i, r := range reasons {
		if r.Kind == catalog.ReasonChannel {
			reasons[i].Number = float64(f.likes[p.Video.ChannelID])
		}
	}
	reasons = withArtists(reasons, p.Video, f.artists.of(f.songs.book, p.Video), f.sums[f.songs.upload(p.Video.ID)])
	if explored && p.Post.Policy == catalog.PolicyThompson {
		reasons = slices.Insert(reasons, 0, catalog.Reason{Kind: catalog.ReasonExplore})
	}
	if member := f.seededBy[p.Video.ID]; member != "" {
		reasons = slices.Insert(reasons, 0, catalog.Reason{Kind: catalog.ReasonSeed, Words: []string{member}})
	}
	return reasons
}

// withArtists says in the reasons for a video how many songs by its artists a guild
// liked. Where the model names none of them, the one whom the guild liked most often
// comes first, unless it disliked as many. Nothing is said of artists who are a guess,
// and on the artist's own channel nothing more of the channel. own is the sum of the
// votes on the video's own song, which is no reason for itself.
func withArtists(reasons []catalog.Reason, v catalog.Video, artists []ArtistRecord, own int) []catalog.Reason {
	performers := v.Performers()
	reasons = slices.DeleteFunc(slices.Clone(reasons), func(r catalog.Reason) bool {
		return r.Kind == catalog.ReasonArtist && !slices.ContainsFunc(r.Words, func(name string) bool { return slices.Contains(performers, name) })
	})
	if len(performers) == 0 {
		return reasons
	}
	artists = slices.Clone(artists)
	for i := range artists {
		switch {
		case own > 0:
			artists[i].Liked--
		case own < 0:
			artists[i].Disliked--
		}
	}
	named := false
	for i, r := range reasons {
		for _, a := range artists {
			if r.Kind == catalog.ReasonArtist && slices.Contains(r.Words, a.Name) {
				reasons[i].Number, named = float64(a.Liked), true
			}
		}
	}
	liked := slices.DeleteFunc(slices.Clone(artists), func(a ArtistRecord) bool { return a.Liked <= a.Disliked })
	if !named && len(liked) > 0 {
		most := slices.MaxFunc(liked, func(a, b ArtistRecord) int { return cmp.Compare(a.Liked, b.Liked) })
		reasons = slices.Insert(reasons, 0, catalog.Reason{Kind: catalog.ReasonArtist, Words: []string{most.Name}, Number: float64(most.Liked)})
		named = true
	}
	if named && v.OwnChannel() {
		reasons = slices.DeleteFunc(reasons, func(r catalog.Reason) bool { return r.Kind == catalog.ReasonChannel })
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
