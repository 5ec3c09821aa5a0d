package model

import (
	"bytes"
	"slices"
	"testing"

	"cratedigger/model/tree"
)

// TestExportedTreesScoreAsTheLearner writes the tree learners of an ensemble and
// reads them again: each row gets the learner's own raw score.
func TestExportedTreesScoreAsTheLearner(t *testing.T) {
	d := made(t, 200, 3)
	e, err := Train(t.Context(), d, team(), Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	rows := made(t, 90, 4)
	raw, err := e.LearnerScores(t.Context(), rows.Rows, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for l, learner := range e.Learners {
		var text bytes.Buffer
		err := e.WriteLightGBM(&text, learner.Name)
		if learner.Kind != Boost && learner.Kind != Forest {
			if err == nil {
				t.Errorf("%s, which has no trees, was written", learner.Name)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		trees, err := tree.ReadLightGBM(&text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := trees.Score(rows.Views[learner.View])
		if err != nil {
			t.Fatal(err)
		}
		if learner.Kind == Boost && !slices.Equal(got, raw[l]) {
			t.Errorf("%s scores %v, exported %v", learner.Name, raw[l][:3], got[:3])
		}
		if learner.Kind == Forest { // the ensemble takes its log odds
			for i := range got {
				for k := range i {
					if (got[i] < got[k]) != (raw[l][i] < raw[l][k]) {
						t.Fatalf("%s orders rows %d and %d otherwise when exported", learner.Name, i, k)
					}
				}
			}
		}
	}
	if err := e.WriteLightGBM(&bytes.Buffer{}, "oracle"); err == nil {
		t.Error("a learner that is not there was written")
	}
}
