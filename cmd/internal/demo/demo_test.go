package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cratedigger/cmd/internal/app"

	"go.uber.org/goleak"
)

// TestMain: no demo may leave a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestSeedDecidesEverything lives through the same days twice, and through others.
func TestSeedDecidesEverything(t *testing.T) {
	live := func(seed uint64) (result, told string) {
		t.Helper()
		var out, errOut bytes.Buffer
		if err := Run(t.Context(), Options{Days: 2, Seed: seed, Headless: true, JSON: true, Out: &out, ErrOut: &errOut}); err != nil {
			t.Fatal(err)
		}
		return out.String(), errOut.String()
	}
	result, told := live(5)
	var r Result
	if err := json.Unmarshal([]byte(result), &r); err != nil || len(r.Weeks) != 1 || r.Posts == 0 || r.Votes == 0 || r.Weeks[0].Random <= 0 {
		t.Errorf("the result is %s, %v", result, err)
	}
	for _, want := range []string{`searches for: .+, .+ and .+\.\n`, `\nDay 1, Monday 5 January: \d+ posts from \d+ candidates`, `\nDay 2, Tuesday`, ` [♥·] \d\.\d\d .+ — `,
		`reactions: \d: \w+ .*👍`, `training: \d+ labels from \d+ votes`, `\n +1 +\d+ % +\d+ % +[\d.–]+\n`, `\d+ posts, \d+ of them with no vote`} {
		if !regexp.MustCompile(want).MatchString(told) {
			t.Errorf("nothing like %q was told:\n%s", want, told)
		}
	}
	if again, toldAgain := live(5); again != result || toldAgain != told {
		t.Errorf("the same seed gave %s and then %s", result, again)
	}
	if _, other := live(6); other == told {
		t.Error("another seed gave the same days")
	}
}

func TestRefusedDemos(t *testing.T) {
	held := t.TempDir()
	if err := os.WriteFile(filepath.Join(held, app.CatalogueFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]Options{
		"1 or more":          {Days: -1, Headless: true},
		"holds a catalogue":  {Days: 1, Headless: true, Keep: held},
		"loopback address":   {Days: 1, Listen: "0.0.0.0:0"},
		"cannot be served":   {Days: 1, Listen: "127.0.0.1:99999"},
		"not a loopback add": {Days: 1, Listen: "localhost"},
	} {
		o.Out, o.ErrOut, o.Speed = io.Discard, io.Discard, 0
		if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestPageIsServedUntilSomebodyStops: the days go on while the page is shown, and the
// table comes at the end all the same.
func TestPageIsServedUntilSomebodyStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := Run(ctx, Options{Seed: 3, Listen: "127.0.0.1:0", NoOpen: true, Speed: 10_000, JSON: true, Keep: filepath.Join(t.TempDir(), "kept"), Out: in, ErrOut: io.Discard})
		in.Close()
		ended <- err
	}()
	var told bytes.Buffer
	buf, page := make([]byte, 4096), ""
	for {
		n, err := out.Read(buf)
		told.Write(buf[:n])
		if address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(told.String()); address != "" && page == "" {
			resp, err := http.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			data, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			page = string(data)
		}
		if strings.Contains(told.String(), "Day 1,") {
			stop()
		}
		if err != nil {
			break
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if !strings.Contains(page, "<html") || !strings.Contains(told.String(), "\nStopped.\n") || !strings.Contains(told.String(), "Hit rate") || !strings.Contains(told.String(), `{"weeks":`) {
		t.Errorf("the page is %.100q; told:\n%s", page, told.String())
	}
}

// TestPace: simulated days take the time that the page asks for, even when it asks
// for another meanwhile.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pacer{perMinute: 2}
		waited := func(d time.Duration) time.Duration {
			start := time.Now()
			if err := p.wait(t.Context(), d); err != nil {
				t.Error(err)
			}
			return time.Since(start)
		}
		const day = 24 * time.Hour
		if got := waited(day); got != 30*time.Second {
			t.Errorf("a day at 2 a minute took %s", got)
		}
		time.AfterFunc(10*time.Second, func() { p.set(func(p *pacer) { p.paused = true }) })
		time.AfterFunc(time.Hour, func() { p.set(func(p *pacer) { p.paused, p.perMinute = false, 1 }) })
		if got := waited(day); got != time.Hour+40*time.Second {
			t.Errorf("a third of a day, a pause of an hour and the rest at half the speed took %s", got)
		}
		p.set(func(p *pacer) { p.paused, p.until, p.perMinute = true, 3, 0 })
		if got := waited(day); got != 0 {
			t.Errorf("going on to the next morning took %s", got)
		}
		p.arrive(3)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := p.wait(ctx, day); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("paused again after the morning: %v", err)
		}
	})
}
