package fakeyoutube

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// A songbook is what the videos of a world of songs are uploads of.
type songbook struct {
	performers []performer
	songs      []*work
	names      map[string]bool  // of songs, with their performer
	strangers  map[string][]int // channels of others, by what they upload
}

// performer is an artist.
type performer struct {
	name, language string
	genre          int
	own, topic     int // channels
	taste          float64
}

// work is a song.
type work struct {
	by, with        int // performers; with is -1 of most
	title, language string
	genre, mood     int
	era             string
	energy, quality float64
	seconds         int
	has             map[string]bool // uploads of which there is one at most
}

const performerCount = 120

// uploads say what is uploaded, with its share. The first two release a song or belong
// to one that has none yet.
var uploads = []struct {
	form  string
	share float64
}{
	{"video", 0.22}, {"topic", 0.16}, {"lyrics", 0.12}, {"again", 0.1}, {"live", 0.1}, {"cover", 0.08}, {"remix", 0.06},
	{"acoustic", 0.05}, {"short", 0.03}, {"mix", 0.03}, {"karaoke", 0.02}, {"reaction", 0.02}, {"stream", 0.01},
}

// strangers are channels that perform nothing: how many, and what their names end in.
var strangers = []struct {
	form, ending string
	count        int
}{
	{"label", " Records", 6}, {"lyrics", " Lyrics", 8}, {"again", " Uploads", 12}, {"remix", " Edits", 5}, {"mix", " Mixes", 6},
	{"karaoke", " Karaoke", 3}, {"reaction", " Reacts", 4}, {"stream", " Radio", 3},
}

// openSongs makes the artists and what they and others have uploaded so far, the
// oldest first.
func (c *catalogue) openSongs(initial int) {
	b := &songbook{names: map[string]bool{}, strangers: map[string][]int{}}
	c.songs = b
	rng := c.stream("channels")
	for _, s := range strangers {
		for range s.count {
			b.strangers[s.form] = append(b.strangers[s.form], c.open(rng, bandName(rng)+s.ending, 0, false))
		}
	}
	var names []string
	for i := range performerCount {
		p := performer{name: artistName(rng), genre: i % len(genres), taste: clamp(0.5 + 0.25*rng.NormFloat64())}
		for slices.Contains(names, p.name) {
			p.name = artistName(rng)
		}
		names = append(names, p.name)
		p.language = languageOf(rng, &genres[p.genre])
		channel := p.name
		switch rng.IntN(8) {
		case 0:
			channel = strings.ReplaceAll(p.name, " ", "") + "VEVO"
		case 1:
			p.name = "The " + p.name
			channel = p.name
		case 2:
			channel = strings.ToUpper(p.name)
		}
		p.topic = c.open(rng, p.name+" - Topic", p.genre, false)
		if p.own = c.open(rng, channel, p.genre, true); rng.Float64() < 0.1 { // a label uploads it
			p.own = b.strangers["label"][rng.IntN(len(b.strangers["label"]))]
		}
		b.performers = append(b.performers, p)
	}
	rng = c.stream("initial")
	ages := make([]time.Duration, initial)
	for i := range ages {
		ages[i] = age(rng)
	}
	slices.SortFunc(ages, func(a, b time.Duration) int { return int(b/time.Second - a/time.Second) })
	for _, age := range ages {
		c.add(c.newUpload(rng, c.start.Add(-age)))
	}
}

// artistName invents a name. One in six real artists shares a word with another of a
// hundred; of bandName's all would.
func artistName(rng *rand.Rand) string {
	const consonants, vowels = "bdfghjklmnprstvz", "aeiou"
	word := func() (w string) {
		for range 2 + rng.IntN(2) {
			w += consonants[rng.IntN(len(consonants)):][:1] + vowels[rng.IntN(len(vowels)):][:1]
		}
		return strings.ToUpper(w[:1]) + w[1:] + []string{"", "", "n", "l", "r", "s"}[rng.IntN(6)]
	}
	switch pick := rng.Float64(); {
	case pick < 0.15:
		return word()
	case pick < 0.3:
		return word() + " " + bandWords[1][rng.IntN(len(bandWords[1]))]
	}
	return word() + " " + word()
}

// open makes a channel.
func (c *catalogue) open(rng *rand.Rand, name string, genre int, artist bool) int {
	c.channels = append(c.channels, channel{name: name, id: "UC" + randomID(rng, 22), genre: genre, fans: math.Exp(rng.NormFloat64()*2 + 9), artist: artist})
	return len(c.channels) - 1
}

// release makes a song of a performer.
func (c *catalogue) release(rng *rand.Rand) *work {
	b := c.songs
	by := min(rng.IntN(len(b.performers)), rng.IntN(len(b.performers))) // some release more
	p := &b.performers[by]
	s := &work{by: by, with: -1, genre: p.genre, language: p.language, has: map[string]bool{}}
	if rng.Float64() < 0.08 {
		if s.with = rng.IntN(len(b.performers)); s.with == by {
			s.with = -1
		}
	}
	if rng.Float64() < 0.15 { // artists stray from their genre
		s.genre = rng.IntN(len(genres))
	}
	g := &genres[s.genre]
	s.era, s.mood = g.eras[rng.IntN(len(g.eras))], g.moods[rng.IntN(len(g.moods))]
	if rng.Float64() < 0.3 {
		s.mood = rng.IntN(len(moodNames))
	}
	for s.title = songName(rng, p.language, s.mood); b.names[p.name+"/"+s.title]; {
		s.title = songName(rng, p.language, s.mood) + " " + songName(rng, "en", s.mood)
	}
	b.names[p.name+"/"+s.title] = true
	s.energy = clamp(g.energy + 0.15*rng.NormFloat64() + moodEnergy[s.mood])
	s.quality = clamp(0.6*p.taste + 0.4*rng.Float64() + 0.05*rng.NormFloat64())
	s.seconds = seconds(rng, Traits{Energy: s.energy})
	b.songs = append(b.songs, s)
	return s
}

// draw draws what is uploaded next and of which song, a new one perhaps.
func (c *catalogue) draw(rng *rand.Rand) (form string, s *work) {
	b, pick := c.songs, rng.Float64()
	for _, u := range uploads {
		form = u.form
		if pick -= u.share; pick < 0 {
			break
		}
	}
	if len(b.songs) == 0 {
		form = "video"
	} else {
		s = b.songs[rng.IntN(len(b.songs))]
	}
	if form == "video" || form == "topic" {
		if s == nil || s.has[form] || rng.Float64() < 0.5 {
			s = c.release(rng)
		}
		s.has[form] = true
	}
	return form, s
}

// newUpload makes one video of a world of songs.
func (c *catalogue) newUpload(rng *rand.Rand, published time.Time) *Video {
	b := c.songs
	form, s := c.draw(rng)
	t := Traits{
		Genre: genreNames[s.genre], Mood: moodNames[s.mood], Era: s.era, Language: s.language, Format: form, Energy: s.energy, Quality: s.quality,
		Artist: b.performers[s.by].name,
	}
	t.Song = t.Artist + "/" + s.title
	artist, index, length := t.Artist, b.performers[s.by].own, s.seconds+rng.IntN(9)-4
	if s.with >= 0 {
		artist += []string{" & ", " x ", ", "}[rng.IntN(3)] + b.performers[s.with].name
	}
	if others := b.strangers[form]; len(others) > 0 && (form != "lyrics" || rng.Float64() < 0.7) {
		index = others[rng.IntN(len(others))]
	}
	title, version := artist+" - "+s.title, ""
	pack := packaging[form]
	if len(pack) > 0 {
		pack = pack[rng.IntN(len(pack)):][:1]
		title += pack[0]
	}
	switch form {
	case "topic":
		t.Format, index, title = "audio", b.performers[s.by].topic, s.title
	case "video":
		if rng.Float64() < 0.15 { // the channel says who it is
			title = s.title + pack[0]
		}
	case "again":
		t.Format, t.Quality = "video", clamp(t.Quality-0.1)
		title = []string{artist + " - " + s.title, artist + " - " + s.title, s.title + " - " + artist, s.title + " by " + artist, artist + " " + s.title}[rng.IntN(5)]
	case "live", "acoustic":
		version, t.Live, t.Quality, length = form, form == "live", clamp(t.Quality+0.1*rng.NormFloat64()), length+rng.IntN(90)
		if form == "acoustic" || rng.Float64() < 0.1 {
			t.Energy *= 0.6
		}
	case "cover":
		coverer := &b.performers[(s.by+1+rng.IntN(len(b.performers)-1))%len(b.performers)]
		version, index = "cover by "+coverer.name, coverer.own
		title = []string{coverer.name + " - " + s.title + " (" + t.Artist + " cover)", s.title + " - " + t.Artist + " (Cover by " + coverer.name + ")"}[rng.IntN(2)]
		t.Genre, t.Artist, t.Quality = genreNames[coverer.genre], coverer.name, clamp(0.6*coverer.taste+0.4*t.Quality)
	case "remix":
		version = pack[0]
	case "short":
		length = 15 + rng.IntN(45)
	case "karaoke":
		version, title = form, title+" (Karaoke Version)"
	case "reaction":
		version, title, length = form, "First time hearing "+title+" | REACTION", 2*length+rng.IntN(400)
	case "mix", "stream": // of many
		t.Artist, t.Song, length = "", "", seconds(rng, Traits{Format: "mix"})
		title = []string{"Best of " + t.Genre, t.Mood + " " + t.Genre, strings.ToUpper(t.Genre) + " " + published.Format("2006")}[rng.IntN(3)] + pack[0]
	}
	if t.Song != "" {
		t.Recording = t.Song + "/" + version
	}
	v := c.video(rng, index, published, t)
	v.Seconds = length
	g := &genres[slices.Index(genreNames, t.Genre)]
	v.Tags = tagsOf(rng, g, s.mood, artist, s.title)
	if form == "topic" { // YouTube writes these itself
		v.Title = title
		v.Description = fmt.Sprintf("Provided to YouTube by %s\n\n%s · %s\n\n%[2]s\n\n℗ %s\n\nReleased on: %s\n\nAuto-generated by YouTube.",
			c.channels[b.strangers["label"][s.by%len(b.strangers["label"])]].name, s.title, strings.NewReplacer(" & ", " · ", " x ", " · ", ", ", " · ").Replace(artist), published.Format("2006"), published.Format(time.DateOnly))
		return v
	}
	v.Title = c.dress(rng, v, g, title)
	v.Description = describe(rng, v, g)
	return v
}
