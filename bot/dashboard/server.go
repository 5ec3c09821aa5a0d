package dashboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"cratedigger/bot/text"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/limit"
	"cratedigger/pipeline/youtube"

	"golang.org/x/net/netutil"
)

// Options say what a Server shows and to whom.
type Options struct {
	// Listen is the address, as "127.0.0.1:8080". On any other than a loopback
	// address the dashboard needs a password.
	Listen string
	// Password, or PasswordHash from bcrypt, protects the dashboard. Without
	// either it is open to this machine.
	Password, PasswordHash string
	// TrustedProxies are whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// PprofListen is a loopback address for Go's profiler; "" for none.
	PprofListen string

	Store  Store
	Stages Stages
	Labels LabelFiles

	// Serves reports whether a guild is served: the others are shown, and not meant
	// where none is named. nil means all.
	Serves func(catalog.Guild) bool
	// Ready says why the bot is not ready, or nil; nil means always ready.
	Ready func(context.Context) error
	// Metrics answers /metrics to whoever may see the pages; nil for none.
	Metrics http.Handler
	// PredictPause is how long a guild waits between two predictions of the
	// API's: each asks YouTube for a page.
	PredictPause time.Duration
	// SearchPause is how long a guild waits between two searches that its page starts.
	SearchPause time.Duration
	// Changed is called after a guild's settings have changed; may be nil.
	Changed func(guildID string)

	// Deliver sends what waits in a guild's outbox; nil where nothing is posted.
	Deliver func(ctx context.Context, guildID string) error
	// Health examines what a guild depends on, as `cratedigger doctor` does; nil: nothing
	// is examined.
	Health func(ctx context.Context, guildID string) []Finding

	// People tells who members are; nil without Discord.
	People People

	// Channel is the address of a guild's channel, which the pages link; "" for
	// none. It may be nil.
	Channel func(catalog.Guild) string
	// Places are the channels of a guild in which the bot may post, as Discord says now.
	// nil where nothing is posted.
	Places func(ctx context.Context, guildID string) ([]Place, error)
	// Roles are the roles of a guild that its posts may ping, as Discord says now. nil
	// where nothing is posted.
	Roles func(ctx context.Context, guildID string) ([]Place, error)
	// Thumbnails is the address of a video's picture, with {id} for the video;
	// "" stands for YouTube's.
	Thumbnails string

	Now func() time.Time
	// Sleep waits in real time between two passwords of networks that guess; nil is
	// time.Sleep.
	Sleep   func(time.Duration)
	Log     *slog.Logger
	Version string
	// Text holds the sentences, in the languages that a guild can choose.
	Text *text.Catalogue
}

// Server is the dashboard. It may serve many requests at once.
type Server struct {
	Options
	policy          string // of content security
	templates       *template.Template
	limits          limit.Table // of what a guild may choose
	handler         http.Handler
	patterns        []string // of every route
	logins          *doorman
	predicted       pauses
	searched        pauses
	lists           lists
	weeks           memory[pipeline.Week]
	beliefs         memory[pipeline.Taste]
	nextPosts       memory[pipeline.Upcoming]
	foundFavourites memory[favouritesFound]
	queues          queues
	places          places
	roles           places
	jobs            sync.WaitGroup     // runs that the dashboard has started
	ctx             context.Context    // of the jobs
	stop            context.CancelFunc // ends them
}

// New checks the options and prepares the pages.
func New(o Options) (*Server, error) {
	switch {
	case o.Store == nil || o.Stages == nil || o.Labels == nil:
		return nil, errors.New("dashboard: it needs a store, the stages and label files")
	case o.Now == nil || o.Log == nil || o.Text == nil:
		return nil, errors.New("dashboard: it needs a clock, a logger and texts")
	case o.PprofListen != "" && !loopbackAddress(o.PprofListen):
		return nil, fmt.Errorf("the profiler listens on a loopback address only, not on %s: set dashboard.pprof_listen to 127.0.0.1 and a port", o.PprofListen)
	}
	if o.Serves == nil {
		o.Serves = func(catalog.Guild) bool { return true }
	}
	if o.Sleep == nil {
		o.Sleep = time.Sleep
	}
	o.Thumbnails = cmp.Or(o.Thumbnails, youtube.CoverURL("{id}"))
	pictures, err := url.Parse(strings.ReplaceAll(o.Thumbnails, "{id}", ""))
	if err != nil || pictures.Host == "" {
		return nil, fmt.Errorf("dashboard: %q is no address of thumbnails", o.Thumbnails)
	}
	s := &Server{Options: o, policy: policy(pictures.Scheme + "://" + pictures.Host), limits: limit.New(o.Text.Tags())}
	s.ctx, s.stop = context.WithCancel(context.Background()) // until Run ends
	s.lists.byGuild = map[string]*list{}
	s.queues.byGuild = map[string]*queue{}
	s.places = places{what: "channels the bot may post in", byGuild: map[string]known{}}
	s.roles = places{what: "roles a server has", byGuild: map[string]known{}}
	if s.logins, err = newDoorman(o.Password, o.PasswordHash, o.Now, o.Sleep); err != nil {
		return nil, err
	}
	if s.templates, err = s.parseTemplates(); err != nil {
		return nil, err
	}
	if s.Off() {
		s.handler = guard(s.policy, s.health())
	} else {
		s.handler = s.routes()
	}
	return s, nil
}

// Off reports whether the dashboard answers only health checks, because it has
// no password and listens on more than this machine.
func (s *Server) Off() bool { return !s.locked() && !loopbackAddress(s.Listen) }

// locked reports whether there is a password.
func (o Options) locked() bool { return o.Password != "" || o.PasswordHash != "" }

// shortest is how many characters a password has that others may try to guess.
const shortest = 12

// Guessable reports whether others can try to guess the password, and it is a
// short one.
func (o Options) Guessable() bool {
	public := !loopbackAddress(o.Listen) || len(o.TrustedProxies) > 0
	return public && o.Password != "" && utf8.RuneCountInString(o.Password) < shortest
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Run listens and serves until ctx ends, and returns nil then.
func (s *Server) Run(ctx context.Context) error {
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("the dashboard cannot listen on %s: %w; set dashboard.listen to a free address, or to \"\" for none", s.Listen, err)
	}
	return s.Serve(ctx, listener)
}

// Serve is Run on a listener that is open already.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	address := listener.Addr().String()
	switch {
	case s.Off():
		s.Log.Warn("the dashboard is off: it would be open to everybody. Set dashboard.password, or dashboard.listen to 127.0.0.1:8080. Only /healthz and /readyz answer", "address", address)
	case !s.locked():
		s.Log.Info("the dashboard is open to this machine", "url", "http://"+address)
	default:
		s.Log.Info("the dashboard is open to whoever knows its password", "url", "http://"+address)
	}
	if s.Guessable() {
		s.Log.Warn("the dashboard's password has fewer than 12 characters, and others can try to guess it; cratedigger config password FILE makes a longer one")
	}
	servers := []*http.Server{s.httpServer(s)}
	var done sync.WaitGroup
	if s.PprofListen != "" {
		profiler, err := net.Listen("tcp", s.PprofListen)
		if err != nil {
			listener.Close()
			return fmt.Errorf("the profiler cannot listen on %s: %w", s.PprofListen, err)
		}
		srv := s.httpServer(localOnly(profilerRoutes()))
		srv.WriteTimeout = 5 * time.Minute // a CPU profile takes as long as its caller asks
		servers = append(servers, srv)
		s.Log.Info("the profiler listens", "url", "http://"+profiler.Addr().String()+"/debug/pprof/")
		done.Go(func() { srv.Serve(netutil.LimitListener(profiler, mostProfiling)) })
	}
	done.Go(func() {
		<-ctx.Done()
		s.stop()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		for _, srv := range servers {
			if srv.Shutdown(end) != nil {
				srv.Close()
			}
		}
	})
	err := servers[0].Serve(netutil.LimitListener(listener, mostConnections))
	if !errors.Is(err, http.ErrServerClosed) {
		for _, srv := range servers {
			srv.Close()
		}
		return fmt.Errorf("the dashboard stopped: %w", err)
	}
	done.Wait()
	s.jobs.Wait()
	return nil
}

// The most connections at once. They leave file descriptors for the rest of the bot,
// where a process may have only 256. So many passwords stand in the line at most.
const mostConnections, mostProfiling = 128, 8

// How long a client may send a request, and the server may work on it and write the
// answer. A wait in the line of passwords is not counted.
const readTimeout, writeTimeout = 15 * time.Second, 60 * time.Second

// httpServer is a server that limits the time and memory a client can use. It waits
// by itself until there are file descriptors again.
func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
}

// health answers /healthz (the process lives) and /readyz (the bot works).
func (s *Server) health() *mux {
	m := new(mux)
	m.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "ok")
	})
	m.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if s.Ready != nil {
			if err := s.Ready(r.Context()); err != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
				if s.Off() || s.locked() { // the reason is not for strangers
					fmt.Fprintln(w, "not ready")
				} else {
					fmt.Fprintln(w, "not ready:", brief(err))
				}
				return
			}
		}
		fmt.Fprintln(w, "ready")
	})
	return m
}

func profilerRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// loopbackAddress reports whether only this machine can reach an address.
func loopbackAddress(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	return loopbackName(host)
}

// loopbackName reports whether a host always is this machine. A name that only
// resolves to it does not count: somebody else may own the name.
func loopbackName(host string) bool {
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
