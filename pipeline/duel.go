package pipeline

import (
	"context"
	"math"
	"slices"

	"cratedigger/pipeline/catalog"
)

// duelPool is from how many songs the two of a duel are chosen.
const duelPool = 20

// Duel returns two songs to ask a member about, or with "" the guild in its channel, or
// none: of the songs that would be asked about next (LabelNext) the two with the closest
// scores that share neither artist nor channel. Songs that were in a duel of the
// member before, or in any of the guild's, and those in exclude are not asked about.
func (l *Loop) Duel(ctx context.Context, guildID, memberID string, exclude []string) ([]Ranked, error) {
	guild, history, err := l.guildHistory(ctx, guildID)
	if err != nil {
		return nil, err
	}
	exclude = slices.Clone(exclude)
	for _, d := range history.Duels {
		if memberID == "" || d.MemberID == memberID {
			exclude = append(exclude, d.A, d.B)
		}
	}
	asked, book, err := l.ask(ctx, guild, history, duelPool, exclude)
	if err != nil {
		return nil, err
	}
	return rivals(asked, book.Artists), nil
}

// rivals are the two of some songs with the closest scores that share neither artist nor
// channel; none if all do.
func rivals(songs []Ranked, artists func(catalog.Video) []string) (pair []Ranked) {
	closest := math.Inf(1)
	for i, a := range songs {
		for _, b := range songs[i+1:] {
			apart := math.Abs(a.Score - b.Score)
			if apart < closest && a.Video.ChannelID != b.Video.ChannelID && !sharesArtist(artists(a.Video), artists(b.Video)) {
				pair, closest = []Ranked{a, b}, apart
			}
		}
	}
	return pair
}

func sharesArtist(a, b []string) bool {
	return slices.ContainsFunc(a, func(key string) bool { return slices.Contains(b, key) })
}
