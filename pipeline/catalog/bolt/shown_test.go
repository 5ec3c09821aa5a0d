package bolt

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
)

// TestShownIsWhatPostsSay: the small reads of posts and votes tell what the whole ones do.
func TestShownIsWhatPostsSay(t *testing.T) {
	c := openTest(t, func(o *Options) { o.NoSync = true })
	rng := rand.New(rand.NewPCG(1, 25))
	start := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)
	for day := range 8 {
		for _, guild := range []string{"1", "12"} {
			at := start.AddDate(0, 0, day)
			slot := catalog.Slot{Key: guild + "/post/" + at.Format(time.DateOnly), GuildID: guild, Kind: catalog.RunPost, At: at}
			var posts []catalog.Post
			for n := range 4 {
				p := catalog.Post{ID: fmt.Sprint("post", guild, "-", day, n), GuildID: guild, VideoID: fmt.Sprint("video", day, n), ChannelID: fmt.Sprint(day % 2), Position: n, CreatedAt: at,
					State: []catalog.State{catalog.StateSent, catalog.StatePending, catalog.StateRetired, catalog.StateFailed, catalog.StateSent}[rng.IntN(5)]}
				if p.State != catalog.StatePending {
					p.MessageID, p.SentAt = fmt.Sprint(guild, day, n), at.Add(time.Minute)
				}
				posts = append(posts, p)
			}
			if _, err := c.CreatePosts(t.Context(), slot, posts, nil); err != nil {
				t.Fatal(err)
			}
			for _, p := range posts {
				for member := range rng.IntN(5) {
					change := catalog.VoteChange{GuildID: guild, PostID: p.ID, VideoID: p.VideoID, MemberID: fmt.Sprint("m", member), Up: rng.IntN(2) == 0, Set: true, At: at,
						Source: []catalog.VoteSource{catalog.SourceReaction, catalog.SourceButton, catalog.SourceImport}[rng.IntN(3)]}
					if _, err := c.Vote(t.Context(), change); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	for _, since := range []time.Time{{}, start.AddDate(0, 0, 3), start.AddDate(1, 0, 0)} {
		posts, err := c.Posts(t.Context(), "1", since)
		if err != nil {
			t.Fatal(err)
		}
		var want []catalog.Shown
		var counts []catalog.Reactions
		var ids []string
		for _, p := range posts {
			if p.State != catalog.StateSent {
				continue
			}
			votes, err := c.PostVotes(t.Context(), p.ID)
			if err != nil {
				t.Fatal(err)
			}
			var n catalog.Reactions
			for _, v := range votes {
				if !v.Up.Reaction.IsZero() {
					n.Up++
				}
				if !v.Down.Reaction.IsZero() {
					n.Down++
				}
			}
			want, counts, ids = append(want, catalog.Shown{PostID: p.ID, ChannelID: p.ChannelID, MessageID: p.MessageID, SentAt: p.SentAt}), append(counts, n), append(ids, p.ID)
		}
		shown, err := c.Shown(t.Context(), "1", since)
		if err != nil || !slices.Equal(shown, want) {
			t.Errorf("since %v stand %v (%v), want %v", since, shown, err, want)
		}
		if got, err := c.Reactions(t.Context(), "1", ids...); err != nil || !slices.Equal(got, counts) {
			t.Errorf("since %v there are %v reactions (%v), want %v", since, got, err, counts)
		}
	}
}

// TestDoneSlotWritesNothing: after a restart most slots are done.
func TestDoneSlotWritesNothing(t *testing.T) {
	writes := 0
	c := openTest(t, func(o *Options) {
		o.NoSync = true
		o.Trace = func(point string) {
			if strings.HasSuffix(point, ":begin") {
				writes++
			}
		}
	})
	s := catalog.Slot{Key: "1/scrape/2026-03-01T17:00", GuildID: "1", Kind: catalog.RunScrape, At: time.Date(2026, 3, 1, 17, 0, 0, 0, time.UTC)}
	if fresh, err := c.BeginSlot(t.Context(), s); err != nil || !fresh {
		t.Fatal(fresh, err)
	}
	if err := c.FinishSlot(t.Context(), s.Key); err != nil {
		t.Fatal(err)
	}
	writes = 0
	if fresh, err := c.BeginSlot(t.Context(), s); err != nil || fresh || writes > 0 {
		t.Errorf("a slot that is done was begun: %v, %v, with %d writes", fresh, err, writes)
	}
}
