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

// credited takes song and artist from YouTube's music section, or from the
// description that YouTube generates for delivered tracks, if they agree with the
// title or the channel. A section with several songs belongs to a mix. One that
// names another song is wrong, or lists music in the background.
func (t *title) credited(s Song, u Upload) Song {
	music := u.Music
	if len(music) == 0 {
		if c, ok := provided(u.Description); ok {
			music = []Credit{c}
		}
	}
	if len(music) != 1 || s.Kind == Cover || s.Kind == Karaoke || !s.Kind.IsSong() {
		return s
	}
	written := clean(music[0].Song)
	song, title := t.fold(withoutBrackets(written)), t.fold(t.text)
	if song == "" || !holds(title, song) {
		return s
	}
	artists := t.artists(clean(music[0].Artist))
	if !slices.ContainsFunc(artists, func(a string) bool {
		f := t.fold(a)
		return f != "" && (f != song && holds(title, f) || t.channel.match(f) == 2)
	}) {
		return s
	}
	t.evidence |= Credited
	if t.fold(withoutBrackets(s.Title)) != song {
		s.Title = withoutBrackets(written)
	}
	s.Artists = artists
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
