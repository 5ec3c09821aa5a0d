package taste

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"cratedigger/model/container"
)

// No score is of a model that had seen the label: those of learned videos are as
// good as the card says, which is worse than in sample, before and after a file.
func TestScoresOfLearnedVideosAreOutOfFold(t *testing.T) {
	videos, labels := crate(300, 150, 7)
	m := train(t, videos, labels, Options{Seed: 3})
	var file bytes.Buffer
	if err := m.Save(&file); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(&file)
	if err != nil {
		t.Fatal(err)
	}
	learned := map[string]bool{}
	for _, l := range labels {
		learned[l.VideoID] = true
	}
	scores, err := m.Score(t.Context(), videos, now)
	if err != nil {
		t.Fatal(err)
	}
	after, err := loaded.Score(t.Context(), videos, now)
	if err != nil {
		t.Fatal(err)
	}
	inSample, err := m.Predict(t.Context(), videos)
	if err != nil {
		t.Fatal(err)
	}
	var y, honest, seen []float64
	for i, s := range scores {
		if s.OutOfFold != learned[s.VideoID] {
			t.Errorf("video %s: learned %v, out of fold %v", s.VideoID, learned[s.VideoID], s.OutOfFold)
		}
		if s.OutOfFold && (s.Probability != after[i].Probability || s.Raw != after[i].Raw || !after[i].OutOfFold) {
			t.Errorf("video %s scores %+v, and %+v after a file", s.VideoID, s, after[i])
		}
		for _, l := range labels {
			if l.VideoID == s.VideoID {
				y, honest, seen = append(y, l.Share), append(honest, s.Probability), append(seen, inSample.Probability[i])
			}
		}
	}
	meanLoss := func(p []float64) (sum float64) {
		for i := range y {
			sum += loss(y[i], p[i]) / float64(len(y))
		}
		return sum
	}
	if in, out := meanLoss(seen), meanLoss(honest); out-in < 0.05 || math.Abs(out-m.card.Ensemble.LogLoss) > 0.02 {
		t.Errorf("log loss of the learned videos' scores is %.3f; in sample %.3f, by the report %.3f", out, in, m.card.Ensemble.LogLoss)
	}
}

// A model of the format before holds no scores out of fold, and does not load.
func TestModelOfTheFormatBeforeIsRefused(t *testing.T) {
	var e container.Encoder
	e.String("{}")
	e.Bool(false)
	e.Strings(nil)
	var file bytes.Buffer
	if err := container.Write(&file, modelKind, 1, e.Bytes()); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(&file); err == nil || !strings.Contains(err.Error(), "trained again") {
		t.Errorf("it loads with %v", err)
	}
}
