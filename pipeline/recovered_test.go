package pipeline_test

import (
	"testing"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// TestRecoveredVideosAreRead: of a post that was read from Discord again only names are
// known. Its page is read with the next search, though no query finds the video, and
// once.
func TestRecoveredVideosAreRead(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	var posts []catalog.Post
	for _, v := range b.youtube.Videos() {
		if _, found, err := b.catalog.Video(t.Context(), v.ID); err != nil || found || len(posts) >= 6 {
			continue
		}
		post := catalog.Post{ID: catalog.PostID("recovered", v.ID), GuildID: guildID, ChannelID: "8", MessageID: v.ID, VideoID: v.ID, CreatedAt: b.now, SentAt: b.now}
		posts = append(posts, post, post)
		if _, err := b.catalog.Observe(t.Context(), []catalog.Sighting{{Video: youtube.Video{ID: v.ID, Title: "as the message names it"}, GuildID: guildID, At: b.now}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.catalog.RecoverPosts(t.Context(), posts...); err != nil || len(posts) == 0 {
		t.Fatal(len(posts), err)
	}
	reads := b.scrape().Counts["read"]
	for _, p := range posts {
		v, _, err := b.catalog.Video(t.Context(), p.VideoID)
		truth, _ := b.youtube.Video(p.VideoID)
		if err != nil || v.DetailedAt.IsZero() || v.Title != truth.Title || v.ChannelID == "" {
			t.Errorf("video %s is known as %+v (%v)", p.VideoID, v.Video, err)
		}
	}
	if again := b.scrape().Counts["read"]; reads != len(posts)/2 || again != 0 {
		t.Errorf("%d pages were read, then %d, want %d and none", reads, again, len(posts)/2)
	}
}
