package fakeyoutube_test

import (
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/internal/reference"
	"cratedigger/pipeline/youtube"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// clock is a clock that tests move.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return start.Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func serve(t *testing.T, o fakeyoutube.Options) (*fakeyoutube.Server, *youtube.Client, *clock) {
	t.Helper()
	c := &clock{}
	o.Now = c.now
	server, err := fakeyoutube.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client, err := youtube.NewClient(youtube.Options{BaseURL: server.URL(), Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return server, client, c
}

func TestSearchReadsEveryLayout(t *testing.T) {
	for _, layout := range []string{"", "rich-grid", "escaped", "lockup-html"} {
		t.Run("layout "+layout, func(t *testing.T) {
			server, client, _ := serve(t, fakeyoutube.Options{Seed: 1, Layout: layout})
			results, err := client.Search(t.Context(), youtube.Query{Text: "techno", Length: "any", Pages: 2})
			if err != nil {
				t.Fatal(err)
			}
			if len(results.Videos) < 20 || layout == "" && len(results.Videos) != 40 {
				t.Errorf("%d videos in %d pages", len(results.Videos), results.Pages)
			}
			if len(results.Unknown) > 0 {
				t.Errorf("unknown items %v", results.Unknown)
			}
			for _, got := range results.Videos {
				want, ok := server.Video(got.ID)
				if !ok {
					t.Fatalf("video %s is not in the catalogue", got.ID)
				}
				if got.Title != want.Title || got.ChannelID != want.ChannelID || got.Live != want.Streaming {
					t.Errorf("got %+v of %+v", got, want)
				}
				if !want.Streaming && !want.Upcoming && (got.Views == nil || got.DurationSeconds == nil || *got.DurationSeconds != int64(want.Seconds)) {
					t.Errorf("%s: views %v, seconds %v of %d", got.ID, got.Views, got.DurationSeconds, want.Seconds)
				}
				if want.Upcoming && got.Views != nil {
					t.Errorf("%s is upcoming and has %d views", got.ID, *got.Views)
				}
			}
		})
	}
}

func TestWatchPages(t *testing.T) {
	server, client, c := serve(t, fakeyoutube.Options{Seed: 2, Videos: 400})
	var ids []string
	for _, v := range server.Videos() {
		ids = append(ids, v.ID)
	}
	live := 0
	err := client.Read(t.Context(), ids, func(page youtube.Page) error {
		want, _ := server.Video(page.ID)
		got := page.Video
		if got == nil || got.ID != want.ID || got.Title != want.Title || got.Description != want.Description || len(got.Tags) != len(want.Tags) || !got.Published.Time.Equal(want.Published) {
			t.Errorf("got %+v of %+v", got, want)
			return nil
		}
		switch {
		case want.Upcoming:
			if page.Status != youtube.StatusUpcoming || got.Views != nil || got.StartsAt.Before(c.now()) {
				t.Errorf("upcoming: %s %+v", page.Status, got)
			}
		case want.Streaming:
			live++
			if page.Status != youtube.StatusLive || got.Views != nil || got.Viewers == nil || got.DurationSeconds != nil {
				t.Errorf("live: %s %+v", page.Status, got)
			}
		case page.Status != youtube.StatusOK || got.Views == nil || got.Short != want.Short:
			t.Errorf("status %s: %+v", page.Status, got)
		}
		return nil
	})
	if err != nil || live == 0 {
		t.Error(err, live)
	}
}

func TestFreshVideosAppear(t *testing.T) {
	_, client, c := serve(t, fakeyoutube.Options{Seed: 3})
	q := youtube.Query{Text: "new music", Upload: "today", Pages: 3}
	seen := map[string]bool{}
	for today := range 5 {
		results, err := client.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		fresh := 0
		for _, v := range results.Videos {
			if !seen[v.ID] {
				fresh++
			}
			seen[v.ID] = true
		}
		if today > 0 && fresh < 20 {
			t.Errorf("day %d brings %d fresh videos", today, fresh)
		}
		c.advance(24 * time.Hour)
	}
}

func TestSameSeedSameWorld(t *testing.T) {
	a, _, ca := serve(t, fakeyoutube.Options{Seed: 4})
	b, _, cb := serve(t, fakeyoutube.Options{Seed: 4})
	ca.advance(3 * 24 * time.Hour)
	a.Videos() // looking in between changes nothing
	ca.advance(24 * time.Hour)
	cb.advance(4 * 24 * time.Hour)
	va, vb := a.Videos(), b.Videos()
	if len(va) != len(vb) {
		t.Fatalf("%d and %d videos", len(va), len(vb))
	}
	for i := range va {
		if va[i].ID != vb[i].ID || va[i].Title != vb[i].Title {
			t.Fatalf("video %d differs: %v %v", i, va[i], vb[i])
		}
	}
}

func TestRecordings(t *testing.T) {
	_, client, _ := serve(t, fakeyoutube.Options{Folder: reference.File(t, "recordings")})
	results, err := client.Search(t.Context(), youtube.Query{Text: "kaggle #1"})
	if err != nil || len(results.Videos) != 20 {
		t.Fatal(len(results.Videos), err)
	}
	err = client.Read(t.Context(), []string{results.Videos[1].ID, "aaaaaaaaaaa"}, func(p youtube.Page) error {
		if (p.ID == "aaaaaaaaaaa") != (p.Status == youtube.StatusRemoved) {
			t.Errorf("%s is %s", p.ID, p.Status)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
