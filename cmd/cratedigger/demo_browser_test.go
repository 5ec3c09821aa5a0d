package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/internal/browser"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"

	"github.com/chromedp/chromedp"
)

// screen is what a command prints, to be waited for.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// showing is a demo that a person has started and looks at.
type showing struct {
	t              *testing.T
	tab            context.Context
	out            *screen
	channel, board string // addresses
	member         string // the viewer
	interrupt      func()
	exit           chan int
}

// showDemo starts the demo as a newcomer does and opens its page.
func showDemo(t *testing.T, args ...string) *showing {
	t.Helper()
	s := &showing{t: t, tab: browser.Start(t), out: &screen{}, exit: make(chan int, 1)}
	ctx, interrupt := context.WithCancel(t.Context())
	t.Cleanup(interrupt)
	s.interrupt = interrupt
	inv := &invocation{ctx: ctx, in: strings.NewReader(""), out: s.out, errOut: io.Discard, now: time.Now, getenv: func(string) string { return "" }}
	go func() { s.exit <- inv.execute(append([]string{"demo", "--no-open"}, args...)) }()
	address := regexp.MustCompile(`(?s)channel: +(http://127\.0\.0\.1:\d+/).*dashboard: +(http://127\.0\.0\.1:\d+/)`)
	for end := time.Now().Add(30 * time.Second); !address.MatchString(s.out.String()); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the addresses were not printed: %s", s.out)
		}
	}
	found := address.FindStringSubmatch(s.out.String())
	s.channel, s.board = found[1], found[2]
	browser.Look(t, s.tab, 1440, 860, "dark")
	s.open(s.channel)
	s.member = browser.Eval[string](t, s.tab, `document.querySelector(".me").dataset.id`)
	return s
}

func (s *showing) open(address string) { browser.Do(s.t, s.tab, chromedp.Navigate(address)) }

func (s *showing) until(format string, args ...any) {
	s.t.Helper()
	browser.Until(s.t, s.tab, fmt.Sprintf(format, args...))
}

func (s *showing) click(selector string) {
	s.t.Helper()
	browser.Eval[bool](s.t, s.tab, fmt.Sprintf(`(document.querySelector(%q).scrollIntoView({block: "center"}), true)`, selector))
	browser.Do(s.t, s.tab, chromedp.Click(chromedp.CSS(selector)))
}

func (s *showing) text(selector string) string {
	s.t.Helper()
	return browser.Eval[string](s.t, s.tab, fmt.Sprintf(`document.querySelector(%q)?.textContent ?? ""`, selector))
}

// pause stops the clock and waits until it stands still.
func (s *showing) pause() {
	s.t.Helper()
	s.click("#pause")
	s.until(`document.querySelector("#pause").textContent.includes("Go on") && !document.querySelector("#next").disabled`)
}

// end presses Ctrl-C.
func (s *showing) end() {
	s.t.Helper()
	s.interrupt()
	select {
	case code := <-s.exit:
		if code != 0 {
			s.t.Errorf("after Ctrl-C the demo ends with code %d: %s", code, s.out)
		}
	case <-time.After(30 * time.Second):
		s.t.Fatal("the demo does not end after Ctrl-C")
	}
}

// foreign asks the dashboard as another site would, and returns the status.
func (s *showing) foreign(method, path string, change func(*http.Request)) int {
	s.t.Helper()
	req, err := http.NewRequest(method, s.board+path, strings.NewReader("video=x&vote=up"))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	change(req)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// thumb is the selector of the 👍 under a pick.
const thumb = `article:has(.card) .reaction[data-emoji="👍"]`

// TestBrowserDemo starts the demo as a newcomer does and walks through all of it:
// a vote, a command, the dashboard with the same data and back, its settings and
// labels, which act in the demo, days that are skipped, and the end.
func TestBrowserDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	dir := t.TempDir()
	s := showDemo(t, "--days", "6", "--keep", dir, "--speed", "1.5") // slow enough to be paused on the first day
	tab := s.tab

	// The first day's picks arrive by themselves; then the clock stands still. No
	// hit rate is shown before there are picks.
	s.until(`document.querySelectorAll(%q).length >= 5`, thumb)
	s.pause()
	if day := s.text(".clock h2"); day != "Day 1 of 6" {
		t.Fatalf("paused too late for this test: %s", day)
	}
	browser.Do(t, tab, chromedp.SetValue(chromedp.CSS("#speed"), "0"))
	browser.Eval[bool](t, tab, `document.querySelector("#speed").dispatchEvent(new Event("change"))`)
	const counted = `Number([...document.querySelectorAll("dl div")].find(d => d.querySelector("dt").textContent === "votes").querySelector("dd").textContent)`
	before := browser.Eval[int](t, tab, counted)
	s.click(thumb)
	s.until(`document.querySelector(%q).getAttribute("aria-pressed") === "true"`, thumb)
	s.until(counted+` === %d`, before+1) // while the clock stands still
	message := browser.Eval[string](t, tab, fmt.Sprintf(`document.querySelector(%q).closest("article").dataset.id`, thumb))
	title := s.text("#m" + message + " .card .title")

	// A command of the real bot, typed and answered for this member alone.
	browser.Do(t, tab, chromedp.Focus(chromedp.CSS("#box")), chromedp.KeyEvent("/privacy show\r"))
	s.until(`[...document.querySelectorAll(".ephemeral .body")].at(-1)?.textContent.length > 20`)
	browser.Picture(t, tab, "demo-command")

	// The dashboard counts the vote, links the channel, and shows the stand-in's
	// pictures: no request leaves this machine.
	if href := browser.Eval[string](t, tab, `document.querySelector("header a.board[target]").href`); href != s.board {
		t.Errorf("the page links %s, the dashboard is %s", href, s.board)
	}
	s.open(s.board)
	s.until(`document.querySelectorAll(".pick").length > 2`)
	s.until(`document.querySelector(".pick .thumb img").naturalWidth > 0`)
	if back := browser.Eval[string](t, tab, `document.querySelector("a.channel").href`); back != s.channel {
		t.Errorf("the dashboard links %s, the page is %s", back, s.channel)
	}
	if away := browser.Eval[int](t, tab, `[...document.images].filter(i => new URL(i.src).hostname !== "127.0.0.1").length`); away > 0 {
		t.Errorf("%d pictures are asked of another machine", away)
	}
	if health := browser.Eval[string](t, tab, `document.querySelector("#health").closest("section").textContent`); !strings.Contains(health, "connected to Discord's gateway") || strings.Contains(health, "backup") {
		t.Errorf("the demo's health: %s", health)
	}
	guild := strings.TrimSuffix(strings.TrimPrefix(browser.Eval[string](t, tab, `location.pathname`), "/"), "/home")
	s.open(s.board + guild + "/votes")
	s.until(`[...document.querySelectorAll(".newest li")].some(r => r.textContent.includes(%q) && r.querySelector(".fine bdi").textContent === "you" && r.textContent.includes("reaction"))`, title)

	// Its guards are those of run.
	if status := s.foreign("GET", guild+"/songs", func(r *http.Request) { r.Host = "rebound.example" }); status != http.StatusForbidden {
		t.Errorf("under another name for this machine the dashboard answers %d", status)
	}
	if status := s.foreign("POST", guild+"/vote", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); status != http.StatusForbidden {
		t.Errorf("a form of another site is answered with %d", status)
	}
	if status := s.foreign("POST", guild+"/vote", func(r *http.Request) { r.Header.Set("Origin", strings.TrimSuffix(s.channel, "/")) }); status != http.StatusForbidden {
		t.Errorf("a form of another port is answered with %d", status)
	}

	// A label and new settings: two picks at nine in the evening.
	s.open(s.board + guild + "/label")
	labelled := browser.Eval[string](t, tab, `document.querySelector(".question [name=video]").value`)
	browser.Do(t, tab, chromedp.KeyEvent("\u0303")) // the right arrow: liked
	s.until(`document.querySelector(".question [name=video]")?.value !== %q`, labelled)
	s.open(s.board + guild + "/settings")
	for name, value := range map[string]string{"picks": "2", "schedule.0.time": "21:00"} {
		browser.Do(t, tab, chromedp.SetValue(chromedp.CSS(".settings [name='"+name+"']"), value))
	}
	s.click(".settings button.primary")
	s.until(`document.querySelector("[role=status]")?.textContent === "The settings are saved."`)

	// Back to the channel. The next day comes when it is asked for; before it, at
	// nine, are two more picks. What is over is marked.
	s.open(browser.Eval[string](t, tab, `document.querySelector("a.channel").href`))
	s.click("#next")
	s.until(`/Day 2/.test(document.querySelector(".clock h2").textContent) && !document.querySelector("#next").disabled`)
	s.until(`document.querySelectorAll(%q).length === 7 && document.querySelectorAll(".mark").length === 7`, thumb)
	s.click("#next") // as fast as it can
	s.until(`/Day 3/.test(document.querySelector(".clock h2").textContent)`)
	s.until(`document.querySelectorAll(%q).length === 9 && document.querySelectorAll(".mark").length === 9`, thumb)
	if at := browser.Eval[string](t, tab, `[...document.querySelectorAll("article:has(.card)")].at(-1).querySelector("time").textContent`); at != "21:00" {
		t.Errorf("the picks came at %s, want 21:00", at)
	}

	// Skipping shows how far it is, and then all that was posted meanwhile.
	s.click("#skip")
	s.until(`document.querySelector("#skipping").hidden === false`)
	s.until(`/Day 6/.test(document.querySelector(".clock h2").textContent) && document.querySelector("#skipping").hidden`)
	s.until(`document.querySelectorAll(%q).length === 15`, thumb)

	// On a phone the panel is one line, and the rest a drawer.
	for _, theme := range []string{"dark", "light"} {
		browser.Look(t, tab, 390, 844, theme)
		if high := browser.Eval[float64](t, tab, `document.querySelector("aside").getBoundingClientRect().height`); high > 60 {
			t.Errorf("on a phone the panel is %.0f pixels high", high)
		}
		if line := s.text("#strip"); !strings.Contains(line, "Day 6") || !strings.Contains(line, "hit rate") {
			t.Errorf("the line says %q", line)
		}
		s.click("#drawer")
		s.until(`document.querySelector("#drawer").getAttribute("aria-expanded") === "true" && document.querySelector(".minds").getBoundingClientRect().height > 0`)
		browser.NoOverflow(t, tab, "the drawer")
		browser.Accessible(t, tab, "the drawer, "+theme)
		browser.Picture(t, tab, "demo-drawer-"+theme)
		s.click("#drawer")
		s.until(`document.querySelector(".minds").getBoundingClientRect().height === 0`)
	}

	s.end()
	if said := s.out.String(); !regexp.MustCompile(`\nStopped on day 6: of the bot's picks of the last seven days the members secretly like \d+ %, of random picks \d+ %\.\n\nHit rate`).MatchString(said) {
		t.Errorf("after Ctrl-C the demo says\n%s", said)
	}
	c, err := bolt.Open(filepath.Join(dir, app.CatalogueFile), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	votes, err := c.Votes(t.Context(), strings.TrimPrefix(guild, "g/"))
	if err != nil {
		t.Fatal(err)
	}
	post, found, err := c.PostByMessage(t.Context(), message)
	if err != nil || !found {
		t.Fatalf("the pick is not in the catalogue: %v", err)
	}
	for _, want := range []catalog.Vote{{MemberID: s.member, PostID: post.ID, VideoID: post.VideoID}, {MemberID: catalog.ImportVoter, VideoID: labelled}} {
		if !slices.ContainsFunc(votes, func(v catalog.Vote) bool {
			return v.MemberID == want.MemberID && v.PostID == want.PostID && v.VideoID == want.VideoID && v.Value == 1
		}) {
			t.Errorf("%+v is not among the votes", want)
		}
	}
	runs, err := c.Runs(t.Context(), strings.TrimPrefix(guild, "g/"), 50)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(runs, func(r catalog.Run) bool { return r.Kind == catalog.RunRetrain && r.Counts["labels"] > 0 }) {
		t.Error("the nights' training saw no labels")
	}
}

// TestPictures takes the pictures of the documents from the demo, as a newcomer gets
// them: seed 1, skipped to day 20. scripts/pictures.sh runs it.
func TestPictures(t *testing.T) {
	folder := os.Getenv("CRATEDIGGER_PICTURES")
	if folder == "" {
		t.Skip("takes the pictures of the documents: scripts/pictures.sh")
	}
	s := showDemo(t, "--seed", "1")
	s.pause()
	s.click("#skip")
	s.until(`/Day 20/.test(document.querySelector(".clock h2").textContent) && document.querySelector("#skipping").hidden && document.querySelectorAll(".mark").length > 50`)
	browser.Look(t, s.tab, 1280, 920, "dark")
	// The newest pick that the members like, under the bar.
	browser.Eval[bool](t, s.tab, `([...document.querySelectorAll("article:has(.mark.liked)")].at(-1).scrollIntoView({block: "center"}), true)`)
	s.until(`[...document.images].filter(i => i.getBoundingClientRect().top < 900 && i.getBoundingClientRect().bottom > 0).every(i => i.naturalWidth > 0)`)
	browser.WebP(t, s.tab, filepath.Join(folder, "demo.webp"))

	s.open(s.board)
	guild := strings.TrimSuffix(strings.TrimPrefix(browser.Eval[string](t, s.tab, `location.pathname`), "/"), "/home")
	s.open(s.board + guild + "/songs?q=official") // of these the machine has all letters
	browser.Look(t, s.tab, 1280, 860, "light")
	s.click(".song h2 a")
	s.until(`document.querySelector(".song .details svg.chart title")?.textContent === "What moved the score"`)
	browser.Eval[bool](t, s.tab, `(window.scrollTo(0, 0), true)`)
	s.until(`[...document.images].filter(i => i.getBoundingClientRect().top < 860).every(i => i.naturalWidth > 0)`)
	if title, why := s.text(".song h2"), s.text(".song .details .chart"); title == "" || strings.Contains(why, title) {
		t.Errorf("%q is explained by itself: %s", title, why)
	}
	browser.WebP(t, s.tab, filepath.Join(folder, "dashboard.webp"))
	s.end()
}
