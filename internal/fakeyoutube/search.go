package fakeyoutube

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
)

// search is one question: a text with filters, and which page of the answer.
type search struct {
	text, params string
	page         int // from 0
}

// filters are the fields of `sp` that this YouTube knows.
type filters struct{ upload, kind, length, sort uint64 }

// parseFilters reads the protobuf of `sp` or `params`, encoded once or twice.
// As on YouTube, a wrong one is ignored.
func parseFilters(params string) (f filters) {
	for range 2 {
		if decoded, err := url.QueryUnescape(params); err == nil {
			params = decoded
		}
	}
	params = strings.NewReplacer("-", "+", "_", "/").Replace(params)
	raw, err := base64.StdEncoding.DecodeString(params)
	if err != nil {
		return filters{}
	}
	eachField(raw, func(field, value uint64, bytes []byte) {
		switch {
		case field == 1:
			f.sort = value
		case field == 2:
			eachField(bytes, func(field, value uint64, _ []byte) {
				switch field {
				case 1:
					f.upload = value
				case 2:
					f.kind = value
				case 3:
					f.length = value
				}
			})
		}
	})
	return f
}

func eachField(raw []byte, each func(field, value uint64, bytes []byte)) {
	for len(raw) > 0 {
		tag, n := binary.Uvarint(raw)
		if n <= 0 {
			return
		}
		raw = raw[n:]
		value, n := binary.Uvarint(raw)
		if n <= 0 {
			return
		}
		raw = raw[n:]
		switch tag & 7 {
		case 0:
			each(tag>>3, value, nil)
		case 2:
			if value > uint64(len(raw)) {
				return
			}
			each(tag>>3, 0, raw[:value])
			raw = raw[value:]
		default:
			return
		}
	}
}

func (f filters) pass(v *Video, now time.Time) bool {
	age := now.Sub(v.Published)
	if limit, ok := map[uint64]time.Duration{2: day, 3: 7 * day, 4: 31 * day, 5: 366 * day}[f.upload]; ok && (age > limit || v.Upcoming) {
		return false
	}
	minutes := float64(v.Seconds) / 60
	live := v.Streaming || v.Upcoming
	switch f.length {
	case 4:
		return !live && minutes < 3
	case 5:
		return !live && minutes >= 3 && minutes <= 20
	case 2:
		return !live && minutes > 20
	}
	return true
}

// find returns the videos that answer a search, best first: by how many of
// the query's words they hold, with some chance, newer ones ahead.
func (c *catalogue) find(q search, now time.Time) []*Video {
	f := parseFilters(q.params)
	words := fields(q.text)
	type hit struct {
		v     *Video
		score float64
	}
	var hits []hit
	for _, v := range c.videos {
		if v.Published.After(now) && !v.Upcoming || !f.pass(v, now) {
			continue
		}
		matched := matches(words, v)
		if matched == 0 {
			continue
		}
		ageDays := max(0, now.Sub(v.Published).Hours()/24)
		score := matched + 0.6*noise(c.seed, q.text, v.ID) + 0.5/(1+ageDays/3) + 0.2*v.Traits.Quality
		if f.sort == 3 {
			score = float64(v.views(now))
		}
		hits = append(hits, hit{v, score})
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return strings.Compare(a.v.ID, b.v.ID)
	})
	videos := make([]*Video, len(hits))
	for i, h := range hits {
		videos[i] = h.v
	}
	return videos
}

// matches is the share of the words that a video has; "music", "new" and
// years are in all of them.
func matches(words []string, v *Video) float64 {
	if len(words) == 0 {
		return 0
	}
	text := strings.ToLower(v.Title + " " + strings.Join(v.Tags, " ") + " " + v.Channel + " " + v.Description + " " + v.Traits.Genre)
	n, specific := 0.0, 0
	for _, w := range words {
		if commonWords[w] {
			n += 0.2
			continue
		}
		specific++
		if strings.Contains(text, w) {
			n++
		}
	}
	if specific > 0 && n < 1 {
		return 0
	}
	return n / float64(len(words))
}

var commonWords = map[string]bool{
	"music": true, "new": true, "song": true, "songs": true, "official": true, "video": true, "best": true, "the": true, "a": true,
	"música": true, "musica": true, "nova": true, "release": true, "releases": true, "2025": true, "2026": true, "2027": true,
}

func fields(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
}
