package youtube

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Numbers of YouTube's search filters, as of 2026.
const (
	filterVideos = 1 // type: videos only
)

var (
	uploadFilters = map[string]uint64{"today": 2, "week": 3, "month": 4, "year": 5}
	lengthFilters = map[string]uint64{"short": 4, "medium": 5, "long": 2}
)

// Validate returns an error that says in a sentence what is wrong with the query.
func (q Query) Validate() error {
	switch {
	case q.Channel != "" && !ValidChannelID(q.Channel):
		return fmt.Errorf("%q is not a channel id: it begins with UC and has 24 characters", q.Channel)
	case q.Channel == "" && strings.TrimSpace(q.Text) == "":
		return fmt.Errorf("the query is empty: give it a text or a channel")
	case utf8.RuneCountInString(q.Text) > MaxText:
		return fmt.Errorf("the query is longer than %d characters", MaxText)
	case q.Upload != "" && !slices.Contains(Uploads, q.Upload):
		return fmt.Errorf("upload date %q is unknown: leave it out or choose one of %s", q.Upload, strings.Join(Uploads, ", "))
	case q.Length != "" && !slices.Contains(Lengths, q.Length):
		return fmt.Errorf("length %q is unknown: choose one of %s", q.Length, strings.Join(Lengths, ", "))
	case q.Pages < 0 || q.Pages > MaxPages:
		return fmt.Errorf("pages must be between 1 and %d, or 0 for the default", MaxPages)
	}
	return nil
}

// Limits of a query.
const (
	MaxText  = 128 // characters; YouTube cuts longer ones
	MaxPages = 20  // of results
)

// Choices of a query's filters, besides "".
var (
	Uploads = []string{"today", "week", "month", "year"}
	Lengths = []string{"short", "medium", "long", "any"}
)

func (q Query) pages() int {
	if q.Pages == 0 {
		return 1
	}
	return min(q.Pages, MaxPages)
}

// filter returns the query's filters as YouTube's `params` (or `sp`): a
// protobuf in base64. It asks for videos only, by date and length, and turns
// off the panel that replaces the results for words such as "suicide", which
// occur in music titles. It does not sort by upload date, which YouTube has
// ignored since February 2026.
func (q Query) filter() string {
	length := q.Length
	if length == "" {
		length = "medium"
	}
	var filters []byte
	filters = appendVarint(filters, 1, uploadFilters[q.Upload])
	filters = appendVarint(filters, 2, filterVideos)
	filters = appendVarint(filters, 3, lengthFilters[length])
	message := appendTag(nil, 2, 2)
	message = append(message, byte(len(filters)))
	message = append(message, filters...)
	message = appendVarint(message, 30, 1)
	return base64.URLEncoding.EncodeToString(message)
}

// appendVarint appends a protobuf field of type varint; zero is left out.
func appendVarint(b []byte, field, value uint64) []byte {
	if value == 0 {
		return b
	}
	return appendUint(appendTag(b, field, 0), value)
}

func appendTag(b []byte, field, wire uint64) []byte { return appendUint(b, field<<3|wire) }

func appendUint(b []byte, n uint64) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// Language and region of requests, so that pages are the same wherever the bot
// runs.
const (
	askLanguage = "en"
	askRegion   = "US"
)

// resultsURL is the address of a query's first page. The filter is encoded
// twice, as in YouTube's own links.
func resultsURL(base *url.URL, q Query) string {
	u := base.JoinPath("/results")
	u.RawQuery = url.Values{
		"search_query": {q.Text}, "sp": {url.QueryEscape(q.filter())}, "hl": {askLanguage}, "gl": {askRegion},
	}.Encode()
	return u.String()
}

func watchPageURL(base *url.URL, id string) string {
	u := base.JoinPath("/watch")
	u.RawQuery = url.Values{"v": {id}, "hl": {askLanguage}, "gl": {askRegion}}.Encode()
	return u.String()
}

// fallbackVersion is sent when a page does not state its client version.
const fallbackVersion = "2.20260123.01.00"

// continuationBody is the body that asks InnerTube for the next page.
func continuationBody(config pageConfig, token string) ([]byte, error) {
	version := config.ClientVersion
	if version == "" {
		version = fallbackVersion
	}
	var visitor struct {
		Client struct {
			VisitorData string `json:"visitorData,omitempty"`
		} `json:"client"`
	}
	if config.Context != nil {
		if err := json.Unmarshal(config.Context, &visitor); err != nil {
			visitor.Client.VisitorData = "" // it is optional
		}
	}
	type client struct {
		Name        string `json:"clientName"`
		Version     string `json:"clientVersion"`
		Language    string `json:"hl"`
		Region      string `json:"gl"`
		Offset      int    `json:"utcOffsetMinutes"`
		VisitorData string `json:"visitorData,omitempty"`
	}
	return json.Marshal(map[string]any{
		"context": map[string]any{"client": client{
			Name: "WEB", Version: version, Language: askLanguage, Region: askRegion, VisitorData: visitor.Client.VisitorData,
		}},
		"continuation": token,
	})
}
