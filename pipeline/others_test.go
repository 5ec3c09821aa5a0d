package pipeline_test

import (
	"fmt"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// find keeps n videos that a guild's search has found.
func (b *bench) find(guild, prefix string, n int) {
	b.t.Helper()
	var all []catalog.Sighting
	for i := range n {
		seconds := int64(240)
		all = append(all, catalog.Sighting{GuildID: guild, Query: "jazz", At: b.now, Detailed: true, Status: youtube.StatusOK, Video: youtube.Video{
			ID: fmt.Sprintf("%s%07d", prefix, i), Title: fmt.Sprintf("quiet piano number %d", i), Channel: fmt.Sprint("channel ", i%9),
			Category: "Music", DurationSeconds: &seconds,
		}})
	}
	if _, err := b.catalog.Observe(b.t.Context(), all); err != nil {
		b.t.Fatal(err)
	}
}

// TestOthersScrapeKeepsScores: of 400 guilds one finds videos. The next ranking of all
// others reads no video again; that of guilds with a shared video that changed does.
func TestOthersScrapeKeepsScores(t *testing.T) {
	const guilds = 400
	b := newBench(t, fakeyoutube.Options{Seed: 3, Videos: 10}, nil)
	g, _, err := b.catalog.Guild(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, guilds)
	for i := range ids {
		g.ID = fmt.Sprint(700000000000001000 + i)
		ids[i] = g.ID
		if err := b.catalog.SaveGuild(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		b.find(g.ID, fmt.Sprintf("%04d", i), 3)
	}
	b.find(ids[7], "shar", 1)
	b.find(ids[8], "shar", 1)
	rank := func() int {
		t.Helper()
		b.store.reads = reads{}
		for _, id := range ids {
			if list, err := b.Rank(t.Context(), id, "", 10); err != nil || len(list) < 3 {
				t.Fatalf("guild %s has %d candidates, %v", id, len(list), err)
			}
		}
		return b.store.reads.videos
	}
	if n := rank(); n != guilds {
		t.Fatalf("the first rankings read the videos %d times", n)
	}
	b.now = b.now.Add(time.Minute)
	b.find(ids[0], "0000", 5)
	if n := rank(); n != 1 {
		t.Errorf("after one guild's search the videos were read %d times", n)
	}
	b.find("", "shar", 1) // its page is read again, for nobody
	if n := rank(); n != 2 {
		t.Errorf("after a change of a video of two guilds the videos were read %d times", n)
	}
}

// BenchmarkRankAmongOthers ranks one guild's 300 videos, warm, while others find theirs.
func BenchmarkRankAmongOthers(bb *testing.B) {
	for _, others := range []int{1000, 100_000} {
		bb.Run(fmt.Sprint(others), func(bb *testing.B) {
			b := newBench(bb, fakeyoutube.Options{Seed: 3, Videos: 10}, nil)
			b.find(guildID, "mine", 300)
			for i := range others / 1000 {
				b.find(fmt.Sprint(800+i), fmt.Sprintf("%04d", i), 1000)
			}
			for bb.Loop() {
				bb.StopTimer()
				b.find("800", "othr", 20)
				bb.StartTimer()
				if _, err := b.Rank(bb.Context(), guildID, "", 10); err != nil {
					bb.Fatal(err)
				}
			}
		})
	}
}
