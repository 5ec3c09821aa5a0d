package pipeline_test

import (
	"slices"
	"testing"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
)

// TestSongsStandOnOneShelfEach: what may be posted stands before all else, the posted
// songs are the newest first, and what is blocked is found again.
func TestSongsStandOnOneShelfEach(t *testing.T) {
	b := songBench(t, func(g *catalog.Guild) { g.Picks = 1 }, records...)
	var posted []string
	for range 2 {
		ids := b.posted()
		if len(ids) != 1 {
			t.Fatalf("posted %q", ids)
		}
		posted = append(ids, posted...)
		b.now = b.now.Add(24 * time.Hour)
	}
	songs := func() (shelves map[pipeline.Shelf][]string) {
		t.Helper()
		all, err := b.Songs(t.Context(), guildID, catalog.ImportVoter)
		if err != nil {
			t.Fatal(err)
		}
		shelves = map[pipeline.Shelf][]string{}
		order := []pipeline.Shelf{pipeline.ShelfNext, pipeline.ShelfAside, pipeline.ShelfPosted, pipeline.ShelfBlocked}
		for i, r := range all {
			if i > 0 && slices.Index(order, r.Shelf) < slices.Index(order, all[i-1].Shelf) {
				t.Errorf("%s on %s stands behind %s", r.Video.ID, r.Shelf, all[i-1].Shelf)
			}
			if (r.Shelf == pipeline.ShelfPosted) != slices.Contains(posted, r.Video.ID) && r.Shelf != pipeline.ShelfBlocked || r.PostedAt.IsZero() == slices.Contains(posted, r.Video.ID) {
				t.Errorf("%s was posted at %v and stands on %s; posted were %q", r.Video.ID, r.PostedAt, r.Shelf, posted)
			}
			if r.Shelf == pipeline.ShelfNext && len(r.Reasons) == 0 {
				t.Errorf("%s has no reasons", r.Video.ID)
			}
			shelves[r.Shelf] = append(shelves[r.Shelf], r.Video.ID)
		}
		if len(all) != len(records) {
			t.Errorf("there are %d songs, want %d", len(all), len(records))
		}
		return shelves
	}
	first := songs()
	if !slices.Equal(first[pipeline.ShelfPosted], posted) {
		t.Errorf("posted are %q, want %q", first[pipeline.ShelfPosted], posted)
	}
	if len(first[pipeline.ShelfBlocked]) > 0 || len(first[pipeline.ShelfNext]) == 0 {
		t.Fatalf("the shelves hold %v", first)
	}

	// A vote of the owner sets a song aside.
	voted := first[pipeline.ShelfNext][0]
	if _, err := b.catalog.Vote(t.Context(), catalog.VoteChange{GuildID: guildID, VideoID: voted, MemberID: catalog.ImportVoter, Up: true, Set: true, Source: catalog.SourceImport, At: b.now}); err != nil {
		t.Fatal(err)
	}
	if got := songs(); !slices.Contains(got[pipeline.ShelfAside], voted) {
		t.Errorf("after the owner's vote on %s the shelves hold %v", voted, got)
	}

	// A block takes songs from every shelf, the posted ones too, and lets them be found.
	block := func(name string) {
		if err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
			g.BlockedArtists = []catalog.BlockedArtist{{Name: name}}
			if name == "" {
				g.BlockedArtists = nil
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	block("Mara Quill")
	all, err := b.Songs(t.Context(), guildID, catalog.ImportVoter)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		mara := slices.Contains(r.Video.Song.Artists, "Mara Quill") || r.Video.Channel == "Mara Quill"
		if blocked := r.Shelf == pipeline.ShelfBlocked; blocked != mara || blocked != (r.Blocked.Bar == pick.BarArtist) {
			t.Errorf("%s by %q stands on %s: %s", r.Video.ID, r.Video.Song.Artists, r.Shelf, r.Blocked)
		}
	}
	block("")
	if got := songs(); len(got[pipeline.ShelfBlocked]) > 0 {
		t.Errorf("after undo %q are blocked", got[pipeline.ShelfBlocked])
	}
}
