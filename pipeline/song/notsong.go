package song

import (
	"slices"
	"strings"
)

// mixWords are words of playlists, radios and compilations with their weights. A
// title whose weights sum to 2 is a mix.
var mixWords = weighted(`playlist 2.6 playlists 2.6 compilation 1.5 megamix 2 nonstop 1.5 kolazh 2.6 hits 1 songs 1 mix .9 mixes 1 mixtape 1.5 hours 1.2 best .5 top .5 greatest .7 popular .7 music .4
	vibes .8 nostalgia 1 nostalgic 1 throwback 1 relaxing 1 relax .7 relaxation 1 chill .5 chillout .8 study .7 studying 1 focus .7 sleep .5 concentration .7 jazz .4 lofi .7 lo-fi .7 ambience 1 background .6
	house .3 deep .2 vol .5 collection 1 mood .5 beats .7 instrumental .3 bossa .5 nova .3 cafe .5 coffee .5 style .8 musicas .8 músicas .8 hit .3 gaming .7 ultimate .4 lounge .5 party .2 summer .3 winter .2 christmas .2
	canciones 1 éxitos 1 exitos 1 lieder .7 сборник 2 хиты 1 песни .8 лучшие .7 плейлист 2 노래모음 2 모음 1.2 メドレー 1.5 作業用bgm 2 bgm 1 bollywood .4 romantic .3 super .3 anos .3 dj .2 set .2 session .2 ambient .3 radio .5 jukebox 2 full-album 2 old .2 trending .5 latest .2 devotional .6 mashups 1 remixes 1 medley .6 morning .3`)

// talkWords are words of videos that are not music, weighted likewise.
var talkWords = weighted(`interview 1.5 podcast 2 vlog 1.2 documentary 1.5 explained 2 episode 1.5 unboxing 2 gameplay 2 trailer 1.5 news 1 scenes 1 behind 1 funniest 2 funny 1 memes 2 meme 1.5 pov 1.5 sketch 1 judges 1.2 audition .5 scandale 1.5
	reason .5 story .6 explains 1.5 investigation 1.5 election 2 president 1 trump 1 screensaver 2 million .2 ceremony .8 announcement 1.5 review 1.5 speech 1 cats .6 viral .7 how .3 why .4 compilation .7 actually .8 apps 1 crazy .2 sub .3 eng .3 bomb .3 host .7 interviews 2 backstage 1.5 blooper 2 bloopers 2 vlogs 1.5
	интервью 2 обзор 1.5 новости 1.5 выпуск 1.5 entrevista 2 noticias 1.5 debate 1 #shorts 1 fyp 1.5 foryou 1.5 loi .3 vs .2 shocking 1 introduction .8 build .5`)

// notSong recognises mixes, albums and talk by their words.
func (t *title) notSong() (Song, bool) {
	lower := strings.ToLower(t.text)
	ws := words(lower)
	if t.album(lower) {
		t.kind = Album
		return Song{}, false // artist and name are read like a song's
	}
	mix, talk := weigh(ws, mixWords), weigh(ws, talkWords)
	mix += names(t.text, ws) + decades(ws)
	if at := strings.LastIndexByte(t.text, '#'); at >= 0 && isNumber(t.text[at+1:]) {
		mix += .6 // of a series
	}
	for _, phrase := range []string{"best of", "greatest hits", "no copyright songs", "top 1", "top 2", "top 3", "top 4", "top 5", "1 hour of", "hours of", "music for", "to relax"} {
		if strings.Contains(lower, phrase) {
			mix++
		}
	}
	if strings.Contains(lower, "mix lyrics") {
		mix += 3
	}
	if !strings.Contains(t.text, " - ") && slices.Contains(words(withoutBrackets(lower)), "mix") {
		mix += .6
	}
	if len(ws) > 0 && ws[0] == "songs" {
		mix++
	}
	said := strings.Contains(lower, "official") || strings.Contains(lower, "m/v") || strings.Contains(lower, " feat") || strings.Contains(lower, " ft.") || strings.Contains(lower, "no copyright music")
	if said {
		mix -= 1.2
		talk--
	}
	if len(ws) < 5 {
		mix -= .5
	}
	if strings.Contains(t.text, " - ") {
		mix -= .3
		talk -= .3
	}
	talk += t.sentence(ws)
	switch t.upload.Category {
	case "", "Music":
	case "News & Politics", "Education", "Sports", "Gaming", "Howto & Style", "Science & Technology", "Autos & Vehicles", "Pets & Animals", "Travel & Events", "Nonprofits & Activism":
		talk++
	}
	switch {
	case mix >= 2 && mix >= talk:
		t.evidence |= NotSong
		t.margin = mix
		return Song{Kind: Mix, Artists: t.mixed()}, true
	case talk >= 2:
		t.evidence |= NotSong
		t.margin = talk
		k := Talk
		if strings.Contains(lower, "trailer") {
			k = Trailer
		}
		return Song{Kind: k}, true
	}
	return Song{}, false
}

// album reports whether a title says that it is a whole album, and returns it without
// that phrase.
func (t *title) album(lower string) bool {
	for _, phrase := range []string{"full album", "full álbum", "(album)", "album completo", "полный альбом"} {
		if at := strings.Index(lower, phrase); at >= 0 && len(lower) == len(t.text) && !strings.Contains(lower, "songs") {
			if phrase[0] != '(' {
				t.text = strings.TrimSpace(strings.TrimRight(t.text[:at], " *~-|(") + " " + strings.TrimLeft(t.text[at+len(phrase):], " *~)]"))
			}
			return true
		}
	}
	return strings.Contains(lower, " concertos") || strings.Contains(lower, " symphonies") || strings.Contains(lower, "complete works")
}

func weigh(ws []string, by map[string]float64) (sum float64) {
	for i, w := range ws {
		if i > 0 && ws[i-1] == w {
			continue
		}
		sum += by[w]
	}
	return sum
}

// names counts a list of names without a song: "A, B, C, D".
func names(s string, ws []string) float64 {
	if n := strings.Count(s, ", "); n > 2 && !strings.Contains(s, " - ") && len(ws) < 6*n {
		return .4 * float64(n-1)
	}
	return 0
}

// decades counts "70s 80s", and one year or a number of a series.
func decades(ws []string) float64 {
	sum := 0.0
	for _, w := range ws {
		if len(w) > 2 && strings.HasSuffix(w, "s") && isNumber(strings.TrimRight(w, "'s")) {
			sum += .4
		}
	}
	for _, w := range ws {
		if isYear(w) && w > "2009" {
			sum += .2
			break
		}
	}
	return sum
}

// sentence is the weight of a title that looks like a sentence: many words and no
// separator.
func (t *title) sentence(ws []string) float64 {
	if len(ws) < 6 {
		return 0
	}
	inner, _, _ := quoted(t.text)
	if n := len(words(inner)); n > 6 && strings.Contains(t.text, ": ") || n > 5 && strings.ContainsAny(inner, "!?") && !strings.Contains(t.text, "M/V") {
		return 2.4
	}
	if at, _, _ := separate(t.text, 2); at >= 0 && !strings.HasPrefix(t.text[at:], "..") || len(ws) < 8 || inner != "" || strings.ContainsAny(t.text, "([") {
		return 0
	}
	sum := .2 * float64(len(ws)-5)
	if strings.ContainsAny(t.text, "!?$") || strings.Contains(t.text, "..") {
		sum++
	}
	return sum
}

// mixed returns the artist of a mix of one artist's songs: "Best of X", "Top X
// Songs", "X playlist", "X | Greatest Hits".
func (t *title) mixed() []string {
	text := t.dropEnds(t.text)
	if at := strings.Index(strings.ToLower(text), "best of "); at >= 0 {
		if name := leading(text[at+len("best of "):]); name != "" {
			return []string{name}
		}
	}
	if at, _, sep := separate(text, 0); at > 0 && (sep == bar || sep == dash) {
		text = strings.TrimSpace(text[:at])
		if name := leading(text); name == text && len(strings.Fields(name)) < 3 {
			return []string{name}
		}
	}
	var left []string
	for _, w := range strings.Fields(withoutBrackets(text)) {
		if leading(w) != "" {
			left = append(left, w)
		} else if len(left) > 0 && !collection[strings.ToLower(w)] {
			return nil
		}
	}
	lower := words(text)
	if n := len(left); n == 0 || n > 2 || !collection[lower[len(lower)-1]] {
		return nil
	}
	return []string{strings.Join(left, " ")}
}

// collection are words that follow the artist of a mix, "X greatest hits".
var collection = set(`playlist songs hits greatest collection best kolazh mix megamix`)

// genres are words that a mix's title has where an artist could be.
var genres = set(`edm pop rock disco funk soul techno trance rap hip hop hiphop r&b country reggae metal phonk classical piano guitar acoustic hindi punjabi tamil telugu malayalam
	afro tropical dance vocal opm tagalog latin english arabic bass boosted old new all night day love sad happy late drive drives electronic ncs spotify tiktok wedding school`)

// leading is the words at the start of a text that may be a name: capitalised, or in
// a script without capitals, and neither a genre nor a word of mixes.
func leading(s string) string {
	n := 0
	for i, w := range strings.Fields(s) {
		folded := strings.Trim(strings.ToLower(w), ".,!'~()")
		if mixWords[folded] > 0 || genres[folded] || glue[folded] || isNumber(strings.TrimRight(folded, "'s")) || folded == "" || w == folded && w[0] < 0x80 {
			break
		}
		if n += len(w); i > 0 {
			n++
		}
		if i == 3 {
			return ""
		}
	}
	return s[:n]
}
