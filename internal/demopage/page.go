// Package demopage is the page of the demo: a chat channel of the Discord
// stand-in in a browser, seen and used by one member, and beside it the clock of
// the simulated world and what only the simulation knows.
package demopage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cratedigger/bot/chart"
	"cratedigger/internal/fakediscord"
)

//go:embed assets
var assets embed.FS

// Options says what a Page shows.
type Options struct {
	Server    *fakediscord.Server
	ChannelID string
	MemberID  string // as whom the viewer clicks and types
	Control   Control
	Dashboard string // address of the bot's dashboard, which the page links; "" for none
	// Unfold says what to show of a linked video; nil shows links as text.
	Unfold func(videoID string) (Card, bool)
	Log    *slog.Logger // default: discard
}

// Page is the stand-in's own client: a chat channel in a browser, seen and
// used by one member. The bot behind it does not know of it. It answers only
// requests that name a loopback address, so that no other site can use it.
type Page struct {
	server                 *fakediscord.Server
	guild, channel, member string
	guildName, channelText string
	permissions            int64
	control                Control
	dashboard              string
	unfoldVideo            func(string) (Card, bool)
	log                    *slog.Logger
	templates              *template.Template
	handler                http.Handler
	closed                 chan struct{}
	close                  sync.Once

	mu      sync.Mutex
	changed chan struct{}                  // closed and replaced by Changed
	private map[string]fakediscord.Message // ephemeral answers by id, to survive a reload
	order   []string                       // their ids, oldest first
	calls   map[string]string              // what a call was, by its id
	answers map[string]string              // the call that a message answers
	stop    func()
}

// maxPrivate bounds the ephemeral answers kept; maxShown the channel's.
const (
	maxPrivate = 30
	maxShown   = 150
	maxCalls   = 2000
)

var errSilent = errors.New("The application did not respond")

// New makes the page of a channel. Close ends its streams.
func New(o Options) (*Page, error) {
	p := &Page{
		server: o.Server, channel: o.ChannelID, member: o.MemberID, control: o.Control, dashboard: o.Dashboard, unfoldVideo: o.Unfold, log: o.Log,
		changed: make(chan struct{}), private: map[string]fakediscord.Message{}, calls: map[string]string{}, answers: map[string]string{},
		closed: make(chan struct{}),
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.unfoldVideo == nil {
		p.unfoldVideo = func(string) (Card, bool) { return Card{}, false }
	}
	guild, viewer, err := o.Server.Seen(o.ChannelID, o.MemberID)
	if err != nil {
		return nil, err
	}
	p.guild, p.guildName, p.permissions = guild.ID, guild.Name, viewer.Permissions
	p.channelText = p.channelName(o.ChannelID)

	p.templates, err = template.New("").Funcs(template.FuncMap{"length": length}).ParseFS(assets, "assets/*.html")
	if err != nil {
		return nil, fmt.Errorf("the page's templates: %w", err)
	}
	p.handler = p.routes()
	events, stop := o.Server.Subscribe(4096)
	p.stop = stop
	go p.remember(events)
	return p, nil
}

// Close ends the event streams, so that a server that shuts down does not wait
// for open pages.
func (p *Page) Close() {
	p.close.Do(func() {
		close(p.closed)
		p.mu.Lock()
		stop := p.stop
		p.mu.Unlock()
		stop()
	})
}

// Changed tells open pages that the control's state is another.
func (p *Page) Changed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
}

// Serve answers requests on a listener until ctx ends, and returns nil then.
func (p *Page) Serve(ctx context.Context, listener net.Listener) error {
	srv := &http.Server{
		Handler: p, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-ctx.Done()
		p.Close()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if srv.Shutdown(stop) != nil {
			srv.Close()
		}
	}()
	err := srv.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		<-done
		return nil
	}
	return fmt.Errorf("the demo's page: %w", err)
}

// ServeHTTP answers one request.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

func (p *Page) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.serveIndex)
	mux.HandleFunc("GET /events", p.serveEvents)
	mux.HandleFunc("GET /suggest", p.serveSuggest)
	mux.HandleFunc("GET /thumb/{id}", p.serveThumb)
	mux.HandleFunc("GET /file/{message}/{n}", p.serveFile)
	mux.HandleFunc("GET /assets/{name}", p.serveAsset)
	mux.HandleFunc("POST /react", p.act(p.react))
	mux.HandleFunc("POST /say", p.act(p.say))
	mux.HandleFunc("POST /press", p.act(p.press))
	mux.HandleFunc("POST /app", p.act(p.app))
	mux.HandleFunc("POST /form", p.act(p.form))
	mux.HandleFunc("POST /dismiss", p.act(p.dismiss))
	mux.HandleFunc("POST /control", p.act(p.steer))
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if !loopback(r.Host) {
			http.Error(w, "This page answers only under a loopback address.", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		guarded.ServeHTTP(w, r)
	})
}

// loopback reports whether a Host header names this machine. Another name that
// resolves here is somebody else's page.
func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.Trim(name, "[]")
	if name == "localhost" {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}

// request is what a page posts: an action's fields, JSON.
type request struct {
	Text, Message, Emoji, ID, Action string
	On                               bool
	Values                           []string
	Fields                           map[string]string
	Speed                            float64
}

// act wraps an action: it decodes the body, runs it, and answers JSON: a form
// to fill in, or a sentence about what failed.
func (p *Page) act(do func(context.Context, request) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req request
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			writeJSON(w, map[string]string{"error": "The request was not understood."})
			return
		}
		form, err := do(r.Context(), req)
		answer := map[string]any{}
		if err != nil {
			answer["error"] = strings.TrimPrefix(err.Error(), "fakediscord: ")
		}
		if form != nil {
			answer["form"] = json.RawMessage(form)
		}
		writeJSON(w, answer)
	}
}

func writeJSON(w io.Writer, v any) {
	// A browser that has gone away is not our concern.
	_ = json.NewEncoder(w).Encode(v)
}

func (p *Page) react(ctx context.Context, req request) ([]byte, error) {
	if len(req.Emoji) > 32 {
		return nil, errors.New("this is no emoji")
	}
	act := p.server.Unreact
	if req.On {
		act = p.server.React
	}
	if err := act(p.member, p.channel, req.Message, req.Emoji); err != nil {
		return nil, err
	}
	p.voted(ctx)
	return nil, nil
}

// voteLimit is how long a press waits until its vote is counted: the bot may be at work.
const voteLimit = 2 * time.Second

// voted has the side panel count the visitor's vote.
func (p *Page) voted(ctx context.Context) {
	if p.control == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, voteLimit)
	defer cancel()
	p.control.Voted(ctx)
}

// say sends a message, or runs a command when it begins with /.
func (p *Page) say(ctx context.Context, req request) ([]byte, error) {
	text := strings.TrimSpace(req.Text)
	if text == "" {
		return nil, nil
	}
	if len([]rune(text)) > 2000 {
		return nil, errors.New("a message has at most 2000 characters")
	}
	if !strings.HasPrefix(text, "/") {
		_, err := p.server.Say(p.member, p.channel, text)
		return nil, err
	}
	t, err := parseTyped(p.commands(), text)
	if err != nil {
		return nil, err
	}
	if err := t.finish(p.channelID); err != nil {
		return nil, err
	}
	return p.submit(ctx, fakediscord.Interaction{Command: t.command.Name, Sub: strings.Join(t.path, " "), Options: t.options})
}

func (p *Page) press(ctx context.Context, req request) ([]byte, error) {
	answer, err := p.submit(ctx, fakediscord.Interaction{MessageID: req.Message, CustomID: req.ID, Values: req.Values})
	if err == nil {
		p.voted(ctx) // it may have been a vote's button
	}
	return answer, err
}

func (p *Page) app(ctx context.Context, req request) ([]byte, error) {
	return p.submit(ctx, fakediscord.Interaction{Command: req.ID, Target: req.Message})
}

func (p *Page) form(ctx context.Context, req request) ([]byte, error) {
	if req.Fields == nil {
		req.Fields = map[string]string{}
	}
	return p.submit(ctx, fakediscord.Interaction{MessageID: req.Message, CustomID: req.ID, Form: req.Fields})
}

func (p *Page) dismiss(_ context.Context, req request) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.private, req.Message)
	p.order = slices.DeleteFunc(p.order, func(id string) bool { return id == req.Message })
	return nil, nil
}

func (p *Page) steer(ctx context.Context, req request) ([]byte, error) {
	if p.control == nil {
		return nil, errors.New("there is no clock to control")
	}
	switch req.Action {
	case "pause":
		p.control.Pause(true)
	case "resume":
		p.control.Pause(false)
	case "next":
		p.control.NextDay(ctx)
	case "skip":
		p.control.Skip(ctx)
	case "speed":
		if !(req.Speed >= 0) || req.Speed > 10_000 {
			return nil, errors.New("there is no such speed")
		}
		p.control.SetSpeed(req.Speed)
	default:
		return nil, errors.New("there is no such control")
	}
	p.Changed()
	return nil, nil
}

func (p *Page) serveSuggest(w http.ResponseWriter, r *http.Request) {
	text := r.FormValue("text")
	out := []Suggestion{}
	if len(text) <= 2000 {
		out = append(out, p.suggest(r.Context(), text)...)
	}
	w.Header().Set("Content-Type", "application/json")
	writeJSON(w, out)
}

func (p *Page) serveThumb(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimSuffix(r.PathValue("id"), ".svg")
	if len(id) > 64 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "max-age=86400")
	w.Write(Thumbnail(id))
}

// serveFile serves an attachment. Only pictures are shown; their type is ours
// to say.
func (p *Page) serveFile(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("message")
	n, err := strconv.Atoi(r.PathValue("n"))
	m, ok := p.server.Message(p.channel, id)
	if !ok {
		p.mu.Lock()
		m, ok = p.private[id]
		p.mu.Unlock()
	}
	if err != nil || !ok || n < 0 || n >= len(m.Files) {
		http.NotFound(w, r)
		return
	}
	data := m.Files[n].Data
	kind := http.DetectContentType(data)
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, kind) {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Write(data)
}

// serveAsset serves the style sheet and the script.
func (p *Page) serveAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	var data []byte
	var err error
	if name == "chart.css" {
		data = []byte(chart.CSS())
	} else {
		data, err = assets.ReadFile("assets/" + name)
	}
	kind := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}[path.Ext(name)]
	if err != nil || kind == "" {
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", tag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

// length is a duration as players show it.
func length(seconds int) string {
	if seconds <= 0 {
		return ""
	}
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
