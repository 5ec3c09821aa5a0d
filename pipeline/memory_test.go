package pipeline_test

import (
	"fmt"
	"runtime"
	"testing"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// TestRankingsWithinMemory ranks for many guilds, each with a trained model: what they
// take stays near the bound, what is dropped is ranked the same when it is asked for
// again, and what was used last is still there.
func TestRankingsWithinMemory(t *testing.T) {
	const guilds = 16
	b := newBench(t, fakeyoutube.Options{Seed: 3, Videos: 600}, nil)
	b.scrape()
	liked, other := b.jazz(12)
	b.label("901", true, liked...)
	b.label("901", false, other...)
	if run, err := b.Retrain(t.Context(), guildID, "test", "", nil); err != nil || run.Counts["promoted"] != 1 {
		t.Fatalf("training gave %+v, %v", run, err)
	}
	model, _, err := b.catalog.Champion(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	videos, err := b.catalog.GuildVideos(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 500 { // what searches find in some weeks, more or less
		v := videos[i%40]
		v.ID, v.Title = fmt.Sprintf("other%06d", i), fmt.Sprint(v.Title, " part ", i)
		videos = append(videos, v)
	}
	first, _, err := b.catalog.Guild(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, guilds)
	for i := range ids {
		first.ID = fmt.Sprint(800000000000000000 + i)
		ids[i] = first.ID
		if err := b.catalog.SaveGuild(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		var seen []catalog.Sighting
		for _, v := range videos {
			seen = append(seen, catalog.Sighting{GuildID: first.ID, Query: "jazz", At: b.now, Video: v.Video})
		}
		if _, err := b.catalog.Observe(t.Context(), seen); err != nil {
			t.Fatal(err)
		}
		if i%4 == 0 {
			continue // here the rule ranks
		}
		if _, err := b.catalog.SaveModel(t.Context(), first.ID, model.Card, [][]byte{model.Blob}, true); err != nil {
			t.Fatal(err)
		}
	}
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	rank := func(id string) string {
		list, err := b.Rank(t.Context(), id, "", 5)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(list[0].Video.ID, list[0].Score, list[0].ModelVersion, len(list))
	}
	want, kept := map[string]string{}, int64(0)
	for _, bound := range []int64{0, 8 << 20} {
		b.options.Memory = bound
		if b.Loop, err = pipeline.New(b.options); err != nil {
			t.Fatal(err)
		}
		before := heap()
		for range 2 {
			for _, id := range ids {
				got := rank(id)
				if want[id] == "" {
					want[id] = got
				}
				if got != want[id] {
					t.Errorf("with a bound of %d, guild %s: %s, want %s", bound, id, got, want[id])
				}
			}
		}
		took := heap() - before
		t.Logf("%d guilds with %d videos each and a model of %d kB take %.1f MB with a bound of %d MB", guilds, len(videos), len(model.Blob)>>10, float64(took)/(1<<20), bound>>20)
		switch each := int64(len(videos))*5000 + 4*int64(len(model.Blob)); {
		case bound == 0:
			kept = took
			if took > 2*guilds*each || took < guilds*each/2 {
				t.Errorf("a guild takes %d kB, and is reckoned at %d kB", took/guilds>>10, each>>10)
			}
		case took > 2*bound+each:
			t.Errorf("%d bytes are kept with a bound of %d, %d without", took, bound, kept)
		}
	}
}
