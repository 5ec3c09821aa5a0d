package youtube

import (
	"strings"
	"time"
)

// nextFacts are the video's data in ytInitialData or in the body of a next
// answer.
type nextFacts struct {
	id, title, views string
	date, relative   string
	owner            channelRef
	ownerTitle       string // of a collaboration, "A and B"
	collaboration    bool
	subscribers      string
	description      string
	likes, dislikes  string // labels or numbers
	sentiment        string // "likes / dislikes"
	live, upcoming   bool
	startsAt         time.Time
	artist           bool
	likesPlain       string
	neighbours       neighbourList
	music            music
}

// readNext reads ytInitialData of a watch page.
func (r *watchReader) readNext(data []byte) {
	n := &r.next
	c := &cursor{src: data}
	c.object(func(key []byte) {
		switch string(key) {
		case "contents":
			c.object(func(key []byte) {
				if string(key) != "twoColumnWatchNextResults" && string(key) != "singleColumnWatchNextResults" {
					return
				}
				c.object(func(key []byte) {
					switch string(key) {
					case "results":
						c.into(func() { r.readMain(c) }, "results", "contents", "[]")
					case "secondaryResults":
						c.into(func() { n.neighbours.read(c) }, "secondaryResults", "results")
					case "playlist": // of a mix
						c.into(func() { n.neighbours.read(c) }, "playlist", "contents")
					}
				})
			})
		case "engagementPanels":
			c.into(func() { n.music.readItem(c) }, "[]", "engagementPanelSectionListRenderer", "content", "structuredDescriptionContentRenderer", "items", "[]")
		case "currentVideoEndpoint":
			c.into(func() { n.id = c.string() }, "watchEndpoint", "videoId")
		case "responseContext":
			if r.page.Language == "" {
				r.page.Language, r.page.Region = contextLanguage(c)
			}
		}
	})
	r.page.Broken = r.page.Broken || c.bad
}

// readMain reads one entry of the column with the video.
func (r *watchReader) readMain(c *cursor) {
	n := &r.next
	c.object(func(kind []byte) {
		switch string(kind) {
		case "videoPrimaryInfoRenderer":
			r.primary = true
			n.readPrimary(c)
			n.readSchedule(r.at)
		case "videoSecondaryInfoRenderer":
			n.readSecondary(c)
		case "itemSectionRenderer": // why there is no video
			c.into(func() { r.player.readErrorScreen(c) }, "contents", "[]", "backgroundPromoRenderer")
		}
	})
}

func (n *nextFacts) readPrimary(c *cursor) {
	c.object(func(key []byte) {
		switch string(key) {
		case "title":
			n.title = c.text()
		case "viewCount":
			c.into(func() {
				c.object(func(key []byte) {
					switch string(key) {
					case "viewCount":
						n.views = c.text()
					case "isLive":
						n.live = c.bool()
					}
				})
			}, "videoViewCountRenderer")
		case "dateText":
			n.date = c.text()
		case "relativeDateText":
			n.relative = c.text()
		case "videoActions":
			c.into(func() { n.readButtons(c) }, "menuRenderer", "topLevelButtons", "[]")
		case "sentimentBar":
			c.into(func() { n.sentiment = c.string() }, "sentimentBarRenderer", "tooltip")
		case "updatedMetadataEndpoint":
			c.into(func() {
				if id := c.string(); n.id == "" {
					n.id = id
				}
			}, "updatedMetadataEndpoint", "videoId")
		}
	})
}

// readSchedule distinguishes upcoming from running streams: YouTube calls both
// live.
func (n *nextFacts) readSchedule(at time.Time) {
	views := marksIn(plainNumber(n.views))
	date := plainNumber(n.date)
	says := marksIn(date)
	start, ok := parseStart(date, &says, at)
	if !views.countsViews() && views.has(markWaiting) || n.live && ok {
		n.upcoming, n.startsAt = true, start
	}
}

func (n *nextFacts) readSecondary(c *cursor) {
	c.object(func(key []byte) {
		switch string(key) {
		case "owner":
			c.into(func() { n.readOwner(c) }, "videoOwnerRenderer")
		case "attributedDescription":
			n.description = c.text()
		case "description":
			if d := c.text(); n.description == "" {
				n.description = d
			}
		case "metadataRowContainer":
			n.music.readRows(c)
		}
	})
}

func (n *nextFacts) readOwner(c *cursor) {
	c.object(func(key []byte) {
		switch string(key) {
		case "title":
			n.owner = readChannel(c).or(n.owner)
		case "attributedTitle":
			ref := readChannel(c)
			n.ownerTitle, n.collaboration = ref.name, true
			n.owner = n.owner.or(channelRef{id: ref.id})
		case "navigationEndpoint":
			n.owner = n.owner.or(channelRef{id: readBrowseID(c)})
		case "subscriberCountText":
			n.subscribers = c.text()
		case "badges":
			readBadges(c, func(style string) { n.artist = n.artist || strings.HasSuffix(style, "VERIFIED_ARTIST") })
		}
	})
}

// readButtons reads one of the buttons below the player. Three kinds of button
// have held the likes since 2020.
func (n *nextFacts) readButtons(c *cursor) {
	c.object(func(kind []byte) {
		switch string(kind) {
		case "toggleButtonRenderer":
			n.readToggle(c)
		case "segmentedLikeDislikeButtonRenderer":
			c.object(func(key []byte) {
				switch string(key) {
				case "likeButton", "dislikeButton":
					c.into(func() { n.readToggle(c) }, "toggleButtonRenderer")
				case "likeCount":
					n.likesPlain = c.string()
				}
			})
		case "segmentedLikeDislikeButtonViewModel":
			c.into(func() {
				var label string
				c.object(func(key []byte) {
					if string(key) == "accessibilityText" {
						label = c.string()
					}
				})
				n.likes = label
			}, "likeButtonViewModel", "likeButtonViewModel", "toggleButtonViewModel", "toggleButtonViewModel",
				"defaultButtonViewModel", "buttonViewModel")
		}
	})
}

// readToggle reads the like or dislike button of 2020 to 2023.
func (n *nextFacts) readToggle(c *cursor) {
	var icon, label, buttonLabel string
	c.object(func(key []byte) {
		switch string(key) {
		case "defaultIcon":
			c.into(func() { icon = c.string() }, "iconType")
		case "defaultText":
			c.into(func() { label = c.string() }, "accessibility", "accessibilityData", "label")
		case "accessibility":
			c.into(func() { buttonLabel = c.string() }, "label")
		}
	})
	if count(label) == nil && label != "" || label == "" {
		// "Like" without a number means 0 or hidden; the button's label says
		// which.
		label = buttonLabel
	}
	switch icon {
	case "LIKE":
		n.likes = label
	case "DISLIKE":
		n.dislikes = label
	}
}
