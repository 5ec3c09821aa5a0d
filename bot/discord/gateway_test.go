package discord

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
)

// pauses is a clock on which only pauses take time. At back, mend is called:
// what was broken works again.
type pauses struct {
	mu   sync.Mutex
	now  time.Time
	back time.Time
	mend func()
}

func (p *pauses) Now() time.Time { p.mu.Lock(); defer p.mu.Unlock(); return p.now }

func (p *pauses) pause(ctx context.Context, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
	if p.mend != nil && !p.now.Before(p.back) {
		p.mend()
		p.mend = nil
	}
	return ctx.Err()
}

// connect runs a gateway against a stand-in until the test ends. Each READY and
// RESUMED comes with the clock's time.
func connect(t *testing.T, server *fakediscord.Server, clock *pauses, log *slog.Logger) (stands <-chan time.Time, ended <-chan error) {
	t.Helper()
	client, err := NewClient(Options{Token: server.Token(), BaseURL: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	at := make(chan time.Time, 2000)
	gateway := NewGateway(client, GatewayOptions{
		Log: log, Now: clock.Now, Pause: clock.pause, Down: func() {},
		Receive: func(event any) {
			switch event.(type) {
			case *Ready, *Resumed:
				at <- clock.Now()
			}
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- gateway.Run(ctx); close(over) }()
	t.Cleanup(func() {
		cancel()
		for range over {
		}
	})
	return at, over
}

func newServer(t *testing.T) *fakediscord.Server {
	t.Helper()
	server, err := fakediscord.New(fakediscord.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

// TestBackAfterAnOutage: within ten seconds of Discord's return, whether it
// still knows the session or not.
func TestBackAfterAnOutage(t *testing.T) {
	t.Parallel()
	for _, outage := range []time.Duration{10 * time.Second, 80 * time.Second, 600 * time.Second} {
		for _, forgotten := range []bool{false, true} {
			for _, everything := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, session forgotten %v, REST too %v", outage, forgotten, everything), func(t *testing.T) {
					t.Parallel()
					server, clock := newServer(t), &pauses{now: time.Unix(1_800_000_000, 0)}
					var log bytes.Buffer
					stands, _ := connect(t, server, clock, slog.New(slog.NewTextHandler(&log, nil)))
					<-stands
					clock.mu.Lock()
					clock.back = clock.now.Add(outage)
					clock.mend = func() {
						server.Break(nil)
						server.BreakGateway(fakediscord.GatewayFaults{RefuseResume: forgotten})
					}
					clock.mu.Unlock()
					server.BreakGateway(fakediscord.GatewayFaults{Down: true})
					if everything {
						server.Break(func(*http.Request) *fakediscord.Fault {
							return &fakediscord.Fault{Status: http.StatusServiceUnavailable}
						})
					}
					server.CutGateway()
					if away := (<-stands).Sub(clock.back); away < 0 || away >= 10*time.Second {
						t.Errorf("back %s after Discord", away)
					}
					said := log.String()
					if n := strings.Count(said, "the connection to Discord ended"); n != 1 {
						t.Errorf("a connection ended %d times", n)
					}
					warned := 0
					if outage > time.Minute {
						warned = 1
					}
					if n := strings.Count(said, "level=WARN"); n != warned {
						t.Errorf("%d warnings, want %d", n, warned)
					}
					if n := strings.Count(said, `level=INFO msg="Discord is reached again"`); n != warned {
						t.Errorf("the end was told %d times, want %d", n, warned)
					}
					if !strings.Contains(said, "503 Service Unavailable") || !strings.Contains(said, server.URL()) {
						t.Error("the status or the configured address is not told")
					}
					if t.Failed() {
						t.Log(said)
					}
				})
			}
		}
	}
}

// TestLoginsOfADay: Discord resets the token of a bot that logs in 1,000 times a
// day, whether that is heard or not.
func TestLoginsOfADay(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults fakediscord.GatewayFaults
		most   int
	}{
		"not heard":    {fakediscord.GatewayFaults{CloseOnIdentify: 4000}, 24*60/2 + 10}, // every two minutes in the end
		"lost at once": {fakediscord.GatewayFaults{CloseReady: 1000}, 999},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, clock := newServer(t), &pauses{now: time.Unix(1_800_000_000, 0)}
			server.BreakGateway(test.faults)
			over := make(chan struct{})
			clock.back, clock.mend = clock.now.Add(24*time.Hour), func() {
				server.BreakGateway(fakediscord.GatewayFaults{CloseOnIdentify: 4004})
				close(over)
			}
			_, ended := connect(t, server, clock, slog.New(slog.DiscardHandler))
			<-over
			_, logins, _ := server.GatewayCounts()
			<-ended
			if logins > test.most || logins < test.most/2 {
				t.Errorf("%d logins in a day, want at most %d and not many fewer", logins, test.most)
			}
		})
	}
}
