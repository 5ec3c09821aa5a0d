package pipeline_test

import (
	"slices"
	"testing"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// A duel is of two songs that are close in score and of different artists, and no song
// is asked about twice.
func TestDuelIsBetweenDifferentArtists(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	var seen []string
	for round := range 4 {
		pair, err := b.Duel(t.Context(), guildID, "", nil)
		if err != nil || len(pair) != 2 {
			t.Fatalf("round %d: %d songs, %v", round, len(pair), err)
		}
		for i, r := range pair {
			if slices.Contains(seen, r.Video.ID) {
				t.Errorf("%s is asked about again", r.Video.ID)
			}
			seen = append(seen, r.Video.ID)
			if name := pair[1-i].Video.ChannelID; name == r.Video.ChannelID || slices.ContainsFunc(r.Video.Performers(), func(a string) bool { return slices.Contains(pair[1-i].Video.Performers(), a) }) {
				t.Errorf("round %d: both are by %s on %s", round, r.Video.Performers(), name)
			}
		}
		pool, err := b.LabelNext(t.Context(), guildID, 20, seen[:2*round])
		if err != nil {
			t.Fatal(err)
		}
		spread := 0.0
		for _, r := range pool {
			spread = max(spread, r.Score-pool[0].Score, pool[0].Score-r.Score)
		}
		if apart := pair[0].Score - pair[1].Score; max(apart, -apart) > spread/4 {
			t.Errorf("round %d: the scores are %f apart, of a pool that spreads %f", round, apart, spread)
		}
		if err := b.catalog.Duel(t.Context(), catalog.Duel{GuildID: guildID, A: pair[0].Video.ID, B: pair[1].Video.ID, At: b.now}); err != nil {
			t.Fatal(err)
		}
	}
	// A member may be asked what the guild was asked, but not what they answered.
	pair, err := b.Duel(t.Context(), guildID, "901", nil)
	if err != nil || len(pair) != 2 || pair[0].Video.ID != seen[0] {
		t.Errorf("%d songs, %v", len(pair), err)
	}
	pair, err = b.Duel(t.Context(), guildID, "901", seen)
	if err != nil || len(pair) == 2 && slices.Contains(seen, pair[0].Video.ID) {
		t.Errorf("what is excluded is asked about: %v", err)
	}
}

// An answer to a duel is learned from, and its songs are not asked about once more.
func TestDuelsAreLearnedFrom(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	pair, err := b.Duel(t.Context(), guildID, "901", nil)
	if err != nil || len(pair) != 2 {
		t.Fatal(pair, err)
	}
	liked, other := pair[0].Video.ID, pair[1].Video.ID
	if err := b.catalog.Duel(t.Context(), catalog.Duel{GuildID: guildID, A: other, B: liked, MemberID: "901", Choice: catalog.ChoseB, At: b.now}); err != nil {
		t.Fatal(err)
	}
	_, labels, err := b.TrainingData(t.Context(), guildID)
	if err != nil || len(labels) != 2 {
		t.Fatalf("%+v, %v", labels, err)
	}
	for _, l := range labels {
		if (l.VideoID == liked) != (l.Share > 0.5) || (l.VideoID == other) != (l.Share < 0.5) {
			t.Errorf("%+v", l)
		}
	}
	next, err := b.LabelNext(t.Context(), guildID, 10, nil)
	if err != nil || slices.ContainsFunc(next, func(r pipeline.Ranked) bool { return r.Video.ID == liked || r.Video.ID == other }) {
		t.Errorf("asks again: %v", err)
	}
	// The member may still be shown what they chose.
	shown, err := b.Rank(t.Context(), guildID, "901", 0)
	if err != nil || !slices.ContainsFunc(shown, func(r pipeline.Ranked) bool { return r.Video.ID == liked && r.Known }) {
		t.Errorf("what was chosen is not listed, or not as known: %v", err)
	}
}
