package discord

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cratedigger/internal/fakediscord"
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

// TestCallsOfOneRouteTakeTurns: of a channel's reactions Discord takes one call in a
// quarter of a second. Who places them and who lists them at the same time are not refused.
func TestCallsOfOneRouteTakeTurns(t *testing.T) {
	t.Parallel()
	server := newServerWith(t, fakediscord.Options{RateLimits: true, Latency: 20 * time.Millisecond})
	channel := server.AddChannel(server.AddGuild(fakediscord.Guild{Name: "g"}), fakediscord.Channel{Name: "c"})
	message := server.Put(fakediscord.Message{ChannelID: channel, Content: "x"})
	client, err := NewClient(Options{Token: server.Token(), BaseURL: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdle)
	const callers, calls = 4, 3
	if err := client.React(t.Context(), channel, message, "👍"); err != nil { // tells the limit
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for range calls {
				var err error
				if i%2 == 0 {
					err = client.React(t.Context(), channel, message, "👎")
				} else {
					_, err = client.Reactions(t.Context(), channel, message, "👍", false, "")
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := server.Refused(); n > 1 { // a starved machine may answer late
		t.Errorf("%d calls were refused", n)
	}
}
