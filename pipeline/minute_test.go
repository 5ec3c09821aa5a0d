package pipeline_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// slowSource says of each page that it is as it was, once the test lets it.
type slowSource struct {
	asked, read atomic.Int64
	answer      chan struct{}
}

func (s *slowSource) Search(context.Context, youtube.Query) (youtube.Results, error) {
	return youtube.Results{}, nil
}

func (s *slowSource) Read(ctx context.Context, ids []string, each func(youtube.Page) error) error {
	s.asked.Add(1)
	select {
	case <-s.answer:
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, id := range ids {
		s.read.Add(1)
		if err := each(youtube.Page{ID: id, Status: youtube.StatusOK}); err != nil {
			return err
		}
	}
	return nil
}

// TestSharedMinuteReadsFewPages: of guilds that share a minute, those whose turn comes at
// once and the last ones read the pages of their picks again; the others, a minute later,
// post on the word of the pages that are known.
func TestSharedMinuteReadsFewPages(t *testing.T) {
	const guilds, picks, atOnce, last = 48, 3, 4, 8
	b := holdBench(t, nil)
	b.setAhead(false)
	guild, _, err := b.catalog.Guild(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	videos, err := b.catalog.GuildVideos(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, guilds)
	for i := range ids {
		guild.ID = fmt.Sprint(800000000000000000 + i)
		ids[i] = guild.ID
		if err := b.catalog.SaveGuild(t.Context(), guild); err != nil {
			t.Fatal(err)
		}
		var seen []catalog.Sighting
		for _, v := range videos {
			seen = append(seen, catalog.Sighting{GuildID: guild.ID, Query: "jazz", At: b.now, Video: youtube.Video{ID: v.ID}})
		}
		if _, err := b.catalog.Observe(t.Context(), seen); err != nil {
			t.Fatal(err)
		}
	}
	source := &slowSource{answer: make(chan struct{})}
	var clock atomic.Int64
	clock.Store(b.now.UnixNano())
	b.options.Source, b.options.Now = source, func() time.Time { return time.Unix(0, clock.Load()).UTC() }
	if b.Loop, err = pipeline.New(b.options); err != nil {
		t.Fatal(err)
	}
	at := b.now
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			slot := catalog.Slot{Key: id + "/post/" + at.Format("2006-01-02T15:04"), GuildID: id, Kind: catalog.RunPost, At: at}
			if run, err := b.Prepare(t.Context(), slot, "test", nil); err != nil || run.Counts["picks"] != picks {
				t.Errorf("guild %s: %+v, %v", id, run, err)
			}
		})
	}
	until(t, func() bool {
		b.store.mu.Lock()
		defer b.store.mu.Unlock()
		return b.store.guilds == guilds && source.asked.Load() == atOnce
	})
	clock.Add(int64(2 * time.Minute))
	close(source.answer)
	all.Wait()
	if n := source.read.Load(); n < atOnce*picks || n > (2*atOnce+last+2)*picks {
		t.Errorf("%d pages were read for %d guilds, %d of whose turns came at once", n, guilds, atOnce)
	}
}

// until waits for what goroutines of the test do.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for begun := time.Now(); !done(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatal("waited in vain")
		}
	}
}

// TestHeldPicksNeedNoRanking: a slot whose picks are all held and may still be posted is
// written without loading a model or ranking the candidates; if one fell, they are ranked.
func TestHeldPicksNeedNoRanking(t *testing.T) {
	for _, fell := range []bool{false, true} {
		b := holdBench(t, nil)
		held := b.ahead()
		if fell {
			b.label("901", true, held[0].VideoID)
			if err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
				g.BlockedSongs = append(g.BlockedSongs, catalog.BlockedSong{VideoID: held[0].VideoID, Title: "x"})
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		b.setAhead(true) // what was ranked is forgotten
		b.store.mu.Lock()
		b.store.cards = 0
		b.store.mu.Unlock()
		if posts := b.minute(); len(posts) != 3 {
			t.Fatalf("%d posts", len(posts))
		}
		b.store.mu.Lock()
		if ranked := b.store.cards > 0; ranked != fell {
			t.Errorf("a pick fell: %v, it was ranked: %v", fell, ranked)
		}
		b.store.mu.Unlock()
	}
}
