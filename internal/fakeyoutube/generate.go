package fakeyoutube

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// channel is one channel of the catalogue.
type channel struct {
	name, id, language string
	genre              int
	fans               float64 // subscribers
	taste              float64 // 0 to 1: quality of what it uploads
	artist             bool
}

const (
	initialVideos = 1500
	channelCount  = 140
	videosADay    = 70
	day           = 24 * time.Hour
)

// catalogue is the generated world: what was there at the start and, day by
// day, what came since.
type catalogue struct {
	seed     uint64
	start    time.Time
	perDay   int
	plain    bool // without hostile titles
	channels []channel
	videos   []*Video
	byID     map[string]*Video
	days     int // days since start that have been generated
	songs    *songbook
}

func newCatalogue(seed uint64, start time.Time, plain, songs bool, initial, perDay int) *catalogue {
	c := &catalogue{seed: seed, start: start.UTC(), perDay: perDay, plain: plain, byID: map[string]*Video{}}
	if songs {
		c.openSongs(initial)
		return c
	}
	rng := c.stream("channels")
	for i := range channelCount {
		c.channels = append(c.channels, c.newChannel(rng, i))
	}
	rng = c.stream("initial")
	for range initial {
		c.add(c.newVideo(rng, c.start.Add(-age(rng))))
	}
	return c
}

// age draws how long a video that a search finds has been there: most some months to
// some years.
func age(rng *rand.Rand) time.Duration {
	return min(time.Duration(math.Exp(rng.NormFloat64()*1.6+4.6)*float64(day)), 15*365*day)
}

// stream is a source of randomness of its own for each part of the world, so
// that one part does not change another.
func (c *catalogue) stream(part string) *rand.Rand {
	h := uint64(14695981039346656037)
	for _, b := range []byte(part) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(c.seed, h))
}

// advance generates what appeared up to now.
func (c *catalogue) advance(now time.Time) {
	for ; c.perDay > 0 && c.start.Add(time.Duration(c.days)*day).Before(now); c.days++ {
		rng := c.stream(fmt.Sprint("day ", c.days))
		from := c.start.Add(time.Duration(c.days) * day)
		for range c.perDay {
			at := from.Add(time.Duration(rng.Float64() * float64(day)))
			if c.songs != nil {
				c.add(c.newUpload(rng, at))
			} else {
				c.add(c.newVideo(rng, at))
			}
		}
	}
}

func (c *catalogue) add(v *Video) {
	if c.byID[v.ID] != nil {
		return
	}
	c.videos = append(c.videos, v)
	c.byID[v.ID] = v
}

func (c *catalogue) newChannel(rng *rand.Rand, i int) channel {
	ch := channel{
		id: "UC" + randomID(rng, 22), genre: i % len(genres), fans: math.Exp(rng.NormFloat64()*2 + 9),
		taste: clamp(0.5 + 0.25*rng.NormFloat64()), artist: rng.Float64() < 0.3,
	}
	ch.language = languageOf(rng, &genres[ch.genre])
	ch.name = bandName(rng)
	switch rng.IntN(8) {
	case 0:
		ch.name += " Records"
	case 1:
		ch.name += " - Topic"
	case 2:
		ch.name = "The " + ch.name
	case 3:
		ch.name = strings.ToUpper(ch.name)
	}
	return ch
}

// languageOf draws the language of somebody who makes music of a genre.
func languageOf(rng *rand.Rand, g *genre) (code string) {
	pick := rng.Float64()
	for _, l := range languages {
		code = l.code
		if pick -= l.share; pick < 0 {
			break
		}
	}
	switch g.name {
	case "k-pop":
		code = "ko"
	case "city pop":
		code = "ja"
	case "bossa nova":
		code = "pt"
	case "reggaeton":
		code = "es"
	}
	return code
}

var bandWords = [2][]string{
	{"Velvet", "Paper", "Golden", "Static", "Lunar", "Broken", "Electric", "Quiet", "Northern", "Crimson", "Plastic", "Wild", "Glass", "Midnight", "Copper", "Distant", "Hollow", "Silver", "Tropical", "Concrete"},
	{"Foxes", "Harbour", "Machine", "Orchard", "Signal", "Parade", "Lanterns", "Theory", "Animals", "Motel", "Choir", "Cassette", "Tigers", "Avenue", "Horizon", "Ghosts", "Garden", "Pilots", "Kitchen", "Satellites"},
}

func bandName(rng *rand.Rand) string {
	return bandWords[0][rng.IntN(len(bandWords[0]))] + " " + bandWords[1][rng.IntN(len(bandWords[1]))]
}

// formats with their share.
var formats = []struct {
	name  string
	share float64
}{
	{"video", 0.3}, {"audio", 0.14}, {"lyrics", 0.1}, {"live", 0.12}, {"acoustic", 0.08}, {"cover", 0.07},
	{"remix", 0.07}, {"mix", 0.05}, {"short", 0.05}, {"stream", 0.02},
}

// newVideo makes one video of a random channel.
func (c *catalogue) newVideo(rng *rand.Rand, published time.Time) *Video {
	index := rng.IntN(len(c.channels))
	ch := &c.channels[index]
	g := &genres[ch.genre]
	if rng.Float64() < 0.15 { // channels stray from their genre
		g = &genres[rng.IntN(len(genres))]
	}
	t := Traits{Genre: g.name, Language: ch.language, Era: g.eras[rng.IntN(len(g.eras))]}
	mood := g.moods[rng.IntN(len(g.moods))]
	if rng.Float64() < 0.3 {
		mood = rng.IntN(len(moodNames))
	}
	t.Mood = moodNames[mood]
	pick := rng.Float64()
	for _, f := range formats {
		t.Format = f.name
		if pick -= f.share; pick < 0 {
			break
		}
	}
	t.Energy = clamp(g.energy + 0.15*rng.NormFloat64() + moodEnergy[mood])
	if t.Format == "acoustic" || t.Format == "live" && rng.Float64() < 0.1 {
		t.Energy *= 0.6
	}
	t.Live = t.Format == "live"
	t.Quality = clamp(0.6*ch.taste + 0.4*rng.Float64() + 0.05*rng.NormFloat64())
	v := c.video(rng, index, published, t)
	if t.Format == "video" && rng.Float64() < 0.04 {
		v.Collaborator = c.channels[rng.IntN(len(c.channels))].name
	}
	v.Seconds = seconds(rng, t)
	v.Title, v.Tags = c.title(rng, v, g, mood)
	v.Description = describe(rng, v, g)
	return v
}

// video is a video of a channel with the numbers that follow from its traits.
func (c *catalogue) video(rng *rand.Rand, index int, published time.Time, t Traits) *Video {
	ch := &c.channels[index]
	v := &Video{
		ID: randomID(rng, 11), Channel: ch.name, ChannelID: ch.id, channel: index, artist: ch.artist,
		Published: published.UTC().Truncate(time.Second), Traits: t,
		Short: t.Format == "short", Streaming: t.Format == "stream",
		popularity: math.Exp(rng.NormFloat64()*1.3+1.2*(t.Quality-0.5)) * (200 + ch.fans*0.15),
		pace:       5 + 60*rng.Float64(),
		likeShare:  math.Max(0.001, 0.01+0.05*t.Quality+0.012*rng.NormFloat64()),
		hd:         rng.Float64() < 0.85, hidesLikes: rng.Float64() < 0.02,
	}
	if v.Streaming && rng.Float64() < 0.4 {
		v.Streaming, v.Upcoming = false, true
	}
	return v
}

var moodEnergy = []float64{0.05, 0.1, -0.05, -0.2, 0.2, -0.1}

func seconds(rng *rand.Rand, t Traits) int {
	switch t.Format {
	case "short":
		return 15 + rng.IntN(45)
	case "mix":
		return 2400 + rng.IntN(5400)
	case "live":
		return 240 + rng.IntN(500)
	}
	return int(clampTo(215+55*rng.NormFloat64()-30*(t.Energy-0.5), 65, 600))
}

// title writes a title as people write them: packaging, genre words and moods
// show only sometimes.
func (c *catalogue) title(rng *rand.Rand, v *Video, g *genre, mood int) (string, []string) {
	song := songName(rng, v.Traits.Language, mood)
	artist := strings.TrimSuffix(strings.TrimSuffix(v.Channel, " - Topic"), " Records")
	if strings.HasSuffix(v.Channel, "Records") || v.Traits.Format == "cover" || v.Traits.Format == "remix" {
		artist = bandName(rng)
	}
	if v.Collaborator != "" {
		artist += " & " + v.Collaborator
	}
	pack := packaging[v.Traits.Format]
	return c.dress(rng, v, g, artist+" - "+song+pack[rng.IntN(len(pack))]), tagsOf(rng, g, mood, artist, song)
}

// songName makes a song's name of words of a mood.
func songName(rng *rand.Rand, language string, mood int) string {
	words := moodWords[language]
	if words == nil || rng.Float64() < 0.2 {
		words = moodWords["en"]
	}
	song := words[mood][rng.IntN(len(words[mood]))]
	if rng.Float64() < 0.25 { // the song says nothing of the mood
		other := words[rng.IntN(len(words))]
		song = other[rng.IntN(len(other))]
	}
	if rng.Float64() < 0.4 {
		second := moodWords["en"][rng.IntN(len(moodNames))]
		song += " " + second[rng.IntN(len(second))]
	}
	return song
}

// dress adds to a title what uploaders add.
func (c *catalogue) dress(rng *rand.Rand, v *Video, g *genre, title string) string {
	if rng.Float64() < 0.3 {
		title += " | " + g.tags[rng.IntN(len(g.tags))]
	}
	if v.Traits.Era != "now" && rng.Float64() < 0.35 {
		title += " (" + v.Traits.Era + ")"
	}
	switch odd := rng.IntN(25); {
	case odd == 0:
		title = strings.ToUpper(title)
	case odd == 1:
		title += " 🔥"
	case odd == 2:
		title = strings.ReplaceAll(title, " - ", "  -  ")
	case odd == 3 && !c.plain:
		title += " @everyone **listen** <3"
	case odd == 4 && !c.plain:
		title += ` "};</script>`
	}
	return title
}

// tagsOf are a video's tags, often none.
func tagsOf(rng *rand.Rand, g *genre, mood int, artist, song string) []string {
	tags := []string{"music", artist, song}
	for _, tag := range g.tags {
		if rng.Float64() < 0.6 {
			tags = append(tags, tag)
		}
	}
	if rng.Float64() < 0.5 {
		tags = append(tags, g.name)
	}
	if rng.Float64() < 0.3 {
		tags = append(tags, moodNames[mood]+" music")
	}
	if rng.Float64() < 0.15 {
		tags = nil
	}
	return tags
}

func describe(rng *rand.Rand, v *Video, g *genre) string {
	lines := []string{v.Title}
	if rng.Float64() < 0.6 {
		lines = append(lines, fmt.Sprintf("New %s from %s. Stream it everywhere: https://example.com/%s", g.tags[rng.IntN(len(g.tags))], v.Channel, strings.ToLower(v.ID)))
	}
	if v.Traits.Live {
		lines = append(lines, "Recorded live in front of a small audience.")
	}
	if rng.Float64() < 0.4 {
		lines = append(lines, "Subscribe for more "+g.name+" & others.", "#"+strings.ReplaceAll(g.tags[0], " ", ""))
	}
	return strings.Join(lines, "\n\n")
}

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func randomID(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = idAlphabet[rng.IntN(len(idAlphabet))]
	}
	return string(b)
}

func clamp(x float64) float64              { return clampTo(x, 0, 1) }
func clampTo(x, low, high float64) float64 { return math.Min(high, math.Max(low, x)) }

// views of a video grow fast at first and then level off.
func (v *Video) views(now time.Time) int64 {
	age := now.Sub(v.Published).Hours() / 24
	if age <= 0 || v.Upcoming {
		return 0
	}
	return int64(v.popularity * (1 - math.Exp(-age/v.pace)) * (1 + age/4000))
}

func (v *Video) likes(now time.Time) int64 { return int64(float64(v.views(now)) * v.likeShare) }

// noise is a number in [0, 1) that belongs to two texts.
func noise(seed uint64, a, b string) float64 {
	h := uint64(14695981039346656037) ^ seed
	for _, s := range []string{a, "\x00", b} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
	}
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	return float64(h>>11) / (1 << 53)
}

// encodeToken and decodeToken make the opaque tokens of further pages.
func encodeToken(q search) string {
	page := binary.AppendUvarint(nil, uint64(q.page))
	return base64.URLEncoding.EncodeToString([]byte(string(page) + q.params + "\x00" + q.text))
}

func decodeToken(token string) (q search, ok bool) {
	raw, err := base64.URLEncoding.DecodeString(token)
	if err != nil {
		return q, false
	}
	page, n := binary.Uvarint(raw)
	if n <= 0 || page > 1000 {
		return q, false
	}
	params, text, ok := strings.Cut(string(raw[n:]), "\x00")
	return search{text: text, params: params, page: int(page)}, ok
}
