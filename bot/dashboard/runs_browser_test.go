package dashboard_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cratedigger/internal/browser"
	"cratedigger/pipeline/catalog"

	"github.com/chromedp/chromedp"
)

// TestBrowserRuns looks at the pages of an empty guild, presses Learn now, and reads how
// that ended.
func TestBrowserRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	w := newWorld(t, 0, nil)
	ctx := browser.Start(t)
	for _, page := range []string{"votes", "runs", "label"} {
		browser.Look(t, ctx, 390, 700, "light")
		browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/"+page))
		browser.NoOverflow(t, ctx, page+", empty")
		browser.Accessible(t, ctx, page+", empty")
		browser.Picture(t, ctx, page+"-empty-390")
		if text := browser.Eval[string](t, ctx, `document.querySelector("main").innerText`); strings.Contains(text, "1970") || strings.Contains(" "+text, " 0 ") {
			t.Errorf("the empty page %s says %s", page, text)
		}
	}
	browser.Look(t, ctx, 1440, 900, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/runs"), chromedp.Click(chromedp.CSS(`.start [formaction$="/retrain"]`)))
	browser.Until(t, ctx, `document.querySelector(".run .kind")?.textContent === "training" && document.querySelector(".run .state").textContent === "done"`)
	if row := browser.Eval[string](t, ctx, `document.querySelector(".run").innerText.replace(/\s+/g, " ")`); !strings.Contains(row, "raining done, just now: There are no votes to learn from yet") || !strings.Contains(row, "from the dashboard") {
		t.Errorf("the row says %q", row)
	}
	long := catalog.Run{GuildID: guildID, Kind: catalog.RunScrape, By: catalog.BySchedule, Slot: guildID + "/scrape/x", Started: now.AddDate(0, 0, -1)}
	long, err := w.catalog.StartRun(ctx, long)
	if err != nil {
		t.Fatal(err)
	}
	long.Outcome, long.Ended, long.Error = catalog.OutcomeFailed, long.Started.Add(4321), strings.Repeat("永", 40)+strings.Repeat("x", 300)
	long.Alarms = []string{"likes are read on 12 % of the pages, 96 % before"}
	long.Counts = map[string]int{"found": 412, "new": 18}
	long.Coverage = map[string]catalog.Coverage{"watch": {Pages: 15, Videos: 15, Fields: map[string]int{"title": 15, "likes": 14}}}
	if err := w.catalog.FinishRun(ctx, long); err != nil {
		t.Fatal(err)
	}
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/runs"))
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1440, 390} {
			browser.Look(t, ctx, width, 900, theme)
			name := fmt.Sprintf("runs-%s-%d", theme, width)
			browser.NoOverflow(t, ctx, name)
			browser.Picture(t, ctx, name)
		}
		browser.Accessible(t, ctx, "runs, "+theme)
	}
}

// TestBrowserRunsKeepWhatIsOpen: while a run goes the list is fetched again and again, and
// what somebody has opened stays open.
func TestBrowserRunsKeepWhatIsOpen(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	w := newWorld(t, 0, nil)
	read, err := w.catalog.StartRun(t.Context(), catalog.Run{GuildID: guildID, Kind: catalog.RunScrape, By: catalog.BySchedule, Started: now.Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	read.Outcome, read.Ended, read.Counts = catalog.OutcomeOK, now.Add(-time.Minute), map[string]int{"found": 9}
	if err := w.catalog.FinishRun(t.Context(), read); err != nil {
		t.Fatal(err)
	}
	going, err := w.catalog.StartRun(t.Context(), catalog.Run{GuildID: guildID, Kind: catalog.RunRetrain, By: catalog.BySchedule, Started: now})
	if err != nil {
		t.Fatal(err)
	}
	ctx := browser.Start(t)
	browser.Look(t, ctx, 1280, 860, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/runs"), chromedp.Click(chromedp.CSS(".run details summary")))
	browser.Until(t, ctx, `document.querySelector(".run details").open`)
	going.Outcome, going.Ended = catalog.OutcomeOK, now
	if err := w.catalog.FinishRun(ctx, going); err != nil {
		t.Fatal(err)
	}
	browser.Until(t, ctx, `![...document.querySelectorAll(".run .state")].some(e => e.textContent === "running") && !document.querySelector("[hx-trigger^=every]")`)
	if !browser.Eval[bool](t, ctx, `document.querySelector(".run details").open && document.querySelector(".run details").textContent.includes("9 videos found")`) {
		t.Error("what was read is closed again")
	}
}
