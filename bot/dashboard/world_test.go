package dashboard_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/bot/text"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// now is the clock of these tests.
var now = time.Date(2026, 11, 22, 20, 30, 0, 0, time.UTC)

const (
	guildID = "900000000000000001"
	member  = "800000000000000001"
)

// pages is a source of videos that answers from memory.
type pages struct {
	videos map[string]youtube.Video
	asked  atomic.Int64
	search func() (youtube.Results, error) // nil: it fails
}

func (p *pages) Search(context.Context, youtube.Query) (youtube.Results, error) {
	p.asked.Add(1)
	if p.search != nil {
		return p.search()
	}
	return youtube.Results{}, errors.New("this source reads only watch pages")
}

func (p *pages) Read(_ context.Context, ids []string, each func(youtube.Page) error) error {
	p.asked.Add(1)
	for _, id := range ids {
		page := youtube.Page{ID: id, Status: youtube.StatusRemoved}
		if v, ok := p.videos[id]; ok {
			page.Status, page.Video = youtube.StatusOK, &v
		}
		if err := each(page); err != nil {
			return err
		}
	}
	return nil
}

// world is a real catalogue with a real loop over it, and the dashboard.
type world struct {
	path    string // of the catalogue's file
	catalog *bolt.Catalog
	source  *pages
	loop    *pipeline.Loop
	server  *dashboard.Server
	front   *httptest.Server
	log     *lockedBuffer
	ids     []string
	changed []string
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var (
	moods    = []string{"Slow", "Golden", "Electric", "Quiet", "Neon", "Paper", "Northern", "Broken", "Velvet", "Salt", "Winter", "Second"}
	things   = []string{"river", "harbour", "signal", "garden", "machine", "letters", "coast", "orchard", "mirror", "station", "fire", "weather"}
	kinds    = []string{"live session", "acoustic", "official video", "lyric video", "remix", "full set", "demo tape", "metal cover"}
	channels = []string{"Kitchen Tapes", "Harbour Radio", "Night Shift Records", "Loud Basement", "Attic Sessions", "Chrome Hour", "Folk Post", "Static Club"}
	searches = []string{"live session", "indie folk", "bedroom pop", "new synth"}
)

// likes is the taste behind the votes of these tests.
func likes(v catalog.Video) bool {
	return strings.Contains(v.Title, "session") || strings.Contains(v.Title, "acoustic") && v.Channel != "Loud Basement"
}

// fill puts made-up videos into a catalogue.
func fill(t testing.TB, c *bolt.Catalog, n int) (ids []string) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	var batch []catalog.Sighting
	for i := range n {
		kind, channel := r.IntN(len(kinds)), r.IntN(len(channels))
		views, seconds, likes := int64(200+r.ExpFloat64()*40_000), int64(90+r.IntN(500)), int64(10+r.IntN(2000))
		playable := true
		published := now.Add(-time.Duration(r.IntN(400*24)) * time.Hour)
		v := youtube.Video{
			ID: fmt.Sprintf("vid%08d", i), Title: fmt.Sprintf("%s %s (%s)", moods[r.IntN(len(moods))], things[r.IntN(len(things))], kinds[kind]),
			Channel: channels[channel], ChannelID: fmt.Sprintf("UC%022d", channel), Views: &views, Likes: &likes, DurationSeconds: &seconds,
			Published: youtube.Date{Time: published, Precision: 24 * time.Hour}, Category: "Music", Embeddable: &playable,
			Description: "Recorded in one take.", Tags: []string{kinds[kind]},
		}
		ids = append(ids, v.ID)
		batch = append(batch, catalog.Sighting{Video: v, Status: youtube.StatusOK, At: now.Add(-time.Hour), GuildID: guildID, Query: searches[r.IntN(len(searches))], Detailed: true})
		if len(batch) == 2000 || i == n-1 {
			if _, err := c.Observe(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	return ids
}

// newWorld makes a world of n videos. change may alter the dashboard's options.
func newWorld(t testing.TB, n int, change func(*dashboard.Options)) *world {
	t.Helper()
	w := &world{log: &lockedBuffer{}, path: filepath.Join(t.TempDir(), "cratedigger.db")}
	clock := func() time.Time { return now }
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	w.catalog, err = bolt.Open(w.path, bolt.Options{Now: clock, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.catalog.Close() })
	if err := w.catalog.SaveGuild(t.Context(), catalog.Guild{
		ID: guildID, Name: "Night Shift", JoinedAt: now.AddDate(0, -2, 0), ChannelID: "1", Schedule: []string{"0 18 * * *"}, Retrain: "30 4 * * *",
		Zone: "Europe/Lisbon", Picks: 5, Exploration: 0.3, Wildcard: true, Votes: "reactions", Language: "en", MaxSeconds: 1200,
		Queries: []youtube.Query{{Text: "live session", Upload: "month"}, {Text: "indie folk"}},
	}); err != nil {
		t.Fatal(err)
	}
	w.ids = fill(t, w.catalog, n)
	w.source = &pages{videos: map[string]youtube.Video{"predictable": {ID: "predictable", Title: "Slow river (live session)", Channel: "Kitchen Tapes", Category: "Music"}}}
	w.loop, err = pipeline.New(pipeline.Options{Store: w.catalog, Source: w.source, Now: clock, Seed: 1, Log: log, Version: "test", Parallel: 2,
		Learning: pipeline.Learning{Votes: taste.VoteOptions{HalfLife: 90 * 24 * time.Hour}, Judge: taste.JudgeOptions{Labels: 200, Least: 20, Certainty: 0.9}}})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := dashboard.Options{
		Text: texts, Listen: "127.0.0.1:8080", Store: w.catalog, Stages: w.loop, Labels: labelFiles{w.catalog},
		Now: clock, Log: log, Version: "test", Changed: func(id string) { w.changed = append(w.changed, id) },
	}
	if change != nil {
		change(&o)
	}
	if w.server, err = dashboard.New(o); err != nil {
		t.Fatal(err)
	}
	w.front = httptest.NewServer(w.server)
	t.Cleanup(w.front.Close)
	return w
}

// live gives a world some weeks of posts, votes, runs and a model.
func (w *world) live(t testing.TB) {
	t.Helper()
	w.days(t, 39)
}

// days is live for so many days, with five posts each.
func (w *world) days(t testing.TB, days int) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 3))
	next := 0
	for day := range days { // of 39, 195 labels: from 200 on, training would tune first
		at := now.AddDate(0, 0, day-40)
		slot := catalog.Slot{Key: fmt.Sprintf("%s/post/%s", guildID, at.Format("2006-01-02T15:04")), GuildID: guildID, Kind: "post", At: at}
		var posts []catalog.Post
		var changes []catalog.VoteChange
		for i := range 5 {
			id := w.ids[next]
			next++
			video, _, err := w.catalog.Video(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			good := likes(video)
			score := 0.25 + 0.2*r.Float64()
			if good {
				score += 0.2
			}
			p := catalog.Post{
				ID: catalog.PostID(slot.Key, id), GuildID: guildID, ChannelID: "1", MessageID: fmt.Sprint(1000 + next), VideoID: id, Slot: slot.Key, Position: i,
				Score: score, Variance: 0.01, Policy: "thompson", Propensity: 0.2, ModelVersion: 1, State: catalog.StateSent, CreatedAt: at, SentAt: at,
			}
			posts = append(posts, p)
			for m := range 4 {
				if r.IntN(4) > 0 {
					continue
				}
				up := good != (r.IntN(6) == 0)
				changes = append(changes, catalog.VoteChange{
					GuildID: guildID, VideoID: id, PostID: p.ID, MemberID: fmt.Sprintf("80000000000000000%d", m+1), Up: up, Set: true,
					Source: catalog.SourceReaction, At: at.Add(time.Duration(1+r.IntN(300)) * time.Minute),
				})
			}
		}
		if _, err := w.catalog.CreatePosts(t.Context(), slot, posts, nil); err != nil {
			t.Fatal(err)
		}
		if len(changes) > 0 {
			if _, err := w.catalog.Vote(t.Context(), changes...); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := w.loop.Retrain(t.Context(), guildID, "schedule", "", nil); err != nil {
		t.Fatal(err)
	}
	for i, run := range []catalog.Run{
		{Kind: "scrape", Outcome: "ok", Counts: map[string]int{"found": 62, "new": 14, "read": 15}, Coverage: map[string]catalog.Coverage{
			"watch": {Pages: 15, Videos: 15, Fields: map[string]int{"title": 15, "views": 15, "likes": 14, "subscribers": 9}, Unknown: map[string]int{"reelShelf": 2}}}},
		{Kind: "post", Outcome: "ok", Counts: map[string]int{"picks": 5}},
		{Kind: "scrape", Outcome: "degraded", Counts: map[string]int{"found": 40}, Alarms: []string{"likes are read on 12 % of the pages, 96 % before"}},
		{Kind: "scrape", Outcome: "failed", Error: "YouTube asks for a consent; nothing was read and the last ranking stands."},
	} {
		run.GuildID, run.By, run.Started = guildID, "schedule", now.Add(-time.Duration(i+1)*time.Hour)
		started, err := w.catalog.StartRun(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		started.Outcome, started.Counts, started.Coverage, started.Alarms, started.Error = run.Outcome, run.Counts, run.Coverage, run.Alarms, run.Error
		started.Ended = run.Started.Add(4200 * time.Millisecond)
		if err := w.catalog.FinishRun(t.Context(), started); err != nil {
			t.Fatal(err)
		}
	}
}

// labelFiles are those of the program.
type labelFiles struct{ c *bolt.Catalog }

func (l labelFiles) Export(ctx context.Context, out io.Writer, guild string, unlabelled bool) error {
	_, err := labels.Export(ctx, l.c, out, guild, unlabelled)
	return err
}

func (l labelFiles) Import(ctx context.Context, in io.Reader, guild string, preview bool) (string, error) {
	report, err := labels.Import(ctx, l.c, in, labels.ImportOptions{GuildID: guild, Now: now, DryRun: preview})
	return report.String(), err
}

// browserless is an HTTP client that does not follow redirects.
var browserless = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// get fetches a path.
func (w *world) get(t testing.TB, path string) (*http.Response, string) {
	t.Helper()
	res, err := browserless.Get(w.front.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// post sends a form as a browser does.
func (w *world) post(t testing.TB, path string, form map[string]string, header ...string) (*http.Response, string) {
	t.Helper()
	values := url.Values{}
	for k, v := range form {
		values.Set(k, v)
	}
	req, err := http.NewRequest("POST", w.front.URL+path, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := browserless.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}
