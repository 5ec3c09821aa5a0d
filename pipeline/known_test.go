package pipeline_test

import (
	"slices"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// jazz returns candidates of the guild: n of jazz and n of other music, all
// read in full and without a vote.
func (b *bench) jazz(n int) (liked, other []string) {
	b.t.Helper()
	ranked, err := b.Rank(b.t.Context(), guildID, "", 0)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range ranked {
		truth, _ := b.youtube.Traits(r.Video.ID)
		switch {
		case r.Video.DetailedAt.IsZero() || r.Known:
		case truth.Genre == "jazz" && len(liked) < n:
			liked = append(liked, r.Video.ID)
		case truth.Genre != "jazz" && len(other) < n:
			other = append(other, r.Video.ID)
		}
	}
	if len(liked) < n || len(other) < n {
		b.t.Fatalf("%d candidates of jazz and %d of other music", len(liked), len(other))
	}
	return liked, other
}

// label keeps a member's labels without posts.
func (b *bench) label(member string, up bool, videos ...string) {
	b.t.Helper()
	for _, id := range videos {
		if _, err := b.catalog.Vote(b.t.Context(), catalog.VoteChange{
			GuildID: guildID, VideoID: id, MemberID: member, Up: up, Set: true, Source: catalog.SourceImport, At: b.now,
		}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// TestAGuildIsShownWhatSomebodyDoesNotKnow: the best songs are those that one
// member has labelled. They are posted while somebody else votes, each once.
func TestAGuildIsShownWhatSomebodyDoesNotKnow(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, func(g *catalog.Guild) { g.Picks = 2 })
	b.scrape()
	liked, other := b.jazz(12)
	b.label("901", true, liked...)
	b.label("901", false, other...)
	if run, err := b.Retrain(t.Context(), guildID, "test", "", nil); err != nil || run.Counts["promoted"] != 1 {
		t.Fatalf("training gave %+v, %v", run, err)
	}
	known := map[string]bool{}
	for _, id := range append(liked, other...) {
		known[id] = true
	}
	picked := func(posts []catalog.Post) (n int) {
		for _, p := range posts {
			if known[p.VideoID] {
				n++
			}
		}
		return n
	}
	if _, posts := b.prepare(); len(posts) != 2 || picked(posts) != 0 {
		t.Errorf("%d of %d posts are of the only member's labels", picked(posts), len(posts))
	}

	b.now = b.now.Add(24 * time.Hour)
	b.label("902", true, "unseen00000") // of no candidate
	_, posts := b.prepare()
	if picked(posts) == 0 {
		t.Error("another member votes, and is still not shown what the first likes")
	}
	b.now = b.now.Add(time.Hour)
	_, again := b.prepare()
	for _, p := range again {
		for _, old := range posts {
			if p.VideoID == old.VideoID {
				t.Errorf("%s is posted twice", p.VideoID)
			}
		}
	}

	if err := b.catalog.UpdateGuild(guildID, func(g *catalog.Guild) error { g.Picks = 12; return nil }); err != nil {
		t.Fatal(err)
	}
	would := func() []catalog.Post {
		t.Helper()
		picks, err := b.Choose(t.Context(), guildID, "")
		if err != nil {
			t.Fatal(err)
		}
		var posts []catalog.Post
		for _, p := range picks {
			posts = append(posts, p.Post)
		}
		return posts
	}
	b.now = b.now.Add(29 * 24 * time.Hour)
	if n := picked(would()); n == 0 {
		t.Error("29 days after the other member's vote, nothing of what the first likes would be posted")
	}
	b.now = b.now.Add(24 * time.Hour) // the other has gone silent
	if posts := would(); len(posts) == 0 || picked(posts) != 0 {
		t.Errorf("%d of %d posts would be of the labels of the one member who is left", picked(posts), len(posts))
	}
}

// TestNoListHasWhatItsReaderLabelled, and what others have labelled is marked
// there, with a score that is not of their label.
func TestNoListHasWhatItsReaderLabelled(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, func(g *catalog.Guild) { g.Picks = 5 })
	b.scrape()
	liked, other := b.jazz(16)
	// The last of the other music is labelled as liked: the model believes less
	// of it without that label than with it.
	liar := other[15]
	mine, theirs := slices.Concat(liked[:8], other[:7], []string{liar}), slices.Concat(liked[8:], other[7:15])
	b.label("901", true, append(liked[:8:8], liar)...)
	b.label("901", false, other[:7]...)
	b.label("902", true, liked[8:]...)
	b.label("902", false, other[7:15]...)
	if run, err := b.Retrain(t.Context(), guildID, "test", "", nil); err != nil || run.Counts["promoted"] != 1 {
		t.Fatalf("training gave %+v, %v", run, err)
	}
	scores := map[string]pipeline.Ranked{}
	for member, own := range map[string]map[string]bool{
		"901": set(mine), "902": set(theirs), "903": {},
	} {
		ranked, err := b.Rank(t.Context(), guildID, member, 0)
		if err != nil {
			t.Fatal(err)
		}
		marked := 0
		for _, r := range ranked {
			if own[r.Video.ID] {
				t.Errorf("member %s is shown %s, which they have labelled", member, r.Video.ID)
			}
			if r.Known {
				marked++
				scores[r.Video.ID] = r
			}
		}
		if marked != 32-len(own) {
			t.Errorf("member %s is shown %d known videos, want %d", member, marked, 32-len(own))
		}
		picks, err := b.Choose(t.Context(), guildID, member)
		if err != nil || len(picks) == 0 {
			t.Fatalf("%d picks, %v", len(picks), err)
		}
		for _, p := range picks {
			if own[p.Video.ID] {
				t.Errorf("member %s is told of %s, which they have labelled", member, p.Video.ID)
			}
		}
	}
	x, err := b.Explain(t.Context(), guildID, liar)
	if err != nil {
		t.Fatal(err)
	}
	own := 0.0
	for _, p := range x.Parts {
		if p.Kind == pipeline.PartOwn {
			own = p.Weight
		}
	}
	if !x.Known || x.Score != scores[liar].Score || x.ModelVersion != 1 || own >= 0 {
		t.Errorf("explained as known %v with %v, ranked with %v; its own label is taken away with %+v", x.Known, x.Score, scores[liar].Score, own)
	}
}

func set(ids []string) map[string]bool {
	s := map[string]bool{}
	for _, id := range ids {
		s[id] = true
	}
	return s
}
