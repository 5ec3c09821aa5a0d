package song

import (
	"math"
	"strings"
	"unicode"
)

// single reads a title without a separator: a song in quotes, "Song by Artist",
// a known name at one end, or the song alone on its artist's channel.
func (t *title) single(p part) Song {
	if t.coverer != "" {
		t.evidence |= CoverNamed
		return Song{Artists: t.artists(t.coverer), Title: p.text}
	}
	if t.original != "" && t.kind == Karaoke {
		t.evidence |= CoverNamed
		return Song{Artists: t.artists(t.original), Title: p.text}
	}
	if t.channel.folded == "various artists" {
		return Song{Title: p.text}
	}
	if t.channel.topic || t.channel.vevo {
		t.evidence |= OwnChannel
		return Song{Artists: t.artists(t.channel.name), Title: p.text}
	}
	if inner, before, after := quoted(p.plain); inner != "" {
		t.evidence |= Quoted
		inner += otherScript(p.text, inner)
		if name, _, ok := cutVerb(before + " x"); ok {
			before = name
		}
		before, inner = cutGlued(before), cutGlued(inner)
		switch name := t.trimTail(before); {
		case t.fold(name) != "" && !t.tail(name):
			t.matchName(name)
			return Song{Artists: t.artists(name), Title: inner}
		case t.fold(after) != "" && !t.tail(after):
			after = strings.Trim(after, " -–,:")
			if name, ok := cutCredit(after); ok {
				after = name
			}
			t.matchName(after)
			return Song{Artists: t.artists(after), Title: inner}
		}
	}
	if artist, song, ok := cutVerb(p.text); ok {
		t.evidence |= SaidBy
		t.matchName(artist)
		return Song{Artists: t.artists(artist), Title: song}
	}
	if song, artist, ok := t.cutBy(p.text); ok {
		t.matchName(artist)
		return Song{Artists: t.artists(artist), Title: song}
	}
	if name, ok := named(p); ok && t.channel.match(t.fold(name)) == 0 && !t.channelPerforms() {
		return Song{Artists: t.artists(name), Title: p.plain}
	}
	artist, song, sure := t.split(p.text)
	if sure {
		t.matchName(artist)
		return Song{Artists: t.artists(artist), Title: song}
	}
	if t.lead != "" && t.channel.folded == "" && t.leadLast {
		return Song{Artists: t.artists(p.plain), Title: t.lead}
	}
	if t.lead != "" && t.channel.folded == "" {
		return Song{Artists: t.artists(t.lead), Title: p.text}
	}
	if t.channel.folded != "" && t.ownSong(p) {
		t.margin = 0
		t.evidence |= OwnSong
		if t.channelPerforms() {
			t.evidence |= KnownArtist
		}
		return Song{Artists: t.artists(t.channel.name), Title: p.text}
	}
	if artist != "" {
		t.evidence |= Guessed
		return Song{Artists: t.artists(artist), Title: song}
	}
	if t.channel.folded != "" {
		t.evidence |= OwnSong
		return Song{Artists: t.artists(t.channel.name), Title: p.text}
	}
	return Song{}
}

// otherScript is the bracket behind a name that gives it in another script,
// "봄날" (Spring Day), with the blank before it.
func otherScript(s, name string) string {
	_, rest, _ := strings.Cut(s, name)
	if at := strings.IndexByte(rest, '('); at >= 0 && at < 3 {
		if inner, _, ok := strings.Cut(rest[at+1:], ")"); ok && latin(inner) != latin(name) {
			return " (" + inner + ")"
		}
	}
	return ""
}

// named reads "Song (First Last)": a bracket that holds a person's name.
func named(p part) (string, bool) {
	at := strings.LastIndexByte(p.text, '(')
	if at <= 0 || !strings.HasSuffix(p.text, ")") {
		return "", false
	}
	name := p.text[at+1 : len(p.text)-1]
	ws := words(name)
	return name, len(ws) > 1 && len(ws) < 5 && givenNames[ws[0]]
}

// channelPerforms reports whether other uploads know the channel as an artist.
func (t *title) channelPerforms() bool {
	if t.known == nil || t.channel.folded == "" {
		return false
	}
	artist, song := t.known.Seen(t.channel.folded)
	return artist > song+.7
}

// cutGlued takes an "MV" off that is written together with a name.
func cutGlued(s string) string {
	for _, tail := range []string{"MV", "PV"} {
		if rest, ok := strings.CutSuffix(s, tail); ok && len(rest) > 2 && rest == strings.TrimSpace(rest) {
			return rest
		}
	}
	return s
}

// ownSong reports whether a title reads as a song's name alone.
func (t *title) ownSong(p part) bool {
	ws := p.words
	if len(ws) == 0 {
		return true // "+" is a name, too
	}
	z := .5 - .5*float64(len(ws)-3) - p.lean/4
	if givenNames[ws[0]] {
		z--
	}
	if len(ws) > 2 && givenNames[ws[len(ws)-2]] {
		z--
	}
	if strings.ContainsAny(t.channel.name, "0123456789") || t.channel.label {
		z--
	}
	if n := len(strings.Fields(t.channel.name)); n < 4 && n > 0 && !t.channel.label {
		z += .5
	}
	if t.known != nil {
		if artist, _ := t.known.Seen(t.channel.folded); artist > 0 {
			z += 3
		}
	}
	return z > 0
}

func (t *title) matchName(name string) {
	folded := t.fold(name)
	t.mark(part{folded: folded, match: t.channel.match(folded)})
}

func cutCredit(s string) (string, bool) {
	lower := strings.ToLower(s)
	for _, c := range credits {
		if len(lower) == len(s) && strings.HasPrefix(lower, c) {
			return strings.Trim(s[len(c):], " \""), true
		}
	}
	return "", false
}

// cutBy cuts "Song by Artist" at its last "by".
func (t *title) cutBy(s string) (song, artist string, ok bool) {
	if !strings.ContainsAny(s, "bBpPvо") {
		return "", "", false // the letters of "by" in four languages
	}
	lower := t.low(s)
	if len(lower) != len(s) || !strings.Contains(lower, "by") && !strings.Contains(lower, "por ") && !strings.Contains(lower, " von ") && !strings.Contains(lower, " от ") {
		return "", "", false
	}
	for _, c := range credits {
		at := strings.LastIndex(lower, " "+c)
		if at <= 0 || at+1+len(c) >= len(s) {
			continue
		}
		song, artist = s[:at], strings.Trim(s[at+1+len(c):], " \"'")
		if strings.Contains(c, "cover") {
			t.note([]string{"cover"})
		}
		if idiom(artist) {
			continue
		}
		for _, more := range []string{" on ", " from ", " live "} { // "by Artist on a record of 1965"
			if at := strings.Index(artist, more); at > 0 {
				artist = artist[:at]
			}
		}
		t.evidence |= SaidBy
		return song, artist, true
	}
	return "", "", false
}

// idiom reports whether a text behind "by" names nobody: "Stand by Me".
func idiom(s string) bool {
	ws := words(s)
	return len(ws) == 0 || byIdioms[ws[0]] || ws[0] == "the" && (len(ws) == 1 || byTheIdioms[ws[1]])
}

var (
	byIdioms    = set(`me you my your a an now myself yourself request step side day night heart love i it him her`)
	byTheIdioms = set(`way sea river rivers time light fire bay side window moon fireside sword dozen book grace`)
)

// cutVerb cuts "Artist sings Song".
func cutVerb(s string) (artist, song string, ok bool) {
	ws := strings.Fields(s)
	for i, w := range ws {
		if i > 0 && i < 6 && i+1 < len(ws) && verbs[strings.ToLower(w)] {
			rest := strings.Join(ws[i+1:], " ")
			if inner, _, _ := quoted(rest); inner != "" {
				rest = inner
			}
			return strings.Join(ws[:i], " "), rest, true
		}
	}
	return "", "", false
}

// verbs stand between an artist and what is performed.
var verbs = set(`sings sing singing performs perform performing plays playing covers covering singt chante chanta canta cantando interpreta salutes поёт поет`)

// split cuts a title without separators between two of its words, artist first or
// last: where the channel or other uploads know a name (sure), else where the words,
// their case and the usual length of names suggest it.
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
	firstIsArtist = 1.6 // log odds, where no separator says so
)

// hangs reports whether a title is not cut between head and tail, as a word there
// belongs to the other side, too.
func hangs(head, tail string) bool {
	word, _, _ := strings.Cut(tail, " ")
	word = strings.ToLower(word)
	before := strings.ToLower(head[strings.LastIndexByte(head, ' ')+1:])
	return word == "&" || word == "and" || word == "with" || joiners[before]
}

// joiners are words that no name and no song ends with.
var joiners = set(`& and the a an with of de di del von van la le y und e et my your in to`)

// seenSplit is how well channel and other uploads know two names as artist and song.
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

// likely is what words and case say for two texts being artist and song, in log odds.
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
