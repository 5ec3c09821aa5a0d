package bolt

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

var start = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

// testClock is a clock that a test moves by hand.
type testClock struct{ t time.Time }

func (c *testClock) now() time.Time { return c.t }

// openTest opens a catalogue in a folder of its own.
func openTest(t testing.TB, change ...func(*Options)) *Catalog {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "catalog.db"), change...)
}

func openAt(t testing.TB, path string, change ...func(*Options)) *Catalog {
	t.Helper()
	c, err := Open(path, testOptions(t, change...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func testOptions(t testing.TB, change ...func(*Options)) Options {
	t.Helper()
	o := Options{Now: func() time.Time { return start }}
	for _, f := range change {
		f(&o)
	}
	return o
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func n64(n int64) *int64 { return &n }

func sighting(id string) catalog.Sighting {
	return catalog.Sighting{
		Video:   youtube.Video{ID: id, Title: "Title of " + id, Channel: "Channel", ChannelID: "UCaaaaaaaaaaaaaaaaaaaaaa", Views: n64(1000)},
		At:      start,
		GuildID: "g1", Query: "soul 45",
	}
}

// samplePosts are a slot of two picks with its outbox.
func samplePosts() (catalog.Slot, []catalog.Post, []catalog.Outbox) {
	slot := catalog.Slot{Key: "g1/post/2026-11-22T18:00", GuildID: "g1", Kind: "post", At: start}
	var posts []catalog.Post
	rows := []catalog.Outbox{{GuildID: "g1", ChannelID: "c1", Kind: catalog.OutboxHeading, Text: "{}"}}
	for i, video := range []string{"aaaaaaaaaaa", "bbbbbbbbbbb"} {
		p := catalog.Post{
			ID: catalog.PostID(slot.Key, video), GuildID: "g1", ChannelID: "c1", VideoID: video, Slot: slot.Key, Position: i,
			Score: 0.5, Policy: "rule", Propensity: 1,
			Reasons:     []catalog.Reason{{Kind: "words", Words: []string{"soul"}, Number: 2, Weight: 0.25}},
			Observation: catalog.Observation{At: start, Views: n64(1000)},
			State:       catalog.StatePending, CreatedAt: start,
		}
		posts = append(posts, p)
		rows = append(rows, catalog.Outbox{GuildID: "g1", ChannelID: "c1", Kind: catalog.OutboxPick, PostID: p.ID})
	}
	return slot, posts, rows
}

func TestOutboxLife(t *testing.T) {
	c := openTest(t)
	slot, posts, rows := samplePosts()
	if created := must(c.CreatePosts(t.Context(), slot, posts, rows))(t); !created {
		t.Fatal("the slot was not created")
	}
	if created := must(c.CreatePosts(t.Context(), slot, posts, rows))(t); created {
		t.Fatal("the slot was created twice")
	}
	if fresh := must(c.BeginSlot(t.Context(), slot))(t); fresh {
		t.Error("a posted slot is fresh")
	}
	pending := must(c.Pending(t.Context(), "g1"))(t)
	if len(pending) != 3 || pending[0].Kind != catalog.OutboxHeading || pending[1].PostID != posts[0].ID || pending[2].PostID != posts[1].ID {
		t.Fatalf("pending rows: %+v", pending)
	}
	for _, o := range pending {
		if len(o.Nonce) != 25 {
			t.Errorf("nonce %q", o.Nonce)
		}
	}
	id := pending[1].ID
	for _, err := range []error{
		c.Attempt(t.Context(), id, start.Add(time.Second)),
		c.MarkSent(t.Context(), id, "m1", start.Add(2*time.Second)),
		c.MarkSent(t.Context(), id, "m2", start.Add(3*time.Second)), // an adopted message that came late
		c.MarkFailed(t.Context(), pending[2].ID, "Discord refused it.", false),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	pending = must(c.Pending(t.Context(), ""))(t)
	if len(pending) != 2 || pending[1].State != catalog.StateSent || pending[1].Attempts != 1 || pending[1].MessageID != "m1" {
		t.Fatalf("pending rows: %+v", pending)
	}
	if err := c.MarkReactions(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if pending = must(c.Pending(t.Context(), "g1"))(t); len(pending) != 1 {
		t.Fatalf("pending rows: %+v", pending)
	}
	p, found, err := c.PostByMessage(t.Context(), "m1")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	want := posts[0]
	want.MessageID, want.State, want.SentAt = "m1", catalog.StateSent, start.Add(2*time.Second)
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error("post (-want +got):\n", diff)
	}
	if _, found, _ := c.PostByMessage(t.Context(), "m2"); found {
		t.Error("the second message leads to the post")
	}
	all := must(c.Posts(t.Context(), "g1", start))(t)
	if len(all) != 2 || all[1].State != catalog.StateFailed {
		t.Errorf("posts: %+v", all)
	}
	if late := must(c.Posts(t.Context(), "g1", start.Add(1)))(t); len(late) != 0 {
		t.Errorf("posts after: %+v", late)
	}
	if err := c.RetirePost(t.Context(), posts[1].ID); err != nil {
		t.Fatal(err)
	}
}

// TestHistoryIsOneMoment: posts and votes come from one transaction, so that
// none can change between the two.
func TestHistoryIsOneMoment(t *testing.T) {
	c := openTest(t)
	slot, posts, rows := samplePosts()
	must(c.CreatePosts(t.Context(), slot, posts, rows))(t)
	for i, p := range posts {
		must(c.Vote(t.Context(), catalog.VoteChange{
			GuildID: "g1", VideoID: p.VideoID, PostID: p.ID, MemberID: "m1", Up: i == 0, Set: true, Source: catalog.SourceReaction, At: start,
		}))(t)
	}
	told := catalog.Preference{GuildID: "g1", MemberID: "m1", Source: catalog.FromCSV, Batch: "b1", Artist: "Otto Venn", Title: "Blue Stairs", Like: true, At: start}
	must(c.AddPreferences(t.Context(), told))(t)
	duel := catalog.Duel{GuildID: "g1", A: "aaaaaaaaaaa", B: "bbbbbbbbbbb", MemberID: "m1", Choice: catalog.ChoseB, At: start}
	must(0, c.Duel(t.Context(), duel))(t)
	before := c.file.db().Stats().TxN
	h := must(c.History(t.Context(), "g1"))(t)
	if n := c.file.db().Stats().TxN - before; n != 1 {
		t.Errorf("the history was read in %d transactions", n)
	}
	if !reflect.DeepEqual(h.Posts, must(c.Posts(t.Context(), "g1", time.Time{}))(t)) || !reflect.DeepEqual(h.Votes, must(c.Votes(t.Context(), "g1"))(t)) {
		t.Errorf("the history is not the posts and the votes: %+v", h)
	}
	if !reflect.DeepEqual(h.Preferences, []catalog.Preference{told}) {
		t.Errorf("the preferences are %+v", h.Preferences)
	}
	if !reflect.DeepEqual(h.Duels, []catalog.Duel{duel}) {
		t.Errorf("the duels are %+v", h.Duels)
	}
	if sums := h.Sums(); len(h.Posts) != 2 || h.Cast() != 2 || sums[posts[0].VideoID] != 1 || sums[posts[1].VideoID] != -1 {
		t.Errorf("%d posts, %d votes cast, sums %v", len(h.Posts), h.Cast(), sums)
	}
}

func TestRetiredPostIsNotSent(t *testing.T) {
	c := openTest(t)
	slot, posts, rows := samplePosts()
	must(c.CreatePosts(t.Context(), slot, posts, rows))(t)
	if err := c.RetirePost(t.Context(), posts[0].ID); err != nil {
		t.Fatal(err)
	}
	for _, o := range must(c.Pending(t.Context(), "g1"))(t) {
		if o.PostID == posts[0].ID {
			t.Errorf("a retired post is still pending: %+v", o)
		}
	}
}

func TestEnqueueOnce(t *testing.T) {
	c := openTest(t)
	o := catalog.Outbox{ID: "notice/1", GuildID: "g1", ChannelID: "c1", Kind: catalog.OutboxNotice, Text: "Hello."}
	for i, want := range []bool{true, false} {
		if got := must(c.Enqueue(t.Context(), o))(t); got != want {
			t.Errorf("call %d: created %v", i, got)
		}
	}
	if rows := must(c.Pending(t.Context(), "g1"))(t); len(rows) != 1 || rows[0].Reactions != "" {
		t.Errorf("rows: %+v", rows)
	}
}

func TestSlotIsGivenUpAfterThreeStarts(t *testing.T) {
	c := openTest(t)
	s := catalog.Slot{Key: "g1/retrain/2026-11-22T03:00", GuildID: "g1", Kind: "retrain", At: start}
	var got []bool
	for range 4 {
		got = append(got, must(c.BeginSlot(t.Context(), s))(t))
	}
	if !slices.Equal(got, []bool{true, true, true, false}) {
		t.Errorf("fresh: %v", got)
	}
	other := s
	other.Key += "x"
	must(c.BeginSlot(t.Context(), other))(t)
	if err := c.FinishSlot(t.Context(), other.Key); err != nil {
		t.Fatal(err)
	}
	if must(c.BeginSlot(t.Context(), other))(t) {
		t.Error("a finished slot is fresh")
	}
}

func TestRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := openAt(t, path)
	for i := range 5 {
		r := must(c.StartRun(t.Context(), catalog.Run{GuildID: "g1", Kind: "scrape", By: "schedule", Started: start.Add(time.Duration(i) * time.Minute)}))(t)
		if i == 3 {
			continue // dies in the middle
		}
		r.Counts = map[string]int{"videos": i}
		r.Coverage = map[string]catalog.Coverage{"watch": {Pages: 1, Fields: map[string]int{"title": 1}}}
		if err := c.FinishRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	must(c.StartRun(t.Context(), catalog.Run{GuildID: "g2", Kind: "scrape", Outcome: "ok"}))(t)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = openAt(t, path)
	runs := must(c.Runs(t.Context(), "g1", 3))(t)
	if len(runs) != 3 || runs[0].Counts["videos"] != 4 || runs[1].Outcome != "failed" || runs[1].Error == "" || runs[2].Coverage["watch"].Fields["title"] != 1 {
		t.Errorf("runs: %+v", runs)
	}
	if all := must(c.Runs(t.Context(), "", 0))(t); len(all) != 6 {
		t.Errorf("%d runs in all", len(all))
	}
}

func TestGuilds(t *testing.T) {
	c := openTest(t)
	g := catalog.Guild{
		ID: "g1", Name: "Crate", JoinedAt: start, ChannelID: "c1", Queries: []youtube.Query{{Text: "soul", Pages: 2}},
		Schedule: []string{"0 18 * * *"}, Zone: "Europe/Lisbon", Picks: 5, Exploration: 0.5, Wildcard: true, Votes: "both",
		BlockedChannels: []catalog.BlockedChannel{{ID: "UC1", Name: "N", By: "m1", At: start}}, BlockedWords: []string{"lyrics"},
	}
	if err := c.SaveGuild(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	got, found, err := c.Guild(t.Context(), "g1")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	if diff := cmp.Diff(g, got); diff != "" {
		t.Error("guild (-want +got):\n", diff)
	}
	if err := c.UpdateGuild(t.Context(), "g1", func(g *catalog.Guild) error { g.Picks = 3; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := c.UpdateGuild(t.Context(), "g1", func(g *catalog.Guild) error { g.Picks = 9; return context.Canceled }); err == nil {
		t.Error("the error of a change was lost")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic of a change was swallowed")
			}
		}()
		_ = c.UpdateGuild(t.Context(), "g1", func(*catalog.Guild) error { panic("a mistake") })
	}()
	if got := must(c.Guilds(t.Context()))(t); len(got) != 1 || got[0].Picks != 3 {
		t.Errorf("guilds: %+v", got)
	}
	if err := c.UpdateGuild(t.Context(), "nobody", func(*catalog.Guild) error { return nil }); err == nil {
		t.Error("a guild that is not there was updated")
	}
}

func TestModels(t *testing.T) {
	c := openTest(t)
	if _, found, err := c.Champion(t.Context(), "g1"); found || err != nil {
		t.Fatal("a champion from nowhere", err)
	}
	for i := 1; i <= 8; i++ {
		v := must(c.SaveModel(t.Context(), "g1", []byte(`{"n":1}`), [][]byte{{byte(i)}}, i == 2))(t)
		if v != i {
			t.Fatalf("version %d is numbered %d", i, v)
		}
	}
	m, found, err := c.Champion(t.Context(), "g1")
	if err != nil || !found || m.Version != 2 || m.Blob[0] != 2 {
		t.Fatal("the champion was dropped with the old versions", m, err)
	}
	var versions []int
	for _, m := range must(c.Models(t.Context(), "g1"))(t) {
		versions = append(versions, m.Version)
		if m.Blob != nil {
			t.Error("a listing holds bytes")
		}
	}
	if !slices.Equal(versions, []int{8, 7, 6, 5, 4, 2}) {
		t.Errorf("versions: %v", versions)
	}
	if err := c.Promote(t.Context(), "g1", 7); err != nil {
		t.Fatal(err)
	}
	if err := c.Promote(t.Context(), "g1", 1); err == nil {
		t.Error("a dropped version was promoted")
	}
	if m, _, _ := c.Champion(t.Context(), "g1"); m.Version != 7 {
		t.Errorf("champion %d", m.Version)
	}
}

func TestCountersAndStates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := openAt(t, path)
	must(c.AddCounter(t.Context(), "api/2026-11-22", 3))(t)
	must(c.AddCounter(t.Context(), "api/2026-11-22", 4))(t)
	if err := c.SetState(t.Context(), "commands/g1", []byte("hash")); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = openAt(t, path)
	if n := must(c.Counter(t.Context(), "api/2026-11-22"))(t); n != 7 {
		t.Errorf("counter %d", n)
	}
	data, found, err := c.State(t.Context(), "commands/g1")
	if err != nil || !found || string(data) != "hash" {
		t.Error(string(data), found, err)
	}
	if err := c.SetState(t.Context(), "commands/g1", nil); err != nil {
		t.Fatal(err)
	}
	if _, found, _ := c.State(t.Context(), "commands/g1"); found {
		t.Error("a removed state is there")
	}
}
