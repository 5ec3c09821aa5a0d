package youtube

import (
	"slices"
	"strings"
)

// A Credit is one song that YouTube's music section says is heard in a video.
type Credit struct{ Song, Artist string }

// maxMusic bounds the songs of a music section. A long mix names some thirty.
const maxMusic = 50

// music collects a page's music section, in page order, each song once.
type music []Credit

func (m *music) add(c Credit) {
	c = Credit{strings.TrimSpace(c.Song), strings.TrimSpace(c.Artist)}
	if c.Song != "" && len(*m) < maxMusic && !slices.Contains(*m, c) {
		*m = append(*m, c)
	}
}

// readItem reads one part of the structured description, of today or of 2022 to 2023.
func (m *music) readItem(c *cursor) {
	c.object(func(kind []byte) {
		switch string(kind) {
		case "horizontalCardListRenderer":
			c.into(func() { m.readCard(c) }, "cards", "[]", "videoAttributeViewModel")
		case "videoAttributesSectionViewModel":
			c.into(func() { m.readCard(c) }, "videoAttributeViewModels", "[]", "videoAttributeViewModel")
		case "videoDescriptionMusicSectionRenderer":
			c.into(func() { m.readLockup(c) }, "carouselLockups", "[]", "carouselLockupRenderer")
		}
	})
}

// readCard reads a card of today. Cards of people and games look alike, but only
// songs have the square picture of a record, or a list of credits. That list names
// all artists; the card only the first of some.
func (m *music) readCard(c *cursor) {
	var credit Credit
	var style, credits string
	c.object(func(key []byte) {
		switch string(key) {
		case "title":
			credit.Song = c.text()
		case "subtitle":
			credit.Artist = c.text()
		case "imageStyle":
			style = c.string()
		case "overflowMenuOnTap":
			c.into(func() { credits += c.text() + "\n" }, "innertubeCommand", "confirmDialogEndpoint", "content", "confirmDialogRenderer", "dialogMessages", "[]")
		}
	})
	if credits == "" && !strings.HasSuffix(style, "_SQUARE") || style != "" && !strings.HasSuffix(style, "_SQUARE") {
		return
	}
	for line := range strings.Lines(credits) { // "Song: Name", "Artist: First, Second", "Album: Name"
		_, names, ok := strings.Cut(line, ": ")
		if names = strings.TrimSpace(names); ok && names != credit.Song && strings.HasPrefix(names+", ", credit.Artist+", ") {
			credit.Artist = names
			break
		}
	}
	m.add(credit)
}

// readLockup reads a song of 2022 to 2023: rows with English labels, as the pages are
// asked for in English. The name of a song with a video of its own is that video's.
func (m *music) readLockup(c *cursor) {
	var credit Credit
	c.object(func(key []byte) {
		switch string(key) {
		case "videoLockup":
			c.into(func() { credit.Song = c.text() }, "compactVideoRenderer", "title")
		case "infoRows":
			c.into(func() {
				var label, text string
				c.object(func(key []byte) {
					switch string(key) {
					case "title":
						label = c.text()
					case "defaultMetadata":
						text = c.text()
					}
				})
				credit.set(label, text)
			}, "[]", "infoRowRenderer")
		}
	})
	m.add(credit)
}

// readRows reads the rows below the description of 2020 to 2022. Each song has some,
// and a label that comes again begins the next song.
func (m *music) readRows(c *cursor) {
	var credit Credit
	c.into(func() {
		var label, text string
		c.object(func(key []byte) {
			switch string(key) {
			case "title":
				label = c.text()
			case "contents":
				c.array(func(i int) {
					if t := c.text(); i == 0 {
						text = t
					}
				})
			}
		})
		if strings.EqualFold(label, "Song") {
			m.add(credit)
			credit = Credit{}
		}
		credit.set(label, text)
	}, "metadataRowContainerRenderer", "rows", "[]", "metadataRowRenderer")
	m.add(credit)
}

// set sets the field with the label.
func (c *Credit) set(label, text string) {
	switch {
	case strings.EqualFold(label, "Song"):
		c.Song = text
	case strings.EqualFold(label, "Artist"):
		c.Artist = text
	}
}
