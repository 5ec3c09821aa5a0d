package pipeline

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/youtube"
)

func TestPagesAreSharedFairly(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c, err := bolt.Open(filepath.Join(t.TempDir(), "c.db"), bolt.Options{Now: func() time.Time { return now }, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, id := range []string{"1", "2"} {
		if err := c.SaveGuild(t.Context(), catalog.Guild{ID: id, Queries: []youtube.Query{{Text: "jazz"}}}); err != nil {
			t.Fatal(err)
		}
	}
	p := pageShares{store: c, perDay: 101, now: func() time.Time { return now }}
	// The result pages come off first; two guilds share the rest.
	if got := p.share(t.Context(), "1", 400); got != 50 {
		t.Errorf("the first guild gets %d pages of 100 while the other may want all", got)
	}
	if got := p.share(t.Context(), "1", 400); got != 0 {
		t.Errorf("the first guild gets %d pages more on the same day", got)
	}
	if got := p.share(t.Context(), "2", 10); got != 10 {
		t.Errorf("the modest guild gets %d of the 10 pages it wants", got)
	}
	now = now.Add(24 * time.Hour)
	if got := p.share(t.Context(), "1", 400); got != 90 {
		t.Errorf("on the next day the first guild gets %d pages, though the other wanted 10", got)
	}
	if got := p.share(t.Context(), "2", 10); got != 10 {
		t.Errorf("on the next day the modest guild gets %d pages", got)
	}

	// What nobody wants is left over, once a day.
	now = now.Add(24 * time.Hour)
	p.perDay = 431
	for _, want := range []int{20, 0} {
		if got, err := p.leftOver(t.Context(), 25); err != nil || got != want {
			t.Errorf("%d pages are left over of 430, of which guilds want 410 (%v); want %d", got, err, want)
		}
	}
	now = now.Add(24 * time.Hour)
	if err := c.SaveGuild(t.Context(), catalog.Guild{ID: "3", Queries: []youtube.Query{{Text: "folk"}}}); err != nil {
		t.Fatal(err)
	}
	if got, err := p.leftOver(t.Context(), 25); err != nil || got != 0 {
		t.Errorf("%d pages are left over while a new guild may want all (%v)", got, err)
	}
}

// TestOnlyServedGuildsShare: the local guild takes nothing from Discord's guilds,
// and they nothing from it.
func TestOnlyServedGuildsShare(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }
	c, err := bolt.Open(filepath.Join(t.TempDir(), "c.db"), bolt.Options{Now: now, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, id := range []string{"1", catalog.LocalGuild} {
		if err := c.SaveGuild(t.Context(), catalog.Guild{ID: id, Queries: []youtube.Query{{Text: "jazz"}}}); err != nil {
			t.Fatal(err)
		}
	}
	p := pageShares{store: c, perDay: 101, now: now}
	for _, id := range []string{"1", catalog.LocalGuild} {
		if got := p.share(t.Context(), id, 400); got != 100 {
			t.Errorf("guild %s gets %d of 100 pages", id, got)
		}
	}
	if err := c.SaveGuild(t.Context(), catalog.Guild{ID: "2", Queries: []youtube.Query{{Text: "jazz"}}}); err != nil {
		t.Fatal(err)
	}
	p = pageShares{store: c, perDay: 101, now: func() time.Time { return now().AddDate(0, 0, 1) }, serves: func(g catalog.Guild) bool { return g.ID == "1" }}
	if got := p.share(t.Context(), "1", 400); got != 100 {
		t.Errorf("beside a guild that is not served, guild 1 gets %d of 100 pages", got)
	}
}

// TestNoAskIsLost: what each of several guilds asks for at the same time is
// stored.
func TestNoAskIsLost(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }
	c, err := bolt.Open(filepath.Join(t.TempDir(), "c.db"), bolt.Options{Now: now, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := pageShares{store: c, perDay: 1000, now: now}
	const guilds = 20
	for i := range guilds {
		if err := c.SaveGuild(t.Context(), catalog.Guild{ID: fmt.Sprint(i), Queries: []youtube.Query{{Text: "jazz"}}}); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for i := range guilds {
		all.Go(func() { p.share(t.Context(), fmt.Sprint(i), 10+i) })
	}
	all.Wait()
	data, _, err := c.State(t.Context(), asksState)
	if err != nil {
		t.Fatal(err)
	}
	var asks map[string]ask
	if err := json.Unmarshal(data, &asks); err != nil {
		t.Fatal(err)
	}
	for i := range guilds {
		if asks[fmt.Sprint(i)].Pages != 10+i {
			t.Errorf("guild %d asked for %d pages, and %d are remembered", i, 10+i, asks[fmt.Sprint(i)].Pages)
		}
	}
}

// TestPagesForManyGuilds: 130 guilds share 500 pages. Equal searches are read once,
// every guild gets a share within one page of the others', all pages are used, and who got
// fewer is first on the next day.
func TestPagesForManyGuilds(t *testing.T) {
	const guilds, perDay, wanted = 130, 500, 30
	for _, sets := range []int{1, 40, 99} {
		now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		c, err := bolt.Open(filepath.Join(t.TempDir(), "c.db"), bolt.Options{Now: func() time.Time { return now }, NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for i := range guilds {
			var queries []youtube.Query
			for q := range 5 {
				queries = append(queries, youtube.Query{Text: fmt.Sprint("set ", i%sets, " search ", q)})
			}
			if err := c.SaveGuild(t.Context(), catalog.Guild{ID: fmt.Sprint(1000 + i), Queries: queries}); err != nil {
				t.Fatal(err)
			}
		}
		p := pageShares{store: c, perDay: perDay, now: func() time.Time { return now }}
		total := make([]int, guilds)
		for day := range 6 {
			if _, err := c.AddCounter(t.Context(), youtube.PagesCounter(now), uint64(5*sets)); err != nil { // the searches
				t.Fatal(err)
			}
			sum, least, most := 0, perDay, 0
			for i := range guilds {
				i = (i*37 + day*11) % guilds // each day in another order
				got := p.share(t.Context(), fmt.Sprint(1000+i), wanted)
				if _, err := c.AddCounter(t.Context(), youtube.PagesCounter(now), uint64(got)); err != nil {
					t.Fatal(err)
				}
				total[i] += got
				sum, least, most = sum+got, min(least, got), max(most, got)
			}
			// On the first day a guild may want all that there is.
			if most-least > 1 || sum != perDay-5*sets {
				t.Errorf("%d sets of searches, day %d: %d pages of %d are shared, from %d to %d a guild", sets, day, sum, perDay-5*sets, least, most)
			}
			now = now.Add(24 * time.Hour)
		}
		if slices.Max(total)-slices.Min(total) > 1 {
			t.Errorf("%d sets of searches: after six days a guild has had from %d to %d pages", sets, slices.Min(total), slices.Max(total))
		}
	}
}

func TestFairShares(t *testing.T) {
	for _, test := range []struct {
		pages int
		asks  map[string]int
		want  map[string]int
	}{
		{100, map[string]int{"a": 10, "b": 20}, map[string]int{"a": 10, "b": 20}},
		{30, map[string]int{"a": 100, "b": 5, "c": 100}, map[string]int{"a": 13, "b": 5, "c": 12}},
		{0, map[string]int{"a": 1}, map[string]int{"a": 0}},
		{5, map[string]int{}, map[string]int{}},
	} {
		if got, _ := fairShares(test.pages, test.asks, slices.Sorted(maps.Keys(test.asks))); !maps.Equal(got, test.want) {
			t.Errorf("%d pages for %v: %v, want %v", test.pages, test.asks, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		pages := rapid.IntRange(0, 1000).Draw(t, "pages")
		asks := rapid.MapOf(rapid.StringMatching(`[a-z]{1,3}`), rapid.IntRange(0, 300)).Draw(t, "asks")
		shares, _ := fairShares(pages, asks, rapid.Permutation(slices.Sorted(maps.Keys(asks))).Draw(t, "order"))
		sum, wanted := 0, 0
		for id, ask := range asks {
			if shares[id] > ask || shares[id] < 0 {
				t.Fatalf("%s asks for %d and gets %d", id, ask, shares[id])
			}
			sum, wanted = sum+shares[id], wanted+ask
			for other := range asks {
				if shares[id] < ask && shares[other] > shares[id]+1 {
					t.Fatalf("%s goes short with %d while %s has %d", id, shares[id], other, shares[other])
				}
			}
		}
		if sum != min(pages, wanted) {
			t.Fatalf("%d of %d pages are shared out", sum, min(pages, wanted))
		}
	})
}
