package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// deliverAll delivers to some guilds at once, as their schedules do in one minute.
func (w *world) deliverAll(ids []string) {
	w.t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for _, id := range ids {
		all.Go(func() {
			if err := w.bot.Deliver(w.ctx, id); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = errors.Join(failed, err)
			}
		})
	}
	all.Wait()
	if failed != nil {
		w.t.Fatal(failed)
	}
}

// hour is what an hour took in which many guilds post at the same minute.
type hour struct {
	calls, messages, refused int           // refused: answered 429
	writes                   int64         // transactions of the catalogue
	allocations              uint64        // of the bot and the stand-ins
	processor                time.Duration // of both
	last                     time.Duration // until the last message was sent
	ready, listed, resumed   int           // calls after a READY, for the users in the hour after it, after RESUMED
	known                    int64         // transactions after a READY that tells nothing new
}

// postHour lets n guilds post so many picks in one minute, their members vote, and the
// bot start again.
func postHour(t *testing.T, n, picks int, limits func(*fakediscord.Options), callsPerSecond int, patient time.Duration) (h hour) {
	var writes atomic.Int64
	w := newWorld(t, notStarted(), withDiscord(limits), withTrace(func(point string) {
		if strings.HasSuffix(point, ":begin") {
			writes.Add(1)
		}
	}))
	w.wait(patient)
	w.discord.RemoveGuild(w.guild) // one more than Discord allows
	bot := func(o *Options) { o.CallsPerSecond = callsPerSecond }
	w.newBot(bot)
	ids := w.crowd(n, picks)
	var mu sync.Mutex
	var newest time.Time
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/messages") {
			mu.Lock()
			defer mu.Unlock()
			newest = time.Now()
		}
		return nil
	})
	counted := func() (calls int) {
		calls = len(w.discord.Requests())
		w.discord.ForgetRequests()
		return calls
	}

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	writes.Store(0)
	begun, used := time.Now(), processorTime()
	w.deliverAll(ids)
	runtime.ReadMemStats(&after)
	h.allocations, h.processor, h.writes = after.Mallocs-before.Mallocs, processorTime()-used, writes.Load()
	mu.Lock()
	h.last = newest.Sub(begun)
	mu.Unlock()
	for _, r := range w.discord.Requests() {
		switch {
		case r.Status == http.StatusTooManyRequests:
			h.refused++
		case r.Method == http.MethodPost:
			h.messages++
		}
	}
	noMentions(t, w.discord)
	h.calls = counted()
	t.Logf("%d guilds have posted: %+v", n, h)
	if left, err := w.catalog.Pending(t.Context(), ""); err != nil || len(left) > 0 {
		t.Errorf("%d messages are left (%v)", len(left), err)
	}

	w.run()
	for _, id := range ids {
		posts, err := w.catalog.Posts(t.Context(), id, time.Time{})
		if err != nil || len(posts) != picks {
			t.Fatalf("guild %s has %d posts (%v)", id, len(posts), err)
		}
		member := w.discord.AddMember(id, fakediscord.Member{})
		if err := w.discord.React(member, posts[0].ChannelID, posts[0].MessageID, emojiUp); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.newBot(bot)
	w.clock.add(5 * time.Second) // a login sooner is refused
	counted()
	writes.Store(0)
	w.run()
	h.ready, h.known = counted(), writes.Load()
	w.discord.CutGateway()
	w.until("it has resumed", func() bool { return strings.Contains(w.log.String(), "resumed the connection") })
	w.settle()
	h.resumed = counted()
	w.bot.comparison.catchUpWithin(w.ctx, w.bot.guilds.present(t.Context()), listCalls, context.Cause) // what follows within the hour
	h.listed = counted()
	if strings.Contains(w.log.String(), "too many calls were refused") {
		t.Error("the breaker opened")
	}
	return h
}

// processorTime is what this process has used, as the runtime reckons.
func processorTime() time.Duration {
	runtime.GC() // brings the figures up to date
	s := []metrics.Sample{{Name: "/cpu/classes/total:cpu-seconds"}, {Name: "/cpu/classes/idle:cpu-seconds"}}
	metrics.Read(s)
	return time.Duration((s[0].Value.Float64() - s[1].Value.Float64()) * float64(time.Second))
}

// TestPostHour: four times the guilds that post in one minute take four times the work,
// and all messages arrive with their reactions. After the start that follows a guild
// costs a page of messages, and RESUMED nothing. With CRATEDIGGER_LONG=1 that many guilds
// post on a Discord that has all its limits:
//
//	CRATEDIGGER_LONG=1 CRATEDIGGER_GUILDS=2500 go test -v -run TestPostHour -timeout 60m ./bot
func TestPostHour(t *testing.T) {
	if os.Getenv("CRATEDIGGER_LONG") != "" {
		n, err := strconv.Atoi(os.Getenv("CRATEDIGGER_GUILDS"))
		if err != nil {
			n = 250
		}
		const picks = 5
		h := postHour(t, n, picks, func(o *fakediscord.Options) { now := o.Now; *o = o.Strict(); o.Now = now }, 45, time.Hour)
		t.Logf("%d guilds: %+v", n, h)
		calls := n * (1 + 3*picks)
		if h.messages != n*(1+picks) || h.calls-h.refused != calls || h.refused >= 100 {
			t.Errorf("%d calls of %d were made, %d of them refused", h.calls, calls, h.refused)
		}
		if limit := time.Duration(calls) * time.Second * 25 * 60 / 40_000; h.last > max(limit, time.Minute) {
			t.Errorf("the last message came after %v, want at most %v", h.last, limit)
		}
		if h.ready > 2*n || h.known != 0 || h.resumed > 20 { // the hour's calls go on meanwhile
			t.Errorf("READY took %d calls and %d writes, RESUMED %d calls", h.ready, h.known, h.resumed)
		}
		return
	}
	const few, many, picks = 12, 48, 2
	took := map[int]hour{}
	for _, n := range []int{few, many} {
		h := postHour(t, n, picks, func(o *fakediscord.Options) { o.RateLimits, o.Latency = true, 2*time.Millisecond }, 0, 3*patience)
		t.Logf("%d guilds: %+v", n, h)
		if h.messages != n*(1+picks) || h.calls-h.refused != n*(1+3*picks) || h.refused > h.calls/10 {
			t.Errorf("%d guilds: %d calls, %d of them refused, brought %d messages", n, h.calls, h.refused, h.messages)
		}
		if h.known != 0 || h.resumed != 0 {
			t.Errorf("%d guilds: READY with nothing new wrote %d times, RESUMED made %d calls", n, h.known, h.resumed)
		}
		took[n] = h
	}
	a, b := took[few], took[many]
	if b.writes > 5*a.writes || b.allocations > 5*a.allocations || b.ready > 5*a.ready {
		t.Errorf("four times the guilds took more than five times the work: %+v, then %+v", a, b)
	}
}

// TestManyGuildsInOneMinute delivers to many guilds at once, on a Discord with latency,
// its global limit and those of its routes: all messages arrive with their reactions,
// and hardly a call is refused.
func TestManyGuildsInOneMinute(t *testing.T) {
	const guilds, picks = 24, 2
	w := newWorld(t, notStarted(), withDiscord(func(o *fakediscord.Options) {
		o.Global, o.RateLimits, o.Latency = 50, true, 20*time.Millisecond
	}), withBot(func(o *Options) { o.CallsPerSecond = 45 }))
	ids := w.crowd(guilds, picks)
	begun := time.Now()
	w.deliverAll(ids)
	took := time.Since(begun)
	calls, refused, reactions := 0, 0, 0
	for _, r := range w.discord.Requests() {
		calls++
		if r.Status == 429 {
			refused++
		}
		if r.Method == "PUT" && r.Status == 204 {
			reactions++
		}
	}
	left, err := w.catalog.Pending(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d guilds: %d calls in %v, %d of them refused", guilds, calls, took.Round(time.Millisecond), refused)
	if len(left) > 0 || reactions != 2*guilds*picks {
		t.Errorf("%d messages are left, %d reactions of %d are there", len(left), reactions, 2*guilds*picks)
	}
	if refused > calls/20 { // a starved machine bunches some
		t.Errorf("%d of %d calls were refused", refused, calls)
	}
}

// TestOrderAfterARestart: what waits for many guilds is sent in another order each day.
func TestOrderAfterARestart(t *testing.T) {
	const guilds = 64
	w := newWorld(t, notStarted())
	channels := map[string]int{}
	var ids []string
	for i := range guilds {
		guild := w.discord.AddGuild(fakediscord.Guild{Name: fmt.Sprint("guild ", i)})
		channel := w.discord.AddChannel(guild, fakediscord.Channel{Name: "music"})
		if err := w.catalog.SaveGuild(t.Context(), catalog.Guild{ID: guild, ChannelID: channel, Votes: votesButtons, Zone: "UTC"}); err != nil {
			t.Fatal(err)
		}
		channels["/channels/"+channel+"/"] = i
		ids = append(ids, guild)
	}
	ranks := map[int][]int{} // of a guild's messages, by day
	for day := range 3 {
		for i, guild := range ids {
			g, _, err := w.catalog.Guild(t.Context(), guild)
			if err != nil {
				t.Fatal(err)
			}
			row := catalog.Outbox{ID: fmt.Sprintf("%s/notice/%d", guild, day), GuildID: guild, ChannelID: g.ChannelID, Kind: catalog.OutboxNotice, Text: fmt.Sprint(i)}
			if _, err := w.catalog.Enqueue(t.Context(), row); err != nil {
				t.Fatal(err)
			}
		}
		before := len(w.discord.Requests())
		w.bot.outbox.deliverAll(w.ctx)
		rank := 0
		for _, r := range w.discord.Requests()[before:] {
			for path, i := range channels {
				if r.Method == "POST" && strings.Contains(r.Path, path) {
					ranks[i] = append(ranks[i], rank)
					rank++
				}
			}
		}
		if rank != guilds {
			t.Fatalf("%d messages on day %d", rank, day)
		}
		w.clock.add(24 * time.Hour)
	}
	first, last := 0, 0
	for _, r := range ranks {
		if max(r[0], r[1], r[2]) < guilds/3 {
			first++
		}
		if min(r[0], r[1], r[2]) >= guilds*2/3 {
			last++
		}
	}
	if first > guilds/8 || last > guilds/8 { // sixteen are sent at once, in any order; in one order each day it is a third
		t.Errorf("%d guilds were among the first third on three days, %d among the last", first, last)
	}
}
