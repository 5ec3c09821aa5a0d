package dashboard_test

import (
	"fmt"
	"strings"
	"testing"

	"cratedigger/internal/browser"
	"cratedigger/internal/demopage"

	"github.com/chromedp/chromedp"
)

// thumbnails draws what YouTube's thumbnail host would send.
func thumbnails(url string) []byte {
	parts := strings.Split(url, "/")
	return demopage.Thumbnail(parts[max(0, len(parts)-2)])
}

// smallest is the size in pixels of the smallest text of a page's charts.
const smallest = `Math.min(99, ...[...document.querySelectorAll("svg.chart text")].map(e => e.getAttribute("font-size") * e.ownerSVGElement.getBoundingClientRect().width / e.ownerSVGElement.viewBox.baseVal.width || 99))`

func TestBrowserPages(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := newWorld(t, 400, nil)
	w.live(t)
	w.sing(t)
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	for _, page := range []struct{ name, path string }{
		{"home", g + "/home"}, {"songs", g + "/songs?q=letters"}, {"artist", g + "/songs?q=Mara+Quill"}, {"song", g + "/video/songsung-e1"}, {"model", g + "/model"}, {"votes", g + "/votes"}, {"runs", g + "/runs"}, {"label", g + "/label"},
		{"settings", g + "/settings"}, {"api", "/api"}, {"video", g + "/video/" + w.ids[0]}, {"failed", "/nosuch"},
	} {
		browser.Look(t, ctx, 1280, 860, "light")
		if page.name == "failed" {
			continue // a 404 is an error in the console; its page is the frame of the others
		}
		browser.Do(t, ctx, chromedp.Navigate(w.front.URL+page.path))
		if page.name == "songs" { // with one's details
			browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".song h2 a")))
			browser.Until(t, ctx, `document.querySelector(".song .details svg.chart title")?.textContent === "What moved the score"`)
		}
		if page.name == "votes" { // a chart that is wider than a phone begins with the newest
			browser.Look(t, ctx, 390, 860, "light")
			if beyond := browser.Eval[float64](t, ctx, `(e => e.firstElementChild.getBoundingClientRect().right - e.getBoundingClientRect().right)(document.querySelector(".wide-chart"))`); beyond > 2 {
				t.Errorf("the newest votes are %.0f pixels outside", beyond)
			}
			// Its y axis is in view all the same, over the chart.
			if !browser.Eval[bool](t, ctx, `(a => { const r = a?.getBoundingClientRect(), c = a?.parentElement.getBoundingClientRect(); return r && r.width > 15 && r.width < 60 && r.left >= c.left && r.top >= c.top && r.bottom < c.bottom && document.querySelector(a.querySelector("use").getAttribute("href"))?.matches(".wide-chart > svg") })(document.querySelector(".axis"))`) {
				t.Error("the y axis is out of view")
			}
		}
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 390} {
				browser.Look(t, ctx, width, 860, theme)
				name := fmt.Sprintf("dashboard-%s-%s-%d", page.name, theme, width)
				if theme == "light" { // the layout is the same in both
					browser.NoOverflow(t, ctx, name)
					if small := browser.Eval[float64](t, ctx, smallest); width == 390 && small < 9 {
						t.Errorf("%s: a chart's text has %.1f pixels", name, small)
					}
				}
				browser.Picture(t, ctx, name)
			}
			if theme == "light" {
				browser.Accessible(t, ctx, page.name)
			} else { // only the colours differ
				browser.Accessible(t, ctx, page.name+", dark", "color-contrast")
			}
		}
	}
}

// TestBrowserKeyboard labels, votes and unfolds without a mouse.
func TestBrowserKeyboard(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := newWorld(t, 120, nil)
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	browser.Look(t, ctx, 1280, 860, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/label"))
	question := func() string {
		return browser.Eval[string](t, ctx, `document.querySelector(".question [name=video]").value`)
	}
	want := map[string]int{}
	const left, right, down = "\u0302", "\u0303", "\u0301" // as chromedp/kb names the arrow keys
	for _, answer := range []struct {
		key   string
		value int
	}{{right, 1}, {left, -1}, {down, 0}, {right, 1}, {down, 0}, {left, -1}} {
		id := question()
		if _, again := want[id]; again {
			t.Fatalf("%s was asked for twice", id)
		}
		want[id] = answer.value
		browser.Do(t, ctx, chromedp.KeyEvent(answer.key))
		browser.Until(t, ctx, fmt.Sprintf(`document.querySelector(".question [name=video]").value !== %q`, id))
	}
	votes, err := w.catalog.Votes(ctx, guildID)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, v := range votes {
		got[v.VideoID] = v.Value
	}
	for id, value := range want {
		if got[id] != value {
			t.Errorf("the vote on %s is %d, want %d", id, got[id], value)
		}
	}
	if progress := browser.Eval[string](t, ctx, `document.querySelector("#progress").textContent`); progress != "6 more votes until I can learn" {
		t.Errorf("after four votes the page says %q", progress)
	}

	// The list: open the first song and vote, by Tab and Enter.
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/songs"), chromedp.Focus(chromedp.CSS(".song h2 a")), chromedp.KeyEvent("\r"))
	browser.Until(t, ctx, `document.querySelector(".song .details svg.chart title")?.textContent === "What moved the score"`)
	first := browser.Eval[string](t, ctx, `document.querySelector(".song .votes [name=video]").value`)
	before := got[first]
	browser.Do(t, ctx, chromedp.Focus(chromedp.CSS(`.song .votes button[value=up]`)), chromedp.KeyEvent("\r"))
	browser.Until(t, ctx, `document.querySelector(".song .votes button").getAttribute("aria-pressed") === "true"`)
	votes, err = w.catalog.Votes(ctx, guildID)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range votes {
		if v.VideoID == first && v.Value != 1 {
			t.Errorf("the vote on %s is %d after 👍 (%d before)", first, v.Value, before)
		}
	}
	// The focus is always visible: the element that has it has an outline.
	if !browser.Eval[bool](t, ctx, `(() => { const b = document.querySelector(".song .votes button"); b.focus({focusVisible: true}); return getComputedStyle(b).outlineStyle !== "none"; })()`) {
		t.Error("a focused button looks like any other")
	}
}
