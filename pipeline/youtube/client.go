package youtube

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Client reads YouTube's web pages: result pages and watch pages. YouTube's
// robots.txt disallows /results and its terms restrict automated access;
// whether to use it is the operator's decision.
type Client struct {
	fetch *fetcher
	feed  *Feed
}

// NewClient returns a reader of pages.
func NewClient(o Options) (*Client, error) {
	p, err := o.prepare()
	if err != nil {
		return nil, err
	}
	f := newFetcher(p)
	return &Client{fetch: f, feed: &Feed{fetch: f}}, nil
}

// Search reads the result pages of a query, or the feed of its channel. A video
// on several pages is returned once. What was read before an error is returned
// with it; drift that leaves videos readable is in Alarms.
func (c *Client) Search(ctx context.Context, q Query) (Results, error) {
	if err := q.Validate(); err != nil {
		return Results{Query: q}, err
	}
	if q.Channel != "" {
		return c.feed.Search(ctx, q)
	}
	all := Results{Query: q, Status: StatusEmpty}
	config, err := c.firstPage(ctx, q, &all)
	for err == nil && all.Continuation != "" && all.Pages < q.pages() {
		err = c.nextPage(ctx, q, config, &all)
	}
	c.noteLanguage(ctx, &all)
	return all, err
}

// noteLanguage logs that an answer is not in the language asked for. Numbers and
// dates are read anyway.
func (c *Client) noteLanguage(ctx context.Context, r *Results) {
	if r.Language != "" && !strings.EqualFold(strings.SplitN(r.Language, "-", 2)[0], askLanguage) {
		c.fetch.Log.InfoContext(ctx, "YouTube answered in another language than asked for", "query", r.Query.Text, "asked", askLanguage, "got", r.Language)
	}
}

func (c *Client) firstPage(ctx context.Context, q Query, all *Results) (pageConfig, error) {
	var config pageConfig
	r := request{kind: KindResults, url: resultsURL(c.fetch.base, q), header: c.cookie()}
	err := c.fetch.fetch(ctx, r, func(a answer) error {
		page := ParseResults(a.body, a.at)
		if err := c.judge(ctx, KindResults, &page, a); err != nil {
			return err
		}
		config = readConfig(a.body)
		all.join(page)
		return nil
	})
	return config, err
}

func (c *Client) nextPage(ctx context.Context, q Query, config pageConfig, all *Results) error {
	body, err := continuationBody(config, all.Continuation)
	if err != nil {
		return fmt.Errorf("the request for the next page could not be made: %w", err)
	}
	u := c.fetch.base.JoinPath("/youtubei/v1/search")
	u.RawQuery = "prettyPrint=false"
	header := c.cookie()
	header["Content-Type"] = "application/json"
	header["Origin"] = origin(c.fetch.base)
	header["Referer"] = resultsURL(c.fetch.base, q)
	header["X-YouTube-Client-Name"] = "1"
	header["X-YouTube-Client-Version"] = firstOf(config.ClientVersion, fallbackVersion)
	r := request{kind: KindSearch, url: u.String(), body: body, header: header}
	return c.fetch.fetch(ctx, r, func(a answer) error {
		results, page := ParseInnerTube(a.body, a.at)
		if results == nil {
			results = &Results{Status: page.Status, Layout: "innertube"}
		}
		if err := c.judge(ctx, KindSearch, results, a); err != nil {
			return err
		}
		all.join(*results)
		return nil
	})
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func (c *Client) cookie() map[string]string { return map[string]string{"Cookie": c.fetch.Cookie} }

// judge decides whether a result page can be trusted.
func (c *Client) judge(ctx context.Context, kind string, page *Results, a answer) error {
	switch page.Status {
	case StatusBlocked:
		return &blockError{why: "captcha"}
	case StatusConsent:
		return ErrConsent
	}
	if len(page.Videos) > 0 || page.NoResults {
		c.alarm(ctx, kind, page, a)
		return nil
	}
	if page.Broken && !a.cached {
		return &retryError{err: c.drift(kind, "it breaks off before the first video", a)}
	}
	return c.drift(kind, "no videos and no word that there are none", a)
}

// alarm sets the page's alarms and keeps the page if there are any.
func (c *Client) alarm(ctx context.Context, kind string, page *Results, a answer) {
	page.Alarms = pageAlarms(kind, page.Coverage[kind])
	if len(page.Alarms) > 0 && !a.cached {
		path := c.fetch.keepRaw(kind, a.body)
		c.fetch.Log.WarnContext(ctx, "a page of YouTube has changed", "page", kind, "alarms", page.Alarms, "kept", path)
	}
}

func (c *Client) drift(kind, what string, a answer) error {
	return &DriftError{Kind: kind, What: what, Raw: c.fetch.keepRaw(kind, a.body)}
}

// join adds the results of a further page.
func (r *Results) join(page Results) {
	seen := make(map[string]bool, len(r.Videos))
	for _, v := range r.Videos {
		seen[v.ID] = true
	}
	for _, v := range page.Videos {
		if !seen[v.ID] {
			r.Videos = append(r.Videos, v)
		}
	}
	if len(r.Videos) > 0 {
		r.Status = StatusOK
	}
	r.Layout = firstOf(r.Layout, page.Layout)
	r.Language, r.Region = firstOf(r.Language, page.Language), firstOf(r.Region, page.Region)
	r.Skipped, r.Unknown = addCounts(r.Skipped, page.Skipped), addCounts(r.Unknown, page.Unknown)
	r.NoResults = page.NoResults
	r.Broken = r.Broken || page.Broken
	r.Continuation = page.Continuation
	r.Pages += page.Pages
	if r.Coverage == nil {
		r.Coverage = map[string]PageStats{}
	}
	for kind, stats := range page.Coverage {
		sum := r.Coverage[kind]
		sum.Add(stats)
		r.Coverage[kind] = sum
	}
	r.Alarms = append(r.Alarms, page.Alarms...)
}

// Read reads the watch page of each video, in order. A page that is not
// understood is passed to each with the status stub; several in a row end the
// reading with a DriftError.
func (c *Client) Read(ctx context.Context, ids []string, each func(Page) error) error {
	const patience = 3
	misread := 0
	for _, id := range ids {
		if !validID(id) {
			return fmt.Errorf("%q is not the id of a video", id)
		}
		var page Page
		r := request{kind: KindWatch, url: watchPageURL(c.fetch.base, id), header: c.cookie()}
		err := c.fetch.fetch(ctx, r, func(a answer) error {
			page = ParseWatch(a.body)
			return c.judgeWatch(&page, id, a)
		})
		var drift *DriftError
		switch {
		case errors.As(err, &drift):
			if misread++; misread >= patience {
				return err
			}
			c.fetch.Log.WarnContext(ctx, "a watch page is not understood", "video", id, "error", err)
			page = Page{ID: id, Status: StatusStub, Layout: page.Layout, Language: page.Language}
		case err != nil:
			return err
		default:
			misread = 0
		}
		if err := each(page); err != nil {
			return err
		}
	}
	return nil
}

// judgeWatch decides whether a watch page can be trusted.
func (c *Client) judgeWatch(page *Page, id string, a answer) error {
	switch page.Status {
	case StatusBlocked:
		return &blockError{why: firstOf(page.Reason, "bot check")}
	case StatusConsent:
		return ErrConsent
	}
	if page.Video != nil && page.Video.ID != id {
		return c.drift(KindWatch, "it shows another video than "+id, a)
	}
	what := ""
	switch {
	case page.Broken:
		what = "it breaks off"
	case page.Video == nil && page.Status == StatusStub:
		what = "an empty shell"
	}
	if what != "" {
		err := c.drift(KindWatch, what, a)
		if a.cached {
			return err
		}
		return &retryError{err: err}
	}
	page.ID = id
	return nil
}
