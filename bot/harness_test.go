package bot

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"
	"go.uber.org/goleak"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

func TestMain(m *testing.M) {
	// These tests wait more than they compute, so many can run at once.
	// The property tests are short unless -rapid.checks says otherwise.
	flag.Set("rapid.checks", "12")
	flag.Parse()
	if flag.Lookup("test.fuzz").Value.String() == "" { // fuzzing would start as many workers
		flag.Set("test.parallel", "16")
	}
	goleak.VerifyTestMain(m)
}

// testClock is a clock that a test sets.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func newTestClock() *testClock {
	return &testClock{now: time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)}
}

func (c *testClock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *testClock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

func (c *testClock) Wait(ctx context.Context, _ time.Time) error {
	<-ctx.Done()
	return ctx.Err()
}

// stages answers for the pipeline, whose own tests are elsewhere.
type stages struct {
	blocked string // a video
	artists []pipeline.ArtistRecord

	favourites [2]int // found, told

	mu      sync.Mutex
	ranked  []pipeline.Ranked
	scrape  func(ctx context.Context, p pipeline.Progress) (catalog.Run, error)
	retrain func(ctx context.Context, p pipeline.Progress) (catalog.Run, error)
	start   func(ctx context.Context, guildID string, p pipeline.Progress) (catalog.Run, error)
	explain func(videoID string) (pipeline.Explanation, error)
	taste   pipeline.Taste
	seed    func(memberID string) (credit string, err error)
	seeded  []string
	teach   func(videoID string) error
	duels   [][]string // what was excluded, each time
	noDuels bool
	now     func() time.Time
	going   map[string]going
}

// going is work that a stage is at.
type going struct {
	busy   *pipeline.BusyError
	cancel context.CancelFunc
}

func (s *stages) running(ctx context.Context, kind catalog.RunKind, guildID string, by catalog.Asker) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.going == nil {
		s.going = map[string]going{}
	}
	key := string(kind) + "/" + guildID
	s.going[key] = going{&pipeline.BusyError{Kind: kind, By: by, Since: s.now()}, cancel}
	return ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.going, key)
	}
}

func (s *stages) Scrape(ctx context.Context, guildID string, by catalog.Asker, _ string, p pipeline.Progress) (catalog.Run, error) {
	ctx, end := s.running(ctx, catalog.RunScrape, guildID, by)
	defer end()
	return s.scrape(ctx, p)
}

func (s *stages) Retrain(ctx context.Context, guildID string, by catalog.Asker, _ string, p pipeline.Progress) (catalog.Run, error) {
	ctx, end := s.running(ctx, catalog.RunRetrain, guildID, by)
	defer end()
	return s.retrain(ctx, p)
}

func (s *stages) Tune(ctx context.Context, guildID string, by catalog.Asker, _ int, p pipeline.Progress) (catalog.Run, error) {
	ctx, end := s.running(ctx, catalog.RunTune, guildID, by)
	defer end()
	return s.retrain(ctx, p)
}

func (s *stages) Start(ctx context.Context, guildID string, by catalog.Asker, p pipeline.Progress) (catalog.Run, error) {
	ctx, end := s.running(ctx, catalog.RunStart, guildID, by)
	defer end()
	return s.start(ctx, guildID, p)
}

func (s *stages) Busy(ctx context.Context, kind catalog.RunKind, guildID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, ok := s.going[string(kind)+"/"+guildID]; ok {
		return one.busy
	}
	return nil
}

func (s *stages) Cancel(kind catalog.RunKind, guildID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.going[string(kind)+"/"+guildID]
	if ok {
		one.cancel()
	}
	return ok
}

func (s *stages) Rank(context.Context, string, string, int) ([]pipeline.Ranked, error) {
	return s.ranked, nil
}

func (s *stages) Like(_ context.Context, _, _, _ string, n int) ([]pipeline.Ranked, error) {
	return slices.Clone(s.ranked), nil
}

func (s *stages) ByArtist(_ context.Context, _, artist, _ string, n int) (by []pipeline.Ranked, err error) {
	for _, r := range s.ranked {
		if slices.ContainsFunc(r.Video.Song.Artists, func(name string) bool { return song.ArtistKey(name) == song.ArtistKey(artist) }) {
			by = append(by, r)
		}
	}
	return by, nil
}

func (s *stages) Favourites(context.Context, string) (found, told int, err error) {
	return s.favourites[0], s.favourites[1], nil
}

func (s *stages) Artists(_ context.Context, _, begins string, n int) (found []pipeline.ArtistRecord, err error) {
	for _, a := range s.artists {
		if strings.HasPrefix(song.Fold(a.Name), song.Fold(begins)) && len(found) < n {
			found = append(found, a)
		}
	}
	return found, nil
}

func (s *stages) Explain(_ context.Context, _, videoID string) (pipeline.Explanation, error) {
	if s.explain == nil {
		return pipeline.Explanation{}, errors.New("no model")
	}
	return s.explain(videoID)
}

func (s *stages) Predict(ctx context.Context, guildID, videoID string) (pipeline.Explanation, error) {
	return s.Explain(ctx, guildID, videoID)
}

func (s *stages) Seed(_ context.Context, _, videoID, memberID string) (catalog.Video, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := video(videoID, "A proposed song", "Somebody")
	if s.seed != nil {
		credit, err := s.seed(memberID)
		return v, credit, err
	}
	s.seeded = append(s.seeded, videoID+" by "+memberID)
	return v, memberID, nil
}

func (s *stages) Teach(_ context.Context, _, videoID string) (catalog.Video, error) {
	if s.teach != nil {
		return video(videoID, "A linked song", "Somebody"), s.teach(videoID)
	}
	return video(videoID, "A linked song", "Somebody"), nil
}

func (s *stages) LabelNext(_ context.Context, _ string, n int, exclude []string) ([]pipeline.Ranked, error) {
	var out []pipeline.Ranked
	for _, r := range s.ranked {
		skip := false
		for _, e := range exclude {
			skip = skip || e == r.Video.ID
		}
		if !skip && len(out) < n {
			out = append(out, r)
		}
	}
	return out, nil
}

func (s *stages) Duel(_ context.Context, _, _ string, exclude []string) ([]pipeline.Ranked, error) {
	open, err := s.LabelNext(context.Background(), "", 2, exclude)
	if s.duels = append(s.duels, exclude); len(open) < 2 || s.noDuels {
		return nil, err
	}
	return open, err
}

func (s *stages) Blocked(ctx context.Context, _, videoID string) (pick.Refusal, bool, error) {
	return pick.Refusal{Bar: pick.BarArtist}, videoID == s.blocked, nil
}

func (s *stages) Week(context.Context, string) (pipeline.Week, error) {
	return pipeline.Week{Picks: 20, Liked: 11, Expected: 5.2, Deviation: 1.9, Votes: 131, Random: 0.26, Candidates: 205}, nil
}

func (s *stages) Late(context.Context, string) (pipeline.Lateness, error) {
	return pipeline.Lateness{}, nil
}

func (s *stages) Taste(context.Context, string) (pipeline.Taste, error) { return s.taste, nil }

func video(id, title, channel string) catalog.Video {
	v := catalog.Video{Video: youtube.Video{ID: id, Title: title, Channel: channel, ChannelID: "UC" + strings.Repeat("a", 11) + id}}
	v.Song = song.Read(catalog.Upload(v.Video), nil)
	return v
}

// world is a bot, the catalogue it has and the Discord it talks to.
type world struct {
	t       testing.TB
	ctx     context.Context
	clock   *testClock
	discord *fakediscord.Server
	catalog *bolt.Catalog
	stages  *stages
	bot     *Bot
	log     *safeLog
	stop    func() error  // ends Run and returns its error
	ended   chan struct{} // closed when Run has returned

	guild, channel      string
	admin, ana, ben, cy string
}

// safeLog collects the log's lines.
type safeLog struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *safeLog) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// setting changes how a world is made.
type setting func(*worldOptions)

type worldOptions struct {
	discord fakediscord.Options
	bot     func(*Options)
	dir     string
	start   bool
	trace   func(point string) // of the catalogue's writes
}

func withDiscord(f func(*fakediscord.Options)) setting {
	return func(o *worldOptions) { f(&o.discord) }
}
func withBot(f func(*Options)) setting       { return func(o *worldOptions) { o.bot = f } }
func withTrace(f func(point string)) setting { return func(o *worldOptions) { o.trace = f } }
func notStarted() setting                    { return func(o *worldOptions) { o.start = false } }

const patience = time.Minute // for what takes milliseconds

// newWorld is a guild with a channel, an administrator and three members, set
// up, with a connected bot.
func newWorld(t testing.TB, settings ...setting) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	t.Cleanup(cancel)
	w := &world{t: t, ctx: ctx, clock: newTestClock(), stages: &stages{}, log: &safeLog{}}
	w.stages.now = w.clock.Now
	o := worldOptions{discord: fakediscord.Options{Now: w.clock.Now}, dir: t.TempDir(), start: true}
	for _, s := range settings {
		s(&o)
	}
	var err error
	if w.discord, err = fakediscord.New(o.discord); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.discord.Close() })
	t.Cleanup(func() { noMentions(t, w.discord) })
	if w.catalog, err = bolt.Open(filepath.Join(o.dir, "catalogue.db"), bolt.Options{Now: w.clock.Now, Trace: o.trace}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.catalog.Close() })
	w.guild = w.discord.AddGuild(fakediscord.Guild{Name: "Vinyl Club"})
	w.channel = w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "music"})
	w.admin = w.discord.AddMember(w.guild, fakediscord.Member{Name: "Ada", Permissions: fakediscord.PermManageGuild})
	w.ana = w.discord.AddMember(w.guild, fakediscord.Member{Name: "Ana", Locale: "pt-BR"})
	w.ben = w.discord.AddMember(w.guild, fakediscord.Member{Name: "Ben"})
	w.cy = w.discord.AddMember(w.guild, fakediscord.Member{Name: "Cy"})
	w.newBot(o.bot)
	if o.start {
		w.run()
		w.configure(func(g *catalog.Guild) {
			g.ChannelID = w.channel
			g.Queries = []youtube.Query{{Text: "live session"}}
			g.Schedule = []string{"0 18 * * *"}
		})
	}
	return w
}

// noMentions fails on any message that left and could mention somebody: it is
// asked at the end of every test with a world.
func noMentions(t testing.TB, discord *fakediscord.Server) {
	t.Helper()
	for _, r := range discord.Requests() {
		body := gjson.ParseBytes(r.Body)
		switch {
		case r.Method == "POST" && strings.HasSuffix(r.Path, "/callback"):
			if kind := body.Get("type").Int(); kind != 4 && kind != 7 {
				continue
			}
			body = body.Get("data")
		case (r.Method == "POST" || r.Method == "PATCH") && strings.Contains(r.Path, "/messages"):
		case r.Method == "POST" && strings.Contains(r.Path, "/webhooks/"):
		default:
			continue
		}
		if got := body.Get("allowed_mentions.parse").Raw; got != "[]" {
			t.Errorf("%s %s: allowed_mentions.parse is %q, want []", r.Method, r.Path, got)
		}
	}
}

// newBot makes the world's bot anew, as a restarted process would.
func (w *world) newBot(change func(*Options)) {
	w.t.Helper()
	texts, err := text.Load()
	if err != nil {
		w.t.Fatal(err)
	}
	opts := Options{
		Text:  texts,
		Token: w.discord.Token(), BaseURL: w.discord.URL(), Catalog: w.catalog, Stages: w.stages, Clock: w.clock,
		Log:       slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		EditEvery: time.Millisecond,
	}
	if change != nil {
		change(&opts)
	}
	if w.bot, err = New(opts); err != nil {
		w.t.Fatal(err)
	}
}

// run starts the bot and waits until it has caught up.
func (w *world) run() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	ended := make(chan struct{})
	w.ended = ended
	go func() { defer close(ended); done <- w.bot.Run(ctx) }()
	var once sync.Once
	var err error
	w.stop = func() error {
		once.Do(func() {
			cancel()
			select {
			case err = <-done:
			case <-time.After(patience):
				err = errors.New("Run did not end")
			}
		})
		return err
	}
	w.t.Cleanup(func() {
		if err := w.stop(); err != nil && !errors.As(err, new(*discord.FatalError)) {
			w.t.Errorf("Run: %v", err)
		}
	})
	w.until("connected", w.bot.Connected)
	w.settle()
}

// settle waits until Discord and the bot have nothing pending.
func (w *world) settle() {
	w.t.Helper()
	for range 2 {
		if err := w.discord.Settle(w.ctx); err != nil {
			w.t.Fatalf("%v\n%s", err, w.log)
		}
		if err := w.bot.Settle(w.ctx); err != nil {
			w.t.Fatalf("the bot does not settle: %v\n%s", err, w.log)
		}
	}
}

// until waits for a condition that the bot brings about on its own.
func (w *world) until(what string, cond func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for !cond() {
		if time.Now().After(deadline) {
			w.t.Fatalf("waited in vain until %s\n%s", what, w.log)
		}
		time.Sleep(time.Millisecond)
	}
}

func (w *world) configure(f func(*catalog.Guild)) {
	w.t.Helper()
	err := w.catalog.UpdateGuild(w.ctx, w.guild, func(g *catalog.Guild) error { f(g); return nil })
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) settings() catalog.Guild {
	w.t.Helper()
	g, ok, err := w.catalog.Guild(w.ctx, w.guild)
	if err != nil || !ok {
		w.t.Fatal("no guild", err)
	}
	return g
}

// videoIDs are valid ids of no video.
func videoIDs(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("vid-%07d", i))
	}
	return out
}

// crowd adds n guilds with a channel each, in whose outboxes so many picks wait, and
// returns their ids.
func (w *world) crowd(n, picks int) (ids []string) {
	w.t.Helper()
	for i := range n {
		guild := w.discord.AddGuild(fakediscord.Guild{Name: fmt.Sprint("guild ", i)})
		channel := w.discord.AddChannel(guild, fakediscord.Channel{Name: "music"})
		if err := w.catalog.SaveGuild(w.ctx, catalog.Guild{ID: guild, Name: fmt.Sprint("guild ", i), ChannelID: channel, Votes: votesReactions, Zone: "UTC", Picks: picks}); err != nil {
			w.t.Fatal(err)
		}
		w.slot(guild, channel, w.clock.Now(), picks, nil)
		ids = append(ids, guild)
	}
	return ids
}

// wait gives a long test so much time.
func (w *world) wait(patient time.Duration) {
	ctx, cancel := context.WithTimeout(w.t.Context(), patient)
	w.t.Cleanup(cancel)
	w.ctx = ctx
}

// slot fills the outbox of a guild as the pipeline does.
func (w *world) slot(guildID, channelID string, at time.Time, n int, change func(*catalog.Post)) []catalog.Post {
	w.t.Helper()
	slot := catalog.Slot{Key: guildID + "/post/" + at.Format("2006-01-02T15:04"), GuildID: guildID, Kind: "post", At: at}
	var posts []catalog.Post
	row := func(n int, kind catalog.OutboxKind, postID, text string) catalog.Outbox {
		return catalog.Outbox{ID: fmt.Sprintf("%s/%02d", slot.Key, n), GuildID: guildID, ChannelID: channelID, Slot: slot.Key, Kind: kind, PostID: postID, Text: text}
	}
	rows := []catalog.Outbox{row(0, catalog.OutboxHeading, "", fmt.Sprintf(`{"picks":%d,"missing":7}`, n))}
	var found []catalog.Sighting
	for i, id := range videoIDs(n) {
		found = append(found, catalog.Sighting{Video: video(id, fmt.Sprintf("Song %d (live)", i), fmt.Sprintf("Artist %d", i)).Video,
			At: at, GuildID: guildID, Query: "live session"})
		p := catalog.Post{ID: catalog.PostID(slot.Key, id), GuildID: guildID, ChannelID: channelID, VideoID: id, Slot: slot.Key, Position: i,
			Score: 0.8, Policy: "rule", Propensity: 1, CreatedAt: at, Reasons: []catalog.Reason{{Kind: "fresh", Number: 2, Weight: 1}}}
		if change != nil {
			change(&p)
		}
		posts = append(posts, p)
		rows = append(rows, row(i+1, catalog.OutboxPick, p.ID, ""))
	}
	if _, err := w.catalog.Observe(w.ctx, found); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.catalog.CreatePosts(w.ctx, slot, posts, rows); err != nil {
		w.t.Fatal(err)
	}
	return posts
}

// deliver sends a slot's posts and returns them with their message ids.
func (w *world) deliver(n int) []catalog.Post {
	w.t.Helper()
	posts := w.slot(w.guild, w.channel, w.clock.Now(), n, nil)
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		w.t.Fatalf("Deliver: %v\n%s", err, w.log)
	}
	w.settle()
	for i := range posts {
		posts[i], _, _ = w.catalog.Post(w.ctx, posts[i].ID)
		if posts[i].MessageID == "" {
			w.t.Fatalf("post %d was not sent\n%s", i, w.log)
		}
	}
	return posts
}

// vote is a member's vote on a post as stored.
func (w *world) vote(postID, memberID string) int {
	w.t.Helper()
	votes, err := w.catalog.PostVotes(w.ctx, postID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range votes {
		if v.MemberID == memberID {
			return v.Value
		}
	}
	return 0
}

// do runs an interaction and waits until everything it started has ended.
func (w *world) do(in fakediscord.Interaction) *fakediscord.Call {
	w.t.Helper()
	if in.ChannelID == "" {
		in.ChannelID = w.channel
	}
	if in.MemberID == "" {
		in.MemberID = w.ben
	}
	call, err := w.discord.Interact(in)
	if err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	return call
}
