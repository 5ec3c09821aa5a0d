package feature

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/words"
	"golang.org/x/text/unicode/norm"
)

// Packaging removes phrases that say how a video is presented.
type Packaging struct {
	phrases []string
	byFirst map[string][][]string // first word → phrases, longest first
}

// NewPackaging makes a remover of the given phrases.
func NewPackaging(phrases []string) *Packaging {
	p := &Packaging{phrases: phrases, byFirst: map[string][][]string{}}
	for _, phrase := range phrases {
		var parts []string
		for _, w := range segment(fold(phrase)) {
			if w.word {
				parts = append(parts, w.text)
			}
		}
		if len(parts) == 0 {
			continue
		}
		list := append(p.byFirst[parts[0]], parts)
		for i := len(list) - 1; i > 0 && len(list[i]) > len(list[i-1]); i-- {
			list[i], list[i-1] = list[i-1], list[i]
		}
		p.byFirst[parts[0]] = list
	}
	return p
}

// piece is a word, or the text between two words.
type piece struct {
	text string // folded
	raw  string // as written
	word bool
}

// fold normalizes words for comparison: NFKC, lower case, without invisible and
// direction characters.
func fold(s string) string {
	s = norm.NFKC.String(s)
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || (unicode.IsControl(r) && !unicode.IsSpace(r)) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return s
}

func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || (unicode.IsControl(r) && !unicode.IsSpace(r)) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
}

// segment splits at Unicode's word boundaries (UAX 29), and at underscores,
// which UAX 29 treats as letters.
func segment(s string) []piece {
	var out []piece
	for it := words.FromString(s); it.Next(); {
		for rest := it.Value(); rest != ""; {
			n := strings.IndexByte(rest, '_')
			switch n {
			case -1:
				n = len(rest)
			case 0:
				n = len(rest) - len(strings.TrimLeft(rest, "_"))
			}
			raw := rest[:n]
			out = append(out, piece{text: strings.ToLower(raw), raw: raw, word: isWord(raw)})
			rest = rest[n:]
		}
	}
	return out
}

func isWord(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return true
		}
	}
	return false
}

// Clean removes from a title or text the phrases, words that belong to them
// (see wrapping), credits of the video's makers (see credit), and brackets and
// separators that become empty. It keeps the case of letters. A text that is
// only packaging becomes empty.
func (p *Packaging) Clean(s string) string {
	s, _ = p.clean(s)
	return s
}

// clean is Clean; packed reports whether there was packaging.
func (p *Packaging) clean(s string) (cleaned string, packed bool) {
	s = visible(s)
	uncredited := s
	if strings.ContainsAny(s, "([{<【「『") { // most texts have none
		uncredited = credit.ReplaceAllString(s, "$1$2")
	}
	pieces := segment(uncredited)
	removed := p.mark(pieces)
	unwrap(pieces, removed)
	var b strings.Builder
	for i, w := range pieces {
		switch {
		case removed[i]:
		case w.raw[0] == '_' && (i > 0 && removed[i-1] || i+1 < len(pieces) && removed[i+1]):
			b.WriteByte(' ')
		default:
			b.WriteString(w.raw)
		}
	}
	// Ends are trimmed even if nothing was removed, so that a title with and
	// without packaging becomes the same.
	packed = len(uncredited) < len(s) || slices.Contains(removed, true)
	return tidySpace(dropEmpty(b.String(), packed)), packed
}

// mark reports which pieces belong to a phrase.
func (p *Packaging) mark(pieces []piece) []bool {
	removed := make([]bool, len(pieces))
	for i := 0; i < len(pieces); i++ {
		if !pieces[i].word {
			continue
		}
		for _, phrase := range p.byFirst[pieces[i].text] {
			if end, ok := matches(pieces, i, phrase); ok {
				for j := i; j < end; j++ {
					removed[j] = true
				}
				if i > 0 && pieces[i-1].raw == "#" {
					removed[i-1] = true
				}
				i = end - 1
				break
			}
		}
	}
	return removed
}

// matches reports whether phrase begins at pieces[i], and where it ends. There
// may be spaces and punctuation other than brackets between its words.
func matches(pieces []piece, i int, phrase []string) (end int, ok bool) {
	j := i
	for k, word := range phrase {
		if k > 0 {
			for j < len(pieces) && !pieces[j].word {
				if strings.ContainsAny(pieces[j].text, "()[]{}|") {
					return 0, false
				}
				j++
			}
		}
		if j >= len(pieces) || pieces[j].text != word {
			return 0, false
		}
		j++
	}
	return j, true
}

// emptyPairs are the brackets and quotes that are removed if nothing is between
// them.
var emptyPairs = [][2]string{
	{"(", ")"}, {"[", "]"}, {"{", "}"}, {"<", ">"}, {"【", "】"}, {"「", "」"}, {"『", "』"}, {"《", "》"}, {"〈", "〉"},
	{"“", "”"}, {"‘", "’"}, {"«", "»"}, {`"`, `"`}, {"'", "'"}, {"*", "*"}, {"★", "★"}, {"::", "::"},
}

// dropEmpty removes separators from the ends of a text and, if packaging was
// removed, empty brackets and separators just inside of brackets.
func dropEmpty(s string, unwrapped bool) string {
	for {
		before := s
		for _, pair := range emptyPairs {
			for unwrapped {
				i, n := emptyPair(s, pair[0], pair[1])
				if i < 0 {
					break
				}
				s = s[:i] + " " + s[i+n:]
			}
		}
		if unwrapped {
			s = looseInside.ReplaceAllString(s, "$1$2")
		}
		s = looseEnd.ReplaceAllString(strings.TrimLeft(s, loose+" \t\n"), "")
		if s == before {
			return s
		}
	}
}

// loose are the separators that are removed from the ends of a text.
const loose = "–—|/•·:,~*★_-"

var (
	looseEnd    = regexp.MustCompile(`([\s` + loose + `]|\s[!.])+$`)
	looseInside = regexp.MustCompile(`([(\[{（【「『])[\s` + loose + `]+|[\s` + loose + `]+([)\]}）】」』])`)
)

// emptyPair finds open and shut with only spaces and dashes between them.
func emptyPair(s, open, shut string) (at, length int) {
	for from := 0; ; {
		i := strings.Index(s[from:], open)
		if i < 0 {
			return -1, 0
		}
		i += from
		rest := s[i+len(open):]
		trimmed := strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-–—,.&+/|", r) })
		if strings.HasPrefix(trimmed, shut) {
			return i, len(open) + len(rest) - len(trimmed) + len(shut)
		}
		from = i + len(open)
	}
}

func tidySpace(s string) string { return strings.Join(strings.Fields(s), " ") }
