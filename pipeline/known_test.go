package pipeline_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
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

	if err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.Picks = 12; return nil }); err != nil {
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

// TestNoListHasWhatItsReaderTold: what a member heard elsewhere, by the names of the
// song or by a video, is left out of their lists with its other uploads, and of nobody
// else's, and may be posted.
func TestNoListHasWhatItsReaderTold(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, func(g *catalog.Guild) { g.Picks = 12 })
	b.scrape()
	choose := func() (ids []string) {
		t.Helper()
		picks, err := b.Choose(t.Context(), guildID, "")
		if err != nil || len(picks) == 0 {
			t.Fatal(len(picks), err)
		}
		for _, p := range picks {
			ids = append(ids, p.Video.ID)
		}
		return ids
	}
	before := choose()
	rank := func(member string) map[string]bool {
		t.Helper()
		ranked, err := b.Rank(t.Context(), guildID, member, 0)
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]bool{}
		for _, r := range ranked {
			shown[r.Video.ID] = true
		}
		return shown
	}
	ranked, err := b.Rank(t.Context(), guildID, "901", 0)
	if err != nil {
		t.Fatal(err)
	}
	var named, byID pipeline.Ranked
	for _, r := range ranked {
		switch {
		case !r.Video.Song.Sure() || len(r.Video.Song.Artists) != 1:
		case named.Video.ID == "":
			named = r
		case byID.Video.ID == "" && r.Video.Song.Artists[0] != named.Video.Song.Artists[0]:
			byID = r
		}
	}
	length := int64(200)
	again := catalog.Sighting{GuildID: guildID, Video: youtube.Video{ID: "reupload-01", Title: byID.Video.Title, Channel: byID.Video.Channel, ChannelID: byID.Video.ChannelID, Category: "Music", DurationSeconds: &length}}
	outside := catalog.Sighting{Video: youtube.Video{ID: "outside-001", Title: byID.Video.Title, Channel: byID.Video.Channel, ChannelID: byID.Video.ChannelID}}
	if _, err := b.catalog.Observe(t.Context(), []catalog.Sighting{again, outside}); err != nil {
		t.Fatal(err)
	}
	song := named.Video.Song
	tell := func(member string) {
		t.Helper()
		told := catalog.Preference{GuildID: guildID, MemberID: member, Source: catalog.FromTakeout, Batch: "b1", VideoID: "outside-001", Like: true, At: b.now}
		names := catalog.Preference{GuildID: guildID, MemberID: member, Source: catalog.FromCSV, Batch: "b1", Artist: strings.ToUpper(song.Artists[0]), Title: strings.ToLower(song.Title), At: b.now}
		artist := catalog.Preference{GuildID: guildID, MemberID: member, Source: catalog.FromFavourite, Batch: "b1", Artist: ranked[len(ranked)-1].Video.Channel, At: b.now}
		if n, err := b.catalog.AddPreferences(t.Context(), told, names, artist); err != nil || n != 3 {
			t.Fatal(n, err)
		}
	}
	tell("901")
	tell("") // the guild's own, whom the owner's lists go by
	for member, knows := range map[string]bool{"901": true, "902": false, catalog.ImportVoter: true} {
		shown := rank(member)
		same := shown[byID.Video.ID] || shown["reupload-01"]
		if shown[named.Video.ID] == knows || same == knows {
			t.Errorf("%q is shown what is told by name %t and by id %t", member, shown[named.Video.ID], same)
		}
		if len(shown) < len(ranked)-2 {
			t.Errorf("%q is shown %d of %d", member, len(shown), len(ranked))
		}
	}
	by, err := b.ByArtist(t.Context(), guildID, song.Artists[0], "901", 0)
	if err != nil || slices.ContainsFunc(by, func(r pipeline.Ranked) bool { return r.Video.ID == named.Video.ID }) {
		t.Errorf("the artist's songs hold it (%v)", err)
	}
	// Posts are for all: what is told teaches, and takes nothing out.
	after := set(choose())
	for id := range set(before) {
		if shown := rank(""); !shown[id] {
			t.Errorf("%s is no candidate any more", id)
		}
	}
	if len(after) != len(before) || !after[byID.Video.ID] && !after["reupload-01"] {
		t.Errorf("posts would be %v, were %v; %s was told to be liked", after, before, byID.Video.ID)
	}
}

func set(ids []string) map[string]bool {
	s := map[string]bool{}
	for _, id := range ids {
		s[id] = true
	}
	return s
}
