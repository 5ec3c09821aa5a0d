package taste

import (
	"slices"
	"testing"
	"time"
)

func TestJudgeFollowsItsRule(t *testing.T) {
	videos, labels := crate(190, 190, 11)
	for i := range labels {
		labels[i].VotedAt = now.Add(time.Duration(i-150) * time.Hour)
	}
	wrong := slices.Clone(labels)
	for i := range wrong {
		wrong[i].Share = 1 - wrong[i].Share
	}
	old := train(t, videos, labels[:150], Options{Seed: 1, SkipImportances: true})
	young := train(t, videos, labels, Options{Seed: 1, SkipImportances: true})
	small := train(t, videos, labels[:50], Options{Seed: 1, SkipImportances: true})
	astray := train(t, videos, append(slices.Clone(wrong[:150]), labels[150:]...), Options{Seed: 1, SkipImportances: true})
	rule := train(t, videos, labels[:2], Options{Seed: 1})
	tests := []struct {
		name                 string
		champion, challenger *Model
		promote              bool
		newest               bool
	}{
		{"no champion", nil, rule, true, false},
		{"the rule ranked", rule, young, true, false},
		{"the rule would rank", old, rule, false, false},
		{"few labels", old, small, true, false},
		{"better informed", old, young, true, true},
		{"led astray", old, astray, false, true},
	}
	for _, c := range tests {
		v, err := Judge(t.Context(), c.champion, c.challenger, videos, labels, JudgeOptions{Seed: 1, Labels: 160, Least: 20, Certainty: 0.9})
		if err != nil {
			t.Fatal(err)
		}
		if v.Promote != c.promote || (v.Newest > 0) != c.newest || v.Why == "" {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}
