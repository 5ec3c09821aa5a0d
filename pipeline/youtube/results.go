package youtube

import (
	"bytes"
	"strings"
	"time"
)

// Results are the results of a search: of one parsed page, or of all pages
// together.
type Results struct {
	Query    Query
	Videos   []Video // organic videos in page order, each id once
	Status   Status
	Layout   string // "lockup-html", "section-list", "rich-grid", "mobile", "innertube", "api", "feed"
	Language string // of the answer, if the page says: "en", "pt-BR"
	Region   string // country of the answer, if the page says

	Skipped map[string]int // items that are no videos, by kind: advertisements, shelves, playlists, …
	Unknown map[string]int // items of unknown kinds, by renderer

	// NoResults reports YouTube's own "no results" or "no more results" item.
	// An empty page without it is drift, not an empty answer.
	NoResults    bool
	Continuation string // token of the next page, "" at the end
	Pages        int
	Broken       bool // the page ends early or is malformed

	Coverage map[string]PageStats // by page kind
	Alarms   []string             // drift, in sentences
}

// ParseResults reads a page of GET /results in any of its layouts. at is when
// it was fetched, for dates like "3 years ago"; zero leaves those unknown.
func ParseResults(page []byte, at time.Time) Results {
	r := newResults(at)
	r.Language = htmlLanguage(page)
	if data := initialData(page); data != nil {
		config := readConfig(page)
		r.Region = config.Region
		if r.Language == "" {
			r.Language = config.Language
		}
		r.readData(data)
		if r.Layout == "" && len(r.Videos) == 0 {
			r.Status = StatusStub
		}
		return r.done()
	}
	if bytes.Contains(page, []byte("yt-lockup")) || bytes.Contains(page, []byte("display-message")) {
		r.readLockups(page)
		return r.done()
	}
	r.Status = obstacle(page)
	return r.done()
}

type resultsReader struct {
	Results
	at   time.Time
	seen map[string]bool
}

func newResults(at time.Time) *resultsReader {
	return &resultsReader{
		Results: Results{Skipped: map[string]int{}, Unknown: map[string]int{}},
		at:      at,
		seen:    map[string]bool{},
	}
}

// done sets the status and returns the results.
func (r *resultsReader) done() Results {
	if r.Status == "" {
		r.Status = StatusEmpty
		if len(r.Videos) > 0 {
			r.Status = StatusOK
		}
	}
	r.Pages = 1
	kind := KindResults
	if r.Layout == "innertube" {
		kind = KindSearch
	}
	r.Coverage = map[string]PageStats{kind: statsOf(r.Videos, r.Skipped, r.Unknown)}
	return r.Results
}

func (r *resultsReader) add(v Video) {
	if !validID(v.ID) || r.seen[v.ID] {
		return
	}
	r.seen[v.ID] = true
	r.Videos = append(r.Videos, v)
}

// readData walks ytInitialData or the body of a search answer.
func (r *resultsReader) readData(data []byte) {
	c := &cursor{src: data}
	c.object(func(key []byte) {
		switch string(key) {
		case "contents":
			c.object(func(key []byte) {
				switch string(key) {
				case "twoColumnSearchResultsRenderer":
					c.into(func() { r.readList(c, "") }, "primaryContents")
				case "sectionListRenderer", "richGridRenderer":
					r.readListOf(c, string(key), "mobile")
				}
			})
		case "onResponseReceivedCommands", "onResponseReceivedActions":
			c.array(func(int) {
				c.object(func(key []byte) {
					switch string(key) {
					case "appendContinuationItemsAction", "reloadContinuationItemsCommand":
						r.layout("innertube")
						c.into(func() { r.readSections(c) }, "continuationItems")
					}
				})
			})
		case "responseContext":
			if r.Language == "" {
				r.Language, r.Region = contextLanguage(c)
			}
		}
	})
	r.Broken = c.bad
}

func (r *resultsReader) layout(name string) {
	if r.Layout == "" {
		r.Layout = name
	}
}

func (r *resultsReader) readList(c *cursor, layout string) {
	c.object(func(key []byte) { r.readListOf(c, string(key), layout) })
}

func (r *resultsReader) readListOf(c *cursor, kind, layout string) {
	switch kind {
	case "sectionListRenderer":
		if layout == "" {
			layout = "section-list"
		}
	case "richGridRenderer":
		if layout == "" {
			layout = "rich-grid"
		}
	default:
		r.item(c, kind)
		return
	}
	r.layout(layout)
	c.object(func(key []byte) {
		switch string(key) {
		case "contents":
			r.readSections(c)
		case "continuations":
			r.readContinuations(c)
		}
	})
}

// readSections reads the entries of a list: sections, rich items and the
// continuation.
func (r *resultsReader) readSections(c *cursor) {
	c.array(func(int) { c.object(func(kind []byte) { r.item(c, string(kind)) }) })
}

// readContinuations reads the tokens of mid-2020.
func (r *resultsReader) readContinuations(c *cursor) {
	c.into(func() { r.Continuation = c.string() }, "[]", "nextContinuationData", "continuation")
}

// item reads one entry by its kind, and counts entries that are not videos.
func (r *resultsReader) item(c *cursor, kind string) {
	switch kind {
	case "itemSectionRenderer":
		c.object(func(key []byte) {
			switch string(key) {
			case "contents":
				r.readSections(c)
			case "continuations":
				r.readContinuations(c)
			}
		})
	case "richItemRenderer", "richSectionRenderer":
		c.into(func() { r.readEntry(c) }, "content")
	case "continuationItemRenderer":
		if token := continuationToken(c); token != "" {
			r.Continuation = token
		}
	case "videoRenderer", "videoWithContextRenderer", "compactVideoRenderer", "gridVideoRenderer":
		if v, ad := readVideoRenderer(c, r.at); ad {
			r.Skipped["ad"]++
		} else {
			r.add(v)
		}
	case "lockupViewModel":
		if v, content := readLockup(c, r.at); content == "VIDEO" {
			r.add(v)
		} else {
			r.Skipped[kind+" "+content]++
		}
	case "messageRenderer", "backgroundPromoRenderer":
		r.NoResults = true
		r.Skipped[kind]++
	case "clickTrackingParams", "trackingParams":
	default:
		if knownItems[kind] || strings.HasPrefix(kind, "promoted") {
			r.Skipped[kind]++
		} else {
			r.Unknown[kind]++
		}
	}
}

// readEntry reads the one entry of an object.
func (r *resultsReader) readEntry(c *cursor) {
	c.object(func(kind []byte) { r.item(c, string(kind)) })
}

// knownItems are the kinds of items that are not results of the query.
var knownItems = map[string]bool{
	"gridShelfViewModel": true, "reelShelfRenderer": true, "reelItemRenderer": true, "shortsLockupViewModel": true, // Shorts
	"shelfRenderer": true, "richShelfRenderer": true, // suggestions
	"channelRenderer": true, "playlistRenderer": true, "radioRenderer": true, "showRenderer": true, "movieRenderer": true,
	"compactChannelRenderer": true, "compactPlaylistRenderer": true, "compactRadioRenderer": true, "universalWatchCardRenderer": true,
	"secondarySearchContainerRenderer": true, "hashtagTileRenderer": true, "postRenderer": true, "backstagePostThreadRenderer": true,
	"didYouMeanRenderer": true, "showingResultsForRenderer": true, "includingResultsForRenderer": true, // notices
	"emergencyOneboxRenderer": true, "infoPanelContainerRenderer": true, "clarificationRenderer": true, "horizontalCardListRenderer": true,
	"adSlotRenderer": true, "searchPyvRenderer": true, "carouselAdRenderer": true, "promotedSparklesWebRenderer": true, // advertisements
	"promotedSparklesTextSearchRenderer": true, "promotedVideoRenderer": true,
	"chipCloudRenderer": true, "searchRefinementCardRenderer": true, "feedNudgeRenderer": true,
}

// continuationToken finds the token of the next page in any layout.
func continuationToken(c *cursor) (token string) {
	var walk func()
	walk = func() {
		c.object(func(key []byte) {
			switch string(key) {
			case "continuationEndpoint", "commandExecutorCommand", "button", "buttonRenderer", "command":
				walk()
			case "commands":
				c.array(func(int) { walk() })
			case "continuationCommand":
				c.into(func() {
					if t := c.string(); token == "" {
						token = t
					}
				}, "token")
			}
		})
	}
	walk()
	return token
}

// contextLanguage finds hl and gl among the logging parameters of an answer,
// which are often missing.
func contextLanguage(c *cursor) (language, region string) {
	c.into(func() {
		var key, value string
		c.object(func(k []byte) {
			switch string(k) {
			case "key":
				key = c.string()
			case "value":
				value = c.string()
			}
		})
		switch key {
		case "hl":
			language = value
		case "gl":
			region = value
		}
	}, "serviceTrackingParams", "[]", "params", "[]")
	return language, region
}
