package song

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A title is what is known of an upload while it is read.
type title struct {
	text    string
	upload  Upload
	channel channel
	known   Known

	kind     Kind
	version  string
	original string // the original artist, if the title names one
	coverer  string // "cover by X"
	named    string // X in "X cover", who may have made the cover or the original
	lead     string // a bracket that may name the artist, "【Artist】「Song」"

	leadLast  bool // text comes before that bracket
	voiced    bool // a synthesised singer was named and dropped
	lastText  bool // text was seen
	versioned bool // a version was cut off the last part
	leads     bool // the part is the first, and a dash follows, as after an artist

	titleHasMore bool // a part may vanish, as others are left
	evidence     Evidence
	margin       float64 // log odds of the best reading against the next
	fame         float64 // how often other uploads named the artist

	lower string          // the text in lower case
	all   []string        // the words of the text
	slab  []string        // memory of lists of words
	texts strings.Builder // memory of small texts
}

// titles keeps the memory of a reading, such as its lists of words, for the next one.
var titles = sync.Pool{New: func() any { return &title{slab: make([]string, 0, 256)} }}

func newTitle(u Upload, known Known) *title {
	t := titles.Get().(*title)
	*t = title{slab: t.slab[:0], text: clean(u.Title), upload: u, known: known, titleHasMore: true}
	t.channel = t.readChannel(u.Channel)
	return t
}

// free returns the memory. No Song refers to the lists of words.
func (t *title) free() {
	clear(t.slab)
	*t = title{slab: t.slab[:0]}
	titles.Put(t)
}

// keep copies bytes to a string, in one piece of memory for many strings.
func (t *title) keep(b []byte) string {
	if t.texts.Cap()-t.texts.Len() < len(b) {
		t.texts = strings.Builder{}
		t.texts.Grow(max(1024, len(b)))
	}
	from := t.texts.Len()
	t.texts.Write(b)
	return t.texts.String()[from:]
}

// low returns a text in lower case.
func (t *title) low(s string) string {
	var room [longest]byte
	same := len(s) <= len(room)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf || len(s) > len(room) {
			return strings.ToLower(s)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
			same = false
		}
		room[i] = c
	}
	if same {
		return s
	}
	return t.keep(room[:len(s)])
}

// fold is Fold, but its result shares memory with other texts.
func (t *title) fold(s string) string {
	var room [96]byte
	return t.keep(appendFold(room[:0], s))
}

// words returns the words of a text in lower case. They are valid until free.
func (t *title) words(s string) []string {
	from := len(t.slab)
	t.slab = appendWords(t.slab, t.low(s))
	return t.slab[from:len(t.slab):len(t.slab)]
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
	if len(parts) == 0 { // if all is wrapping, that is the name
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
	t.performed(parts, s)
	return t.finishSong(s)
}

// performed notes a live performance that a part of the title names which is neither
// artist nor song: "Live at the Harbour Hall", "Radio Nord Live Session".
func (t *title) performed(parts []part, s Song) {
	for _, p := range parts {
		ws := t.words(p.plain)
		at := slices.Index(ws, "live")
		if at < 0 || len(ws) < 2 || p.plain == s.Title || slices.Contains(s.Artists, p.plain) {
			continue
		}
		if last := ws[len(ws)-1]; at == 0 && places[ws[1]] || last == "session" || last == "sessions" || last == "set" || last == "performance" {
			t.note(ws[at : at+1])
		}
	}
}

// isTrack reports whether a text is a track number, "7", "12", or "B2" on a record.
func isTrack(s string) bool {
	digits := strings.TrimLeft(s, "ABCD")
	return isNumber(digits) && (digits == s && len(s) < 3 || len(digits) == 1 && len(s) < 4)
}

// onlyBrackets reports whether brackets of wrapping are the title's only separators.
func onlyBrackets(parts []part) bool {
	for _, p := range parts[1:] {
		if p.sep != bracket {
			return false
		}
	}
	return true
}

// dropEnds removes hashtags and addresses at the ends of a title.
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
	if len(s) > 3 && s[0] == '0' && isNumber(s[:2]) && strings.IndexByte(" -.)", s[2]) >= 0 {
		s = strings.TrimLeft(s[2:], " -.)") // of a track, "07 Artist"
	}
	if dot := strings.Index(s, ". "); dot > 0 && isTrack(s[:dot]) { // of a track, of a side
		return s[dot+2:]
	}
	if dot := strings.IndexByte(s, '.'); dot > 0 && dot < 3 && isNumber(s[:dot]) && len(s) > dot+1 && !isNumber(s[dot+1:dot+2]) {
		return s[dot+1:]
	}
	return s
}

// alone reports whether a title without a clear separator is just the song, on its
// artist's channel.
func (t *title) alone(parts []part) bool {
	if t.channel.topic || t.channel.vevo || len(parts) != 1 {
		return true
	}
	inner, _, _ := quoted(parts[0].plain)
	return inner != "" || strings.Contains(strings.ToLower(parts[0].plain), " by ")
}

// finishSong trims the song that was chosen.
func (t *title) finishSong(s Song) Song {
	if t.kind != Classical {
		s.Title = t.cutPlace(s.Title)
	}
	s.Kind, s.Version = t.kind, t.version
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
