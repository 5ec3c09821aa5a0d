package youtube_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/youtube"
)

// failing is a network that is down.
type failing struct{}

func (failing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("the network is down")
}

func newAPI(w *world, change ...func(*youtube.Options)) *youtube.API {
	w.t.Helper()
	o := w.options()
	for _, c := range change {
		c(&o)
	}
	api, err := youtube.NewAPI(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return api
}

func TestAPISearch(t *testing.T) {
	w := newWorld(t)
	kept := newMemory()
	api := newAPI(w, func(o *youtube.Options) { o.Counters = kept })
	r, err := api.Search(t.Context(), youtube.Query{Text: "techno", Upload: "year", Pages: 2})
	if err != nil || len(r.Videos) == 0 || r.Status != youtube.StatusOK {
		t.Fatal(err, len(r.Videos))
	}
	for _, got := range r.Videos {
		want, _ := w.server.Video(got.ID)
		if got.Title != want.Title || got.Views == nil || *got.DurationSeconds != int64(want.Seconds) || want.Seconds < 180 || want.Seconds > 1200 || !got.Published.Time.Equal(want.Published) || got.Published.Precision != 0 {
			t.Errorf("got %+v of %+v", got, want)
		}
	}
	searches, units := youtube.APICounters(w.clock())
	if kept.counts[searches] == 0 || kept.counts[units] == 0 || kept.counts[searches] > 2 {
		t.Errorf("counts %v", kept.counts)
	}
}

func TestAPIReadsFiftyAtATime(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for _, v := range w.server.Videos()[:120] {
		ids = append(ids, v.ID)
	}
	ids = append(ids, "gone_______")
	var got []string
	err := newAPI(w).Read(t.Context(), ids, func(p youtube.Page) error {
		got = append(got, p.ID)
		if (p.Status == youtube.StatusRemoved) != (p.ID == "gone_______") || p.Kind() != youtube.KindAPI {
			t.Errorf("%s is %s", p.ID, p.Status)
		}
		return nil
	})
	if err != nil || strings.Join(got, " ") != strings.Join(ids, " ") {
		t.Errorf("%v, %d pages", err, len(got))
	}
	if n := len(w.server.Requests()); n != 3 {
		t.Errorf("%d calls for 121 videos", n)
	}
}

func TestAPIQuota(t *testing.T) {
	w := newWorld(t)
	kept := newMemory()
	searches, _ := youtube.APICounters(w.clock())
	kept.counts[searches] = youtube.APISearchesPerDay - 1
	api := newAPI(w, func(o *youtube.Options) { o.Counters = kept })
	if _, err := api.Search(t.Context(), youtube.Query{Text: "techno"}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.Search(t.Context(), youtube.Query{Text: "jazz"}); !errors.Is(err, youtube.ErrQuota) {
		t.Error(err)
	}
	// Reading has a budget of its own, and midnight in California brings new searches.
	if err := api.Read(t.Context(), []string{w.server.Videos()[0].ID}, func(youtube.Page) error { return nil }); err != nil {
		t.Error(err)
	}
	w.now = time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)
	if _, err := api.Search(t.Context(), youtube.Query{Text: "jazz"}); err != nil {
		t.Error(err)
	}
}

func TestAPIKeyIsNotTold(t *testing.T) {
	w := worldOf(t, fakeyoutube.Options{Seed: 1, Videos: 20, APIKey: "another"})
	_, err := newAPI(w).Search(t.Context(), youtube.Query{Text: "techno"})
	var status *youtube.StatusError
	if !errors.As(err, &status) || !strings.Contains(err.Error(), "API key not valid") {
		t.Error(err)
	}
	down := newAPI(w, func(o *youtube.Options) { o.Transport = failing{} })
	_, err2 := down.Search(t.Context(), youtube.Query{Text: "techno"})
	if err2 == nil || strings.Contains(err.Error()+err2.Error()+w.logs.String(), "secret-key") {
		t.Error("the key is told:", err, err2, w.logs.String())
	}
	if _, err := youtube.NewAPI(youtube.Options{}); err == nil {
		t.Error("no key is accepted")
	}
}

func TestFeed(t *testing.T) {
	w := newWorld(t)
	channel := w.server.Videos()[0].ChannelID
	r, err := w.client.Search(t.Context(), youtube.Query{Channel: channel})
	if err != nil || len(r.Videos) == 0 || len(r.Videos) > 15 || r.Layout != "feed" {
		t.Fatal(err, len(r.Videos))
	}
	for _, got := range r.Videos {
		want, _ := w.server.Video(got.ID)
		if got.Title != want.Title || got.Channel != want.Channel || got.ChannelID != channel || got.Short != want.Short || !got.Published.Time.Equal(want.Published) || got.Views == nil || got.DurationSeconds != nil {
			t.Errorf("got %+v of %+v", got, want)
		}
	}
	cache := t.TempDir()
	cached := func(o *youtube.Options) { o.CacheDir = cache }
	o := w.options()
	cached(&o)
	feed, err := youtube.NewFeed(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := feed.Search(t.Context(), youtube.Query{Text: "techno"}); err == nil {
		t.Error("a feed was searched")
	}
	// An unknown channel is an error, not an empty answer: feeds fail often.
	var status *youtube.StatusError
	missing := youtube.Query{Channel: "UC0000000000000000000000"}
	if _, err := feed.Search(t.Context(), missing); !errors.As(err, &status) || status.Code != http.StatusNotFound || !errors.Is(err, youtube.ErrNoFeed) {
		t.Error(err)
	}
	// It is not asked for again the same day, even after a restart, but the next.
	asked := len(w.server.Requests())
	for _, source := range []interface {
		Search(context.Context, youtube.Query) (youtube.Results, error)
	}{feed, w.newClient(cached)} {
		if _, err := source.Search(t.Context(), missing); !errors.Is(err, youtube.ErrNoFeed) {
			t.Error(err)
		}
	}
	if n := len(w.server.Requests()); n != asked {
		t.Errorf("%d requests for a missing feed on the same day", n-asked)
	}
	w.now = w.now.Add(24 * time.Hour)
	if _, err := feed.Search(t.Context(), missing); !errors.Is(err, youtube.ErrNoFeed) || len(w.server.Requests()) != asked+1 {
		t.Errorf("the next day: %v, %d requests", err, len(w.server.Requests())-asked)
	}
}
