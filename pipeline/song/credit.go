package song

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// credited compares a reading with what YouTube recognised in the sound, or the label
// delivered. That is often another song, or one that is only heard in the video, so
// just one that agrees with the title counts.
func (t *title) credited(s Song, u Upload) Song {
	music := u.Music
	if len(music) == 0 {
		if c, ok := provided(u.Description); ok {
			music = []Credit{c}
		}
	}
	if len(music) == 0 || s.Kind == Cover || s.Kind == Karaoke || !s.Kind.IsSong() {
		return s
	}
	var artists []string
	var name string
	for _, c := range music[:min(len(music), maxMusic)] {
		by, song := t.agreed(s, c)
		if song != "" && name != "" && t.fold(song) != t.fold(name) {
			return s // two songs agree: which is it?
		}
		if song != "" {
			artists, name = by, song
		}
	}
	if name == "" {
		return t.heard(s, music)
	}
	t.evidence |= Credited
	if t.fold(withoutBrackets(s.Title)) != t.fold(name) {
		s.Title = name
	}
	s.Artists = artists
	return s
}

// maxMusic bounds how much of a music section is read.
const maxMusic = 50

// agreed returns the artists and the song of a credit that agrees with the title: the
// song is the one that was read, or stands alone in the title, and the title or the
// channel names one of the artists.
func (t *title) agreed(s Song, c Credit) (artists []string, name string) {
	artists = t.artists(clean(c.Artist))
	name = withoutBrackets(clean(c.Song))
	for _, a := range artists {
		name = strings.TrimPrefix(name, a+" - ") // "Artist - Song", as some labels deliver
	}
	song, all := t.fold(name), t.fold(t.text)
	if song == "" || song != t.fold(withoutBrackets(s.Title)) && !t.standsAlone(name, artists) {
		return nil, ""
	}
	if !slices.ContainsFunc(artists, func(a string) bool {
		f := t.fold(a)
		return f != "" && (f != song && holds(all, f) || t.channel.match(f) == 2)
	}) {
		return nil, ""
	}
	return artists, name
}

// standsAlone reports whether a name is a whole part of the title: its neighbours are
// separators, artists or wrapping, not other words of a longer name.
func (t *title) standsAlone(name string, artists []string) bool {
	text, name := t.low(t.text), t.low(name)
	for from := 0; ; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return false
		}
		at += from
		from = at + 1
		before, after := strings.TrimRight(text[:at], " "), strings.TrimLeft(text[at+len(name):], " ")
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(after)
		first, _, _ := strings.Cut(after, " ")
		starts := before == "" || bounds(last)
		ends := after == "" || bounds(next) || guestWords[first] || t.tail(after)
		for _, a := range artists {
			a = t.low(a)
			starts = starts || strings.HasSuffix(before, " "+a) || before == a
			ends = ends || strings.HasPrefix(after, a)
		}
		if starts && ends {
			return true
		}
	}
}

// bounds reports whether a character ends a part of a title.
func bounds(r rune) bool {
	return !isWord(r) && r != ',' && r != '.' && r != '!' && r != '?' && r != utf8.RuneError
}

// heard reads an upload whose music section names many songs, none of them the
// title's: several songs are heard in it one after the other.
func (t *title) heard(s Song, music []Credit) Song {
	const many = 5
	songs, artists := map[string]bool{}, map[string]bool{}
	for _, c := range music[:min(len(music), maxMusic)] {
		songs[Fold(withoutBrackets(c.Song))], artists[Fold(c.Artist)] = true, true
	}
	if len(songs) < many {
		return s
	}
	t.evidence |= NotSong
	s.Title, s.Version, s.Original, s.Kind = "", "", "", Mix
	if len(artists) > 1 {
		s.Artists = nil
	}
	return s
}

// provided reads the description of a delivered track: "Provided to YouTube by
// Label", then "Song · Artist · Artist" on a line of its own.
func provided(description string) (Credit, bool) {
	if !strings.HasPrefix(description, "Provided to YouTube by ") {
		return Credit{}, false
	}
	for line := range strings.Lines(description[:min(len(description), longest)]) {
		if song, artists, ok := strings.Cut(line, " · "); ok {
			return Credit{Artist: strings.ReplaceAll(strings.TrimSpace(artists), " · ", "; "), Song: song}, true
		}
	}
	return Credit{}, false
}

// also lists other spellings of the main artist: in another script in brackets or in
// half of the channel's name, or with other accents in the channel's name.
func (t *title) also(s Song) []string {
	if len(s.Artists) == 0 {
		return nil
	}
	var out []string
	main := t.fold(withoutBrackets(s.Artists[0]))
	add := func(name string) {
		if f := t.fold(name); f != "" && f != main && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if at := strings.Index(t.text, s.Artists[0]+" ("); at >= 0 {
		inner, _, ok := strings.Cut(t.text[at+len(s.Artists[0])+2:], ")")
		if ok && latin(inner) != latin(s.Artists[0]) && len(t.words(inner)) < 5 && strings.IndexFunc(inner, unicode.IsLetter) >= 0 {
			add(inner)
		}
	}
	if c := t.channel; latin(c.name) != latin(c.other) {
		switch main {
		case c.folded:
			add(c.other)
		case c.also:
			add(c.name)
		}
	}
	if t.channel.folded != "" && t.channel.folded != main && !(ascii(main) && ascii(t.channel.folded)) && unaccented(t.channel.folded) == unaccented(main) {
		add(t.channel.name)
	}
	return out
}

// latin reports whether a text is written in Latin letters.
func latin(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) {
			return unicode.Is(unicode.Latin, r)
		}
	}
	return true
}

// mixed reports whether a text has both Latin and other letters.
func mixed(s string) bool {
	latin, other := false, false
	for _, r := range s {
		if unicode.IsLetter(r) {
			if unicode.Is(unicode.Latin, r) {
				latin = true
			} else {
				other = true
			}
		}
	}
	return latin && other
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

func unaccented(s string) string {
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		return s
	}
	return plain
}
