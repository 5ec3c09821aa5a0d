package taste

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"cratedigger/model/container"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
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

// TestNoVideoIsLikeItself: what the model learned from is not explained by its likeness
// to itself, even under a title that has changed since; nor is another upload with the
// same title.
func TestNoVideoIsLikeItself(t *testing.T) {
	// Titles of two kinds, which letters tell apart.
	videos, labels := crate(120, 100, 7)
	for i := range videos {
		words := [2][]string{{"velvet", "harbour", "evening", "session"}, {"brutal", "kontrakt", "strasse", "zug"}}[i%2]
		videos[i].Title = fmt.Sprintf("%s %s take %c%d", words[i/2%4], words[i/8%4], 'a'+i%26, i)
		videos[i].Description, videos[i].Tags = "", nil
	}
	for i := range labels {
		at := slices.IndexFunc(videos, func(v catalog.Video) bool { return v.ID == labels[i].VideoID })
		labels[i].Share = float64(1 - at%2)
	}
	m := train(t, videos, labels, Options{Seed: 3})
	likenesses := 0
	for _, v := range videos {
		copied := v
		copied.ID = "another"
		renamed := v
		renamed.Title += " (remastered)"
		for _, shown := range []catalog.Video{v, renamed, copied} {
			x, err := m.Explain(shown, now)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range x.Parts {
				switch {
				case p.Kind != PartLike:
				case p.Name == v.Title:
					t.Errorf("%s, shown as %s %q, is like itself", v.ID, shown.ID, shown.Title)
				default:
					likenesses++
				}
			}
		}
	}
	if likenesses == 0 {
		t.Error("no video resembles another")
	}
}

// A model of a format before does not load: the first holds no scores out of fold, and
// one of the songs' rules before has other keys of artists.
func TestModelOfTheFormatBeforeIsRefused(t *testing.T) {
	var e container.Encoder
	e.String("{}")
	e.Bool(false)
	e.Strings(nil)
	var file bytes.Buffer
	for _, version := range []uint32{1, song.Version} { // a model of the rules before had song.Version
		file.Reset()
		if err := container.Write(&file, modelKind, version, e.Bytes()); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(&file); err == nil || !strings.Contains(err.Error(), "trained again") {
			t.Errorf("version %d loads with %v", version, err)
		}
	}
}
