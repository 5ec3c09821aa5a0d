package youtube

import (
	"slices"
	"strings"
	"time"
)

// readLockup reads a lockupViewModel: a video, a playlist or something else, as
// content says: "VIDEO", "PLAYLIST", "".
func readLockup(c *cursor, at time.Time) (v Video, content string) {
	var rows [][]lockupPart
	var badge string
	c.object(func(key []byte) {
		switch string(key) {
		case "contentId":
			v.ID = c.string()
		case "contentType":
			content = strings.TrimPrefix(c.string(), "LOCKUP_CONTENT_TYPE_")
		case "contentImage":
			c.into(func() { badge = v.readLockupImage(c) }, "thumbnailViewModel")
		case "metadata":
			c.into(func() {
				c.object(func(key []byte) {
					switch string(key) {
					case "title":
						v.Title = c.text()
					case "metadata":
						c.into(func() {
							rows = append(rows, nil)
							c.into(func() { rows[len(rows)-1] = append(rows[len(rows)-1], readLockupPart(c)) }, "metadataParts", "[]")
						}, "contentMetadataViewModel", "metadataRows", "[]")
					}
				})
			}, "lockupMetadataViewModel")
		}
	})
	// A video with an unknown badge that is not a length is taken for upcoming,
	// unless its rows have an age or views.
	guess := badge != "" && v.DurationSeconds == nil && !v.Live && !v.Upcoming && !v.Short
	v.Upcoming = v.Upcoming || guess
	v.readLockupRows(rows, at)
	if guess && (v.PublishedText != "" || v.Views != nil) {
		if v.Upcoming = false; v.Views == nil {
			v.Views, v.Viewers = v.Viewers, nil
		}
	}
	v.finish(at)
	return v, content
}

// lockupPart is one text of a lockup's metadata, with the channel it links to.
type lockupPart struct {
	channelRef
	artist bool
}

func readLockupPart(c *cursor) (p lockupPart) {
	c.object(func(key []byte) {
		switch string(key) {
		case "text":
			start := c.pos
			p.channelRef = readChannel(c)
			p.name = strings.TrimSpace(p.name)
			p.artist = strings.Contains(string(c.src[min(start, len(c.src)):c.pos]), "AUDIO_BADGE")
		case "avatarStack":
			c.into(func() { p.channelRef = p.or(readChannel(c)) }, "avatarStackViewModel", "text")
		}
	})
	return p
}

// readLockupRows finds channel, views, age and viewers. The first of several
// rows is the channel, whatever its name looks like; the others are recognised
// by their text, as their order differs from page to page.
func (v *Video) readLockupRows(rows [][]lockupPart, at time.Time) {
	filled := rows[:0]
	for _, row := range rows {
		if row = slices.DeleteFunc(row, func(p lockupPart) bool { return p.name == "" && p.id == "" }); len(row) > 0 {
			filled = append(filled, row)
		}
	}
	if len(filled) > 1 && !isMetadata(filled[0]) {
		v.setLockupChannel(filled[0][0]) // a part with a link replaces it
		filled[0] = slices.DeleteFunc(filled[0], func(p lockupPart) bool { return p.id == "" })
	}
	for _, row := range filled {
		var texts []string
		for _, p := range row {
			switch {
			case p.id == "":
				texts = append(texts, strings.Split(p.name, " • ")...)
			case v.ChannelID == "":
				v.setLockupChannel(p)
			}
		}
		views := -1
		if len(texts) > 1 {
			views = 0
		}
		v.readTexts(texts, views, at)
	}
}

func (v *Video) setLockupChannel(p lockupPart) {
	v.Channel, v.ChannelID, v.ArtistChannel = p.name, p.id, p.artist
}

// isMetadata reports whether a row of several parts holds views and age. The
// first row does on a page that shows the channel elsewhere.
func isMetadata(row []lockupPart) bool {
	for _, p := range row {
		m := marksIn(plainNumber(p.name))
		if p.id != "" || !m.has(markViews) && !m.has(markAgo) && !m.countsPeople() {
			return false
		}
	}
	return len(row) > 1
}

// readTexts reads views, viewers and times from the texts of a row. A number
// without a word that says what it counts is taken for views only if the text
// is a bare number or the one with the index views.
func (v *Video) readTexts(texts []string, views int, at time.Time) {
	unmarked := ""
	for i, text := range texts {
		s := plainNumber(text)
		m := marksIn(s)
		n, approximate, counts := parseCount(s, m)
		_, aged := parseAge(s, m)
		start, starts := parseStart(s, &m, at)
		switch {
		case aged:
			v.PublishedText = text
		case starts && !v.Live:
			if v.Upcoming = true; v.StartsAt.IsZero() {
				v.StartsAt = start
			}
		case counts && (m.countsViews() || m.countsPeople()):
			v.setCount(n, approximate, &m)
		case parseDate(text).Known():
			v.PublishedText = text
		case counts && unmarked == "" && (i == views || isBare(s)):
			unmarked = text
		}
	}
	if v.Views == nil && v.Viewers == nil {
		v.setViews(unmarked, "")
	}
}

// isBare reports whether a text is only a number, with or without a unit.
func isBare(s string) bool {
	_, rest := splitNumeral(strings.TrimSpace(s))
	word, after := nextWord(rest)
	_, unit := words().units[word]
	return len(rest) < len(s) && (word == "" || unit && strings.TrimSpace(after) == "")
}

// readLockupImage reads thumbnail and badge. The badge's text is the length, or
// says, as its style may too, that the video is live or upcoming. A text that
// is neither is returned.
func (v *Video) readLockupImage(c *cursor) (unknown string) {
	badge := func() {
		c.into(func() {
			c.object(func(key []byte) {
				switch string(key) {
				case "text":
					text := c.text()
					m := marksIn(plainNumber(text))
					n, isLength := parseLength(text)
					switch {
					case isLength && v.DurationSeconds == nil:
						v.DurationSeconds = &n
					case m.has(markUpcoming):
						v.Upcoming = true
					case m.has(markLive):
						v.Live = true
					case !isLength && !strings.ContainsAny(plainNumber(text), "0123456789"):
						unknown = text
					}
				case "badgeStyle":
					switch style := c.string(); {
					case strings.Contains(style, "LIVE"):
						v.Live = true
					case strings.Contains(style, "UPCOMING"):
						v.Upcoming = true
					}
				case "icon":
					c.into(func() {
						switch name := c.string(); {
						case strings.HasPrefix(name, "LIVE"):
							v.Live = true
						case strings.Contains(name, "SHORTS"):
							v.Short = true
						}
					}, "sources", "[]", "clientResource", "imageName")
				}
			})
		}, "[]", "thumbnailBadgeViewModel")
	}
	c.object(func(key []byte) {
		switch string(key) {
		case "image":
			v.ThumbnailURL = readThumbnail(c)
		case "overlays":
			c.array(func(int) {
				c.object(func(key []byte) {
					switch string(key) {
					case "thumbnailBottomOverlayViewModel":
						c.into(badge, "badges")
					case "thumbnailOverlayBadgeViewModel":
						c.into(badge, "thumbnailBadges")
					}
				})
			})
		}
	})
	return unknown
}
