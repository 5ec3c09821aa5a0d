package song

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A piece is a stretch of a title: plain text, or the text in a bracket.
type piece struct {
	text string
	open rune // the bracket, 0 for plain text
}

// closing is the closing bracket for an opening one, 0 for other characters.
func closing(r rune) rune {
	switch r {
	case '(':
		return ')'
	case '[':
		return ']'
	case '{':
		return '}'
	case '<':
		return '>'
	case '【', '〔', '〈':
		return r + 1
	case '❰':
		return '❱'
	}
	return 0
}

// pieces cuts a title at its outermost brackets. One that is never closed, as in
// titles that were cut, ends with the title; "(Wo)man" is a word.
func pieces(s string) []piece {
	out := make([]piece, 0, 4)
	add := func(text string, open rune) {
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, piece{text, open})
		}
	}
	from, at, depth := 0, 0, 0 // starts of the plain text and of the bracket in it; open brackets
	var open rune
	for i, r := range s {
		end := i + utf8.RuneLen(r)
		switch {
		case depth == 0 && closing(r) != 0 && (r != '<' || strings.ContainsRune(s[i:], '>')):
			open, depth, at = r, 1, i
		case depth > 0 && closes(s, i, r, open):
			if depth--; depth > 0 || r == ')' && end < len(s) && 'a' <= s[end] && s[end] <= 'z' {
				continue
			}
			add(s[from:at], 0)
			add(s[at+utf8.RuneLen(open):i], open)
			from = end
		case depth > 0 && r == open:
			depth++
		}
	}
	if depth > 0 {
		add(s[from:at], 0)
		add(s[at+utf8.RuneLen(open):], open)
	} else {
		add(s[from:], 0)
	}
	return out
}

// closes reports whether a character closes a bracket. "]" and the like also close
// brackets of other forms, if the right one never comes.
func closes(s string, i int, r, open rune) bool {
	return r == closing(open) || r == ']' && open != '[' && (open != '(' || !strings.ContainsRune(s[i:], ')'))
}

// A separator between two parts.
type separator byte

const (
	start   separator = iota // before the first part
	dash                     // " - ", "--"
	bar                      // "|", "//"
	slash                    // " / "
	colon                    // ": ", "~", "•", "...", "_", ";"
	tight                    // "A-B", "A/B", "A, B"
	bracket                  // a bracket of wrapping: "Song (Official Video) Artist"
	by                       // "Song by Artist"
	quote                    // Artist "Song"
	blanks                   // a guess between two words
)

// separate finds the first separator of a level in s. The first level has separators
// that are nothing else; those of later levels also occur in names.
func separate(s string, level int) (at, width int, sep separator) {
	for i := 0; i < len(s); i++ {
		rest := s[i:]
		switch c := s[i]; {
		case c == '|':
			return i, run(rest, "|"), bar
		case strings.HasPrefix(rest, "//") && (i == 0 || s[i-1] != ':'):
			return i, run(rest, "/"), bar
		case c == '-' || strings.HasPrefix(rest, "–"):
			n := run(rest, "-–>")
			before, after := i == 0 || s[i-1] == ' ', i+n >= len(s) || s[i+n] == ' '
			if before && after || n > 1 && (c == '-' || before || after) || after && i > 0 || level >= 1 && before {
				return i, n, dash
			}
			if level >= 3 && i > 0 && i+n < len(s) && s[i-1] > ' ' {
				return i, n, tight
			}
			i += n - 1
		case level >= 1 && c == '/' && (i == 0 || s[i-1] == ' ') && i+1 < len(s) && s[i+1] == ' ',
			level >= 2 && c == '/' && i > 0 && (s[i-1] == ' ' || i+1 < len(s) && s[i+1] == ' '),
			level >= 3 && c == '/' && i > 0 && i+1 < len(s) && s[i-1] >= utf8.RuneSelf:
			return i, 1, slash
		case level >= 2 && (c == '~' || c == '>' || c == '=' || strings.HasPrefix(rest, "•")),
			level >= 2 && (c == ':' || c == ';') && i+1 < len(s) && (s[i+1] == ' ' || i > 0 && s[i-1] == ' '):
			return i, run(rest, "~•:;>= "), colon
		case level >= 2 && c == '_':
			return i, run(rest, "_ "), colon
		case level >= 2 && strings.HasPrefix(rest, "..") && i > 0:
			return i, run(rest, ". "), colon
		case level >= 3 && c == '.' && i > 3 && i+2 < len(s) && s[i+1] == ' ' && !isAbbreviation(s[:i]):
			return i, 1, colon
		case level >= 3 && (c == ',' && i+1 < len(s) && i > 0 || c == '/' && i > 0):
			return i, 1, tight
		}
	}
	return -1, 0, start
}

// isAbbreviation reports whether the dot behind s ends "Dr" or an initial.
func isAbbreviation(s string) bool {
	word := s[strings.LastIndexByte(s, ' ')+1:]
	return utf8.RuneCountInString(word) < 4 || isNumber(word)
}

func run(s, of string) int {
	return len(s) - len(strings.TrimLeft(s, of))
}

// unquote removes quotes around a whole text.
func unquote(s string) (string, bool) {
	if s == "" || !mayQuote(s[0]) {
		return s, false
	}
	inner, before, after := quoted(s)
	if inner != "" && strings.Trim(before, " ") == "" && strings.Trim(after, " .!,*") == "" {
		return inner, true
	}
	return s, false
}

var quotes = []struct{ open, close string }{{"「", "」"}, {"『", "』"}, {"《", "》"}, {"\"", "\""}, {"''", "''"}, {"'", "'"}, {"*", "*"}}

// mayQuote reports whether this byte may be the first of a quotation mark.
func mayQuote(c byte) bool { return c == '"' || c == '\'' || c == '*' || c == 0xe3 }

// quoted finds the first text in quotes and the texts before and after it.
func quoted(s string) (inner, before, after string) {
	at := 0
	for at < len(s) && !mayQuote(s[at]) {
		at++
	}
	if at == len(s) {
		return "", s, ""
	}
	for _, q := range quotes {
		from := 0
		for from < len(s) {
			i := strings.Index(s[from:], q.open)
			if i < 0 {
				break
			}
			i += from
			from = i + len(q.open)
			if q.open == "'" && i > 0 && s[i-1] != ' ' {
				continue // an apostrophe
			}
			j := closingQuote(s, from, q.close)
			if j > from {
				return strings.Trim(s[from:j], " ,."), strings.TrimSpace(s[:i]), strings.TrimSpace(s[j+len(q.close):])
			}
		}
	}
	return "", s, ""
}

// asides turns hyphens and tildes around a text into brackets:
// "Song -piano ver.- / Artist".
func asides(s string) string {
	for _, mark := range []string{"-", "~"} {
		at := strings.Index(s, " "+mark)
		if at <= 0 || at+2 >= len(s) || s[at+2] == ' ' || s[at+2] == mark[0] {
			continue
		}
		end := strings.Index(s[at+2:], mark)
		if end <= 0 {
			continue
		}
		end += at + 2
		rest := s[end+1:]
		if s[end-1] != ' ' && (rest == "" || strings.HasPrefix(rest, " ") && !strings.HasPrefix(rest, " -") || rest[0] == '(') {
			return s[:at] + " (" + s[at+2:end] + ") " + strings.TrimSpace(rest)
		}
	}
	return s
}

// outdent moves a bracket at the end of a quoted text behind the closing quote:
// “Song (Remix)” becomes “Song” (Remix).
func outdent(s string) string {
	inner, before, after := quoted(s)
	at := strings.IndexAny(inner, "([")
	if at <= 0 || strings.Count(s, "\"") > 2 {
		return s
	}
	return before + " \"" + strings.TrimSpace(inner[:at]) + "\" " + inner[at:] + " " + after
}

// closingQuote finds the quote that closes; an apostrophe inside of a word does not.
func closingQuote(s string, from int, mark string) int {
	for at := from; at < len(s); {
		j := strings.Index(s[at:], mark)
		if j < 0 {
			return -1
		}
		j += at
		next, _ := utf8.DecodeRuneInString(s[j+len(mark):])
		if mark != "'" || j+1 == len(s) || !unicode.IsLetter(next) {
			return j
		}
		at = j + len(mark)
	}
	return -1
}
