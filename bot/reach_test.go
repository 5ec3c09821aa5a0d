package bot

import (
	"errors"
	"fmt"
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
