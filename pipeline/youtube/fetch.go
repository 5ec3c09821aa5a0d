package youtube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// fetcher makes all requests to YouTube: paced, counted, cached, bounded,
// retried, and stopped when YouTube blocks us.
type fetcher struct {
	*prepared
	pace    *pace
	breaker *breaker
	cache   pageCache
	raw     rawPages
	quota   sync.Mutex
}

func newFetcher(p *prepared) *fetcher {
	return &fetcher{
		prepared: p, pace: newPace(p),
		breaker: &breaker{cooldown: p.Cooldown, now: p.Now, states: p.States, log: p.Log},
		cache:   pageCache{p.CacheDir},
		raw:     rawPages{p.RawDir},
	}
}

// request is one request to YouTube.
type request struct {
	kind   string // of the page, for logs and raw pages
	url    string
	body   []byte // JSON to POST; nil for a GET
	header map[string]string
	secret string // query parameter kept out of logs and cache keys
	spend  func() error
}

// answer is one page and when it was fetched.
type answer struct {
	body   []byte
	at     time.Time // UTC
	cached bool
}

func (r request) cacheKey() string { return r.url + "\n" + string(r.body) }

// fetch passes the answer to a request, from today's cache or fresh, to accept.
// accept's error ends the request, unless it is a retryError (half a page, for
// example), and only accepted answers are cached.
func (f *fetcher) fetch(ctx context.Context, r request, accept func(answer) error) error {
	now := f.Now().UTC()
	if body, at, ok := f.cache.get(r.cacheKey(), now); ok && freshEnough(ctx, at, now) {
		if err := accept(answer{body, at, true}); err == nil {
			return nil
		}
		// It was accepted when it was cached, but perhaps by an older program.
	}
	if err := f.breaker.check(ctx); err != nil {
		return err
	}
	var last error
	for attempt := 0; attempt == 0 || attempt <= f.Retries; attempt++ {
		if attempt > 0 {
			f.Log.InfoContext(ctx, "asking YouTube again", "page", r.kind, "attempt", attempt+1, "error", last)
			if err := f.pace.backOff(ctx, attempt, retryAfter(last)); err != nil {
				return err
			}
		}
		if err := f.spend(ctx, r); err != nil {
			return err
		}
		if err := f.pace.wait(ctx); err != nil {
			return err
		}
		a, err := f.try(ctx, r)
		if err == nil {
			err = accept(a)
		}
		if err == nil {
			f.breaker.passed(ctx)
			if err := f.cache.put(r.cacheKey(), a.body, a.at); err != nil {
				f.Log.WarnContext(ctx, "a page could not be cached; it may be fetched again today", "error", err)
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var again *retryError
		if !errors.As(err, &again) {
			return f.judge(ctx, err)
		}
		last = err
	}
	var again *retryError
	if errors.As(last, &again) {
		return again.err
	}
	return last
}

// judge opens the breaker if YouTube blocked the request.
func (f *fetcher) judge(ctx context.Context, err error) error {
	var block *blockError
	if errors.As(err, &block) {
		return f.breaker.trip(ctx, block.why, block.after)
	}
	if errors.Is(err, ErrConsent) {
		return ErrConsent
	}
	return err
}

// spend counts the request against the day's pages.
func (f *fetcher) spend(ctx context.Context, r request) error {
	if r.spend != nil {
		return r.spend()
	}
	f.quota.Lock()
	defer f.quota.Unlock()
	name := PagesCounter(f.Now())
	used, err := f.Counters.Counter(ctx, name)
	if err != nil {
		return fmt.Errorf("the count of today's pages could not be read: %w", err)
	}
	if f.PagesPerDay > 0 && used >= uint64(f.PagesPerDay) {
		return fmt.Errorf("%w (%d pages since midnight UTC)", ErrQuota, used)
	}
	if _, err := f.Counters.AddCounter(ctx, name, 1); err != nil {
		return fmt.Errorf("the count of today's pages could not be kept: %w", err)
	}
	return nil
}

// PagesCounter is the name of the day's counter of requested pages.
func PagesCounter(now time.Time) string {
	return "youtube/pages/" + now.UTC().Format(time.DateOnly)
}

// A retryError is worth another attempt; a blockError stops the run.
type retryError struct {
	err   error
	after time.Duration
}

func (e *retryError) Error() string { return e.err.Error() }
func (e *retryError) Unwrap() error { return e.err }

type blockError struct {
	why   string
	after time.Duration
}

func (e *blockError) Error() string { return e.why }

func retryAfter(err error) time.Duration {
	var again *retryError
	if errors.As(err, &again) {
		return again.after
	}
	return 0
}

// try makes one request.
func (f *fetcher) try(ctx context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	method, body := http.MethodGet, io.Reader(nil)
	if r.body != nil {
		method, body = http.MethodPost, bytes.NewReader(r.body)
	}
	address := r.url
	if r.secret != "" {
		address += "&" + r.secret
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return answer{}, fmt.Errorf("the request could not be made: %w", withoutURL(err))
	}
	if err := f.policy.check(req.URL); err != nil {
		return answer{}, err
	}
	req.Header.Set("User-Agent", f.UserAgent)
	req.Header.Set("Accept-Language", "en-US,en;q=0.9")
	for key, value := range r.header {
		req.Header.Set(key, value)
	}
	response, err := f.client.Do(req)
	if err != nil {
		return answer{}, f.transportError(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if len(read) > maxBody {
		return answer{}, ErrTooLarge
	}
	if response.StatusCode != http.StatusOK {
		return answer{}, f.statusError(response, read)
	}
	if err != nil {
		return answer{}, &retryError{err: fmt.Errorf("the answer broke off: %w", withoutURL(err))}
	}
	return answer{body: read, at: f.Now().UTC()}, nil
}

// transportError classifies the HTTP client's error: a refused redirect is
// final, a network error is worth another attempt.
func (f *fetcher) transportError(err error) error {
	var host *HostError
	switch {
	case errors.Is(err, errCaptcha):
		return &blockError{why: "captcha"}
	case errors.Is(err, ErrConsent):
		return ErrConsent
	case errors.As(err, &host):
		return host
	}
	return &retryError{err: fmt.Errorf("YouTube could not be reached: %w", withoutURL(err))}
}

// withoutURL removes the URL, which may hold the API key, from an error of
// net/http. The rest may quote the answer, and is shortened.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return &shortError{err}
}

// statusError classifies an unexpected status.
func (f *fetcher) statusError(response *http.Response, body []byte) error {
	after := f.parseRetryAfter(response.Header.Get("Retry-After"))
	message, quota := apiFailure(body)
	if quota {
		return fmt.Errorf("%w (%s)", ErrQuota, short(message))
	}
	status := &StatusError{Code: response.StatusCode, Reason: message}
	const patience = 5 * time.Minute // the longest wait within a run
	switch {
	case response.StatusCode == http.StatusTooManyRequests:
		return &blockError{why: "HTTP 429", after: after}
	case obstacle(body) == StatusBlocked:
		return &blockError{why: "captcha", after: after}
	case response.StatusCode >= 500 && after > patience:
		return &blockError{why: fmt.Sprintf("HTTP %d", response.StatusCode), after: after}
	case response.StatusCode >= 500 || response.StatusCode == http.StatusRequestTimeout:
		return &retryError{err: status, after: after}
	}
	return status
}

// parseRetryAfter reads seconds or an HTTP date; 0 if it is neither.
func (f *fetcher) parseRetryAfter(value string) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(f.Now()))
	}
	return 0
}

// keepRaw keeps a page that was not understood and returns its path.
func (f *fetcher) keepRaw(kind string, body []byte) string {
	path, err := f.raw.keep(kind, body, f.Now())
	if err != nil {
		f.Log.Warn("a page that was not understood could not be kept", "page", kind, "error", err)
	}
	return path
}
