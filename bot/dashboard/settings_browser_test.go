package dashboard_test

import (
	"fmt"
	"slices"
	"testing"

	"cratedigger/internal/browser"

	"github.com/chromedp/chromedp"
)

// TestBrowserLanguages sets the languages of videos, mistypes them, and clears
// them again.
func TestBrowserLanguages(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := newWorld(t, 0, nil)
	browser.Look(t, ctx, 1280, 860, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
	field := chromedp.CSS(`.settings input[name=languages]`)
	shown := func() string { return browser.Eval[string](t, ctx, `document.querySelector("[name=languages]").value`) }
	before, _, err := w.catalog.Guild(guildID)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		typed, shown string
		kept         []string
		refused      string
	}{
		{typed: "pt-BR, en;ja", shown: "pt, en, ja", kept: []string{"pt", "en", "ja"}},
		{typed: "en, klingonese", shown: "en, klingonese", kept: []string{"pt", "en", "ja"},
			refused: `Languages of videos: must be the code of a language such as en or pt, not “klingonese”.`},
		{typed: "", shown: "", kept: nil},
	} {
		browser.Do(t, ctx, chromedp.Clear(field), chromedp.SendKeys(field, step.typed), chromedp.Click(chromedp.CSS(`.settings button.primary`)))
		if step.refused == "" {
			browser.Until(t, ctx, `document.querySelector("[role=status]")?.textContent === "The settings are saved."`)
		} else {
			browser.Until(t, ctx, fmt.Sprintf(`document.querySelector("ul[role=alert]")?.textContent === %q && document.querySelector("p[role=alert]").textContent === "Nothing was saved."`, step.refused))
		}
		if got := shown(); got != step.shown {
			t.Errorf("after %q the field shows %q, want %q", step.typed, got, step.shown)
		}
		kept, _, err := w.catalog.Guild(guildID)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(kept.Languages, step.kept) {
			t.Errorf("after %q the catalogue keeps %q, want %q", step.typed, kept.Languages, step.kept)
		}
		if kept.Picks != before.Picks || !slices.Equal(kept.Queries, before.Queries) || kept.Wildcard != before.Wildcard {
			t.Errorf("after %q other settings are others: %+v", step.typed, kept)
		}
		// Anew, so that the next sentence is the next form's.
		browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
	}
}
