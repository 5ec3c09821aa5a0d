package dashboard_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/internal/browser"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"

	"github.com/chromedp/chromedp"
)

// odd gives a world songs with long titles, in scripts of both directions, and emoji.
func (w *world) odd(t testing.TB) {
	t.Helper()
	var seen []catalog.Sighting
	for i, title := range []string{
		strings.Repeat("A title that goes on and on ", 3) + "and ends", "أغنية الليل الطويل (تسجيل حي)", "夜に駆ける 長い長い題名の歌 " + strings.Repeat("春", 60),
		"🎷🔥 party 🎉 " + strings.Repeat("🎶", 40), strings.Repeat("Unbroken", 12), "Sigur Rós - Hoppípolla (Official Video)", "\u202egnorw eht ni daer\u202c",
	} {
		seconds, playable := int64(600+i), true
		seen = append(seen, catalog.Sighting{Status: youtube.StatusOK, At: now, GuildID: guildID, Query: "live session", Detailed: true, Video: youtube.Video{
			ID: fmt.Sprintf("oddoddodd-%d", i), Title: title, Channel: "قناة 频道 " + strings.TrimSpace(strings.Repeat("Kanal ", 8)), ChannelID: "UCodd", Category: "Music", DurationSeconds: &seconds, Embeddable: &playable,
			Published: youtube.Date{Time: now.AddDate(0, 0, -i)},
		}})
	}
	if _, err := w.catalog.Observe(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
}

// pictures takes pictures of a whole page in both themes and on both screens, and looks
// whether it fits a phone.
func pictures(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1440, 390} {
			browser.Look(t, ctx, width, 900, theme)
			if os.Getenv("CRATEDIGGER_SCREENS") != "" {
				browser.Look(t, ctx, width, min(browser.Eval[int64](t, ctx, `document.documentElement.scrollHeight`), 4000), theme)
			}
			browser.Picture(t, ctx, fmt.Sprintf("%s-%s-%d", name, theme, width))
		}
	}
	browser.NoOverflow(t, ctx, name)
	browser.Look(t, ctx, 1440, 900, "light")
}

// look takes pictures and checks who can use the page, in both themes.
func look(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	pictures(t, ctx, name)
	browser.Accessible(t, ctx, name)
	browser.Look(t, ctx, 1440, 900, "dark")
	browser.Accessible(t, ctx, name+", dark", "color-contrast")
	browser.Look(t, ctx, 1440, 900, "light")
}

// TestBrowserSongs goes through the tabs.
func TestBrowserSongs(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	w := newWorld(t, 300, nil)
	ctx := browser.Start(t)
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	browser.Look(t, ctx, 1440, 900, "light")
	open := func(address string) { browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/songs"+address)) }
	open("")
	pictures(t, ctx, "rule")
	w.live(t)
	w.sing(t)
	open("")
	browser.Until(t, ctx, `[...document.querySelectorAll(".song img")].slice(0, 9).every(i => i.complete)`)
	if rows := browser.Eval[int](t, ctx, `[...document.querySelectorAll(".song")].filter(s => s.getBoundingClientRect().bottom <= 800).length`); rows < 9 {
		t.Errorf("a laptop shows %d rows above its dock, want 9", rows)
	}
	look(t, ctx, "next")
	if got := browser.Eval[bool](t, ctx, `document.querySelector("#songs").textContent.includes("posted")`); got {
		t.Error("Up next holds a song that was posted")
	}

	// The tabs.
	for _, name := range []string{"Posted", "All", "Blocked", "Up next"} {
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS(fmt.Sprintf(`#tabs li:nth-child(%d) a`, map[string]int{"Up next": 1, "Posted": 2, "All": 3, "Blocked": 4}[name]))))
		browser.Until(t, ctx, fmt.Sprintf(`document.querySelector("#tabs [aria-current]").textContent.startsWith(%q) && document.readyState === "complete"`, name))
		if name != "Up next" {
			pictures(t, ctx, strings.ToLower(name))
		}
	}

	// Further songs come below the others.
	open("?tab=all")
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".more a")))
	browser.Until(t, ctx, `document.querySelectorAll(".song").length === 40 && [...document.querySelectorAll(".rank")].every((r, i) => r.textContent === String(i + 1))`)
}

// TestBrowserFilter filters while it types, without case and accents, and keeps what it
// typed in the address; and looks at songs with odd titles and without pictures.
func TestBrowserFilter(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	w := newWorld(t, 60, nil)
	w.odd(t)
	ctx := browser.Start(t)
	browser.Answer(t, ctx, "https://i.ytimg.com/*", func(url string) []byte {
		if strings.Contains(url, "odd") { // as YouTube sends where there is none
			return []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="120" height="90"><rect width="120" height="90" fill="#888"/></svg>`)
		}
		return thumbnails(url)
	})
	browser.Look(t, ctx, 1440, 900, "light")
	open := func(address string) { browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/songs"+address)) }
	open("?tab=all")
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(`[name=q]`)), chromedp.KeyEvent("SIGUR hoppipolla"))
	browser.Until(t, ctx, `document.querySelectorAll(".song").length === 1 && document.querySelector(".song h2").textContent.includes("Hoppípolla")`)
	browser.Until(t, ctx, `location.search === "?q=SIGUR+hoppipolla&tab=all"`)
	if got := browser.Eval[string](t, ctx, `[document.activeElement.name, document.querySelector("#tabs [aria-current]").textContent, document.querySelector("#count").textContent].join()`); got != "q,All 1,1 song" {
		t.Errorf("after typing there is %s", got)
	}
	browser.Do(t, ctx, chromedp.KeyEvent("x"))
	browser.Until(t, ctx, `document.querySelector(".nothing")?.textContent.includes("passes this filter")`)
	pictures(t, ctx, "filtered-out")
	browser.Do(t, ctx, chromedp.Reload())
	if got := browser.Eval[string](t, ctx, `document.querySelector("[name=q]").value`); got != "SIGUR hoppipollax" {
		t.Errorf("the address brings the filter %q", got)
	}
	// Titles of every script, and covers of our own.
	open("?tab=all&channel=UCodd")
	browser.Until(t, ctx, `document.querySelectorAll(".thumb .missing").length === 7`)
	look(t, ctx, "odd")
}

// TestBrowserSongKeys drives the page by its keys.
func TestBrowserSongKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	w := newWorld(t, 220, nil)
	w.live(t)
	ctx := browser.Start(t)
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	browser.Look(t, ctx, 1440, 900, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/songs?tab=all"))
	press := func(keys string) { browser.Do(t, ctx, chromedp.KeyEvent(keys)) }
	current := `document.activeElement.closest(".song")`
	press("jjjk")
	if rank := browser.Eval[string](t, ctx, current+`.querySelector(".rank").textContent`); rank != "2" {
		t.Errorf("after j j j k song %s is current", rank)
	}
	id := browser.Eval[string](t, ctx, current+`.querySelector("[name=video]").value`)
	vote := func() int {
		t.Helper()
		all, err := w.catalog.Votes(ctx, guildID)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range all {
			if v.VideoID == id && v.MemberID == catalog.ImportVoter {
				return v.Value
			}
		}
		return 0
	}
	for _, step := range []struct {
		key   string
		value int
	}{{"u", 1}, {"d", -1}, {"d", 0}, {"u", 1}} {
		press(step.key)
		browser.Until(t, ctx, fmt.Sprintf(`document.activeElement.matches(".song") && %s.querySelector("[name=was]").value === "%d"`, current, step.value))
		if got := vote(); got != step.value {
			t.Errorf("after %s the vote is %d, want %d", step.key, got, step.value)
		}
	}
	press("\r")
	browser.Until(t, ctx, current+`.querySelector(".details svg.chart") && `+current+`.querySelector("h2 a").ariaExpanded === "true"`)
	look(t, ctx, "details")
	press("\r")
	browser.Until(t, ctx, current+`.querySelector(".details").childElementCount === 0`)
	// Past the last song that is there, j fetches more.
	press(strings.Repeat("j", 18))
	browser.Until(t, ctx, current+`.querySelector(".rank").textContent === "20"`)
	press("j")
	browser.Until(t, ctx, current+`?.querySelector(".rank").textContent === "21"`)
	press("?")
	browser.Until(t, ctx, `document.querySelector("dialog").open`)
	look(t, ctx, "keys")
	press("j") // not while the keys are shown
	press("\u001b")
	browser.Until(t, ctx, `!document.querySelector("dialog").open`)
	if rank := browser.Eval[string](t, ctx, current+`.querySelector(".rank").textContent`); rank != "21" {
		t.Errorf("behind the keys song %s became current", rank)
	}
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS("[name=q]")))
	press("jude?")
	if got := browser.Eval[string](t, ctx, `document.querySelector("[name=q]").value`); got != "jude?" || vote() != 1 {
		t.Errorf("typing in the filter gave %q, and the vote is %d", got, vote())
	}
}

// TestBrowserPlayer: nothing is asked of YouTube's player before the click that says
// so; then one frame is there, unaltered and large enough.
func TestBrowserPlayer(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	w := newWorld(t, 30, func(o *dashboard.Options) { o.Thumbnails = "https://www.youtube-nocookie.com/pictures/{id}" })
	ctx := browser.Start(t)
	var mu sync.Mutex
	var asked []string
	browser.Answer(t, ctx, "https://www.youtube-nocookie.com/*", func(url string) []byte {
		mu.Lock()
		defer mu.Unlock()
		if !strings.Contains(url, "/pictures/") {
			asked = append(asked, url)
		}
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="300" height="150"><title>player</title></svg>`)
	})
	loaded := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return asked
	}
	browser.Look(t, ctx, 1440, 900, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/songs"))
	first, second := `.song:nth-child(1) `, `.song:nth-child(2) `
	for i, song := range []string{first, second} {
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS(song+".thumb")))
		browser.Until(t, ctx, fmt.Sprintf(`document.querySelector(%q)`, song+".play button"))
		if says := browser.Eval[string](t, ctx, fmt.Sprintf(`document.querySelector(%q).innerText`, song+".play button")); !strings.Contains(says, "YouTube then sees your address") {
			t.Errorf("the button says %q", says)
		}
		if got := loaded(); len(got) != i {
			t.Fatalf("before the click the page asked for %q", got)
		}
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS(song+".play button")))
		browser.Until(t, ctx, fmt.Sprintf(`document.querySelectorAll("iframe").length === 1 && document.querySelector(%q)`, song+"iframe"))
	}
	id := browser.Eval[string](t, ctx, `document.querySelector("`+second+`[name=video]").value`)
	frame := browser.Eval[string](t, ctx, `(f => [f.src, f.referrerPolicy, f.sandbox.length, f.title.startsWith("YouTube's player: "), f.clientWidth >= 356 && f.clientHeight >= 200].join(" "))(document.querySelector("iframe"))`)
	if want := "https://www.youtube-nocookie.com/embed/" + id + "?autoplay=1 strict-origin-when-cross-origin 0 true true"; frame != want {
		t.Errorf("the frame is %s, want %s", frame, want)
	}
	if got := loaded(); len(got) != 2 {
		t.Errorf("two clicks asked for %q", got)
	}
	pictures(t, ctx, "player")
	browser.Look(t, ctx, 390, 900, "light")
	if !browser.Eval[bool](t, ctx, `(f => f.clientWidth >= 200 && f.clientHeight >= 200)(document.querySelector("iframe"))`) {
		t.Error("on a phone the player is too small")
	}
}

// TestPlayersPolicy: the songs' pages may show frames of one origin, the others none;
// a frame is there after a POST alone.
func TestPlayersPolicy(t *testing.T) {
	w := newWorld(t, 3, nil)
	video := g + "/video/" + w.ids[0]
	for path, want := range map[string]bool{
		g + "/songs": true, video: true, g + "/model": false, g + "/votes": false, g + "/runs": false, g + "/settings": false, g + "/label": true, "/api": false, "/login": false, g + "/video/nosuchvideo": false,
	} {
		res, body := w.get(t, path)
		policy := res.Header.Get("Content-Security-Policy")
		if got := strings.Contains(policy, "; frame-src https://www.youtube-nocookie.com"); got != want || strings.Count(policy, "frame-src") > 1 || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: the policy is %s", path, policy)
		}
		if strings.Contains(body, "<iframe") || res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s holds a frame, or tells where links are followed", path)
		}
	}
	res, body := w.post(t, g+"/play", map[string]string{"video": w.ids[0]}) // without scripts
	if res.StatusCode != 200 || strings.Count(body, "<iframe") != 1 || !strings.Contains(res.Header.Get("Content-Security-Policy"), "frame-src") || !strings.Contains(body, "<h1") {
		t.Errorf("status %d, %s: %s", res.StatusCode, res.Header.Get("Content-Security-Policy"), body)
	}
	if res, body := w.post(t, g+"/play", map[string]string{"video": `"><script>`}); res.StatusCode != 404 || strings.Contains(body, "<script>") {
		t.Errorf("playing what is no video: status %d", res.StatusCode)
	}
}

// TestBrowserBlock blocks an artist and takes that back, in a song's details and on the
// tab of what is blocked.
func TestBrowserBlock(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	w := newWorld(t, 0, nil)
	w.sing(t)
	ctx := browser.Start(t)
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	browser.Look(t, ctx, 1440, 900, "light")
	blocked := func() string {
		t.Helper()
		g, _, err := w.catalog.Guild(ctx, guildID)
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for _, a := range g.BlockedArtists {
			names = append(names, "artist "+a.Name)
		}
		for _, c := range g.BlockedChannels {
			names = append(names, "channel "+c.Name)
		}
		for _, v := range g.BlockedSongs {
			names = append(names, "song "+v.Name())
		}
		return strings.Join(append(names, g.BlockedWords...), ", ")
	}
	counts := func() string {
		return browser.Eval[string](t, ctx, `[...document.querySelectorAll("#tabs a")].map(a => a.querySelector("span")?.textContent || "0").join(" ")`)
	}
	open := func(address string) {
		browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/songs"+address))
	}
	details := func() {
		open("?q=kerosene")
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".song h2 a")))
		browser.Until(t, ctx, `document.querySelector(".blocking button")`)
	}
	details()
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(`.blocking [value=artist]`)))
	browser.Until(t, ctx, `document.querySelector(".blocking").textContent.includes("Mara Quill is blocked")`)
	if blocked() != "artist Mara Quill" || len(w.changed) != 1 {
		t.Errorf("blocked is %q, and %d were told", blocked(), len(w.changed))
	}
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".blocking button")))
	browser.Until(t, ctx, `document.querySelector(".blocking").textContent.includes("Mara Quill may be posted again")`)
	if blocked() != "" {
		t.Errorf("after undo %q is blocked", blocked())
	}
	details()
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(`.blocking [value=channel]`)))
	browser.Until(t, ctx, `document.querySelector(".blocking").textContent.includes("Mara Quill is blocked")`)
	if blocked() != "channel Mara Quill" {
		t.Errorf("blocked is %q", blocked())
	}
	if err := w.catalog.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error {
		g.BlockedWords = []string{"slate"}
		g.BlockedSongs = []catalog.BlockedSong{{VideoID: "songvetoed1", Artist: "Otto Venn", Title: "Nowhere here", At: now.Add(time.Hour)}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	open("?tab=blocked")
	// The channel's two songs and the one with the word; the channel's name stands in another's title.
	if got := counts(); got != "5 0 5 3" {
		t.Errorf("the tabs count %s", got)
	}
	look(t, ctx, "blocked-some")
	for _, left := range []string{"channel Mara Quill, slate", "slate", ""} { // the newest is the first
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".blocks li:first-child button")))
		browser.Until(t, ctx, `document.querySelector(".notice")?.textContent.includes("posted again") && location.search.includes("tab=blocked")`)
		if blocked() != left {
			t.Errorf("%q is blocked, want %q", blocked(), left)
		}
		browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/songs?tab=blocked"))
	}
	if got := counts(); got != "8 0 8 0" {
		t.Errorf("after all is taken back the tabs count %s", got)
	}
	for form, want := range map[string]int{"video=songsung-h1&what=artist": 400, "video=nosuchvideo&what=channel": 400, "video=songsung-a1&what=word": 400} {
		if res, _ := w.send(t, "POST", g+"/block", form, nil); res.StatusCode != want || blocked() != "" {
			t.Errorf("%s: status %d, want %d; %q is blocked", form, res.StatusCode, want, blocked())
		}
	}
	if res, _ := w.post(t, g+"/unblock", map[string]string{"kind": "artist", "name": "Nobody"}); res.StatusCode != 404 {
		t.Errorf("taking back what is not blocked: status %d", res.StatusCode)
	}
}

// TestBrowserSongTrouble: the page says when it waits, when something fails, and when
// the dashboard does not answer; and no longer once it does.
func TestBrowserSongTrouble(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	w := newWorld(t, 30, nil)
	ctx := browser.Start(t, "status of 400", "Status Error Code 400", "htmx:afterRequest", "htmx:sendError", "ERR_EMPTY_RESPONSE")
	var mu sync.Mutex
	var hold chan struct{}
	away := false
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		wait, gone := hold, away
		mu.Unlock()
		if gone {
			panic(http.ErrAbortHandler)
		}
		if wait != nil {
			<-wait
		}
		w.server.ServeHTTP(rw, r)
	}))
	defer front.Close()
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	browser.Look(t, ctx, 1440, 900, "light")
	browser.Do(t, ctx, chromedp.Navigate(front.URL+g+"/songs"))
	set := func(change func()) {
		mu.Lock()
		defer mu.Unlock()
		change()
	}
	release := make(chan struct{})
	set(func() { hold = release })
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS("[name=q]")), chromedp.KeyEvent("river"))
	browser.Until(t, ctx, `getComputedStyle(document.querySelector(".busy")).visibility === "visible"`)
	pictures(t, ctx, "loading")
	set(func() { hold = nil })
	close(release)
	browser.Until(t, ctx, `getComputedStyle(document.querySelector(".busy")).visibility === "hidden" && location.search === "?q=river"`)

	trouble := `document.querySelector("#trouble[role=alert]")`
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".song h2 a")))
	browser.Until(t, ctx, `document.querySelector(".blocking [value=channel]")`)
	browser.Eval[bool](t, ctx, `(document.querySelector(".blocking [name=video]").value = "nosuchvideo", true)`)
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".blocking [value=channel]")))
	browser.Until(t, ctx, trouble+`?.textContent.includes("which must be known")`)
	look(t, ctx, "error")
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".song .votes button")))
	browser.Until(t, ctx, `!`+trouble+` && document.querySelector(".song [name=was]").value === "1"`)

	set(func() { away = true })
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".song:nth-child(2) .votes button")))
	browser.Until(t, ctx, trouble+`?.textContent.includes("does not answer")`)
	pictures(t, ctx, "offline")
	set(func() { away = false })
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".song:nth-child(2) .votes button")))
	browser.Until(t, ctx, `!`+trouble+` && document.querySelector(".song:nth-child(2) [name=was]").value === "1"`)
}

// TestBrowserSongsEmpty looks at the page before there is anything.
func TestBrowserSongsEmpty(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	w := newWorld(t, 0, nil)
	ctx := browser.Start(t)
	for _, tab := range []string{"next", "posted"} {
		browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/songs?tab="+tab))
		look(t, ctx, "empty-"+tab)
		if browser.Eval[bool](t, ctx, `document.querySelector("main").innerText.includes("0 songs")`) {
			t.Errorf("the tab %s speaks of 0 songs", tab)
		}
	}
}
