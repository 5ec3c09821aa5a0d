// Package song reads who performs what in a video from the words that stand on
// it: title, channel, description, category and YouTube's own music section. It
// knows text and no catalogue; what other uploads told comes in as Known.
//
// A title is cut into parts at its brackets and separators, wrapping such as
// "Official Video" is taken off and remembered as a kind, and each pair of parts
// is weighed as artist and song. How sure the best pair is becomes a chance that
// was fitted on labelled titles; below Sure an answer is a guess.
package song

import (
	"slices"
	"strings"
)

// Version names the rules. Keys carry it, so that those of older rules are told
// apart and made anew.
const Version = 3

// Sure is the confidence from which on an answer may be shown or used as an
// identity. Below it, words and channel say more.
const Sure = 0.9

// A Kind says in what form a song is performed, as far as a decision depends on it.
type Kind string

// The kinds. None is a song of which nothing is said.
const (
	None      Kind = ""
	Video     Kind = "video"
	Lyrics    Kind = "lyrics"
	Audio     Kind = "audio"
	Live      Kind = "live"
	Cover     Kind = "cover"
	Remix     Kind = "remix"
	Karaoke   Kind = "karaoke"
	Nightcore Kind = "nightcore"
	Slowed    Kind = "slowed"
	SpedUp    Kind = "sped up"
	Dance     Kind = "dance"
	Classical Kind = "classical"
	Album     Kind = "album"
	Mix       Kind = "mix"
	Teaser    Kind = "teaser"
	Trailer   Kind = "trailer"
	Reaction  Kind = "reaction"
	Talk      Kind = "talk"
)

// IsSong reports whether a video of this kind holds one song.
func (k Kind) IsSong() bool {
	switch k {
	case Album, Mix, Teaser, Trailer, Reaction, Talk:
		return false
	}
	return true
}

// An Upload is what stands on a video. Everything but the title may be empty.
type Upload struct {
	Title, Channel, Description, Category string
	Music                                 []Credit // YouTube's own music section
}

// A Credit is one song of a video's music section.
type Credit struct{ Song, Artist string }

// A Song is what an upload holds. For a cover Artists are those who cover and
// Original is whose song it is; for classical music they are the composer, for
// karaoke the singer whose song it is. Guests are not among them.
type Song struct {
	Artists    []string // as written; the main one first, none where unknown
	Title      string   // without guests and version; empty for a mix or talk
	Also       []string // other ways to write the main artist that the upload shows
	Version    string   // what the title's bracket says, "Live at Wembley"
	Original   string
	Kind       Kind
	Confidence float64 // the chance that artists and title are right, 0 without an answer
	Evidence   Evidence
	Margin     float64 // log odds of the answer against the next best
	Fame       float64 // how often other uploads name the main artist
	Rules      int     // the Version that gave it; 0: nobody has read the upload

	// Keys are those of Artists that a Directory gave, nil where the names alone say it.
	// They are not stored.
	Keys []string
}

// KeyOf is the key of one of the song's artists: that of the Directory, or its ArtistKey.
func (s Song) KeyOf(artist string) string {
	if i := slices.Index(s.Artists, artist); i >= 0 && i < len(s.Keys) {
		return s.Keys[i]
	}
	return ArtistKey(artist)
}

// Sure reports whether the answer may be shown or used as an identity.
func (s Song) Sure() bool { return s.Confidence >= Sure }

// Same reports whether two answers say the same with the same right to be shown,
// however sure they are.
func (s Song) Same(t Song) bool {
	return s.Rules == t.Rules && s.Kind == t.Kind && s.Title == t.Title && s.Version == t.Version && s.Original == t.Original && s.Sure() == t.Sure() &&
		slices.Equal(s.Artists, t.Artists) && slices.Equal(s.Also, t.Also)
}

// Artist is all artists in one line, as a title would say it.
func (s Song) Artist() string { return strings.Join(s.Artists, ", ") }

// Known is what other uploads told.
type Known interface {
	// Seen tells how often a name, as Fold gives it, was read as an artist and how
	// often as a song.
	Seen(name string) (artist, song float64)
	// Order tells how often a channel, as Fold gives it, puts the artist first in a
	// title, and how often the song.
	Order(channel string) (artist, song float64)
}

// Read tells what an upload holds. known may be nil.
func Read(u Upload, known Known) Song {
	t := newTitle(u, known)
	defer t.free()
	s := t.credited(t.read(), u)
	t.describe(s)
	s.Also = t.also(s)
	if len(s.Also) > 0 && !latin(s.Artists[0]) && latin(s.Also[0]) && strings.Contains(t.text, s.Artists[0]+" ("+s.Also[0]+")") {
		s.Artists[0] += " (" + s.Also[0] + ")" // as the title writes it, for those who read one script
	}
	s.Evidence, s.Rules = t.evidence, Version
	if len(s.Artists) == 0 && s.Title == "" && s.Kind.IsSong() {
		return s
	}
	s.Margin, s.Fame = t.margin, t.fame
	s.Confidence = confidence(s.Evidence.features(s.Margin, s.Fame))
	return s
}
