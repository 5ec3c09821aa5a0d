package song

import (
	_ "embed"
	"strconv"
	"strings"
)

// givenNames are frequent first names. A text that begins with one is more likely a
// person than a song.
var givenNames = set(givenNameList)

//go:embed givennames.txt
var givenNameList string

// person reports whether words are a person's full name.
func person(ws []string) bool { return len(ws) > 1 && len(ws) < 5 && givenNames[ws[0]] }

func set(lists ...string) map[string]bool {
	m := map[string]bool{}
	for _, list := range lists {
		for _, w := range strings.Fields(list) {
			m[w] = true
		}
	}
	return m
}

// wrapping are words about the video rather than the song, as in "Official Video". A
// bracket, or the end of a title, with only such words is not part of a name.
var wrapping = set(`official officiel officielle oficial offizielles offizieller offizielle offical ufficiale officieel oficjalny
	video videos vídeo videoclip videoclipe clip clipe clips klip klipp mv m/v pv vid music musikvideo musicvideo audio son visualizer visualiser
	visual visuel lyric lyrics lyrical letra letras paroles testo tekst şarkı sözleri legendado sub subtitles subtitled subs subtitulado
	hd hq uhd fullhd 4k 8k 1080p 720p 480p 2160p 60fps 50fps 320kbps stereo mono remaster remastered remasterizado upscaled upgrade upgraded
	explicit clean uncensored censored new nuevo novo premiere exclusive wmv avi mp4 mp3 flv mpg mov m4v vob mpeg youtube preview 78rpm 45rpm rpm
	original version versión versão versione full complete promo download free release on-screen w/lyrics hi-res dvd rip
	official-video ao vivo captioned caption captions cc prod remastering
	премьера премьер клипа клип официальный официальное официальная видео видеоклип аудио текст песни лирика mood сниппет
	官方 完整版 公式 歌詞 歌詞付き オリジナル オリジナル曲 오피셜 뮤직비디오 الفيديو الرسمي حصرياً كليب فيديو
	topic vertical animated animation short footage tv totp performance pinoy opm`)

// glue are words that count as wrapping only between wrapping words.
var glue = set(`the a an and & with w of in from by for to on at + de con en da do avec mit und y com s`)

// kindOf tells a wrapping word's kind.
var kindOf = map[string]Kind{
	"video": Video, "vídeo": Video, "clip": Video, "clipe": Video, "videoclip": Video, "videoclipe": Video, "mv": Video, "m/v": Video, "pv": Video, "клип": Video, "клипа": Video, "видео": Video,
	"visualizer": Audio, "visualiser": Audio, "audio": Audio, "аудио": Audio,
	"lyric": Lyrics, "lyrics": Lyrics, "letra": Lyrics, "letras": Lyrics, "paroles": Lyrics, "lyrical": Lyrics, "歌詞付き": Lyrics, "текст": Lyrics,
	"live": Live, "vivo": Live, "ライブ": Live, "концерт": Live, "concert": Live, "session": Live, "sessions": Live, "unplugged": Live, "라이브": Live,
	"cover": Cover, "covers": Cover, "covered": Cover, "кавер": Cover, "カバー": Cover, "歌ってみた": Cover, "커버": Cover, "version cover": Cover,
	"remix": Remix, "rmx": Remix, "bootleg": Remix, "mashup": Remix, "ремикс": Remix, "リミックス": Remix, "flip": Remix,
	"karaoke": Karaoke, "караоке": Karaoke, "カラオケ": Karaoke, "minusone": Karaoke, "노래방": Karaoke,
	"nightcore": Nightcore, "slowed": Slowed, "dance": Dance, "choreography": Dance, "танец": Dance,
	"teaser": Teaser, "trailer": Trailer, "reaction": Reaction, "реакция": Reaction, "리액션": Reaction, "reacts": Reaction, "reacting": Reaction, "reacción": Reaction, "reagindo": Reaction, "リアクション": Reaction, "album": Album,
}

// subtitled are words of subtitles, which fans of foreign songs call karaoke when they
// follow the singing.
var subtitled = set(`eng english sub subs subbed subtitle subtitles romaji romanized romanised translation`)

// rank orders the kinds: if a title names several, the highest counts.
var rank = map[Kind]int{Video: 1, Audio: 2, Lyrics: 3, Dance: 4, Live: 5, Remix: 6, Cover: 7, Slowed: 8, SpedUp: 8, Nightcore: 8, Karaoke: 9, Classical: 10, Album: 11, Teaser: 12, Trailer: 12, Reaction: 13, Talk: 14}

// versions are words that make a bracket the name of a version, whatever else it
// contains.
var versions = set(`live remix mix edit version versión versão dub rmx bootleg mashup acoustic acústico acustico acoustique akustik acapella unplugged instrumental demo cover covered karaoke
	session sessions slowed sped nightcore remaster remastered extended radio vocal reprise rework refix vip flip medley tribute tutorial
	teaser trailer reaction реакция 리액션 караоке カラオケ lyric lyrics video audio clip clipe mv pv album single ep soundtrack ost soundtracks hd hq 4k
	concert festival tour show recorded premiere performance rehearsal copyright ver arrange choreography кавер ремикс клип клипа видео версия концерт 踊ってみた 歌ってみた カバー オリジナル オリジナル曲 東方
	ピアノ 楽譜あり 公式 mood official audio танец`)

// channelWords are last words of a channel's name that are not part of the artist's.
var channelWords = set(`official music tv channel oficial videos video band musik musica música songs youtube archive официальный канал officiel officialvideo公式 公式 hd vids`)

// labelWords are words in the names of channels with many artists.
var labelWords = set(`records recordings label labels karaoke lyrics letra letras playlist playlists hits radio network entertainment media nation archive oldies classics
	vintage mix mixes jazz songs memories legends gold publishing trap house production productions sounds collection`)

// credits are phrases before the name of a performer, longest first.
var credits = []string{"acoustic cover by ", "originally performed by ", "cover by ", "covered by ", "as performed by ", "performed by ", "as sung by ", "sung by ", "played by ", "vocals by ", "by the band ", "by: ", "by. ", "by ", "por ", "cover von ", "кавер от "}

// guestWords are words before the names of guests.
var guestWords = set(`feat feat. ft ft. featuring w/ part. prod prod. produced`)

// voices are synthesised singers, such as Vocaloids. Like guests they are not the
// artist.
var voices = []string{"初音ミク", "hatsune miku", "miku", "鏡音リン", "鏡音レン", "kagamine rin", "kagamine len", "巡音ルカ", "gumi", "meiko", "kaito", "v flower", "可不", "重音テト", "結月ゆかり", "音街ウナ", "闇音レンリ", "猫村いろは", "miki", "歌愛ユキ", "vocaloid", "ボカロ", "東北きりたん"}

// leanings are words that are more frequent in artists' names (above 0) or in songs'
// (below 0): log odds counted on the labelled titles, for function words, frequent
// words of songs, and frequent words of bands' names.
var leanings = weighted(leaningList)

//go:embed leanings.txt
var leaningList string

// weighted reads a list of words, each followed by its weight.
func weighted(list string) map[string]float64 {
	m := map[string]float64{}
	fields := strings.Fields(list)
	for i := 0; i+1 < len(fields); i += 2 {
		m[fields[i]], _ = strconv.ParseFloat(fields[i+1], 64) // TestWords reads them all
	}
	return m
}
