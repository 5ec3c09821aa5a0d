package pipeline_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

func TestUpkeepForgetsThenBacksUp(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	_, posts := b.prepare()
	b.vote(posts[0], true)
	b.now = b.now.Add(48 * time.Hour)
	b.vote(posts[1], true)
	for id, left := range map[string]time.Duration{"1": 100, "2": 10} {
		if err := b.catalog.SaveGuild(t.Context(), catalog.Guild{ID: id, LeftAt: b.now.Add(-left * time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	jobs, err := b.Upkeep(pipeline.Upkeep{Hour: 3, Backups: 2, Votes: 24 * time.Hour, LeftGuilds: 24 * time.Hour})
	if err != nil || len(jobs) != 1 {
		t.Fatal(jobs, err)
	}
	slot := catalog.Slot{Key: "all/backup/2026-03-05T03:30", GuildID: "all", Kind: catalog.RunBackup, At: b.now}
	if err := jobs[0].Run(t.Context(), slot); err != nil {
		t.Fatal(err)
	}
	runs, err := b.catalog.Runs(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	run := runs[0]
	if run.Kind != catalog.RunBackup || run.By != catalog.BySchedule || run.Slot != slot.Key || run.GuildID != "" ||
		run.Outcome != catalog.OutcomeOK || run.Counts["votes_forgotten"] != 1 || run.Counts["backups"] != 1 {
		t.Errorf("the run says %+v", run)
	}
	guilds, err := b.catalog.Guilds(t.Context())
	if err != nil || len(guilds) != 2 || guilds[0].ID != "2" {
		t.Errorf("%d guilds are left: %+v, %v", len(guilds), guilds, err)
	}
	b.store.noBackup = fs.ErrPermission
	if err := jobs[0].Run(t.Context(), slot); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a backup that could not be written gave %v", err)
	}
	if runs, err = b.catalog.Runs(t.Context(), "", 1); err != nil || runs[0].Outcome != catalog.OutcomeFailed || runs[0].Error == "" {
		t.Errorf("its run says %+v, %v", runs, err)
	}
}

// TestUpkeepGivesSpaceBack that a guild which was left long ago has taken.
func TestUpkeepGivesSpaceBack(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be replaced")
	}
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	left := catalog.Guild{ID: "1", LeftAt: b.now.Add(-100 * time.Hour)}
	if err := b.catalog.SaveGuild(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 70<<20) // cannot be compressed
	rand.NewChaCha8([32]byte{}).Read(noise)
	if _, err := b.catalog.SaveModel(t.Context(), left.ID, nil, [][]byte{noise}, true); err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		info, err := os.Stat(b.catalog.Path())
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	jobs, err := b.Upkeep(pipeline.Upkeep{Hour: 3, LeftGuilds: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if err := jobs[0].Run(t.Context(), catalog.Slot{Key: "all/backup/2026-03-05T03:30", GuildID: "all", Kind: catalog.RunBackup, At: b.now}); err != nil {
		t.Fatal(err)
	}
	if after := size(); after > before/10 {
		t.Errorf("the file had %d bytes and has %d", before, after)
	}
	if runs, err := b.catalog.Runs(t.Context(), "", 1); err != nil || runs[0].Outcome != catalog.OutcomeOK {
		t.Errorf("the run says %+v, %v", runs, err)
	}
}

// Upkeep reads songs with what the others tell of names; a start only if an earlier
// program read them.
func TestUpkeepReadsSongs(t *testing.T) {
	turned := record{"turnedson-1", "Turnstile Sky - Weather Report Two", "someone", 1, nil}
	b := songBench(t, nil, turned)
	artist := func() string {
		v, _, err := b.catalog.Video(t.Context(), turned.id)
		if err != nil {
			t.Fatal(err)
		}
		return v.Song.Artist()
	}
	renew := func() {
		t.Helper()
		if err := b.RenewSongs(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	renew() // nothing was read yet
	b.observe(record{"weatherr-01", "Weather Report Two - Nine", "Weather Report Two", 1, nil}, record{"weatherr-02", "Weather Report Two - Elbow", "Weather Report Two", 1, nil})
	if renew(); artist() != "Turnstile Sky" {
		t.Errorf("a start reads songs again that are today's: it is by %q", artist())
	}
	jobs, err := b.Upkeep(pipeline.Upkeep{Hour: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := jobs[0].Run(t.Context(), catalog.Slot{Key: "all/backup/2026-03-05T03:30", GuildID: "all", Kind: catalog.RunBackup, At: b.now}); err != nil {
		t.Fatal(err)
	}
	if artist() != "Weather Report Two" {
		t.Errorf("after the upkeep it is by %q", artist())
	}
	runs, err := b.catalog.Runs(t.Context(), "", 1)
	if err != nil || runs[0].Counts["songs"] != 1 { // the two others were sure by themselves
		t.Errorf("the run says %+v, %v", runs, err)
	}
}
