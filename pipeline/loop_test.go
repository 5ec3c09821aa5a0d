package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// bench is a Loop with a real catalogue, a stand-in for YouTube and a clock that
// the test moves.
type bench struct {
	*pipeline.Loop
	catalog *bolt.Catalog
	store   *countedStore // as the Loop sees the catalogue
	youtube *fakeyoutube.Server
	now     time.Time
	options pipeline.Options
	t       testing.TB
}

const guildID = "700000000000000001"

// learning has the configuration's defaults, without a search.
var learning = pipeline.Learning{Votes: taste.VoteOptions{HalfLife: 90 * 24 * time.Hour}, Judge: taste.JudgeOptions{Labels: 200, Least: 20, Certainty: 0.9}}

func newBench(t testing.TB, o fakeyoutube.Options, change func(*catalog.Guild)) *bench {
	t.Helper()
	b := &bench{now: time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC), t: t}
	now := func() time.Time { return b.now }
	o.Now = now
	var err error
	if b.youtube, err = fakeyoutube.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.youtube.Close)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
	if b.catalog, err = bolt.Open(filepath.Join(t.TempDir(), "catalog.db"), bolt.Options{Now: now, NoSync: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.catalog.Close(); err != nil {
			t.Error(err)
		}
	})
	source, err := youtube.NewClient(youtube.Options{
		BaseURL: b.youtube.URL(), Now: now, Log: log, Retries: -1, States: b.catalog, Counters: b.catalog,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.store = &countedStore{Catalog: b.catalog}
	b.options = pipeline.Options{Store: b.store, Backups: b.store, Source: source, Now: now, Seed: 1, Log: log, Version: "test", Learning: learning, PagesPerDay: 100_000}
	b.Loop, err = pipeline.New(b.options)
	if err != nil {
		t.Fatal(err)
	}
	g := catalog.Guild{
		ID: guildID, ChannelID: "800000000000000001", Zone: "UTC", Picks: 3, MusicOnly: true, MinSeconds: 60, MaxSeconds: 900,
		Schedule: []string{"0 18 * * *"}, Retrain: "0 4 * * *",
		Queries: []youtube.Query{{Text: "jazz"}, {Text: "techno"}},
	}
	if change != nil {
		change(&g)
	}
	if err := b.catalog.SaveGuild(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	return b
}

// scrape is Scrape without an error.
func (b *bench) scrape() catalog.Run {
	b.t.Helper()
	run, err := b.Scrape(b.t.Context(), guildID, "test", "", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return run
}

// prepare is Prepare of the slot of now, without an error.
func (b *bench) prepare() (catalog.Run, []catalog.Post) {
	b.t.Helper()
	run, err := b.Prepare(b.t.Context(), b.slot(), "test", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	posts, err := b.catalog.Posts(b.t.Context(), guildID, b.now)
	if err != nil {
		b.t.Fatal(err)
	}
	return run, posts
}

func (b *bench) slot() catalog.Slot {
	return catalog.Slot{Key: guildID + "/post/" + b.now.Format("2006-01-02T15:04"), GuildID: guildID, Kind: "post", At: b.now}
}

// vote gives a post one vote of each member: 👍 for true.
func (b *bench) vote(p catalog.Post, ups ...bool) {
	b.t.Helper()
	for i, up := range ups {
		_, err := b.catalog.Vote(b.t.Context(), catalog.VoteChange{
			GuildID: guildID, VideoID: p.VideoID, PostID: p.ID, MemberID: []string{"901", "902", "903"}[i],
			Up: up, Set: true, Source: catalog.SourceReaction, At: b.now,
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// TestSearchShortOfPages: a search says how many videos it left unread because the day
// had too few pages, and says nothing of it where there were enough.
func TestSearchShortOfPages(t *testing.T) {
	for _, perDay := range []int{12, 1000} {
		b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
		b.options.PagesPerDay = perDay
		var err error
		if b.Loop, err = pipeline.New(b.options); err != nil {
			t.Fatal(err)
		}
		run, err := b.Scrape(t.Context(), guildID, "4242", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		short, said := run.Counts[catalog.CountShort]
		if few := perDay == 12; said != few || few && (run.Counts["read"] != perDay-run.Counts["pages"] || short != run.Counts["new"]-run.Counts["read"]) {
			t.Errorf("with %d pages a day: %v", perDay, run.Counts)
		}
	}
}

func TestScrapeKeepsRowsAndPages(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	var stages []string
	run, err := b.Scrape(t.Context(), guildID, "4242", "", func(stage string, done, total int) {
		if done > total {
			t.Errorf("%s: %d of %d", stage, done, total)
		}
		if len(stages) == 0 || stages[len(stages)-1] != stage {
			stages = append(stages, stage)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if run.Outcome != catalog.OutcomeOK || run.By != "4242" || run.Counts["new"] == 0 || run.Counts["read"] == 0 {
		t.Errorf("the run says %+v", run)
	}
	if got := strings.Join(stages, " "); got != "searching reading" {
		t.Errorf("progress went through %q", got)
	}
	videos, err := b.catalog.GuildVideos(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	detailed := 0
	for _, v := range videos {
		truth, ok := b.youtube.Video(v.ID)
		if !ok || truth.Title != v.Title {
			t.Errorf("video %s is %q in the catalogue and %q on YouTube", v.ID, v.Title, truth.Title)
		}
		if !v.DetailedAt.IsZero() && v.Status == youtube.StatusOK {
			detailed++
			if v.Category == "" || v.DurationSeconds == nil || *v.DurationSeconds != int64(truth.Seconds) {
				t.Errorf("the page of video %s was read, yet it has category %q and length %v", v.ID, v.Category, v.DurationSeconds)
			}
			beside, err := b.catalog.Neighbours(t.Context(), v.ID)
			if err != nil || len(beside) < 5 {
				t.Errorf("beside video %s: %v, %v", v.ID, err, beside)
			}
			for _, n := range beside {
				if truth, ok := b.youtube.Video(n.ID); !ok || n.Title != truth.Title || !strings.HasPrefix(n.Channel, truth.Channel) || n.ID == v.ID {
					t.Errorf("beside video %s: %+v", v.ID, n)
				}
			}
		}
	}
	if detailed == 0 {
		t.Error("no watch page was read")
	}

	// The same day again: nothing is new, and no page is read a second time.
	again := b.scrape()
	if again.Counts["new"] != 0 || again.Counts["read"] != 0 {
		t.Errorf("a second scrape found %d new videos and read %d pages", again.Counts["new"], again.Counts["read"])
	}
}

// videos is how many videos there are, generation that of the guild's.
func (b *bench) videos() int {
	b.t.Helper()
	n, err := b.catalog.VideoCount(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) generation() uint64 {
	b.t.Helper()
	n, err := b.catalog.Generation(b.t.Context(), guildID)
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func TestScrapeDoesNotTrustAChangedPage(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	before := b.generation()
	b.now = b.now.Add(24 * time.Hour)
	b.youtube.Break(fakeyoutube.FaultRenamed, "/results", -1)
	run, err := b.Scrape(t.Context(), guildID, "test", "", nil)
	if err == nil && run.Outcome == catalog.OutcomeOK {
		t.Errorf("pages of unknown shape gave the run %+v", run)
	}
	if run.Error == "" && len(run.Alarms) == 0 {
		t.Errorf("nothing says that the page has changed: %+v", run)
	}
	if after := b.generation(); after != before {
		t.Errorf("the catalogue changed from generation %d to %d by a page nobody understands", before, after)
	}
}

// A missing feed does not end a run, as YouTube's feeds are missing for weeks at
// times: known videos may still be posted, and the feed is tried another day.
func TestScrapeOutlastsAMissingFeed(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, func(g *catalog.Guild) {
		g.Queries = []youtube.Query{{Channel: "UC0000000000000000000000"}}
	})
	run := b.scrape()
	if run.Outcome != catalog.OutcomeDegraded || len(run.Alarms) != 1 || !strings.Contains(run.Alarms[0], "another day") {
		t.Errorf("%s, %q", run.Outcome, run.Alarms)
	}
}

func TestScrapeStopsWhenBlocked(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.youtube.Break(fakeyoutube.FaultCaptcha, "/results", -1)
	_, err := b.Scrape(t.Context(), guildID, "test", "", nil)
	var blocked *youtube.BlockedError
	if !errors.As(err, &blocked) {
		t.Fatalf("a captcha gave %v", err)
	}
	asked := len(b.youtube.Requests())
	if _, err := b.Scrape(t.Context(), guildID, "test", "", nil); !errors.As(err, &blocked) {
		t.Errorf("the next scrape gave %v", err)
	}
	if again := len(b.youtube.Requests()); again != asked {
		t.Errorf("YouTube was asked %d times more while it blocks", again-asked)
	}
}

func TestOneStageOfAGuildGoesOnce(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		first := true
		_, err := b.Scrape(context.Background(), guildID, "first", "", func(string, int, int) {
			if first {
				first = false
				close(held)
				<-release
			}
		})
		done <- err
	}()
	<-held
	var busy *pipeline.BusyError
	if _, err := b.Scrape(t.Context(), guildID, "second", "", nil); !errors.As(err, &busy) || busy.By != "first" {
		t.Errorf("a second scrape gave %v", err)
	}
	if !b.Cancel(catalog.RunScrape, guildID) {
		t.Error("the going run could not be cancelled")
	}
	close(release)
	if err := <-done; err == nil {
		t.Error("the cancelled run ended without an error")
	}
	runs, err := b.catalog.Runs(t.Context(), guildID, 1)
	if err != nil || len(runs) != 1 || runs[0].Outcome != catalog.OutcomeCancelled {
		t.Errorf("the run is written as %+v (%v)", runs, err)
	}
	if b.Cancel(catalog.RunScrape, guildID) {
		t.Error("a run was cancelled that is not going")
	}
}

// TestStartTakesOfTheDayWhatItReads: the quick search of a start counts the few
// pages that it may read, not all that it found.
func TestStartTakesOfTheDayWhatItReads(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	if _, err := b.Start(t.Context(), guildID, "901", nil); err != nil {
		t.Fatal(err)
	}
	used, err := b.catalog.Counter(t.Context(), "pages/"+b.now.Format(time.DateOnly)+"/"+guildID)
	if err != nil || used == 0 || used > 15 {
		t.Errorf("the start counts %d pages (%v)", used, err)
	}
}

// TestStartIsOneWork: the scrape and the post of a guild's start are claimed and
// cancelled together.
func TestStartIsOneWork(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := b.Start(context.Background(), guildID, "901", func(stage string, _, _ int) {
			if stage == "choosing" { // the search is over
				select {
				case <-held:
				default:
					close(held)
					<-release
				}
			}
		})
		done <- err
	}()
	<-held
	var busy *pipeline.BusyError
	if err := b.Busy(t.Context(), catalog.RunStart, guildID); !errors.As(err, &busy) || busy.By != "901" || busy.Kind != catalog.RunStart || !busy.Since.Equal(b.now) {
		t.Errorf("who is at the start is said to be %v", err)
	}
	if _, err := b.catalog.ForgetMember(t.Context(), "another", "901"); err != nil {
		t.Fatal(err)
	}
	if err := b.Busy(t.Context(), catalog.RunStart, guildID); !errors.As(err, &busy) || busy.By != "901" {
		t.Errorf("who was forgotten in another guild is said to be %v", err)
	}
	if _, err := b.Start(t.Context(), guildID, "902", nil); !errors.As(err, &busy) || busy.By != "901" {
		t.Errorf("a second start gave %v", err)
	}
	if err := b.Busy(t.Context(), catalog.RunScrape, guildID); err != nil {
		t.Errorf("the search goes on: %v", err)
	}
	if _, err := b.catalog.ForgetMember(t.Context(), "", "901"); err != nil { // while it goes
		t.Fatal(err)
	}
	if err := b.Busy(t.Context(), catalog.RunStart, guildID); !errors.As(err, &busy) || busy.By != catalog.ByForgotten {
		t.Errorf("of a forgotten member it is said: %v", err)
	}
	if !b.Cancel(catalog.RunStart, guildID) {
		t.Error("the start could not be cancelled")
	}
	close(release)
	if err := <-done; err == nil {
		t.Error("the cancelled start ended without an error")
	}
	if err := b.Busy(t.Context(), catalog.RunStart, guildID); err != nil {
		t.Errorf("after its end: %v", err)
	}
	runs, err := b.catalog.Runs(t.Context(), guildID, 0)
	if err != nil || len(runs) != 2 || runs[0].Kind != catalog.RunPost || runs[0].Outcome != catalog.OutcomeCancelled || runs[1].Outcome != catalog.OutcomeOK {
		t.Errorf("the runs are %+v, %v", runs, err)
	}
}

func TestPrepareWritesASlotOnce(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	b.now = b.now.Add(time.Hour)
	run, posts := b.prepare()
	if len(posts) != 3 || run.Counts["picks"] != 3 {
		t.Fatalf("%d posts, run %+v", len(posts), run)
	}
	channels := map[string]bool{}
	for i, p := range posts {
		v, _, err := b.catalog.Video(t.Context(), p.VideoID)
		if err != nil {
			t.Fatal(err)
		}
		channels[v.ChannelID] = true
		if p.Position != i || p.Policy != "rule" || p.ModelVersion != 0 || p.Propensity <= 0 || p.Propensity > 1 ||
			p.State != catalog.StatePending || p.Observation.At.IsZero() || len(p.Reasons) == 0 {
			t.Errorf("post %d is %+v", i, p)
		}
		if v.DetailedAt.IsZero() || v.Category != "Music" {
			t.Errorf("picked %s, which was not checked: read %v, category %q", v.ID, v.DetailedAt, v.Category)
		}
	}
	if len(channels) != 3 {
		t.Errorf("three picks of %d channels", len(channels))
	}
	rows, err := b.catalog.Pending(t.Context(), guildID)
	if err != nil || len(rows) != 4 || rows[0].Kind != catalog.OutboxHeading || rows[0].Text != `{"picks":3,"missing":10}` {
		t.Errorf("the outbox holds %+v (%v)", rows, err)
	}
	if _, again := b.prepare(); len(again) != 3 {
		t.Errorf("preparing the slot twice gave %d posts", len(again))
	}

	// The next day repeats nothing.
	b.now = b.now.Add(24 * time.Hour)
	_, next := b.prepare()
	for _, p := range next {
		for _, old := range posts {
			if p.VideoID == old.VideoID {
				t.Errorf("video %s was posted on both days", p.VideoID)
			}
		}
	}
}

// TestHeadingSaysHowManyVotesAreMissing: once a day, until there are enough to learn from.
func TestHeadingSaysHowManyVotesAreMissing(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	if err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.Zone = "Asia/Tokyo"; return nil }); err != nil {
		t.Fatal(err)
	}
	b.now = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC) // 23:00
	var posts []catalog.Post
	prepared := func(want int) {
		t.Helper()
		_, posts = b.prepare()
		rows, err := b.catalog.Pending(t.Context(), guildID)
		if err != nil {
			t.Fatal(err)
		}
		var h pipeline.Heading
		for _, r := range rows {
			if r.Slot == b.slot().Key && r.Kind == catalog.OutboxHeading {
				if err := json.Unmarshal([]byte(r.Text), &h); err != nil {
					t.Fatal(err)
				}
			}
		}
		if h.Picks != 3 || h.Missing != want {
			t.Errorf("at %s the heading has %+v, want %d missing", b.now, h, want)
		}
	}
	prepared(10)
	b.vote(posts[0], true, true)
	b.vote(posts[1], false)
	b.now = b.now.Add(30 * time.Minute)
	prepared(0) // the second of the day
	b.vote(posts[0], true)
	b.vote(posts[1], true)
	b.vote(posts[2], true)
	b.now = b.now.Add(time.Hour) // the next day there
	prepared(5)
	for _, p := range posts {
		b.vote(p, true)
	}
	// By now a pick that nobody answered beside one that somebody did says something too.
	b.now = b.now.Add(24 * time.Hour)
	prepared(1)
	b.vote(posts[0], true)
	b.now = b.now.Add(24 * time.Hour)
	prepared(0)
}

func TestPrepareReplacesWhatIsGone(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	would, err := b.Choose(t.Context(), guildID, "")
	if err != nil || len(would) == 0 {
		t.Fatalf("%d picks: %v", len(would), err)
	}
	for _, p := range would[:2] {
		b.youtube.Withdraw(p.Video.ID)
	}
	b.now = b.now.Add(time.Minute)
	run, posts := b.prepare()
	if len(posts) != 3 {
		t.Errorf("%d posts though two of many videos went away: %+v", len(posts), run)
	}
	for _, p := range posts {
		if v, _, _ := b.catalog.Video(t.Context(), p.VideoID); v.Status != youtube.StatusOK {
			t.Errorf("posted %s, which is %s", p.VideoID, v.Status)
		}
	}
}

func TestBlockedChannelsAreNotPicked(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	first, err := b.Choose(t.Context(), guildID, "")
	if err != nil || len(first) == 0 {
		t.Fatal(err)
	}
	blocked := first[0].Video.ChannelID
	err = b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
		g.BlockedChannels = append(g.BlockedChannels, catalog.BlockedChannel{ID: blocked})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ranked, err := b.Rank(t.Context(), guildID, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ranked {
		if r.Video.ChannelID == blocked {
			t.Errorf("%s of the blocked channel is ranked", r.Video.ID)
		}
	}
}

func TestRetrainWaitsForLabelsThenServes(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, func(g *catalog.Guild) { g.Picks = 5 })
	run, err := b.Retrain(t.Context(), guildID, "test", "", nil)
	if err != nil || run.Outcome != catalog.OutcomeOK || run.Counts["model"] != 0 {
		t.Fatalf("training from nothing gave %+v, %v", run, err)
	}
	for range 8 { // days on which the guild likes jazz and nothing else
		b.scrape()
		b.now = b.now.Add(time.Hour)
		_, posts := b.prepare()
		for _, p := range posts {
			truth, _ := b.youtube.Traits(p.VideoID)
			b.vote(p, truth.Genre == "jazz", truth.Genre == "jazz")
		}
		b.now = b.now.Add(23 * time.Hour)
	}
	run, err = b.Retrain(t.Context(), guildID, "test", "", nil)
	if err != nil || run.Counts["promoted"] != 1 {
		t.Fatalf("training gave %+v, %v", run, err)
	}
	ranked, err := b.Rank(t.Context(), guildID, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	jazz := 0
	for _, r := range ranked {
		if truth, _ := b.youtube.Traits(r.Video.ID); truth.Genre == "jazz" {
			jazz++
		}
		if r.ModelVersion != 1 || r.Score <= 0 || r.Score >= 1 {
			t.Errorf("%s is ranked by model %d with score %v", r.Video.ID, r.ModelVersion, r.Score)
		}
	}
	if jazz < 9 {
		t.Errorf("%d of the best 10 are jazz, though only jazz is ever liked", jazz)
	}
	x, err := b.Explain(t.Context(), guildID, ranked[0].Video.ID)
	if err != nil {
		t.Fatal(err)
	}
	if x.Score != ranked[0].Score || len(x.Parts) == 0 {
		t.Errorf("explained as %v with %d parts, ranked with %v", x.Score, len(x.Parts), ranked[0].Score)
	}
	if err := b.Promote(t.Context(), guildID, 99); err == nil {
		t.Error("a model that never was has been promoted")
	}
}

func TestPredictAndSeed(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, func(g *catalog.Guild) { g.MusicOnly = false })
	var other string
	for _, v := range b.youtube.Videos() {
		if v.Traits.Genre == "metal" && v.Seconds > 100 && v.Seconds < 600 && !v.Short && !v.Streaming && !v.Upcoming {
			other = v.ID
			break
		}
	}
	if _, err := b.Predict(t.Context(), guildID, other); err != nil {
		t.Fatal(err)
	}
	if videos, _ := b.catalog.GuildVideos(t.Context(), guildID); len(videos) != 0 {
		t.Errorf("asking about a video made it a candidate: %d videos", len(videos))
	}
	v, credit, err := b.Seed(t.Context(), guildID, other, "901")
	if err != nil || v.ID != other || credit != "901" {
		t.Fatalf("%v, %q, %v", v.ID, credit, err)
	}
	if _, credit, err = b.Seed(t.Context(), guildID, other, "902"); err != nil || credit != "901" {
		t.Errorf("a second proposal is credited to %q (%v)", credit, err)
	}
	finds, err := b.catalog.Finds(t.Context(), guildID)
	if err != nil || len(finds) != 1 || finds[0].SeededBy != "901" {
		t.Errorf("the catalogue holds %+v (%v)", finds, err)
	}
	picks, err := b.Choose(t.Context(), guildID, "") // its proposer gets the credit
	if err != nil || len(picks) != 1 || picks[0].Post.Reasons[0].Kind != "seed" || picks[0].Post.Reasons[0].Words[0] != "901" {
		t.Errorf("picked %+v (%v)", picks, err)
	}
	var gone *pipeline.VideoError
	if _, _, err := b.Seed(t.Context(), guildID, "AAAAAAAAAAA", "901"); !errors.As(err, &gone) {
		t.Errorf("a video that does not exist gave %v", err)
	}
}

func TestLabelNextAsksWhatHasNoLabel(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	first, err := b.LabelNext(t.Context(), guildID, 4, nil)
	if err != nil || len(first) != 4 {
		t.Fatalf("%d videos to label: %v", len(first), err)
	}
	_, err = b.catalog.Vote(t.Context(), catalog.VoteChange{
		GuildID: guildID, VideoID: first[0].Video.ID, MemberID: "901", Up: true, Set: true, Source: catalog.SourceImport, At: b.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	next, err := b.LabelNext(t.Context(), guildID, 4, []string{first[1].Video.ID})
	if err != nil || len(next) != 4 {
		t.Fatalf("%d videos to label: %v", len(next), err)
	}
	for _, r := range next {
		if r.Video.ID == first[0].Video.ID || r.Video.ID == first[1].Video.ID {
			t.Errorf("asks for %s again", r.Video.ID)
		}
	}
}

func TestRefreshReadsTheOldAndDropsTheGone(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	before := b.videos()
	videos, err := b.catalog.GuildVideos(t.Context(), guildID)
	if err != nil || len(videos) < 3 {
		t.Fatal(err)
	}
	b.now = b.now.Add(29 * 24 * time.Hour)
	gone := videos[1].ID
	b.youtube.Withdraw(gone)
	run, err := b.Refresh(t.Context(), 28*24*time.Hour, 1000)
	if err != nil || run.Counts["dropped"] != 1 || run.Counts["read"] != before {
		t.Fatalf("refreshing %d videos gave %+v, %v", before, run, err)
	}
	if _, known, _ := b.catalog.Video(t.Context(), gone); known || b.videos() != before-1 {
		t.Errorf("the video that is gone is still known: %v, %d of %d left", known, b.videos(), before)
	}
	left, err := b.catalog.GuildVideos(t.Context(), guildID)
	if err != nil || len(left) != len(videos)-1 {
		t.Errorf("%d videos are left for the guild, want %d (%v)", len(left), len(videos)-1, err)
	}
	for _, v := range left {
		if !v.LastSeen.Equal(b.now) {
			t.Errorf("video %s was not read again", v.ID)
		}
	}
	if run, err := b.Refresh(t.Context(), 28*24*time.Hour, 1000); err != nil || run.Counts["read"] != 0 {
		t.Errorf("refreshing again gave %+v, %v", run, err)
	}
}
