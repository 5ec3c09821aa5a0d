package youtube

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed words.txt
var wordsText string

// A mark is a meaning of words or phrases in YouTube's texts.
type mark int

const (
	markViews mark = iota
	markWatching
	markWaiting
	markOthers // subscribers, likes
	markNone
	markLive
	markUpcoming
	markLater
	markRobot
	markMembers
	markAdult
	markAgo
	markCount
)

var markNames = map[string]mark{
	"views": markViews, "watching": markWatching, "waiting": markWaiting, "others": markOthers, "none": markNone,
	"live": markLive, "upcoming": markUpcoming, "later": markLater, "robot": markRobot, "members": markMembers,
	"adult": markAdult, "ago": markAgo,
}

// languages is a set of languages, by their order in words.txt.
type languages [2]uint64

func (l *languages) add(i int)                    { l[i/64] |= 1 << (i % 64) }
func (l languages) has(i int) bool                { return l[i/64]&(1<<(i%64)) != 0 }
func (l languages) and(other languages) languages { return languages{l[0] & other[0], l[1] & other[1]} }
func (l languages) or(other languages) languages  { return languages{l[0] | other[0], l[1] | other[1]} }
func (l languages) empty() bool                   { return l == languages{} }

// marks holds, for each mark, the languages in which a text has it.
type marks [markCount]languages

func (m *marks) has(k mark) bool { return !m[k].empty() }

// countsViews and countsPeople say what the number in a text counts. A text with the
// marks of both counts views, because some languages write "views" with their word for
// watching.
func (m *marks) countsViews() bool { return m.has(markViews) }
func (m *marks) countsPeople() bool {
	return !m.countsViews() && (m.has(markWatching) || m.has(markWaiting))
}

// lexicon is the parsed words.txt.
type lexicon struct {
	languages []language
	phrases   map[string][]phrase // by their first word
	unspaced  map[rune][]phrase   // those in scripts that isUnspaced knows, by their first rune
	units     map[string]int      // powers of ten of all languages; units of one letter are the first language's
}

type language struct {
	units    map[string]int
	ages     map[string]ageWord
	unspaced bool // written in a script that isUnspaced knows
}

// ageWord is a unit of time.
type ageWord struct {
	unit  time.Duration
	alone int64 // the number that a text without a digit means; 0: none
}

type phrase struct {
	text     string // without its first word, unless it is unspaced
	mark     mark
	language int
}

var ageSlots = [...]time.Duration{time.Second, time.Minute, time.Hour, day, 7 * day, month, year}

// words returns the lexicon, which is parsed at first use.
var words = sync.OnceValue(func() *lexicon {
	x := &lexicon{phrases: map[string][]phrase{}, unspaced: map[rune][]phrase{}, units: map[string]int{}}
	for line := range strings.Lines(wordsText) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		key, rest, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
		if line[0] != ' ' {
			x.languages = append(x.languages, language{units: map[string]int{}, ages: map[string]ageWord{}})
			continue
		}
		if err := x.read(len(x.languages)-1, key, rest); err != nil {
			panic(fmt.Sprintf("words.txt: %q: %v", line, err)) // a test parses the file
		}
	}
	return x
})

func (x *lexicon) read(at int, key, rest string) error {
	l := &x.languages[at]
	switch key {
	case "age":
		slots := strings.Split(rest, "|")
		if len(slots) != len(ageSlots) {
			return fmt.Errorf("%d units of time, want %d", len(slots), len(ageSlots))
		}
		for i, slot := range slots {
			for _, word := range strings.Fields(slot) {
				word, times, _ := strings.Cut(word, "*")
				n, _ := strconv.ParseInt(times, 10, 64)
				word = plainNumber(word)
				l.ages[word] = ageWord{ageSlots[i], n}
				l.unspaced = l.unspaced || isUnspaced(word)
			}
		}
	case "number":
		for _, pair := range strings.Fields(rest) {
			word, power, _ := strings.Cut(pair, "=")
			n, err := strconv.Atoi(power)
			if err != nil {
				return err
			}
			word = plainNumber(strings.ReplaceAll(word, "_", " "))
			l.units[word] = n
			if _, taken := x.units[word]; !taken && (at == 0 || utf8.RuneCountInString(word) > 1 || isUnspaced(word)) {
				x.units[word] = n
			}
		}
	default:
		k, ok := markNames[key]
		if !ok {
			return fmt.Errorf("unknown key %q", key)
		}
		for _, text := range strings.Split(rest, ",") {
			text = strings.TrimSpace(plainNumber(text))
			if r, _ := utf8.DecodeRuneInString(text); isUnspaced(text) {
				x.unspaced[r] = append(x.unspaced[r], phrase{text, k, at})
				continue
			}
			first, after := nextWord(text)
			x.phrases[first] = append(x.phrases[first], phrase{after, k, at})
		}
	}
	return nil
}

// isUnspaced reports whether a text begins in a script that may join a word to the
// number or word beside it (Chinese, Japanese, Korean, Thai and kin).
func isUnspaced(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// marksIn finds the marks in a result of plainNumber.
func marksIn(s string) (m marks) {
	x := words()
	for i, r := range s {
		if r < 0x0E00 {
			continue
		}
		for _, p := range x.unspaced[r] {
			if strings.HasPrefix(s[i:], p.text) {
				m[p.mark].add(p.language)
			}
		}
	}
	for word, rest := nextWord(s); word != ""; word, rest = nextWord(rest) {
		for _, p := range x.phrases[word] {
			if beginsWith(rest, p.text) {
				m[p.mark].add(p.language)
			}
		}
	}
	return m
}

// beginsWith reports whether s begins with the words of phrase.
func beginsWith(s, phrase string) bool {
	for phrase != "" {
		var want, got string
		if want, phrase = nextWord(phrase); want == "" {
			break
		}
		if got, s = nextWord(s); got != want {
			return false
		}
	}
	return true
}

// nextWord returns the first run of letters in s and what follows it.
func nextWord(s string) (word, rest string) {
	start := strings.IndexFunc(s, isLetter)
	if start < 0 {
		return "", ""
	}
	return firstWord(s[start:])
}

func firstWord(s string) (word, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool { return !isLetter(r) })
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsMark(r)
}

// power returns the power of ten of the units at the start of rest: 3 for " K
// views", 9 for " mil M". from are the languages to ask first; if none of
// them has the unit, units decides.
func (x *lexicon) power(rest string, from languages) int {
	for i := range x.languages {
		if from.has(i) {
			if n := leadingUnits(rest, x.languages[i].units); n > 0 {
				return n
			}
		}
	}
	return leadingUnits(rest, x.units)
}

func leadingUnits(rest string, units map[string]int) (power int) {
	for {
		rest = strings.TrimLeft(rest, " .")
		word, after := firstWord(rest)
		if word == "" {
			return power
		}
		if next, end := firstWord(strings.TrimLeft(after, " ")); units[word+" "+next] > 0 {
			word, after = word+" "+next, end
		} else if isUnspaced(word) {
			word = longestPrefix(word, units)
			after = rest[len(word):]
		}
		n, ok := units[word]
		if !ok {
			return power
		}
		power += n
		rest = after
	}
}

// longestPrefix returns the longest key that s begins with.
func longestPrefix[V any](s string, keys map[string]V) (longest string) {
	for key := range keys {
		if len(key) > len(longest) && strings.HasPrefix(s, key) {
			longest = key
		}
	}
	return longest
}

// leading returns the power of a unit before the numeral, as in Swahili "elfu
// 2.4" and Sinhala "ද2.4".
func (x *lexicon) leading(before string, from languages) int {
	words := strings.FieldsFunc(before, func(r rune) bool { return !isLetter(r) })
	if len(words) == 0 {
		return 0
	}
	last := words[len(words)-1]
	for i := range x.languages {
		if from.has(i) {
			if n := x.languages[i].units[last]; n > 0 {
				return n
			}
		}
	}
	return 0
}

// ageIn finds an age in a text: a number followed by a unit, else the only
// number and a unit anywhere, else a word that needs no number. If there is
// none the unit is 0.
func (l *language) ageIn(s string) (n int64, unit time.Duration) {
	numbers, first := 0, int64(0)
	for end := 0; ; {
		start := strings.IndexAny(s[end:], "0123456789")
		if start < 0 {
			break
		}
		start += end
		for end = start; end < len(s) && s[end] >= '0' && s[end] <= '9'; {
			end++
		}
		n, err := strconv.ParseInt(s[start:end], 10, 32)
		if err != nil {
			return 0, 0
		}
		if numbers++; numbers == 1 {
			first = n
		}
		behind := strings.TrimLeftFunc(s[end:], func(r rune) bool { return !isLetter(r) && (r < '0' || r > '9') })
		word, _ := firstWord(behind)
		if l.unspaced {
			word = longestPrefix(word, l.ages)
		}
		if a, ok := l.ages[word]; ok {
			return n, a.unit
		}
	}
	for word, rest := nextWord(s); word != "" && numbers < 2; word, rest = nextWord(rest) {
		switch a := l.ages[word]; {
		case a.unit != 0 && numbers == 1:
			return first, a.unit
		case a.alone > 0:
			return a.alone, a.unit
		}
	}
	return 0, 0
}
