package youtube

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Feed reads the Atom feeds of channels: the 15 newest videos of each, with
// exact dates, views and likes, without lengths.
type Feed struct{ fetch *fetcher }

// NewFeed returns a reader of channel feeds.
func NewFeed(o Options) (*Feed, error) {
	p, err := o.prepare()
	if err != nil {
		return nil, err
	}
	return &Feed{fetch: newFetcher(p)}, nil
}

// Search reads the feed of the query's channel. A query without a channel is
// an error: feeds cannot be searched.
func (f *Feed) Search(ctx context.Context, q Query) (Results, error) {
	r := Results{Query: q, Layout: "feed", Status: StatusEmpty}
	if err := q.Validate(); err != nil {
		return r, err
	}
	if q.Channel == "" {
		return r, fmt.Errorf("channel feeds cannot be searched for %q; choose the web or api source", q.Text)
	}
	ask := request{kind: KindFeed, url: feedURL(f.fetch.feedBase, q.Channel)}
	if f.missing(ask) {
		return r, ErrNoFeed
	}
	err := f.fetch.fetch(ctx, ask, func(a answer) error {
		videos, err := parseFeed(a.body)
		if err != nil {
			return &DriftError{Kind: KindFeed, What: err.Error(), Raw: f.fetch.keepRaw(KindFeed, a.body)}
		}
		r.Videos, r.Pages = videos, 1
		return nil
	})
	var status *StatusError
	if errors.As(err, &status) && status.Code == http.StatusNotFound {
		f.noteMissing(ctx, ask)
		err = fmt.Errorf("%w (%w)", ErrNoFeed, status)
	}
	if len(r.Videos) > 0 {
		r.Status = StatusOK
	}
	r.Coverage = map[string]PageStats{KindFeed: statsOf(r.Videos, nil, nil)}
	return r, err
}

// missing reports whether a feed was missing today, which an empty page in the
// cache records: YouTube's feeds fail for days, so that asking again the same
// day is useless.
func (f *Feed) missing(r request) bool {
	body, _, ok := f.fetch.cache.get(r.cacheKey(), f.fetch.Now().UTC())
	return ok && len(body) == 0
}

func (f *Feed) noteMissing(ctx context.Context, r request) {
	if err := f.fetch.cache.put(r.cacheKey(), nil, f.fetch.Now().UTC()); err != nil {
		f.fetch.Log.WarnContext(ctx, "that a feed is missing could not be noted; it may be asked again today", "error", err)
	}
}

// Read returns an error: a feed cannot be asked for single videos.
func (f *Feed) Read(context.Context, []string, func(Page) error) error {
	return fmt.Errorf("single videos cannot be read from channel feeds; choose the web or api source")
}

func feedURL(base *url.URL, channel string) string {
	u := base.JoinPath("/feeds/videos.xml")
	u.RawQuery = url.Values{"channel_id": {channel}}.Encode()
	return u.String()
}

// references matches numeric character references.
var references = regexp.MustCompile(`&#(?:[0-9]+|[xX][0-9a-fA-F]+);`)

// onlyXML drops characters that XML forbids, literal ones and references: one
// in a title would make the whole feed unreadable.
func onlyXML(body []byte) []byte {
	allowed := func(r rune) bool {
		return r >= ' ' && r != 0xFFFE && r != 0xFFFF && r <= unicode.MaxRune || r == '\t' || r == '\n' || r == '\r'
	}
	body = bytes.Map(func(r rune) rune {
		if allowed(r) {
			return r
		}
		return -1
	}, body)
	return references.ReplaceAllFunc(body, func(reference []byte) []byte {
		digits, base := string(reference[2:len(reference)-1]), 10
		if digits[0]|0x20 == 'x' {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseInt(digits, base, 32); err != nil || !allowed(rune(n)) {
			return nil
		}
		return reference
	})
}

// parseFeed reads a channel's Atom feed.
func parseFeed(body []byte) ([]Video, error) {
	var feed struct {
		XMLName xml.Name `xml:"feed"`
		Entries []struct {
			ID        string `xml:"http://www.youtube.com/xml/schemas/2015 videoId"`
			ChannelID string `xml:"http://www.youtube.com/xml/schemas/2015 channelId"`
			Title     string `xml:"http://www.w3.org/2005/Atom title"`
			Published string `xml:"published"`
			Author    string `xml:"author>name"`
			Links     []struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Group struct {
				Description string `xml:"description"`
				Thumbnail   struct {
					URL string `xml:"url,attr"`
				} `xml:"thumbnail"`
				Community struct {
					Rating struct {
						Count string `xml:"count,attr"`
					} `xml:"starRating"`
					Statistics struct {
						Views string `xml:"views,attr"`
					} `xml:"statistics"`
				} `xml:"community"`
			} `xml:"group"`
		} `xml:"entry"`
	}
	decoder := xml.NewDecoder(bytes.NewReader(onlyXML(body)))
	if err := decoder.Decode(&feed); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("the feed is not Atom: %w", &shortError{err})
	}
	var videos []Video
	for _, e := range feed.Entries {
		if !validID(e.ID) {
			continue
		}
		v := Video{
			ID: e.ID, Title: e.Title, Channel: e.Author, Published: parseDate(e.Published),
			Views: natural(e.Group.Community.Statistics.Views), Likes: natural(e.Group.Community.Rating.Count),
			Description: strings.TrimSpace(e.Group.Description), ThumbnailURL: webAddress(e.Group.Thumbnail.URL),
		}
		if ValidChannelID(e.ChannelID) {
			v.ChannelID = e.ChannelID
		}
		for _, l := range e.Links {
			v.Short = v.Short || strings.Contains(l.Href, "/shorts/")
		}
		videos = append(videos, v)
	}
	return videos, nil
}
