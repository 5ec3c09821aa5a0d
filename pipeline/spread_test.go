package pipeline_test

import (
	"slices"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// Before anybody has voted a post has songs of all searches, with a propensity each;
// after the first vote the rule alone decides.
func TestFirstPicksSpreadOverSearches(t *testing.T) {
	texts := fakeyoutube.Genres()[:5]
	slices.Sort(texts)
	b := newBench(t, fakeyoutube.Options{Seed: 5, Plain: true}, func(g *catalog.Guild) {
		g.Picks, g.Queries, g.Exploration = len(texts), nil, 0.5
		for _, text := range texts {
			g.Queries = append(g.Queries, youtube.Query{Text: text})
		}
	})
	b.scrape()
	// searches are those that found the posts of now.
	searches := func() (found []string) {
		_, posts := b.prepare()
		for _, p := range posts {
			v, _, err := b.catalog.Video(p.VideoID)
			if err != nil {
				t.Fatal(err)
			}
			if p.Policy != catalog.PolicyRule || p.Propensity <= 0 || p.Propensity > 1 {
				t.Errorf("policy %s, propensity %v", p.Policy, p.Propensity)
			}
			found = append(found, v.Queries...)
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	for range 3 { // nobody answers
		if got := searches(); !slices.Equal(got, texts) {
			t.Errorf("the picks are of %q, want of %q", got, texts)
		}
		b.now = b.now.Add(24 * time.Hour)
	}
	posts, err := b.catalog.Posts(guildID, b.now.Add(-24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range posts {
		if v, _, err := b.catalog.Video(p.VideoID); err != nil {
			t.Fatal(err)
		} else if slices.Contains(v.Queries, texts[0]) {
			b.vote(p, true, true, true)
		} else {
			b.vote(p, false, false, false)
		}
	}
	if got := searches(); len(got) == len(texts) {
		t.Errorf("after votes for %q alone the picks are of %q", texts[0], got)
	}
}
