package youtube

import (
	"bytes"
	"time"
)

// ParseInnerTube reads the body of an answer of YouTube's internal API: that of
// search into results, that of next or player into a page. The other is nil.
func ParseInnerTube(body []byte, at time.Time) (*Results, *Page) {
	switch kind := innerTubeKind(body); kind {
	case "search":
		r := newResults(at)
		r.Layout = "innertube"
		r.readData(body)
		results := r.done()
		return &results, nil
	case "":
		return nil, &Page{Status: obstacle(body)}
	default:
		r := watchReader{page: Page{Layout: "innertube"}, at: at}
		if kind == "player" {
			r.readPlayer(body)
			r.body = true // a player answer has no more
		} else {
			r.readNext(body)
			r.body = r.primary
		}
		page := r.done()
		return nil, &page
	}
}

// innerTubeKind tells search, next and player answers apart.
func innerTubeKind(body []byte) (kind string) {
	body = bytes.TrimSpace(body)
	c := &cursor{src: body}
	c.object(func(key []byte) {
		if kind != "" {
			return
		}
		switch string(key) {
		case "playabilityStatus", "videoDetails":
			kind = "player"
		case "onResponseReceivedCommands", "estimatedResults":
			kind = "search"
		case "contents":
			c.object(func(key []byte) {
				switch string(key) {
				case "twoColumnSearchResultsRenderer", "sectionListRenderer":
					kind = "search"
				case "twoColumnWatchNextResults", "singleColumnWatchNextResults":
					kind = "next"
				}
				c.fail() // the first key decides
			})
		}
	})
	return kind
}

// DetectKind returns the kind of a saved page or body: "results", "watch" or
// "innertube".
func DetectKind(body []byte) string {
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '['):
		return "innertube"
	case bytes.Contains(body, []byte("yt-lockup-video")) && !bytes.Contains(body, []byte("eow-title")),
		bytes.Contains(body, []byte(`"twoColumnSearchResultsRenderer"`)),
		bytes.Contains(body, []byte(`\x22twoColumnSearchResultsRenderer\x22`)),
		bytes.Contains(body, []byte("display-message")) && bytes.Contains(body, []byte("search-pager")):
		return "results"
	}
	for _, data := range assigned(body, "ytInitialData") {
		if innerTubeKind(data) == "search" {
			return "results"
		}
	}
	return "watch"
}
