package discord

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// intents is all that the bot listens to. Interactions need none.
const intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessageReactions

const (
	openLimit    = 45 * time.Second // for dialling, HELLO and READY together
	firstPause   = time.Second      // after the first failed or lost connection
	longestPause = 2 * time.Minute
	steady       = time.Minute // a connection that held this long resets the pause
)

// Gateway keeps one gateway connection up.
type Gateway struct {
	token   string
	client  *http.Client // answers GET /gateway
	origin  *url.URL
	log     *slog.Logger
	receive func(event string, data []byte)
	down    func() // the connection is gone
	pause   func(ctx context.Context, d time.Duration) error

	mu        sync.Mutex
	current   *wire
	ended     chan error // of the current connection
	resumeAt  *url.URL   // where READY said that the session is resumed; nil for where it began
	elsewhere bool       // resumeAt was tried, and the session was not resumed there yet
}

// NewGateway returns a supervisor of the client's connection. receive is called for each
// event in order and must not block, down after each connection, and pause
// waits in real time between connections.
func NewGateway(client *Client, log *slog.Logger, receive func(event string, data []byte), down func(), pause func(context.Context, time.Duration) error) *Gateway {
	logDiscordgo(log)
	return &Gateway{token: client.token, client: client.rest.Client, origin: client.origin, log: log, receive: receive, down: down, pause: pause}
}

// Run connects, and connects again, until ctx ends (nil) or trying again
// cannot help (*FatalError).
func (v *Gateway) Run(ctx context.Context) error {
	var session *discordgo.Session
	failures := 0
	for ctx.Err() == nil {
		if session == nil {
			session = v.newSession(ctx)
		}
		started := time.Now()
		reason := v.connection(ctx, session)
		v.down()
		if closed, ok := errors.AsType[*closedError](reason); ok {
			if fatal := fatal(closed.code); fatal != nil {
				return fatal
			}
			if !resumable(closed.code) {
				session = nil
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if Judge(reason) == Refused {
			return TokenRefused()
		}
		if invalid, ok := errors.AsType[*invalidSessionError](reason); ok && !invalid.resumable {
			session = nil
		}
		if errors.Is(reason, errStuck) {
			session = nil // whatever still holds its lock keeps it
		}
		if time.Since(started) > steady {
			failures = 0
		}
		pause := min(firstPause<<min(failures, 10), longestPause)
		failures++
		if errors.Is(reason, errReconnect) && failures == 1 {
			pause = 0
		}
		if _, ok := errors.AsType[*invalidSessionError](reason); ok {
			pause = max(pause, time.Second+rand.N(4*time.Second)) // as Discord asks
		}
		v.log.Info("gateway connection ended", "reason", reason, "again_in", pause, "resume", session != nil)
		if v.pause(ctx, pause) != nil {
			return nil
		}
	}
	return nil
}

// resumable reports whether a session lives on after a close code.
func resumable(code int) bool {
	switch code {
	case websocket.CloseNormalClosure, websocket.CloseGoingAway, 4007, 4009:
		return false
	}
	return true
}

var errStuck = errors.New("opening the gateway connection took too long")

// connection opens one connection and returns why it ended.
func (v *Gateway) connection(ctx context.Context, session *discordgo.Session) error {
	ended := make(chan error, 1)
	v.mu.Lock()
	v.ended = ended
	v.mu.Unlock()
	opened := make(chan error, 1)
	go func() { opened <- session.Open() }()

	timer := time.NewTimer(openLimit)
	defer timer.Stop()
	select {
	case err := <-opened:
		if err != nil {
			v.drop()
			return v.reason(ended, err)
		}
	case <-ctx.Done():
		v.drop()
		<-opened // the wire is cut, and with it whatever Open waited for
		return ctx.Err()
	case <-timer.C:
		v.drop()
		select {
		case <-opened:
		case <-time.After(5 * time.Second):
		}
		return errStuck
	}
	select {
	case reason := <-ended:
		session.CloseWithCode(websocket.CloseServiceRestart) // the wire is cut: only tidies up
		return reason
	case <-ctx.Done():
		session.Close() // tells Discord that we leave
		v.drop()
		return ctx.Err()
	}
}

// reason prefers what the wire found to what Open made of it.
func (v *Gateway) reason(ended <-chan error, err error) error {
	select {
	case reason := <-ended:
		if !errors.Is(reason, net.ErrClosed) {
			return reason
		}
	default:
	}
	return err
}

// drop cuts the current connection.
func (v *Gateway) drop() {
	v.mu.Lock()
	w := v.current
	v.current = nil
	v.mu.Unlock()
	if w != nil {
		w.Close()
	}
}

// newSession is a discordgo session for the gateway alone, with everything
// off that it keeps or retries by itself.
func (v *Gateway) newSession(ctx context.Context) *discordgo.Session {
	s, _ := discordgo.New("Bot " + v.token) // never fails
	s.Client = &http.Client{Transport: bound{ctx, v.client.Transport}}
	s.Identify.Intents = intents
	s.Identify.Compress = false
	s.Compress = false
	s.ShouldReconnectOnError = false
	s.ShouldRetryOnRateLimit = false
	s.MaxRestRetries = 0
	s.ShouldReconnectVoiceOnSessionError = false
	s.StateEnabled = false
	s.SyncEvents = true // order matters: a reaction and its removal
	s.LogLevel = discordgo.LogWarning
	s.Dialer = &websocket.Dialer{
		HandshakeTimeout:  helloTime,
		NetDialContext:    within(ctx, v.dial),
		NetDialTLSContext: within(ctx, v.dialTLS),
		Proxy:             v.redirect,
	}
	v.mu.Lock()
	v.resumeAt = nil
	v.mu.Unlock()
	s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) {
		v.note(e)
		v.receive(e.Type, e.RawData)
	})
	return s
}

// note keeps where Discord wants the session to be resumed.
func (v *Gateway) note(e *discordgo.Event) {
	if e.Type != "READY" && e.Type != "RESUMED" {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.elsewhere = false
	if e.Type != "READY" {
		return
	}
	var ready struct {
		Resume string `json:"resume_gateway_url"`
	}
	_ = json.Unmarshal(e.RawData, &ready)
	v.resumeAt = nil
	if u, err := url.Parse(ready.Resume); err == nil && u.Host != "" && (u.Scheme == "wss" || u.Scheme == "ws") {
		v.resumeAt = u
	}
}

// redirect changes a handshake that is about to be dialled: discordgo resumes
// where the session began, and Discord wants it at the address that READY
// named. Where that cannot be reached, the next try goes to the first address.
// It stands in the place of a proxy, the dialer's one look at the request.
func (v *Gateway) redirect(r *http.Request) (*url.URL, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.resumeAt == nil || v.elsewhere || (v.resumeAt.Scheme == "wss") != (r.URL.Scheme == "https") {
		return nil, nil
	}
	v.elsewhere = true
	r.URL.Host, r.URL.Path, r.Host = v.resumeAt.Host, cmp.Or(v.resumeAt.Path, "/"), v.resumeAt.Host
	return nil, nil
}

// bound makes requests end with a context: discordgo asks for the gateway's
// address without one.
type bound struct {
	ctx  context.Context
	next http.RoundTripper
}

// RoundTrip makes one request.
func (b bound) RoundTrip(r *http.Request) (*http.Response, error) {
	return b.next.RoundTrip(r.WithContext(b.ctx))
}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// within makes a dial end with a context, too.
func within(life context.Context, dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(life, cancel)()
		return dial(ctx, network, addr)
	}
}

// dial connects to the gateway. When the bot talks to the real Discord, only
// Discord's gateways are dialled, whatever GET /gateway says.
func (v *Gateway) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if v.origin.Host == "discord.com" {
		return nil, fmt.Errorf("the gateway's address %s is not encrypted", addr)
	}
	return v.connect(ctx, network, addr)
}

func (v *Gateway) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if v.origin.Host == "discord.com" && host != "discord.gg" && !strings.HasSuffix(host, ".discord.gg") {
		return nil, fmt.Errorf("the gateway's address %s is not Discord's", addr)
	}
	dialer := &tls.Dialer{Config: &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return v.watch(conn), nil
}

func (v *Gateway) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return v.watch(conn), nil
}

// watch makes conn the current wire.
func (v *Gateway) watch(conn net.Conn) *wire {
	v.mu.Lock()
	defer v.mu.Unlock()
	ended := v.ended
	v.current = newWire(conn, func(reason error) { ended <- reason }, func(reason error) {
		v.log.Warn("a message of the gateway was left out", "error", reason)
	})
	return v.current
}
