//go:build unix

package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
)

// gauge is what must not grow without bound.
type gauge struct {
	goroutines int
	heap       float64 // MB that the program holds after a collection
	standIns   float64 // MB that the stand-ins hold: they forget no message
	file       float64 // MB
}

func (w *town) gauge() gauge {
	w.t.Helper()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	info, err := os.Stat(filepath.Join(w.dir, app.CatalogueFile))
	if err != nil {
		w.t.Fatal(err)
	}
	others := heldByStandIns()
	return gauge{runtime.NumGoroutine(), (float64(m.HeapAlloc) - others) / (1 << 20), others / (1 << 20), float64(info.Size()) / (1 << 20)}
}

// heldByStandIns is how many bytes were allocated by the stand-ins, which live
// in this process too, and are in use: what the heap's profile has sampled,
// scaled up as pprof does.
func heldByStandIns() (bytes float64) {
	records := make([]runtime.MemProfileRecord, 100_000)
	n, ok := runtime.MemProfile(records, false)
	if !ok {
		return 0
	}
	for _, r := range records[:n] {
		frames := runtime.CallersFrames(r.Stack())
		for more := true; more; {
			var f runtime.Frame
			f, more = frames.Next()
			if !strings.HasPrefix(f.Function, "cratedigger/internal/") {
				continue
			}
			size := float64(r.InUseBytes())
			mean := size / float64(r.InUseObjects())
			bytes += size / (1 - math.Exp(-mean/float64(runtime.MemProfileRate)))
			break
		}
	}
	return bytes
}

// median of one figure over some days. One day says little: a comparison with
// Discord may be going on while it is measured.
func median(days []gauge, figure func(gauge) float64) float64 {
	var all []float64
	for _, g := range days {
		all = append(all, figure(g))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// TestSoak lives through days of many guilds at speed: searches, posts,
// reactions, trainings, backups. Votes are kept for six days and records for
// two, and hardly a video is new, so that after a while as much goes as comes:
// from then on goroutines, memory and the file are flat. CRATEDIGGER_SOAK=1 makes it 30 days of 50
// guilds, and "DAYSxGUILDS" so many:
//
//	CRATEDIGGER_SOAK=1 go test -run 'TestSoak$' -v -timeout 60m ./cmd/cratedigger
func TestSoak(t *testing.T) {
	days, guilds := 6, 3 // the first models come on the third day
	if size := os.Getenv("CRATEDIGGER_SOAK"); size != "" {
		if n, _ := fmt.Sscanf(size, "%dx%d", &days, &guilds); n < 2 {
			days, guilds = 30, 50
		}
	}
	if testing.Short() {
		t.Skip("lives through some days")
	}
	defer func(rate int) { runtime.MemProfileRate = rate }(runtime.MemProfileRate)
	runtime.MemProfileRate = 32 << 10
	w := newTown(t, fakeyoutube.Options{Seed: 1, Videos: 1500, PerDay: 1}, func(c *config.Config) {
		c.Defaults.Channel = "music"
		c.Defaults.Queries = nil // so many that there is something to post to the end
		for _, genre := range fakeyoutube.Genres()[:6] {
			c.Defaults.Queries = append(c.Defaults.Queries, config.Query{Text: genre})
		}
		c.YouTube.PagesPerDay = 100_000
		c.Retention.Votes, c.Retention.Runs = 6*24*time.Hour, 2*24*time.Hour
		c.Backup.Keep = 2
	})
	w.patient = 10 * time.Minute
	channels := []string{w.channel}
	for i := 1; i < guilds; i++ {
		id := w.discord.AddGuild(fakediscord.Guild{Name: fmt.Sprint("Guild ", i)})
		channels = append(channels, w.discord.AddChannel(id, fakediscord.Channel{Name: "music"}))
		for _, m := range w.members {
			w.discord.AddMember(id, fakediscord.Member{ID: m})
		}
	}
	w.start()
	var gauges []gauge
	for day := 1; day <= days; day++ {
		for range 24 {
			if err := w.clock.Step(w.wait(), w.clock.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		for i, channel := range channels {
			messages := w.discord.Messages(channel)
			for _, m := range messages[max(0, len(messages)-3):] {
				if postOf(m) == "" {
					continue
				}
				emoji := []string{"👍", "👎"}[(day+i)%2]
				if err := w.discord.React(w.members[i%len(w.members)], channel, m.ID, emoji); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.rest()
		w.discord.ForgetRequests()
		g := w.gauge()
		gauges = append(gauges, g)
		t.Logf("day %2d: %d goroutines, %.1f MB of heap (and %.1f MB of the stand-ins), %.1f MB of file", day, g.goroutines, g.heap, g.standIns, g.file)
	}
	posts := 0
	for _, channel := range channels {
		posts += len(w.discord.Messages(channel))
	}
	if posts < guilds*days {
		t.Errorf("%d messages: nothing happened", posts)
	}
	if days < 3 {
		t.Fatal("three days are the least that can be compared")
	}
	third := days / 3
	middle, last := gauges[days-2*third:days-third], gauges[days-third:]
	for _, f := range []struct {
		name  string
		of    func(gauge) float64
		slack float64 // beyond a tenth
	}{
		{"goroutines", func(g gauge) float64 { return float64(g.goroutines) }, 10},
		{"MB of heap", func(g gauge) float64 { return g.heap }, 4},
		{"MB of file", func(g gauge) float64 { return g.file }, 16}, // bbolt's step
	} {
		before, after := median(middle, f.of), median(last, f.of)
		t.Logf("%s: %.1f in the middle third, %.1f in the last (%+.1f%%)", f.name, before, after, 100*(after/before-1))
		if after > before*1.1+f.slack {
			t.Errorf("%s grow without end", f.name)
		}
	}
}
