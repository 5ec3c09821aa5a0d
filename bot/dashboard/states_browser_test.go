package dashboard_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"cratedigger/bot/dashboard"
	"cratedigger/internal/browser"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"

	"github.com/chromedp/chromedp"
)

// TestBrowserStates looks at pages that are empty, odd or broken, in both themes, wide and
// narrow: nothing is cut, no year is 1970, nothing is counted that is not there.
func TestBrowserStates(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t, "status of 404", "status of 500")
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	empty, odd := newWorld(t, 0, nil), newWorld(t, 0, nil)
	odd.odd(t)
	if err := odd.catalog.UpdateGuild(guildID, func(g *catalog.Guild) error {
		g.Name = strings.Repeat("Musikfreundinnen", 8)
		g.Queries = []youtube.Query{{Text: strings.Repeat("Unbroken", 16)}, {Text: "أغنية الليل الطويل"}, {Text: "夜に駆ける 長い長い題名の歌"}, {Text: "🎷🔥 party"}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	locked := newWorld(t, 0, func(o *dashboard.Options) { o.Password = "correct horse battery" })
	nobody := newWorld(t, 0, nil)
	if err := nobody.catalog.ForgetGuild(guildID); err != nil {
		t.Fatal(err)
	}
	broken := newWorld(t, 0, nil)
	broken.catalog.Close()
	for _, state := range []struct {
		name  string
		w     *world
		path  string
		holds string // what the page says
	}{
		{"home-empty", empty, g + "/home", "Until the first post"},
		{"songs-empty", empty, g + "/songs", "There are no songs yet"},
		{"settings-empty", empty, g + "/settings", "What to search for"},
		{"home-odd", odd, g + "/home", "The next post"},
		{"songs-odd", odd, g + "/songs", "夜に駆ける"},
		{"settings-odd", odd, g + "/settings", "What to search for"},
		{"video-odd", odd, g + "/video/oddoddodd-4", "Open on YouTube"},
		{"video-unknown", odd, g + "/video/nosuchvideo", "There is nothing here"},
		{"login", locked, "/login", "Password"},
		{"no-server", nobody, "/", "The bot is in no server yet"},
		{"page-unknown", empty, "/nosuch", "There is nothing here"},
		{"broken", broken, g + "/home", "Try again"},
	} {
		browser.Look(t, ctx, 1440, 900, "light")
		browser.Do(t, ctx, chromedp.Navigate(state.w.front.URL+state.path))
		text := browser.Eval[string](t, ctx, `document.body.innerText`)
		if !strings.Contains(text, state.holds) {
			t.Errorf("%s does not say %q: %s", state.name, state.holds, text)
		}
		for _, never := range []string{"1970", "0 things", "NaN", "undefined", "%!", "<nil>"} {
			if strings.Contains(text, never) {
				t.Errorf("%s says %q: %s", state.name, never, text)
			}
		}
		if n := browser.Eval[int](t, ctx, `document.querySelectorAll("h1").length`); n != 1 {
			t.Errorf("%s has %d titles", state.name, n)
		}
		look(t, ctx, "state-"+state.name)
	}
}

// TestBrowserOffline takes the dashboard away: a banner says so on any page and goes away by
// itself, a form is not sent and keeps what was typed, and "Try again" does what failed.
func TestBrowserOffline(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t, "ERR_EMPTY_RESPONSE", "htmx:afterRequest", "htmx:sendError", "status of 500", "Status Error Code 500")
	w := newWorld(t, 40, nil)
	var mu sync.Mutex
	away, sick := false, false
	set := func(change func()) {
		mu.Lock()
		defer mu.Unlock()
		change()
	}
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		gone, ill := away, sick && r.Method == http.MethodPost
		mu.Unlock()
		switch {
		case gone:
			panic(http.ErrAbortHandler)
		case ill:
			http.Error(rw, "the disk is full", http.StatusInternalServerError)
		default:
			w.server.ServeHTTP(rw, r)
		}
	}))
	defer front.Close()
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	banner := `document.getElementById("offline").textContent`
	browser.Look(t, ctx, 1440, 900, "light")
	browser.Do(t, ctx, chromedp.Navigate(front.URL+g+"/settings"))
	browser.Eval[bool](t, ctx, `document.querySelector("[name=picks]").value = "9", true`)
	set(func() { away = true })
	browser.Eval[bool](t, ctx, `dispatchEvent(new Event("offline"))`)
	browser.Until(t, ctx, banner+`.includes("The dashboard does not answer")`)
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(save)))
	browser.Until(t, ctx, `document.getElementById("trouble")?.textContent.includes("what you typed is still here")`)
	if kept := browser.Eval[string](t, ctx, `document.querySelector("[name=picks]").value`); kept != "9" {
		t.Errorf("what was typed is %q now", kept)
	}
	look(t, ctx, "state-offline")
	set(func() { away = false })
	browser.Until(t, ctx, banner+` === ""`) // by itself
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS("#trouble button")))
	browser.Until(t, ctx, areSaved)
	if got := w.guild(t).Picks; got != 9 {
		t.Errorf("%d picks are kept, want the 9 that were typed", got)
	}

	// A button of htmx: what failed is done by "Try again", once.
	browser.Look(t, ctx, 1440, 900, "light")
	for name, failing := range map[string]*bool{"does not answer": &away, "This did not work": &sick} {
		browser.Do(t, ctx, chromedp.Navigate(front.URL+g+"/songs"))
		browser.Until(t, ctx, `document.querySelector(".song .votes")`)
		set(func() { *failing = true })
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS(`.song .votes button`)))
		browser.Until(t, ctx, fmt.Sprintf(`document.getElementById("trouble")?.textContent.includes(%q)`, name))
		set(func() { *failing = false })
		before, err := w.catalog.Votes(guildID)
		if err != nil {
			t.Fatal(err)
		}
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS("#trouble button")))
		browser.Until(t, ctx, `!document.getElementById("trouble") && document.querySelector(".song .votes [name=was]").value === "1"`)
		after, err := w.catalog.Votes(guildID)
		if err != nil || len(after) != len(before)+1 {
			t.Errorf("%s: %d votes before, %d after it was tried again (%v)", name, len(before), len(after), err)
		}
	}
}
