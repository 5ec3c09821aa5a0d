package fakediscord

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Options says how a Server behaves. The zero value is usable.
type Options struct {
	Token      string           // the bot's; default "stand-in-token"
	Now        func() time.Time // for ids and timestamps; default time.Now
	Heartbeat  time.Duration    // interval told in HELLO; default 41.25 s
	RateLimits bool             // enforce per-route limits, in real time, as Discord does
	Global     int              // calls a second of all routes, answers to interactions apart; 0: any number
	Latency    time.Duration    // how long the way of a call takes, in real time
	Log        *slog.Logger     // default: discard

	// Limits of the gateway, by Now; 0 is any number.
	Logins      int // IDENTIFYs in 24 hours; one more resets the token
	Concurrency int // max_concurrency: IDENTIFYs in five seconds, each of another bucket of shards
	MostGuilds  int // of one shard; a session with more is refused, 4011
}

// Strict returns the options with what Discord enforces of every bot: its limits of
// calls and of sessions, and 100 ms for a call's way.
func (o Options) Strict() Options {
	o.RateLimits, o.Global, o.Latency = true, 50, 100*time.Millisecond
	o.Logins, o.Concurrency, o.MostGuilds = 1000, 1, 2500
	return o
}

// Server is a running stand-in. Its methods may be called from any goroutine.
type Server struct {
	opts Options
	http *http.Server
	url  string
	done sync.WaitGroup

	open    atomic.Int64 // REST calls under way
	refused atomic.Int64 // answers 401, 403 and 429 so far

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change
	counter  uint64
	bot      User
	appID    string
	guilds   map[string]*guild
	order    []string // guild ids as added
	channels map[string]*channel
	users    map[string]User
	calls    map[string]*call // interactions by token
	callByID map[string]*call
	attached map[string][]byte // files of commands, by path
	avatars  map[string][]byte // by path
	commands []Command         // global application commands
	perGuild map[string][]Command
	puts     int // bulk overwrites so far
	sessions map[string]*session
	logins   window            // of the day
	buckets  map[int]time.Time // of shards: when the next IDENTIFY is free
	reset    bool              // the token: it was used for too many logins
	gateway  gatewayFaults
	closed   bool // no connection begins any more
	fault    func(*http.Request) *Fault
	limits   map[string]*window
	requests []Request
	subs     map[*subscription]struct{}
	events   uint64
}

// New starts a stand-in on a loopback port.
func New(opts Options) (*Server, error) {
	if opts.Token == "" {
		opts.Token = "stand-in-token"
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Heartbeat == 0 {
		opts.Heartbeat = 41250 * time.Millisecond
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fakediscord: no loopback port: %w", err)
	}
	s := &Server{
		opts:     opts,
		url:      "http://" + listener.Addr().String(),
		changed:  make(chan struct{}),
		guilds:   map[string]*guild{},
		channels: map[string]*channel{},
		users:    map[string]User{},
		calls:    map[string]*call{},
		callByID: map[string]*call{},
		attached: map[string][]byte{},
		avatars:  map[string][]byte{},
		perGuild: map[string][]Command{},
		sessions: map[string]*session{},
		buckets:  map[int]time.Time{},
		limits:   map[string]*window{},
		subs:     map[*subscription]struct{}{},
	}
	s.appID = s.newID()
	s.bot = User{ID: s.appID, Username: "Cratedigger", Bot: true}
	s.users[s.bot.ID] = s.bot
	s.http = &http.Server{Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second}
	s.done.Go(func() { s.http.Serve(listener) })
	return s, nil
}

// URL is the origin that stands for https://discord.com.
func (s *Server) URL() string { return s.url }

// BotID is the bot's user id, which is its application's too.
func (s *Server) BotID() string { return s.bot.ID }

// Token is the token that the stand-in accepts.
func (s *Server) Token() string { return s.opts.Token }

// Close ends every connection and waits for the server to stop.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for k := range s.gateway.sockets {
		k.shut(0)
	}
	for sub := range s.subs {
		sub.close()
		delete(s.subs, sub)
	}
	s.mu.Unlock()
	err := s.http.Close()
	s.done.Wait()
	return err
}

// newID is the next snowflake: the clock's millisecond and a counter. The
// caller holds mu, or nobody else knows s yet.
func (s *Server) newID() string {
	const epoch = 1420070400000 // Discord's, in Unix milliseconds
	s.counter++
	ms := max(s.opts.Now().UnixMilli()-epoch, 1)
	return strconv.FormatUint(uint64(ms)<<22|s.counter&(1<<22-1), 10)
}

// NewID is a fresh id, for what a test makes up itself.
func (s *Server) NewID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newID()
}

// touch tells those who wait that something changed. The caller holds mu.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Until returns when cond holds, or with the context's error. cond is asked
// after every change and must not call back into the server's waiting methods.
func (s *Server) Until(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("fakediscord: waited in vain: %w", context.Cause(ctx))
		}
	}
}

// Settle returns when nothing is pending: every connected client has
// acknowledged the newest event with a heartbeat, no REST call is open, and
// every interaction has been answered. What a client does later on its own is
// not pending; ask the client too.
func (s *Server) Settle(ctx context.Context) error {
	return s.Until(ctx, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		acknowledged := true
		for _, ses := range s.sessions {
			if ses.conn != nil && ses.acked < ses.seq {
				ses.probe() // once for each newest event
				acknowledged = false
			}
		}
		if !acknowledged || s.open.Load() > 0 {
			return false
		}
		for _, c := range s.calls {
			if !c.settled() {
				return false
			}
		}
		return true
	})
}
