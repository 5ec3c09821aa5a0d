package youtube

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Errors of all sources; the text says what to do.
var (
	// ErrQuota: the pages or calls of the day are used up.
	ErrQuota = errors.New("today's share of YouTube requests is used up")
	// ErrConsent: YouTube answers with its consent page only.
	ErrConsent = errors.New("YouTube asks for consent to cookies and shows nothing else from this address; set youtube.cookie, or use the official API")
	// ErrNoFeed: a channel's feed is missing, which does not mean that the
	// channel is gone.
	ErrNoFeed = errors.New("the channel's feed is missing; YouTube's feeds fail for days at times, so what is known of the channel was kept, and the feed is asked for again another day")
	// ErrTooLarge: the body is larger than maxBody.
	ErrTooLarge = fmt.Errorf("the answer is larger than %d MiB and was dropped", maxBody>>20)
)

// BlockedError says that YouTube refuses to serve this address for now: a
// captcha, a bot check or HTTP 429. No request is made before Until.
type BlockedError struct {
	Until time.Time // UTC
	Why   string    // "HTTP 429", "captcha", "bot check"
}

func (e *BlockedError) Error() string {
	return fmt.Sprintf("YouTube blocks this address (%s); nothing is requested before %s", short(e.Why), e.Until.UTC().Format("2006-01-02 15:04 UTC"))
}

// DriftError says that a page is not understood: YouTube has probably changed it.
type DriftError struct {
	Kind string // of the page: "results", "watch", …
	What string // the end of a sentence: "no videos and no word that there are none"
	Raw  string // path of the kept page, "" if it was not kept
}

func (e *DriftError) Error() string {
	s := fmt.Sprintf("the %s page is not understood (%s); YouTube has probably changed it", e.Kind, short(e.What))
	if e.Raw != "" {
		s += "; the page is kept as " + e.Raw
	}
	return s
}

// HostError says that a request would have gone to a host that is not allowed.
type HostError struct{ Host, Why string }

func (e *HostError) Error() string {
	return fmt.Sprintf("a request to %s was refused: %s", short(e.Host), short(e.Why))
}

// StatusError is an unexpected HTTP status, after all retries.
type StatusError struct {
	Code   int
	Reason string // from the body, where it has one
}

func (e *StatusError) Error() string {
	if e.Reason != "" {
		return fmt.Sprintf("YouTube answers with status %d: %s", e.Code, short(e.Reason))
	}
	return fmt.Sprintf("YouTube answers with status %d", e.Code)
}

// mostForeign is how many characters of foreign text an error shows.
const mostForeign = 200

// short is the beginning of a foreign text, on one line.
func short(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "?")
	if utf8.RuneCountInString(s) <= mostForeign {
		return s
	}
	runes := 0
	for i := range s {
		if runes++; runes == mostForeign {
			return s[:i] + "…"
		}
	}
	return s
}

// shortError shows only the beginning of an error's text.
type shortError struct{ err error }

func (e *shortError) Error() string { return short(e.err.Error()) }
func (e *shortError) Unwrap() error { return e.err }
