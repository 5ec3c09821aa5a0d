package song

import (
	"bytes"
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
	s = bounded(norm.NFKC.String(bounded(s))) // one character may become eighteen
	s = strings.ReplaceAll(strings.ReplaceAll(s, "M/V", "MV"), "/w ", "w/ ")
	var b strings.Builder
	b.Grow(len(s))
	blank := true
	for _, r := range s {
		switch {
		case isAlnum(r):
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
		case unicode.IsSpace(r), r >= utf8.RuneSelf && unicode.In(r, unicode.So, unicode.Sk, unicode.Sm):
			r = ' '
		case r == utf8.RuneError, r < ' ', r >= 0x7f && unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co), r >= 0xfe00 && r <= 0xfe0f:
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

// bounded is the beginning of a text, at most longest bytes of whole characters.
func bounded(s string) string {
	if len(s) <= longest {
		return s
	}
	end := longest
	for end > longest-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// Fold makes names comparable: lower case, letters and digits only, "&" as
// "and", no leading "the". Accents and scripts stay apart.
func Fold(s string) string {
	var room [96]byte
	return string(appendFold(room[:0], s))
}

func appendFold(b []byte, s string) []byte {
	gap := false
	for _, r := range s {
		switch {
		case r == '&' || r == '+':
			if len(b) > 0 {
				b = append(b, ' ')
			}
			b = append(b, "and"...)
			gap = true
			continue
		case r == '\'' || r == '’':
			continue
		case r < utf8.RuneSelf && !isAlnum(r), r >= utf8.RuneSelf && !isWord(r):
			gap = true
			continue
		}
		if gap && len(b) > 0 {
			b = append(b, ' ')
		}
		gap = false
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			b = append(b, byte(r))
		} else {
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
	}
	return bytes.TrimPrefix(b, []byte("the "))
}

// joined is Fold without blanks, for names that channels write together
// ("LinkinParkVEVO").
func joined(folded string) string { return strings.ReplaceAll(folded, " ", "") }

// words are the words of a text in lower case, a leading "the" among them.
func words(s string) []string { return appendWords(nil, strings.ToLower(s)) }

// appendWords appends the words of a text in lower case.
func appendWords(out []string, s string) []string {
	from := -1
	for i, r := range s {
		switch inWord := isWord(r); {
		case inWord && from < 0:
			from = i
		case !inWord && from >= 0:
			out = append(out, s[from:i])
			from = -1
		}
	}
	if from >= 0 {
		out = append(out, s[from:])
	}
	return out
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return isAlnum(r) || r == '\'' || r == '&'
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r)
}

func isAlnum(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

func isYear(w string) bool {
	return len(w) == 4 && (w[0] == '1' && w[1] == '9' || w[0] == '2' && w[1] == '0') && isNumber(w)
}

func isNumber(w string) bool {
	return w != "" && strings.Trim(w, "0123456789") == ""
}
