package youtube_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/youtube"
)

func TestRequestsAreSpaced(t *testing.T) {
	w := newWorld(t, func(o *youtube.Options) { o.Interval = 2 * time.Second })
	start := w.clock()
	var ids []string
	for _, v := range w.server.Videos()[:20] {
		ids = append(ids, v.ID)
	}
	if err := w.client.Read(t.Context(), ids, func(youtube.Page) error { return nil }); err != nil {
		t.Fatal(err)
	}
	different := map[time.Duration]bool{}
	for _, d := range w.waited {
		different[d] = true
		if d < time.Second || d > 3*time.Second {
			t.Errorf("waited %v with an interval of 2 s and a jitter of half", d)
		}
	}
	if took := w.clock().Sub(start); took < 25*time.Second || took > 55*time.Second || len(different) < 10 {
		t.Errorf("20 pages took %v, %d different waits", took, len(different))
	}
}

func TestSleepIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := youtube.NewClient(youtube.Options{Interval: time.Hour, Transport: failing{}, Retries: -1})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = client.Search(t.Context(), techno) // takes the first turn
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if _, err := client.Search(ctx, techno); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Error(err, time.Since(began))
		}
	})
}

func TestPagesPerDay(t *testing.T) {
	kept := newMemory()
	limited := func(o *youtube.Options) { o.PagesPerDay, o.Counters = 3, kept }
	w := newWorld(t, limited)
	r, err := w.client.Search(t.Context(), youtube.Query{Text: "music", Length: "any", Pages: 5})
	if !errors.Is(err, youtube.ErrQuota) || r.Pages != 3 || len(r.Videos) != 60 {
		t.Errorf("%v, %d pages, %d videos", err, r.Pages, len(r.Videos))
	}
	again := w.newClient(limited) // a restart does not forget
	if _, err := again.Search(t.Context(), techno); !errors.Is(err, youtube.ErrQuota) {
		t.Error(err)
	}
	w.now = w.now.Add(24 * time.Hour)
	if _, err := again.Search(t.Context(), techno); err != nil {
		t.Error("the next day:", err)
	}
}

func TestNoPageTwiceADay(t *testing.T) {
	cache := t.TempDir()
	cached := func(o *youtube.Options) { o.CacheDir = cache }
	w := newWorld(t, cached)
	first, err := w.client.Search(t.Context(), techno)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	count := func(youtube.Page) error { read++; return nil }
	ids := []string{first.Videos[0].ID, first.Videos[1].ID}
	if err := w.client.Read(t.Context(), ids, count); err != nil {
		t.Fatal(err)
	}
	asked := len(w.server.Requests())

	w.now = w.now.Add(3 * time.Hour)
	restarted := w.newClient(cached)
	second, err := restarted.Search(t.Context(), techno)
	if err != nil || len(second.Videos) != len(first.Videos) || !second.Videos[0].Published.Time.Equal(first.Videos[0].Published.Time) {
		t.Errorf("%v: from the cache %d videos, %v and %v", err, len(second.Videos), second.Videos[0].Published, first.Videos[0].Published)
	}
	if err := restarted.Read(t.Context(), ids, count); err != nil || read != 4 {
		t.Error(err, read)
	}
	if n := len(w.server.Requests()); n != asked {
		t.Errorf("%d pages were fetched twice", n-asked)
	}
	w.now = w.now.Add(24 * time.Hour)
	if _, err := restarted.Search(t.Context(), techno); err != nil || len(w.server.Requests()) == asked {
		t.Error("the next day nothing was fetched:", err)
	}
}

func TestBadPagesAreNotCached(t *testing.T) {
	w := newWorld(t, func(o *youtube.Options) { o.CacheDir, o.Retries = t.TempDir(), -1 })
	w.server.Break(fakeyoutube.FaultEmptyShell, "", 1)
	if _, err := w.client.Search(t.Context(), techno); err == nil {
		t.Fatal("an empty shell was taken for an answer")
	}
	if _, err := w.client.Search(t.Context(), techno); err != nil {
		t.Error("the page was not asked for again:", err)
	}
}

func TestNothingFromTheEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	t.Setenv("ALL_PROXY", "http://127.0.0.1:1")
	w := newWorld(t)
	if _, err := w.client.Search(t.Context(), techno); err != nil {
		t.Error(err)
	}
}

func TestSearchRequests(t *testing.T) {
	w := newWorld(t)
	if _, err := w.client.Search(t.Context(), youtube.Query{Text: "cutting & bleeding", Upload: "week"}); err != nil {
		t.Fatal(err)
	}
	got := w.server.Requests()[0]
	for _, want := range []string{"search_query=cutting+%26+bleeding", "hl=en", "gl=US", "sp=EgYIAxABGAXwAQE%253D"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

func TestOtherLanguageIsNoted(t *testing.T) {
	w := newWorld(t)
	if _, err := w.client.Search(t.Context(), techno); err != nil || strings.Contains(w.logs.String(), "language") {
		t.Error(err, w.logs.String())
	}
	portuguese := w.newClient(func(o *youtube.Options) { o.Transport = inPortuguese{} })
	r, err := portuguese.Search(t.Context(), techno)
	if err != nil || r.Language != "pt-BR" || len(r.Videos) != 1 || *r.Videos[0].Views != 12_000 || !strings.Contains(w.logs.String(), "got=pt-BR") {
		t.Errorf("%v %+v %s", err, r, w.logs.String())
	}
}

// inPortuguese answers everything with one page in Portuguese.
type inPortuguese struct{}

func (inPortuguese) RoundTrip(r *http.Request) (*http.Response, error) {
	page := `<!doctype html><html lang="pt-BR"><script>var ytInitialData = {"contents":{"twoColumnSearchResultsRenderer":{"primaryContents":{"sectionListRenderer":{"contents":[{"itemSectionRenderer":{"contents":[{"videoRenderer":{"videoId":"AAAAAAAAAAA","title":{"simpleText":"Saudade"},"viewCountText":{"simpleText":"12 mil visualizações"}}}]}}]}}}}};</script></html>`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(page)), Request: r}, nil
}

func TestLongQueriesAndBadOptions(t *testing.T) {
	w := newWorld(t)
	for _, q := range []youtube.Query{{}, {Text: strings.Repeat("x", 300)}, {Text: "a", Upload: "decade"}, {Text: "a", Length: "huge"}, {Text: "a", Pages: 99}, {Channel: "UCshort"}} {
		if _, err := w.client.Search(t.Context(), q); err == nil {
			t.Errorf("%+v was searched", q)
		}
	}
	if n := len(w.server.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
	for _, o := range []youtube.Options{{BaseURL: "youtube"}, {BaseURL: "ftp://x"}, {Jitter: 2}, {Proxy: "::"}} {
		if _, err := youtube.NewClient(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}
