//go:build linux

package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
)

var (
	grow       = flag.Int("grow", 0, "measure what so many guilds cost, and print the table of docs/operating.md")
	growModels = flag.Int("grow-models", 1, "models that each of these guilds keeps")
	growData   = flag.String("grow-data", "", "folder in which their data stays between runs; empty: none stays")
	growWeight = flag.Bool("grow-weight", false, "measure what they write and how long votes wait; a third of them is forgotten in it")
	growHour   = flag.Bool("grow-hour", false, "live through an hour of posts that they share, in real time")
)

// growTurns is how long comparisons after a start are measured.
const growTurns = 90 * time.Second

// TestGrow prints what many guilds cost; scripts/grow.sh runs it. The program is the real
// binary; this process has the stand-ins, with latency and all of Discord's limits.
func TestGrow(t *testing.T) {
	if *grow == 0 {
		t.Skip("scripts/grow.sh runs this")
	}
	dir := *growData
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f := newFarm(t, dir, *grow, *growModels)
	binary := filepath.Join(t.TempDir(), "cratedigger")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	row := func(what, format string, args ...any) { fmt.Printf("| "+what+" | "+format+" |\n", args...) }
	const mb = 1e6
	row("guilds", "%d", f.guilds)
	row("file", "%.0f MB", float64(fileSize(t, filepath.Join(dir, app.CatalogueFile)))/mb)

	f.found(nil)
	empty := f.start(binary, t.TempDir())
	empty.until(20*time.Minute, func() bool { return empty.metric(`cratedigger_guilds{state="active"}`) == float64(f.guilds) })
	first := empty.rest()
	row("first start, all guilds new", "%.1f s CPU, %d transactions, %d calls", first.Seconds(), empty.written(), f.calls(""))
	empty.stop()

	c := f.open()
	f.found(c)
	f.postAt(c, time.Now().Add(12*time.Hour))
	f.check(c.Close())
	noting := f.start(binary, dir) // it notes what this program keeps of schedules
	noting.connected()
	noting.stop()
	p := f.start(binary, dir)
	known := p.connected()
	row("start, guilds known", "%.1f s CPU; %d transactions; %.0f goroutines", known.Seconds(), p.written(), p.metric("go_goroutines"))
	row("READY", "%d calls to Discord, %d of them for messages, %d answers 429", f.calls(""), f.calls("/messages"), f.refused())
	time.Sleep(20 * time.Second)
	idle, calls := p.worked(), f.calls("")
	time.Sleep(10 * time.Second)
	idle, calls = p.worked()-idle, f.calls("")-calls
	row("after it", "RssAnon %d MB, RssFile %d MB; %.1f %% of a processor, %.1f calls a second", p.memory("RssAnon"), p.memory("RssFile"), float64(idle.Milliseconds())/100, float64(calls)/10)
	turns, worked := p.compared(), p.worked()
	time.Sleep(growTurns)
	if turns = p.compared() - turns; turns > 0 {
		row("comparison of a guild's posts after READY", "%.1f ms CPU, of %d guilds", float64((p.worked()-worked).Microseconds())/1000/float64(turns), turns)
	}

	const changes = 20
	begun, before := time.Now(), p.worked()
	for n := range changes {
		_, err := f.discord.Run(t.Context(), fakediscord.Interaction{ChannelID: farmChannel(0), MemberID: farmMember(99), Command: "cratedigger", Sub: "pause", Options: map[string]any{"on": n%2 == 0}})
		f.check(err)
	}
	took := time.Since(begun)
	row("settings change", "%d ms CPU, %d ms to the answer, 100 ms of it the way", ((p.worked() - before - idle*took/(10*time.Second)) / changes).Milliseconds(), (took / changes).Milliseconds())
	p.scrape()
	bytes, begun := p.metric("go_memstats_alloc_bytes_total"), time.Now()
	before = p.worked()
	text := p.scrape()
	row("metrics scrape", "%.2f s, %.2f s CPU, %.1f MB allocated", time.Since(begun).Seconds(), (p.worked() - before).Seconds(), (value(text, "go_memstats_alloc_bytes_total")-bytes)/mb)
	p.stop()
	f.upkeep(row)
	if *growHour {
		f.hour(binary, row)
	}
	if *growWeight {
		f.weight(row)
	}
}

// upkeep measures what the daily upkeep does to the file.
func (f *farm) upkeep(row func(what, format string, args ...any)) {
	f.t.Helper()
	var begun time.Time
	var longest time.Duration
	c := f.open(func(o *bolt.Options) {
		o.Trace = func(point string) {
			if strings.HasSuffix(point, ":begin") {
				begun = time.Now()
			} else if strings.HasSuffix(point, ":done") {
				longest = max(longest, time.Since(begun))
			}
		}
	})
	defer func() { f.check(c.Close()) }()
	measure := func(what string, do func() error) {
		longest = 0
		before := processorTime(f.t, os.Getpid())
		f.check(do())
		row(what, "%.2f s CPU, longest transaction %.2f s", (processorTime(f.t, os.Getpid()) - before).Seconds(), longest.Seconds())
	}
	measure("Prune, of votes and runs", func() error {
		_, err := c.Prune(f.t.Context(), time.Now().AddDate(-1, 0, 0), time.Now().AddDate(-1, 0, 0))
		return err
	})
	b := f.breed(0) // one more, to be forgotten
	f.write(c, f.guilds, b)
	f.vote(c, f.guilds, b.votes)
	measure("ForgetGuild", func() error { return c.ForgetGuild(f.t.Context(), farmGuild(f.guilds)) })
}

// hour lives through the hour of a post that all guilds share.
func (f *farm) hour(binary string, row func(what, format string, args ...any)) {
	f.t.Helper()
	c := f.open()
	minute := time.Now().Add(2*time.Minute + time.Duration(f.guilds)*100*time.Millisecond).Truncate(time.Minute).Add(time.Minute).UTC()
	f.postAt(c, minute)
	f.check(c.Close())
	wanted := f.hold()
	p := f.start(binary, f.dir)
	p.connected()
	if time.Now().After(minute) {
		f.t.Fatal("this machine is too slow to be ready for the minute")
	}
	time.Sleep(time.Until(minute))
	f.discord.ForgetRequests()
	begun, worked := f.calls(""), p.worked()
	var anonymous, mapped int64
	last, changed, messages := time.Time{}, time.Now(), 0
	for time.Since(changed) < 2*time.Minute && messages < wanted {
		time.Sleep(500 * time.Millisecond)
		anonymous, mapped = max(anonymous, p.memory("RssAnon")), max(mapped, p.memory("RssFile"))
		if n := f.calls("POST "); n > messages {
			messages, changed, last = n, time.Now(), time.Now()
		}
	}
	time.Sleep(10 * time.Second) // the reactions of the last
	row("shared hour", "%d of %d messages, the last after %.1f min; %d calls, %d answers 429", messages, wanted, last.Sub(minute).Minutes(), f.calls("")-begun, f.refused())
	row("memory in it, at most", "RssAnon %d MB, RssFile %d MB", anonymous, mapped)
	row("processor time of it", "%.0f s", (p.worked() - worked).Seconds())
	p.stop()
	c = f.open()
	defer func() { f.check(c.Close()) }()
	var pages []int
	for i := range f.guilds {
		n, err := c.Counter(f.t.Context(), fmt.Sprintf("pages/%s/%s", minute.Format(time.DateOnly), farmGuild(i)))
		f.check(err)
		pages = append(pages, int(n))
	}
	row("watch pages granted a guild", "%d to %d", slices.Min(pages), slices.Max(pages))
}

// postAt makes all guilds post at a minute of the day.
func (f *farm) postAt(c catalog.Store, minute time.Time) {
	f.t.Helper()
	for i := range f.guilds {
		f.check(c.UpdateGuild(f.t.Context(), farmGuild(i), func(g *catalog.Guild) error {
			g.Schedule, g.Paused = []string{minute.UTC().Format("4 15 * * *")}, false
			return nil
		}))
	}
}

// hold prepares the picks of the guilds' next post: those of the trained ones by the real
// code, and as many copies.
// It returns how many messages the posts will have, with their headings.
func (f *farm) hold() (messages int) {
	f.t.Helper()
	p := f.parts()
	defer func() { f.check(p.Close()) }()
	next := map[int][]catalog.Held{} // by trained guild
	worked := processorTime(f.t, os.Getpid())
	for i := range f.guilds {
		id := farmGuild(i)
		before, err := p.Catalog.Held(f.t.Context(), id)
		f.check(err)
		for _, h := range before { // of an earlier measurement
			_, err := p.Catalog.Hold(f.t.Context(), catalog.Slot{Key: h.Slot, GuildID: id}, nil)
			f.check(err)
		}
		if i < farmModels {
			_, err := p.Loop.PrepareAhead(f.t.Context(), id, catalog.BySchedule)
			f.check(err)
			next[i], err = p.Catalog.Held(f.t.Context(), id)
			f.check(err)
			if len(next[i]) == 0 {
				f.t.Fatalf("guild %d holds no picks", i)
			}
			messages += 1 + len(next[i])
			continue
		}
		messages += 1 + len(next[i%farmModels])
		held := slices.Clone(next[i%farmModels])
		slot := catalog.Slot{GuildID: id, Kind: catalog.RunPost, At: held[0].NotBefore, Key: id + strings.TrimPrefix(held[0].Slot, held[0].GuildID)}
		for n := range held {
			held[n].ID, held[n].ChannelID = "", farmChannel(i)
		}
		_, err = p.Catalog.Hold(f.t.Context(), slot, held)
		f.check(err)
	}
	f.t.Logf("preparing the picks of one guild ahead took %v CPU", (processorTime(f.t, os.Getpid())-worked)/farmModels)
	return messages
}

// calls is how many calls the stand-in for Discord has had whose "METHOD path" contains a
// text: "POST " are messages and commands.
func (f *farm) calls(about string) (n int) {
	for _, r := range f.discord.Requests() {
		if strings.Contains(r.Method+" "+r.Path, about) && (about != "POST " || strings.HasSuffix(r.Path, "/messages")) {
			n++
		}
	}
	return n
}

// refused is how many calls were answered 429.
func (f *farm) refused() (n int) {
	for _, r := range f.discord.Requests() {
		if r.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

// grown is the running program between the stand-ins of a farm.
type grown struct {
	*farm
	cmd     *exec.Cmd
	file    string
	before  uint64 // write transactions of the file before it started
	metrics string
}

// start starts the program on a data folder.
func (f *farm) start(binary, dir string) *grown {
	f.t.Helper()
	f.discord.ForgetRequests()
	p := &grown{farm: f, cmd: exec.Command(binary, "run"), file: filepath.Join(dir, app.CatalogueFile), metrics: freeAddress(f.t, "127.0.0.1:0")}
	p.before = p.transactions()
	p.cmd.Env = append(os.Environ(),
		"HOME="+f.t.TempDir(), "CRATEDIGGER_DATA_DIR="+dir, "CRATEDIGGER_DISCORD_TOKEN="+f.discord.Token(), "CRATEDIGGER_DISCORD_BASE_URL="+f.discord.URL(),
		"CRATEDIGGER_YOUTUBE_BASE_URL="+f.youtube.URL(), "CRATEDIGGER_DASHBOARD_LISTEN=127.0.0.1:0", "CRATEDIGGER_METRICS_LISTEN="+p.metrics,
		"CRATEDIGGER_DEFAULTS_CHANNEL=music", "CRATEDIGGER_PREPARE_AHEAD=true",
	)
	log, err := os.Create(filepath.Join(dir, "log"))
	f.check(err)
	defer log.Close()
	p.cmd.Stderr = log
	f.check(p.cmd.Start())
	f.t.Cleanup(func() { p.cmd.Process.Kill() })
	return p
}

// stop ends the program in order.
func (p *grown) stop() {
	p.t.Helper()
	p.check(p.cmd.Process.Signal(syscall.SIGTERM))
	p.check(p.cmd.Wait())
}

// until waits for a condition.
func (p *grown) until(most time.Duration, condition func() bool) {
	p.t.Helper()
	for begun := time.Now(); !condition(); time.Sleep(200 * time.Millisecond) {
		if time.Since(begun) > most {
			p.t.Fatalf("waited in vain for %v", most)
		}
	}
}

// connected waits for the connection to Discord, and returns what the program worked.
func (p *grown) connected() time.Duration {
	p.t.Helper()
	p.until(10*time.Minute, func() bool { return p.discord.Connected() > 0 })
	return p.rest()
}

// compared is of how many guilds the messages were compared since the program started.
func (p *grown) compared() int {
	channels := map[string]bool{}
	for _, r := range p.discord.Requests() {
		if r.Method == http.MethodGet && strings.HasSuffix(r.Path, "/messages") {
			channels[r.Path] = true
		}
	}
	return len(channels)
}

// rest waits until the program does next to nothing, and returns what it has worked.
func (p *grown) rest() time.Duration {
	p.t.Helper()
	const look = 3 * time.Second
	for before := p.worked(); ; {
		time.Sleep(look)
		now := p.worked()
		if now-before < look/10 {
			return now
		}
		before = now
	}
}

// worked is the processor time of the program so far, with that of its children.
func (p *grown) worked() time.Duration { return processorTime(p.t, p.cmd.Process.Pid) }

// memory is a figure of the program's memory, in MB.
func (p *grown) memory(name string) int64 { return memory(p.t, p.cmd.Process.Pid, name) / 1e6 }

// written is how many transactions have changed the program's file since it started.
func (p *grown) written() uint64 { return p.transactions() - p.before }

// transactions reads bbolt's count of write transactions from the file's two first pages:
// the newer one counts. A file that is not there yet has none.
func (p *grown) transactions() (newest uint64) {
	f, err := os.Open(p.file)
	if err != nil {
		return 0
	}
	defer f.Close()
	const header, beforeCount = 16, 4 + 4 + 4 + 4 + 16 + 8 + 8
	for page := range int64(2) {
		var count [8]byte
		_, err := f.ReadAt(count[:], page*int64(os.Getpagesize())+header+beforeCount)
		p.check(err)
		newest = max(newest, binary.LittleEndian.Uint64(count[:]))
	}
	return newest
}

// scrape is what Prometheus would read.
func (p *grown) scrape() string {
	res, err := http.Get("http://" + p.metrics + "/metrics")
	if err != nil {
		return "" // it does not listen yet
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	p.check(err)
	return string(text)
}

// metric is a series that the program tells Prometheus, 0 if there is none.
func (p *grown) metric(name string) float64 { return value(p.scrape(), name) }

// value is a series in what Prometheus would read.
func value(text, name string) float64 {
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseFloat(m[1], 64)
	return n
}
