package catalog

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"cratedigger/pipeline/youtube"
)

// What a video may bring in. YouTube's own limits are 100 characters of
// title, 5,000 of description and 500 of tags; the rest is a hostile page.
const (
	maxTitle       = 1000   // bytes
	maxName        = 500    // bytes of a channel's name, a category, a text
	maxDescription = 20_000 // bytes
	maxTags        = 200
	maxTag         = 200  // bytes
	maxURL         = 2000 // bytes
	maxQueries     = 200  // query texts remembered of a video

	firstYear, lastYear = 1700, 2200 // moments are kept as nanoseconds from 1970, in 64 bits
)

// limit cuts a video to what the catalogue takes and counts each cut by name.
func limit(v *youtube.Video, cut map[string]int) {
	text := func(name string, s *string, most int) {
		if short := shorten(*s, most); short != *s {
			*s = short
			cut[name]++
		}
	}
	text("title", &v.Title, maxTitle)
	text("channel", &v.Channel, maxName)
	text("channel id", &v.ChannelID, maxName)
	text("published text", &v.PublishedText, maxName)
	text("category", &v.Category, maxName)
	text("description", &v.Description, maxDescription)
	if len(v.ThumbnailURL) > maxURL { // half an address is none
		v.ThumbnailURL = ""
		cut["thumbnail"]++
	}
	if len(v.Tags) > maxTags {
		v.Tags = v.Tags[:maxTags]
		cut["tags"]++
	}
	if len(v.Tags) > 0 {
		tags := make([]string, len(v.Tags)) // the caller's stay as they are
		copy(tags, v.Tags)
		for i := range tags {
			text("tag", &tags[i], maxTag)
		}
		v.Tags = tags
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

// shorten makes s valid UTF-8 of at most the given bytes, ending between two
// characters.
func shorten(s string, most int) string {
	if len(s) > most {
		for most > 0 && !utf8.RuneStart(s[most]) {
			most--
		}
		s = strings.Clone(s[:most]) // let go of the page
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// Cuts tells what was cut from what came in since the catalogue was opened,
// by the name of the field.
func (c *Catalog) Cuts() map[string]int {
	c.cutMu.Lock()
	defer c.cutMu.Unlock()
	cuts := make(map[string]int, len(c.cut))
	for k, v := range c.cut {
		cuts[k] = v
	}
	return cuts
}

func (c *Catalog) addCuts(cut map[string]int) {
	if len(cut) == 0 {
		return
	}
	c.cutMu.Lock()
	for k, v := range cut {
		c.cut[k] += v
	}
	c.cutMu.Unlock()
	c.log.Warn("values were cut to the size that the catalogue takes", "cut", cut)
}

// finite makes a number that JSON can hold.
func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}
