package dashboard_test

import (
	"fmt"
	"strings"
	"testing"

	"cratedigger/internal/browser"

	"github.com/chromedp/chromedp"
)

// champion is the version of the model that serves.
func (w *world) champion(t *testing.T) int {
	t.Helper()
	m, _, err := w.catalog.Champion(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	return m.Version
}

// TestBrowserRollBack goes back to an earlier model, which is asked for again before it
// happens, by keys alone.
func TestBrowserRollBack(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := newWorld(t, 300, nil)
	w.live(t)
	for _, id := range w.ids[250:262] { // more labels, so that there is a curve
		w.post(t, g+"/label", map[string]string{"video": id, "vote": "down"})
	}
	if _, err := w.loop.Retrain(t.Context(), guildID, "test", "", nil); err != nil {
		t.Fatal(err)
	}
	if w.champion(t) != 2 {
		t.Fatal("the second model does not serve")
	}
	browser.Look(t, ctx, 1280, 860, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/model"))
	if browser.Eval[bool](t, ctx, `document.querySelector("#details").open`) {
		t.Error("the details are unfolded before anybody asks for them")
	}
	const button = `.versions .sure button`
	if browser.Eval[bool](t, ctx, `document.querySelector("`+button+`").checkVisibility()`) {
		t.Error("a model is chosen by one press")
	}
	browser.Do(t, ctx, chromedp.Focus(chromedp.CSS(`.versions .sure summary`)), chromedp.KeyEvent("\r"))
	browser.Until(t, ctx, `document.querySelector("`+button+`").checkVisibility()`)
	browser.Accessible(t, ctx, "a roll-back to be confirmed")
	for _, width := range []int64{1440, 390} {
		browser.Look(t, ctx, width, 860, "light")
		browser.NoOverflow(t, ctx, fmt.Sprint("the confirmation, ", width, " wide"))
		browser.Picture(t, ctx, fmt.Sprint("model-rollback-", width))
	}
	if w.champion(t) != 2 {
		t.Error("it happened before it was confirmed")
	}
	browser.Do(t, ctx, chromedp.Focus(chromedp.CSS(button)), chromedp.KeyEvent("\r"))
	browser.Until(t, ctx, `document.querySelector(".notice")?.textContent.includes("ranks from now on")`)
	if got := browser.Eval[string](t, ctx, `document.querySelector(".versions li:has(.tag) a").textContent`); got != "Version 1" || w.champion(t) != 1 {
		t.Errorf("the page says that %s serves, and version %d does", got, w.champion(t))
	}
	if !strings.Contains(w.log.String(), "a model was promoted on the dashboard") {
		t.Error("the log does not say who chose the model")
	}
}

// TestBrowserModelWithLoudNames: long names in many scripts stay on their page, on a
// narrow one too, and the details come when they are unfolded.
func TestBrowserModelWithLoudNames(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := loudWorld(t)
	for _, theme := range []string{"light", "dark"} {
		browser.Look(t, ctx, 1440, 860, theme)
		browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/model"))
		for _, state := range []string{"closed", "open"} {
			if state == "open" {
				browser.Do(t, ctx, chromedp.Focus(chromedp.CSS("#details > summary")), chromedp.KeyEvent("\r"))
				browser.Until(t, ctx, `document.querySelectorAll("#inside svg.chart").length > 3`)
			}
			for _, width := range []int64{1440, 390} {
				browser.Look(t, ctx, width, 860, theme)
				browser.Eval[bool](t, ctx, fmt.Sprintf(`(document.querySelector(%q).scrollIntoView(), true)`, map[string]string{"closed": ".opinions", "open": "#details"}[state]))
				name := fmt.Sprintf("model-loud-%s-%s-%d", state, theme, width)
				browser.NoOverflow(t, ctx, name)
				browser.Picture(t, ctx, name)
			}
			browser.Accessible(t, ctx, "the model's page, "+state+", "+theme)
		}
	}
}
