package song

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// artists splits a text into the names of artists: "A, B & C", "A x B", "A vs B".
// "A & B" stays one act, like Simon & Garfunkel, unless other uploads know A and B
// as artists.
func (t *title) artists(s string) []string {
	s, _ = t.cutGuests(withoutBrackets(s))
	s = strings.Trim(s, " ,;:-–\"*")
	if at, ok := strings.CutPrefix(s, "@"); ok {
		s = spaced(at)
	}
	if rest, ok := cutSuffixFold(s, "VEVO"); ok && rest != "" {
		s = rest
	}
	var out []string
	for s != "" {
		at, width := t.partner(s)
		name := s
		if at >= 0 {
			name, s = s[:at], strings.TrimSpace(s[at+width:])
		} else {
			s = ""
		}
		for _, and := range []string{"& ", "and "} {
			if len(out) > 0 {
				name = strings.TrimPrefix(name, and)
			}
		}
		if name = strings.Trim(name, " ,;@"); t.fold(name) != "" && len(out) < maxArtists {
			out = append(out, twoScripts(name))
		}
	}
	return out
}

const maxArtists = 12

// twoScripts puts the second of two spellings of a name in brackets: "Anri 杏里"
// becomes "Anri (杏里)".
func twoScripts(s string) string {
	cut := strings.IndexFunc(s, func(r rune) bool { return (r >= 0x3040) != (s[0] >= 0xe3) && unicode.IsLetter(r) })
	if cut < 0 {
		return s
	}
	first, second := strings.TrimSpace(s[:cut]), s[cut:]
	for _, half := range []string{first, second} {
		if utf8.RuneCountInString(half) < 2 || mixed(half) || latin(half) && len(half) < 4 || strings.Count(half, " ") > 2 || strings.Contains(half, " :") {
			return s
		}
	}
	return first + " (" + second + ")"
}

// partner finds where a first name ends and its partner's begins.
func (t *title) partner(s string) (at, width int) {
	for i := 1; i < len(s)-1; i++ {
		rest := s[i:]
		switch {
		case s[i] == ';':
			return i, 1
		case strings.HasPrefix(rest, ", "):
			if low := strings.ToLower(rest); !strings.HasPrefix(low, ", the ") && !strings.HasPrefix(low, ", jr") {
				return i, 2
			}
		case s[i] != ' ':
		case strings.HasPrefix(rest, " x "), strings.HasPrefix(rest, " X "), strings.HasPrefix(rest, " × "), strings.HasPrefix(rest, " / "), strings.HasPrefix(rest, " + "), strings.HasPrefix(rest, " и "), strings.HasPrefix(rest, " ✘ "):
			if t.whole(s) {
				continue
			}
			return i, strings.IndexByte(rest[1:], ' ') + 2
		case strings.HasPrefix(rest, " vs "), strings.HasPrefix(rest, " vs. "), strings.HasPrefix(rest, " presents "), strings.HasPrefix(rest, " Presents "), strings.HasPrefix(rest, " Presents: "), strings.HasPrefix(rest, " pres. "):
			return i, strings.IndexByte(rest[1:], ' ') + 2
		case strings.HasPrefix(rest, " & ") && t.apart(s[:i], rest[3:]):
			return i, 3
		}
	}
	return -1, 0
}

// whole reports whether other uploads know the whole text as one artist.
func (t *title) whole(s string) bool {
	if t.known == nil {
		return false
	}
	artist, _ := t.known.Seen(t.fold(s))
	return artist >= 1
}

// apart reports whether other uploads know the names on both sides of "&" as
// separate artists.
func (t *title) apart(a, b string) bool {
	if strings.Contains(a, ", ") {
		return true
	}
	if t.known == nil || t.whole(a+" & "+b) {
		return false
	}
	first, _ := t.known.Seen(t.fold(a))
	second, _ := t.known.Seen(t.fold(b))
	return first > 0 && second > 0
}
