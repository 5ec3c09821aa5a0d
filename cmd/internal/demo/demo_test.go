package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/schedule"

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
		"--days must be 1":   {Days: -1, Headless: true},
		"--seeds must be 1":  {Seeds: -1},
		"--favourites must":  {Favourites: 21},
		"leave out --seeds":  {Days: 1, Seeds: 2, Keep: "x"},
		"--dashboard ":       {Days: 1, Listen: "127.0.0.1:0", Dashboard: "0.0.0.0:0"},
		"holds a catalogue":  {Days: 1, Headless: true, Keep: held},
		"loopback address":   {Days: 1, Listen: "0.0.0.0:0"},
		"cannot be served":   {Days: 1, Listen: "127.0.0.1:99999", Dashboard: "127.0.0.1:0"},
		"not a loopback add": {Days: 1, Listen: "localhost"},
	} {
		o.Out, o.ErrOut, o.Speed = io.Discard, io.Discard, 0
		if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// refusesStrangers holds that an address answers neither under a name that is not this
// machine's, nor to a form on another site's page.
func refusesStrangers(t *testing.T, address string) {
	t.Helper()
	for what, change := range map[string]func(*http.Request){
		"under another name":     func(r *http.Request) { r.Host = "evil.example" },
		"to another site's form": func(r *http.Request) { r.Method = http.MethodPost; r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		change(req)
		resp, err := http.DefaultTransport.RoundTrip(req) // follows no redirect
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s answers %s with status %d", address, what, resp.StatusCode)
		}
	}
}

// TestPageIsServedUntilSomebodyStops: the days go on while the page is shown, and the
// table comes at the end all the same. Neither page asks for a password, so neither
// answers strangers.
func TestPageIsServedUntilSomebodyStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := Run(ctx, Options{Seed: 3, Listen: "127.0.0.1:0", Dashboard: "127.0.0.1:0", NoOpen: true, Speed: 10_000, JSON: true, Keep: filepath.Join(t.TempDir(), "kept"), Out: in, ErrOut: io.Discard})
		in.Close()
		ended <- err
	}()
	var told bytes.Buffer
	buf, page := make([]byte, 4096), ""
	for {
		n, err := out.Read(buf)
		told.Write(buf[:n])
		if addresses := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindAllString(told.String(), -1); len(addresses) == 2 && page == "" {
			for _, address := range addresses {
				refusesStrangers(t, address)
			}
			resp, err := http.Get(addresses[0])
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
	if !strings.Contains(page, "<html") || !regexp.MustCompile(`\nStopped on day \d+: of the bot's picks`).MatchString(told.String()) || !strings.Contains(told.String(), "Hit rate") || !strings.Contains(told.String(), `{"weeks":`) {
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
		// What the work takes is taken off the next waits.
		time.Sleep(10 * time.Second)
		if got := waited(day); got != 20*time.Second {
			t.Errorf("after ten seconds of work a day took %s", got)
		}
		time.Sleep(40 * time.Second)
		if got := waited(day) + waited(day); got != 20*time.Second {
			t.Errorf("after forty seconds of work two days took %s", got)
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
		stands := func(when string) {
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			if err := p.wait(ctx, day); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s the clock does not stand still: %v", when, err)
			}
		}
		stands("after the morning")

		// A skip takes no time, begins in the middle of a wait, and leaves the pause
		// and the pace as they were.
		p.set(func(p *pacer) { p.perMinute = 1 })
		skip := func(p *pacer) { p.until, p.skip, p.from = 20, true, 3 }
		time.AfterFunc(10*time.Second, func() { p.set(skip) })
		if got := waited(day); got != 10*time.Second {
			t.Errorf("a skip after ten seconds took %s", got)
		}
		if s := p.shown(); s.from != 3 || s.to != 20 {
			t.Errorf("while skipping the page is told %+v", s)
		}
		p.arrive(19)
		if got := waited(day); got != 0 {
			t.Errorf("a day within the skip took %s", got)
		}
		p.arrive(20)
		stands("after the skip")
		p.set(func(p *pacer) { p.paused, p.perMinute, p.rest = false, 2, 29 })
		if got := waited(day); got != 30*time.Second || p.shown().to != 0 {
			t.Errorf("after the skip a day at 2 a minute took %s", got)
		}

		// By itself it pauses once, and not within a skip.
		rests := p.arrive(29)
		if s := p.shown(); !rests || !s.rested || !s.paused {
			t.Errorf("after four weeks: %+v", s)
		}
		stands("after four weeks")
		p.set(func(p *pacer) { p.paused, p.rested, p.rest = false, false, 29; skip(p); p.until = 40 })
		rests = p.arrive(29)
		if s := p.shown(); rests || s.rested || s.paused {
			t.Errorf("within a skip it paused: %+v", s)
		}
	})
}

// TestHostileTitles: they come only when they are asked for, and change nothing else.
func TestHostileTitles(t *testing.T) {
	titles := func(hostile bool) (hostiles int, ids []string) {
		w := &world{seed: 4, clock: schedule.NewStepped(firstMorning)}
		if err := w.open(hostile); err != nil {
			t.Fatal(err)
		}
		defer w.close()
		for _, v := range w.youtube.Videos() {
			ids = append(ids, v.ID)
			if strings.Contains(v.Title, "@everyone") || strings.Contains(v.Title, "</script>") {
				hostiles++
			}
		}
		return hostiles, ids
	}
	plain, ids := titles(false)
	hostile, same := titles(true)
	if share := float64(hostile) / float64(len(ids)); plain != 0 || share < 0.05 || share > 0.12 {
		t.Errorf("%d titles are hostile without --hostile, and %.2f of all with it", plain, share)
	}
	if !slices.Equal(ids, same) {
		t.Error("the videos are others")
	}
}

// TestSeeds lives through two worlds, which must be those that each seed gives
// alone, and computes the errors of values that were worked out by hand.
func TestSeeds(t *testing.T) {
	var out, errOut bytes.Buffer
	if err := Run(t.Context(), Options{Days: 1, Seed: 5, Seeds: 2, JSON: true, Out: &out, ErrOut: &errOut}); err != nil {
		t.Fatal(err)
	}
	var both SeedsResult
	if err := json.Unmarshal(out.Bytes(), &both); err != nil || len(both.Runs) != 2 || len(both.Weeks) != 1 {
		t.Fatalf("the result is %s, %v", &out, err)
	}
	for i, run := range both.Runs {
		var alone bytes.Buffer
		if err := Run(t.Context(), Options{Days: 1, Seed: uint64(5 + i), Headless: true, JSON: true, Out: &alone, ErrOut: io.Discard}); err != nil {
			t.Fatal(err)
		}
		var want Result
		if err := json.Unmarshal(alone.Bytes(), &want); err != nil || run.Seed != uint64(5+i) || !reflect.DeepEqual(run.Result, want) {
			t.Errorf("seed %d gives %+v among others and %+v alone, %v", run.Seed, run.Result, want, err)
		}
	}
	a, b := both.Runs[0].Weeks[0], both.Runs[1].Weeks[0]
	if got, want := both.Weeks[0].Difference.Mean, (a.Bot-a.Random+b.Bot-b.Random)/2; math.Abs(got-want) > 1e-9 {
		t.Errorf("the difference is %v, want %v", got, want)
	}
	if !regexp.MustCompile(`seed 5:  \d+ / \d+ %\nseed 6:  .*\n\nHit rate over 2 worlds of 1 days(?s:.*)\n +1 +[\d.]+ ± [\d.]+ %`).MatchString(errOut.String()) {
		t.Errorf("the table is\n%s", &errOut)
	}
	// 0.2, 0.4 and 0.6: mean 0.4, standard deviation 0.2.
	if e := estimateOf([]float64{0.2, 0.4, 0.6}); math.Abs(e.Mean-0.4) > 1e-9 || math.Abs(e.SE-0.2/math.Sqrt(3)) > 1e-9 {
		t.Errorf("the estimate is %+v", e)
	}
}

// TestEnding: one sentence, which is true before there are picks, too.
func TestEnding(t *testing.T) {
	w := &world{}
	if got := w.ending(true); got != "Stopped on day 1, before the first picks." {
		t.Error(got)
	}
	w.posts, w.state.Day = 45, 9
	for day := 1; day <= 9; day++ {
		w.rates = append(w.rates, dayRate{day: day, picks: 5, hits: min(4, day/2), random: 0.2})
	}
	// Days 3 to 9: 1+2+2+3+3+4+4 of 35.
	const rates = ": of the bot's picks of the last seven days the members secretly like 54 %, of random picks 20 %."
	if got := w.ending(true); got != "Stopped on day 9"+rates {
		t.Error(got)
	}
	if got := w.ending(false); got != "The 9 days are over"+rates {
		t.Error(got)
	}
}

// TestTwoSlotsADay: the rates of a day's slots are one day's.
func TestTwoSlotsADay(t *testing.T) {
	d := dayRate{day: 1, picks: 5, hits: 1, random: 0.2}
	d.add(dayRate{day: 1})
	d.add(dayRate{day: 1, picks: 15, hits: 3, random: 0.4})
	if d.picks != 20 || d.hits != 4 || math.Abs(d.random-0.35) > 1e-9 {
		t.Errorf("the day is %+v", d)
	}
}

// TestFavourites tells the bot what one member likes; without, nothing is told.
func TestFavourites(t *testing.T) {
	live := func(n int) (told []catalog.Preference, printed string) {
		t.Helper()
		dir, out := t.TempDir(), bytes.Buffer{}
		if err := Run(t.Context(), Options{Days: 1, Seed: 5, Favourites: n, Headless: true, Keep: dir, Out: &out, ErrOut: io.Discard}); err != nil {
			t.Fatal(err)
		}
		c, err := bolt.Open(filepath.Join(dir, app.CatalogueFile), bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		guilds, err := c.Guilds(t.Context())
		if err != nil || len(guilds) != 1 {
			t.Fatalf("%d guilds, %v", len(guilds), err)
		}
		told, err = labels.Favourites(t.Context(), c, guilds[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		return told, out.String()
	}
	told, printed := live(3)
	if len(told) != 3 || !regexp.MustCompile(`\nTold at the set-up, as \w+'s favourites: .+, .+ and .+\.\n`).MatchString(printed) {
		t.Errorf("told are %+v:\n%s", told, printed)
	}
	for _, p := range told {
		if !p.Like || p.Title != "" || !strings.Contains(printed, p.Artist) {
			t.Errorf("told is %+v", p)
		}
	}
	if told, printed := live(0); len(told) != 0 || strings.Contains(printed, "favourites") {
		t.Errorf("without favourites, told are %+v:\n%s", told, printed)
	}
}
