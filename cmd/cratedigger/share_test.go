package main

import (
	"path/filepath"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

func TestPagesAreSharedFairly(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c, err := catalog.Open(filepath.Join(t.TempDir(), "c.db"), catalog.Options{Now: func() time.Time { return now }, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, id := range []string{"1", "2"} {
		if err := c.SaveGuild(catalog.Guild{ID: id, Queries: []youtube.Query{{Text: "jazz"}}}); err != nil {
			t.Fatal(err)
		}
	}
	p := pageShares{catalog: c, perDay: 102, now: func() time.Time { return now }}
	// Two result pages are set aside; the rest is for two guilds.
	if got := p.share("1", 400); got != 50 {
		t.Errorf("the first guild gets %d pages of 100 while the other may want all", got)
	}
	if got := p.share("1", 400); got != 0 {
		t.Errorf("the first guild gets %d pages more on the same day", got)
	}
	if got := p.share("2", 10); got != 10 {
		t.Errorf("the modest guild gets %d of the 10 pages it wants", got)
	}
	now = now.Add(24 * time.Hour)
	if got := p.share("1", 400); got != 90 {
		t.Errorf("on the next day the first guild gets %d pages, though the other wanted 10", got)
	}
	if got := p.share("2", 10); got != 10 {
		t.Errorf("on the next day the modest guild gets %d pages", got)
	}
}
