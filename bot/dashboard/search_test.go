package dashboard_test

import (
	"strings"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// TestSearchNow presses the button: the pages show how far the search is; another has to
// wait, unless the first one failed.
func TestSearchNow(t *testing.T) {
	clock, next := now, make(chan struct{})
	w := newWorld(t, 0, func(o *dashboard.Options) {
		o.SearchPause, o.Now = 10*time.Minute, func() time.Time { return clock }
	})
	press := func(want int, says string) {
		t.Helper()
		if res, body := w.post(t, g+"/search", nil); res.StatusCode != want || !strings.Contains(body, says) {
			t.Fatalf("status %d, want %d: %s", res.StatusCode, want, body)
		}
	}
	shows := func(path, part string) {
		t.Helper()
		body := ""
		for deadline := time.Now().Add(20 * time.Second); !strings.Contains(body, part); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s does not say %q: %s", path, part, body)
			}
			_, body = w.get(t, g+path)
		}
	}
	shows("/runs", `action="`+g+`/search"`)
	press(303, "")
	shows("/runs", string(catalog.OutcomeFailed)) // no source answers
	w.source.search = func() (youtube.Results, error) {
		<-next
		return youtube.Results{}, nil
	}
	for status := 0; status != 303; time.Sleep(time.Millisecond) { // it has ended, and gives its claim back in a moment
		res, _ := w.post(t, g+"/search", nil)
		status = res.StatusCode
	}
	for _, done := range []string{"0", "1"} { // of the guild's two searches
		shows("/runs", "searching: "+done+" of 2")
		shows("/songs", "searching: "+done+" of 2")
		next <- struct{}{}
	}
	clock = clock.Add(9 * time.Minute)
	press(429, "Ask again in 60 s.")
	if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.Queries = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	press(409, "settings")
}
