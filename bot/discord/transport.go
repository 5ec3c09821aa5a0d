package discord

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"
)

const (
	callLimit  = 20 * time.Second // one REST call, its body included
	maxAnswer  = 8 << 20
	banWindow  = 10 * time.Minute
	banLimit   = 10_000 // refused calls in the window after which Discord bans an address
	banReserve = 1_000  // stop this much earlier
	apiPath    = "/api/v9/"
)

// transport sends REST calls to the configured origin instead of
// https://discord.com. It turns answers 429 and 5xx into errors,
// tells the limiter what their headers say, and refuses all calls when so many were
// refused that Discord is near to banning the address. discordgo gets no rate limit headers to see:
// its own limiter sleeps without a context and never forgets a route.
type transport struct {
	base    http.RoundTripper
	origin  *url.URL
	limiter *limiter
	breaker breaker
	now     func() time.Time
}

// RoundTrip makes one call.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.breaker.open(t.now()) {
		return nil, errBreaker
	}
	ctx, cancel := context.WithTimeout(r.Context(), callLimit)
	defer cancel()
	out := r.Clone(ctx)
	out.URL.Scheme, out.URL.Host, out.Host = t.origin.Scheme, t.origin.Host, t.origin.Host
	res, err := t.base.RoundTrip(out)
	if err != nil {
		if r.Context().Err() == nil && ctx.Err() != nil {
			return nil, fmt.Errorf("Discord did not answer within %s: %w", callLimit, err)
		}
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("Discord's answer broke off: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("Discord's answer is larger than %d MB", maxAnswer>>20)
	}
	now := t.now()
	limit := t.limiter.learn(route(r), res, body, now)
	switch {
	case res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusForbidden,
		res.StatusCode == http.StatusTooManyRequests && !limit.shared:
		t.breaker.count(now)
	}
	switch {
	case res.StatusCode == http.StatusTooManyRequests:
		return nil, limit
	case res.StatusCode >= 500:
		return nil, &serverError{res.StatusCode}
	}
	for name := range res.Header {
		if strings.HasPrefix(name, "X-Ratelimit-") {
			res.Header.Del(name)
		}
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// breaker counts refused calls over the ban window, by minute.
type breaker struct {
	mu      sync.Mutex
	minutes [banWindow/time.Minute + 1]struct{ minute, refused int64 }
}

func (b *breaker) count(now time.Time) {
	minute := now.Unix() / 60
	b.mu.Lock()
	defer b.mu.Unlock()
	m := &b.minutes[minute%int64(len(b.minutes))]
	if m.minute != minute {
		m.minute, m.refused = minute, 0
	}
	m.refused++
}

// refused is the refused calls of this minute and the ten before, so at least of the
// last ten minutes.
func (b *breaker) refused(now time.Time) int64 {
	oldest := now.Unix()/60 - int64(len(b.minutes))
	b.mu.Lock()
	defer b.mu.Unlock()
	var n int64
	for _, m := range b.minutes {
		if m.minute > oldest {
			n += m.refused
		}
	}
	return n
}

func (b *breaker) open(now time.Time) bool { return b.refused(now) >= banLimit-banReserve }

// route names the rate limit that a call falls under, as far as it can be told
// beforehand: method and path, with the ids that Discord shares limits by.
func route(r *http.Request) string {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, apiPath), "/")
	if len(parts) > 3 && parts[0] == "channels" {
		parts[3] = "*" // one limit for all messages of a channel
		if len(parts) > 5 {
			// Adding, taking back and listing reactions share one.
			return "channels/" + parts[1] + "/reactions"
		}
	}
	if len(parts) == 4 && parts[0] == "guilds" && parts[2] == "members" {
		parts[3] = "*" // one limit for all members of a guild
	}
	if parts[0] == "interactions" || parts[0] == "webhooks" {
		parts = parts[:min(len(parts), 3)] // one limit a token
	}
	return r.Method + " " + strings.Join(parts, "/")
}

// limiter makes calls wait for the rate limits of their routes, as Discord has told
// them, and then in the queue for the limit of all. It uses real time even when the
// bot's clock is simulated, because Discord counts in real time.
type limiter struct {
	queue  *queue
	waited func(time.Duration)

	mu     sync.Mutex
	routes map[string]time.Time // until when each is used up
	single map[string]bool      // routes that take one call at a time, such as a channel's reactions
}

// inFlight is how long a route that takes one call at a time is kept for a call, until its
// answer says until when.
const inFlight = 500 * time.Millisecond

// newLimiter returns a limiter of so many calls a second; 0 is any number.
func newLimiter(perSecond int, waited func(time.Duration)) *limiter {
	if waited == nil {
		waited = func(time.Duration) {}
	}
	return &limiter{routes: map[string]time.Time{}, single: map[string]bool{}, queue: newQueue(perSecond), waited: waited}
}

// wait returns when a call may be made, or with the context's error.
func (l *limiter) wait(ctx context.Context, r *http.Request) error {
	begun, waited := time.Now(), false
	for {
		too, err := l.waitRoute(ctx, route(r))
		waited = waited || too
		if class, about, queued := turn(r); err == nil && queued {
			too, err = l.queue.wait(ctx, class, about)
			waited = waited || too
		}
		if err != nil || l.take(route(r)) {
			if waited {
				l.waited(time.Since(begun))
			}
			return err
		}
	}
}

// take reports whether a route is still free, as another call of it may have left the
// queue meanwhile. One that takes one call at a time is then kept for this one.
func (l *limiter) take(route string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Until(l.routes[route]) > 0 {
		return false
	}
	if l.single[route] {
		l.routes[route] = time.Now().Add(inFlight)
	}
	return true
}

// waitRoute returns when a route may be called, or with the context's error, and whether
// that took a wait.
func (l *limiter) waitRoute(ctx context.Context, route string) (waited bool, err error) {
	for {
		l.mu.Lock()
		until, ok := l.routes[route]
		d := time.Until(until)
		if ok && d <= 0 {
			delete(l.routes, route)
		}
		l.mu.Unlock()
		if d <= 0 {
			return waited, ctx.Err()
		}
		waited = true
		if err := Sleep(ctx, d); err != nil {
			return waited, err
		}
	}
}

// learn reads an answer's rate limit headers, and the body of a 429, which may
// come from a proxy in front of Discord (Cloudflare) and then is not JSON.
func (l *limiter) learn(route string, res *http.Response, body []byte, now time.Time) *rateLimitError {
	seconds := func(s string) (time.Duration, bool) {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || f < 0 || f > 24*3600 {
			return 0, false
		}
		return time.Duration(f * float64(time.Second)), true
	}
	after, known := seconds(res.Header.Get("X-RateLimit-Reset-After"))
	limit := &rateLimitError{
		after:  after,
		global: res.Header.Get("X-RateLimit-Global") != "",
		shared: res.Header.Get("X-RateLimit-Scope") == "shared",
	}
	used := known && res.Header.Get("X-RateLimit-Remaining") == "0"
	if res.StatusCode == http.StatusTooManyRequests {
		used = true
		if d, ok := seconds(res.Header.Get("Retry-After")); ok {
			limit.after = d
		} else if !known {
			limit.after = 5 * time.Second
		}
		if gjson.ValidBytes(body) { // finer than the header, which has whole seconds
			if d, ok := seconds(gjson.GetBytes(body, "retry_after").Raw); ok {
				limit.after = d
			}
			limit.global = limit.global || gjson.GetBytes(body, "global").Bool()
		}
		limit.after = max(limit.after, 10*time.Millisecond)
	}
	if !used {
		return limit
	}
	until := now.Add(limit.after)
	if limit.global {
		l.queue.pause(until)
		return limit
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.routes[route] = until
	if res.Header.Get("X-RateLimit-Limit") == "1" {
		l.single[route] = true
	}
	if len(l.routes) > 10_000 || len(l.single) > 10_000 {
		clear(l.single) // is learned again
		for r, t := range l.routes {
			if !t.After(now) {
				delete(l.routes, r)
			}
		}
	}
	return limit
}

// Sleep waits in real time.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
