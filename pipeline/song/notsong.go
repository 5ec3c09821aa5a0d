package song

import (
	"slices"
	"strings"
)

// mixWords are words of playlists, radios and compilations with their weights. A
// title whose weights sum to 2 is a mix.
var mixWords = weighted(`playlist 2.6 playlists 2.6 compilation 1.5 megamix 2 nonstop 1.5 kolazh 2.6 hits 1 songs 1 mix .9 mixes 1 mixtape 1.5 hours 1.2 hour .7 best .5 top .5 greatest .7 popular .7 music .4
	vibes .8 nostalgia 1 nostalgic 1 throwback 1 relaxing 1 relax .7 relaxation 1 chill .5 chillout .8 study .7 studying 1 focus .7 sleep .5 concentration .7 jazz .4 lofi .7 lo-fi .7 ambience 1 background .6
	house .3 deep .2 vol .5 collection 1 mood .5 beats .7 instrumental .3 bossa .5 nova .3 cafe .5 coffee .5 style .8 musicas .8 músicas .8 hit .3 gaming .7 ultimate .4 lounge .5 party .2 summer .3 winter .2 christmas .2
	canciones 1 éxitos 1 exitos 1 lieder .7 сборник 2 хиты 1 песни .8 лучшие .7 плейлист 2 노래모음 2 모음 1.2 メドレー 1.5 作業用bgm 2 bgm 1 bollywood .4 romantic .3 super .3 anos .3 dj .2 set .2 session .2 ambient .3 radio .5 jukebox 2 full-album 2 old .2 trending .5 latest .2 devotional .6 mashups 1 remixes 1 medley .6 morning .3
	techno .4 trance .4 dubstep .4 edm .4 hardstyle .4 synthwave .4 retrowave .4 phonk .3 dnb .5 drum .2 bass .2 liquid .2`)

// talkWords are words of videos that are not music, weighted likewise.
var talkWords = weighted(`interview 1.5 podcast 2 vlog 1.2 documentary 1.5 explained 2 episode 1.5 unboxing 2 gameplay 2 trailer 1.5 news 1 scenes 1 behind 1 funniest 2 funny 1 memes 2 meme 1.5 pov 1.5 sketch 1 judges 1.2 audition .5 scandale 1.5
	reason .5 story .6 explains 1.5 investigation 1.5 election 2 president 1 trump 1 screensaver 2 million .2 ceremony .8 announcement 1.5 review 1.5 speech 1 cats .6 viral .7 how .3 why .4 compilation .7 actually .8 apps 1 crazy .2 sub .3 eng .3 bomb .3 host .7 interviews 2 backstage 1.5 blooper 2 bloopers 2 vlogs 1.5
	интервью 2 обзор 1.5 новости 1.5 выпуск 1.5 entrevista 2 noticias 1.5 debate 1 #shorts 1 fyp 1.5 foryou 1.5 loi .3 vs .2 shocking 1 introduction .8 build .5 lesson 1.5 tutorial .7 talks .3 about .2 play .2 great .2 track .2`)

// phrases have weights beside those of their words. One of its words is in the lists,
// so that a title without such words need not be searched for phrases.
var phrases = []struct {
	text      string
	mix, talk float64
}{
	{"best of", 1, 0}, {"greatest hits", 1, 0}, {"no copyright songs", 1, 0}, {"top 1", 1, 0}, {"top 2", 1, 0}, {"top 3", 1, 0}, {"top 4", 1, 0}, {"top 5", 1, 0},
	{"1 hour of", 1, 0}, {"hours of", 1, 0}, {"music for", 1, 0}, {"to relax", 1, 0}, {"mix lyrics", 3, 0}, {"dj set", 2, 0}, {"essential mix", 1.5, 0},
	{"album review", 0, 1}, {"track review", 0, 1}, {"interview with", 0, 1}, {"talks about", 0, 2}, {"how to play", 0, 2}, {"this song great", 0, 2},
}

// signals holds both weights of a word, for mix and for talk.
var signals = func() map[string][2]float64 {
	m := map[string][2]float64{}
	for i, list := range []map[string]float64{mixWords, talkWords} {
		for word, weight := range list {
			both := m[word]
			both[i] = weight
			m[word] = both
		}
	}
	return m
}()

// notSong recognises mixes, albums and talk by their words.
func (t *title) notSong() (Song, bool) {
	t.lower = t.low(t.text)
	t.all = t.words(t.lower)
	lower, ws := t.lower, t.all
	if t.channel.topic {
		return Song{}, false // YouTube makes these channels of single tracks
	}
	if t.album(lower) {
		t.kind = Album
		return Song{}, false // artist and name are read like a song's
	}
	if t.reaction(lower) {
		t.kind = Reaction
		return Song{}, false // the names of the song that somebody reacts to are read
	}
	mix, talk := weigh(ws)
	mix += names(t.text, ws) + decades(ws)
	talk += t.sentence(ws)
	if mix < .35 && talk == 0 {
		return Song{}, false // the phrases and the rest cannot add up to 2
	}
	if at := strings.LastIndexByte(t.text, '#'); at >= 0 && isNumber(t.text[at+1:]) {
		mix += .6 // of a series
	}
	for _, p := range phrases {
		if strings.Contains(lower, p.text) {
			mix, talk = mix+p.mix, talk+p.talk
		}
	}
	if !strings.Contains(t.text, " - ") && slices.Contains(ws, "mix") && slices.Contains(t.words(withoutBrackets(lower)), "mix") {
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
	if at := strings.Index(lower, "behind the scenes"); at >= 0 {
		if strings.Contains(t.text, " - ") && len(lower) == len(t.text) {
			t.kind, t.text = Talk, strings.TrimSpace(t.text[:at]+t.text[at+len("behind the scenes"):])
			return Song{}, false // the names of its song are read
		}
		talk++
	}
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

// reaction reports whether the video shows somebody who reacts to a song, and cuts
// the title to what it says about the song.
func (t *title) reaction(lower string) bool {
	if len(lower) != len(t.text) || !slices.ContainsFunc(t.all, func(w string) bool {
		return kindOf[w] == Reaction || w == "react" || w == "hearing" || w == "listening"
	}) {
		return false
	}
	for _, lead := range []string{"reacts to ", "react to ", "reacting to ", "reaction to ", "first time hearing ", "first time listening to ", "реакция на "} {
		if at := strings.Index(lower, lead); at >= 0 {
			t.text = strings.TrimSpace(t.text[at+len(lead):])
			return true
		}
	}
	for _, phrase := range []string{"first time reaction", "reaction video", "reaction & analysis", "reaction and analysis", "first time hearing"} {
		if at := strings.Index(lower, phrase); at >= 0 {
			t.text = strings.TrimSpace(t.text[:at] + t.text[at+len(phrase):])
			return true
		}
	}
	return strings.HasPrefix(lower, "react: ") || slices.ContainsFunc(t.all, func(w string) bool { return kindOf[w] == Reaction && w != "reaction" })
}

// album reports whether a title says that it is a whole album, and removes that
// phrase from the title.
func (t *title) album(lower string) bool {
	if !slices.ContainsFunc(t.all, func(w string) bool {
		switch w {
		case "album", "álbum", "full", "альбом", "concertos", "symphonies", "works":
			return true
		}
		return false
	}) {
		return false
	}
	for _, phrase := range []string{"full album", "full álbum", "(album)", "album completo", "álbum completo", "full lp", "full ep", "полный альбом"} {
		if at := strings.Index(lower, phrase); at >= 0 && len(lower) == len(t.text) && !strings.Contains(lower, "songs") {
			if phrase[0] != '(' {
				t.text = strings.TrimSpace(strings.TrimRight(t.text[:at], " *~-|(") + " " + strings.TrimLeft(t.text[at+len(phrase):], " *~)]"))
			}
			return true
		}
	}
	return strings.Contains(lower, " concertos") || strings.Contains(lower, " symphonies") || strings.Contains(lower, "complete works")
}

// weigh sums the weights of the words. A word that is repeated at once counts once.
func weigh(ws []string) (mix, talk float64) {
	for i, w := range ws {
		if i == 0 || ws[i-1] != w {
			signal := signals[w]
			mix, talk = mix+signal[0], talk+signal[1]
		}
	}
	return mix, talk
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

// sentence is the weight of a title that looks like a sentence: many words, no
// separator, and no sign of a performance.
func (t *title) sentence(ws []string) float64 {
	if len(ws) < 6 || slices.ContainsFunc(ws, performance) {
		return 0
	}
	inner, _, _ := quoted(t.text)
	if n := len(t.words(inner)); n > 6 && strings.Contains(t.text, ": ") || n > 5 && strings.ContainsAny(inner, "!?") {
		return 2.4
	}
	if at, _, _ := separate(t.text, 2); at >= 0 && !strings.HasPrefix(t.text[at:], "..") || strings.Contains(t.text, " - ") || len(ws) < 8 || inner != "" || strings.ContainsAny(t.text, "([") {
		return 0
	}
	sum := .2 * float64(len(ws)-5)
	if strings.ContainsAny(t.text, "!?$") || strings.Contains(t.text, "..") {
		sum++
	}
	return sum
}

// performance reports whether a word is a sign of one: "by", a verb such as "plays", or
// the year of a recording.
func performance(w string) bool {
	return w == "by" || w == "feat" || w == "ft" || w != "sing" && verbs[w] || isYear(w) && w < "2020"
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
	lower := t.words(text)
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
