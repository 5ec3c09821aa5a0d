package fakediscord

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// window is a rate limit's fixed window, in real time: limits are about the
// machines, not about the story that a simulated clock tells.
type window struct {
	limit int
	used  int
	reset time.Time
}

// LimitRates enforces the limits from now on, as Options.RateLimits does.
func (s *Server) LimitRates() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.RateLimits = true
}

// everyone takes one place of the window of all routes, and reports how long to wait when
// there is none. Answers to interactions do not count.
func (s *Server) everyone(path string) (wait time.Duration) {
	if s.opts.Global == 0 || strings.HasPrefix(path, "/interactions/") || strings.HasPrefix(path, "/webhooks/") {
		return 0
	}
	return s.take("global", s.opts.Global, time.Second).wait()
}

// take takes one place of a window, which begins anew when its time is over.
func (s *Server) take(key string, limit int, per time.Duration) *window {
	now := time.Now()
	w := s.limits[key]
	if w == nil || !now.Before(w.reset) {
		w = &window{limit: limit, reset: now.Add(per)}
		s.limits[key] = w
	}
	w.used++
	return w
}

// wait is how long whoever took the last place has to wait, 0 if there was one.
func (w *window) wait() time.Duration {
	if w.used > w.limit {
		return time.Until(w.reset)
	}
	return 0
}

// limit takes one place of the route's window. It sets the headers that
// Discord sends and reports how long to wait when there is none.
func (s *Server) limit(h http.Header, method, path string) (wait time.Duration) {
	key, limit, per := "", 0, time.Duration(0)
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(parts) >= 5 && parts[0] == "channels" && parts[4] == "reactions":
		key, limit, per = "reactions/"+parts[1], 1, 250*time.Millisecond
	case len(parts) == 3 && parts[0] == "channels" && method == http.MethodPost:
		key, limit, per = "messages/"+parts[1], 5, 5*time.Second
	case parts[0] == "webhooks":
		key, limit, per = "webhook/"+parts[min(2, len(parts)-1)], 5, 2*time.Second
	default:
		return 0
	}
	w := s.take(key, limit, per)
	h.Set("X-RateLimit-Bucket", strings.SplitN(key, "/", 2)[0])
	h.Set("X-RateLimit-Limit", strconv.Itoa(w.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, w.limit-w.used)))
	h.Set("X-RateLimit-Reset", strconv.FormatFloat(float64(w.reset.UnixMilli())/1000, 'f', 3, 64))
	h.Set("X-RateLimit-Reset-After", strconv.FormatFloat(time.Until(w.reset).Seconds(), 'f', 3, 64))
	return w.wait()
}
