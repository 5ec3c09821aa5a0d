package bolt

import (
	"fmt"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// manyGuilds is a catalogue of n guilds that have found the same videos, with posts,
// votes and runs.
func manyGuilds(t *testing.T, n int) *Catalog {
	t.Helper()
	c := openTest(t, func(o *Options) { o.NoSync = true })
	for g := range n {
		writeGuild(t, c, fmt.Sprintf("guild%04d", g))
	}
	return c
}

// writeGuild writes what a guild of manyGuilds has.
func writeGuild(t *testing.T, c *Catalog, id string) {
	t.Helper()
	if err := c.SaveGuild(t.Context(), catalog.Guild{ID: id, Zone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)
	slot := catalog.Slot{Key: id + "/post/1", GuildID: id, Kind: catalog.RunPost, At: at}
	var posts []catalog.Post
	var rows []catalog.Outbox
	var seen []catalog.Sighting
	for v := range 4 {
		video := fmt.Sprintf("video%06d", v)
		seen = append(seen, catalog.Sighting{Video: youtube.Video{ID: video, Title: "A title"}, GuildID: id, Query: "jazz", At: at})
		posts = append(posts, catalog.Post{GuildID: id, VideoID: video, ChannelID: "1", MessageID: id + video, State: catalog.StateSent, CreatedAt: at})
		rows = append(rows, catalog.Outbox{GuildID: id, ChannelID: "1", Kind: catalog.OutboxPick, PostID: catalog.PostID(slot.Key, video)})
	}
	if _, err := c.Observe(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	if created, err := c.CreatePosts(t.Context(), slot, posts, rows); err != nil || !created {
		t.Fatal(created, err)
	}
	if _, err := c.Vote(t.Context(), catalog.VoteChange{GuildID: id, VideoID: posts[0].VideoID, MemberID: "7", Up: true, Set: true, Source: catalog.SourceImport, At: at}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		run, err := c.StartRun(t.Context(), catalog.Run{GuildID: id, Kind: catalog.RunScrape})
		if err != nil || c.FinishRun(t.Context(), run) != nil {
			t.Fatal(err)
		}
	}
}

// TestOneGuildAmongMany: what one guild asks for or takes with it costs no more among 400
// guilds than among 100.
func TestOneGuildAmongMany(t *testing.T) {
	work := map[string]map[int]float64{"its runs": {}, "forgetting it": {}}
	for _, n := range []int{100, 400} {
		c := manyGuilds(t, n)
		work["its runs"][n] = testing.AllocsPerRun(10, func() {
			if runs, err := c.Runs(t.Context(), "guild0007", 0); err != nil || len(runs) != 3 {
				t.Fatal(len(runs), err)
			}
		})
		work["forgetting it"][n] = testing.AllocsPerRun(1, func() {
			if err := c.ForgetGuild(t.Context(), "guild0007"); err != nil {
				t.Fatal(err)
			}
			writeGuild(t, c, "guild0007")
		})
		if err := c.ForgetGuild(t.Context(), "guild0007"); err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{"guild0007", "guild0008"} {
			rows := 0
			for _, bucket := range buckets {
				err := c.view(t.Context(), func(tx *bolt.Tx) error {
					return each(tx.Bucket(bucket), nil, func(k, v []byte) error {
						if catalog.Mentions(string(k), other) || catalog.Mentions(string(v), other) {
							rows++
						}
						return nil
					})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if left := rows > 0; left != (other == "guild0008") {
				t.Errorf("%d rows mention %s", rows, other)
			}
		}
	}
	for what, by := range work {
		t.Logf("%s: %.0f allocations among 100 guilds, %.0f among 400", what, by[100], by[400])
		if by[400] > 2*by[100] {
			t.Errorf("%s takes %.0f allocations among 100 guilds and %.0f among 400", what, by[100], by[400])
		}
	}
}

// TestRunsAreSharedAmongGuilds: of all guilds' runs as many are kept as before for one
// alone, but each guild keeps its newest twenty.
func TestRunsAreSharedAmongGuilds(t *testing.T) {
	c := openTest(t, func(o *Options) { o.NoSync = true })
	const guilds = catalog.MaxRuns/catalog.LeastRuns + 10
	for g := range guilds {
		if _, err := c.StartRun(t.Context(), catalog.Run{GuildID: fmt.Sprint("quiet", g), Kind: catalog.RunScrape}); err != nil {
			t.Fatal(err)
		}
	}
	for range catalog.LeastRuns + 5 {
		if _, err := c.StartRun(t.Context(), catalog.Run{GuildID: "busy", Kind: catalog.RunScrape}); err != nil {
			t.Fatal(err)
		}
	}
	busy, err := c.Runs(t.Context(), "busy", 0)
	if err != nil || len(busy) < catalog.LeastRuns || len(busy) > catalog.LeastRuns+1 {
		t.Errorf("%d runs of the busy guild are kept (%v)", len(busy), err)
	}
	all, err := c.Runs(t.Context(), "", 0)
	if err != nil || len(all) != guilds+len(busy) {
		t.Errorf("%d runs are kept (%v)", len(all), err)
	}
}
