package bot

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
)

// The load test is short by default; the whole of it:
//
//	go test ./bot -run TestLoad -v -args -load-guilds 500 -load-rate 2000 -load-time 1m
var (
	loadGuilds = flag.Int("load-guilds", 20, "guilds of the load test")
	loadRate   = flag.Int("load-rate", 1000, "reactions a second of the load test")
	loadTime   = flag.Duration("load-time", time.Second, "how long the load test reacts")
)

// timedStore notes how long it takes from a member's reaction to a durable vote.
type timedStore struct {
	*bolt.Catalog
	sent sync.Map // post/member → time.Time
	mu   sync.Mutex
	took []time.Duration
}

func (s *timedStore) Vote(ctx context.Context, changes ...catalog.VoteChange) ([]catalog.Vote, error) {
	votes, err := s.Catalog.Vote(ctx, changes...)
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		if at, ok := s.sent.LoadAndDelete(c.PostID + "/" + c.MemberID); ok {
			s.took = append(s.took, now.Sub(at.(time.Time)))
		}
	}
	return votes, err
}

func TestLoad(t *testing.T) {
	store := &timedStore{}
	w := newWorld(t, notStarted())
	store.Catalog = w.catalog
	w.newBot(func(o *Options) { o.Catalog = store; o.Log = nil })
	ctx, cancel := context.WithTimeout(t.Context(), *loadTime*3+5*time.Minute)
	defer cancel()
	w.ctx = ctx

	type target struct{ channel, message, post string }
	var targets []target
	ids := w.crowd(*loadGuilds, 2)
	w.deliverAll(ids)
	for _, id := range ids {
		posts, err := w.catalog.Posts(ctx, id, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range posts {
			targets = append(targets, target{p.ChannelID, p.MessageID, p.ID})
		}
	}
	w.run()
	rss := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapInuse) / (1 << 20)
	}
	before := rss()
	total := int(float64(*loadRate) * loadTime.Seconds())
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	started := time.Now()
	for done := 0; done < total; {
		<-tick.C
		due := min(total, int(time.Since(started).Seconds()*float64(*loadRate)))
		for ; done < due; done++ {
			to := targets[done%len(targets)]
			member := fmt.Sprint(900000000000000000 + done)
			store.sent.Store(to.post+"/"+member, time.Now())
			if err := w.discord.React(member, to.channel, to.message, emojiUp); err != nil {
				t.Fatal(err)
			}
		}
	}
	reacting := time.Since(started)
	w.settle()
	stored := 0
	guilds, err := w.catalog.Guilds(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range guilds {
		votes, err := w.catalog.Votes(ctx, g.ID)
		if err != nil {
			t.Fatal(err)
		}
		stored += len(votes)
	}
	if stored != total {
		t.Errorf("%d votes of %d reactions", stored, total)
	}
	slices.Sort(store.took)
	at := func(q float64) time.Duration {
		return store.took[int(q*float64(len(store.took)-1))].Round(10 * time.Microsecond)
	}
	t.Logf(" %d guilds, %d reactions in %v (%.0f a second), all durable %v later; from event to durable vote: median %v, p99 %v, most %v; heap %.1f MB before, %.1f MB after",
		*loadGuilds, total, reacting.Round(time.Millisecond), float64(total)/reacting.Seconds(), (time.Since(started) - reacting).Round(time.Millisecond), at(0.5), at(0.99), at(1), before, rss())
}
