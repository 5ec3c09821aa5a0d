//go:build linux

package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/youtube"
)

var measure = flag.Bool("measure", false, "measure size, start, memory and disk of the program, and print the README's table")

// measuredVideos is how many videos the catalogue holds while the program is
// measured.
const measuredVideos = 10_000

// TestMeasure prints what the program costs; scripts/measure.sh runs it. The
// program is the real binary with the stand-ins around it, on a catalogue of
// generated videos that were read page by page.
func TestMeasure(t *testing.T) {
	if !*measure {
		t.Skip("scripts/measure.sh runs this")
	}
	binary := filepath.Join(t.TempDir(), "cratedigger")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	size := fileSize(t, binary)

	discord, err := fakediscord.New(fakediscord.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer discord.Close()
	var day atomic.Int64 // of the stand-in: what is new since the catalogue was filled
	day.Store(-1)
	tube, err := fakeyoutube.New(fakeyoutube.Options{
		Seed: 1, Videos: measuredVideos, Now: func() time.Time { return time.Now().AddDate(0, 0, int(day.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer tube.Close()
	guild := discord.AddGuild(fakediscord.Guild{Name: "Measured"})
	channel := discord.AddChannel(guild, fakediscord.Channel{Name: "music"})
	dir := t.TempDir()
	labels := fillCatalogue(t, dir, tube, guild, channel)
	disk := fileSize(t, filepath.Join(dir, app.CatalogueFile))
	day.Store(0)

	env := []string{
		"CRATEDIGGER_DATA_DIR=" + dir, "CRATEDIGGER_DISCORD_TOKEN=" + discord.Token(), "CRATEDIGGER_DISCORD_BASE_URL=" + discord.URL(),
		"CRATEDIGGER_YOUTUBE_BASE_URL=" + tube.URL(), "CRATEDIGGER_YOUTUBE_REQUEST_INTERVAL=0s", "CRATEDIGGER_DASHBOARD_LISTEN=127.0.0.1:0",
	}
	start := func() (stop func(), pid int, ready time.Duration) {
		bot := exec.Command(binary, "run")
		bot.Env = append(env, "HOME="+t.TempDir())
		var log bytes.Buffer
		bot.Stderr = &log
		begun := time.Now()
		if err := bot.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { bot.Process.Kill() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := discord.Until(ctx, func() bool { return discord.Connected() > 0 }); err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
		ready = time.Since(begun)
		return func() {
			if err := bot.Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			if err := bot.Wait(); err != nil {
				t.Errorf("it ended with %v\n%s", err, log.String())
			}
			if err := discord.Until(t.Context(), func() bool { return discord.Connected() == 0 }); err != nil {
				t.Error(err)
			}
		}, bot.Process.Pid, ready
	}
	stop, _, unclean := start() // nothing says that the file was closed in order
	stop()
	stop, pid, ready := start()
	time.Sleep(10 * time.Second) // what was needed to start is given back
	idle := memory(t, pid, "VmRSS")

	command := func(args ...string) time.Duration {
		began := time.Now()
		c := exec.Command(binary, args...)
		c.Env = append(env, "HOME="+t.TempDir())
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		return time.Since(began)
	}
	pagesBefore := len(tube.Requests())
	command("scrape", "--guild", guild)
	pages := len(tube.Requests()) - pagesBefore
	before := processorTime(t, pid)
	training := command("train", "--guild", guild)
	worked := processorTime(t, pid) - before
	peak := memory(t, pid, "VmHWM")
	ranking := command("rank", "--guild", guild, "--json")
	time.Sleep(4 * time.Minute) // the runtime gives back what the work needed, little by little
	after := memory(t, pid, "VmRSS")

	stop()
	const mib = 1 << 20
	fmt.Printf(`| what | measured |
|---|---|
| binary, as released | %.1f MB |
| start to ready, %d videos | %d ms |
| start to ready after a crash, the whole file checked | %d ms |
| memory, idle, %d videos | %.0f MiB |
| memory, idle, four minutes after a search, a training and a ranking | %.0f MiB |
| memory, at most, while training on %d labels of %d videos | %.0f MiB |
| training, ensemble and its parameters | %.1f s, of a processor %.1f s |
| ranking all candidates | %.1f s |
| disk per 1,000 videos, read in full | %.1f MB |
| pages read in a day, %d queries | %d |
`, float64(size)/1e6, measuredVideos, ready.Milliseconds(), unclean.Milliseconds(), measuredVideos, float64(idle)/mib, float64(after)/mib, labels, measuredVideos,
		float64(peak)/mib, training.Seconds(), worked.Seconds(), ranking.Seconds(), float64(disk)/measuredVideos/1e3, len(measuredQueries), pages)
}

// measuredQueries are a typical guild's.
var measuredQueries = []youtube.Query{{Text: "acoustic session"}, {Text: "new jazz"}, {Text: "lofi"}, {Text: "live session"}, {Text: "indie folk"}}

// fillCatalogue reads every video from the stand-in, as a scrape would, makes
// all of them candidates of the guild, and has members vote. It
// returns the number of votes.
func fillCatalogue(t *testing.T, dir string, tube *fakeyoutube.Server, guild, channel string) int {
	t.Helper()
	cat, err := bolt.Open(filepath.Join(dir, app.CatalogueFile), bolt.Options{Log: slog.New(slog.DiscardHandler), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	client, err := youtube.NewClient(youtube.Options{BaseURL: tube.URL()})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, v := range tube.Videos() {
		ids = append(ids, v.ID)
	}
	var sightings []catalog.Sighting
	err = client.Read(t.Context(), ids, func(p youtube.Page) error {
		if p.Video != nil {
			q := measuredQueries[len(sightings)%len(measuredQueries)].Text
			sightings = append(sightings, catalog.Sighting{Video: *p.Video, Status: p.Status, At: time.Now(), GuildID: guild, Query: q, Detailed: true, Neighbours: p.Neighbours})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cat.Observe(t.Context(), sightings); err != nil {
		t.Fatal(err)
	}
	if err := cat.SaveGuild(t.Context(), catalog.Guild{
		ID: guild, Name: "Measured", JoinedAt: time.Now(), ChannelID: channel, Queries: measuredQueries, Schedule: []string{"0 18 * * *"},
		Retrain: "0 4 * * *", Zone: "UTC", Picks: 5, Exploration: 0.5, Wildcard: true, Votes: "reactions", MinSeconds: 60, MaxSeconds: 900, MusicOnly: true,
	}); err != nil {
		t.Fatal(err)
	}
	// Five members like a few genres more than others, as noisily as people.
	var votes []catalog.VoteChange
	random := rand.New(rand.NewPCG(1, 1))
	liked := fakeyoutube.Genres()[:4]
	for _, v := range tube.Videos() {
		if random.Float64() > 0.2 || len(votes) >= 2000 {
			continue
		}
		chance := 0.15
		if slices.Contains(liked, v.Traits.Genre) {
			chance = 0.8
		}
		votes = append(votes, catalog.VoteChange{
			GuildID: guild, VideoID: v.ID, MemberID: strconv.Itoa(1 + random.IntN(5)), Up: random.Float64() < chance, Set: true,
			Source: catalog.SourceImport, At: time.Now(),
		})
	}
	if _, err := cat.Vote(t.Context(), votes...); err != nil {
		t.Fatal(err)
	}
	if err := cat.Close(); err != nil {
		t.Fatal(err)
	}
	return len(votes)
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// processorTime is how long a process has worked, on all processors; unlike the
// time that passes it hardly depends on what else the machine does.
func processorTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), ") ") // after the name
	fields := strings.Fields(rest)
	var ticks int64 // user and system time, of a hundredth of a second
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// memory reads a figure of a process from the kernel, in bytes.
func memory(t *testing.T, pid int, name string) int64 {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+) kB`).FindStringSubmatch(string(data))
	if m == nil {
		t.Fatalf("no %s in\n%s", name, strings.TrimSpace(string(data)))
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}
