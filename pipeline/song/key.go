package song

import (
	"slices"
	"strconv"
	"strings"
)

// ArtistKey is the same for all spellings of one artist's name: "The Beatles",
// "Beatles - Topic" and "TheBeatlesVEVO". Names that differ in accents or script
// have different keys; a Directory joins them if an upload shows both. The key
// begins with the version of the rules and is empty for a name without letters.
func ArtistKey(name string) string {
	name, _ = ownName(clean(name))
	folded := joined(Fold(withoutBrackets(name)))
	if folded == "" {
		return ""
	}
	return keyStart + folded
}

var keyStart = strconv.Itoa(Version) + ":"

// Key is the same for all uploads of one recording of a song. A live version, a
// cover and a remix each have another Key and share the song's Kin. Two remixes have
// different Keys if their titles name them differently. A Key is empty if artist or song
// is not known.
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

// form makes a Key of a Kin: it adds the kind of version, and for a remix its name.
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

// A form is one of the channels that an artist may have. An artist has at most one
// of each, so two channels of one form belong to two artists of the same name.
type form byte

const (
	plain form = iota // "Burial"
	topic             // "Burial - Topic"
	vevo              // "BurialVEVO"
)

// ownName is a channel's name without the additions of YouTube and VEVO.
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

// A Directory knows which names belong to one artist, and which name several artists
// share. It is built from uploads, in any order. The zero value is empty.
type Directory struct {
	owners map[string]map[form][]string // artists' channels, by name
	joins  map[string]string            // from a name's key to the key of another name of the same artist
	shared bool                         // some name belongs to two artists
}

// Add learns from a sure upload that a channel belongs to its artist, and that two
// names belong to one artist. It returns the main artist's ArtistKey, "" for a guess.
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
		d.shared = d.shared || len(d.owners[key][of]) > 1
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

// Key is ArtistKey for an artist on a channel. Different names of one artist have one
// key. Artists who share a name (it has two channels of the same form) have the
// channel in their keys.
func (d *Directory) Key(name, channelID string) string { return d.key(ArtistKey(name), channelID) }

func (d *Directory) key(key, channelID string) string {
	for _, channels := range d.owners[key] {
		if len(channels) > 1 && slices.Contains(channels, channelID) {
			return key + "@" + channelID
		}
	}
	return d.root(key)
}

// Keys are the keys of a song's artists on a channel, nil where all are what the names
// alone say.
func (d *Directory) Keys(s Song, channelID string) (keys []string) {
	if !d.shared && len(d.joins) == 0 {
		return nil
	}
	differ := false
	for _, name := range s.Artists {
		plain := ArtistKey(name)
		key := d.key(plain, channelID)
		keys, differ = append(keys, key), differ || key != plain
	}
	if !differ {
		return nil
	}
	return keys
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
