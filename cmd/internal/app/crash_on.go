//go:build crash

package app

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"cratedigger/pipeline/schedule"
)

// crashTrace kills the process at the n-th passing of a point, as
// CRATEDIGGER_CRASH=vote:commit:3 says ("any:40" counts all points). Points are
// those of the catalogue's writes and, as rest:begin and rest:done, of the
// requests to Discord.
func crashTrace() func(point string) {
	spec := os.Getenv("CRATEDIGGER_CRASH")
	i := strings.LastIndexByte(spec, ':')
	if i < 0 {
		return nil
	}
	wanted := spec[:i]
	n, err := strconv.ParseInt(spec[i+1:], 10, 64)
	if err != nil {
		return nil
	}
	return func(point string) {
		if (wanted == "any" || wanted == point) && crashPassed.Add(1) == n {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal kills the process in a moment; do nothing more
		}
	}
}

// crashPassed counts the points that all parts of the process have passed.
var crashPassed atomic.Int64

// crashTransport passes a point before and after each request to Discord.
func crashTransport() http.RoundTripper {
	trace := crashTrace()
	if trace == nil {
		return nil
	}
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		trace("rest:begin")
		response, err := http.DefaultTransport.RoundTrip(r)
		trace("rest:done")
		return response, err
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// SystemClock runs faster than the world when CRATEDIGGER_CLOCK says so: its
// value is a moment in Unix nanoseconds and a factor, "1795370400000000000 900";
// at that moment the two agree.
func SystemClock() schedule.Clock {
	moment, factor, ok := strings.Cut(os.Getenv("CRATEDIGGER_CLOCK"), " ")
	ns, err := strconv.ParseInt(moment, 10, 64)
	f, errFactor := strconv.ParseInt(factor, 10, 64)
	if !ok || err != nil || errFactor != nil {
		return schedule.System{}
	}
	return fastClock{time.Unix(0, ns), time.Duration(f)}
}

type fastClock struct {
	start  time.Time
	factor time.Duration
}

func (c fastClock) Now() time.Time {
	return c.start.Add(time.Since(c.start) * c.factor).UTC()
}

func (c fastClock) Wait(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(until.Sub(c.Now()) / c.factor)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
