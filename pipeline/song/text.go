package song

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longest bounds a title in bytes. YouTube's have 100 characters at most; what
// stands behind is not read.
const longest = 512

// clean makes a title plain: compatibility forms as their letters ("𝐎𝐟𝐟𝐢𝐜𝐢𝐚𝐥",
// "／"), no emoji and no invisible characters, one blank between words.
func clean(s string) string {
	if len(s) > longest {
		s = s[:longest]
		for len(s) > 0 && !utf8.ValidString(s[len(s)-1:]) && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
	}
	s = strings.ReplaceAll(strings.ReplaceAll(norm.NFKC.String(s), "M/V", "MV"), "/w ", "w/ ")
	var b strings.Builder
	b.Grow(len(s))
	blank := true
	for _, r := range s {
		switch {
		case r == '\'' || r == '’' || r == '‘' || r == '`' || r == '´' || r == '′':
			r = '\''
		case r == '"' || r == '“' || r == '”' || r == '„' || r == '‟' || r == '«' || r == '»' || r == '″':
			r = '"'
		case r == '‐' || r == '‑':
			r = '-'
		case r == '–' || r == '—' || r == '―' || r == '‒' || r == '−' || r == 'ー' && blank:
			r = '–'
		case r == '│' || r == '¦' || r == '┃' || r == '❘' || r == 'ǀ' || r == '‖':
			r = '|'
		case r == '●' || r == '・' && blank:
			r = '•'
		case r == '〜' || r == '∼':
			r = '~'
		case r == '❰' || r == '❱' || r == '°' || r == '×' || r == '$' || r == '+' || r == '^' || r == '|' || r == '~' || r == '<' || r == '>' || r == '=':
		case unicode.IsSpace(r), unicode.In(r, unicode.So, unicode.Sk, unicode.Sm):
			r = ' '
		case r == utf8.RuneError, unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co), r >= 0xfe00 && r <= 0xfe0f:
			continue
		}
		if r == ' ' && blank {
			continue
		}
		blank = r == ' '
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// Fold makes names comparable: lower case, letters and digits only, "&" as
// "and", no leading "the". Accents and scripts stay apart.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch {
		case r == '&' || r == '+':
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("and")
			gap = true
			continue
		case r == '\'' || r == '’':
			continue
		case r < utf8.RuneSelf && !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'),
			r >= utf8.RuneSelf && !unicode.In(r, unicode.L, unicode.M, unicode.N):
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(unicode.ToLower(r))
	}
	out := b.String()
	if rest, ok := strings.CutPrefix(out, "the "); ok {
		return rest
	}
	return out
}

// joined is Fold without blanks, for names that channels write together
// ("LinkinParkVEVO").
func joined(folded string) string { return strings.ReplaceAll(folded, " ", "") }

// words are the words of a text as Fold knows them, a leading "the" among them.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return r != '\'' && r != '&' && !unicode.In(r, unicode.L, unicode.M, unicode.N)
	})
}

func isYear(w string) bool {
	return len(w) == 4 && (w[0] == '1' && w[1] == '9' || w[0] == '2' && w[1] == '0') && isNumber(w)
}

func isNumber(w string) bool {
	return w != "" && strings.Trim(w, "0123456789") == ""
}
