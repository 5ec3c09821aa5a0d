package song

import (
	"math"
	"slices"
	"strings"
)

// weigh adds up the evidence that a part is an artist.
func (t *title) weigh(p *part) {
	p.words = t.words(p.plain)
	ws := p.words
	for _, w := range ws {
		p.lean += leanings[w]
	}
	p.lean = max(-4, min(4, p.lean))
	if strings.ContainsAny(p.plain, "?!") {
		p.lean--
	}
	if len(ws) > 5 {
		p.lean -= float64(len(ws)-5) / 2
	}
	if person(ws) {
		p.lean += 3
	}
	p.artist = p.lean / 1.5
	if isYear(p.folded) {
		p.junk += 4
	}
	for _, w := range ws {
		if p.sep == bar && (mixWords[w] > .3 || labelWords[w]) {
			p.junk++
		}
	}
	if strings.Contains(p.plain, "アニメ") || strings.Contains(p.plain, "主題歌") || strings.Contains(p.plain, "テーマ") {
		p.junk += 5
	}
	if p.sep != bar && listed(p.plain) {
		p.artist += 4
	}
	if p.quoted {
		p.artist -= 4
	}
	if p.by {
		p.artist += 6
	}
	switch p.match = t.channel.match(p.folded); p.match {
	case 2:
		p.artist += 5
	case 1:
		p.artist += 2.5
	}
	if t.coverer != "" && t.same(p.folded, t.coverer) {
		p.artist += 5
	}
	p.artist += t.seen(p.folded)
}

// seen is what other uploads tell of a name, in log odds of being an artist.
func (t *title) seen(folded string) float64 {
	if t.known == nil || folded == "" {
		return 0
	}
	artist, song := t.known.Seen(folded)
	return 1.2 * math.Log((max(artist, 0)+.4)/(max(song, 0)+.4))
}

// listed reports whether a text is a list of at least three short names, "A, B, C & D".
// "Hey, Hey, My, My" is not, as it repeats words.
func listed(s string) bool {
	if strings.Count(s, ", ") < 2 {
		return false
	}
	names := strings.Split(s, ", ")
	for i, name := range names {
		if strings.Count(name, " ") > 3 || slices.Contains(names[:i], name) || leanings[strings.ToLower(name)] < 0 {
			return false
		}
	}
	return true
}

// same reports whether a folded text is a name.
func (t *title) same(folded, name string) bool { return folded == t.fold(name) }

// distinct drops parts that repeat an earlier part. Two equal parts alone stay: a song
// may have its artist's name.
func (t *title) distinct(parts []part) []part {
	out := parts[:0]
	for _, p := range parts {
		again := false
		for i := range out {
			again = again || out[i].folded == p.folded
		}
		if !again || len(parts) == 2 {
			out = append(out, p)
		}
	}
	return out
}

// orders say by the separator of two parts how likely the first one is the artist, in
// log odds counted on the labelled titles. Negative means that the song is likely first.
var orders = map[separator]float64{dash: 2.2, bar: .3, slash: .8, colon: 1.4, tight: 1.5, bracket: -2, by: -6, quote: 4}

// pair chooses artist and song among parts.
func (t *title) pair(parts []part) Song {
	barred := t.barred(parts)
	if barred && t.channelPerforms() {
		return t.ownSongOf(parts[0]) // "Song | Genre", on the artist's channel
	}
	best, second := math.Inf(-1), math.Inf(-1)
	var artist, song int
	for i := range parts {
		for j := range parts {
			if i == j {
				continue
			}
			score := t.score(parts, i, j)
			if score > best {
				best, second, artist, song = score, best, i, j
			} else if score > second {
				second = score
			}
		}
	}
	t.margin = best - second
	a, s := parts[artist], parts[song]
	if barred && t.seen(a.folded) <= 0 {
		t.evidence |= Guessed
	}
	t.evidence |= Paired
	if artist > song {
		t.evidence |= Reversed
	}
	if len(parts) > 2 {
		t.evidence |= ManyParts
	}
	if parts[max(artist, song)].sep == dash {
		t.evidence |= Dashed
	}
	if at := strings.IndexByte(a.text, '('); at >= 0 && a.match == 0 && latin(a.text[at:]) == latin(a.plain) {
		t.evidence |= UntidyName
	}
	if s.wrapped {
		t.evidence |= Wrapped
	}
	t.mark(a)
	if name, ok := t.covering(parts, a); ok {
		return Song{Artists: t.artists(name), Title: s.text, Original: t.original}
	}
	return Song{Artists: t.artists(a.plain), Title: s.text, Original: t.original}
}

// barred reports whether bars are a title's only separators, and no part is the channel's
// name or is said to be by somebody. What stands behind a bar is a genre, a label, a
// place or a series as often as an artist.
func (t *title) barred(parts []part) bool {
	for i, p := range parts {
		if i > 0 && p.sep != bar || p.match > 0 || p.by || p.quoted {
			return false
		}
	}
	return t.coverer == "" && t.named == "" && t.kind != Karaoke
}

// score says how well part i fits as the artist and part j as the song. The evidence
// adds up like log odds, but the sum is no probability: pair compares scores only with
// each other, and the confidence is fitted on their margin.
func (t *title) score(parts []part, i, j int) float64 {
	a, s := parts[i], parts[j]
	score := a.artist - s.artist
	first, last := min(i, j), max(i, j)
	order := orders[parts[last].sep]
	if japanese(parts[first].folded) && parts[last].sep == slash {
		order = -1 // Japanese titles say "Song / Artist"
	}
	if t.channel.folded != "" && a.match == 0 && s.match == 0 {
		order -= .9 // the uploader is neither; artists, on their own channels, name themselves first
	}
	if a.match == 0 && s.match == 0 && parts[first].wrapped && parts[last].sep != bracket {
		order -= 3 // wrapping follows the song: "Song (Official Video) - Artist"
	}
	if t.kind == Karaoke || t.kind == Cover && t.coverer == "" && t.named != "" && t.channel.match(t.fold(t.named)) > 0 {
		order -= 3 // "Song - Singer (Karaoke)", "Song - Singer (Channel Cover)"
	}
	if parts[last].wrapped && !parts[first].wrapped && parts[last].sep == dash {
		order += 1.5 // official uploads name the artist first
	}
	if t.known != nil && t.channel.folded != "" {
		artist, song := t.known.Order(t.channel.folded)
		order += max(-3, min(1.5, math.Log((max(artist, 0)+1)/(max(song, 0)+1))))
	}
	if len(parts) > 2 && i == first && i > 0 && parts[last].sep == dash {
		order -= 4 // "Song - Artist - Album"
	}
	if i < j {
		score += order
	} else {
		score -= order
	}
	if parts[last].sep == dash || parts[last].sep == quote {
		score += 2
	}
	return score - a.junk - s.junk - 1.5*float64(first) - 1.2*float64(last-first-1)
}

// japanese reports whether a text has kana or Chinese characters.
func japanese(s string) bool {
	for _, r := range s {
		if r >= 0x3040 && r < 0xa000 {
			return true
		}
	}
	return false
}

// covering finds the artist of a cover whose title names the original artist.
func (t *title) covering(parts []part, a part) (string, bool) {
	if t.kind != Cover || a.match > 0 || a.by {
		return "", false
	}
	name := t.coverer
	if name == "" && t.named != "" && t.channel.match(t.fold(t.named)) > 0 {
		name = t.named
	}
	if name == "" && t.named == "" && t.original == "" && person(t.channel.words) {
		name = t.channel.name // the title says only whose song it is
	}
	if name == "" {
		if t.named != "" {
			t.original = t.named
		}
		return "", false
	}
	t.evidence |= CoverNamed
	t.original = a.plain
	if t.channel.match(t.fold(name)) > 0 {
		t.evidence |= ChannelIs
	}
	return name, true
}
