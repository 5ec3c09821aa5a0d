package pipeline

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/taste"
)

// nights is a Loop over a catalogue in memory, with a clock that the test moves.
type nights struct {
	*Loop
	catalog *bolt.Catalog
	at      time.Time
}

func newNights(t *testing.T) *nights {
	t.Helper()
	n := &nights{at: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)}
	now := func() time.Time { return n.at }
	var err error
	if n.catalog, err = bolt.OpenMemory(bolt.Options{Now: now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.catalog.Close() })
	n.Loop, err = New(Options{
		Store: n.catalog, Now: now, Log: slog.New(slog.DiscardHandler), Seed: 1,
		Learning: Learning{Votes: taste.VoteOptions{HalfLife: 90 * 24 * time.Hour}, Judge: taste.JudgeOptions{Certainty: 0.9}, TuneTrials: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSearchesSpreadOverTheWeek: of 70 guilds that all searched in one night about a
// seventh searches in each of the next, each once a week; and where searches take long,
// those of a night end within their share of the day and the others' come later.
func TestSearchesSpreadOverTheWeek(t *testing.T) {
	const guilds, days = 70, 28
	for _, c := range []struct {
		takes time.Duration
		most  int // searches in a night
	}{
		{time.Minute, 2 * guilds / 7},
		{15 * time.Minute, int(tuneShare/(15*time.Minute)) + 1},
	} {
		n := newNights(t)
		last, all := map[string]time.Time{}, map[string]int{}
		for i := range guilds {
			last[fmt.Sprint(700000000000000000+i*4194304)] = n.at
		}
		night := func(day int) (searched int) {
			n.at = time.Date(2026, 3, 2+day, 4, 0, 0, 0, time.UTC)
			// Those with the most votes since their last search come first.
			for _, id := range slices.SortedFunc(maps.Keys(last), func(a, b string) int {
				return cmp.Or(last[a].Compare(last[b]), cmp.Compare(a, b))
			}) {
				if !n.mayTune(t.Context(), id, last[id]) {
					continue
				}
				begun := n.at
				n.at = n.at.Add(c.takes)
				n.noteTuned(t.Context(), begun)
				last[id] = begun
				all[id]++
				searched++
			}
			return searched
		}
		for day := 1; day <= days; day++ {
			if got := night(day); got > c.most {
				t.Errorf("searches of %v: %d in night %d", c.takes, got, day)
			}
		}
		for id := range last {
			if all[id] < 3 || all[id] > 4 {
				t.Errorf("searches of %v: guild %s searched %d times in %d days", c.takes, id, all[id], days)
			}
		}
	}
}

// TestTrainingByNeed: those train first who have the most votes that their champion has
// not learned from.
func TestTrainingByNeed(t *testing.T) {
	n := newNights(t)
	for i, g := range []struct{ votes, learned int }{{30, 0}, {40, 35}, {20, 0}, {12, 2}, {0, 0}} {
		id := fmt.Sprint("g", i)
		var votes []catalog.VoteChange
		for v := range g.votes {
			votes = append(votes, catalog.VoteChange{GuildID: id, VideoID: fmt.Sprintf("video%06d", v), MemberID: "901", Up: true, Set: true, Source: catalog.SourceImport, At: n.at})
		}
		if _, err := n.catalog.Vote(t.Context(), votes...); err != nil {
			t.Fatal(err)
		}
		if g.learned > 0 {
			if _, err := n.catalog.SaveModel(t.Context(), id, fmt.Appendf(nil, `{"votes":%d}`, g.learned), [][]byte{[]byte("model")}, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	order := []string{"g0", "g1", "g2", "g3", "g4"}
	slices.SortFunc(order, func(a, b string) int {
		turn := func(id string) int64 { return n.trainingTurn(t.Context(), catalog.Slot{GuildID: id, At: n.at}).Rank }
		return cmp.Compare(turn(a), turn(b))
	})
	if want := []string{"g0", "g2", "g3", "g1", "g4"}; !slices.Equal(order, want) {
		t.Errorf("they train in the order %v, want %v", order, want)
	}
}

// TestSearchesOfOneGuild: the first search is due at once, but never before a post, and not
// once the day's searches have taken their share, which the next day has again.
func TestSearchesOfOneGuild(t *testing.T) {
	n := newNights(t)
	may := func(what, slot string, want bool) {
		t.Helper()
		run := &catalog.Run{GuildID: "700000000000000001", Kind: catalog.RunRetrain, By: catalog.BySchedule, Slot: slot}
		if got := n.searches(t.Context(), run, nil); got != want {
			t.Errorf("%s it searches: %v", what, got)
		}
	}
	may("at night", "a slot", true)
	may("before a post", "", false)
	begun := n.at
	n.at = n.at.Add(tuneShare - time.Second)
	n.noteTuned(t.Context(), begun)
	may("with a second left", "a slot", true)
	n.at = n.at.Add(time.Minute)
	n.noteTuned(t.Context(), n.at.Add(-time.Second))
	may("after the day's share", "a slot", false)
	n.at = n.at.Add(24 * time.Hour)
	may("the next day", "a slot", true)
}
