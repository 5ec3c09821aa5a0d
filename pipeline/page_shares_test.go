package pipeline

import (
	"context"
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
	for i := range guilds {
		if got, _, err := p.asked(t.Context(), fmt.Sprint(i)); err != nil || got.Pages != 10+i {
			t.Errorf("guild %d asked for %d pages, and %d are remembered (%v)", i, 10+i, got.Pages, err)
		}
	}
}

// countingShares counts what page shares read and write.
type countingShares struct {
	shareStore
	guilds, states int
}

func (c *countingShares) Guilds(ctx context.Context) ([]catalog.Guild, error) {
	c.guilds++
	return c.shareStore.Guilds(context.Background())
}

func (c *countingShares) SetStates(ctx context.Context, states map[string][]byte) error {
	c.states += len(states)
	return c.shareStore.SetStates(ctx, states)
}

// TestAGuildsShareCostsLittle: of the searches of many guilds in a minute, one reads all
// guilds, and each writes what its own guild asked for. What is kept of one guild does not
// go with another that is forgotten, nor what an earlier version kept of all in one state.
func TestAGuildsShareCostsLittle(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c, err := bolt.Open(filepath.Join(t.TempDir(), "c.db"), bolt.Options{Now: func() time.Time { return now }, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const guilds = 50
	for i := range guilds {
		if err := c.SaveGuild(t.Context(), catalog.Guild{ID: fmt.Sprint(1000 + i), Queries: []youtube.Query{{Text: "jazz"}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.SetState(t.Context(), asksState, []byte(`{"1000":7,"1001":{"pages":9,"odd":3,"day":20000}}`)); err != nil {
		t.Fatal(err)
	}
	store := &countingShares{shareStore: c}
	p := pageShares{store: store, perDay: 10_000, now: func() time.Time { return now }}
	for i := 2; i < guilds; i++ {
		if got := p.share(t.Context(), fmt.Sprint(1000+i), 20); got != 20 {
			t.Fatalf("guild %d gets %d pages", i, got)
		}
		now = now.Add(time.Second)
	}
	if store.guilds != 1 || store.states != guilds-2+3 { // the old state went, and two came of it
		t.Errorf("%d searches read the guilds %d times, and wrote %d states", guilds-2, store.guilds, store.states)
	}
	now = now.Add(rereadGuilds)
	if p.share(t.Context(), "1002", 5); store.guilds != 2 {
		t.Errorf("a minute later the guilds were read %d times", store.guilds)
	}
	if err := c.ForgetGuild(t.Context(), "1002"); err != nil {
		t.Fatal(err)
	}
	again := pageShares{store: c, perDay: 10_000, now: p.now}
	for id, want := range map[string]ask{"1000": {Pages: 7}, "1001": {Pages: 9, Odd: 3, Day: 20000}, "1002": {}, "1003": {Pages: 20}} {
		if got, _, err := again.asked(t.Context(), id); err != nil || got != want {
			t.Errorf("of guild %s is kept %+v (%v), want %+v", id, got, err, want)
		}
	}
	if _, found, err := c.State(t.Context(), asksState); found || err != nil {
		t.Errorf("the state of all guilds is still there (%v)", err)
	}
}

// BenchmarkShare is what the share of one guild among 2,500 costs.
func BenchmarkShare(b *testing.B) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c, err := bolt.Open(filepath.Join(b.TempDir(), "c.db"), bolt.Options{Now: func() time.Time { return now }, NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	p := pageShares{store: c, perDay: 500, now: func() time.Time { return now }}
	for i := range 2500 {
		g := catalog.Guild{ID: fmt.Sprint(1000 + i)}
		for q := range 6 {
			g.Queries = append(g.Queries, youtube.Query{Text: fmt.Sprint("search ", (i*6+q)%500)})
		}
		if err := c.SaveGuild(b.Context(), g); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		for i := range 100 { // in a minute
			p.share(b.Context(), fmt.Sprint(1000+i), 30)
		}
		now = now.Add(time.Minute)
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
	shares := func(pages int, asks map[string]ask, day int64) map[string]int {
		d := demand{asks: asks, pages: pages, wanted: map[string]int{}}
		for id, a := range asks {
			d.wanted[id] = a.Pages
		}
		out := map[string]int{}
		for id := range asks {
			out[id], _ = fairShare(id, d, day)
		}
		return out
	}
	for _, test := range []struct {
		pages int
		asks  map[string]ask
		want  map[string]int
	}{
		{100, map[string]ask{"a": {Pages: 10}, "b": {Pages: 20}}, map[string]int{"a": 10, "b": 20}},
		{30, map[string]ask{"a": {Pages: 100}, "b": {Pages: 5}, "c": {Pages: 100}}, map[string]int{"a": 13, "b": 5, "c": 12}},
		{30, map[string]ask{"a": {Pages: 100, Odd: 1}, "b": {Pages: 5}, "c": {Pages: 100}}, map[string]int{"a": 12, "b": 5, "c": 13}},
		{30, map[string]ask{"a": {Pages: 100, Odd: 1, Day: 8}, "b": {Pages: 5}, "c": {Pages: 100}}, map[string]int{"a": 13, "b": 5, "c": 12}},
		{0, map[string]ask{"a": {Pages: 1}}, map[string]int{"a": 0}},
		{5, map[string]ask{}, map[string]int{}},
	} {
		if got := shares(test.pages, test.asks, 8); !maps.Equal(got, test.want) {
			t.Errorf("%d pages for %v: %v, want %v", test.pages, test.asks, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		pages := rapid.IntRange(0, 1000).Draw(t, "pages")
		asks := rapid.MapOf(rapid.StringMatching(`[a-z]{1,3}`), rapid.Custom(func(t *rapid.T) ask {
			return ask{Pages: rapid.IntRange(0, 300).Draw(t, "ask"), Odd: rapid.IntRange(0, 3).Draw(t, "odd"), Day: rapid.Int64Range(7, 8).Draw(t, "day")}
		})).Draw(t, "asks")
		shares := shares(pages, asks, 8)
		sum, wanted := 0, 0
		for id, ask := range asks {
			if shares[id] > ask.Pages || shares[id] < 0 {
				t.Fatalf("%s asks for %d and gets %d", id, ask.Pages, shares[id])
			}
			sum, wanted = sum+shares[id], wanted+ask.Pages
			for other := range asks {
				if shares[id] < ask.Pages && shares[other] > shares[id]+1 {
					t.Fatalf("%s goes short with %d while %s has %d", id, shares[id], other, shares[other])
				}
			}
		}
		if sum != min(pages, wanted) {
			t.Fatalf("%d of %d pages are shared out", sum, min(pages, wanted))
		}
	})
}
