package song

import (
	"slices"
	"strings"
)

// Words are what stands on an upload, made comparable for Likely. Each text is in lower
// case, without punctuation and "and", and stands between blanks.
type Words struct {
	title, channel string
	song           string
	artists        []string
	names          string // the words of artists and song, sorted
	form           string // what makes it another version, as in a Key
	core           string // words of the title that are not wrapping
	said           int    // how many these are
	sure           bool
	seconds        int64 // 0 where unknown
}

// WordsOf makes the words of an upload comparable; s is its reading, seconds its length
// or 0. What is no song has none, and is never Likely.
func WordsOf(u Upload, s Song, seconds int64) (w Words) {
	if s.Title == "" || !s.Kind.IsSong() {
		return Words{}
	}
	w = Words{form: s.form(" "), title: plainly(clean(u.Title)), channel: plainly(clean(u.Channel)), song: plainly(withoutBrackets(s.Title)), sure: s.Sure(), seconds: seconds}
	for w.song != " " { // "Song MV", where the reading has left the wrapping
		rest, last := cutLast(w.song)
		if rest == " " || !wrapping[last] && !versions[last] {
			break
		}
		if w.song = rest; kindOf[last] == Live && w.form == " " {
			w.form = " ~live"
		}
	}
	for _, name := range s.Artists {
		if name = plainly(withoutBrackets(name)); name != " " {
			w.artists = append(w.artists, name)
		}
	}
	var core []string
	for word := range strings.FieldsSeq(w.title) {
		if acoustic[word] {
			w.form = " ~acoustic"
		}
		if !wrapping[word] && !versions[word] && !glue[word] && !guestWords[word] && !isYear(word) {
			w.said++
			core = append(core, word)
		}
	}
	w.core = plainly(strings.Join(core, " "))
	names := strings.Fields(strings.Join(w.artists, "") + w.song)
	slices.Sort(names)
	w.names = strings.Join(slices.Compact(names), " ")
	return w
}

// Names are the same for readings whose artists and song have the same words, in whatever
// order; "" where artist or song is not known.
func (w Words) Names() string {
	if len(w.artists) == 0 {
		return ""
	}
	return w.names + w.form
}

// acoustic are words of unplugged versions, which some call live.
var acoustic = set(`acoustic unplugged acústico acústica acustico acustica acoustique akustik акустика акустическая アコースティック 어쿠스틱`)

// plainly folds a text for Words.
func plainly(s string) string {
	var b strings.Builder
	b.WriteByte(' ')
	for word := range strings.FieldsSeq(Fold(s)) {
		if word != "and" && word != "x" && word != "vs" && word != "the" {
			b.WriteString(word)
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// cutLast cuts the last word off a text between blanks.
func cutLast(s string) (rest, word string) {
	at := strings.LastIndexByte(s[:len(s)-1], ' ')
	return s[:at+1], s[at+1 : len(s)-1]
}

const (
	cover  = 0.5 // share of a title's words that another upload's names must be
	nearly = 10  // seconds between the lengths of two uploads of one recording
)

// Likely reports whether two uploads may well hold one recording, also where a reading
// is a guess. It is meant for leaving an upload out, which costs little.
func (w Words) Likely(v Words) bool {
	if w.form != v.form || len(w.song) < 2 || len(v.song) < 2 {
		return false
	}
	same := func(name string) bool { // "A" and "A & B", who are one act on one of the uploads
		return slices.ContainsFunc(v.artists, func(other string) bool { return strings.Contains(other, name) || strings.Contains(name, other) })
	}
	switch {
	case w.song == v.song && slices.ContainsFunc(w.artists, same):
		return true
	case w.names == v.names && len(w.artists) > 0 && len(v.artists) > 0:
		return true // one of them was read in reverse, or cut in another place
	case w.song == v.song && w.channel == v.channel && w.channel != " " && (w.byChannel() || v.byChannel()):
		return true // a label's channel, which names the artist on one of them alone
	case w.sure && v.sure:
		return false
	case w.song == v.song && w.near(v), w.within(v), v.within(w):
		return true
	case !w.sure && w.core == v.song && w.beside(v), !v.sure && v.core == w.song && v.beside(w):
		return true
	}
	return !v.sure && w.named(v) || !w.sure && v.named(w)
}

// named reports whether the words of another upload name the song and one of its
// artists, and little else.
func (w Words) named(on Words) bool {
	if !strings.Contains(on.title, w.song) {
		return false
	}
	rest := strings.Replace(on.title, w.song, " ", 1)
	named, found := strings.Count(w.song, " ")-1, false
	for _, name := range w.artists {
		if strings.Contains(rest, name) {
			rest, found = strings.Replace(rest, name, " ", 1), true
			named += strings.Count(name, " ") - 1
		}
		found = found || strings.Contains(on.channel, name)
	}
	return found && float64(named) >= cover*float64(on.said)
}

// beside reports whether two uploads are about as long, or on one channel.
func (w Words) beside(v Words) bool { return w.near(v) || w.channel == v.channel && w.channel != " " }

// byChannel reports whether the title names no artist, for whom at best the channel stands.
func (w Words) byChannel() bool {
	return len(w.artists) == 0 || slices.Contains(w.artists, w.channel)
}

// near reports whether two uploads are about as long.
func (w Words) near(v Words) bool {
	return w.seconds > 0 && v.seconds > 0 && max(w.seconds-v.seconds, v.seconds-w.seconds) <= nearly
}

// within reports whether another title has all words of this one, three or more, in
// their order, and little else.
func (w Words) within(v Words) bool {
	n := strings.Count(w.title, " ") - 1
	return n > 2 && float64(n) >= cover*float64(v.said) && strings.Contains(v.title, w.title)
}
