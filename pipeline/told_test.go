package pipeline_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
)

// TestUpkeepReadsWhatPeopleToldOf: ids without titles wait for pages that the searches
// leave over, a hundred a day, each person's first ones first and none twice.
func TestUpkeepReadsWhatPeopleToldOf(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	real := b.youtube.Videos()[0].ID
	tell := func(member string, ids ...string) {
		t.Helper()
		var all []catalog.Preference
		for _, id := range ids {
			all = append(all, catalog.Preference{GuildID: guildID, MemberID: member, Batch: "b", Source: catalog.FromTakeout, VideoID: id, Like: true, At: b.now})
		}
		if n, err := b.catalog.AddPreferences(t.Context(), all...); err != nil || n != len(ids) {
			t.Fatal(n, err)
		}
	}
	var many []string
	for i := range 130 {
		many = append(many, fmt.Sprintf("invented%03d", i))
	}
	tell("901", many...)
	tell("902", real, many[0], "another0001")
	jobs, err := b.Upkeep(pipeline.Upkeep{Hour: 3})
	if err != nil {
		t.Fatal(err)
	}
	day := func(want int) {
		t.Helper()
		slot := catalog.Slot{Key: "all/backup/" + b.now.Format("2006-01-02T15:04"), GuildID: "all", Kind: catalog.RunBackup, At: b.now}
		if err := jobs[0].Run(t.Context(), slot); err != nil {
			t.Fatal(err)
		}
		runs, err := b.catalog.Runs(t.Context(), "", 1)
		if err != nil || runs[0].Counts["told"] != want {
			t.Errorf("%d were read, want %d (%v)", runs[0].Counts["told"], want, err)
		}
		b.now = b.now.Add(24 * time.Hour)
	}
	day(0) // a guild that never searched may want all pages
	b.scrape()
	day(100)
	for _, id := range []string{real, "another0001"} {
		if v, ok, err := b.catalog.Video(t.Context(), id); err != nil || !ok || v.DetailedAt.IsZero() || id == real && v.Title == "" {
			t.Errorf("%s waits behind another's: %+v, %v", id, v, err)
		}
	}
	day(32)
	day(0)
	if finds, err := b.catalog.Finds(t.Context(), guildID); err != nil || len(finds) == 0 {
		t.Fatal(err)
	} else {
		for _, f := range finds {
			if f.VideoID == "another0001" {
				t.Error("what was told became a candidate")
			}
		}
	}
}

// TestTeachRefuses: the video of a like is read and becomes no candidate; what is
// blocked, not music or not playable is refused, what is only long is not.
func TestTeachRefuses(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, func(g *catalog.Guild) { g.MaxSeconds = 61 })
	var song, stream fakeyoutube.Video
	for _, v := range b.youtube.Videos() {
		switch {
		case v.Streaming:
			stream = v
		case v.Seconds > 100 && v.Seconds < 600 && !v.Short && !v.Upcoming:
			song = v
		}
	}
	if v, err := b.Teach(t.Context(), guildID, song.ID); err != nil || v.Title != song.Title || v.DetailedAt.IsZero() {
		t.Errorf("%+v, %v", v, err)
	}
	refused := func(id string, want pick.Bar) {
		t.Helper()
		var why *pipeline.RefusedError
		if v, err := b.Teach(t.Context(), guildID, id); !errors.As(err, &why) || why.Why.Bar != want || v.Title == "" {
			t.Errorf("%+v, %v, want %s", v, err, want)
		}
	}
	refused(stream.ID, pick.BarLive)
	if err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
		g.BlockedChannels = []catalog.BlockedChannel{{Name: song.Channel}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	refused(song.ID, pick.BarChannel)
	b.youtube.Withdraw(song.ID)
	var gone *pipeline.VideoError
	if _, err := b.Teach(t.Context(), guildID, song.ID); !errors.As(err, &gone) {
		t.Errorf("a video that was taken down gave %v", err)
	}
	if finds, err := b.catalog.Finds(t.Context(), guildID); err != nil || len(finds) != 0 {
		t.Errorf("it became a candidate: %+v (%v)", finds, err)
	}
}
