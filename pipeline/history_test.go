package pipeline_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
)

// countedStore counts how often votes, posts and videos of the catalogue are
// read.
type countedStore struct {
	*bolt.Catalog
	noBackup error // what a backup fails with; nil: it does not

	mu     sync.Mutex
	reads  reads
	cards  int // looks for a champion: one a ranking
	guilds int // reads of settings
}

type reads struct{ history, parts, videos, single int }

func (s *countedStore) count(n *int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*n++
}

func (s *countedStore) History(ctx context.Context, guildID string) (catalog.History, error) {
	s.count(&s.reads.history)
	return s.Catalog.History(ctx, guildID)
}

func (s *countedStore) Guild(ctx context.Context, id string) (catalog.Guild, bool, error) {
	s.count(&s.guilds)
	return s.Catalog.Guild(ctx, id)
}

func (s *countedStore) ChampionCard(ctx context.Context, guildID string) (catalog.Model, bool, error) {
	s.count(&s.cards)
	return s.Catalog.ChampionCard(ctx, guildID)
}

// Posts, Votes and Preferences count reads that bypass the history, which no stage may
// make.
func (s *countedStore) Posts(ctx context.Context, guildID string, since time.Time) ([]catalog.Post, error) {
	s.count(&s.reads.parts)
	return s.Catalog.Posts(ctx, guildID, since)
}

func (s *countedStore) Votes(ctx context.Context, guildID string) ([]catalog.Vote, error) {
	s.count(&s.reads.parts)
	return s.Catalog.Votes(ctx, guildID)
}

func (s *countedStore) Preferences(ctx context.Context, guildID, memberID string) ([]catalog.Preference, error) {
	s.count(&s.reads.parts)
	return s.Catalog.Preferences(ctx, guildID, memberID)
}

func (s *countedStore) GuildVideos(ctx context.Context, guildID string) ([]catalog.Video, error) {
	s.count(&s.reads.videos)
	return s.Catalog.GuildVideos(ctx, guildID)
}

func (s *countedStore) Video(ctx context.Context, id string) (catalog.Video, bool, error) {
	s.count(&s.reads.single)
	return s.Catalog.Video(ctx, id)
}

func (s *countedStore) BackupDaily(ctx context.Context, keep int) (string, error) {
	if s.noBackup != nil {
		return "", s.noBackup
	}
	return s.Catalog.BackupDaily(ctx, keep)
}

// TestAStageReadsOnce checks that every stage reads a guild's posts, votes and
// preferences in one transaction and its videos at most once, and reads single videos only to
// post them.
func TestAStageReadsOnce(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, func(g *catalog.Guild) { g.Picks = 5 })
	var posts []catalog.Post
	for range 3 { // until there is a model
		b.scrape()
		_, posts = b.prepare()
		for _, p := range posts {
			truth, _ := b.youtube.Traits(p.VideoID)
			b.vote(p, truth.Genre == "jazz")
		}
		b.now = b.now.Add(24 * time.Hour)
	}
	if run, err := b.Retrain(t.Context(), guildID, "test", "", nil); err != nil || run.Counts["promoted"] != 1 {
		t.Fatalf("training gave %+v, %v", run, err)
	}
	b.scrape()
	guild, _, err := b.catalog.Guild(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := b.Jobs(guild, pipeline.Outlet{Deliver: func(context.Context, string) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range []struct {
		name string
		do   func(ctx context.Context) error
	}{
		{"scrape", func(ctx context.Context) error {
			_, err := b.Scrape(ctx, guildID, "test", "", nil)
			return err
		}},
		{"rank", func(ctx context.Context) error {
			_, err := b.Rank(ctx, guildID, "901", 10)
			return err
		}},
		{"choose", func(ctx context.Context) error {
			_, err := b.Choose(ctx, guildID, "")
			return err
		}},
		{"prepare", func(ctx context.Context) error {
			_, err := b.Prepare(ctx, b.slot(), "test", nil)
			return err
		}},
		{"a post's slot", func(ctx context.Context) error {
			slot := b.slot()
			slot.Key += "/again"
			return jobs[0].Run(ctx, slot)
		}},
		{"retrain", func(ctx context.Context) error {
			_, err := b.Retrain(ctx, guildID, "test", "", nil)
			return err
		}},
		{"explain", func(ctx context.Context) error {
			_, err := b.Explain(ctx, guildID, posts[0].VideoID)
			return err
		}},
		{"taste", func(ctx context.Context) error {
			_, err := b.Taste(ctx, guildID)
			return err
		}},
		{"what to label", func(ctx context.Context) error {
			_, err := b.LabelNext(ctx, guildID, 3, nil)
			return err
		}},
		{"a duel", func(ctx context.Context) error {
			_, err := b.Duel(ctx, guildID, "901", nil)
			return err
		}},
	} {
		b.store.reads = reads{}
		if err := stage.do(t.Context()); err != nil {
			t.Errorf("%s: %v", stage.name, err)
		}
		// A pick's page is read again, so the video is read before, after, and
		// for its post.
		if n := b.store.reads; n.history != 1 || n.parts != 0 || n.videos > 1 || n.single > 3*guild.Picks {
			t.Errorf("%s read the history %d times, posts, votes or preferences beside it %d times, the videos %d times and single ones %d times",
				stage.name, n.history, n.parts, n.videos, n.single)
		}
	}
}
