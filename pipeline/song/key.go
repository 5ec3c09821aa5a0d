package song

import (
	"fmt"
	"slices"
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
	return fmt.Sprintf("%d:%s", Version, folded)
}

// Key is the same for all uploads of one recording of a song. A live version, a cover
// and a remix each have another Key and share the song's Kin. It is empty if artist
// or song is not known.
func (s Song) Key() string {
	kin := s.Kin()
	switch s.Kind {
	case Live, Cover, Remix, Karaoke, Nightcore, Slowed, SpedUp:
		if kin != "" {
			kin += "~" + string(s.Kind)
		}
	}
	return kin
}

// Kin is the same for all versions of an artist's song.
func (s Song) Kin() string {
	title := joined(Fold(withoutBrackets(s.Title)))
	if len(s.Artists) == 0 || title == "" || !s.Kind.IsSong() {
		return ""
	}
	return ArtistKey(s.Artists[0]) + "/" + title
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
}

// Add learns from an upload that a channel belongs to its artist, and that two names
// belong to one artist.
func (d *Directory) Add(s Song, channel, channelID string) {
	if len(s.Artists) == 0 || s.Confidence < Sure {
		return
	}
	key := ArtistKey(s.Artists[0])
	for _, also := range s.Also {
		d.join(key, ArtistKey(also))
	}
	name, of := ownName(clean(channel))
	if channelID == "" || key == "" || ArtistKey(name) != key {
		return
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
func (d *Directory) Key(name, channelID string) string {
	key := ArtistKey(name)
	for _, channels := range d.owners[key] {
		if len(channels) > 1 && slices.Contains(channels, channelID) {
			return key + "@" + channelID
		}
	}
	return d.root(key)
}
