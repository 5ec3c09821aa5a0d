package youtube_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/youtube"
)

var techno = youtube.Query{Text: "techno", Length: "any", Pages: 2}

func TestBlocksOpenTheBreaker(t *testing.T) {
	for _, test := range []struct {
		fault      fakeyoutube.Fault
		retryAfter int
		why        string
		rest       time.Duration
	}{
		{fakeyoutube.FaultCaptcha, 0, "captcha", 2 * time.Hour},
		{fakeyoutube.FaultCaptchaPage, 0, "captcha", 2 * time.Hour},
		{fakeyoutube.FaultTooMany, 0, "HTTP 429", 2 * time.Hour},
		{fakeyoutube.FaultTooMany, 600, "HTTP 429", 10 * time.Minute},
		{fakeyoutube.FaultUnavailable, 3600, "HTTP 503", time.Hour},
	} {
		t.Run(string(test.fault), func(t *testing.T) {
			kept := newMemory()
			w := newWorld(t, func(o *youtube.Options) { o.States = kept })
			w.server.BreakFor(test.fault, "/results", 1, test.retryAfter)
			_, err := w.client.Search(t.Context(), techno)
			var block *youtube.BlockedError
			if !errors.As(err, &block) || block.Why != test.why || !block.Until.Equal(w.clock().Add(test.rest)) {
				t.Fatalf("error %v", err)
			}
			if !strings.Contains(err.Error(), block.Until.Format("15:04 UTC")) {
				t.Errorf("%q does not say when", err)
			}
			// Neither this client nor one after a restart asks before that.
			asked := len(w.server.Requests())
			for _, client := range []*youtube.Client{w.client, w.newClient(func(o *youtube.Options) { o.States = kept })} {
				if _, err := client.Search(t.Context(), techno); !errors.As(err, &block) {
					t.Errorf("while blocked: %v", err)
				}
			}
			if n := len(w.server.Requests()); n != asked {
				t.Errorf("%d requests while blocked", n-asked)
			}
			w.now = block.Until
			if r, err := w.client.Search(t.Context(), techno); err != nil || len(r.Videos) == 0 {
				t.Errorf("afterwards: %v, %d videos", err, len(r.Videos))
			}
		})
	}
}

func TestBreakerRestsLongerEachTime(t *testing.T) {
	w := newWorld(t)
	w.server.Break(fakeyoutube.FaultTooMany, "", -1)
	var rests []time.Duration
	for range 7 {
		var block *youtube.BlockedError
		if _, err := w.client.Search(t.Context(), techno); !errors.As(err, &block) {
			t.Fatal(err)
		}
		rests = append(rests, block.Until.Sub(w.now))
		w.now = block.Until
	}
	for i := 1; i < len(rests); i++ {
		if want := min(2*rests[i-1], 48*time.Hour); rests[i] != want {
			t.Errorf("rests %v", rests)
		}
	}
}

func TestBlocksOnWatchPage(t *testing.T) {
	for fault, why := range map[fakeyoutube.Fault]string{fakeyoutube.FaultBotCheck: "bot", fakeyoutube.FaultRateLimit: "try again later"} {
		w := newWorld(t)
		w.server.Break(fault, "/watch", -1)
		var block *youtube.BlockedError
		err := w.client.Read(t.Context(), []string{w.server.Videos()[0].ID}, func(youtube.Page) error {
			t.Errorf("%s: a page was given", fault)
			return nil
		})
		if !errors.As(err, &block) || !strings.Contains(block.Why, why) {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

func TestConsent(t *testing.T) {
	for _, fault := range []fakeyoutube.Fault{fakeyoutube.FaultConsent, fakeyoutube.FaultConsentPage} {
		w := newWorld(t)
		w.server.Break(fault, "", -1)
		if _, err := w.client.Search(t.Context(), techno); !errors.Is(err, youtube.ErrConsent) {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

func TestTroublesThatPassAreRetried(t *testing.T) {
	for _, fault := range []fakeyoutube.Fault{fakeyoutube.FaultUnavailable, fakeyoutube.FaultHalf, fakeyoutube.FaultCut} {
		w := newWorld(t)
		w.server.Break(fault, "/results", 2)
		r, err := w.client.Search(t.Context(), techno)
		if err != nil || len(r.Videos) < 20 {
			t.Errorf("%s: %v, %d videos", fault, err, len(r.Videos))
		}
		if len(w.waited) != 2 || w.waited[1] < w.waited[0] || w.waited[0] < time.Second {
			t.Errorf("%s: waited %v", fault, w.waited)
		}
	}
	w := newWorld(t)
	w.server.BreakFor(fakeyoutube.FaultUnavailable, "/results", 1, 120)
	if _, err := w.client.Search(t.Context(), techno); err != nil || len(w.waited) != 1 || w.waited[0] != 2*time.Minute {
		t.Errorf("Retry-After: %v, waited %v", err, w.waited)
	}
}

func TestTroublesThatStay(t *testing.T) {
	for _, fault := range []fakeyoutube.Fault{fakeyoutube.FaultHalf, fakeyoutube.FaultEmptyShell, fakeyoutube.FaultRenamed} {
		w := newWorld(t)
		w.server.Break(fault, "", -1)
		r, err := w.client.Search(t.Context(), techno)
		var drift *youtube.DriftError
		if !errors.As(err, &drift) || len(r.Videos) > 0 {
			t.Errorf("%s: %v, %d videos", fault, err, len(r.Videos))
			continue
		}
		if kept := w.raw(); len(kept) != 1 || kept[0] != drift.Raw {
			t.Errorf("%s: kept %v, named %q", fault, kept, drift.Raw)
		}
		// Watch pages: some strange ones are passed on, several in a row end it.
		given := 0
		err = w.client.Read(t.Context(), []string{w.server.Videos()[0].ID, w.server.Videos()[1].ID, w.server.Videos()[2].ID, w.server.Videos()[3].ID}, func(p youtube.Page) error {
			given++
			if p.Status != youtube.StatusStub || p.Video != nil {
				t.Errorf("%s: page %+v", fault, p)
			}
			return nil
		})
		if !errors.As(err, &drift) || given != 2 {
			t.Errorf("%s: read %v, %d given", fault, err, given)
		}
	}
	w := newWorld(t)
	w.server.Break(fakeyoutube.FaultUnavailable, "", -1)
	var status *youtube.StatusError
	if _, err := w.client.Search(t.Context(), techno); !errors.As(err, &status) || status.Code != http.StatusServiceUnavailable {
		t.Error(err)
	}
	w.server.Mend()
	w.server.Break(fakeyoutube.FaultForbidden, "", -1)
	before := len(w.server.Requests())
	if _, err := w.client.Search(t.Context(), techno); !errors.As(err, &status) || len(w.server.Requests()) != before+1 {
		t.Error(err, w.server.Requests()[before:])
	}
}

func TestGzipBombIsBounded(t *testing.T) {
	w := newWorld(t)
	w.server.Break(fakeyoutube.FaultBomb, "", -1)
	if _, err := w.client.Search(t.Context(), techno); !errors.Is(err, youtube.ErrTooLarge) {
		t.Error(err)
	}
}

func TestRedirectsStayOnYouTube(t *testing.T) {
	for _, fault := range []fakeyoutube.Fault{fakeyoutube.FaultRedirectPrivate, fakeyoutube.FaultRedirectOther} {
		w := newWorld(t)
		w.server.Break(fault, "", -1)
		var host *youtube.HostError
		if _, err := w.client.Search(t.Context(), techno); !errors.As(err, &host) || len(w.server.Requests()) != 1 {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

func TestSlowBodyEnds(t *testing.T) {
	w := newWorld(t, func(o *youtube.Options) { o.Timeout, o.Retries = 50*time.Millisecond, 1 })
	w.server.Break(fakeyoutube.FaultSlow, "", -1)
	if _, err := w.client.Search(t.Context(), techno); err == nil || len(w.server.Requests()) != 2 {
		t.Error(err, w.server.Requests())
	}
}

func TestMixedLayouts(t *testing.T) {
	w := worldOf(t, fakeyoutube.Options{Seed: 6, Videos: 600, Layout: "mixed"})
	layouts := map[string]bool{}
	for _, genre := range fakeyoutube.Genres() {
		r, err := w.client.Search(t.Context(), youtube.Query{Text: genre, Length: "any"})
		if err != nil || len(r.Videos) < 8 || len(r.Alarms) > 0 {
			t.Errorf("%s: %v, %d videos, %v", genre, err, len(r.Videos), r.Alarms)
		}
		layouts[r.Layout] = true
	}
	if len(layouts) < 3 {
		t.Errorf("layouts %v", layouts)
	}
}

func TestRawPagesAreBounded(t *testing.T) {
	w := newWorld(t)
	w.server.Break(fakeyoutube.FaultRenamed, "/results", -1)
	for i := range 25 {
		q := techno
		q.Text = fakeyoutube.Genres()[i%16] + strings.Repeat(" music", i/16)
		var drift *youtube.DriftError
		if _, err := w.client.Search(t.Context(), q); !errors.As(err, &drift) {
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Minute)
	}
	if kept := w.raw(); len(kept) != 20 {
		t.Errorf("%d raw pages", len(kept))
	}
	info, err := os.Stat(w.raw()[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
}

// canned answers every request with one status and body, or fails with a text.
type canned struct {
	status int
	header http.Header
	body   string
	fails  string
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.fails != "" {
		return nil, errors.New(c.fails)
	}
	return &http.Response{StatusCode: c.status, Header: c.header, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
}

// TestErrorsQuoteLittle: errors quote only the beginning of YouTube's texts.
func TestErrorsQuoteLittle(t *testing.T) {
	long := strings.Repeat("é refused ", 8_500)
	channel := youtube.Query{Channel: "UC0000000000000000000000"}
	for name, test := range map[string]struct {
		answer canned
		query  youtube.Query
		api    bool
	}{
		"API error":     {canned{status: 400, body: `{"error":{"message":"` + long + `"}}`}, techno, true},
		"API quota":     {canned{status: 403, body: `{"error":{"message":"` + long + `","errors":[{"reason":"quotaExceeded"}]}}`}, techno, true},
		"API unread":    {canned{status: 200, body: long}, techno, true},
		"page error":    {canned{status: 404, body: `{"error":{"message":"` + long + `"}}`}, techno, false},
		"network":       {canned{fails: "malformed HTTP response " + long}, techno, false},
		"redirect":      {canned{status: 302, header: http.Header{"Location": {"https://" + strings.Repeat("a.", 40_000) + "example"}}}, techno, false},
		"feed":          {canned{status: 200, body: "<feed><" + strings.Repeat("x", 85_000) + "></y></feed>"}, channel, false},
		"feed's status": {canned{status: 404, body: long}, channel, false},
	} {
		w := newWorld(t)
		transport := func(o *youtube.Options) { o.Transport = test.answer }
		var err error
		if test.api {
			_, err = newAPI(w, transport).Search(t.Context(), test.query)
		} else {
			_, err = w.newClient(transport).Search(t.Context(), test.query)
		}
		if err == nil || utf8.RuneCountInString(err.Error()) > 500 || !utf8.ValidString(err.Error()) {
			t.Errorf("%s: %.600v", name, err)
		}
		if w.logs.Len() > 5000 {
			t.Errorf("%s: %d bytes in the log", name, w.logs.Len())
		}
	}
}
