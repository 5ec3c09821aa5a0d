package evaluate_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"cratedigger/internal/reference"
	"cratedigger/pipeline/evaluate"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/labels"
)

// What asking is worth on real people's labels, against as many labels at random. Over
// all sets it is ahead at each number of labels; the log has each set's figures.
func TestAskedLabelsTeachMoreOfRealTastes(t *testing.T) {
	sets, repeats := []string{"labels/music/geo_t"}, 3
	if os.Getenv("CRATEDIGGER_LONG") != "" {
		sets, repeats = []string{"labels/music/geo_t", "labels/music/nat_t", "labels/music/p4k_cohen_t", "labels/music/mlh_1_t", "labels/maioli", "labels/oliv"}, 20
	}
	var ahead, variance [6]float64 // at 10, 20, … 320 labels, summed over sets
	for _, set := range sets {
		f, splits := withFolds(t, set)
		c, err := evaluate.LearningCurve(t.Context(), f, splits, repeats, feature.Options{}, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, n := range c.Labels {
			t.Logf("%s, %d labels: asked %.3f, at random %.3f, difference %+.3f ± %.3f", set, n, c.Asked[k], c.Random[k], c.Ahead[k], c.Error[k])
			if k < len(ahead) {
				ahead[k] += c.Ahead[k]
				variance[k] += c.Error[k] * c.Error[k]
			}
		}
	}
	for k := range ahead {
		if ahead[k] <= math.Sqrt(variance[k]) {
			t.Errorf("with %d labels asking is ahead by %+.3f ± %.3f", 10<<k, ahead[k]/float64(len(sets)), math.Sqrt(variance[k])/float64(len(sets)))
		}
	}
}

// withFolds is a label file of the reference data with its folds.
func withFolds(t *testing.T, set string) (*labels.File, []evaluate.Split) {
	t.Helper()
	open := func(name string) *os.File {
		r, err := os.Open(reference.File(t, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		return r
	}
	f, err := labels.Read(open(set + ".csv"))
	if err != nil {
		t.Fatal(err)
	}
	splits, err := evaluate.ReadFolds(open(strings.TrimSuffix(set, "_t")+".folds.csv"), f)
	if err != nil {
		t.Fatal(err)
	}
	return f, splits
}
