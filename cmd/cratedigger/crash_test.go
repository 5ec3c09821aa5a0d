//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
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

const (
	crashFactor = 1800 // the bot's quarter of an hour is half a second here
	crashPicks  = 3
	crashGuilds = 3
)

// crashPoints are the named points at which the program is killed.
func crashPoints() []string {
	var points []string
	for _, write := range []string{"slot", "run", "observe", "counter", "runend", "finish", "hold", "posts", "attempt", "sent", "reactions", "vote", "model", "guild", "job", "state", "prune"} {
		for _, at := range []string{"begin", "commit", "done"} {
			points = append(points, write+":"+at)
		}
	}
	for _, at := range []string{"begin", "copied", "checked", "locked", "commit", "renamed", "replaced", "done"} {
		points = append(points, "compact:"+at)
	}
	return append(points, "rest:begin", "rest:done")
}

// crashWorld is the program's surroundings, which live on while it dies.
type crashWorld struct {
	t        *testing.T
	program  string
	data     string
	start    time.Time
	factor   time.Duration // how much faster the clock is than the real one
	upkeep   int           // hour of the daily upkeep, UTC
	discord  *fakediscord.Server
	youtube  *fakeyoutube.Server
	guilds   []crashGuild
	strict   bool // Discord has all its limits
	search   bool // all guilds search often, not the first alone
	log      *os.File
	pressed  sync.Mutex
	tried    map[string]bool // "post member": a second press would take the vote back
	promised map[string]int  // "post member" → the value that the bot said it noted
}

// crashGuild is a guild and the channel that it posts in.
type crashGuild struct{ id, channel string }

// TestCrash kills the real program again and again, at random moments and at
// every named point, while it posts to some guilds in the same minutes and members vote.
// However it died: each slot and pick has one message, what was acknowledged is kept,
// what Discord shows is what the catalogue has, and the file is whole.
//
// CRATEDIGGER_KILLS sets how often (25); with 500 it takes a quarter of an hour, and every
// named point must have been reached:
//
//	CRATEDIGGER_KILLS=500 go test -run TestCrash -timeout 60m ./cmd/cratedigger
//
// CRATEDIGGER_POINTS=hold,posts kills at the points of these writes alone.
// CRATEDIGGER_GUILDS=50 has so many guilds, on a Discord with all its limits and a clock
// that is slow enough for a post time to end before the next; 40 kills take ten minutes.
// With CRATEDIGGER_SEARCH=all as well they all search twice an hour.
func TestCrash(t *testing.T) {
	kills := 25
	if s := os.Getenv("CRATEDIGGER_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal("CRATEDIGGER_KILLS is not a number:", err)
		}
		kills = n
	}
	if testing.Short() {
		t.Skip("kills the program many times")
	}
	guilds, strict := crashGuilds, false
	if s := os.Getenv("CRATEDIGGER_GUILDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatal("CRATEDIGGER_GUILDS is not a number of guilds:", s)
		}
		guilds, strict = n, true
	}
	w := newCrashWorld(t, guilds, strict, os.Getenv("CRATEDIGGER_SEARCH") == "all")
	seed := uint64(1)
	if s := os.Getenv("CRATEDIGGER_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	rng := rand.New(rand.NewPCG(seed, 6))
	ctx, stop := context.WithCancel(t.Context())
	var members sync.WaitGroup
	members.Go(func() { w.live(ctx, rand.New(rand.NewPCG(seed, 7))) })
	defer members.Wait()
	defer stop()

	points := crashPoints()
	if s := os.Getenv("CRATEDIGGER_POINTS"); s != "" {
		points = slices.DeleteFunc(points, func(p string) bool {
			write, _, _ := strings.Cut(p, ":")
			return !slices.Contains(strings.Split(s, ","), write)
		})
	}
	reached := map[string]bool{}
	atPoint, atRandom := 0, 0
	slow := w.slowness()
	for i := range kills {
		if len(w.discord.Messages(w.guilds[0].channel)) == 0 {
			slow = min(12, slow+1) // lives are too short for a post
		}
		if i%2 == 0 {
			atRandom++
			w.life("", max(slow*time.Second, 2*w.between())*time.Duration(50+rng.IntN(900))/1000)
			continue
		}
		point, passing := points[(i/2)%len(points)], 1+rng.IntN(2)
		if left := slices.DeleteFunc(slices.Clone(points), func(p string) bool { return reached[p] }); i/2 >= len(points) && len(left) > 0 {
			point, passing = left[(i/2)%len(left)], 1 // the second round is for those that the first has missed
		}
		if strings.HasPrefix(point, "compact") {
			passing = 1 // once a life
		}
		longer := w.rouse(point)
		if w.life(fmt.Sprintf("%s:%d", point, passing), max(longer*slow*1800*time.Millisecond, 2*w.between())) {
			atPoint++
			reached[point] = true
		} else {
			atRandom++ // the point was not passed in this life
		}
	}
	stop()
	members.Wait()
	// The bot comes to rest: what it owes is sent and compared. It is given a
	// longer life each time until all is well, or it never will be.
	var posts, votes int
	var problems []string
	for life, tries := max(time.Second, w.between()), 0; tries < 5; life, tries = 2*life, tries+1 {
		w.finish(life)
		if posts, votes, problems = w.judge(); len(problems) == 0 {
			break
		}
	}
	for _, p := range problems {
		t.Error(p)
	}
	t.Logf("%d kills (%d at random, %d at named points), %d guilds: %d posts, %d votes, %d promises kept, %d calls refused", kills, atRandom, atPoint, len(w.guilds), posts, votes, len(w.promised), w.discord.Refused())
	missed := slices.DeleteFunc(slices.Clone(points), func(p string) bool { return reached[p] })
	t.Logf("%d of %d named points killed it; not: %q", len(reached), len(points), missed)
	if len(missed) > 0 && kills >= 6*len(points) {
		t.Error("some named points were never reached")
	}
	if log, err := os.ReadFile(w.log.Name()); err != nil || bytes.Contains(log, []byte(w.discord.Token())) {
		t.Error("the log holds the token, or cannot be read:", err)
	}
	if posts == 0 || votes == 0 {
		t.Error("nothing happened: the test tests nothing")
	}
}

// slowness is how many times longer lives have to be on this machine, as it is
// now, for something to happen in them: 1 where the program is connected within
// a third of a second.
func (w *crashWorld) slowness() time.Duration {
	w.t.Helper()
	cmd := w.command("", "run")
	start := time.Now()
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(w.t.Context(), time.Minute)
	defer stop()
	if err := w.discord.Until(ctx, func() bool { return w.discord.Connected() > 0 }); err != nil {
		w.t.Fatalf("the program did not connect: %v; its log ends:\n%s", err, w.tail())
	}
	took := time.Since(start)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return min(8, 1+took/(333*time.Millisecond))
}

func newCrashWorld(t *testing.T, guilds int, strict, search bool) *crashWorld {
	t.Helper()
	w := &crashWorld{t: t, data: t.TempDir(), start: time.Now(), factor: crashFactor, upkeep: 3, strict: strict, search: search, tried: map[string]bool{}, promised: map[string]int{}}
	w.program = filepath.Join(t.TempDir(), "cratedigger")
	build := exec.Command("go", "build", "-tags", "crash", "-o", w.program, ".")
	build.Env = append(os.Environ(), "GOFLAGS=", "CGO_ENABLED=0") // as it is released, not slowed by the race detector
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the program was not built: %v\n%s", err, out)
	}
	var err error
	if w.log, err = os.Create(filepath.Join(t.TempDir(), "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.log.Close() })
	videos := 3000
	if strict && search {
		videos = 600 // each search ranks them
	}
	if w.youtube, err = fakeyoutube.New(fakeyoutube.Options{Seed: 1, Now: w.now, Videos: videos}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.youtube.Close)
	opts := fakediscord.Options{Now: w.now}
	if strict { // the calls of a post time, at 45 a second, take half of the time to the next
		opts = opts.Strict()
		calls := time.Duration(guilds * (1 + 3*crashPicks))
		w.factor = max(1, min(crashFactor, 15*time.Minute/(2*calls*time.Second/45)))
	}
	if w.discord, err = fakediscord.New(opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.discord.Close() })
	var queries []youtube.Query
	for _, genre := range fakeyoutube.Genres()[:2] {
		queries = append(queries, youtube.Query{Text: genre, Pages: 1})
	}
	c := w.open()
	defer c.Close()
	for i := range guilds {
		g := crashGuild{id: w.discord.AddGuild(fakediscord.Guild{Name: "Crate"})}
		g.channel = w.discord.AddChannel(g.id, fakediscord.Channel{Name: "music"})
		w.guilds = append(w.guilds, g)
		settings := catalog.Guild{
			ID: g.id, Name: "Crate", JoinedAt: w.now(), ChannelID: g.channel,
			Queries:  queries,
			Schedule: []string{"*/15 * * * *"}, Scrape: "5,35 * * * *", Zone: "UTC",
			Picks: crashPicks, Votes: "both", MaxSeconds: 86400,
		}
		if i == 0 {
			settings.Retrain = "10 * * * *"
		} else if strict && !search { // the searches of so many would take a life each
			settings.Scrape = fmt.Sprintf("0 %d * * *", w.start.UTC().Hour())
		}
		if err := c.SaveGuild(t.Context(), settings); err != nil {
			t.Fatal(err)
		}
	}
	// Most videos are known already, so a life is not spent on reading them.
	for _, g := range w.guilds {
		var known []catalog.Sighting
		for _, v := range w.youtube.Videos() {
			seconds, likes, views := int64(v.Seconds), int64(90), int64(2000)
			known = append(known, catalog.Sighting{Detailed: true, Status: youtube.StatusOK, At: w.now(), GuildID: g.id, Query: queries[0].Text, Video: youtube.Video{
				ID: v.ID, Title: v.Title, Channel: v.Channel, ChannelID: v.ChannelID, Category: "Music",
				DurationSeconds: &seconds, Likes: &likes, Views: &views, Published: youtube.Date{Time: v.Published},
			}})
		}
		if _, err := c.Observe(t.Context(), known); err != nil {
			t.Fatal(err)
		}
		if run, err := c.StartRun(t.Context(), catalog.Run{GuildID: g.id, Kind: "scrape"}); err != nil || c.FinishRun(t.Context(), run) != nil {
			t.Fatal(err)
		}
	}
	return w
}

// now is the clock that the program and the stand-ins share.
func (w *crashWorld) now() time.Time {
	return w.start.Add(time.Since(w.start) * w.factor).UTC()
}

// between is the real time from one post time to the next.
func (w *crashWorld) between() time.Duration { return 15 * time.Minute / w.factor }

func (w *crashWorld) open() *bolt.Catalog {
	w.t.Helper()
	c, err := bolt.Open(filepath.Join(w.data, app.CatalogueFile), bolt.Options{Now: w.now, Verify: app.Verify, Timeout: 20 * time.Second})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// command is the program against the stand-ins, told where to die.
func (w *crashWorld) command(crash string, args ...string) *exec.Cmd {
	cmd := exec.Command(w.program, args...)
	calls := "0"
	if w.strict {
		calls = "45"
	}
	cmd.Dir = w.data
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.data,
		"CRATEDIGGER_DATA_DIR=" + w.data,
		"CRATEDIGGER_DISCORD_TOKEN=" + w.discord.Token(),
		"CRATEDIGGER_DISCORD_BASE_URL=" + w.discord.URL(),
		"CRATEDIGGER_YOUTUBE_BASE_URL=" + w.youtube.URL(),
		"CRATEDIGGER_YOUTUBE_FEED_BASE_URL=" + w.youtube.URL(),
		"CRATEDIGGER_YOUTUBE_API_BASE_URL=" + w.youtube.URL(),
		"CRATEDIGGER_YOUTUBE_SOURCE=web",
		"CRATEDIGGER_YOUTUBE_REQUEST_INTERVAL=0s",
		"CRATEDIGGER_YOUTUBE_PAGES_PER_DAY=100000",
		"CRATEDIGGER_LOG_LEVEL=debug",
		"CRATEDIGGER_PREPARE_AHEAD=true",
		"CRATEDIGGER_STORE_MIN_FREE_BYTES=1MiB",
		"CRATEDIGGER_BACKUP_HOUR=" + strconv.Itoa(w.upkeep),
		"CRATEDIGGER_CLOCK=" + fmt.Sprintf("%d %d", w.start.UnixNano(), w.factor),
		"CRATEDIGGER_DISCORD_CALLS_PER_SECOND=" + calls,
		"CRATEDIGGER_CRASH=" + crash,
	}
	cmd.Stdout, cmd.Stderr = w.log, w.log
	return cmd
}

// rouse gives the program a reason to pass a point that it seldom passes, and
// returns how many times longer it needs to come there.
func (w *crashWorld) rouse(point string) (longer time.Duration) {
	w.t.Helper()
	switch write, _, _ := strings.Cut(point, ":"); write {
	case "guild", "job": // a name and a line that it did not know
		c := w.open()
		defer c.Close()
		err := c.UpdateGuild(w.t.Context(), w.guilds[0].id, func(g *catalog.Guild) error {
			g.Name = "Renamed"
			if g.Schedule[0] != "*/15 * * * *" {
				g.Schedule[0] = "*/15 * * * *"
			} else {
				g.Schedule[0] = "0,15,30,45 * * * *"
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	case "compact": // in the next upkeep, for the file is mostly free pages
		w.upkeep = w.now().Add(45 * time.Minute).Hour()
		w.blowUp()
		return 5
	case "model", "prune", "state": // once an hour, a day, a connection
		return 5
	}
	return 1
}

// blowUp makes the catalogue's file mostly free pages, as a large guild does that is
// forgotten.
func (w *crashWorld) blowUp() {
	w.t.Helper()
	if info, err := os.Stat(filepath.Join(w.data, app.CatalogueFile)); err != nil || info.Size() > 70<<20 {
		return // it still is
	}
	noise := make([]byte, 70<<20) // cannot be compressed
	rand.NewChaCha8([32]byte{}).Read(noise)
	c := w.open()
	defer c.Close()
	if _, err := c.SaveModel(w.t.Context(), "large", nil, [][]byte{noise}, false); err != nil {
		w.t.Fatal(err)
	}
	if err := c.ForgetGuild(w.t.Context(), "large"); err != nil {
		w.t.Fatal(err)
	}
}

// life runs the program until it dies at its point, or is killed after a time.
// It reports whether the point was reached.
func (w *crashWorld) life(crash string, most time.Duration) (reached bool) {
	w.t.Helper()
	cmd := w.command(crash, "run")
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-timer.C:
		_ = cmd.Process.Kill()
		<-ended
		return false
	case <-ended:
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		w.t.Fatalf("the program ended by itself (%v); its log ends:\n%s", cmd.ProcessState, w.tail())
	}
	return true
}

func (w *crashWorld) tail() string {
	data, _ := os.ReadFile(w.log.Name())
	return string(data[max(0, len(data)-4000):])
}

// live lets members react to and press under what is posted, also while the
// bot is away.
func (w *crashWorld) live(ctx context.Context, rng *rand.Rand) {
	var members []string
	for i := range 6 {
		member := fakediscord.Member{Name: fmt.Sprint("Member ", i)}
		for _, g := range w.guilds {
			member.ID = w.discord.AddMember(g.id, member)
		}
		members = append(members, member.ID)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var presses sync.WaitGroup
	defer presses.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		messages := w.discord.Messages(w.guilds[rng.IntN(len(w.guilds))].channel)
		if len(messages) == 0 {
			continue
		}
		m := messages[max(0, len(messages)-1-rng.IntN(10))]
		post := postOf(m)
		if post == "" {
			continue
		}
		emoji := []string{"👍", "👎"}[rng.IntN(2)]
		switch member := rng.IntN(len(members)); {
		case member%2 == 1: // these press, once under each message
			who := members[member]
			if !w.tried[post+" "+who] && w.discord.Connected() > 0 {
				w.tried[post+" "+who] = true
				presses.Go(func() { w.press(ctx, who, m, post, emoji) })
			}
		case rng.IntN(4) == 0:
			_ = w.discord.Unreact(members[member], m.ChannelID, m.ID, emoji)
		default:
			_ = w.discord.React(members[member], m.ChannelID, m.ID, emoji)
		}
	}
}

// press votes with a button. Once the member is told that the vote was noted,
// it may not be lost.
func (w *crashWorld) press(ctx context.Context, member string, m fakediscord.Message, post, emoji string) {
	action, value := "up", 1
	if emoji == "👎" {
		action, value = "down", -1
	}
	call, err := w.discord.Interact(fakediscord.Interaction{
		ChannelID: m.ChannelID, MemberID: member, MessageID: m.ID, CustomID: "v1:" + action + ":" + post,
	})
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if call.Wait(ctx) != nil || call.Kind() != 4 {
		return
	}
	w.pressed.Lock()
	defer w.pressed.Unlock()
	w.promised[post+" "+member] = value
}

// postOf is the post id that a message's buttons carry, "" when they carry none.
func postOf(m fakediscord.Message) string {
	var rows []struct {
		Components []struct {
			CustomID string `json:"custom_id"`
		} `json:"components"`
	}
	_ = json.Unmarshal(m.Components, &rows)
	for _, row := range rows {
		for _, c := range row.Components {
			if id, ok := strings.CutPrefix(c.CustomID, "v1:why:"); ok {
				return id
			}
		}
	}
	return ""
}

// finish lets the program live for a while and ends it politely.
func (w *crashWorld) finish(life time.Duration) {
	w.t.Helper()
	cmd := w.command("", "run")
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	if err := w.discord.Until(ctx, func() bool { return w.discord.Connected() > 0 }); err != nil {
		w.t.Fatalf("the bot did not come back: %v\n%s", err, w.tail())
	}
	time.Sleep(life)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		w.t.Fatalf("the bot did not stop cleanly: %v\n%s", err, w.tail())
	}
	if parts, _ := filepath.Glob(filepath.Join(w.data, "*.part")); len(parts) > 0 {
		w.t.Errorf("remains of copies: %q", parts)
	}
}

// judge compares the catalogue with what Discord shows, and lists what is wrong.
func (w *crashWorld) judge() (posts, votes int, problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	var out bytes.Buffer
	check := w.command("", "check")
	check.Stdout, check.Stderr = &out, &out
	if err := check.Run(); err != nil {
		wrong("check: %v\n%s", err, &out)
	}
	c := w.open()
	defer c.Close()
	pending, err := c.Pending(w.t.Context(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	waiting := map[string]bool{} // of the slot that fired while the bot was stopped
	for _, o := range pending {
		waiting[o.PostID] = o.State == catalog.StatePending
	}
	kept := map[string]int{}
	for _, g := range w.guilds {
		all, err := c.Posts(w.t.Context(), g.id, time.Time{})
		if err != nil {
			w.t.Fatal(err)
		}
		if len(all) == 0 {
			wrong("guild %s has no post", g.id)
		}
		stored, err := c.Votes(w.t.Context(), g.id)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, v := range stored {
			kept[v.PostID+" "+v.MemberID] = v.Value
		}
		held, err := c.Held(w.t.Context(), g.id)
		if err != nil {
			w.t.Fatal(err)
		}
		problems = append(problems, w.comparePosts(g, all, held, waiting)...)
		problems = append(problems, w.compareReactions(g, all, stored)...)
		posts, votes = posts+len(all), votes+len(stored)
	}
	for who, value := range w.promised {
		if kept[who] != value {
			wrong("the vote of %q was acknowledged as %+d and is %+d", who, value, kept[who])
		}
	}
	return posts, votes, problems
}

// comparePosts checks that each post of a guild has one message, but for those that
// wait, and that each slot's picks are there once.
func (w *crashWorld) comparePosts(g crashGuild, all []catalog.Post, held []catalog.Held, waiting map[string]bool) (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	messages := map[string][]string{} // by post
	headings := 0
	for _, m := range w.discord.Messages(g.channel) {
		if post := postOf(m); post != "" {
			messages[post] = append(messages[post], m.ID)
		} else {
			headings++
		}
	}
	bySlot, videos := map[string]int{}, map[string]bool{}
	for _, p := range all {
		bySlot[p.Slot]++
		found := messages[p.ID]
		switch {
		case len(found) == 1 && (p.MessageID == found[0] || waiting[p.ID]):
			if videos[p.VideoID] {
				wrong("the video %s was posted twice to guild %s", p.VideoID, g.id)
			}
			videos[p.VideoID] = true
		case len(found) == 0 && waiting[p.ID]:
		default:
			wrong("the post %s of %s (%s) has the messages %q and knows of %q", p.ID, p.Slot, p.State, found, p.MessageID)
		}
		delete(messages, p.ID)
	}
	for post, ids := range messages {
		wrong("the messages %q belong to no post (%s)", ids, post)
	}
	for slot, n := range bySlot {
		if n > crashPicks {
			wrong("the slot %s has %d posts", slot, n)
		}
	}
	waits := map[string]bool{}
	for _, h := range held {
		if waits[h.VideoID] || bySlot[h.Slot] > 0 || messages[h.ID] != nil {
			wrong("the pick %s is held for %s, which has %d posts, or twice", h.VideoID, h.Slot, bySlot[h.Slot])
		}
		waits[h.VideoID] = true
	}
	if headings > len(bySlot) {
		wrong("%d headings for %d slots", headings, len(bySlot))
	}
	return problems
}

// compareReactions checks that the catalogue has the flags that Discord shows of a guild.
func (w *crashWorld) compareReactions(g crashGuild, posts []catalog.Post, stored []catalog.Vote) (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	shown := map[string]bool{}
	for _, p := range posts {
		m, ok := w.discord.Message(g.channel, p.MessageID)
		if !ok {
			continue
		}
		for _, r := range m.Reactions {
			if r.UserID != w.discord.BotID() {
				shown[p.ID+" "+r.UserID+" "+r.Emoji] = true
			}
		}
	}
	for _, v := range stored {
		for emoji, flag := range map[string]catalog.Flag{"👍": v.Up, "👎": v.Down} {
			id := v.PostID + " " + v.MemberID + " " + emoji
			if !flag.Reaction.IsZero() && !shown[id] {
				wrong("the catalogue has the reaction %s, and Discord does not", id)
			}
			if !flag.Reaction.IsZero() {
				delete(shown, id)
			}
		}
	}
	for id := range shown {
		wrong("Discord shows the reaction %s, and the catalogue does not have it", id)
	}
	return problems
}
