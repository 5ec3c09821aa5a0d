// Package browser drives a real headless Chromium in tests: it starts one,
// takes pictures, and runs axe-core over a page.
//
// Tests are skipped with a message where there is no Chromium. The pictures
// are kept where the environment variable CRATEDIGGER_SCREENS names a folder,
// to be looked at.
package browser

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// limit ends a test's browser; a page that hangs fails its test.
const limit = 3 * time.Minute

// refusal is what Chromium has to say of a form that was refused and is shown
// again with the reason: no fault of the page.
const refusal = "the server responded with a status of 422"

// Start starts a Chromium with a fresh profile and returns the context of its
// first tab. Exceptions in a page's scripts and refusals by its content
// security policy fail the test, but for complaints that hold an expected text.
func Start(t testing.TB, expected ...string) context.Context {
	t.Helper()
	path := find()
	if path == "" {
		t.Skip("no Chromium on this machine (Debian: apt-get install chromium); the browser tests are skipped")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(60 * time.Second),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		// A mouse, which a headless one does not have by itself.
		chromedp.Flag("blink-settings", "primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4"),
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit) // until the test cleans up
	ctx, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		// A graceful end, so that the profile's files are no longer written.
		if err := chromedp.Cancel(ctx); err != nil {
			t.Log("the browser did not end by itself:", err)
		}
		cancelTab()
		cancelAllocator()
		cancel()
	})
	// The first run starts the browser; it must not have a limit of its own.
	Do(t, ctx)
	var mu sync.Mutex
	var complaints []string
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			said := func(text string) bool { return strings.Contains(m.String(), text) }
			if (m.Type == chromedp.ConsoleError || m.IsException()) && !said(refusal) && !slices.ContainsFunc(expected, said) {
				mu.Lock()
				complaints = append(complaints, m.String())
				mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range complaints {
			t.Error("the page complained:", c)
		}
	})
	return ctx
}

// find is the browser's path, "" when there is none.
func find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Do runs actions and fails the test when one fails.
func Do(t testing.TB, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// Eval evaluates an expression in the page, a promise too, and returns its
// value.
func Eval[T any](t testing.TB, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.120s: %v", expression, err)
	}
	return v
}

// Until waits until an expression is true in a page that has loaded whole, at most
// 90 seconds: a notice at the top is there before the forms below it. It asks again
// and again from outside, so it survives a navigation.
func Until(t testing.TB, ctx context.Context, expression string) {
	t.Helper()
	end, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := chromedp.Run(end, chromedp.Evaluate[bool](`document.readyState === "complete" && Boolean(`+expression+")"))
		if done {
			return
		}
		select {
		case <-tick.C:
		case <-end.Done():
			t.Fatalf("%s did not become true (%v)", expression, err)
		}
	}
}

// Look sets the size of the window and the theme, "light" or "dark".
func Look(t testing.TB, ctx context.Context, width, height int64, theme string) {
	t.Helper()
	reduce := []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}
	Do(t, ctx, chromedp.EmulateViewport(width, height), func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: reduce})
		return chromedp.Void{}, err
	})
}

// Answer answers the page's requests to other hosts, by a pattern such as
// "https://i.ytimg.com/*", from memory: nothing leaves this machine. SVG
// pictures are what draw returns for an address.
func Answer(t testing.TB, ctx context.Context, pattern string, draw func(url string) []byte) {
	t.Helper()
	paused := chromedp.Events(ctx, fetch.RequestPaused)
	Do(t, ctx, func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern}}})
		return chromedp.Void{}, err
	})
	go func() {
		for e, err := range paused {
			if err != nil {
				return
			}
			answer := fetch.FulfillRequestParams{
				RequestID: e.RequestID, ResponseCode: 200, Body: draw(e.Request.URL),
				ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: "image/svg+xml"}, {Name: "Cross-Origin-Resource-Policy", Value: "cross-origin"}},
			}
			err = chromedp.Do(ctx, func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
				_, err := cdp.Call(ctx, tab, fetch.FulfillRequest, answer)
				return chromedp.Void{}, err
			})
			if err != nil && ctx.Err() == nil {
				t.Log("a picture did not arrive:", err) // its page may be gone
			}
		}
	}()
}

// Picture takes a picture of the window and keeps it under a name, when
// pictures are wanted.
func Picture(t testing.TB, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("CRATEDIGGER_SCREENS")
	if folder == "" {
		return
	}
	data, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), data, 0o644); err != nil {
		t.Error(err)
	}
}

// WebP writes a picture of the window to a file, small enough for a document.
func WebP(t testing.TB, ctx context.Context, path string) {
	t.Helper()
	quality := int64(82)
	Do(t, ctx, func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		taken, err := cdp.Call(ctx, tab, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality})
		if err == nil {
			err = os.WriteFile(path, taken.Data, 0o644)
		}
		return chromedp.Void{}, err
	})
}

//go:embed axe/axe.min.js.gz
var axeFile []byte

// axe is axe-core's script.
var axe = sync.OnceValues(func() (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(axeFile))
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(r)
	return string(data), err
})

// violation is a rule of axe-core that a page breaks.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

// Accessible runs axe-core over the page, all its rules or only the named
// ones, and fails the test with its serious and critical findings.
func Accessible(t testing.TB, ctx context.Context, what string, rules ...string) {
	t.Helper()
	only := ""
	if len(rules) > 0 {
		only = fmt.Sprintf(", runOnly: [%s]", `"`+strings.Join(rules, `", "`)+`"`)
	}
	script, err := axe()
	if err != nil {
		t.Fatal("axe-core cannot be unpacked:", err)
	}
	if !Eval[bool](t, ctx, `typeof axe === "object"`) {
		Eval[bool](t, ctx, script+";true")
	}
	found := Eval[[]violation](t, ctx, `axe.run(document, {resultTypes: ["violations"]`+only+`}).then(r => r.violations.map(v => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})))`)
	for _, v := range found {
		var where strings.Builder
		for i, n := range v.Nodes {
			if i == 4 {
				fmt.Fprintf(&where, "\n  and %d more", len(v.Nodes)-i)
				break
			}
			fmt.Fprintf(&where, "\n  %.200s\n    %s", n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
		}
		if v.Impact == "serious" || v.Impact == "critical" {
			t.Errorf("%s: %s (%s): %s%s", what, v.ID, v.Impact, v.Help, where.String())
		} else {
			t.Logf("%s: %s (%s): %s%s", what, v.ID, v.Impact, v.Help, where.String())
		}
	}
}

// NoOverflow fails the test when the page is wider than its window.
func NoOverflow(t testing.TB, ctx context.Context, what string) {
	t.Helper()
	wide := Eval[float64](t, ctx, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
	if wide > 1 {
		t.Errorf("%s: the page is %.0f pixels wider than the window", what, wide)
	}
}
