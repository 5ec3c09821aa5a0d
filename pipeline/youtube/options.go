package youtube

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Options configure a source. NewClient, NewAPI and NewFeed check them.
type Options struct {
	BaseURL     string // of the web pages; "" means https://www.youtube.com
	FeedBaseURL string // of the channel feeds; "" means BaseURL
	APIBaseURL  string // of the Data API; "" means https://www.googleapis.com
	APIKey      string // of the Data API

	Transport http.RoundTripper // nil means one that enforces the host policy
	Proxy     string            // "" means none, whatever the environment says
	UserAgent string            // "" means a current desktop browser
	Cookie    string            // "" means only the consent cookie

	Interval    time.Duration // between the starts of two requests; 0 means no wait
	Jitter      float64       // share of Interval by which it varies at random, 0 to 1
	PagesPerDay int           // requests in a UTC day; 0 means no limit
	Cooldown    time.Duration // after the first block; doubles with each; 0 means 2 h
	Retries     int           // of failed requests; 0 means 3, negative none
	Timeout     time.Duration // of one request; 0 means a minute

	CacheDir string // folder for pages of the day; "" keeps none
	RawDir   string // folder for the last pages that were not understood; "" keeps none
	Counters Counters
	States   States

	Seed  uint64 // of the jitter
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error // waits, or returns ctx's error
	Log   *slog.Logger
}

// Counters stores counts of requests and quota. The catalogue implements it.
type Counters interface {
	Counter(ctx context.Context, name string) (uint64, error)
	AddCounter(ctx context.Context, name string, add uint64) (uint64, error)
}

// States stores the state of the breaker. The catalogue implements it.
type States interface {
	State(ctx context.Context, name string) (data []byte, found bool, err error)
	SetState(ctx context.Context, name string, data []byte) error
}

const (
	defaultBase      = "https://www.youtube.com"
	defaultAPIBase   = "https://www.googleapis.com"
	defaultUserAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"
	// consentCookie says that the user refused all optional cookies.
	consentCookie = "SOCS=CAE="
	// maxBody bounds an answer, decompressed.
	maxBody = 8 << 20
)

// prepared is Options with its defaults and parsed addresses.
type prepared struct {
	Options
	base, feedBase, apiBase *url.URL
	policy                  hostPolicy
	client                  *http.Client
}

func (o Options) prepare() (*prepared, error) {
	p := &prepared{Options: o}
	var err error
	if p.base, err = baseURL("youtube.base_url", o.BaseURL, defaultBase); err != nil {
		return nil, err
	}
	if p.feedBase, err = baseURL("youtube.feed_base_url", o.FeedBaseURL, p.base.String()); err != nil {
		return nil, err
	}
	if p.apiBase, err = baseURL("youtube.api_base_url", o.APIBaseURL, defaultAPIBase); err != nil {
		return nil, err
	}
	var proxy *url.URL
	if o.Proxy != "" {
		if proxy, err = baseURL("youtube.proxy", o.Proxy, ""); err != nil {
			return nil, errors.New("youtube.proxy is not an address like http://127.0.0.1:3128") // not quoted: it may hold a password
		}
	}
	if o.Jitter < 0 || o.Jitter > 1 {
		return nil, fmt.Errorf("jitter %g is not between 0 and 1", o.Jitter)
	}
	p.setDefaults()
	p.policy = newHostPolicy(p.base, p.feedBase, p.apiBase)
	p.client = &http.Client{Transport: o.Transport, CheckRedirect: p.policy.redirect}
	if o.Transport == nil {
		p.client.Transport = p.policy.transport(proxy)
	}
	return p, nil
}

func (p *prepared) setDefaults() {
	if p.UserAgent == "" {
		p.UserAgent = defaultUserAgent
	}
	if p.Cookie == "" {
		p.Cookie = consentCookie
	}
	if p.Cooldown == 0 {
		p.Cooldown = 2 * time.Hour
	}
	if p.Retries == 0 {
		p.Retries = 3
	}
	if p.Timeout == 0 {
		p.Timeout = time.Minute
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Sleep == nil {
		p.Sleep = sleep
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.Counters == nil {
		p.Counters = &memoryCounters{}
	}
}

func baseURL(key, given, otherwise string) (*url.URL, error) {
	if given == "" {
		given = otherwise
	}
	u, err := url.Parse(given)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%s %q is not an address like https://example.org", key, given)
	}
	return u, nil
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
