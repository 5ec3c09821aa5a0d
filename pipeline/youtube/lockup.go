package youtube

import (
	"strings"
	"time"
)

// readLockup reads a lockupViewModel, which stands for a video, a playlist
// or something else; content says which: "VIDEO", "PLAYLIST", "".
func readLockup(c *cursor, at time.Time) (v Video, content string) {
	var rows [][]lockupPart
	c.object(func(key []byte) {
		switch string(key) {
		case "contentId":
			v.ID = c.string()
		case "contentType":
			content = strings.TrimPrefix(c.string(), "LOCKUP_CONTENT_TYPE_")
		case "contentImage":
			c.into(func() { v.readLockupImage(c) }, "thumbnailViewModel")
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
	v.readLockupRows(rows)
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
			p.artist = strings.Contains(string(c.src[min(start, len(c.src)):c.pos]), "AUDIO_BADGE")
		case "avatarStack":
			c.into(func() { p.channelRef = p.or(readChannel(c)) }, "avatarStackViewModel", "text")
		}
	})
	return p
}

// readLockupRows tells channel, views, age and viewers apart by what they
// say: their places differ from page to page.
func (v *Video) readLockupRows(rows [][]lockupPart) {
	var plain []lockupPart
	filled := 0
	for i, row := range rows {
		any := false
		for _, p := range row {
			text := strings.TrimSpace(p.name)
			if text == "" && p.id == "" {
				continue
			}
			any = true
			_, _, counts := ParseCount(text)
			_, aged := ParseAge(text)
			switch {
			case p.id != "":
				v.Channel, v.ChannelID, v.ArtistChannel = text, p.id, p.artist
			case aged:
				v.PublishedText = text
			case counts && isWatching(text):
				v.setViews(text, "")
			case counts && isViews(text):
				v.setViews(text, "")
			case ParseDate(text).Known() && i > 0:
				if !v.Upcoming {
					v.PublishedText = text
				}
			case counts && i > 0 && v.Views == nil:
				v.setViews(text, "")
			default:
				plain = append(plain, p)
			}
		}
		if any {
			filled++
		}
	}
	if v.Channel == "" && filled > 1 && len(plain) > 0 {
		v.Channel = strings.TrimSpace(plain[0].name)
	}
}

// readLockupImage reads picture and badge: the badge's text is the length,
// its style tells live and upcoming apart.
func (v *Video) readLockupImage(c *cursor) {
	badge := func() {
		c.into(func() {
			c.object(func(key []byte) {
				switch string(key) {
				case "text":
					if n, ok := ParseLength(c.text()); ok && v.DurationSeconds == nil {
						v.DurationSeconds = &n
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
}
