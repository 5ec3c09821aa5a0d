package taste

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"cratedigger/model/metric"
	"cratedigger/model/tune"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
)

var now = time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)

func train(t testing.TB, videos []catalog.Video, labels []Label, o Options) *Model {
	t.Helper()
	o.Now = now
	m, err := Train(t.Context(), videos, labels, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLearnsAHiddenTasteAndSurvivesAFile(t *testing.T) {
	videos, labels := crate(300, 150, 7)
	m := train(t, videos, labels, Options{Seed: 3})
	if !m.Learned() {
		t.Fatalf("the rule ranks: %s", m.card.Rule)
	}
	if e, p := m.card.Ensemble, m.card.Prior; e.LogLoss >= p.LogLoss || e.ROCAUC < 0.6 {
		t.Errorf("out of fold %+v, prior %+v", *e, *p)
	}
	before, err := m.Score(t.Context(), videos, now)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := m.Save(&file); err != nil {
		t.Fatal(err)
	}
	saved := bytes.Clone(file.Bytes())
	loaded, err := Load(&file)
	if err != nil {
		t.Fatal(err)
	}
	after, err := loaded.Score(t.Context(), videos, now)
	if err != nil {
		t.Fatal(err)
	}
	for i := range before {
		if math.Abs(before[i].Probability-after[i].Probability) > 1e-6 {
			t.Fatalf("video %d: %v before, %v after the file", i, before[i], after[i])
		}
		if p := before[i].Probability; !(p > 0 && p < 1) || !(before[i].Variance >= 0) {
			t.Fatalf("score %+v", before[i])
		}
	}
	if !bytes.Equal(m.Card(), loaded.Card()) {
		t.Error("the card changed in the file")
	}
	for _, n := range []int{0, 10, len(saved) / 2, len(saved) - 1} {
		if _, err := Load(bytes.NewReader(saved[:n])); err == nil {
			t.Errorf("a file cut off at %d of %d bytes loads", n, len(saved))
		}
	}
	again := train(t, videos, labels, Options{Seed: 3, Parallel: 1})
	var second bytes.Buffer
	if err := again.Save(&second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(saved, second.Bytes()) {
		t.Error("the same seed gave another model on one processor")
	}
}

func TestExplanationsAddUpAndNameWhatCounts(t *testing.T) {
	videos, labels := crate(200, 150, 8)
	m := train(t, videos, labels, Options{Seed: 1})
	named := 0
	for i := range videos[:20] {
		x, err := m.Explain(videos[i], now)
		if err != nil {
			t.Fatal(err)
		}
		sum := x.Base
		for _, p := range x.Parts {
			sum += p.Weight
		}
		if math.Abs(sum-x.Raw) > 1e-6 {
			t.Fatalf("parts and base add up to %v, the score is %v", sum, x.Raw)
		}
		for _, r := range x.Reasons {
			if r.Weight <= 0 {
				t.Errorf("a reason speaks against the video: %+v", r)
			}
			if r.Kind == "words" || r.Kind == "channel" {
				named++
			}
		}
	}
	if named == 0 {
		t.Error("no video has a reason in words")
	}
	if len(m.Importances()) == 0 {
		t.Error("nothing moves the scores")
	}
}

func TestDegenerateLabels(t *testing.T) {
	videos, labels := crate(300, 200, 9)
	all := func(share float64) []Label {
		out := slices.Clone(labels)
		for i := range out {
			out[i].Share = share
		}
		return out
	}
	tests := map[string][]Label{
		"none":             nil,
		"two votes":        labels[:2],
		"likes everything": all(1),
		"likes nothing":    all(0),
		"soft ones alike":  all(0.8),
		"unknown videos":   {{VideoID: "nowhere", Share: 1, Weight: 1}},
		"no weight":        {{VideoID: videos[0].ID, Share: 1}},
	}
	for name, ls := range tests {
		t.Run(name, func(t *testing.T) {
			m := train(t, videos, ls, Options{Seed: 1})
			if m.Learned() {
				t.Error("the model claims to have learned")
			}
			if c, err := ReadCard(m.Card()); err != nil || c.Rule == "" {
				t.Errorf("the card does not say why the rule ranks: %v", err)
			}
			s, err := m.Score(t.Context(), videos, now)
			if err != nil {
				t.Fatal(err)
			}
			want := NewRule(m.Cache(), videos, nil).Score(videos, now)
			if s[5] != want[5] {
				t.Errorf("score %v, the rule says %v", s[5], want[5])
			}
			var b bytes.Buffer
			if err := m.Save(&b); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(&b); err != nil {
				t.Errorf("saved and not loaded: %v", err)
			}
		})
	}
}

// Nothing but chance may be learned from shuffled labels.
func TestShuffledLabelsGiveChance(t *testing.T) {
	sum := 0.0
	const times = 3
	for seed := range uint64(times) {
		videos, labels := crate(150, 150, 20+seed)
		rng := rand.New(rand.NewPCG(seed, 5))
		rng.Shuffle(len(labels), func(i, j int) { labels[i].Share, labels[j].Share = labels[j].Share, labels[i].Share })
		m := train(t, videos, labels, Options{Seed: seed, SkipImportances: true})
		if m.card.Ensemble == nil {
			t.Fatal("there is no ensemble")
		}
		sum += m.card.Ensemble.ROCAUC / times
		if m.card.Ensemble.LogLoss > m.card.Prior.LogLoss*1.05 {
			t.Errorf("seed %d: log loss %.3f out of fold, prior %.3f", seed, m.card.Ensemble.LogLoss, m.card.Prior.LogLoss)
		}
	}
	if math.Abs(sum-0.5) > 0.12 {
		t.Errorf("mean AUC %.3f on shuffled labels", sum)
	}
}

// Observations from after a video was posted must not count.
func TestFutureObservationsAreNotRead(t *testing.T) {
	videos, labels := crate(120, 120, 4)
	for i := range labels {
		labels[i].KnownAt = now
	}
	spoiled := slices.Clone(videos)
	for i := range spoiled {
		views := int64(1 + 1e9*labels[i].Share)
		spoiled[i].Views = &views
		spoiled[i].Observations = append(slices.Clone(spoiled[i].Observations), catalog.Observation{At: now.Add(24 * time.Hour), Views: &views, Likes: &views})
	}
	cache := feature.NewCache(feature.Options{})
	space, err := cache.Space(videos, 1)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Repeat([]time.Time{now}, len(videos))
	for _, view := range []feature.View{feature.ViewNumbers, feature.ViewDense} {
		a, err := space.Matrix(cache.Documents(videos, at), view)
		if err != nil {
			t.Fatal(err)
		}
		b, err := space.Matrix(cache.Documents(spoiled, at), view)
		if err != nil {
			t.Fatal(err)
		}
		for i := range videos {
			if fmt.Sprint(a.Dense(i)) != fmt.Sprint(b.Dense(i)) {
				t.Fatalf("view %s, video %d: the future changed the row", view, i)
			}
		}
	}
}

func TestCancelledTrainingEnds(t *testing.T) {
	videos, labels := crate(300, 200, 9)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Train(ctx, videos, labels, Options{Seed: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestTuningSearchesTextAndLearnersAndNeverLeavesWhatWasBetter(t *testing.T) {
	videos, labels := crate(80, 80, 6)
	o := Options{Seed: 1, Trials: 6, SkipImportances: true}
	m := train(t, videos, labels, o)
	found := m.card.Tuning
	if found == nil || len(found.Trials) != 6 || len(found.Names) != len(found.Best) {
		t.Fatalf("the card says of the search: %+v", found)
	}
	best := slices.MinFunc(found.Trials, func(a, b tune.Trial) int { return cmp.Compare(a.Loss, b.Loss) })
	if !slices.Equal(best.Point, found.Best) {
		t.Errorf("the best of the search is %v, in force is %v", best.Point, found.Best)
	}
	for _, name := range []string{"text.char_high", "linear.c", "boost.leaves"} {
		if !slices.Contains(found.Names, name) {
			t.Errorf("%s is not searched", name)
		}
	}
	var file bytes.Buffer
	if err := m.Save(&file); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(&file)
	if err != nil || !reflect.DeepEqual(loaded.card.Tuning, found) {
		t.Fatalf("the search was not kept in the file: %v", err)
	}

	// Resumed after 4 trials it ends the same, and does only what was missing.
	first := *found
	first.Trials = found.Trials[:4]
	tried := 0
	o.Resume = &first
	o.Progress = func(stage string, _, _ int) {
		if stage == "tuning" {
			tried++
		}
	}
	if again := train(t, videos, labels, o); !reflect.DeepEqual(again.card.Tuning, found) || tried != 2 {
		t.Errorf("resumed with %d more trials: %+v", tried, again.card.Tuning)
	}
	// A search on other labels is not continued.
	tried = 0
	o.Trials = 2
	if train(t, videos, labels[1:], o); tried != 2 {
		t.Errorf("%d trials on other labels, want 2", tried)
	}
}

func TestWhatASearchFoundGoesOnServing(t *testing.T) {
	videos, labels := crate(80, 80, 6)
	first := train(t, videos, labels, Options{Seed: 1, Trials: 3, SkipImportances: true})
	if !first.TunedAt().Equal(now) {
		t.Fatalf("tuned at %v", first.TunedAt())
	}
	next := train(t, videos, labels[2:], Options{Seed: 1, Before: first, Cache: first.Cache(), SkipImportances: true})
	if !reflect.DeepEqual(next.card.Learners, first.card.Learners) || !reflect.DeepEqual(next.card.Tuning, first.card.Tuning) {
		t.Error("the next training went back to the fixed parameters")
	}
	if next.Cache() != first.Cache() {
		t.Error("the videos were read anew")
	}
	// Parameters found for an older program's learners are dropped.
	first.card.Learners = first.card.Learners[1:]
	if next := train(t, videos, labels, Options{Seed: 1, Before: first, SkipImportances: true}); !reflect.DeepEqual(next.card.Learners, DefaultLearners()) || !next.TunedAt().IsZero() {
		t.Error("the learners of an older program go on serving")
	}
	if fixed := train(t, videos, labels, Options{Seed: 1, SkipImportances: true}); !fixed.TunedAt().IsZero() || !reflect.DeepEqual(fixed.card.Learners, DefaultLearners()) {
		t.Error("without a search the fixed parameters do not serve")
	}
}

// TestCurvesAreOfTheSameLabelsAsTheFigures: whoever draws a card's outcomes by their
// weights gets the card's figures.
func TestCurvesAreOfTheSameLabelsAsTheFigures(t *testing.T) {
	videos, labels := crate(160, 90, 3)
	for i := range labels {
		labels[i].Weight = []float64{1, 0.2, 0.55}[i%3]
	}
	m := train(t, videos, labels, Options{})
	o, f := m.card.OutOfFold, m.card.Ensemble
	if auc := metric.ROCAUC(o.Share, o.Score, o.Weight); math.Abs(auc-f.ROCAUC) > 0.003 {
		t.Errorf("the curve's area is %.4f, the table's %.4f", auc, f.ROCAUC)
	}
	if ap := metric.AveragePrecision(o.Share, o.Score, o.Weight); math.Abs(ap-f.AveragePrecision) > 0.003 {
		t.Errorf("the curve's average precision is %.4f, the table's %.4f", ap, f.AveragePrecision)
	}
}
