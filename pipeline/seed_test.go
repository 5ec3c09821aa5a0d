package pipeline_test

import (
	"errors"
	"testing"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/youtube"
)

// TestSeedRefuses: what would not be picked is no candidate, and the proposal says
// why by the same floor that the picks have.
func TestSeedRefuses(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, func(g *catalog.Guild) { g.MusicOnly, g.MinSeconds, g.MaxSeconds = false, 0, 0 })
	var song, stream fakeyoutube.Video
	for _, v := range b.youtube.Videos() {
		switch {
		case v.Streaming:
			stream = v
		case v.Seconds > 100 && v.Seconds < 600 && !v.Short && !v.Upcoming:
			song = v
		}
	}
	if song.ID == "" || stream.ID == "" {
		t.Fatal("the stand-in has no such videos")
	}
	settings := func(change func(*catalog.Guild)) {
		t.Helper()
		err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
			*g = catalog.Guild{ID: guildID, ChannelID: "800000000000000001", Zone: "UTC", Picks: 3, SameSongDays: 365}
			change(g)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(id string, want pick.Bar) {
		t.Helper()
		_, _, err := b.Seed(t.Context(), guildID, id, "901")
		var why *pipeline.RefusedError
		if !errors.As(err, &why) || why.Why.Bar != want || why.Why.String() == "" {
			t.Errorf("refused with %v, want %s", err, want)
		}
		if finds, err := b.catalog.Finds(t.Context(), guildID); err != nil || len(finds) != 0 {
			t.Errorf("%s made it a candidate: %+v (%v)", want, finds, err)
		}
	}
	settings(func(*catalog.Guild) {})
	refused(stream.ID, pick.BarLive)
	settings(func(g *catalog.Guild) { g.MaxSeconds = song.Seconds - 10 })
	refused(song.ID, pick.BarLong)
	settings(func(g *catalog.Guild) { g.MinSeconds = song.Seconds + 10 })
	refused(song.ID, pick.BarShort)
	settings(func(g *catalog.Guild) { g.BlockedChannels = []catalog.BlockedChannel{{Name: song.Channel}} })
	refused(song.ID, pick.BarChannel)
	settings(func(g *catalog.Guild) { g.BlockedWords = []string{song.Title} })
	refused(song.ID, pick.BarWord)

	settings(func(*catalog.Guild) {})
	posted := func(id string) {
		t.Helper()
		slot := b.slot()
		p := catalog.Post{ID: catalog.PostID(slot.Key, id), GuildID: guildID, VideoID: id, State: catalog.StateSent, CreatedAt: b.now}
		if created, err := b.catalog.CreatePosts(t.Context(), slot, []catalog.Post{p}, nil); err != nil || !created {
			t.Fatal(created, err)
		}
	}
	length := int64(song.Seconds + 1)
	upload := youtube.Video{ID: "reupload-01", Title: song.Title, Channel: "Another", ChannelID: "UCanother", DurationSeconds: &length}
	if _, err := b.catalog.Observe(t.Context(), []catalog.Sighting{{Video: upload}}); err != nil {
		t.Fatal(err)
	}
	posted(upload.ID)
	refused(song.ID, pick.BarReupload)
	b.now = b.now.AddDate(0, 0, 1)
	posted(song.ID)
	refused(song.ID, pick.BarPosted)

	b.youtube.Withdraw(song.ID)
	b.now = b.now.AddDate(0, 0, 1)
	var gone *pipeline.VideoError
	if _, _, err := b.Seed(t.Context(), guildID, song.ID, "901"); !errors.As(err, &gone) {
		t.Errorf("a video that was taken down gave %v", err)
	}
}
