package feature

import (
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/words"
	"golang.org/x/text/unicode/norm"
)

// DefaultPackaging are the phrases that Packaging removes unless it is told
// otherwise. Case, punctuation and spacing between their words do not matter.
var DefaultPackaging = []string{
	"official music video", "official video", "official hd video", "official 4k video", "official lyric video",
	"official lyrics video", "official lyrics", "official audio", "official audio video", "official visualizer",
	"official visualiser", "official visual", "official clip", "official video clip", "official videoclip",
	"official mv", "official m v", "official performance video", "official teaser", "official trailer", "official",
	"music video", "lyric video", "lyrics video", "lyric", "lyrics", "with lyrics", "video clip", "videoclip", "visualizer", "visualiser",
	"mv", "m v", "full hd", "ultra hd", "hd", "hq", "uhd", "fhd", "4k", "8k", "2160p", "1440p", "1080p", "720p", "480p",
	"60fps", "hd audio", "hd video", "hq audio", "4k video", "4k remaster", "4k remastered", "hd remaster", "hd remastered",
	"audio only", "high quality",
	"video oficial", "vídeo oficial", "clipe oficial", "videoclipe oficial", "videoclip oficial", "video musical oficial",
	"audio oficial", "áudio oficial", "oficial", "letra", "con letra", "com letra", "legendado",
	"clip officiel", "vidéo officielle", "clip vidéo", "audio officiel", "paroles",
	"offizielles video", "offizielles musikvideo", "musikvideo", "video ufficiale", "audio ufficiale", "testo",
	"официальный клип", "официальное видео", "премьера клипа", "премьера", "뮤직비디오", "공식 뮤직비디오", "公式", "ミュージックビデオ",
}

// Packaging removes phrases that say how a video is wrapped.
type Packaging struct {
	phrases []string
	byFirst map[string][][]string // first word → phrases, longest first
}

// NewPackaging makes a remover of the given phrases.
func NewPackaging(phrases []string) *Packaging {
	p := &Packaging{phrases: phrases, byFirst: map[string][][]string{}}
	for _, phrase := range phrases {
		var parts []string
		for _, w := range segment(fold(phrase)) {
			if w.word {
				parts = append(parts, w.text)
			}
		}
		if len(parts) == 0 {
			continue
		}
		list := append(p.byFirst[parts[0]], parts)
		for i := len(list) - 1; i > 0 && len(list[i]) > len(list[i-1]); i-- {
			list[i], list[i-1] = list[i-1], list[i]
		}
		p.byFirst[parts[0]] = list
	}
	return p
}

// piece is a word, or what stands between words.
type piece struct {
	text string // folded
	raw  string // as written
	word bool
}

// fold is the form in which words are compared: compatibility forms made
// plain, lower case, invisible and direction characters dropped.
func fold(s string) string {
	s = norm.NFKC.String(s)
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || (unicode.IsControl(r) && !unicode.IsSpace(r)) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return s
}

func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || (unicode.IsControl(r) && !unicode.IsSpace(r)) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
}

// segment splits by Unicode's word boundaries (UAX 29).
func segment(s string) []piece {
	var out []piece
	for it := words.FromString(s); it.Next(); {
		raw := it.Value()
		out = append(out, piece{text: strings.ToLower(raw), raw: raw, word: isWord(raw)})
	}
	return out
}

func isWord(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return true
		}
	}
	return false
}

// Clean takes the phrases out of a title or text, with the brackets and
// separators that they leave empty. Letter case is kept. A text that is
// nothing but packaging becomes empty.
func (p *Packaging) Clean(s string) string {
	pieces := segment(visible(s))
	removed := p.mark(pieces)
	var b strings.Builder
	for i, w := range pieces {
		if !removed[i] {
			b.WriteString(w.raw)
		}
	}
	out := b.String()
	if !anyTrue(removed) {
		return tidySpace(out)
	}
	return tidySpace(dropEmpty(out))
}

// mark says which pieces belong to a phrase.
func (p *Packaging) mark(pieces []piece) []bool {
	removed := make([]bool, len(pieces))
	for i := 0; i < len(pieces); i++ {
		if !pieces[i].word {
			continue
		}
		for _, phrase := range p.byFirst[pieces[i].text] {
			if end, ok := matches(pieces, i, phrase); ok {
				for j := i; j < end; j++ {
					removed[j] = pieces[j].word || removed[j] || j > i
				}
				i = end - 1
				break
			}
		}
	}
	return removed
}

// matches reports whether phrase stands at pieces[i], with spaces or light
// punctuation between its words, and where it ends.
func matches(pieces []piece, i int, phrase []string) (end int, ok bool) {
	j := i
	for k, word := range phrase {
		if k > 0 {
			for j < len(pieces) && !pieces[j].word {
				if strings.ContainsAny(pieces[j].text, "()[]{}|") {
					return 0, false
				}
				j++
			}
		}
		if j >= len(pieces) || pieces[j].text != word {
			return 0, false
		}
		j++
	}
	return j, true
}

// dropEmpty removes brackets with nothing in them, and separators that no
// longer separate anything.
func dropEmpty(s string) string {
	for {
		before := s
		for _, pair := range []string{"()", "[]", "{}", "【】", "「」", "（）"} {
			open, shut := pair[:len(pair)/2], pair[len(pair)/2:]
			for {
				i, n := emptyPair(s, open, shut)
				if i < 0 {
					break
				}
				s = s[:i] + " " + s[i+n:]
			}
		}
		s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-–—|/•·:,~+&", r) })
		if s == before {
			return s
		}
	}
}

// emptyPair finds open and shut with only spaces and dashes between them.
func emptyPair(s, open, shut string) (at, length int) {
	for from := 0; ; {
		i := strings.Index(s[from:], open)
		if i < 0 {
			return -1, 0
		}
		i += from
		rest := s[i+len(open):]
		trimmed := strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-–—,.&+/|", r) })
		if strings.HasPrefix(trimmed, shut) {
			return i, len(open) + len(rest) - len(trimmed) + len(shut)
		}
		from = i + len(open)
	}
}

func tidySpace(s string) string { return strings.Join(strings.Fields(s), " ") }

func anyTrue(bs []bool) bool {
	for _, b := range bs {
		if b {
			return true
		}
	}
	return false
}
