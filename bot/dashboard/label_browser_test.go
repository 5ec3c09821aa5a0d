package dashboard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"cratedigger/bot/dashboard"
	"cratedigger/internal/browser"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// touch makes the window one that is touched, without a mouse.
func touch(t *testing.T, ctx context.Context, on bool) {
	t.Helper()
	browser.Do(t, ctx, func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: on})
		return chromedp.Void{}, err
	})
}

// TestBrowserLabel answers by buttons and keys, takes answers back by both, listens, and
// looks at the page by touch.
func TestBrowserLabel(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	w := newWorld(t, 120, func(o *dashboard.Options) { o.Thumbnails = "https://www.youtube-nocookie.com/pictures/{id}" })
	ctx := browser.Start(t, "net::ERR_", "htmx:") // the end of the test
	browser.Answer(t, ctx, "https://www.youtube-nocookie.com/*", thumbnails)
	browser.Look(t, ctx, 1440, 900, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/label"))
	const asked = `document.querySelector(".question [name=video]").value`
	question := func() string { return browser.Eval[string](t, ctx, asked) }
	value := func(id string) int {
		t.Helper()
		votes, err := w.catalog.Votes(ctx, guildID)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range votes {
			if v.VideoID == id {
				return v.Value
			}
		}
		return 0
	}
	press := func(button string) { browser.Do(t, ctx, chromedp.Click(chromedp.CSS(button))) }
	const left, up, right = "\u0302", "\u0304", "\u0303" // as chromedp/kb names the arrow keys
	key := func(k string) { browser.Do(t, ctx, chromedp.KeyEvent(k)) }
	if browser.Eval[bool](t, ctx, `Boolean(document.querySelector("#undo"))`) {
		t.Error("there is something to undo before the first answer")
	}
	for _, step := range []struct {
		what         string
		answer, undo func()
		value        int
	}{
		{"buttons", func() { press("#like") }, func() { press("#undo") }, 1},
		{"keys", func() { key(left) }, func() { key(up) }, -1},
		{"letters", func() { key("u") }, func() { key(up) }, 1},
		{"a skip", func() { press("#skip") }, func() { key(up) }, 0},
	} {
		id := question()
		step.answer()
		browser.Until(t, ctx, fmt.Sprintf(`%s !== %q && document.querySelector("#undo")`, asked, id))
		if got := value(id); got != step.value {
			t.Errorf("by %s the vote is %d, want %d", step.what, got, step.value)
		}
		next := question()
		step.undo()
		browser.Until(t, ctx, fmt.Sprintf(`%s === %q && !document.querySelector("#undo")`, asked, id))
		if got := value(id); got != 0 {
			t.Errorf("by %s undone, the vote is %d", step.what, got)
		}
		if says := browser.Eval[string](t, ctx, `document.querySelector(".undone").textContent`); says != "You took your answer back." {
			t.Errorf("the page says %q", says)
		}
		key(right)
		browser.Until(t, ctx, fmt.Sprintf(`%s === %q`, asked, next)) // goes on where it was
	}
	if progress := browser.Eval[string](t, ctx, `document.querySelector("#progress").textContent`); progress != "6 more votes until I can learn" {
		t.Errorf("after four votes the page says %q", progress)
	}
	// The buttons keep the keyboard's focus.
	browser.Do(t, ctx, chromedp.Focus(chromedp.CSS("#dislike")), chromedp.KeyEvent("\r"))
	browser.Until(t, ctx, `document.querySelector("#progress").textContent.startsWith("5 more votes")`)
	if !browser.Eval[bool](t, ctx, `document.activeElement.id === "dislike"`) {
		t.Error("after an answer the button has lost the focus")
	}
	id := question()
	press(".play button")
	browser.Until(t, ctx, `document.querySelector("iframe.player")?.src.includes("/embed/")`)
	if src := browser.Eval[string](t, ctx, `document.querySelector("iframe.player").src`); !strings.Contains(src, "https://www.youtube-nocookie.com/embed/"+id+"?") || question() != id {
		t.Errorf("the player of %s is %s", id, src)
	}
	browser.Picture(t, ctx, "label-player")
	press("#like")
	browser.Until(t, ctx, `!document.querySelector("iframe") && document.querySelector(".play button")`)

	hints := func() int {
		return browser.Eval[int](t, ctx, `[...document.querySelectorAll("main kbd")].filter(k => k.getClientRects().length).length`)
	}
	if n := hints(); n != 4 {
		t.Errorf("with a keyboard there are %d hints", n)
	}
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1440, 390} {
			browser.Look(t, ctx, width, 900, theme)
			touch(t, ctx, width == 390)
			name := fmt.Sprintf("label-%s-%d", theme, width)
			browser.NoOverflow(t, ctx, name)
			browser.Picture(t, ctx, name)
			if width == 390 && hints() != 0 {
				t.Errorf("by touch there are %d hints of keys", hints())
			}
		}
		touch(t, ctx, false)
		browser.Accessible(t, ctx, "label, "+theme)
	}

	// Without a connection nothing is lost, and the page says so.
	browser.Look(t, ctx, 390, 900, "light")
	id = question()
	w.front.CloseClientConnections()
	w.front.Listener.Close()
	press("#like")
	browser.Until(t, ctx, `document.querySelector("#trouble")?.textContent.startsWith("The dashboard does not answer.")`)
	if question() != id {
		t.Error("the question went on")
	}
	browser.Picture(t, ctx, "label-offline-390")
}

// TestUndoOfLabels without scripts: only the last answer, and only as it was.
func TestUndoOfLabels(t *testing.T) {
	w := newWorld(t, 30, nil)
	_, body := w.get(t, g+"/label")
	a, b := between(body, `name="video" value="`, `"`), w.ids[1]
	answer := func(form map[string]string, want int) string {
		t.Helper()
		res, _ := w.post(t, g+"/label", form)
		if res.StatusCode != want {
			t.Fatalf("%v: status %d, want %d", form, res.StatusCode, want)
		}
		return res.Header.Get("Location")
	}
	value := func(id string) (sum int) {
		t.Helper()
		votes, err := w.catalog.Votes(t.Context(), guildID)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range votes {
			if v.VideoID == id {
				sum += v.Value
			}
		}
		return sum
	}
	answer(map[string]string{"video": a, "vote": "up"}, 303)
	answer(map[string]string{"video": b, "vote": "undo"}, 400) // nothing to undo
	answer(map[string]string{"video": b, "vote": "undo", "last": "../../x", "answered": "up"}, 400)
	answer(map[string]string{"video": b, "vote": "undo", "last": a, "answered": "sideways"}, 400)
	if value(a) != 1 {
		t.Fatalf("the vote is %d", value(a))
	}
	// Somebody has changed their mind elsewhere since.
	w.post(t, g+"/vote", map[string]string{"video": a, "vote": "down"})
	answer(map[string]string{"video": b, "vote": "undo", "last": a, "answered": "up"}, 303)
	if value(a) != -1 {
		t.Errorf("a later vote was undone: %d", value(a))
	}
	to := answer(map[string]string{"video": b, "vote": "undo", "last": a, "answered": "down"}, 303)
	if value(a) != 0 || strings.Contains(to, "last") {
		t.Errorf("the vote is %d, and the page is %s", value(a), to)
	}
	if _, body := w.get(t, strings.TrimPrefix(to, w.front.URL)); between(body, `name="video" value="`, `"`) != a {
		t.Error("the video is not asked about again")
	}
	to = answer(map[string]string{"video": b, "vote": "undo", "skipped": a + " " + b, "last": b, "answered": "skip"}, 303)
	if !strings.Contains(to, "skipped="+a) || strings.Contains(to, b) {
		t.Errorf("undone, the page is %s", to)
	}
}
