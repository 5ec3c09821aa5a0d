package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// town is both stand-ins and a clock: what a bot is started in, stopped, and
// started again.
type town struct {
	t       *testing.T
	dir     string
	clock   *schedule.Stepped
	youtube *fakeyoutube.Server
	discord *fakediscord.Server
	change  func(*config.Config)
	patient time.Duration // bounds each wait; 0 is a minute

	guild, channel, admin string
	members               []string

	service *app.Service
	stop    func()
}

// newTown starts the stand-ins and founds a guild.
func newTown(t *testing.T, yt fakeyoutube.Options, change func(*config.Config)) *town {
	t.Helper()
	w := &town{t: t, dir: t.TempDir(), clock: schedule.NewStepped(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)), change: change}
	yt.Now = w.clock.Now
	var err error
	if w.youtube, err = fakeyoutube.New(yt); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.youtube.Close)
	if w.discord, err = fakediscord.New(fakediscord.Options{Now: w.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.discord.Close() })
	w.guild = w.discord.AddGuild(fakediscord.Guild{Name: "Test"})
	w.channel = w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "music"})
	for _, name := range []string{"ada", "ben", "chloe"} {
		w.members = append(w.members, w.discord.AddMember(w.guild, fakediscord.Member{Name: name}))
	}
	w.admin = w.discord.AddMember(w.guild, fakediscord.Member{Name: "root", Permissions: fakediscord.PermManageGuild})
	return w
}

// start starts the bot as `run` does, on the town's clock.
func (w *town) start() {
	w.t.Helper()
	cfg := config.Default()
	cfg.DataDir = w.dir
	cfg.Discord.Token = config.NewSecret(w.discord.Token())
	cfg.Discord.BaseURL, cfg.Discord.CallsPerSecond = config.URL(w.discord.URL()), 0
	cfg.YouTube.BaseURL, cfg.YouTube.FeedBaseURL, cfg.YouTube.APIBaseURL = config.URL(w.youtube.URL()), config.URL(w.youtube.URL()), config.URL(w.youtube.URL())
	cfg.YouTube.RequestInterval = 0
	cfg.Defaults.Channel = config.Channel(w.channel)
	cfg.Defaults.Queries = []config.Query{{Text: "jazz"}, {Text: "techno"}}
	if w.change != nil {
		w.change(cfg)
	}
	inv := &invocation{ctx: context.Background(), now: w.clock.Now, getenv: func(string) string { return "" }} // w.stop ends it
	p := &app.Parts{Config: cfg, Level: new(slog.LevelVar), Clock: w.clock, Log: slog.New(slog.NewTextHandler(w.t.Output(), nil)), Metrics: app.NewMetrics()}
	if err := p.OpenCatalogue(w.clock.Now); err != nil {
		w.t.Fatal(err)
	}
	if err := p.OpenLoop(inv.ctx); err != nil {
		w.t.Fatal(err)
	}
	s, err := app.NewService(inv.ctx, p, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		w.t.Fatal(err)
	}
	w.service = s
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, inv.inside(p)) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			w.t.Errorf("the bot stopped with %v", err)
		}
		if err := p.Close(); err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(w.stop)
	if err := w.discord.Until(w.wait(), func() bool { return w.discord.Connected() > 0 }); err != nil {
		w.t.Fatal(err)
	}
	w.rest()
}

// wait bounds a wait of the test.
func (w *town) wait() context.Context {
	ctx, cancel := context.WithTimeout(w.t.Context(), cmp.Or(w.patient, time.Minute))
	w.t.Cleanup(cancel)
	return ctx
}

// rest waits until nothing is on its way.
func (w *town) rest() {
	w.t.Helper()
	ctx := w.wait()
	for range 2 {
		if err := errors.Join(w.discord.Settle(ctx), w.service.Bot.Settle(ctx), w.clock.Settle(ctx)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// until moves the clock.
func (w *town) until(at time.Time) {
	w.t.Helper()
	if err := w.clock.Step(w.wait(), at); err != nil {
		w.t.Fatal(err)
	}
	w.rest()
}

// next is the given hour of the day that the clock shows, or of the next day.
func (w *town) next(hour, minute int) time.Time {
	now := w.clock.Now()
	at := time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 0, 0, time.UTC)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// posts are the guild's posts since a time.
func (w *town) posts(since time.Time) []catalog.Post {
	w.t.Helper()
	posts, err := w.service.Catalog.Posts(w.t.Context(), w.guild, since)
	if err != nil {
		w.t.Fatal(err)
	}
	return posts
}

// checkMessages holds that each sent post is one message with its link and both
// reactions, that no two messages carry the same link, and that nothing pings.
func (w *town) checkMessages() {
	w.t.Helper()
	seen := map[string]int{}
	messages := map[string]fakediscord.Message{}
	for _, m := range w.discord.Messages(w.channel) {
		messages[m.ID] = m
		if !strings.Contains(string(m.Mentions), `"parse":[]`) {
			w.t.Errorf("message %q allows mentions: %s", m.Content, m.Mentions)
		}
		for _, word := range strings.Fields(m.Content) {
			if strings.HasPrefix(word, "https://") {
				seen[word]++
			}
		}
	}
	for link, n := range seen {
		if n != 1 {
			w.t.Errorf("%s stands in %d messages", link, n)
		}
	}
	for _, p := range w.posts(time.Time{}) {
		m, ok := messages[p.MessageID]
		if !ok || p.State != catalog.StateSent {
			w.t.Errorf("post %s is %s and has no message", p.ID, p.State)
			continue
		}
		if !strings.Contains(m.Content, "watch?v="+p.VideoID) && !strings.Contains(m.Content, "youtu.be/"+p.VideoID) {
			w.t.Errorf("the message of video %s says %q", p.VideoID, m.Content)
		}
		var own []string
		for _, r := range m.Reactions {
			if r.UserID == w.discord.BotID() {
				own = append(own, r.Emoji)
			}
		}
		if !slices.Equal(own, []string{"👍", "👎"}) {
			w.t.Errorf("the bot placed %v on post %s", own, p.ID)
		}
		if !strings.Contains(string(m.Components), p.ID) {
			w.t.Errorf("no button of post %s carries its id: %s", p.ID, m.Components)
		}
	}
}

func TestLoopEndToEnd(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 7}, func(cfg *config.Config) {
		cfg.Defaults.Exploration, cfg.Defaults.Wildcard = 0, false // what it has learned shows at once
	})
	w.start()

	// The schedule fires: an hour before the post the search, then the posts.
	start := w.clock.Now()
	w.until(w.next(18, 1))
	first := w.posts(start)
	if len(first) != 5 {
		t.Fatalf("%d posts on the first evening", len(first))
	}
	w.checkMessages()

	// Members react for some days: jazz and nothing else.
	like := func(posts []catalog.Post) {
		for _, p := range posts {
			truth, _ := w.youtube.Traits(p.VideoID)
			for _, m := range w.members[:2] {
				emoji := "👎"
				if truth.Genre == "jazz" {
					emoji = "👍"
				}
				if err := w.discord.React(m, p.ChannelID, p.MessageID, emoji); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.rest()
	}
	like(first)
	votes, err := w.service.Catalog.Votes(t.Context(), w.guild)
	if err != nil || len(votes) != 10 {
		t.Fatalf("%d votes after ten reactions (%v)", len(votes), err)
	}
	for range 4 {
		since := w.clock.Now()
		w.until(w.next(18, 1))
		like(w.posts(since))
	}

	// A member cannot retrain; an administrator can, and sees it happen.
	if _, err := w.discord.Interact(fakediscord.Interaction{ChannelID: w.channel, MemberID: w.members[0], Command: "retrain"}); err == nil {
		t.Error("a member without rights was shown /retrain")
	}
	call, err := w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "retrain"})
	if err != nil {
		t.Fatal(err)
	}
	w.rest()
	champion, ok, err := w.service.Catalog.Champion(t.Context(), w.guild)
	if err != nil || !ok {
		t.Fatalf("after /retrain, which answered %q, there is no champion (%v)", call.Answer().Content, err)
	}

	// The next posts change.
	before := w.clock.Now()
	w.until(w.next(18, 1))
	jazz, next := 0, w.posts(before)
	for _, p := range next {
		if truth, _ := w.youtube.Traits(p.VideoID); truth.Genre == "jazz" {
			jazz++
		}
		if p.ModelVersion == 0 {
			t.Errorf("post %s was ranked by the rule though model %d serves", p.ID, champion.Version)
		}
	}
	if len(next) == 0 || jazz*5 < len(next)*4 {
		t.Errorf("%d of the %d next posts are jazz, which alone is ever liked", jazz, len(next))
	}
	w.checkMessages()

	// Stop and start: everything is kept, nothing is posted twice.
	messages := len(w.discord.Messages(w.channel))
	votes, _ = w.service.Catalog.Votes(t.Context(), w.guild)
	posts := len(w.posts(time.Time{}))
	w.stop()
	w.start()
	if n := len(w.discord.Messages(w.channel)); n != messages {
		t.Errorf("%d messages before the restart, %d after", messages, n)
	}
	again, err := w.service.Catalog.Votes(t.Context(), w.guild)
	if err != nil || len(again) != len(votes) {
		t.Errorf("%d votes before the restart, %d after (%v)", len(votes), len(again), err)
	}
	if n := len(w.posts(time.Time{})); n != posts {
		t.Errorf("%d posts before the restart, %d after", posts, n)
	}
	if _, ok, err := w.service.Catalog.Champion(t.Context(), w.guild); !ok || err != nil {
		t.Errorf("the champion did not survive the restart (%v)", err)
	}
	w.until(w.next(18, 1))
	w.checkMessages()

	// The log of what happened holds no token.
	if runs, err := w.service.Catalog.Runs(t.Context(), w.guild, 0); err != nil || len(runs) < 10 {
		t.Errorf("%d runs are written down (%v)", len(runs), err)
	}
}

// testdata is the folder of the optional real data, or skips.
func testdata(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("CRATEDIGGER_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not here; set CRATEDIGGER_TESTDATA to the folder that holds it", path)
	}
	return path
}

// recorded is what index.jsonl says of one page.
type recorded struct {
	Kind, Query string
	Page        int
	Videos      []struct {
		ID      string `json:"video_id"`
		Title   string `json:"title"`
		Channel string `json:"channel"`
		Ad      bool   `json:"is_ad"`
		Seconds *int64 `json:"length_s"`
	}
	Video *struct {
		ID        string   `json:"video_id"`
		Title     string   `json:"title"`
		TitleAlt  []string `json:"title_alt"`
		Views     *int64   `json:"views"`
		ViewsAlt  []int64  `json:"views_alt"`
		Likes     *int64   `json:"likes"`
		Dislikes  *int64   `json:"dislikes"`
		Seconds   *int64   `json:"duration_s"`
		SecsAlt   []int64  `json:"duration_alt"`
		ChannelID string   `json:"channel_id"`
		Category  string   `json:"category"`
		Width     *int64   `json:"width"`
		Keywords  []string `json:"keywords"`
	}
}

func readIndex(t *testing.T, folder string) []recorded {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "index.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all []recorded
	for line := range bytes.Lines(data) {
		var r recorded
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// TestLoopOnRealPages runs the same bot over recordings of real pages and
// compares the catalogue with what is on them.
func TestLoopOnRealPages(t *testing.T) {
	folder := testdata(t, "recordings")
	w := newTown(t, fakeyoutube.Options{Folder: folder}, func(cfg *config.Config) {
		cfg.Defaults.Queries = nil
		for _, q := range []string{"kaggle #1", "kaggle #2", "kaggle #3", "kaggle #4", "kaggle #5"} {
			cfg.Defaults.Queries = append(cfg.Defaults.Queries, config.Query{Text: q, Length: "any", Pages: 1})
		}
		cfg.Defaults.MusicOnly, cfg.Defaults.MinSeconds, cfg.Defaults.MaxSeconds = false, 0, 86400
	})
	w.start()
	w.until(w.next(18, 1))
	if posts := w.posts(time.Time{}); len(posts) != 5 {
		t.Errorf("%d posts from real pages", len(posts))
	}
	w.checkMessages()

	index := readIndex(t, folder)
	pages := map[string]recorded{}
	for _, r := range index {
		if r.Video != nil && r.Kind == "watch-html" {
			pages[r.Video.ID] = r
		}
	}
	same := func(a, b *int64, others ...int64) bool {
		if a == nil || b == nil {
			return a == nil && b == nil
		}
		return *a == *b || slices.Contains(others, *a)
	}
	organic, withPage := 0, 0
	for _, r := range index {
		if r.Kind != "results-html" || r.Query != "kaggle" || r.Page > 5 {
			continue
		}
		for _, row := range r.Videos {
			if row.Ad {
				continue
			}
			organic++
			v, ok, err := w.service.Catalog.Video(t.Context(), row.ID)
			if err != nil || !ok {
				t.Errorf("video %s of page %d did not reach the catalogue (%v)", row.ID, r.Page, err)
				continue
			}
			page, ok := pages[row.ID]
			if !ok {
				continue
			}
			withPage++
			truth := page.Video
			if v.DetailedAt.IsZero() {
				t.Errorf("the page of video %s was not read", row.ID)
				continue
			}
			if v.Title != truth.Title && !slices.Contains(truth.TitleAlt, v.Title) {
				t.Errorf("video %s: title %q, on the page %q", row.ID, v.Title, truth.Title)
			}
			if !same(v.Views, truth.Views, truth.ViewsAlt...) || !same(v.Likes, truth.Likes) || !same(v.Dislikes, truth.Dislikes) {
				t.Errorf("video %s: views, likes, dislikes %v %v %v, on the page %v %v %v", row.ID, show(v.Views), show(v.Likes), show(v.Dislikes), show(truth.Views), show(truth.Likes), show(truth.Dislikes))
			}
			if !same(v.DurationSeconds, truth.Seconds, truth.SecsAlt...) || !same(v.Width, truth.Width) {
				t.Errorf("video %s: %v seconds, width %v, on the page %v, %v", row.ID, show(v.DurationSeconds), show(v.Width), show(truth.Seconds), show(truth.Width))
			}
			if v.ChannelID != truth.ChannelID || v.Category != truth.Category {
				t.Errorf("video %s: channel %s, category %q, on the page %s, %q", row.ID, v.ChannelID, v.Category, truth.ChannelID, truth.Category)
			}
		}
	}
	t.Logf("%d organic videos on five pages, %d of them with a watch page", organic, withPage)
	if organic < 90 || withPage < 90 {
		t.Errorf("only %d organic videos and %d pages were compared", organic, withPage)
	}
}

// show writes a number that may be unknown.
func show(n *int64) any {
	if n == nil {
		return "unknown"
	}
	return *n
}

func TestConfiguredChannelIsFoundByName(t *testing.T) {
	for name, found := range map[string]bool{"music": true, "#Music": true, "nowhere": false} {
		w := newTown(t, fakeyoutube.Options{Seed: 7}, func(cfg *config.Config) { cfg.Defaults.Channel = config.Channel(name) })
		w.start()
		g, ok, err := w.service.Catalog.Guild(t.Context(), w.guild)
		if err != nil || !ok {
			t.Fatalf("the guild is not known (%v)", err)
		}
		want := ""
		if found {
			want = w.channel
		}
		if g.ChannelID != want {
			t.Errorf("channel %q of the configuration became %q, want %q", name, g.ChannelID, want)
		}
		w.stop()
	}
}

// TestUnlistedGuildHasNoJobs: a guild that the configuration does not list any more is
// neither searched nor posted to, and is not meant by commands that name none.
func TestUnlistedGuildHasNoJobs(t *testing.T) {
	var listed []config.ID
	w := newTown(t, fakeyoutube.Options{Seed: 7}, func(cfg *config.Config) { cfg.Discord.Guilds = listed })
	w.start()
	w.until(w.next(18, 1))
	if len(w.posts(time.Time{})) == 0 {
		t.Fatal("nothing is posted")
	}
	other := w.discord.AddGuild(fakediscord.Guild{Name: "Other"})
	w.rest()
	if _, err := w.service.GuildID(t.Context(), ""); err == nil {
		t.Error("of two guilds one is meant")
	}
	w.stop()
	listed = []config.ID{config.ID(other)}
	w.start()
	if err := w.service.Catalog.SaveGuild(t.Context(), catalog.Guild{ID: catalog.LocalGuild, Name: "mine", Zone: "UTC", Picks: 5, JoinedAt: w.clock.Now()}); err != nil {
		t.Fatal(err)
	}
	if id, err := w.service.GuildID(t.Context(), ""); id != other || err != nil {
		t.Errorf("meant is %q (%v)", id, err)
	}
	since := w.clock.Now()
	w.until(w.next(18, 1)) // a day later
	if n := len(w.posts(since)); n != 0 {
		t.Errorf("%d posts", n)
	}
	runs, err := w.service.Catalog.Runs(t.Context(), w.guild, 1)
	if err != nil || len(runs) != 1 || runs[0].Started.After(since) {
		t.Errorf("a run was started: %+v (%v)", runs, err)
	}
}
