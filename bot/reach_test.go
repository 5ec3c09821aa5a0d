package bot

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// TestManyGuildsInOneMinute delivers to many guilds at once, on a Discord with latency,
// its global limit and those of its routes: all messages arrive with their reactions,
// and hardly a call is refused.
func TestManyGuildsInOneMinute(t *testing.T) {
	const guilds, picks = 24, 2
	w := newWorld(t, notStarted(), withDiscord(func(o *fakediscord.Options) {
		o.Global, o.RateLimits, o.Latency = 50, true, 20*time.Millisecond
	}), withBot(func(o *Options) { o.CallsPerSecond = 45 }))
	var ids []string
	for i := range guilds {
		guild := w.discord.AddGuild(fakediscord.Guild{Name: fmt.Sprint("guild ", i)})
		channel := w.discord.AddChannel(guild, fakediscord.Channel{Name: "music"})
		if err := w.catalog.SaveGuild(catalog.Guild{ID: guild, ChannelID: channel, Votes: votesReactions, Zone: "UTC", Picks: picks}); err != nil {
			t.Fatal(err)
		}
		w.slot(guild, channel, w.clock.Now(), picks, nil)
		ids = append(ids, guild)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	begun := time.Now()
	for _, id := range ids {
		all.Go(func() {
			err := w.bot.Deliver(w.ctx, id)
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
	}
	all.Wait()
	took := time.Since(begun)
	if failed != nil {
		t.Fatal(failed)
	}
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
	left, err := w.catalog.Pending("")
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
		if err := w.catalog.SaveGuild(catalog.Guild{ID: guild, ChannelID: channel, Votes: votesButtons, Zone: "UTC"}); err != nil {
			t.Fatal(err)
		}
		channels["/channels/"+channel+"/"] = i
		ids = append(ids, guild)
	}
	ranks := map[int][]int{} // of a guild's messages, by day
	for day := range 3 {
		for i, guild := range ids {
			g, _, err := w.catalog.Guild(guild)
			if err != nil {
				t.Fatal(err)
			}
			row := catalog.Outbox{ID: fmt.Sprintf("%s/notice/%d", guild, day), GuildID: guild, ChannelID: g.ChannelID, Kind: catalog.OutboxNotice, Text: fmt.Sprint(i)}
			if _, err := w.catalog.Enqueue(row); err != nil {
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
