package discord

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
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
	p.now = p.now.Add(d)
	var mend func()
	if !p.now.Before(p.back) {
		mend, p.mend = p.mend, nil
	}
	p.mu.Unlock()
	if mend != nil {
		mend() // unlocked, as a stand-in may have this clock too
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
	return newServerWith(t, fakediscord.Options{})
}

func newServerWith(t *testing.T, opts fakediscord.Options) *fakediscord.Server {
	t.Helper()
	server, err := fakediscord.New(opts)
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
					away := (<-stands).Sub(clock.back)
					t.Logf("back %s after Discord", away)
					if away < 0 || away >= 10*time.Second {
						t.Error("that is too late")
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

// TestLoginsThatDiscordCounts: the bot logs in once in five seconds, and when Discord says
// that the day has no login left, it says so and waits until there is one.
func TestLoginsThatDiscordCounts(t *testing.T) {
	t.Parallel()
	const logins = 5
	clock := &pauses{now: time.Unix(1_800_000_000, 0)}
	begun := clock.now
	server := newServerWith(t, fakediscord.Options{Now: clock.Now, Logins: logins, Concurrency: 1})
	server.BreakGateway(fakediscord.GatewayFaults{CloseReady: 1000})
	clock.back, clock.mend = begun.Add(49*time.Hour), func() { server.BreakGateway(fakediscord.GatewayFaults{CloseOnIdentify: 4004}) }
	var log bytes.Buffer
	stands, ended := connect(t, server, clock, slog.New(slog.NewTextHandler(&log, nil)))
	<-ended
	var came []time.Duration
	for len(stands) > 0 {
		came = append(came, (<-stands).Sub(begun))
	}
	if len(came) != 3*logins {
		t.Errorf("it logged in %d times in three days, want %d", len(came), 3*logins)
	}
	for i := 1; i < len(came); i++ {
		if apart := came[i] - came[i-1]; apart < loginApart || i%logins == 0 && came[i] < time.Duration(i/logins)*loginDay {
			t.Errorf("the logins came at %v: two are too near, or too many on a day", came)
			break
		}
	}
	said := log.String()
	if n := strings.Count(said, "level=WARN msg=\"the bot waits before it logs in"); n != 3 || !strings.Contains(said, "all 5 logins that Discord allows in a day are used up") {
		t.Errorf("it was told %d times that the day has no login left, want 3", n)
	}
	if strings.Contains(said, "session is invalid") {
		t.Error("a login came too soon")
	}
	if t.Failed() {
		t.Log(said)
	}
}

// TestTooManyGuildsForOneConnection: before Discord refuses the bot, the log says that it
// will; then the bot ends and says what to do.
func TestTooManyGuildsForOneConnection(t *testing.T) {
	t.Parallel()
	clock := &pauses{now: time.Unix(1_800_000_000, 0)}
	server := newServerWith(t, fakediscord.Options{Now: clock.Now, MostGuilds: 2})
	for i := range 3 {
		server.AddGuild(fakediscord.Guild{Name: fmt.Sprint("guild ", i)})
	}
	var log bytes.Buffer
	_, ended := connect(t, server, clock, slog.New(slog.NewTextHandler(&log, nil)))
	fatal, ok := errors.AsType[*FatalError](<-ended)
	if !ok || fatal.Code != 4011 || !strings.Contains(fatal.Reason, "take it out of some, or run a second bot") {
		t.Errorf("it ended with %v", fatal)
	}
	if !strings.Contains(log.String(), "Discord advises more connections") {
		t.Errorf("the log is %s", &log)
	}
}

// TestGuildsOfManyPages: Discord names 200 guilds in an answer.
func TestGuildsOfManyPages(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 199, 200, 450} {
		server := newServer(t)
		for i := range n {
			server.AddGuild(fakediscord.Guild{Name: fmt.Sprint("guild ", i)})
		}
		client, err := NewClient(Options{Token: server.Token(), BaseURL: server.URL()})
		if err != nil {
			t.Fatal(err)
		}
		guilds, err := client.Guilds(t.Context())
		seen := map[string]bool{}
		for _, g := range guilds {
			seen[g.ID] = true
		}
		if err != nil || len(guilds) != n || len(seen) != n {
			t.Errorf("of %d guilds %d are named, %d different ones (%v)", n, len(guilds), len(seen), err)
		}
		client.CloseIdle()
	}
}

// TestEndlessHandshake: an answer that never ends is not read for ever.
func TestEndlessHandshake(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	wrote := make(chan int, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		n, _ := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n")
		for err == nil && n < 64<<20 {
			var more int
			more, err = io.WriteString(conn, "X-More: "+strings.Repeat("x", 4000)+"\r\n")
			n += more
		}
		wrote <- n
	}()
	client, err := NewClient(Options{Token: "t", BaseURL: "http://" + listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	gateway := NewGateway(client, GatewayOptions{Log: slog.New(slog.DiscardHandler)})
	address, err := gateway.gatewayAddress("ws://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	err = (&connection{g: gateway, session: gateway.session}).dial(t.Context(), address)
	if err == nil || !strings.Contains(err.Error(), "64 kB") {
		t.Errorf("%v", err)
	}
	if n := <-wrote; n >= 64<<20 {
		t.Error("64 MB of it were read")
	}
}

// TestEventsAreBounded: an event fills no more memory than one of Discord's may.
func TestEventsAreBounded(t *testing.T) {
	t.Parallel()
	many := strings.TrimSuffix(strings.Repeat(`{},null,7,`, 200_000), ",")
	event, err := decode("GUILD_CREATE", []byte(`{"id":"1","channels":[{"id":"2","name":7},`+many+`],"owner_id":"3"}`))
	guild, ok := event.(*Guild)
	if err != nil || !ok || len(guild.Channels) != maxListed || guild.Channels[0].ID != "2" || guild.OwnerID != "3" {
		t.Errorf("%T, %v", event, err)
	}
	for kind, data := range map[string]string{
		"INTERACTION_CREATE": `{"id":"1","data":{"options":[` + many + `]}}`,
		ReactionAdd:          `{"user_id":"` + strings.Repeat("1", maxSmall) + `"}`,
		"GUILD_DELETE":       `null`,
		"READY":              `[]`,
	} {
		if event, err := decode(kind, []byte(data)); event != nil || !errors.Is(err, errGarbled) {
			t.Errorf("%s: %T, %v", kind, event, err)
		}
	}
	if event, err := decode("VOICE_STATE_UPDATE", []byte(`{}`)); event != nil || err != nil {
		t.Errorf("an event that the bot does not look at: %T, %v", event, err)
	}
}

// TestStartWithoutANetworkIsToldAtOnce: whoever starts the bot while Discord cannot be
// reached reads a warning with what to do, and another when it lasts.
func TestStartWithoutANetworkIsToldAtOnce(t *testing.T) {
	server, clock := newServer(t), &pauses{now: time.Unix(1_800_000_000, 0)}
	clock.back = clock.now.Add(80 * time.Second)
	clock.mend = func() { server.BreakGateway(fakediscord.GatewayFaults{}) }
	server.BreakGateway(fakediscord.GatewayFaults{Down: true})
	var log bytes.Buffer
	stands, _ := connect(t, server, clock, slog.New(slog.NewTextHandler(&log, nil)))
	<-stands
	said := log.String()
	first, _, _ := strings.Cut(said[strings.Index(said, "level=WARN"):], "\n")
	if !strings.Contains(first, "has a network") || strings.Count(said, "level=WARN") != 2 {
		t.Errorf("the log is %s", said)
	}
}

// TestLittleIsReadOfWhatNobodyLooksAt: nothing of the content of such an event, and no
// more of another than its kind may have.
func TestLittleIsReadOfWhatNobodyLooksAt(t *testing.T) {
	content := `{"id":"1","components":[` + strings.Repeat(`{"components":["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"]},`, 100_000) + `{}]}`
	for _, tt := range []struct {
		text string
		most int // bytes that are read
		fits bool
	}{
		{`{"t":"MESSAGE_CREATE","s":7,"op":0,"d":` + content + `}`, 1 << 10, true},
		{`{"op":0,"d":` + content + `,"s":7,"t":"MESSAGE_CREATE"}`, 8 << 20, true}, // it comes first
		{`{"t":"INTERACTION_CREATE","s":7,"op":0,"d":` + content + `}`, maxSmall + 1<<10, false},
		{`{"t":"GUILD_CREATE","s":7,"op":0,"d":` + content + `}`, 8 << 20, true},
	} {
		m := &message{Reader: strings.NewReader(tt.text), left: maxMessage}
		p, err := m.packet()
		left, _ := io.Copy(io.Discard, m.Reader)
		if read := len(tt.text) - int(left); read > tt.most || (err == nil) != tt.fits || tt.fits && (p.Seq != 7 || p.Op != opDispatch || p.Type == "") {
			t.Errorf("%.40s: %d of %d bytes were read (%v), as op %d, %s, number %d", tt.text, read, len(tt.text), err, p.Op, p.Type, p.Seq)
		}
	}
}
