package evaluate

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"cratedigger/internal/reference"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

func readReference(t testing.TB, name string) *labels.File {
	r, err := os.Open(reference.File(t, "labels/"+name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := labels.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mean(e *Evaluation, figure func(Outcome) float64) float64 {
	m, _ := e.Spread(figure)
	return m
}

// The reference figures of the labels' README must be reached on one repeat of
// the given folds of the smaller set, with a margin for noise; with
// CRATEDIGGER_LONG=1 on all repeats of both sets.
func TestReferenceLabels(t *testing.T) {
	long := os.Getenv("CRATEDIGGER_LONG") != ""
	for _, set := range []struct {
		name        string
		ap, auc, ll float64
		timeAP      float64
		short       bool
	}{
		{"oliv", 0.52, 0.68, 0.62, 0.45, true},
		{"maioli", 0.30, 0.763, 0.31, 0.22, false},
	} {
		if !set.short && !long {
			continue
		}
		f := readReference(t, set.name)
		r, err := os.Open(reference.File(t, "labels/"+set.name+".folds.csv"))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		splits, err := ReadFolds(r, f)
		if err != nil {
			t.Fatal(err)
		}
		if len(splits) != 25 || splits[7].Fold != 7 {
			t.Fatalf("%d splits", len(splits))
		}
		if !long {
			splits = splits[:3]
		}
		e, err := Evaluate(t.Context(), f, splits, taste.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		ap := mean(e, func(o Outcome) float64 { return o.Ensemble.AveragePrecision })
		auc := mean(e, func(o Outcome) float64 { return o.Ensemble.ROCAUC })
		ll := mean(e, func(o Outcome) float64 { return o.Ensemble.LogLoss })
		t.Logf("%s: AP %.3f, AUC %.3f, log loss %.3f", set.name, ap, auc, ll)
		if ap < set.ap || auc < set.auc || ll > set.ll {
			t.Errorf("%s: AP %.3f, AUC %.3f, log loss %.3f; want at least %.3f, %.3f and at most %.3f", set.name, ap, auc, ll, set.ap, set.auc, set.ll)
		}
		s, err := TimeSplit(f)
		if err != nil {
			t.Fatal(err)
		}
		if e, err = Evaluate(t.Context(), f, []Split{s}, taste.Options{Seed: 1}); err != nil {
			t.Fatal(err)
		}
		if ap := e.Outcomes[0].Ensemble.AveragePrecision; ap < set.timeAP {
			t.Errorf("%s: AP %.3f by time, want %.3f", set.name, ap, set.timeAP)
		}
	}
}

// Nothing can be learned from shuffled labels: the ranking is random, and the
// log loss that of the base rate.
func TestShuffledRealLabelsGiveChance(t *testing.T) {
	f := readReference(t, "oliv")
	// The AUC of one shuffle has an sd of about 0.035, so that of two is within
	// 0.07 by chance. Where the test rows train as well, it is 0.74.
	var auc, ap, base, worse float64
	const times = 2
	for seed := range uint64(times) {
		shuffled := &labels.File{Rows: slices.Clone(f.Rows)}
		rng := rand.New(rand.NewPCG(seed, 0x5f))
		rng.Shuffle(len(shuffled.Rows), func(i, j int) {
			shuffled.Rows[i].Y, shuffled.Rows[j].Y = shuffled.Rows[j].Y, shuffled.Rows[i].Y
		})
		// Halves: as many test rows as five folds have, of two trainings.
		order := rng.Perm(len(f.Rows))
		a, b := order[:len(order)/2], order[len(order)/2:]
		e, err := Evaluate(t.Context(), shuffled, []Split{{Train: a, Test: b}, {Train: b, Test: a}}, taste.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		auc += mean(e, func(o Outcome) float64 { return o.Ensemble.ROCAUC }) / times
		ap += mean(e, func(o Outcome) float64 { return o.Ensemble.AveragePrecision }) / times
		base += mean(e, func(o Outcome) float64 { return o.Prior.AveragePrecision }) / times
		worse += mean(e, func(o Outcome) float64 { return o.Ensemble.LogLoss - o.Prior.LogLoss }) / times
	}
	t.Logf("AUC %.3f, AP %.3f of %.3f at random, log loss %+.4f against the prior", auc, ap, base, worse)
	if math.Abs(auc-0.5) > 0.07 || math.Abs(ap-base) > 0.09 || worse > 0.03 {
		t.Errorf("AUC %.3f, AP %.3f of %.3f at random, log loss %+.4f against the prior", auc, ap, base, worse)
	}
}

func TestTimeSplitFollowsTheRule(t *testing.T) {
	for name, want := range map[string][2]int{"maioli": {872, 292}, "oliv": {205, 90}} {
		s, err := TimeSplit(readReference(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Train) != want[0] || len(s.Test) != want[1] {
			t.Errorf("%s: %d train and %d test, want %v", name, len(s.Train), len(s.Test), want)
		}
	}
	f, err := labels.Read(strings.NewReader("title,y\na,1\nb,0\nc,1\nd,0\ne,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := TimeSplit(f); err == nil {
		t.Error("a file without dates was split by time")
	}
}

// TestTimeSplitByDay: days before 1970 are days too.
func TestTimeSplitByDay(t *testing.T) {
	f, err := labels.Read(strings.NewReader("title,published,y\na,1969-12-31T12:00:00Z,1\nb,31.12.85,0\nc,1971-05-01,1\nd,1888-01-01,0\ne,1970-01-01,1\nf,1989-12-31,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := TimeSplit(f)
	if err != nil || !slices.Equal(s.Train, []int{0, 2, 3, 4}) || !slices.Equal(s.Test, []int{1, 5}) {
		t.Errorf("%v trains, %v tests, %v", s.Train, s.Test, err)
	}
	f.Rows = []labels.Row{f.Rows[0], f.Rows[0], f.Rows[3], f.Rows[4]} // the border is the first day of 1970
	if s, err = TimeSplit(f); err != nil || !slices.Equal(s.Train, []int{0, 1, 2}) || !slices.Equal(s.Test, []int{3}) {
		t.Errorf("a noon of 1969 and a midnight of 1970 are one day: %v trains, %v tests, %v", s.Train, s.Test, err)
	}
}

func TestCrossSplitsCoverEachRowOnceARepeat(t *testing.T) {
	f := readReference(t, "oliv")
	seen := map[int]int{}
	for _, s := range CrossSplits(f, 3) {
		liked := 0
		for _, i := range s.Test {
			seen[i]++
			liked += int(*f.Rows[i].Y)
			if slices.Contains(s.Train, i) {
				t.Fatal("a row trains and tests")
			}
		}
		if math.Abs(float64(liked)-19.6) > 1 {
			t.Errorf("fold %d holds %d likes of 98", s.Fold, liked)
		}
	}
	for i := range f.Rows {
		if seen[i] != 5 {
			t.Fatalf("row %d tests %d times", i, seen[i])
		}
	}
}

// A file may be tiny and have only the columns title and y.
func TestEvaluatesPoorFiles(t *testing.T) {
	var b strings.Builder
	b.WriteString("title,y\n")
	for i := range 40 {
		b.WriteString([]string{"red dog runs", "blue cat sleeps", "green red bird", "old blue song"}[i%4])
		b.WriteString([]string{",1\n", ",0\n", ",0\n"}[i%3])
	}
	f, err := labels.Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	e, err := Evaluate(t.Context(), f, CrossSplits(f, 1)[:5], taste.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range e.Predictions() {
		if !(p.P >= 0 && p.P <= 1) {
			t.Fatalf("prediction %+v", p)
		}
	}
	if ll, prior := mean(e, func(o Outcome) float64 { return o.Ensemble.LogLoss }), mean(e, func(o Outcome) float64 { return o.Prior.LogLoss }); ll > prior*1.15 {
		t.Errorf("log loss %.3f on noise, prior %.3f", ll, prior)
	}
	joined, s := Join(f, f)
	if e, err = Evaluate(t.Context(), joined, []Split{s}, taste.Options{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	if p := e.Predictions(); p[0].Row != 0 || len(p) != 40 {
		t.Errorf("%d predictions, the first of row %d", len(p), p[0].Row)
	}
}

func TestBacktestFollowsTheProtocol(t *testing.T) {
	f := readReference(t, "oliv")
	f.Rows = f.Rows[:90]
	random, err := Backtest(t.Context(), f, ReplayOptions{Policy: PolicyRandom, Repeats: 20, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(random.G) > 0.15 || math.Abs(random.Random) > 0.05 {
		t.Errorf("random play has G %.3f, and %.3f over 200", random.G, random.Random)
	}
	if len(random.Hits[0]) != 90 {
		t.Errorf("%d shown, want all of 90, as they are fewer than 200", len(random.Hits[0]))
	}
	greedy, err := Backtest(t.Context(), f, ReplayOptions{Policy: PolicyGreedy, Repeats: 1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if greedy.G <= -0.2 || greedy.Mean(45) > greedy.Oracle(45) {
		t.Errorf("greedy play has G %.3f", greedy.G)
	}
	t.Logf("greedy G %.3f (%.3f)", greedy.G, greedy.GSD)
	told, err := Backtest(t.Context(), f, ReplayOptions{Policy: PolicyGreedy, Repeats: 2, Seed: 1, Favourites: 3})
	if err != nil {
		t.Fatal(err)
	}
	// The three are neither shown nor counted.
	if n := len(told.Hits[0]); n != 87 || told.N != 87 || told.Likes != greedy.Likes-3 || told.Mean(87) != float64(told.Likes) || math.Abs(told.RandomHit[86]-told.Mean(87)) > 1e-6 {
		t.Errorf("%d of %d shown, %.0f of %d likes found", n, told.N, told.Mean(87), told.Likes)
	}
	if _, err := Backtest(t.Context(), f, ReplayOptions{Policy: PolicyGreedy, Favourites: 80}); err == nil {
		t.Error("more favourites than there are likes")
	}
	if _, err := Backtest(t.Context(), f, ReplayOptions{Policy: "wise"}); err == nil {
		t.Error("an unknown policy was played")
	}
}
