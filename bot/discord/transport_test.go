package discord

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestLimiterTellsOfItsWaits: a call to a used-up route waits as long as Discord
// has asked, and whoever counts is told how long.
func TestLimiterTellsOfItsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told time.Duration
		l := newLimiter(0, func(d time.Duration) { told += d })
		l.learn("GET a", &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"2"}}}, nil, time.Now())
		begun := time.Now()
		for _, path := range []string{"b", "a", "a"} {
			if err := l.wait(t.Context(), request("GET", path)); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(begun); waited != 2*time.Second || told != waited {
			t.Errorf("waited %v, told %v", waited, told)
		}
	})
}

func TestBreakerStopsBeforeTheBan(t *testing.T) {
	t.Parallel()
	var b breaker
	now := time.Unix(1_800_000_000, 0)
	for range banLimit - banReserve {
		if b.open(now) {
			t.Fatal("open too early")
		}
		b.count(now)
	}
	if !b.open(now) {
		t.Error("not open at the threshold")
	}
	if b.open(now.Add(banWindow + time.Minute)) {
		t.Error("still open when the window is over")
	}
}
