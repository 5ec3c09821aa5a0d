package dashboard_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/pipeline/catalog"
)

// state is everything that a request may change: the bytes of the catalogue's file,
// the number of requests to YouTube, and the number of calls of Changed.
type state struct {
	file    string
	asked   int64
	changed int
}

func (w *world) state(t *testing.T) state {
	t.Helper()
	file, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	return state{string(file), w.source.asked.Load(), len(w.changed)}
}

// TestEveryRouteIsGuarded calls every route with all parameters that any of them
// reads: a GET has no effect, and a POST from another site's page is refused and has
// none.
func TestEveryRouteIsGuarded(t *testing.T) {
	for name, change := range map[string]func(*dashboard.Options){
		"open": func(*dashboard.Options) {}, "with a password": withPassword,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 60, func(o *dashboard.Options) {
				change(o)
				o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("up 1")) })
			})
			if _, err := w.catalog.Vote(t.Context(), catalog.VoteChange{
				GuildID: guildID, VideoID: w.ids[1], MemberID: catalog.ImportVoter, Up: true, Set: true, Source: catalog.SourceImport, At: now,
			}); err != nil {
				t.Fatal(err)
			}
			form := "video=" + w.ids[1] + "&vote=up&liked=Burial&post=&member=" + catalog.ImportVoter + "&version=1&tune=1&picks=9&zone=UTC&paused=1&done=retrain&skipped=" + w.ids[2] + "&password=x&guild=" + guildID
			patterns := w.server.Patterns()
			posts := 0
			for _, pattern := range patterns {
				method, path, one := strings.Cut(pattern, " ")
				methods := []string{method, http.MethodHead}
				if !one { // whatever the method
					path, methods = pattern, []string{http.MethodGet, http.MethodPost}
				}
				path = strings.NewReplacer("{guild}", guildID, "{video}", w.ids[0], "{name}", "dashboard.css", "{$}", "").Replace(path)
				for _, m := range methods {
					for _, site := range []string{"cross-site", "same-site", "same-origin", ""} {
						foreign := strings.HasSuffix(site, "-site")
						if m == http.MethodPost && !foreign {
							continue // this may have an effect
						}
						before := w.state(t)
						query, body := "?"+form, ""
						if m == http.MethodPost {
							query, body, posts = "", form, posts+1
						}
						res, _ := w.send(t, m, path+query, body, func(r *http.Request) {
							r.Header.Set("Sec-Fetch-Site", site)
							r.SetBasicAuth("", password) // as a browser that has it would
						})
						if foreign && res.StatusCode != http.StatusForbidden {
							t.Errorf("%s %s for a page that is %s: status %d", m, path, site, res.StatusCode)
						}
						if m == http.MethodGet && site == "" && res.StatusCode >= 400 && path != "/" && path != "/metrics" && !strings.Contains(path, "/avatar/") {
							t.Errorf("%s %s is not answered: status %d", m, path, res.StatusCode)
						}
						if after := w.state(t); after != before {
							t.Errorf("%s %s (%s) has an effect: YouTube asked %d times more, the catalogue changed: %v", m, path, site, after.asked-before.asked, after.file != before.file)
						}
					}
				}
			}
			if len(patterns) < 25 || posts < 18 {
				t.Errorf("%d patterns, %d posts", len(patterns), posts)
			}
		})
	}
	// A browser that follows a link gets the page, whatever site the link is on.
	w := newWorld(t, 3, nil)
	if res, _ := w.send(t, "GET", g+"/songs", "", func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Sec-Fetch-Mode", "navigate")
		r.Header.Set("Sec-Fetch-Dest", "document")
	}); res.StatusCode != 200 {
		t.Errorf("a link from another site: status %d", res.StatusCode)
	}
}

// TestPredictions asks for predictions faster than a member could.
func TestPredictions(t *testing.T) {
	clock := now
	w := newWorld(t, 0, func(o *dashboard.Options) {
		o.PredictPause, o.Now = 30*time.Second, func() time.Time { return clock }
	})
	for _, tt := range []struct {
		form   string
		after  time.Duration
		status int
		want   string
		asked  int64 // YouTube, by then
	}{
		{"video=x", 0, 400, `"error"`, 0},
		{"video=predictable", 0, 200, `"title": "Slow river (live session)"`, 1},
		{"video=predictable", 0, 429, "Ask again in 30 s.", 1},
		{"video=https://youtu.be/predictable", 29 * time.Second, 429, "Ask again in 1 s.", 1},
		{"video=https://youtu.be/predictable&guild=" + guildID, time.Second, 200, `"score"`, 2},
		{"video=nosuchvideo", 30 * time.Second, 502, `"error"`, 3},
		{"video=predictable", 0, 429, `"error"`, 3}, // its page was read, though it holds no video
	} {
		clock = clock.Add(tt.after)
		res, body := w.send(t, "POST", "/api/v1/predict", tt.form, nil)
		if res.StatusCode != tt.status || !strings.Contains(body, tt.want) || !json.Valid([]byte(body)) {
			t.Errorf("%s: status %d, %s", tt.form, res.StatusCode, body)
		}
		if (tt.status == 429) != (res.Header.Get("Retry-After") != "") {
			t.Errorf("%s: Retry-After is %q", tt.form, res.Header.Get("Retry-After"))
		}
		if got := w.source.asked.Load(); got != tt.asked {
			t.Errorf("%s: YouTube was asked %d times, want %d", tt.form, got, tt.asked)
		}
	}
	if res, _ := w.get(t, "/api/v1/predict?video=predictable"); res.StatusCode != 404 || w.source.asked.Load() != 3 {
		t.Errorf("a GET: status %d", res.StatusCode)
	}
}
