package dashboard_test

import (
	"fmt"
	"slices"
	"testing"

	"cratedigger/internal/browser"
	"cratedigger/pipeline/labels"

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

// TestBrowserFavourites tells favourites, is refused, and removes them; what the bot was
// told in Discord meanwhile stays.
func TestBrowserFavourites(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := newWorld(t, 0, nil)
	browser.Look(t, ctx, 1280, 860, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
	shown := func(name string) string {
		return browser.Eval[string](t, ctx, `document.querySelector("#favourites [name=`+name+`]").value`)
	}
	save := func(like, dislike, notice string) {
		t.Helper()
		for name, value := range map[string]string{"liked": like, "disliked": dislike} {
			browser.Eval[string](t, ctx, fmt.Sprintf(`document.querySelector("#favourites [name=%s]").value = %q`, name, value))
		}
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS(`#favourites button.primary`)))
		browser.Until(t, ctx, fmt.Sprintf(`[...document.querySelectorAll("[role=status], [role=alert]")].some(e => e.textContent === %q)`, notice))
	}
	holds := func(want ...string) {
		t.Helper()
		told, err := labels.Favourites(w.catalog, guildID)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{labels.FavouriteText(told, true), labels.FavouriteText(told, false)}
		if !slices.Equal(got, want) {
			t.Errorf("kept are %q, want %q", got, want)
		}
	}
	save("Mára, <b>Burial</b> - Archangel", "Nightcore", "The favourites are saved.")
	holds("<b>Burial</b> – Archangel\nMára", "Nightcore")
	if got := shown("liked"); got != "<b>Burial</b> – Archangel\nMára" {
		t.Errorf("the page shows %q", got)
	}
	browser.Until(t, ctx, `document.querySelector("#favourites").textContent.includes("You like: song Archangel by <b>Burial</b>; artist Mára")`)

	browser.Do(t, ctx, chromedp.ScrollIntoView(chromedp.CSS("#favourites")))
	browser.Picture(t, ctx, "favourites")
	save("Mára\nyoutu.be/dQw4w9WgXcQ", "Zola", "“youtu.be/dQw4w9WgXcQ” is a link: please write Artist, or Artist – Title. Nothing was changed.")
	holds("<b>Burial</b> – Archangel\nMára", "Nightcore")
	if got := shown("liked") + "|" + shown("disliked"); got != "Mára\nyoutu.be/dQw4w9WgXcQ|Zola" {
		t.Errorf("after a refusal the page shows %q", got)
	}

	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
	if _, err := labels.TellFavourites(t.Context(), w.catalog, guildID, "Mára, Otto Venn, <b>Burial</b> - Archangel", "Nightcore", now); err != nil {
		t.Fatal(err)
	}
	save("Mára", "", "The favourites are saved.")
	holds("Mára\nOtto Venn", "")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
	save("", "", "The favourites are saved.")
	holds("", "")
}
