package song

import (
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
	original string // the original artist, if the title names one
	coverer  string // "cover by X"
	named    string // X in "X cover", who may have made the cover or the original
	lead     string // a bracket that may name the artist, "【Artist】「Song」"

	leadLast bool // text comes before that bracket
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
	s.Kind, s.Version = t.kind, t.version
	return t.finishSong(s)
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
