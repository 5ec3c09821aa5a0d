package song

import (
	"slices"
	"strconv"
	"strings"
)

// ArtistKey is the same for all ways to write one artist's name: "The Beatles",
// "Beatles - Topic" and "TheBeatlesVEVO". Accents and scripts stay apart; a
// Directory joins them where an upload shows both. It begins with the version of
// the rules and is empty for a name without letters.
func ArtistKey(name string) string {
	name, _ = ownName(clean(name))
	folded := joined(Fold(withoutBrackets(name)))
	if folded == "" {
		return ""
	}
	return keyStart + folded
}

var keyStart = strconv.Itoa(Version) + ":"

// Key is the same for all uploads of one song in one form: a live version, a
// cover or a remix has a Key of its own and shares the song's Kin. Of remixes each
// has its own, by what its title calls it. It is empty if artist or song is not
// known.
func (s Song) Key() string { return s.form(s.Kin()) }

// Kin is the same for all versions of a song by an artist.
func (s Song) Kin() string {
	if len(s.Artists) == 0 {
		return ""
	}
	return s.kin(ArtistKey(s.Artists[0]))
}

// KinOf is the Kin in a Key.
func KinOf(key string) string {
	kin, _, _ := strings.Cut(key, "~")
	return kin
}

func (s Song) kin(artist string) string {
	title := joined(Fold(withoutBrackets(s.Title)))
	if artist == "" || title == "" || !s.Kind.IsSong() {
		return ""
	}
	return artist + "/" + title
}

// form adds to a song's Kin what makes it a version.
func (s Song) form(kin string) string {
	switch s.Kind {
	case Live, Cover, Remix, Karaoke, Nightcore, Slowed, SpedUp:
		if kin != "" {
			kin += "~" + string(s.Kind)
			if s.Kind == Remix {
				kin += ":" + joined(Fold(s.Version))
			}
		}
	}
	return kin
}

// A form of an artist's own channel. An artist has one of each at most, so that
// two of a form are two artists of the same name.
type form byte

const (
	plain form = iota // "Burial"
	topic             // "Burial - Topic"
	vevo              // "BurialVEVO"
)

// ownName is the name in a channel's, without what YouTube and VEVO add.
func ownName(channel string) (string, form) {
	for _, tail := range []string{" - Topic", " – Topic", " - Tema", " - Thema", " - Sujet", " - Argomento", " - Tópico", " - Temat", " – тема", " - トピック", " - 주제"} {
		if rest, ok := cutSuffixFold(channel, tail); ok && rest != "" {
			return rest, topic
		}
	}
	if rest, ok := cutSuffixFold(channel, "vevo"); ok && rest != "" {
		return spaced(rest), vevo
	}
	return channel, plain
}

// A Directory knows which names are one artist and which name is several. It is
// made from uploads, in any order. The zero value is empty.
type Directory struct {
	owners map[string]map[form][]string // channels of an artist's own, by name
	joins  map[string]string            // a name's key to another of the same artist
}

// Add takes up what a sure upload shows: that a channel is its artist's own, and that
// two names are one artist's. It returns the main artist's ArtistKey, "" for a guess.
func (d *Directory) Add(s Song, channel, channelID string) (key string) {
	if len(s.Artists) == 0 || !s.Sure() {
		return ""
	}
	key = ArtistKey(s.Artists[0])
	for _, also := range s.Also {
		d.join(key, ArtistKey(also))
	}
	name, of := ownName(clean(channel))
	if channelID == "" || key == "" || ArtistKey(name) != key {
		return key
	}
	if d.owners == nil {
		d.owners = map[string]map[form][]string{}
	}
	if d.owners[key] == nil {
		d.owners[key] = map[form][]string{}
	}
	if !slices.Contains(d.owners[key][of], channelID) {
		d.owners[key][of] = append(d.owners[key][of], channelID)
	}
	return key
}

func (d *Directory) join(a, b string) {
	a, b = d.root(a), d.root(b)
	if a == b || a == "" || b == "" {
		return
	}
	if d.joins == nil {
		d.joins = map[string]string{}
	}
	d.joins[max(a, b)] = min(a, b)
}

func (d *Directory) root(key string) string {
	for d.joins[key] != "" {
		key = d.joins[key]
	}
	return key
}

// Key is ArtistKey of an artist on a channel, with the names that are one joined,
// and namesakes apart: if a name has two own channels of the same form, the channel
// tells the artists apart.
func (d *Directory) Key(name, channelID string) string { return d.key(ArtistKey(name), channelID) }

func (d *Directory) key(key, channelID string) string {
	for _, channels := range d.owners[key] {
		if len(channels) > 1 && slices.Contains(channels, channelID) {
			return key + "@" + channelID
		}
	}
	return d.root(key)
}

// Song is the Key of a song on a channel, by the Key of its artist. It is empty
// for a guess.
func (d *Directory) Song(s Song, channelID string) string {
	if len(s.Artists) == 0 || !s.Sure() {
		return ""
	}
	return d.SongBy(ArtistKey(s.Artists[0]), s, channelID)
}

// SongBy is Song of a main artist's ArtistKey, as Add returned it.
func (d *Directory) SongBy(artist string, s Song, channelID string) string {
	return s.form(s.kin(d.key(artist, channelID)))
}

// KeyVersion is the version of the rules that made a key, "" where it is none.
func KeyVersion(key string) string {
	version, _, ok := strings.Cut(key, ":")
	if !ok {
		return ""
	}
	return version
}
