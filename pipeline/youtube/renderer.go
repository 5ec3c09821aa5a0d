package youtube

import (
	"strconv"
	"strings"
	"time"
)

// readVideoRenderer reads a videoRenderer or one of its variants, and reports
// whether it is an advertisement.
func readVideoRenderer(c *cursor, at time.Time) (v Video, ad bool) {
	var views, short string
	var owner, byline channelRef
	c.object(func(key []byte) {
		switch string(key) {
		case "videoId":
			v.ID = c.string()
		case "title", "headline":
			v.Title = c.text()
		case "ownerText", "longBylineText":
			owner = owner.or(readChannel(c))
		case "shortBylineText":
			byline = byline.or(readChannel(c))
		case "publishedTimeText":
			v.PublishedText = c.text()
		case "viewCountText":
			views = c.text()
		case "shortViewCountText":
			short = c.text()
		case "lengthText":
			if n, ok := parseLength(c.text()); ok {
				v.DurationSeconds = &n
			}
		case "upcomingEventData":
			v.Upcoming = true
			c.into(func() { v.StartsAt = unixTime(c.string()) }, "startTime")
		case "badges":
			readBadges(c, func(style string) {
				switch {
				case strings.HasSuffix(style, "LIVE_NOW"):
					v.Live = true
				case strings.HasSuffix(style, "_AD"):
					ad = true
				}
			})
		case "ownerBadges":
			readBadges(c, func(style string) {
				if strings.HasSuffix(style, "VERIFIED_ARTIST") {
					v.ArtistChannel = true
				}
			})
		case "thumbnailOverlays":
			c.into(func() { v.overlayStyle(c.string()) }, "[]", "thumbnailOverlayTimeStatusRenderer", "style")
		case "detailedMetadataSnippets":
			c.into(func() { v.Description = c.text() }, "[]", "snippetText")
		case "descriptionSnippet":
			if t := c.text(); v.Description == "" {
				v.Description = t
			}
		case "navigationEndpoint":
			c.object(func(key []byte) {
				if string(key) == "reelWatchEndpoint" {
					v.Short = true
				}
			})
		case "thumbnail":
			v.ThumbnailURL = readThumbnail(c)
		}
	})
	channel := owner.or(byline)
	v.Channel, v.ChannelID = channel.name, channel.id
	v.setViews(views, short)
	v.finish(at)
	return v, ad
}

// overlayStyle sets the flags for the style of a thumbnail's badge.
func (v *Video) overlayStyle(style string) {
	switch style {
	case "SHORTS":
		v.Short = true
	case "LIVE":
		v.Live = true
	case "UPCOMING":
		v.Upcoming = true
	}
}

// setViews reads the count shown with a row: views, or people watching.
func (v *Video) setViews(exact, short string) {
	s := plainNumber(firstOf(exact, short))
	m := marksIn(s)
	n, approximate, ok := parseCount(s, m)
	if _, aged := parseAge(s, m); ok && !aged {
		v.setCount(n, approximate, &m)
	}
}

// setCount sets views, people watching or people waiting, as the marks say.
// Without a mark the state of the video decides.
func (v *Video) setCount(n int64, approximate bool, m *marks) {
	people := m.countsPeople()
	switch {
	case people && m.has(markWaiting):
		v.Upcoming = true
	case people && v.DurationSeconds == nil:
		v.Live, v.Upcoming = true, false // a running premiere has viewers too
	}
	if people || !m.countsViews() && (v.Live || v.Upcoming) {
		v.Viewers = &n
	} else {
		v.Views, v.ViewsApproximate = &n, approximate
	}
}

// finish sets what follows from the other fields.
func (v *Video) finish(at time.Time) {
	s := plainNumber(v.PublishedText)
	m := marksIn(s)
	age, aged := parseAge(s, m)
	if start, ok := parseStart(s, &m, at); ok && !aged && !v.Live {
		v.Upcoming = true
		if v.StartsAt.IsZero() {
			v.StartsAt = start
		}
	}
	switch {
	case v.Upcoming: // not published yet, and without views
		v.Live, v.PublishedText, v.Published = false, "", Date{}
		v.Views, v.ViewsApproximate = nil, false
	case v.Live:
		v.DurationSeconds = nil
	}
	switch {
	case v.Published.Known() || v.PublishedText == "":
	case !aged:
		v.Published = parseDate(v.PublishedText)
	case !at.IsZero():
		v.Published = age.Before(at)
	}
}

// channelRef is a channel's name and id from a text with a link.
type channelRef struct{ name, id string }

// or fills missing fields from other.
func (r channelRef) or(other channelRef) channelRef {
	if r.name == "" {
		r.name = other.name
	}
	if r.id == "" {
		r.id = other.id
	}
	return r
}

// readChannel reads a byline: runs with a browse endpoint or, for a
// collaboration, with a dialog that lists the channels, the uploader first.
func readChannel(c *cursor) (ref channelRef) {
	var content string
	var runs pieces
	c.object(func(key []byte) {
		switch string(key) {
		case "simpleText", "content":
			content = c.string()
		case "runs":
			c.array(func(int) {
				c.object(func(key []byte) {
					switch string(key) {
					case "text":
						runs.add(c.string())
					case "navigationEndpoint":
						if id := readBrowseID(c); ref.id == "" {
							ref.id = id
						}
					}
				})
			})
		case "commandRuns":
			c.into(func() {
				if id := readBrowseID(c); ref.id == "" {
					ref.id = id
				}
			}, "[]", "onTap", "innertubeCommand")
		}
	})
	if ref.name = string(runs); ref.name == "" {
		ref.name = content
	}
	return ref
}

// readBrowseID returns the channel id of an endpoint, or that of the first
// channel in a dialog of collaborators.
func readBrowseID(c *cursor) (id string) {
	take := func(found string) {
		if id == "" && ValidChannelID(found) {
			id = found
		}
	}
	c.object(func(key []byte) {
		switch string(key) {
		case "browseEndpoint":
			c.into(func() { take(c.string()) }, "browseId")
		case "showDialogCommand":
			c.into(func() { take(firstCollaborator(c)) }, "panelLoadingStrategy", "inlineContent", "dialogViewModel",
				"customContent", "listViewModel", "listItems", "[]", "listItemViewModel")
		}
	})
	return id
}

// firstCollaborator returns the channel id of one row of the dialog, from the
// link on the title, on the row or on the avatar.
func firstCollaborator(c *cursor) (id string) {
	take := func() {
		if found := readBrowseID(c); id == "" {
			id = found
		}
	}
	c.object(func(key []byte) {
		switch string(key) {
		case "title":
			c.into(take, "commandRuns", "[]", "onTap", "innertubeCommand")
		case "rendererContext":
			c.into(take, "commandContext", "onTap", "innertubeCommand")
		case "leadingAccessory":
			c.into(take, "avatarViewModel", "endpoint", "innertubeCommand")
		}
	})
	return id
}

func readBadges(c *cursor, each func(style string)) {
	c.into(func() { each(c.string()) }, "[]", "metadataBadgeRenderer", "style")
}

// readThumbnail returns the last, largest picture of a thumbnail object.
func readThumbnail(c *cursor) (url string) {
	c.object(func(key []byte) {
		switch string(key) {
		case "thumbnails", "sources":
			c.into(func() { url = webAddress(c.string()) }, "[]", "url")
		}
	})
	return url
}

// webAddress adds a missing scheme to an address, and returns "" for schemes
// other than http and https.
func webAddress(address string) string {
	switch {
	case strings.HasPrefix(address, "//"):
		return "https:" + address
	case strings.HasPrefix(address, "https://"), strings.HasPrefix(address, "http://"):
		return address
	}
	return ""
}

func unixTime(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > 1<<33 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}
