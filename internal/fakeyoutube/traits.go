package fakeyoutube

import "time"

// Traits are what a video is in truth, hidden from whoever reads the pages.
type Traits struct {
	Genre    string  // one of Genres
	Mood     string  // one of moodNames
	Era      string  // "80s", "90s", "2000s", "now"
	Language string  // of title and song: "en", "pt", "ja", …
	Format   string  // "video", "audio", "lyrics", "live", "acoustic", "cover", "remix", "mix", "short", "stream", "karaoke", "reaction"
	Energy   float64 // 0 calm to 1 wild
	Quality  float64 // 0 poor to 1 excellent: shows in the like ratio
	Live     bool    // a performance before an audience

	// Of a world of songs alone; "" of a mix.
	Artist    string // who performs: of a cover the one who covers
	Song      string // by whom and its name: of a cover the original
	Recording string // the song and its version; uploads that sound the same share it
}

// Video is one video of the catalogue with its traits.
type Video struct {
	ID, Title, Description string
	Channel, ChannelID     string
	Collaborator           string // second channel of a collaboration
	Tags                   []string
	Seconds                int
	Published              time.Time // UTC; the start, of a live or upcoming video
	Traits                 Traits

	Short, Streaming, Upcoming bool

	popularity float64 // views at which the growth ends
	pace       float64 // days in which most of them come
	likeShare  float64 // likes per view
	hd         bool
	hidesLikes bool
	withdrawn  bool
	artist     bool
	channel    int
}

// Genres lists the genres of the catalogue; each finds its videos as a query.
func Genres() []string { return append([]string(nil), genreNames...) }

// genre says what the videos of a genre tend to be.
type genre struct {
	name   string
	energy float64
	moods  []int    // indices of likely moods
	tags   []string // words that its titles and tags may use
	eras   []string
}

var genres = []genre{
	{"synthwave", 0.6, []int{2, 0}, []string{"synthwave", "retrowave", "outrun", "neon", "synth"}, []string{"80s", "now"}},
	{"lofi hip hop", 0.2, []int{3, 2}, []string{"lofi", "chillhop", "beats", "study"}, []string{"now"}},
	{"deep house", 0.7, []int{2, 1}, []string{"deep house", "house", "club", "ibiza"}, []string{"now", "2000s"}},
	{"techno", 0.9, []int{0, 4}, []string{"techno", "warehouse", "rave", "acid"}, []string{"90s", "now"}},
	{"metal", 1.0, []int{4, 0}, []string{"metal", "doom", "riff", "heavy"}, []string{"90s", "now", "2000s"}},
	{"indie folk", 0.3, []int{5, 3}, []string{"folk", "indie", "banjo", "songwriter"}, []string{"now", "2000s"}},
	{"jazz", 0.4, []int{3, 5}, []string{"jazz", "quartet", "sax", "bebop"}, []string{"now", "80s"}},
	{"hip hop", 0.7, []int{4, 1}, []string{"rap", "hip hop", "freestyle", "boom bap"}, []string{"90s", "2000s", "now"}},
	{"k-pop", 0.8, []int{1, 2}, []string{"kpop", "k-pop", "idol", "comeback"}, []string{"now"}},
	{"bossa nova", 0.2, []int{3, 1}, []string{"bossa nova", "mpb", "samba", "violão"}, []string{"80s", "now"}},
	{"afrobeat", 0.8, []int{1, 2}, []string{"afrobeat", "afrobeats", "lagos", "groove"}, []string{"now", "2000s"}},
	{"classical", 0.3, []int{3, 5}, []string{"piano", "orchestra", "sonata", "violin"}, []string{"now"}},
	{"punk", 0.95, []int{4, 1}, []string{"punk", "hardcore", "garage", "basement"}, []string{"80s", "90s", "now"}},
	{"shoegaze", 0.5, []int{2, 5}, []string{"shoegaze", "dream pop", "reverb", "haze"}, []string{"90s", "now"}},
	{"reggaeton", 0.85, []int{1, 4}, []string{"reggaeton", "perreo", "urbano", "dembow"}, []string{"2000s", "now"}},
	{"city pop", 0.5, []int{1, 2}, []string{"city pop", "シティポップ", "funk", "tokyo"}, []string{"80s", "now"}},
}

var genreNames = func() (names []string) {
	for _, g := range genres {
		names = append(names, g.name)
	}
	return names
}()

var moodNames = []string{"dark", "happy", "dreamy", "calm", "aggressive", "melancholic"}

// moodWords are the words of song titles by mood, in several languages.
var moodWords = map[string][][]string{
	"en": {
		{"Shadow", "Night", "Black", "Grave", "Void", "Smoke", "Wolves", "Ashes", "Cold Blood", "Ruin"},
		{"Sunshine", "Dance", "Gold", "Summer", "Smile", "Sugar", "Party", "Holiday", "Good Day", "Kiss"},
		{"Dream", "Stars", "Ocean", "Moonlight", "Float", "Glow", "Satellite", "Aurora", "Mirage", "Haze"},
		{"Rain", "Morning", "River", "Slow", "Garden", "Breeze", "Quiet", "Tea", "Window", "Sunday"},
		{"Fire", "War", "Break", "Rage", "Scream", "Hammer", "Fight", "Riot", "Bullet", "Burn It Down"},
		{"Goodbye", "Alone", "Tears", "Empty", "Lost", "Winter", "Letters", "Broken", "Without You", "Blue"},
	},
	"pt": {
		{"Sombra", "Noite", "Escuro", "Vazio"}, {"Alegria", "Verão", "Dançar", "Sol"}, {"Sonho", "Lua", "Estrela", "Mar"},
		{"Chuva", "Manhã", "Calma", "Jardim"}, {"Fogo", "Guerra", "Grito", "Raiva"}, {"Saudade", "Adeus", "Solidão", "Lágrimas"},
	},
	"es": {
		{"Sombra", "Noche", "Oscuro", "Ceniza"}, {"Fiesta", "Verano", "Bailar", "Feliz"}, {"Sueño", "Luna", "Estrellas", "Cielo"},
		{"Lluvia", "Mañana", "Despacio", "Jardín"}, {"Fuego", "Guerra", "Grito", "Furia"}, {"Adiós", "Soledad", "Lágrimas", "Perdido"},
	},
	"fr": {
		{"Ombre", "Nuit", "Noir", "Cendres"}, {"Fête", "Été", "Danse", "Soleil"}, {"Rêve", "Lune", "Étoiles", "Brume"},
		{"Pluie", "Matin", "Doucement", "Rivière"}, {"Feu", "Guerre", "Cri", "Rage"}, {"Adieu", "Seul", "Larmes", "Hiver"},
	},
	"de": {
		{"Schatten", "Nacht", "Schwarz", "Asche"}, {"Sommer", "Tanz", "Freude", "Sonne"}, {"Traum", "Mond", "Sterne", "Nebel"},
		{"Regen", "Morgen", "Langsam", "Fluss"}, {"Feuer", "Krieg", "Schrei", "Wut"}, {"Abschied", "Allein", "Tränen", "Winter"},
	},
	"ja": {
		{"影", "夜", "闇", "灰"}, {"夏", "踊る", "太陽", "笑顔"}, {"夢", "月", "星", "海"}, {"雨", "朝", "静か", "川"}, {"炎", "戦い", "叫び", "怒り"}, {"さよなら", "ひとり", "涙", "冬"},
	},
	"ko": {
		{"그림자", "밤", "어둠", "재"}, {"여름", "춤", "태양", "미소"}, {"꿈", "달", "별", "바다"}, {"비", "아침", "조용히", "강"}, {"불", "전쟁", "외침", "분노"}, {"안녕", "혼자", "눈물", "겨울"},
	},
	"ru": {
		{"Тень", "Ночь", "Пепел", "Тьма"}, {"Лето", "Танцуй", "Солнце", "Праздник"}, {"Сон", "Луна", "Звёзды", "Море"},
		{"Дождь", "Утро", "Тихо", "Река"}, {"Огонь", "Война", "Крик", "Ярость"}, {"Прощай", "Один", "Слёзы", "Зима"},
	},
	"hi": {
		{"साया", "रात", "अँधेरा", "राख"}, {"सावन", "नाच", "धूप", "ख़ुशी"}, {"सपना", "चाँद", "तारे", "सागर"}, {"बारिश", "सुबह", "धीरे", "नदी"}, {"आग", "जंग", "चीख", "गुस्सा"}, {"अलविदा", "तन्हा", "आँसू", "सर्दी"},
	},
	"ar": {
		{"ظل", "ليل", "ظلام", "رماد"}, {"فرح", "صيف", "رقص", "شمس"}, {"حلم", "قمر", "نجوم", "بحر"}, {"مطر", "صباح", "هدوء", "نهر"}, {"نار", "حرب", "صرخة", "غضب"}, {"وداع", "وحيد", "دموع", "شتاء"},
	},
}

// languages with their share of channels, most common first.
var languages = []struct {
	code  string
	share float64
}{{"en", 0.55}, {"pt", 0.07}, {"es", 0.09}, {"ja", 0.06}, {"ko", 0.05}, {"fr", 0.05}, {"de", 0.04}, {"ru", 0.04}, {"hi", 0.03}, {"ar", 0.02}}

// packaging is what is written around a song's name, by format.
var packaging = map[string][]string{
	"video":    {" (Official Music Video)", " (Official Video)", " [Official Video]", " | Official MV", " (Clipe Oficial)", " (Video Oficial)", "", " MV", " (Official 4K Video)"},
	"audio":    {" (Official Audio)", " [Audio]", "", " (Visualizer)", " (Audio Oficial)", " - Topic Release"},
	"lyrics":   {" (Lyrics)", " [Lyric Video]", " (Letra)", " (Official Lyric Video)"},
	"live":     {" (Live)", " - Live at the Harbour Hall", " | KEXQ Live Session", " (En Vivo)", " (Ao Vivo)", " live 2019 [full set]"},
	"acoustic": {" (Acoustic)", " - acoustic session", " (Unplugged)", " (Acústico)"},
	"cover":    {" (Cover)", " - piano cover", " | guitar cover", " cover by request"},
	"remix":    {" (Remix)", " - extended mix", " (Nightcore)", " (slowed + reverb)", " [Bootleg]"},
	"mix":      {" - 1 hour mix", " | Full Album", " DJ set", " [Playlist]", " mix for work & focus"},
	"short":    {" #shorts", " 🔥 #shorts", " #viral", ""},
	"stream":   {" 24/7 radio", " - live radio 🔴", " | live now"},
}
