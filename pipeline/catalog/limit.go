package catalog

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cratedigger/pipeline/youtube"
)

// Limits of a video's fields. YouTube's own limits are 100 characters of title,
// 5,000 of description and 500 of tags; only a hostile page exceeds ours.
const (
	MaxTitle       = 1000   // bytes
	MaxName        = 500    // bytes of a channel's name, a category, a text
	maxDescription = 20_000 // bytes
	maxTags        = 200
	maxTag         = 200  // bytes
	maxMusic       = 50   // songs of the music section
	maxURL         = 2000 // bytes
	maxQueries     = 200  // query texts remembered of a video

	firstYear, lastYear = 1700, 2200 // times are stored as nanoseconds since 1970, in 64 bits
)

// MaxNeighbours is how many neighbours of a page are kept at most.
const MaxNeighbours = 25

// What is kept of a guild.
const (
	// KeptModels is how many versions of its model, besides the champion if that is older.
	KeptModels = 5
	// MaxRuns is how many runs of all guilds, each an equal part of them, but LeastRuns of
	// each at least: with many guilds that is some days, and a post finds its search.
	MaxRuns   = 5000
	LeastRuns = 20
	// SlotAttempts is how often a slot is tried: one during which the program died is
	// tried again after the restart, but not for ever.
	SlotAttempts = 3
	// HeldFor is how long after its minute a pick is still held. By then the slot was
	// posted, or is too old to be made up.
	HeldFor = 24 * time.Hour
)

// Limit cuts a sighting to the limits, counts each cut by field, and gives it a time if it
// has none.
func (s *Sighting) Limit(now time.Time, cut map[string]int) {
	limit(&s.Video, cut)
	s.Query = Shorten(s.Query, MaxName)
	if s.At.IsZero() {
		s.At = now
	}
	s.At = s.At.UTC()
	all := s.Neighbours
	if len(all) > MaxNeighbours {
		all = all[:MaxNeighbours]
		cut["beside"]++
	}
	s.Neighbours = nil
	for _, n := range all {
		if CheckIDs(n.ID) != nil || len(n.ID) > 64 {
			cut["bad id"]++
			continue
		}
		n.Channel, n.Title = Shorten(n.Channel, MaxName), Shorten(n.Title, MaxTitle)
		s.Neighbours = append(s.Neighbours, n)
	}
}

// limit cuts a video to the limits and counts each cut by field.
func limit(v *youtube.Video, cut map[string]int) {
	text := func(name string, s *string, most int) {
		if short := Shorten(*s, most); short != *s {
			*s = short
			cut[name]++
		}
	}
	text("title", &v.Title, MaxTitle)
	text("channel", &v.Channel, MaxName)
	text("channel id", &v.ChannelID, MaxName)
	text("published text", &v.PublishedText, MaxName)
	text("category", &v.Category, MaxName)
	text("description", &v.Description, maxDescription)
	if len(v.ThumbnailURL) > maxURL { // a truncated address is useless
		v.ThumbnailURL = ""
		cut["thumbnail"]++
	}
	if len(v.Tags) > maxTags {
		v.Tags = v.Tags[:maxTags]
		cut["tags"]++
	}
	if len(v.Tags) > 0 {
		tags := make([]string, len(v.Tags)) // leaves the caller's slice unchanged
		copy(tags, v.Tags)
		for i := range tags {
			text("tag", &tags[i], maxTag)
		}
		v.Tags = tags
	}
	if len(v.Music) > maxMusic {
		v.Music = v.Music[:maxMusic]
		cut["music"]++
	}
	v.Music = slices.Clone(v.Music)
	for i := range v.Music {
		text("music", &v.Music[i].Song, MaxName)
		text("music", &v.Music[i].Artist, MaxName)
	}
	for _, n := range []**int64{&v.Subscribers, &v.Views, &v.Viewers, &v.Likes, &v.Dislikes, &v.DurationSeconds, &v.Width, &v.Height} {
		if *n != nil && **n < 0 {
			*n = nil
			cut["negative number"]++
		}
	}
	if y := v.Published.Time.Year(); v.Published.Known() && (y < firstYear || y > lastYear) {
		v.Published = youtube.Date{}
		cut["date"]++
	}
	if y := v.StartsAt.Year(); !v.StartsAt.IsZero() && (y < firstYear || y > lastYear) {
		v.StartsAt = time.Time{}
		cut["date"]++
	}
}

// Shorten makes s valid UTF-8 and cuts it to at most the given bytes, between two
// characters.
func Shorten(s string, most int) string {
	if len(s) > most {
		for most > 0 && !utf8.RuneStart(s[most]) {
			most--
		}
		s = strings.Clone(s[:most]) // so that the page can be freed
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
