package pick

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/song"
)

// look holds the values by which two videos are compared.
type look struct {
	id       string
	channel  string
	title    string   // words of the cleaned title, sorted
	words    []string // of the cleaned title and the tags, sorted, each once
	seconds  int64    // 0 when unknown
	category string
	song     string   // its key, "" where it is not sure
	artists  []string // their keys
	said     song.Words
}

var defaultPackaging = feature.NewPackaging(feature.DefaultPackaging)

func lookOf(v catalog.Video, packaging *feature.Packaging) look {
	l := look{id: v.ID, channel: feature.ChannelKey(v), category: v.Category}
	title := feature.Words(packaging.Clean(v.Title))
	sorted := slices.Clone(title)
	slices.Sort(sorted)
	l.title = strings.Join(sorted, " ")
	l.words = sorted
	for _, t := range v.Tags[:min(len(v.Tags), 20)] {
		l.words = append(l.words, feature.Words(packaging.Clean(t))...)
	}
	slices.Sort(l.words)
	l.words = slices.Compact(l.words)
	if v.DurationSeconds != nil {
		l.seconds = *v.DurationSeconds
	}
	return l
}

// duplicate reports whether two videos seem to be the same recording: they are
// surely or likely of the same song, or the words of their cleaned titles are equal or
// nearly so, and their lengths, if both are known, differ by at most two seconds.
// Versions of a song, such as a live one, are not the same, nor are songs that are
// surely others, unless their titles are the same words.
func duplicate(a, b look) bool {
	if a.id == b.id {
		return true
	}
	if a.said.Likely(b.said) {
		return true
	}
	if a.song != "" && b.song != "" && (a.title != b.title || song.KinOf(a.song) == song.KinOf(b.song)) {
		return a.song == b.song
	}
	if a.title == "" || b.title == "" {
		return false
	}
	near := math.Abs(float64(a.seconds-b.seconds)) <= 2
	known := a.seconds > 0 && b.seconds > 0
	if a.title == b.title {
		return !known || near || a.channel == b.channel
	}
	return known && near && overlap(strings.Fields(a.title), strings.Fields(b.title)) >= 0.75
}

// looksOf is the looks of several videos.
func (o Options) looksOf(videos []catalog.Video) []look {
	looks := make([]look, len(videos))
	for i, v := range videos {
		looks[i] = o.look(v)
	}
	return looks
}

// look is the look of one video.
func (o Options) look(v catalog.Video) look {
	l := lookOf(v, o.Packaging)
	if o.Songs != nil {
		l.song, l.artists = o.Songs.Song(v), o.Songs.Artists(v)
		l.said = song.WordsOf(catalog.Upload(v.Video), v.Song, l.seconds)
	}
	return l
}

// again says why a video may not be posted again, or returns "" if it may. looks are
// those of o.Posted.
func (o Options) again(l look, looks []look) Bar {
	var bar Bar
	for i, p := range looks {
		switch {
		case p.id == l.id:
			return BarPosted
		case o.Posted[i].Again && (p.song != "" && p.song == l.song || p.said.Likely(l.said)):
		case duplicate(l, p):
			bar = BarReupload
		}
	}
	return bar
}

// together reports whether two videos may not stand in one slot: a slot has one
// pick a channel, one an artist, and no re-upload.
func together(a, b look) bool {
	return duplicate(a, b) || a.channel != "" && a.channel == b.channel ||
		slices.ContainsFunc(a.artists, func(key string) bool { return slices.Contains(b.artists, key) })
}

// alike is the similarity of two videos, 0 to 1.
func alike(a, b look) float64 {
	s := 0.7 * overlap(a.words, b.words)
	if a.channel != "" && a.channel == b.channel {
		s += 0.3
	}
	return s
}

// Alike is how alike videos are to one of them by words and channel, 0 to 1.
func Alike(videos []catalog.Video, to catalog.Video, packaging *feature.Packaging) []float64 {
	packaging = cmp.Or(packaging, defaultPackaging)
	one, out := lookOf(to, packaging), make([]float64, len(videos))
	for i, v := range videos {
		out[i] = alike(lookOf(v, packaging), one)
	}
	return out
}

// overlap is the cosine of two sorted word sets.
func overlap(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			n++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return float64(n) / math.Sqrt(float64(len(a))*float64(len(b)))
}
