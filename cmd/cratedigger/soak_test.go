//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
)

// gauge is what must not grow without bound.
type gauge struct {
	day        int
	goroutines int
	heap       uint64 // bytes in use after a collection
	file       int64  // bytes
}

func (w *town) gauge(day int) gauge {
	w.t.Helper()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	info, err := os.Stat(filepath.Join(w.dir, catalogueFile))
	if err != nil {
		w.t.Fatal(err)
	}
	return gauge{day, runtime.NumGoroutine(), m.HeapAlloc, info.Size()}
}

// TestSoak lives through days of many guilds at speed: searches, posts,
// reactions, trainings, backups. Goroutines, memory and the file are flat at
// the end. CRATEDIGGER_SOAK=1 makes it 30 days of 50 guilds:
//
//	CRATEDIGGER_SOAK=1 go test -run TestSoak -v -timeout 120m ./cmd/cratedigger
func TestSoak(t *testing.T) {
	days, guilds := 3, 3
	if os.Getenv("CRATEDIGGER_SOAK") != "" {
		days, guilds = 30, 50
	}
	if testing.Short() {
		t.Skip("lives through some days")
	}
	w := newTown(t, fakeyoutube.Options{Seed: 1, Videos: 1500, PerDay: 20}, func(c *config.Config) {
		c.Defaults.Channel = "music"
		c.YouTube.PagesPerDay = 100_000
	})
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
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			err := w.clock.Step(ctx, w.clock.Now().Add(time.Hour))
			cancel()
			if err != nil {
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
		g := w.gauge(day)
		gauges = append(gauges, g)
		t.Logf("day %2d: %d goroutines, %.1f MB of heap, %.1f MB of file", day, g.goroutines, float64(g.heap)/(1<<20), float64(g.file)/(1<<20))
	}
	posts := 0
	for _, channel := range channels {
		posts += len(w.discord.Messages(channel))
	}
	first, last := gauges[0], gauges[len(gauges)-1]
	if posts < guilds*days {
		t.Errorf("%d messages: nothing happened", posts)
	}
	if last.goroutines > first.goroutines+10 {
		t.Errorf("goroutines grew from %d to %d", first.goroutines, last.goroutines)
	}
	// The stand-ins live in this process too, and remember all messages.
	if most := first.heap*2 + 100<<20; last.heap > most {
		t.Errorf("the heap grew from %d to %d bytes", first.heap, last.heap)
	}
	if most := first.file + int64(days*guilds)<<20; last.file > most {
		t.Errorf("the file grew from %d to %d bytes", first.file, last.file)
	}
}
