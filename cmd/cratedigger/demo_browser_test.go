package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/internal/browser"
	"cratedigger/pipeline/catalog"

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

// TestBrowserDemo starts the demo as a newcomer does, presses 👍 under a pick
// and asks the bot what it knows: the click became a vote, and after Ctrl-C it
// is in the catalogue.
func TestBrowserDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	tab := browser.Start(t)
	dir := t.TempDir()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	out := &screen{}
	inv := &invocation{ctx: ctx, in: strings.NewReader(""), out: out, errOut: io.Discard, now: time.Now, getenv: func(string) string { return "" }}
	exit := make(chan int, 1)
	go func() { exit <- inv.execute([]string{"demo", "--no-open", "--speed", "20", "--keep", dir}) }()
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)
	for end := time.Now().Add(30 * time.Second); !address.MatchString(out.String()); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no address was printed: %s", out)
		}
	}
	browser.Look(t, tab, 1360, 860, "dark")
	browser.Do(t, tab, chromedp.Navigate(address.FindString(out.String())))

	// The first day's picks arrive by themselves; then the clock stands still.
	const thumb = `article:has(.card) .reaction[data-emoji="👍"]`
	browser.Until(t, tab, fmt.Sprintf(`document.querySelectorAll(%q).length >= 5`, thumb))
	browser.Do(t, tab, chromedp.Click(chromedp.CSS("#pause")))
	browser.Until(t, tab, `document.querySelector("#pause").textContent.includes("Go on") && !document.querySelector("#next").disabled`)
	browser.Eval[bool](t, tab, fmt.Sprintf(`(document.querySelector(%q).scrollIntoView({block: "center"}), true)`, thumb))
	browser.Do(t, tab, chromedp.Click(chromedp.CSS(thumb)))
	browser.Until(t, tab, fmt.Sprintf(`document.querySelector(%q).getAttribute("aria-pressed") === "true"`, thumb))
	member := browser.Eval[string](t, tab, `document.querySelector(".me").dataset.id`)
	message := browser.Eval[string](t, tab, fmt.Sprintf(`document.querySelector(%q).closest("article").dataset.id`, thumb))

	// A command of the real bot, typed and answered for this member alone.
	browser.Do(t, tab, chromedp.Focus(chromedp.CSS("#box")), chromedp.KeyEvent("/privacy show\r"))
	browser.Until(t, tab, `[...document.querySelectorAll(".ephemeral .body")].at(-1)?.textContent.length > 20`)
	browser.Picture(t, tab, "demo-command")

	// The next day comes when it is asked for.
	browser.Do(t, tab, chromedp.Click(chromedp.CSS("#next")))
	browser.Until(t, tab, `/Day [2-9]/.test(document.querySelector(".clock h2").textContent)`)

	interrupt()
	select {
	case code := <-exit:
		if code != 0 {
			t.Errorf("after Ctrl-C the demo ends with code %d: %s", code, out)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the demo does not end after Ctrl-C")
	}
	c, err := catalog.Open(filepath.Join(dir, app.CatalogueFile), catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	post, found, err := c.PostByMessage(message)
	if err != nil || !found {
		t.Fatalf("the pick is not in the catalogue: %v", err)
	}
	votes, err := c.PostVotes(post.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range votes {
		if v.MemberID == member && v.Value == 1 {
			return
		}
	}
	t.Errorf("the click is no vote of %s: %v", member, votes)
}
