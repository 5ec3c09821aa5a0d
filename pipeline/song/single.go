package song

import (
	"cmp"
	"strings"
)

// single reads a title without a separator: a song in quotes, "Song by Artist",
// a known name at one end, or the song alone on its artist's channel.
func (t *title) single(p part) Song {
	performed := func(artist, title string) Song {
		t.matchName(artist)
		return Song{Artists: t.artists(artist), Title: title}
	}
	if t.coverer != "" || t.original != "" && t.kind == Karaoke {
		t.evidence |= CoverNamed
		return Song{Artists: t.artists(cmp.Or(t.coverer, t.original)), Title: p.text}
	}
	if t.channel.folded == "various artists" {
		return Song{Title: p.text}
	}
	if t.channel.topic || t.channel.vevo {
		t.evidence |= OwnChannel
		return Song{Artists: t.artists(t.channel.name), Title: p.text}
	}
	if artist, song, ok := t.quotedSong(p); ok {
		return performed(artist, song)
	}
	if artist, song, ok := cutVerb(p.text); ok {
		t.evidence |= SaidBy
		return performed(artist, song)
	}
	if song, artist, ok := t.cutBy(p.text); ok {
		return performed(artist, song)
	}
	if name, ok := named(p); ok && t.channel.match(t.fold(name)) == 0 && !t.channelPerforms() {
		return performed(name, p.plain)
	}
	artist, song, sure := t.split(p.text)
	known := t.channel.folded != ""
	switch own := known && t.ownSong(p); {
	case sure:
		return performed(artist, song)
	case t.lead != "" && !known && t.leadLast:
		return Song{Artists: t.artists(p.plain), Title: t.lead}
	case t.lead != "" && !known:
		return Song{Artists: t.artists(t.lead), Title: p.text}
	case artist != "" && !own:
		t.evidence |= Guessed
		return Song{Artists: t.artists(artist), Title: song}
	case !known:
		return Song{}
	}
	return t.ownSongOf(p)
}

// ownSongOf reads a part as a song's name, and the channel as the artist's.
func (t *title) ownSongOf(p part) Song {
	t.margin = 0
	t.evidence |= OwnSong
	if t.channelPerforms() {
		t.evidence |= KnownArtist
	}
	return Song{Artists: t.artists(t.channel.name), Title: p.text}
}

// quotedSong reads Artist "Song" and "Song" Artist.
func (t *title) quotedSong(p part) (artist, song string, ok bool) {
	inner, before, after := quoted(p.plain)
	if inner == "" {
		return "", "", false
	}
	t.evidence |= Quoted
	inner += otherScript(p.text, inner)
	if name, _, ok := cutVerb(before + " x"); ok {
		before = name
	}
	before, inner = cutGlued(before), cutGlued(inner)
	if name := t.trimTail(before); t.fold(name) != "" && !t.tail(name) {
		return name, inner, true
	}
	if t.fold(after) == "" || t.tail(after) {
		return "", "", false
	}
	after = strings.Trim(after, " -–,:")
	if name, ok := cutCredit(after); ok {
		after = name
	}
	return after, inner, true
}

// otherScript returns a bracket that repeats a name in another script, as in
// "봄날" (Spring Day), with a space before it.
func otherScript(s, name string) string {
	_, rest, _ := strings.Cut(s, name)
	if at := strings.IndexByte(rest, '('); at >= 0 && at < 3 {
		if inner, _, ok := strings.Cut(rest[at+1:], ")"); ok && latin(inner) != latin(name) {
			return " (" + inner + ")"
		}
	}
	return ""
}

// named reads "Song (First Last)", where the bracket is a person's name.
func named(p part) (string, bool) {
	at := strings.LastIndexByte(p.text, '(')
	if at <= 0 || !strings.HasSuffix(p.text, ")") {
		return "", false
	}
	name := p.text[at+1 : len(p.text)-1]
	return name, person(words(name))
}

// channelPerforms reports whether other uploads know the channel as an artist.
func (t *title) channelPerforms() bool {
	if t.known == nil || t.channel.folded == "" {
		return false
	}
	artist, song := t.known.Seen(t.channel.folded)
	return artist > song+.7
}

// cutGlued removes an "MV" that is written without a space after a name.
func cutGlued(s string) string {
	for _, tail := range []string{"MV", "PV"} {
		if rest, ok := strings.CutSuffix(s, tail); ok && len(rest) > 2 && rest == strings.TrimSpace(rest) {
			return rest
		}
	}
	return s
}

// ownSong reports whether a title looks like a song's name and nothing more.
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

// matchName records as evidence how a name fits the channel and other uploads.
func (t *title) matchName(name string) {
	folded := t.fold(name)
	t.mark(part{folded: folded, match: t.channel.match(folded)})
}

// cutCredit cuts a phrase of credits, such as "by", from the start of a text.
func cutCredit(s string) (string, bool) {
	lower := strings.ToLower(s)
	for _, c := range credits {
		if len(lower) == len(s) && strings.HasPrefix(lower, c) {
			return strings.Trim(s[len(c):], " \""), true
		}
	}
	return "", false
}

// cutBy cuts "Song by Artist" in two. It tries the phrases of credits in their order,
// each at its last place in the title, and passes over idioms such as "Stand by Me".
func (t *title) cutBy(s string) (song, artist string, ok bool) {
	if !strings.ContainsAny(s, "bBpPvо") {
		return "", "", false // no first letter of by, por, von and от; the last one is Cyrillic
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

// idiom reports whether the text after "by" is not a name: "Stand by Me".
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

// verbs are between the artist and the song, as in "Artist sings Song".
var verbs = set(`sings sing singing performs perform performing plays playing covers covering singt chante chanta canta cantando interpreta salutes поёт поет`)
