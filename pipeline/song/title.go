package song

import (
	"math"
	"strings"
)

// A title is what is known of an upload while it is read.
type title struct {
	text    string
	upload  Upload
	channel channel
	known   Known

	kind     Kind
	version  string
	original string // whose song it is, where the title says so
	coverer  string // "cover by X"
	named    string // "X cover": who covers or is covered
	lead     string // a bracket that may name the artist, "【Artist】「Song」"

	leadLast bool // text stood before that bracket
	guests   int  // names of guests cut off
	voiced   bool // a synthesised singer was named and dropped
	lastText bool // text was seen

	titleHasMore bool // a part may vanish, as others are left
	evidence     Evidence
	margin       float64 // log odds of the best reading against the next
}

func newTitle(u Upload, known Known) *title {
	return &title{text: clean(u.Title), upload: u, channel: readChannel(u.Channel), known: known, titleHasMore: true}
}

func (t *title) read() Song {
	if t.text == "" {
		return Song{}
	}
	if s, ok := t.notSong(); ok {
		return s
	}
	pieces := pieces(outdent(asides(t.dropEnds(t.text))))
	parts := t.parts(pieces, 0)
	for level := 1; level <= 3 && (len(parts) < 2 || level < 3 && onlyBrackets(parts)); level++ {
		if level == 3 && t.alone(parts) {
			break
		}
		if finer := t.parts(pieces, level); len(finer) > len(parts) || t.voiced && len(finer) > 0 {
			parts = finer
		}
	}
	if len(parts) == 0 { // nothing but wrapping: then that is the name
		t.titleHasMore = false
		parts = t.parts(pieces, 0)
	}
	parts = t.splitBy(parts)
	for i := range parts {
		t.weigh(&parts[i])
	}
	parts = t.distinct(parts)
	var s Song
	switch work, ok := t.classical(parts); {
	case ok:
		s = work
	case len(parts) == 0:
		return Song{Kind: t.kind}
	case len(parts) == 1:
		s = t.single(parts[0])
	default:
		s = t.pair(parts)
	}
	s.Kind, s.Version = t.kind, t.version
	return t.finishSong(s)
}

// onlyBrackets reports whether no separator but wrapping cut the title.
func onlyBrackets(parts []part) bool {
	for _, p := range parts[1:] {
		if p.sep != bracket {
			return false
		}
	}
	return true
}

// dropEnds takes off what stands around a title: hashtags and addresses.
func (t *title) dropEnds(s string) string {
	for {
		at := strings.LastIndexByte(s, ' ')
		if at <= 0 || s[at+1] != '#' && !strings.HasPrefix(s[at+1:], "http") || at+2 == len(s) || isNumber(s[at+2:]) {
			break
		}
		s = strings.TrimSpace(s[:at])
	}
	if at := strings.Index(s, " @"); at > 0 && len(s) > at+2 && (s[at+2] == ' ' || s[at+2] == '2') {
		s = s[:at] // a place
		t.note([]string{"live"})
	}
	if dot := strings.Index(s, ". "); dot > 1 && dot < 5 && isNumber(strings.TrimLeft(s[:dot], "ABCD")) || dot == 1 && isNumber(s[:1]) { // of a track, of a side
		return s[dot+2:]
	}
	if dot := strings.IndexByte(s, '.'); dot > 0 && dot < 3 && isNumber(s[:dot]) && len(s) > dot+1 && !isNumber(s[dot+1:dot+2]) {
		return s[dot+1:]
	}
	return s
}

// alone reports whether a title without a plain separator is the song as it
// stands, on its artist's channel.
func (t *title) alone(parts []part) bool {
	if t.channel.topic || t.channel.vevo || len(parts) != 1 {
		return true
	}
	inner, _, _ := quoted(parts[0].plain)
	return inner != "" || strings.Contains(strings.ToLower(parts[0].plain), " by ")
}

// weigh adds up what speaks for a part being an artist.
func (t *title) weigh(p *part) {
	ws := words(p.plain)
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
	if len(ws) > 1 && len(ws) < 5 && givenNames[ws[0]] {
		p.lean += 3
	}
	p.artist = p.lean / 1.5
	if isYear(p.folded) {
		p.junk += 4
	}
	for _, w := range ws {
		if mixWords[w] > .3 && p.sep == bar || labelWords[w] && p.sep == bar {
			p.junk++
		}
	}
	if strings.Contains(p.plain, "アニメ") || strings.Contains(p.plain, "主題歌") || strings.Contains(p.plain, "テーマ") {
		p.junk += 5
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

func (t *title) same(folded, name string) bool { return folded == Fold(name) }

// distinct drops parts that say once more what stands before them.
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

// orders are the log odds that the first of two parts is the artist, by what
// separates them; counted on the labelled titles.
var orders = map[separator]float64{dash: 2.2, bar: .3, slash: .8, colon: 1.4, tight: 1.5, bracket: -2, by: -6, quote: 4}

// pair chooses artist and song among parts.
func (t *title) pair(parts []part) Song {
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
	t.evidence |= Paired
	if artist > song {
		t.evidence |= Reversed
	}
	if len(parts) > 2 {
		t.evidence |= ManyParts
	}
	switch parts[max(artist, song)].sep {
	case dash:
		t.evidence |= Dashed
	case slash, colon, tight:
		t.evidence |= Slashed
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

// score is the log odds of a pair of parts being artist and song.
func (t *title) score(parts []part, i, j int) float64 {
	a, s := parts[i], parts[j]
	score := a.artist - s.artist
	first, last := min(i, j), max(i, j)
	order := orders[parts[last].sep]
	if japanese(parts[first].folded) && parts[last].sep == slash {
		order = -1
	}
	if t.channel.folded != "" && a.match == 0 && s.match == 0 {
		order -= .9 // on its artist's channel the artist would be seen
	}
	if a.match == 0 && s.match == 0 && parts[first].wrapped && parts[last].sep != bracket {
		order -= 3
	}
	if t.kind == Karaoke || t.kind == Cover && t.coverer == "" && t.named != "" && t.channel.match(Fold(t.named)) > 0 {
		order -= 3
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

func japanese(s string) bool {
	for _, r := range s {
		if r >= 0x3040 && r < 0xa000 {
			return true
		}
	}
	return false
}

// mark notes how the artist stands to the channel and to what is known.
func (t *title) mark(a part) {
	switch a.match {
	case 2:
		t.evidence |= ChannelIs
	case 1:
		t.evidence |= ChannelHolds
	}
	if t.known != nil {
		if artist, song := t.known.Seen(a.folded); artist > song && artist > 1 {
			t.evidence |= KnownArtist
		}
	}
}

// describe notes what names and channel look like.
func (t *title) describe(s Song) {
	if t.channel.folded == "" {
		t.evidence |= NoChannel
	}
	if len(s.Artists) == 0 || s.Title == "" {
		return
	}
	name := words(s.Artists[0])
	lean := 0.0
	for _, w := range name {
		lean += leanings[w]
	}
	switch {
	case len(name) == 2:
		t.evidence |= TwoWords
	case len(name) > 2:
		t.evidence |= LongName
	}
	if len(name) > 1 && givenNames[name[0]] {
		t.evidence |= NameFirst
	}
	if lean < -1.5 && !(len(name) > 1 && givenNames[name[0]]) {
		t.evidence |= Leaning
	}
	for _, w := range name {
		switch {
		case combos[w]:
			t.evidence |= Combo
		case w == "&" || w == "and" || w == "with" || w == "y" || w == "a" && len(name) > 3:
			t.evidence |= Several
		case isNumber(w) || isNumber(w[:len(w)-1]):
			t.evidence |= NumberedName
		}
	}
	if len(s.Artists) > 1 {
		t.evidence |= Several
	}
	if t.lead != "" {
		t.evidence |= Listed
	}
	if strings.ContainsAny(s.Artists[0], ":*\"|/_(") || strings.Contains(s.Artists[0], " - ") {
		t.evidence |= UntidyName
	}
	ws := words(withoutBrackets(s.Title))
	for _, w := range ws[min(1, len(ws)):] {
		if isNumber(strings.Trim(w, "'rpmst")) {
			t.evidence |= Numbered
		}
	}
	switch {
	case len(ws) > 6:
		t.evidence |= LongSong
	case len(ws) > 4:
		t.evidence |= WordySong
	}
	if strings.ContainsAny(s.Title, "([,&") {
		t.evidence |= Untidy
	}
	if strings.ContainsAny(s.Title, "/\"|:~_@*+;「『×") || strings.Contains(s.Title, " - ") {
		t.evidence |= Medley
	}
	if mixed(s.Title) {
		t.evidence |= Medley
	}
	if mixed(s.Artists[0]) {
		t.evidence |= UntidyName
	}
	if t.guests == 0 && len(words(withoutBrackets(t.text))) > len(ws)+len(words(strings.Join(s.Artists, " "))) {
		t.evidence |= LeftOver
	}
	const blots = Reversed | ManyParts | Covers | LongName | Untidy | Leaning | UntidyName | Numbered | LongSong | WordySong | Medley | LeftOver | Several | Combo | NumberedName
	if t.evidence&Dashed != 0 && t.evidence&blots == 0 {
		t.evidence |= Clean
	}
	if t.known != nil {
		if artist, song := t.known.Seen(Fold(withoutBrackets(s.Title))); song > artist {
			t.evidence |= KnownSong
		}
	}
}

var combos = set(`trio quartet quintet sextet quartett quartetto duo`)

// covering tells who covers, where the artist of the title is who is covered.
func (t *title) covering(parts []part, a part) (string, bool) {
	if t.kind != Cover || a.match > 0 || a.by {
		return "", false
	}
	name := t.coverer
	if name == "" && t.named != "" && t.channel.match(Fold(t.named)) > 0 {
		name = t.named
	}
	if name == "" {
		if t.named != "" {
			t.original = t.named
		}
		return "", false
	}
	t.evidence |= CoverNamed
	t.original = a.plain
	if t.channel.match(Fold(name)) > 0 {
		t.evidence |= ChannelIs
	}
	return name, true
}

// finishSong trims what a choice left.
func (t *title) finishSong(s Song) Song {
	if t.kind != Classical {
		s.Title = t.cutPlace(s.Title)
	}
	s.Title = strings.Trim(s.Title, " -–~|,;:/•")
	if t.kind == Cover {
		if t.evidence&(CoverNamed|ChannelIs|ChannelHolds|OwnChannel) == 0 {
			t.evidence |= Covers
		}
		s.Original = t.original
	}
	if t.kind == Karaoke {
		s.Original = ""
		if t.original != "" {
			s.Artists = t.artists(t.original)
		}
	}
	if s.Title == "" {
		s.Artists = nil
	}
	return s
}
