//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// house is a shell whose stand-ins stand behind doors that note what passes.
type house struct {
	*shell
	discord *fakediscord.Server
	beta    string // one of the two guilds that the bot is in

	mu     sync.Mutex
	passed []string
	first  func() // called when something has passed; may be nil
}

// door is the address of a server that notes requests under a name and passes
// them on. It is a forward proxy too.
func (h *house) door(name, to string) string {
	target, err := url.Parse(to)
	if err != nil {
		h.t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line := fmt.Sprintf("%s: %s %s", name, r.Method, r.URL.Path)
		if key := r.URL.Query().Get("key"); key != "" {
			line += " key=" + key
		}
		auth := http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
		if user, _, ok := auth.BasicAuth(); ok {
			line += " for=" + user
		}
		if cookie := r.Header.Get("Cookie"); cookie != "" {
			line += " cookie=" + cookie
		}
		h.mu.Lock()
		h.passed = append(h.passed, line)
		first := h.first
		h.mu.Unlock()
		if first != nil {
			first()
		}
		pass.ServeHTTP(w, r)
	}))
	h.t.Cleanup(s.Close)
	return s.URL
}

// requests are what passed the doors.
func (h *house) requests() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	plural := "s"
	if len(h.passed) == 1 {
		plural = ""
	}
	return strings.Join(h.passed, "\n") + fmt.Sprintf("\nin all %d request%s\n", len(h.passed), plural)
}

// newHouse starts the stand-ins and sets the environment to their doors, and
// then to the settings. In a value {dir}, {other}, … stand for what is not known
// before.
func newHouse(t *testing.T, settings map[string]string) *house {
	t.Helper()
	s, d := newShell(t)
	d.AddGuild(fakediscord.Guild{Name: "Alpha"})
	h := &house{shell: s, discord: d, beta: d.AddGuild(fakediscord.Guild{Name: "Beta"})}
	delete(s.env, "CRATEDIGGER_LOG_LEVEL")
	s.env["CRATEDIGGER_YOUTUBE_BASE_URL"] = h.door("web", s.youtube.URL())
	s.env["CRATEDIGGER_YOUTUBE_API_BASE_URL"] = h.door("api", s.youtube.URL())
	s.env["CRATEDIGGER_YOUTUBE_FEED_BASE_URL"] = h.door("feed", s.youtube.URL())
	s.env["container"] = "podman" // so that fatal_wait counts
	fill := strings.NewReplacer("{dir}", s.dir, "{beta}", h.beta)
	for key, value := range settings {
		value = fill.Replace(value)
		if strings.Contains(value, "{other}") {
			to := s.youtube.URL()
			if strings.HasPrefix(key, "discord.") {
				to = d.URL()
			}
			value = strings.ReplaceAll(value, "{other}", h.door("other", to))
		}
		if strings.Contains(value, "{proxy}") {
			value = strings.ReplaceAll(value, "{proxy}", strings.TrimPrefix(h.door("proxy", s.youtube.URL()), "http://"))
		}
		if value == "{free}" {
			value = freeAddress(t, "127.0.0.4:0")
		}
		s.env["CRATEDIGGER_"+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = value
	}
	return h
}

// freeAddress is an address that nobody listens on.
func freeAddress(t *testing.T, near string) string {
	l, err := net.Listen("tcp", near)
	if err != nil {
		t.Skipf("the machine has no %s: %v", near, err)
	}
	defer l.Close()
	return l.Addr().String()
}

// config loads the settings as every command does.
func (h *house) config() *config.Config {
	inv := &invocation{getenv: func(name string) string { return h.env[name] }}
	cfg, err := inv.config()
	if err != nil {
		h.t.Fatal(err)
	}
	return cfg
}

// parts opens the parts of `run` on a clock of the test's.
func (h *house) parts(clock schedule.Clock) *app.Parts {
	p := &app.Parts{Config: h.config(), Level: new(slog.LevelVar), Log: slog.New(slog.DiscardHandler), Clock: clock}
	if err := p.OpenCatalogue(clock.Now); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { p.Close() })
	if err := p.OpenLoop(context.Background()); err != nil {
		h.t.Fatal(err)
	}
	return p
}

// check ends the test on an error.
func (h *house) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// scrape runs the command and shows what it asked for. Where requests are to be
// far from each other, it is interrupted some time after the first.
func (h *house) scrape() string {
	ctx, cancel := context.WithCancel(h.t.Context())
	defer cancel()
	if h.config().YouTube.RequestInterval > 0 {
		h.first = func() { time.AfterFunc(300*time.Millisecond, cancel) }
	}
	var out, errOut buffer
	h.begin(ctx, "", &out, &errOut, "scrape")
	said := out.String() + errOut.String()
	if strings.Contains(said, "hunter2") {
		h.t.Errorf("the password of the proxy is shown: %s", said)
	}
	return h.requests() + said
}

// guild is the guild that a command makes where there is none, and the files.
func (h *house) guild() string {
	if _, errOut, code := h.typed("video_id,y\naaaaaaaaaaa,\n", "labels", "import", "-"); code != 0 {
		h.t.Fatal(errOut)
	}
	p := h.parts(schedule.System{})
	g, _, err := p.Catalog.Guild(context.Background(), catalog.LocalGuild)
	h.check(err)
	text, err := json.Marshal(g)
	h.check(err)
	seen := string(text) + "\n"
	h.check(filepath.WalkDir(h.dir, func(path string, _ fs.DirEntry, err error) error {
		seen += path + "\n"
		return err
	}))
	return seen
}

var (
	toldURL = regexp.MustCompile(`http://127\.[0-9.:]+[a-z/]*`)
	port    = regexp.MustCompile(`(127\.0\.0\.[0-9]):[0-9]+`)
)

// paced starts the bot and tells from its metrics whether its calls had to wait for
// each other until it had registered its commands.
func (h *house) paced() string {
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	var out, log buffer
	ended := make(chan int, 1)
	go func() { ended <- h.begin(ctx, "", &out, &log, "run") }()
	registered := func() bool {
		return slices.ContainsFunc(h.discord.Requests(), func(r fakediscord.Request) bool { return r.Method == http.MethodPut })
	}
	h.check(h.discord.Until(ctx, registered))
	page := toldURL.FindString(log.String())
	for ; page == "" && ctx.Err() == nil; page = toldURL.FindString(log.String()) {
		time.Sleep(10 * time.Millisecond) // the dashboard may open a moment later
	}
	response, err := http.Get(page + "/metrics")
	h.check(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	h.check(err)
	cancel()
	<-ended
	_, waited, _ := strings.Cut(string(text), "\ncratedigger_discord_ratelimit_wait_seconds_total ")
	waited, _, _ = strings.Cut(waited, "\n")
	seconds, err := strconv.ParseFloat(waited, 64)
	h.check(err)
	return fmt.Sprintf("waited over half a second: %v\n", seconds > .5)
}

// run starts the bot, waits until it has met its guilds or has ended, asks every
// page that it names, and stops it.
func (h *house) run() string {
	cfg := h.config()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	var out, log buffer
	ended := make(chan int, 1)
	go func() { ended <- h.begin(ctx, "", &out, &log, "run") }()
	meets := 2
	if n := len(cfg.Discord.Guilds); n > 0 {
		meets = n
	}
	pages := map[string]bool{}
	for met := false; !met; time.Sleep(10 * time.Millisecond) {
		for _, u := range toldURL.FindAllString(log.String(), -1) {
			pages[u] = true
		}
		met = strings.Count(log.String(), "joined a guild") >= meets && len(pages) > 0 && (cfg.Dashboard.PprofListen == "" || len(pages) > 1)
		select {
		case code := <-ended:
			ended <- code
			met = true
		default:
		}
	}
	var seen strings.Builder
	asker := &http.Transport{DisableKeepAlives: true}
	ask := func(address string) {
		answer := func(password string) int {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
			h.check(err)
			r.Header.Set("X-Forwarded-For", "203.0.113.9")
			if password != "" {
				r.SetBasicAuth("owner", password)
			}
			response, err := asker.RoundTrip(r)
			if err != nil {
				return 0
			}
			response.Body.Close()
			return response.StatusCode
		}
		fmt.Fprintf(&seen, "GET %s %d, with the password %d\n", port.ReplaceAllString(strings.TrimPrefix(address, "http://"), "$1"), answer(""), answer(password))
		answer("a guess")
	}
	if strings.Contains(log.String(), "joined a guild") {
		for _, page := range slices.Sorted(maps.Keys(pages)) {
			if strings.Contains(page, "pprof") {
				ask(page)
				continue
			}
			for _, path := range []string{"/", "/healthz", "/metrics"} {
				ask(page + path)
			}
		}
		if a := cfg.Metrics.Listen; a != "" { // the log does not say when it is open
			for last := time.Now().Add(10 * time.Second); cfg.Metrics.Enabled && time.Now().Before(last); time.Sleep(10 * time.Millisecond) {
				if c, err := net.Dial("tcp", string(a)); err == nil {
					c.Close()
					break
				}
			}
			ask("http://" + string(a) + "/metrics")
		}
		h.typed("", "rank") // is executed inside the bot, which notes it at the level debug
	}
	cancel()
	<-ended
	p := h.parts(schedule.System{})
	guilds, err := p.Catalog.Guilds(h.t.Context())
	h.check(err)
	fmt.Fprint(&seen, "guilds:")
	for _, g := range guilds {
		fmt.Fprint(&seen, " ", g.Name)
	}
	return seen.String() + "\n" + h.requests() + log.String()
}

// ticking is a clock that goes on by most of a minute at each look.
type ticking struct {
	*schedule.Stepped
	mu    sync.Mutex
	ahead time.Duration
}

func (c *ticking) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += 45 * time.Second
	return c.Stepped.Now().Add(c.ahead)
}

var morning = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// stock makes a guild with labelled videos from a number on. Those that were
// voted on long ago are not liked.
func (h *house) stock(p *app.Parts, from, n int, at time.Time) string {
	_, id, err := (&invocation{ctx: h.t.Context(), parts: p}).openGuild("")
	h.check(err)
	var sightings []catalog.Sighting
	var votes []catalog.VoteChange
	for i := from; i < from+n; i++ {
		video := youtube.Video{ID: fmt.Sprintf("video%06d", i), Title: fmt.Sprintf("quiet piano %d (Crate Premiere) [Official Music Video]", i%7), Category: "Music", Channel: fmt.Sprint("channel ", i%9)}
		like, when := i%2 == 0, at
		if !like {
			video.Title, when = fmt.Sprintf("loud drums %d", i%7), at.Add(-60*24*time.Hour)
		}
		if from > 0 { // the newest are of another mind
			when = at
			like = i%4 == 0
		}
		sightings = append(sightings, catalog.Sighting{At: when, GuildID: id, Query: "jazz", Detailed: true, Status: youtube.StatusOK, Video: video})
		votes = append(votes, catalog.VoteChange{GuildID: id, VideoID: video.ID, MemberID: fmt.Sprint(900 + i%4), Up: like, Set: true, Source: catalog.SourceImport, At: when})
	}
	_, err = p.Catalog.Observe(h.t.Context(), sightings)
	h.check(err)
	_, err = p.Catalog.Vote(h.t.Context(), votes...)
	h.check(err)
	return id
}

// learned trains after a search, trains again with eight new votes, and shows
// what the models say of themselves.
func (h *house) learned() string {
	clock := &ticking{Stepped: schedule.NewStepped(morning)}
	p := h.parts(clock)
	id := h.stock(p, 0, 60, morning)
	_, err := p.Loop.Tune(h.t.Context(), id, "test", 0, nil)
	h.check(err)
	h.stock(p, 60, 8, clock.Now())
	_, err = p.Loop.Retrain(h.t.Context(), id, "test", "", nil)
	h.check(err)
	models, err := p.Catalog.Models(context.Background(), id)
	h.check(err)
	var seen strings.Builder
	for _, m := range models {
		card, err := taste.ReadCard(m.Card)
		h.check(err)
		if card.Labels > 60 {
			fmt.Fprintln(&seen, card.Judged)
			continue
		}
		fmt.Fprintf(&seen, "seed: %d\nbase rate: %.1f\n", card.Seed, card.BaseRate)
		if card.Tuning != nil {
			fmt.Fprintf(&seen, "trials: %d\n", len(card.Tuning.Trials))
		}
		for _, word := range []string{"premiere", "official"} {
			fmt.Fprintf(&seen, "reads %s: %t\n", word, strings.Contains(string(m.Card), word))
		}
	}
	return seen.String()
}

// weekly trains from as many labels as the weekly search needs.
func (h *house) weekly() string {
	clock := &ticking{Stepped: schedule.NewStepped(morning)}
	p := h.parts(clock)
	id := h.stock(p, 0, 210, morning)
	_, err := p.Loop.Retrain(h.t.Context(), id, "test", "", nil)
	h.check(err)
	m, _, err := p.Catalog.Champion(context.Background(), id)
	h.check(err)
	card, err := taste.ReadCard(m.Card)
	h.check(err)
	return fmt.Sprintf("searched: %t\n", card.Tuning != nil)
}

// town starts the bot with these settings between stand-ins of one clock.
func (h *house) town() *town {
	w := newTown(h.t, fakeyoutube.Options{Seed: 7, Videos: 300}, nil)
	for key, value := range map[string]string{
		"DISCORD_BASE_URL": w.discord.URL(), "DISCORD_TOKEN": w.discord.Token(), "DATA_DIR": w.dir,
		"YOUTUBE_BASE_URL": w.youtube.URL(), "DEFAULTS_CHANNEL": w.channel,
	} {
		h.env["CRATEDIGGER_"+key] = value
	}
	w.change = func(cfg *config.Config) { *cfg = *h.config() }
	w.start()
	return w
}

// away stops the bot after its first posts, has a member react, and starts it
// hours later.
func (h *house) away() string {
	w := h.town()
	w.until(w.next(18, 1))
	posts := w.posts(morning)
	w.stop()
	for _, p := range posts {
		h.check(w.discord.React(w.members[0], p.ChannelID, p.MessageID, "👍"))
	}
	w.clock.Set(w.clock.Now().Add(3 * time.Hour))
	w.start()
	votes, err := w.service.Catalog.Votes(w.t.Context(), w.guild)
	h.check(err)
	return fmt.Sprintf("votes: %d\n", len(votes))
}

// held is how many picks the guild of a town holds half an hour before its post.
func (h *house) held() string {
	w := h.town()
	w.until(time.Date(morning.Year(), morning.Month(), morning.Day(), 17, 30, 0, 0, time.UTC))
	held, err := w.service.Catalog.Held(w.t.Context(), w.guild)
	h.check(err)
	return fmt.Sprintf("held: %d\n", len(held))
}

// forgetful ranks for two guilds and shows what the log says.
func (h *house) forgetful() string {
	var log buffer
	p := &app.Parts{Config: h.config(), Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Clock: schedule.System{}}
	h.check(p.OpenCatalogue(p.Clock.Now))
	h.t.Cleanup(func() { p.Close() })
	h.check(p.OpenLoop(context.Background()))
	for _, id := range []string{"1", "2", "3"} {
		h.check(p.Catalog.SaveGuild(context.Background(), catalog.Guild{ID: id, Zone: "UTC", Picks: 5, Queries: []youtube.Query{{Text: "jazz"}}}))
		_, err := p.Catalog.Observe(h.t.Context(), []catalog.Sighting{{
			GuildID: id, Query: "jazz", At: p.Clock.Now(), Video: youtube.Video{ID: "aaaaaaaaaaa", Title: "Mára – Blue Note"},
		}})
		h.check(err)
	}
	for _, id := range []string{"1", "2", "3"} {
		_, err := p.Loop.Rank(h.t.Context(), id, "", 1)
		h.check(err)
	}
	return log.String()
}

// kept lives through a day with an old vote, an old run and a guild that was left
// days ago, and shows what is left and which backups there are.
func (h *house) kept() string {
	h.env["CRATEDIGGER_DEFAULTS_QUERIES"] = ""
	w := h.town()
	c, old := w.service.Catalog, w.clock.Now().Add(-10*24*time.Hour)
	h.check(c.SaveGuild(w.t.Context(), catalog.Guild{ID: "77", Name: "Left", LeftAt: old, Zone: "UTC"}))
	_, err := c.Vote(h.t.Context(), catalog.VoteChange{GuildID: w.guild, VideoID: "aaaaaaaaaaa", MemberID: "900", Up: true, Set: true, Source: catalog.SourceImport, At: old})
	h.check(err)
	w.clock.Set(old)
	run, err := c.StartRun(w.t.Context(), catalog.Run{GuildID: w.guild, Kind: "scrape"})
	h.check(err)
	w.clock.Set(morning)
	run.Ended, run.Outcome = old, "ok"
	h.check(c.FinishRun(w.t.Context(), run))
	w.until(morning.Add(24 * time.Hour))

	var seen strings.Builder
	backups := bolt.Backups(filepath.Join(w.dir, "backups"))
	fmt.Fprintf(&seen, "backups: %d\n%s\n", len(backups), strings.Join(backups, "\n"))
	votes, err := c.Votes(w.t.Context(), w.guild)
	h.check(err)
	runs, err := c.Runs(w.t.Context(), w.guild, 0)
	h.check(err)
	runs = slices.DeleteFunc(runs, func(r catalog.Run) bool { return r.Started.After(morning.Add(-time.Hour)) })
	fmt.Fprintf(&seen, "votes: %d\nold runs: %d\nguilds:", len(votes), len(runs))
	guilds, err := c.Guilds(w.t.Context())
	h.check(err)
	for _, g := range guilds {
		fmt.Fprint(&seen, " ", g.Name)
	}
	return seen.String() + "\n"
}

// damaged writes to a catalogue, damages it, and writes again.
func (h *house) damaged() string {
	_, said, _ := h.typed(someLabels, "labels", "import", "-")
	_, errOut, _ := h.typed("", "backup")
	said += errOut
	path := filepath.Join(h.env["CRATEDIGGER_DATA_DIR"], app.CatalogueFile)
	h.check(os.Truncate(path, 3*4096))
	_, errOut, _ = h.typed(someLabels, "labels", "import", "-")
	return said + errOut
}
