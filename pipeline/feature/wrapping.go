package feature

import (
	"strconv"
	"strings"
	"unicode"
)

// DefaultPackaging are the phrases that Packaging removes by default. Case,
// punctuation and spacing do not matter.
var DefaultPackaging = strings.Split(strings.TrimSpace(defaultPackaging), "\n")

const defaultPackaging = `
official music video
official video
official hd video
official 4k video
official lyric video
official lyrics video
official lyrics
official audio
official audio video
official visualizer
official visualiser
official visual
official clip
official video clip
official videoclip
official mv
official m v
official performance video
official teaser
official trailer
official
officialvideo
officialmusicvideo
officialaudio
music video
musicvideo
lyric video
lyrics video
lyric
lyrics
lyrical video
with lyrics
w lyrics
video with lyrics
lyrics on screen
video clip
videoclip
visualizer
visualiser
mv
m v
full hd
ultra hd
hd
hq
uhd
fhd
hdr
4k
8k
2160p
1440p
1080p
720p
480p
2160p60
1440p60
1080p60
720p60
60fps
hd audio
hd video
hq audio
4k video
4k remaster
4k remastered
hd remaster
hd remastered
remastered in 4k
remastered in hd
remastered 4k
remastered hd
restored in 4k
ai upscaled 4k
audio only
high quality
best quality
dolby atmos
hi res
hi res audio
hi fi
320kbps
closed captioned
eng sub
english subtitles
video oficial
vídeo oficial
clipe oficial
clip oficial
videoclipe oficial
videoclip oficial
video lyric
video lyric oficial
video musical oficial
visualizador oficial
audio oficial
áudio oficial
oficial
letra
con letra
com letra
legendado
legenda
tradução
subtitulado
subtitulada
sub español
subtítulos en español
clip officiel
vidéo officielle
vidéoclip officiel
clip vidéo
clip vidéo officiel
audio officiel
officiel
officielle
lyrics vidéo
paroles
offizielles video
offizielles musikvideo
offizielles
musikvideo
officiële video
officiële videoclip
officiell video
officiel video
virallinen video
virallinen musiikkivideo
musiikkivideo
video ufficiale
videoclip ufficiale
audio ufficiale
ufficiale
testo
teledysk
oficjalny teledysk
oficjalne wideo
oficiální videoklip
hivatalos videoklip
videoklip
resmi müzik videosu
resmi klip
resmi video
официальный клип
официальное видео
официальный
премьера клипа
премьера трека
премьера песни
премьера
текст песни
лирик видео
офіційне відео
офіційний кліп
뮤직비디오
공식 뮤직비디오
공식
뮤비
가사
자막
リリックビデオ
ミュージックビデオ
オフィシャルビデオ
オフィシャル
公式
公式ビデオ
歌詞付き
歌詞
歌词
官方
官方版
官方完整版
官方歌詞版
官方歌词版
動態歌詞
动态歌词
高畫質
高画质
الفيديو الرسمي
فيديو كليب
الكليب الرسمي
كلمات
आधिकारिक वीडियो
ऑफिशियल वीडियो
הקליפ הרשמי
קליפ רשמי
มิวสิกวิดีโอ
คำร้อง
เนื้อเพลง
`

// wrap says where a word counts as packaging.
type wrap int

const (
	within wrap = iota + 1 // in the same brackets as a phrase: "(Official Animated Film)"
	beside                 // also next to a phrase outside of brackets: "Song Official Clip"
	alone                  // also without a phrase: "(Audio)", "Artist - Song | Full Video"
)

// wrapping are the words that are removed with phrases of packaging.
var wrapping = wordsOf(map[wrap]string{
	alone:  "video videos vidéo vídeo videosu видео відео ビデオ 영상 audio áudio аудио explicit clean uncensored cc lossless",
	beside: "clip clips clipe klip клип кліп teaser trailer visual visuals version ver",
	within: `film animated animation vertical performance pseudo lyrical full exclusive stream music musical song songs track short movie
		release released premiere new out now upgrade upscale upscaled remaster remastered restored enhanced ai original lyric
		трека песни клипа 完 整 版 映 像 付 き`,
})

func wordsOf(lists map[wrap]string) map[string]wrap {
	out := map[string]wrap{}
	for kind, list := range lists {
		for word := range strings.FieldsSeq(list) {
			out[word] = kind
		}
	}
	return out
}

// fillers, like years and other numbers, are removed if no other words are left
// around them.
var fillers = map[string]bool{
	"in": true, "on": true, "with": true, "w": true, "the": true, "a": true, "an": true, "and": true, "for": true, "of": true, "by": true, "en": true, "de": true,
	"com": true, "con": true, "avec": true, "mit": true, "на": true, "в": true,
}

func isFiller(word string) bool {
	_, err := strconv.Atoi(word)
	return err == nil || fillers[word]
}

// stretch is the part of a text between two brackets or separators.
type stretch struct {
	words []int  // indices of its words
	open  string // what precedes it: "(" for any bracket or quote, "-", "|" for other separators, "" at the beginning
}

const (
	brackets   = "()[]{}<>（）【】「」『』《》〈〉«»“”‘’\"'"
	separators = "|｜/•·★*~:"
)

// stretches splits a text at brackets, separators, and dashes between spaces.
func stretches(pieces []piece) []stretch {
	out := []stretch{{}}
	space := func(i int) bool {
		return i < 0 || i >= len(pieces) || strings.TrimLeftFunc(pieces[i].raw, func(r rune) bool { return unicode.IsSpace(r) || r == '_' }) == ""
	}
	for i, p := range pieces {
		last := &out[len(out)-1]
		switch {
		case p.word:
			last.words = append(last.words, i)
		case strings.ContainsAny(p.raw, brackets):
			out = append(out, stretch{open: "("})
		case strings.ContainsAny(p.raw, separators):
			out = append(out, stretch{open: "|"})
		case strings.ContainsAny(p.raw, "-–—") && (space(i-1) || space(i+1)):
			out = append(out, stretch{open: "-"})
		}
	}
	return out
}

// unwrap removes wrapping words, given the removed phrases.
func unwrap(pieces []piece, removed []bool) {
	before, all := 0, 0 // stretches with words: up to now, and in all
	parts := stretches(pieces)
	for _, s := range parts {
		if len(s.words) > 0 {
			all++
		}
	}
	for _, s := range parts {
		if len(s.words) == 0 {
			continue
		}
		before++
		phrases, wraps, sole := 0, 0, 0
		for _, i := range s.words {
			kind := wrapping[pieces[i].text]
			switch {
			case removed[i]:
				phrases++
			case kind == alone:
				sole++
				wraps++
			case kind != 0:
				wraps++
			}
		}
		switch {
		case phrases > 0:
			unwrapOne(pieces, removed, s)
		case sole > 0 && wraps == len(s.words):
			// "Artist - Audio" is the name of a song; "Artist - Song - Audio"
			// is not.
			if s.open == "(" && all > 1 || s.open == "|" && before > 1 || s.open == "-" && before > 2 {
				for _, i := range s.words {
					removed[i] = true
				}
			}
		}
	}
}

// unwrapOne removes the wrapping words of a stretch with a phrase.
func unwrapOne(pieces []piece, removed []bool, s stretch) {
	wraps := func(i int) bool { return wrapping[pieces[i].text] >= beside }
	if s.open == "(" {
		for _, i := range s.words {
			removed[i] = removed[i] || wrapping[pieces[i].text] != 0
		}
	} else { // outwards from the phrase
		for k := 1; k < len(s.words); k++ {
			i := s.words[k]
			removed[i] = removed[i] || removed[s.words[k-1]] && wraps(i)
		}
		for k := len(s.words) - 2; k >= 0; k-- {
			i := s.words[k]
			removed[i] = removed[i] || removed[s.words[k+1]] && wraps(i)
		}
	}
	for _, i := range s.words {
		if !removed[i] && !isFiller(pieces[i].text) {
			return
		}
	}
	for _, i := range s.words {
		removed[i] = true
	}
}
