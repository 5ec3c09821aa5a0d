package taste

import (
	"fmt"
	"testing"
)

// However long a list is, it weighs as much as ten votes; and what was told is no vote.
func TestWhatIsToldIsBounded(t *testing.T) {
	var long []Told
	for i := range 80 {
		long = append(long, Told{VideoID: fmt.Sprint("v", i), Like: true, At: now})
	}
	labels := ToldLabels([][]Told{long, {{VideoID: "v0", Like: false, At: now}}})
	sum := 0.0
	for _, l := range labels {
		sum += l.Weight
		if !l.Told || l.Voters != 0 {
			t.Fatalf("%+v", l)
		}
	}
	if len(labels) != 80 || sum != 10.5 {
		t.Errorf("%d labels weigh %.2f, want 80 that weigh 10 and another of 0.5", len(labels), sum)
	}
	votes := []Label{{VideoID: "v0", Share: 0, Weight: 1, Voters: 1}, {VideoID: "v1", Weak: true, Weight: 0.3}}
	all := WithTold(votes, labels)
	got := byVideo(all)
	if got["v0"].Told || !got["v1"].Told || len(all) != 80 || Ready(all) || len(Votes(all)) != 1 {
		t.Errorf("v0 %+v, v1 %+v, %d labels", got["v0"], got["v1"], len(all))
	}
}

// The figures of a model and what its card counts are of votes alone.
func TestNothingIsMeasuredOnWhatIsTold(t *testing.T) {
	videos, labels := crate(80, 60, 4)
	for i := 40; i < 60; i++ {
		labels[i].Told, labels[i].Weight = true, 0.5
	}
	m := train(t, videos, labels, Options{Seed: 1, SkipImportances: true})
	if c := m.card; c.Labels != 40 || c.Told != 20 || c.OutOfFold == nil || len(c.OutOfFold.Score) != 40 {
		t.Errorf("card %+v", c)
	}
	// Turned round, what was told moves what is learned and hence the figures, but none
	// of it is among the rows that they are of.
	if c := train(t, videos, labels[40:], Options{Seed: 1}).card; c.Rule != RuleFew {
		t.Errorf("twenty that were told are enough to learn from: %q", c.Rule)
	}
}
