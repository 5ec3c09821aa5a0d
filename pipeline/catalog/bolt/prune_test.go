package bolt

import (
	"cratedigger/pipeline/catalog"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// prunable fills a catalogue with 1,800 votes of which 1,200 are old, runs and slots of
// which half are, and a thousand pages of which three in four go.
func prunable(t *testing.T, c *Catalog) {
	t.Helper()
	var votes []catalog.VoteChange
	for i := range 1800 {
		v := change(true, true, catalog.SourceReaction, -100)
		if i%3 == 0 {
			v.At = start.Add(time.Hour)
		}
		v.MemberID = fmt.Sprint("m", i)
		votes = append(votes, v)
	}
	must(c.Vote(t.Context(), votes...))(t)
	for i := range 40 {
		at := start.Add(time.Duration(i-20) * time.Hour)
		must(c.BeginSlot(t.Context(), catalog.Slot{Key: fmt.Sprintf("g1/post/%d", i), GuildID: "g1", Kind: "post", At: at}))(t)
	}
	var pages []catalog.Sighting
	var gone []string
	for i := range 1000 {
		id := fmt.Sprintf("page%07d", i)
		pages = append(pages, neighbourPage(id, start, i, 4000+i))
		if i%4 != 0 {
			gone = append(gone, id)
		}
	}
	must(c.Observe(t.Context(), pages))(t)
	must(c.DropVideos(t.Context(), gone...))(t)
}

// TestPruneLetsOthersWrite: it goes by small transactions. What others write in between
// counts, also where it shows again what was about to go.
func TestPruneLetsOthersWrite(t *testing.T) {
	var c *Catalog
	var most, was, pauses int
	inside := false
	left := func() int { return len(must(c.Votes(t.Context(), "g1"))(t)) + len(poolTexts(t, c)) }
	c = openTest(t, func(o *Options) {
		o.NoSync = true
		o.Trace = func(point string) {
			if inside || c == nil || !strings.HasPrefix(point, "prune:") || strings.HasSuffix(point, "commit") {
				return
			}
			inside = true
			defer func() { inside = false }()
			if point == "prune:begin" {
				pauses++
				if pauses == 2 { // an old vote is given anew
					v := change(false, true, catalog.SourceButton, 200)
					v.MemberID = "m998"
					must(c.Vote(t.Context(), v))(t)
				}
				// A page shows a neighbour whose other pages are gone, and one that is new.
				must(c.Observe(t.Context(), []catalog.Sighting{neighbourPage(fmt.Sprintf("late%07d", pauses), start, 990+pauses, 9000+pauses)}))(t)
				was = left()
				return
			}
			most = max(most, was-left())
		}
	})
	prunable(t, c)
	if n := must(c.Prune(t.Context(), start, start))(t); n != 1199 {
		t.Errorf("%d votes dropped", n)
	}
	if most > pieceWrite || most < 100 || pauses < 5 {
		t.Errorf("a transaction deleted up to %d rows; there were %d", most, pauses)
	}
	if votes := must(c.Votes(t.Context(), "g1"))(t); len(votes) != 601 {
		t.Errorf("%d votes are left", len(votes))
	}
	for i := 1; i <= pauses; i++ {
		checkNeighbours(t, c, fmt.Sprintf("late%07d", i), 990+i, 9000+i)
	}
	checkNeighbours(t, c, "page0000004", 4, 4004)
	checkWhole(t, c)
	c = nil
}

// TestPruneGoesOn: cut off after any of its transactions, it leaves a sound file, and the
// next one ends with what one that was not cut off ends with.
func TestPruneGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	var cuts []string
	c := openAt(t, path, func(o *Options) {
		o.NoSync = true
		o.Trace = func(point string) {
			if point == "prune:done" {
				cut := fmt.Sprintf("%s.cut%d", path, len(cuts))
				must(0, copyFixture(path, cut))(t)
				cuts = append(cuts, cut)
			}
		}
	})
	prunable(t, c)
	must(c.Prune(t.Context(), start, start))(t)
	votes, texts := len(must(c.Votes(t.Context(), "g1"))(t)), len(poolTexts(t, c))
	if len(cuts) < 6 || votes != 600 {
		t.Fatalf("%d transactions, %d votes are left", len(cuts), votes)
	}
	for _, cut := range cuts {
		if _, err := Check(cut); err != nil {
			t.Error(err)
		}
		c := openAt(t, cut)
		must(c.Prune(t.Context(), start, start))(t)
		if v, n := len(must(c.Votes(t.Context(), "g1"))(t)), len(poolTexts(t, c)); v != votes || n != texts {
			t.Errorf("%s ends with %d votes and %d texts, not %d and %d", filepath.Base(cut), v, n, votes, texts)
		}
	}
}
