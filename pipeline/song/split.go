package song

import (
	"math"
	"strings"
	"unicode"
)

// split cuts a title without separators into artist and song, in either order. If the
// channel or other uploads know one of the names, sure is true. Else the words, their
// case and the usual length of names decide.
func (t *title) split(s string) (artist, song string, sure bool) {
	best, second, known := math.Inf(-1), math.Inf(-1), 0.0
	ws := t.words(s)
	for at := 0; at < len(s); {
		next := strings.IndexByte(s[at:], ' ')
		if next < 0 || len(ws) > maxSplit {
			break
		}
		at += next
		head, tail := s[:at], s[at+1:]
		at++
		if hangs(head, tail) || strings.Count(head, "(") > strings.Count(head, ")") {
			continue
		}
		for _, names := range [][2]string{{head, tail}, {tail, head}} {
			fa, fs := t.fold(withoutBrackets(names[0])), t.fold(withoutBrackets(names[1]))
			if fa == "" || fs == "" {
				continue
			}
			seen := t.seenSplit(fa, fs)
			score := seen + t.likely(names[0], names[1])
			if names[0] == head {
				score += firstIsArtist
			}
			if score > best {
				best, second, known, artist, song = score, best, seen, names[0], names[1]
			} else if score > second {
				second = score
			}
		}
	}
	if known >= 4 || known >= 2 && !t.channelPerforms() {
		t.margin = known
		if known >= 4 {
			t.evidence |= KnownArtist
		}
		return artist, song, true
	}
	if !math.IsInf(second, -1) {
		t.margin = max(0, min(2, (best-second)/2))
	}
	return artist, song, false
}

const (
	maxSplit      = 24  // words of a title that is split
	firstIsArtist = 1.6 // log odds that the artist comes first
)

// hangs reports whether a title cannot be cut between head and tail, because a word
// such as "and" joins them.
func hangs(head, tail string) bool {
	word, _, _ := strings.Cut(tail, " ")
	word = strings.ToLower(word)
	before := strings.ToLower(head[strings.LastIndexByte(head, ' ')+1:])
	return word == "&" || word == "and" || word == "with" || joiners[before]
}

// joiners are words that names and songs hardly ever end with.
var joiners = set(`& and the a an with of de di del von van la le y und e et my your in to`)

// seenSplit is how well the channel and other uploads support a pair of names.
func (t *title) seenSplit(artist, song string) float64 {
	score := 0.0
	if t.channel.match(artist) == 2 {
		score += 5 + float64(len(artist))/20
	}
	if t.known != nil {
		if a, s := t.known.Seen(artist); a > s+.7 && len(artist) > 4 {
			score += 2 + float64(len(artist))/20
		}
		if a, s := t.known.Seen(song); s > a && len(song) > 4 {
			score += 2 + float64(len(song))/20
		}
	}
	return score
}

// likely is how well words, case and length support a pair of names, in log odds.
func (t *title) likely(artist, song string) float64 {
	score := 0.0
	as, ss := t.words(artist), t.words(song)
	for _, w := range as {
		score += leanings[w] / 1.5
	}
	for _, w := range ss {
		score -= leanings[w] / 1.5
	}
	switch n := len(as); {
	case n == 0:
		return -9
	case n == 1:
		score--
	case n > 2:
		score -= 1.2 * float64(n-2)
	}
	if len(as) > 1 && givenNames[as[0]] {
		score += 3
	}
	if len(as) > 1 && as[0] == "the" {
		score += 2.5
	}
	if inCapitals(artist) != inCapitals(song) {
		score += 2.5
	}
	return score
}

// inCapitals reports whether a text has capitals and no small letters.
func inCapitals(s string) bool {
	found := false
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		found = found || unicode.IsUpper(r)
	}
	return found
}
