package bolt

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// holdWorld is a catalogue with a guild, some videos and two slots to come.
func holdWorld(t *testing.T) (c *Catalog, path string, now *time.Time, first, second catalog.Slot) {
	t.Helper()
	clock := start
	path = filepath.Join(t.TempDir(), "catalog.db")
	c = must(Open(path, testOptions(t, func(o *Options) { o.Now = func() time.Time { return clock } })))(t)
	t.Cleanup(func() { c.Close() })
	must(c.Observe(t.Context(), []catalog.Sighting{sighting("aaaaaaaaaaa"), sighting("bbbbbbbbbbb"), sighting("ccccccccccc")}))(t)
	if err := c.SaveGuild(t.Context(), catalog.Guild{ID: "g1", ChannelID: "c1"}); err != nil {
		t.Fatal(err)
	}
	slot := func(hours int) catalog.Slot {
		at := start.Add(time.Duration(hours) * time.Hour)
		return catalog.Slot{Key: "g1/post/" + at.Format("2006-01-02T15:04"), GuildID: "g1", Kind: catalog.RunPost, At: at}
	}
	return c, path, &clock, slot(1), slot(2)
}

func heldVideos(t *testing.T, c *Catalog) string {
	t.Helper()
	var ids []string
	for _, h := range must(c.Held(t.Context(), "g1"))(t) {
		ids = append(ids, h.VideoID[:1])
	}
	return strings.Join(ids, "")
}

func holding(videos ...string) (picks []catalog.Held) {
	for i, v := range videos {
		picks = append(picks, catalog.Held{Post: catalog.Post{GuildID: "g1", ChannelID: "c1", VideoID: strings.Repeat(v, 11), Position: i, Policy: catalog.PolicyThompson, Propensity: .25}})
	}
	return picks
}

// checked closes the catalogue and checks its file.
func checked(t *testing.T, c *Catalog, path string) catalog.Report {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return must(Check(path))(t)
}

func TestHeldPicksAreNoPosts(t *testing.T) {
	c, path, _, first, second := holdWorld(t)
	picks := holding("a", "b")
	picks[1].Kept = true
	if held := must(c.Hold(t.Context(), first, picks))(t); !held {
		t.Fatal("nothing was held")
	}
	must(c.Hold(t.Context(), second, holding("b", "c")))(t)
	if got := heldVideos(t, c); got != "abc" {
		t.Errorf("held: %s; two slots may not hold one video", got)
	}
	h := must(c.History(t.Context(), "g1"))(t)
	if len(h.Posts) != 0 || len(must(c.Posts(t.Context(), "g1", time.Time{}))(t)) != 0 || len(must(c.Pending(t.Context(), ""))(t)) != 0 {
		t.Errorf("held picks are seen as posts or as messages to send: %+v", h.Posts)
	}
	if len(h.Held) != 3 || !h.Held[1].Kept || !h.Held[0].NotBefore.Equal(first.At) || h.Held[0].Propensity != .25 || h.Held[0].State != catalog.StateHeld {
		t.Errorf("held: %+v", h.Held)
	}
	if empty, _, err := c.Recoverable(t.Context(), "g1"); err != nil || !empty {
		t.Error("a guild that only holds picks cannot be recovered:", err)
	}
	// Posting the slot ends what it held, and only that.
	posts := []catalog.Post{h.Held[0].Post, {GuildID: "g1", VideoID: "ddddddddddd", Policy: catalog.PolicyChanged}}
	posts[0].State, posts[0].CreatedAt = catalog.StatePending, time.Time{}
	if !must(c.CreatePosts(t.Context(), first, posts, []catalog.Outbox{{GuildID: "g1", Kind: catalog.OutboxPick, PostID: posts[0].ID}}))(t) {
		t.Fatal("the slot was not posted")
	}
	if got := heldVideos(t, c); got != "c" {
		t.Errorf("after the post %s is held", got)
	}
	if posts := must(c.Posts(t.Context(), "g1", time.Time{}))(t); len(posts) != 2 || posts[0].State != catalog.StatePending || posts[0].Propensity != .25 {
		t.Errorf("posts: %+v", posts)
	}
	if must(c.Hold(t.Context(), first, holding("b")))(t) {
		t.Error("a slot that was posted holds picks again")
	}
	checked(t, c, path)
}

func TestHoldReplacesAndForgets(t *testing.T) {
	c, path, now, first, second := holdWorld(t)
	must(c.Hold(t.Context(), first, holding("a", "b")))(t)
	must(c.Hold(t.Context(), first, holding("c")))(t)
	if got := heldVideos(t, c); got != "c" {
		t.Errorf("held: %s", got)
	}
	if _, found, _ := c.Post(t.Context(), catalog.PostID(first.Key, "aaaaaaaaaaa")); found {
		t.Error("a pick that was replaced has left its post behind")
	}
	*now = first.At.Add(catalog.HeldFor + time.Hour) // nobody posted it
	must(c.Hold(t.Context(), second, holding("b")))(t)
	if got := heldVideos(t, c); got != "b" {
		t.Errorf("held: %s; the first slot's are too old", got)
	}
	*now = second.At.Add(catalog.HeldFor + time.Minute)
	must(c.Prune(t.Context(), time.Time{}, time.Time{}))(t)
	if got := heldVideos(t, c); got != "" {
		t.Errorf("held after pruning: %s", got)
	}
	// Who proposed a held pick may be forgotten, and so may the guild.
	seeded := sighting("aaaaaaaaaaa")
	seeded.SeededBy = "m1"
	must(c.Observe(t.Context(), []catalog.Sighting{seeded}))(t)
	picks := holding("a")
	picks[0].Reasons = []catalog.Reason{{Kind: catalog.ReasonSeed, Words: []string{"m1"}}}
	must(c.Hold(t.Context(), second, picks))(t)
	if h := must(c.Held(t.Context(), "g1"))(t); !slices.Equal(h[0].Reasons[0].Words, []string{"m1"}) {
		t.Fatalf("reasons: %+v", h[0].Reasons)
	}
	must(c.ForgetMember(t.Context(), "g1", "m1"))(t)
	if h := must(c.Held(t.Context(), "g1"))(t); slices.Contains(h[0].Reasons[0].Words, "m1") {
		t.Error("a held pick names a forgotten member")
	}
	must(c.Hold(t.Context(), second, picks))(t) // prepared from what was read before
	if h := must(c.Held(t.Context(), "g1"))(t); slices.Contains(h[0].Reasons[0].Words, "m1") {
		t.Error("holding brought a forgotten member back")
	}
	if err := c.ForgetGuild(t.Context(), "g1"); err != nil {
		t.Fatal(err)
	}
	if report := checked(t, c, path); report.Rows["posts"]+report.Rows["outbox"]+report.Rows["pending"] != 0 {
		t.Errorf("left of a forgotten guild: %v", report.Rows)
	}
}

// TestCheckSeesHeldPicksWithoutTheirRows damages what holds a pick.
func TestCheckSeesHeldPicksWithoutTheirRows(t *testing.T) {
	c, path, _, first, _ := holdWorld(t)
	must(c.Hold(t.Context(), first, holding("a")))(t)
	must(0, c.update(t.Context(), "test", small, func(tx *bolt.Tx) error {
		return tx.Bucket(bucketOutbox).Delete(key(catalog.HeldID(first.Key, 0)))
	}))(t)
	c.Close()
	if _, err := Check(path); err == nil || !strings.Contains(err.Error(), "held") {
		t.Errorf("a held post without its row: %v", err)
	}
}

// TestMigrateSchema5 opens a file from before picks were held.
func TestMigrateSchema5(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	if err := copyFixture(filepath.Join("testdata", "schema5.db"), path); err != nil {
		t.Fatal(err)
	}
	c := must(Open(path, testOptions(t)))(t)
	if n := len(must(c.Pending(t.Context(), "g1"))(t)); n != 2 {
		t.Errorf("%d messages are left to send, want 2", n)
	}
	if h := must(c.History(t.Context(), "g1"))(t); len(h.Held) != 0 || len(h.Posts) != 1 || h.Posts[0].Propensity != .5 {
		t.Errorf("history: %+v", h)
	}
	if report := checked(t, c, path); report.Schema != newestSchema {
		t.Errorf("schema %d", report.Schema)
	}
	if kept, err := Walk(path + ".schema5"); err != nil || kept.Schema != 5 {
		t.Errorf("the copy from before: %+v, %v", kept, err)
	}
}

// TestOwingCountsWhatIsPending: what is owed is counted without reading the rows, and what
// is held is not owed.
func TestOwingCountsWhatIsPending(t *testing.T) {
	c, _, _, first, second := holdWorld(t)
	agree := func(step string, want int) {
		t.Helper()
		byGuild := map[string]int{}
		for _, o := range must(c.Pending(t.Context(), ""))(t) {
			byGuild[o.GuildID]++
		}
		if got := must(c.Owing(t.Context()))(t); !maps.Equal(got, byGuild) || got["g1"] != want {
			t.Errorf("%s: %v is owed, %v is pending, want %d", step, got, byGuild, want)
		}
	}
	must(c.Hold(t.Context(), first, holding("a", "b")))(t)
	must(c.Hold(t.Context(), second, holding("c")))(t)
	agree("all is held", 0)
	h := must(c.Held(t.Context(), "g1"))(t)
	post := h[0].Post
	post.State, post.CreatedAt = catalog.StatePending, time.Time{}
	must(c.CreatePosts(t.Context(), first, []catalog.Post{post}, []catalog.Outbox{{GuildID: "g1", Kind: catalog.OutboxPick, PostID: post.ID}}))(t)
	must(c.Enqueue(t.Context(), catalog.Outbox{ID: "g2/notice/1", GuildID: "g2", Kind: catalog.OutboxNotice, Text: "hello"}))(t)
	agree("one slot is posted", 1)
	id := must(c.Pending(t.Context(), "g1"))(t)[0].ID
	if err := c.MarkSent(t.Context(), id, "900", c.now()); err != nil {
		t.Fatal(err)
	}
	agree("it is sent, and its reactions are not", 1)
	if err := c.MarkReactions(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	agree("all is sent", 0)
}
