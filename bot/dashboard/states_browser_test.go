package dashboard_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/bot/discord"
	"cratedigger/internal/browser"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"

	"github.com/chromedp/chromedp"
)

// strange gives a world songs, votes, runs, a model and settings whose names are long, run
// from right to left, or are pictures.
func (w *world) strange(t *testing.T) {
	t.Helper()
	w.ids = nil
	var seen []catalog.Sighting
	titles := []string{
		strings.Repeat("A title that goes on and on ", 3) + "and ends", "فرقة النجوم - أغنية الليل الطويل (تسجيل حي)", "夜の電車 - 夜に駆ける 長い長い題名の歌 " + strings.Repeat("春", 50),
		"🎷🔥 party 🎉 " + strings.Repeat("🎶", 40), strings.Repeat("Unbroken", 12), "Sigur Rós - Hoppípolla (Official Video)", "\u202egnorw eht ni daer\u202c", "להקת הים - שיר בלי סוף",
	}
	for i := range 80 {
		id, seconds, playable := fmt.Sprintf("strange-%03d", i), int64(200+i), true
		w.ids = append(w.ids, id)
		seen = append(seen, catalog.Sighting{Status: youtube.StatusOK, At: now.Add(-time.Hour), GuildID: guildID, Query: "أغنية الليل الطويل", Detailed: true, Video: youtube.Video{
			ID: id, Title: fmt.Sprintf("%s %d", titles[i%len(titles)], i), Channel: []string{"قناة 频道 " + strings.Repeat("Kanal ", 8), "🎧", strings.Repeat("Kanal", 18)}[i%3], ChannelID: fmt.Sprintf("UC%022d", i), Category: "Music", DurationSeconds: &seconds,
			Embeddable: &playable, Published: youtube.Date{Time: now.AddDate(0, 0, -i%30)},
		}})
	}
	if _, err := w.catalog.Observe(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
		g.Name = strings.Repeat("Musikfreundinnen", 8)
		g.Queries = []youtube.Query{{Text: strings.Repeat("Unbroken", 16)}, {Text: "أغنية الليل الطويل"}, {Text: "夜に駆ける 長い長い題名の歌"}, {Text: "🎷🔥 party"}}
		g.Schedule = []string{"0 18 * * *", "15 */6 1 * *"}
		g.BlockedWords, g.BlockedArtists = []string{strings.Repeat("Unbroken", 12), "أغنية"}, []catalog.BlockedArtist{{Name: "夜に駆ける", By: member, At: now.AddDate(0, 0, -3)}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.days(t, 12)
	for i, text := range []string{strings.Repeat("Unbroken", 30), "لا يجيب الموقع", "失敗した 🎷"} {
		run, err := w.catalog.StartRun(t.Context(), catalog.Run{GuildID: guildID, Kind: "scrape", By: member, Started: now.Add(time.Duration(i) * time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		run.Outcome, run.Ended, run.Error, run.Alarms = "failed", run.Started.Add(time.Minute), text, []string{text}
		if err := w.catalog.FinishRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
}

// What a gate does with requests.
const (
	passes = iota
	gone   // breaks off: the dashboard does not answer
	ill    // forms end in an error
	silent // a page that is asked for does not come; to a test it seems that the browser waits for ever
	halves // the second step of pages that come in two never comes
)

// gated is a front of a world whose requests go through a gate, and what sets that.
func gated(t *testing.T, w *world) (*httptest.Server, func(int)) {
	t.Helper()
	var state atomic.Int32
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch now := state.Load(); {
		case now == gone:
			panic(http.ErrAbortHandler)
		case now == ill && r.Method == http.MethodPost:
			http.Error(rw, "the disk is full", http.StatusInternalServerError)
		case now == silent:
			rw.WriteHeader(http.StatusNoContent) // chromedp does nothing while a page is awaited
		case now == halves && r.URL.Query().Has("ready"):
			<-r.Context().Done()
		default:
			w.server.ServeHTTP(rw, r)
		}
	}))
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
	})
	return front, func(to int) { state.Store(int32(to)) }
}

// some are all pages where pictures are wanted, or long tests; else every fourth, as one
// mechanism serves all.
func some(all []pageState) (some []pageState) {
	if os.Getenv("CRATEDIGGER_SCREENS") != "" || os.Getenv("CRATEDIGGER_LONG") != "" {
		return all
	}
	for i := 0; i < len(all); i += 4 {
		some = append(some, all[i])
	}
	return some
}

// everyPage is every page of a server, and what it says when all is well.
func (w *world) everyPage() []pageState {
	return []pageState{
		{"home", w, g + "/home", "The next post"},
		{"songs", w, g + "/songs", "Up next"},
		{"songs-posted", w, g + "/songs?tab=posted", "Posted"},
		{"songs-all", w, g + "/songs?tab=all", "All"},
		{"songs-blocked", w, g + "/songs?tab=blocked", "Blocked"},
		{"video", w, g + "/video/" + w.ids[0], "Open on YouTube"},
		{"label", w, g + "/label", "like it"},
		{"votes", w, g + "/votes", "Votes"},
		{"model", w, g + "/model", "Versions"},
		{"model-details", w, g + "/model?v=1", "Reliability"},
		{"runs", w, g + "/runs", "Search now"},
		{"settings", w, g + "/settings", "What to search for"},
		{"servers", w, "/servers", "Night Shift"},
		{"api", w, "/api", "predict"},
	}
}

// pageState is a page in a state, and what it says then.
type pageState struct {
	name  string
	w     *world
	path  string
	holds string
}

// inspect looks at pages in their states, wide and narrow: nothing is cut, no year is 1970,
// nothing is counted that is not there. It takes pictures in both themes where they are wanted.
func inspect(t *testing.T, ctx context.Context, states []pageState) {
	t.Helper()
	for _, state := range states {
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
		name := "state-" + state.name
		browser.Look(t, ctx, 390, 900, "light")
		browser.NoOverflow(t, ctx, name)
		if os.Getenv("CRATEDIGGER_SCREENS") != "" {
			look(t, ctx, name)
		}
	}
}

// TestBrowserOddNames inspects every page of a server whose names are long, run from right to
// left, or are pictures.
func TestBrowserOddNames(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t, "status of 404")
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	odd := newWorld(t, 0, func(o *dashboard.Options) {
		o.Deliver, o.People = func(context.Context, string) error { return nil }, strangers{"名🎧"}
	})
	odd.strange(t)
	inspect(t, ctx, []pageState{
		{"home-odd", odd, g + "/home", "The next post"},
		{"songs-odd", odd, g + "/songs", "夜に駆ける"},
		{"songs-posted-odd", odd, g + "/songs?tab=posted", "夜に駆ける"},
		{"songs-blocked-odd", odd, g + "/songs?tab=blocked", "夜に駆ける"},
		{"songs-nothing-odd", odd, g + "/songs?q=nosuchword", "No song here passes this filter"},
		{"video-odd", odd, g + "/video/strange-074", "Open on YouTube"},
		{"model-odd", odd, g + "/model", "Versions"},
		{"model-details-odd", odd, g + "/model?v=1", "Reliability"},
		{"votes-odd", odd, g + "/votes", "名🎧"},
		{"runs-odd", odd, g + "/runs", "失敗した"},
		{"label-odd", odd, g + "/label", "like it"},
		{"settings-odd", odd, g + "/settings", "What to search for"},
		{"video-unknown", odd, g + "/video/nosuchvideo", "There is nothing here"},
	})
}

// TestBrowserStates inspects every page of a server that has nothing, and pages of none.
func TestBrowserStates(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t, "status of 404")
	empty := newWorld(t, 0, func(o *dashboard.Options) {
		o.Health = func(context.Context, string) []dashboard.Finding {
			return []dashboard.Finding{{Area: "search", Text: "Nothing was searched for yet.", Fix: "Type what to search for into the settings."}, {Area: "disk", Text: "The disk has 12 GB left."}}
		}
	})
	if err := empty.catalog.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error {
		g.Queries, g.Schedule, g.Retrain, g.ChannelID = nil, nil, "", ""
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	locked := newWorld(t, 0, func(o *dashboard.Options) { o.Password = "correct horse battery" })
	nobody := newWorld(t, 0, nil)
	if err := nobody.catalog.ForgetGuild(ctx, guildID); err != nil {
		t.Fatal(err)
	}
	inspect(t, ctx, []pageState{
		{"home-empty", empty, g + "/home", "Until the first post"},
		{"songs-empty", empty, g + "/songs", "There are no songs yet"},
		{"songs-all-empty", empty, g + "/songs?tab=all", "There are no songs yet"},
		{"songs-posted-empty", empty, g + "/songs?tab=posted", "Nothing was posted yet"},
		{"songs-blocked-empty", empty, g + "/songs?tab=blocked", "Nothing is blocked"},
		{"model-empty", empty, g + "/model", "There is no model yet"},
		{"votes-empty", empty, g + "/votes", "Nobody has voted yet"},
		{"runs-empty", empty, g + "/runs", "Nothing has run yet"},
		{"label-empty", empty, g + "/label", "There is no song to ask about yet"},
		{"settings-empty", empty, g + "/settings", "What to search for"},
		{"login", locked, "/login", "Password"},
		{"no-server", nobody, "/", "The bot is in no server yet"},
		{"page-unknown", empty, "/nosuch", "There is nothing here"},
		{"servers-empty", nobody, "/servers", "The bot is in no server yet"},
	})
	for _, path := range []string{"/home", "/settings", "/servers"} { // of the others other tests tell who can use them
		browser.Look(t, ctx, 1440, 900, "light")
		browser.Do(t, ctx, chromedp.Navigate(empty.front.URL+strings.Replace(g+path, g+"/servers", "/servers", 1)))
		browser.Accessible(t, ctx, path+", empty")
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
	front, set := gated(t, w)
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	banner := `document.getElementById("offline").textContent`
	browser.Look(t, ctx, 1440, 900, "light")
	browser.Do(t, ctx, chromedp.Navigate(front.URL+g+"/settings"))
	browser.Eval[bool](t, ctx, `document.querySelector("[name=picks]").value = "9", true`)
	set(gone)
	browser.Eval[bool](t, ctx, `dispatchEvent(new Event("offline"))`)
	browser.Until(t, ctx, banner+`.includes("The dashboard does not answer")`)
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(save)))
	browser.Until(t, ctx, `document.getElementById("trouble")?.textContent.includes("what you typed is still here")`)
	if kept := browser.Eval[string](t, ctx, `document.querySelector("[name=picks]").value`); kept != "9" {
		t.Errorf("what was typed is %q now", kept)
	}
	look(t, ctx, "state-offline")
	set(passes)
	browser.Until(t, ctx, banner+` === ""`) // by itself
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS("#trouble button")))
	browser.Until(t, ctx, areSaved)
	if got := w.guild(t).Picks; got != 9 {
		t.Errorf("%d picks are kept, want the 9 that were typed", got)
	}

	// A button of htmx: what failed is done by "Try again", once.
	browser.Look(t, ctx, 1440, 900, "light")
	for name, failing := range map[string]int{"does not answer": gone, "This did not work": ill} {
		browser.Do(t, ctx, chromedp.Navigate(front.URL+g+"/songs"))
		browser.Until(t, ctx, `document.querySelector(".song .votes")`)
		set(failing)
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS(`.song .votes button`)))
		browser.Until(t, ctx, fmt.Sprintf(`document.getElementById("trouble")?.textContent.includes(%q)`, name))
		set(passes)
		before, err := w.catalog.Votes(ctx, guildID)
		if err != nil {
			t.Fatal(err)
		}
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS("#trouble button")))
		browser.Until(t, ctx, `!document.getElementById("trouble") && document.querySelector(".song .votes [name=was]").value === "1"`)
		after, err := w.catalog.Votes(ctx, guildID)
		if err != nil || len(after) != len(before)+1 {
			t.Errorf("%s: %d votes before, %d after it was tried again (%v)", name, len(before), len(after), err)
		}
	}
}

// full is a world in which every page has something to show.
func full(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, 400, func(o *dashboard.Options) {
		o.Deliver, o.People = func(context.Context, string) error { return nil }, strangers{"A"}
	})
	w.live(t)
	if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
		g.BlockedArtists = []catalog.BlockedArtist{{Name: "Mara Quill", By: member, At: now.AddDate(0, 0, -3)}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestBrowserLoading draws every page while it waits for an answer: it says so, whether
// another page was asked for by a link, by a form, or by htmx. Pages of many songs say so
// before their content comes.
func TestBrowserLoading(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t, "htmx:afterRequest", "htmx:sendError") // what is awaited when the test goes on
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	const waits = `getComputedStyle(document.querySelector(".busy")).visibility === "visible"`
	w, locked := full(t), newWorld(t, 0, func(o *dashboard.Options) { o.Password = "correct horse battery" })
	for _, p := range append(some(w.everyPage()), pageState{"login", locked, "/login", "Password"}) {
		front, set := gated(t, p.w)
		browser.Look(t, ctx, 1440, 900, "light")
		browser.Do(t, ctx, chromedp.Navigate(front.URL+p.path))
		browser.Until(t, ctx, `document.querySelector("h1") && !(`+waits+`)`)
		set(silent)
		ask := `document.querySelector("nav a[aria-current], a.brand").click(), true`
		if p.name == "login" {
			ask = `document.querySelector("[name=password]").value = "guess", document.querySelector("form").requestSubmit(), true`
		}
		browser.Eval[bool](t, ctx, ask)
		browser.Until(t, ctx, waits)
		screens(t, ctx, "state-"+p.name+"-loading")
	}

	// What is downloaded leaves the page as it is.
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/votes"))
	browser.Eval[bool](t, ctx, `document.querySelector("a[href$='labels.csv']").click(), true`)
	if got := browser.Eval[string](t, ctx, `document.body.className`); got != "" {
		t.Errorf("after a download the page is %q", got)
	}

	if os.Getenv("CRATEDIGGER_SCREENS") == "" {
		return // TestBrowserLargeCatalogue has the rest
	}
	many := newWorld(t, 20_000, nil)
	front, set := gated(t, many)
	set(halves)
	for _, p := range []pageState{{"home", nil, "/home", ""}, {"songs", nil, "/songs", ""}, {"model", nil, "/model", ""}, {"label", nil, "/label", ""}} {
		browser.Do(t, ctx, chromedp.Navigate(front.URL+g+p.path))
		browser.Until(t, ctx, `document.querySelector("main").textContent.includes("One moment: 20k songs are known")`)
		screens(t, ctx, "state-"+p.name+"-many")
	}
}

// TestBrowserErrors draws every page where the catalogue cannot be read, and forms that were
// refused.
func TestBrowserErrors(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t, "status of 500", "status of 401", "status of 404")
	broken, locked := newWorld(t, 1, nil), newWorld(t, 0, func(o *dashboard.Options) { o.Password = "correct horse battery" })
	broken.catalog.Close()
	states := some(broken.everyPage())
	for i := range states {
		if states[i].holds = "Try again"; states[i].name == "api" { // reads nothing that could fail
			states[i].holds = "predict"
		}
		states[i].name += "-error"
	}
	inspect(t, ctx, states)
	browser.Do(t, ctx, chromedp.Navigate(locked.front.URL+"/login"), chromedp.SendKeys(chromedp.CSS("[name=password]"), "guess\r"))
	browser.Until(t, ctx, `document.querySelector(".mistake")`)
	screens(t, ctx, "state-login-error")
	browser.Do(t, ctx, chromedp.Navigate(full(t).front.URL+g+"/settings"))
	browser.Eval[bool](t, ctx, `["picks", "zone", "languages", "exploration", "queries.0.text", "schedule.0.cron"].forEach(name => document.querySelector("form.settings [name='" + name + "']").value = "Nowhere/Else " + name), true`)
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(save)))
	browser.Until(t, ctx, `document.querySelectorAll(".problems li").length >= 5`)
	screens(t, ctx, "state-settings-error-fields")
}

// TestBrowserOfflineEverywhere takes the dashboard away under every page: each says so, and
// covers nothing that cannot be scrolled into view.
func TestBrowserOfflineEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t, "ERR_EMPTY_RESPONSE", "ERR_CONNECTION")
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	w, locked := full(t), newWorld(t, 0, func(o *dashboard.Options) { o.Password = "correct horse battery" })
	for _, p := range append(some(w.everyPage()), pageState{"login", locked, "/login", "Password"}) {
		front, set := gated(t, p.w)
		browser.Look(t, ctx, 390, 900, "light")
		browser.Do(t, ctx, chromedp.Navigate(front.URL+p.path))
		browser.Until(t, ctx, `document.getElementById("offline")`)
		set(gone)
		browser.Eval[bool](t, ctx, `dispatchEvent(new Event("offline"))`)
		browser.Until(t, ctx, `document.getElementById("offline").textContent.includes("The dashboard does not answer")`)
		browser.NoOverflow(t, ctx, p.name)
		if covered := browser.Eval[bool](t, ctx, `scrollTo(0, document.body.scrollHeight), ([...document.querySelectorAll("main, footer")].at(-1).getBoundingClientRect().bottom > document.getElementById("offline").getBoundingClientRect().top + 1)`); covered {
			t.Errorf("%s: the banner covers the page's end", p.name)
		}
		screens(t, ctx, "state-"+p.name+"-offline")
	}
}

// screens takes pictures of a window in both themes and on both screens, where they are wanted.
func screens(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if os.Getenv("CRATEDIGGER_SCREENS") == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1440, 390} {
			browser.Look(t, ctx, width, 900, theme)
			browser.Picture(t, ctx, fmt.Sprintf("%s-%s-%d", name, theme, width))
		}
	}
}

// strangers are members with the longest names that Discord allows, and a picture each.
type strangers struct{ of string }

func (p strangers) Known(_, id string) (discord.Person, bool) {
	return discord.Person{Name: strings.Repeat(p.of, 32), Picture: fmt.Sprintf("%032s", id)}, true
}
func (strangers) Ask(context.Context, string, []string) error             { return nil }
func (strangers) Picture(context.Context, string, string) ([]byte, error) { return nil, nil }
