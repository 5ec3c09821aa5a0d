package feature

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Block is a kind of text column.
type Block int

// The blocks of text columns.
const (
	TitleWords  Block = iota // words and word pairs of the title
	TitleChars               // character n-grams of the title, within words
	Description              // words and word pairs
	Tags                     // whole tags and their words
	Channel                  // the channel's id, or its name if the id is unknown
	Category
	Queries // whole query texts
	Kind    // how a song is performed: live, cover, remix …; nothing of a plain upload
	blocks
)

// String is the block's name, the prefix of its columns' names ("word:piano").
func (b Block) String() string {
	return [...]string{"word", "chars", "description", "tag", "channel", "category", "query", "kind"}[b]
}

// maxText is how many bytes of a text are read at most.
const maxText = 4096

// cut shortens s to at most maxText bytes at a rune boundary.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	s = s[:maxText]
	for len(s) > 0 && !utf8.ValidString(s[len(s)-min(4, len(s)):]) {
		s = s[:len(s)-1]
	}
	return s
}

// tokens are the folded words of a text.
func tokens(s string) []string {
	var out []string
	for _, p := range segment(fold(cut(s))) {
		if p.word {
			out = append(out, p.text)
		}
	}
	return out
}

// eachGram calls f with each run of 1 to n words, joined by spaces.
func eachGram(ws []string, n int, f func(string)) {
	for i := range ws {
		f(ws[i])
		for j := i + 2; j <= min(i+n, len(ws)); j++ {
			f(strings.Join(ws[i:j], " "))
		}
	}
}

// eachCharGram calls f with each character n-gram, lo to hi runes long, of each
// word of s padded with a space on both sides. A padded word shorter than lo is
// one n-gram. Words are separated by spaces, so punctuation is part of them.
func eachCharGram(s string, lo, hi int, f func(string)) {
	for word := range strings.FieldsFuncSeq(fold(cut(s)), unicode.IsSpace) {
		padded := " " + word + " "
		at := make([]int, 0, len(padded)+1) // byte offsets of runes
		for i := range padded {
			at = append(at, i)
		}
		at = append(at, len(padded))
		runes := len(at) - 1
		for n := lo; n <= hi; n++ {
			if runes <= n {
				f(padded)
				break
			}
			for i := 0; i+n <= runes; i++ {
				f(padded[at[i]:at[i+n]])
			}
		}
	}
}

// Words are the folded words of a text, by Unicode's word boundaries.
func Words(s string) []string { return tokens(s) }
