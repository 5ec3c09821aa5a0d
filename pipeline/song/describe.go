package song

import (
	"slices"
	"strings"
)

// mark records whether the artist matches the channel and is known from other
// uploads.
func (t *title) mark(a part) {
	switch a.match {
	case 2:
		t.evidence |= ChannelIs
	case 1:
		t.evidence |= ChannelHolds
	}
	if t.known != nil {
		if artist, song := t.known.Seen(a.folded); artist > song && artist > 1 {
			t.evidence |= KnownArtist
		}
	}
}

// describe records how the names and the channel look.
func (t *title) describe(s Song) {
	if t.channel.folded == "" {
		t.evidence |= NoChannel
	}
	if len(s.Artists) == 0 || s.Title == "" {
		return
	}
	name := t.words(withoutBrackets(s.Artists[0]))
	switch {
	case len(name) == 2:
		t.evidence |= TwoWords
	case len(name) > 2 && t.evidence&KnownArtist == 0:
		t.evidence |= LongName
	}
	if len(name) > 1 && givenNames[name[0]] {
		t.evidence |= NameFirst
	}
	for _, w := range name {
		switch {
		case combos[w]:
			t.evidence |= Combo
		case w == "&" || w == "and" || w == "with" || w == "y" || w == "a" && len(name) > 3 && len(name[0]) > 1:
			t.evidence |= Act
		case isNumber(w) || isNumber(w[:len(w)-1]):
			t.evidence |= NumberedName
		}
	}
	if len(s.Artists) > 1 {
		t.evidence |= Several
	}
	if at := slices.IndexFunc(name, func(w string) bool { return w == "&" || w == "and" || w == "with" }); at > 1 && len(name)-at > 2 && name[at+1] != "the" && name[at+1] != "his" && name[at+1] != "her" {
		t.evidence |= Duet
	}
	if strings.ContainsAny(s.Artists[0], ":*\"|/_(") || strings.Contains(s.Artists[0], " - ") {
		t.evidence |= UntidyName
	}
	ws := t.words(withoutBrackets(s.Title))
	for _, w := range ws[min(1, len(ws)):] {
		if isNumber(strings.Trim(w, "'rpmst")) {
			t.evidence |= Numbered
		}
	}
	switch {
	case len(ws) > 6:
		t.evidence |= LongSong
	case len(ws) > 4:
		t.evidence |= WordySong
	}
	if strings.ContainsAny(s.Title, "([,&") {
		t.evidence |= Untidy
	}
	if strings.ContainsAny(s.Title, "/\"|:~_@*+;「『×") || strings.Contains(s.Title, " - ") {
		t.evidence |= Medley
	}
	if mixed(s.Title) {
		t.evidence |= Medley
	}
	if mixed(s.Artists[0]) {
		t.evidence |= UntidyName
	}
	if slices.Contains(t.all, "official") {
		t.evidence |= Official
	}
	if len(name) > 1 && name[0] == "the" {
		t.evidence |= TheName
	}
	if inCapitals(s.Artists[0]) && !inCapitals(s.Title) {
		t.evidence |= Capitals
	}
	if len(ws) == 2 {
		t.evidence |= TwoWordSong
	}
	for _, w := range t.channel.words {
		if len(w) > 3 && slices.Contains(t.all, w) && !slices.Contains(name, w) {
			t.evidence |= Elsewhere
		}
	}
	if t.evidence&(Paired|Dashed|ChannelIs|Reversed|CoverNamed) == Paired|Dashed|ChannelIs || t.evidence&OwnChannel != 0 {
		t.evidence |= Signed
	}
	const blots = Reversed | ManyParts | Covers | LongName | Untidy | UntidyName | Numbered | LongSong | WordySong | Medley | Several | Act | Combo | NumberedName
	if t.evidence&(Dashed|OwnChannel) != 0 && t.evidence&blots == 0 {
		t.evidence |= Clean
	}
	if t.known != nil {
		artist, song := t.known.Seen(t.fold(withoutBrackets(s.Title)))
		if song > artist {
			t.evidence |= KnownSong
		}
		if artist > song {
			t.evidence |= SongIsArtist
		}
		t.fame, _ = t.known.Seen(t.fold(withoutBrackets(s.Artists[0])))
		t.fame = max(t.fame, 0)
	}
}

var combos = set(`trio quartet quintet sextet quartett quartetto duo`)
