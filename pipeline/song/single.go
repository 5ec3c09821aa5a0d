package song

import "strings"

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
		if name, _, ok := cutVerb(before + " x"); ok {
			before = name
		}
		before, inner = cutGlued(before), cutGlued(inner)
		switch name := t.trimTail(before); {
		case Fold(name) != "" && !t.tail(name):
			t.matchName(name)
			return Song{Artists: t.artists(name), Title: inner}
		case Fold(after) != "" && !t.tail(after):
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
	if artist, song, ok := t.knownEnd(p.text); ok {
		return Song{Artists: t.artists(artist), Title: song}
	}
	if t.lead != "" && t.channel.folded == "" && t.leadLast {
		return Song{Artists: t.artists(p.plain), Title: t.lead}
	}
	if t.lead != "" && t.channel.folded == "" {
		return Song{Artists: t.artists(t.lead), Title: p.text}
	}
	if t.channel.folded != "" && t.ownSong(p) {
		t.evidence |= OwnSong
		if t.known != nil {
			if artist, song := t.known.Seen(t.channel.folded); artist > song+.7 {
				t.evidence |= KnownArtist
			}
		}
		return Song{Artists: t.artists(t.channel.name), Title: p.text}
	}
	if artist, song, ok := guess(p.text); ok {
		t.evidence |= Guessed
		return Song{Artists: t.artists(artist), Title: song}
	}
	if t.channel.folded != "" {
		t.evidence |= OwnSong
		return Song{Artists: t.artists(t.channel.name), Title: p.text}
	}
	return Song{}
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
	ws := words(p.plain)
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
	folded := Fold(name)
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
	lower := strings.ToLower(s)
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

// knownEnd finds the channel's name or a known artist at either end of a title, or a
// known song; the rest is then the artist.
func (t *title) knownEnd(s string) (artist, song string, ok bool) {
	best := 0.0
	for at := 0; at < len(s); {
		next := strings.IndexByte(s[at:], ' ')
		if next < 0 {
			break
		}
		at += next
		head, rest := s[:at], s[at+1:]
		at++
		for _, c := range [][2]string{{head, rest}, {rest, head}} {
			fa, fs := Fold(withoutBrackets(c[0])), Fold(withoutBrackets(c[1]))
			if fa == "" || fs == "" || strings.HasPrefix(fs, "and ") || strings.HasSuffix(fa, " and") {
				continue
			}
			score := 0.0
			if t.channel.match(fa) == 2 {
				score += 5 + float64(len(fa))/20
			}
			if t.known != nil {
				if a, s := t.known.Seen(fa); a > s+.7 && len(fa) > 4 {
					score += 2 + float64(len(fa))/20
				}
				if a, s := t.known.Seen(fs); s > a && len(fs) > 4 {
					score += 2 + float64(len(fs))/20
				}
			}
			if score > best {
				best, artist, song = score, c[0], c[1]
			}
		}
	}
	if best < 2 {
		return "", "", false
	}
	if best >= 4 {
		t.evidence |= KnownArtist
	}
	t.margin = best
	t.matchName(artist)
	return artist, song, true
}

// guess takes the first words for the artist: those in capitals if others follow that
// are not, else two.
func guess(s string) (artist, song string, ok bool) {
	ws := strings.Fields(s)
	if len(ws) < 3 {
		return "", "", false
	}
	n := 0
	for n < len(ws) && ws[n] == strings.ToUpper(ws[n]) && ws[n] != strings.ToLower(ws[n]) {
		n++
	}
	if n == 0 || n == len(ws) || n == 1 && len(ws[0]) < 3 {
		n = 2
		switch second := strings.ToLower(ws[1]); {
		case strings.EqualFold(ws[0], "the") && len(ws) > 3, second == "and" || second == "&", len(second) == 2 && second[1] == '.':
			n = 3
		}
		if n+1 < len(ws) && (leanings[strings.ToLower(ws[n])] >= 2) {
			n++
		}
	}
	return strings.Join(ws[:n], " "), strings.Join(ws[n:], " "), true
}
