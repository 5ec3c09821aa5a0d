package dashboard_test

import (
	"context"
	"testing"

	"cratedigger/bot/dashboard"
	"cratedigger/internal/browser"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"

	"github.com/chromedp/chromedp"
)

// heldTrainer is a loop whose searches are short, and wait for the test before they
// begin and between trials.
type heldTrainer struct {
	*pipeline.Loop
	asked      chan int // the number of trials that was asked for
	begin, end chan struct{}
}

func (h *heldTrainer) Tune(ctx context.Context, guildID string, by catalog.Asker, trials int, _ pipeline.Progress) (catalog.Run, error) {
	h.asked <- trials
	<-h.begin
	return h.Loop.Tune(ctx, guildID, by, 2, func(string, int, int) { <-h.end })
}

// TestBrowserSearchParameters presses the button and watches the search, from
// before it has begun until its model serves, without loading a page again.
func TestBrowserSearchParameters(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	held := &heldTrainer{asked: make(chan int, 1), begin: make(chan struct{}), end: make(chan struct{})}
	w := newWorld(t, 400, func(o *dashboard.Options) {
		held.Loop = o.Stages.(*pipeline.Loop)
		o.Stages = held
	})
	w.live(t)
	browser.Look(t, ctx, 1280, 860, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/model"), chromedp.Click(chromedp.CSS(`.title button[name=tune]`)))
	select {
	case trials := <-held.asked:
		if trials != 0 {
			t.Errorf("%d trials were asked for, want the usual number", trials)
		}
	case <-ctx.Done():
		t.Fatal("no search was asked for")
	}
	browser.Until(t, ctx, `document.querySelector(".notice")?.textContent.startsWith("The training has started")`)
	if browser.Eval[bool](t, ctx, `[...document.querySelectorAll(".run b")].some(b => b.textContent === "tuning")`) {
		t.Fatal("the run is listed before it began")
	}
	const run = `[...document.querySelectorAll(".run")].find(li => li.querySelector("b:not(.mark)").textContent === "tuning")`
	close(held.begin)
	browser.Until(t, ctx, run+`?.querySelector(".state").textContent === "running"`)
	close(held.end)
	browser.Until(t, ctx, run+`.querySelector(".state").textContent !== "running"`)
	if text := browser.Eval[string](t, ctx, run+`.innerText`); browser.Eval[string](t, ctx, run+`.querySelector(".state").textContent`) != "done" {
		t.Errorf("the search ended so: %s", text)
	}
	if !browser.Eval[bool](t, ctx, run+`.querySelector(".counts").textContent.includes("I tried 2 settings.") && `+run+`.innerText.includes("from the dashboard")`) {
		t.Error("the list does not tell the trials, or who asked for them")
	}
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/model"))
	if !browser.Eval[bool](t, ctx, `document.querySelector("tr.chosen").textContent.includes("serves") && document.querySelector("tr.chosen a").textContent === "2" &&
		[...document.querySelectorAll("svg.chart title")].some(title => title.textContent === "Search for parameters")`) {
		t.Error("the model of the search does not serve, or its trials are not drawn")
	}
}
