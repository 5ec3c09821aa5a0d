package song

import (
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
	name := words(s.Artists[0])
	lean := 0.0
	for _, w := range name {
		lean += leanings[w]
	}
	switch {
	case len(name) == 2:
		t.evidence |= TwoWords
	case len(name) > 2:
		t.evidence |= LongName
	}
	if len(name) > 1 && givenNames[name[0]] {
		t.evidence |= NameFirst
	}
	if lean < -1.5 && !(len(name) > 1 && givenNames[name[0]]) {
		t.evidence |= Leaning
	}
	for _, w := range name {
		switch {
		case combos[w]:
			t.evidence |= Combo
		case w == "&" || w == "and" || w == "with" || w == "y" || w == "a" && len(name) > 3:
			t.evidence |= Several
		case isNumber(w) || isNumber(w[:len(w)-1]):
			t.evidence |= NumberedName
		}
	}
	if len(s.Artists) > 1 {
		t.evidence |= Several
	}
	if t.lead != "" {
		t.evidence |= Listed
	}
	if strings.ContainsAny(s.Artists[0], ":*\"|/_(") || strings.Contains(s.Artists[0], " - ") {
		t.evidence |= UntidyName
	}
	ws := words(withoutBrackets(s.Title))
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
	if t.guests == 0 && len(words(withoutBrackets(t.text))) > len(ws)+len(words(strings.Join(s.Artists, " "))) {
		t.evidence |= LeftOver
	}
	const blots = Reversed | ManyParts | Covers | LongName | Untidy | Leaning | UntidyName | Numbered | LongSong | WordySong | Medley | LeftOver | Several | Combo | NumberedName
	if t.evidence&Dashed != 0 && t.evidence&blots == 0 {
		t.evidence |= Clean
	}
	if t.known != nil {
		if artist, song := t.known.Seen(Fold(withoutBrackets(s.Title))); song > artist {
			t.evidence |= KnownSong
		}
	}
}

var combos = set(`trio quartet quintet sextet quartett quartetto duo`)
