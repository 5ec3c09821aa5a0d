package bolt

import (
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

func change(up, set bool, source catalog.VoteSource, minute int) catalog.VoteChange {
	return catalog.VoteChange{
		GuildID: "g1", VideoID: "aaaaaaaaaaa", PostID: "p1", MemberID: "m1",
		Up: up, Set: set, Source: source, At: start.Add(time.Duration(minute) * time.Minute),
	}
}

func unordered(ch catalog.VoteChange) catalog.VoteChange { ch.OrderUnknown = true; return ch }

func TestVoteFlags(t *testing.T) {
	const up, down, set, clear = true, false, true, false
	tests := []struct {
		name    string
		changes []catalog.VoteChange
		want    int
	}{
		{"up", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1)}, 1},
		{"down", []catalog.VoteChange{change(down, set, catalog.SourceReaction, 1)}, -1},
		{"later wins", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1), change(down, set, catalog.SourceReaction, 2)}, -1},
		{"later wins, other way", []catalog.VoteChange{change(down, set, catalog.SourceReaction, 1), change(up, set, catalog.SourceReaction, 2)}, 1},
		{"removal falls back", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1), change(down, set, catalog.SourceReaction, 2), change(down, clear, catalog.SourceReaction, 3)}, 1},
		{"removing the earlier changes nothing", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1), change(down, set, catalog.SourceReaction, 2), change(up, clear, catalog.SourceReaction, 3)}, -1},
		{"both removed", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1), change(up, clear, catalog.SourceReaction, 2)}, 0},
		{"told twice", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1), change(down, set, catalog.SourceReaction, 2), change(up, set, catalog.SourceReaction, 3)}, -1},
		{"two sources of one flag", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1), change(up, set, catalog.SourceButton, 2), change(up, clear, catalog.SourceReaction, 3)}, 1},
		{"a button pressed again is later", []catalog.VoteChange{change(up, set, catalog.SourceButton, 1), change(down, set, catalog.SourceReaction, 2), change(up, set, catalog.SourceButton, 3)}, 1},
		{"the later source goes", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1), change(down, set, catalog.SourceReaction, 2), change(up, set, catalog.SourceButton, 3), change(up, clear, catalog.SourceButton, 4)}, -1},
		{"clock set back", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1000), change(down, set, catalog.SourceReaction, 1)}, -1},
		{"clock set back, then taken away", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1000), change(down, set, catalog.SourceReaction, 1), change(up, set, catalog.SourceButton, 2), change(up, clear, catalog.SourceButton, 3)}, -1},
		{"removal of nothing", []catalog.VoteChange{change(up, clear, catalog.SourceReaction, 1)}, 0},
		{"found alone", []catalog.VoteChange{unordered(change(down, set, catalog.SourceReaction, 1))}, -1},
		{"found beside a known one", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1), unordered(change(down, set, catalog.SourceReaction, 2))}, 1},
		{"found, then the known one goes", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1), unordered(change(down, set, catalog.SourceReaction, 2)), change(up, clear, catalog.SourceReaction, 3)}, -1},
		{"found, then a known press", []catalog.VoteChange{change(up, set, catalog.SourceReaction, 1), unordered(change(down, set, catalog.SourceReaction, 2)), change(down, set, catalog.SourceButton, 3)}, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := openTest(t)
			var got catalog.Vote
			for _, ch := range tt.changes {
				got = must(c.Vote(t.Context(), ch))(t)[0]
			}
			if got.Value != tt.want {
				t.Errorf("value %d, want %d: %+v", got.Value, tt.want, got)
			}
			kept := must(c.Votes(t.Context(), "g1"))(t)
			if tt.want == 0 && len(kept) != 0 {
				t.Errorf("a vote taken back is still kept: %+v", kept)
			}
			if tt.want != 0 && (len(kept) != 1 || kept[0].Value != tt.want) {
				t.Errorf("kept: %+v", kept)
			}
		})
	}
}

func TestVoteBothFoundAtOnce(t *testing.T) {
	c := openTest(t)
	votes := must(c.Vote(t.Context(), unordered(change(true, true, catalog.SourceReaction, 1)), unordered(change(false, true, catalog.SourceReaction, 1))))(t)
	if len(votes) != 2 || votes[0].Value != 0 || votes[1].Value != 0 {
		t.Errorf("both flags found with no order count: %+v", votes)
	}
	// What was stored before stands, in whatever order the two are found.
	must(c.Vote(t.Context(), change(true, false, catalog.SourceReaction, 2)))(t)
	votes = must(c.Vote(t.Context(), unordered(change(true, true, catalog.SourceReaction, 3))))(t)
	if votes[0].Value != -1 {
		t.Errorf("%+v", votes)
	}
}

func TestVoteRefusals(t *testing.T) {
	c := openTest(t)
	good := change(true, true, catalog.SourceReaction, 1)
	for name, spoil := range map[string]func(*catalog.VoteChange){
		"no member":   func(ch *catalog.VoteChange) { ch.MemberID = "" },
		"no video":    func(ch *catalog.VoteChange) { ch.VideoID = "" },
		"zero byte":   func(ch *catalog.VoteChange) { ch.GuildID = "g\x001" },
		"bad source":  func(ch *catalog.VoteChange) { ch.Source = "dream" },
		"post id":     func(ch *catalog.VoteChange) { ch.PostID = "p\x00x" },
		"long member": func(ch *catalog.VoteChange) { ch.MemberID = string(make([]byte, 300)) },
	} {
		bad := good
		spoil(&bad)
		if _, err := c.Vote(t.Context(), good, bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if kept := must(c.Votes(t.Context(), "g1"))(t); len(kept) != 0 {
		t.Errorf("half of a refused call was kept: %+v", kept)
	}
}

// TestVoteModel compares the catalogue with a simple model: the flag that was set
// last and not removed counts.
func TestVoteModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var row catalog.VoteState
		type press struct {
			up     bool
			source catalog.VoteSource
		}
		var standing []press // in the order in which they were set
		for i := range rapid.IntRange(1, 30).Draw(t, "changes") {
			p := press{rapid.Bool().Draw(t, "up"), rapid.SampledFrom([]catalog.VoteSource{catalog.SourceReaction, catalog.SourceButton, catalog.SourceImport}).Draw(t, "source")}
			set := rapid.Bool().Draw(t, "set")
			// The clock may jump; the order of arrival decides.
			row.Apply(change(p.up, set, p.source, rapid.IntRange(0, 100).Draw(t, "minute")), row.Value)
			known := false
			for j, q := range standing {
				if q == p {
					known = true
					if !set || p.source != catalog.SourceReaction {
						standing = append(standing[:j:j], standing[j+1:]...)
					}
					break
				}
			}
			if set && (!known || p.source != catalog.SourceReaction) {
				standing = append(standing, p)
			}
			want := 0
			if n := len(standing); n > 0 {
				want = -1
				if standing[n-1].up {
					want = 1
				}
			}
			if row.Value != want {
				t.Fatalf("after change %d the value is %d, want %d: %+v", i, row.Value, want, row)
			}
		}
	})
}

func TestForgetMember(t *testing.T) {
	c := openTest(t)
	for _, guild := range []string{"g1", "g2"} {
		for _, member := range []string{"m1", "m2"} {
			for _, post := range []string{"p1", "p2", ""} {
				ch := change(true, true, catalog.SourceReaction, 1)
				ch.GuildID, ch.MemberID, ch.PostID = guild, member, post
				must(c.Vote(t.Context(), ch))(t)
			}
		}
		s := sighting("aaaaaaaaaaa")
		s.GuildID, s.SeededBy = guild, "m1"
		must(c.Observe(t.Context(), []catalog.Sighting{s}))(t)
		if err := c.SaveGuild(t.Context(), catalog.Guild{ID: guild, BlockedChannels: []catalog.BlockedChannel{{ID: "UC1", By: "m1"}}}); err != nil {
			t.Fatal(err)
		}
		must(c.StartRun(t.Context(), catalog.Run{GuildID: guild, Kind: "scrape", By: "m1"}))(t)
	}
	if mine := must(c.MemberVotes(t.Context(), "g1", "m1"))(t); len(mine) != 3 {
		t.Fatalf("votes of m1: %+v", mine)
	}
	if n := must(c.ForgetMember(t.Context(), "g1", "m1"))(t); n != 3 {
		t.Errorf("%d votes forgotten in one guild", n)
	}
	if left := must(c.MemberVotes(t.Context(), "g2", "m1"))(t); len(left) != 3 {
		t.Errorf("another guild's votes are gone too: %+v", left)
	}
	if n := must(c.ForgetMember(t.Context(), "", "m1"))(t); n != 3 {
		t.Errorf("%d votes forgotten in the rest", n)
	}
	if left := must(c.Votes(t.Context(), "g2"))(t); len(left) != 3 {
		t.Errorf("the other member's votes: %+v", left)
	}
	for _, guild := range []string{"g1", "g2"} {
		if f := must(c.Finds(t.Context(), guild))(t); len(f) != 1 || f[0].SeededBy == "m1" {
			t.Errorf("finds: %+v", f)
		}
		if g, _, _ := c.Guild(t.Context(), guild); g.BlockedChannels[0].By != "" || g.BlockedChannels[0].ID != "UC1" {
			t.Errorf("blocked channels: %+v", g.BlockedChannels)
		}
	}
	for _, r := range must(c.Runs(t.Context(), "", 0))(t) {
		if r.By == "m1" {
			t.Errorf("run: %+v", r)
		}
	}
}

// TestForgottenIsNotFoundAgain: the reactions of a forgotten member still stand
// on Discord, and a comparison finds them.
func TestForgottenIsNotFoundAgain(t *testing.T) {
	clock := &testClock{start}
	c := openTest(t, func(o *Options) { o.Now = clock.now })
	post := func(slotKey string) string {
		slot, posts, rows := samplePosts()
		slot.Key = slotKey
		for i := range posts {
			posts[i].ID, posts[i].Slot, posts[i].CreatedAt = "", slotKey, time.Time{}
		}
		for i := range rows {
			rows[i].ID, rows[i].PostID = "", catalog.PostID(slotKey, posts[0].VideoID)
		}
		must(c.CreatePosts(t.Context(), slot, posts, rows))(t)
		return catalog.PostID(slotKey, posts[0].VideoID)
	}
	find := func(postID string, of ...string) (kept int) {
		for _, member := range of {
			ch := unordered(change(true, true, catalog.SourceReaction, 1))
			ch.PostID, ch.MemberID = postID, member
			must(c.Vote(t.Context(), ch))(t)
		}
		return len(must(c.PostVotes(t.Context(), postID))(t))
	}
	before := post("g1/post/before")
	if n := find(before, "m1", "m2"); n != 2 {
		t.Fatalf("%d votes found", n)
	}
	clock.t = clock.t.Add(time.Hour)
	must(c.ForgetMember(t.Context(), "", "m1"))(t)
	must(c.ForgetMember(t.Context(), "g2", "m2"))(t) // another guild
	if n := find(before, "m1", "m2"); n != 1 {
		t.Errorf("%d votes after the comparison: the forgotten one is back", n)
	}
	clock.t = clock.t.Add(time.Hour)
	if n := find(post("g1/post/after"), "m1"); n != 1 {
		t.Error("a vote on a later post was not taken")
	}
	again := change(true, true, catalog.SourceReaction, 200)
	again.PostID = before
	if must(c.Vote(t.Context(), again))(t)[0].Value != 1 {
		t.Error("what the member did since was not taken")
	}
	// The record of the request names nobody.
	err := c.view(t.Context(), func(tx *bolt.Tx) error {
		return each(tx.Bucket(bucketStates), []byte(forgottenPrefix), func(k, _ []byte) error {
			if strings.Contains(string(k), "m1") || len(k) < 30 {
				t.Errorf("the key %q tells who it is", k)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	// A recovery reads posts of any age.
	clock.t = clock.t.AddDate(1, 0, 0)
	must(c.Prune(t.Context(), clock.t, clock.t))(t)
	if n := find(before, "m1", "m2"); n != 1 || must(c.PostVotes(t.Context(), before))(t)[0].MemberID != "m2" {
		t.Errorf("%d votes a year later: the forgotten one is back", n)
	}
}

func TestPrune(t *testing.T) {
	c := openTest(t)
	old, young := change(true, true, catalog.SourceReaction, -100), change(true, true, catalog.SourceReaction, 100)
	young.PostID = "p2"
	must(c.Vote(t.Context(), old, young))(t)
	if n := must(c.Prune(t.Context(), start, start))(t); n != 1 {
		t.Errorf("%d votes dropped", n)
	}
	if left := must(c.Votes(t.Context(), "g1"))(t); len(left) != 1 || left[0].PostID != "p2" {
		t.Errorf("left: %+v", left)
	}
}

// TestPruneDropsCountersOfOldDays, which nobody reads any more.
func TestPruneDropsCountersOfOldDays(t *testing.T) {
	c := openTest(t)
	day := func(d int) string { return start.AddDate(0, 0, d).Format(time.DateOnly) }
	names := []string{"pages/" + day(-40) + "/g1", "api/" + day(-40), "pages/" + day(-2) + "/g1", "api/" + day(0), "sum"}
	for _, name := range names {
		must(c.AddCounter(t.Context(), name, 3))(t)
	}
	must(c.Prune(t.Context(), time.Time{}, start.AddDate(0, 0, -30)))(t)
	for i, name := range names {
		if n := must(c.Counter(t.Context(), name))(t); (n == 0) != (i < 2) {
			t.Errorf("%s counts %d", name, n)
		}
	}
}

func TestForgetGuild(t *testing.T) {
	c := openTest(t)
	slot, posts, rows := samplePosts()
	other := slot
	other.Key, other.GuildID = "g2/post/2026-11-22T18:00", "g2"
	otherPosts := []catalog.Post{{GuildID: "g2", VideoID: "aaaaaaaaaaa"}}
	must(c.CreatePosts(t.Context(), slot, posts, rows))(t)
	must(c.CreatePosts(t.Context(), other, otherPosts, []catalog.Outbox{{GuildID: "g2", Kind: catalog.OutboxPick, PostID: catalog.PostID(other.Key, "aaaaaaaaaaa")}}))(t)
	for _, guild := range []string{"g1", "g2"} {
		ch := change(true, true, catalog.SourceReaction, 1)
		ch.GuildID = guild
		must(c.Vote(t.Context(), ch))(t)
		s := sighting("aaaaaaaaaaa")
		s.GuildID = guild
		must(c.Observe(t.Context(), []catalog.Sighting{s}))(t)
		must(c.SaveModel(t.Context(), guild, nil, [][]byte{{1}}, true))(t)
		must(c.StartRun(t.Context(), catalog.Run{GuildID: guild, Kind: "scrape", Outcome: "ok"}))(t)
		must(c.JobSince(t.Context(), guild+"/post", "0 18 * * *", start))(t)
		if err := c.SaveGuild(t.Context(), catalog.Guild{ID: guild}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.MarkSent(t.Context(), slot.Key+"/001", "message1", start); err != nil {
		t.Fatal(err)
	}
	if err := c.ForgetGuild(t.Context(), "g1"); err != nil {
		t.Fatal(err)
	}
	if _, found, _ := c.PostByMessage(t.Context(), "message1"); found {
		t.Error("a message leads to a forgotten post")
	}
	if v, p, f := must(c.Votes(t.Context(), "g1"))(t), must(c.Posts(t.Context(), "g1", start))(t), must(c.Finds(t.Context(), "g1"))(t); len(v)+len(p)+len(f) != 0 {
		t.Errorf("left: %v %v %v", v, p, f)
	}
	if _, found, _ := c.Champion(t.Context(), "g1"); found {
		t.Error("the model is left")
	}
	if runs := must(c.Runs(t.Context(), "", 0))(t); len(runs) != 1 || runs[0].GuildID != "g2" {
		t.Errorf("runs: %+v", runs)
	}
	if v, p, o := must(c.Votes(t.Context(), "g2"))(t), must(c.Posts(t.Context(), "g2", start))(t), must(c.Pending(t.Context(), ""))(t); len(v) != 1 || len(p) != 1 || len(o) != 1 {
		t.Errorf("the other guild: %v %v %v", v, p, o)
	}
	if _, found, _ := c.Video(t.Context(), "aaaaaaaaaaa"); !found {
		t.Error("the video is gone with the guild")
	}
	path := c.Path()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	must(Check(path))(t)
}
