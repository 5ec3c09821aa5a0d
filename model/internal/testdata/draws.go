package testdata

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"cratedigger/model/matrix"
	"cratedigger/model/metric"
)

// CompareOnDraws trains on each of the reference draws and fails if the mean
// average precision, AUC or log loss on their test rows is worse than the
// reference learner's by more than tolerance. The draws of 1,000 rows are
// taken, or those that the environment variable CRATEDIGGER_DRAWS names. Each is
// fitted with the seeds 1 to seeds.
func CompareOnDraws(t *testing.T, learner string, tolerance float64, seeds uint64, fit func(seed uint64, m *matrix.Matrix, y []float64, test *matrix.Matrix) []float64) {
	t.Helper()
	dir := filepath.Join(Dir(t, "lightgbm"), "draws")
	set := os.Getenv("CRATEDIGGER_DRAWS")
	if set == "" {
		set = "1k"
	}
	f, err := os.Open(filepath.Join(dir, "reference.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var ours, theirs [3]float64
	draws := 0.0
	for _, line := range lines[1:] {
		if line[0] != set || line[2] != learner {
			continue
		}
		draw, err := strconv.Atoi(line[1])
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, fmt.Sprintf("%s-%02d", set, draw))
		m, y := LibSVM(t, path+".svm.gz")
		test, want := LibSVM(t, path+"_test.svm.gz")
		var got [3]float64
		for seed := range seeds {
			p := fit(seed+1, m, y, test)
			for k, v := range []float64{metric.AveragePrecision(want, p, nil), metric.ROCAUC(want, p, nil), metric.LogLoss(want, p, nil)} {
				got[k] += v / float64(seeds)
			}
		}
		t.Logf("%s-%02d: average precision %.4f, AUC %.4f, log loss %.4f; reference %v", set, draw, got[0], got[1], got[2], line[3:])
		for k := range got {
			v, err := strconv.ParseFloat(line[3+k], 64)
			if err != nil {
				t.Fatal(err)
			}
			ours[k] += got[k]
			theirs[k] += v
		}
		draws++
	}
	if draws == 0 {
		t.Fatalf("there are no draws %q of %s", set, learner)
	}
	for k, name := range []string{"average precision", "AUC", "log loss"} {
		a, b := ours[k]/draws, theirs[k]/draws
		t.Logf("mean %s over %.0f draws: %.4f, reference %.4f", name, draws, a, b)
		worse := b - a
		if name == "log loss" {
			worse = a - b
		}
		if worse > tolerance || math.IsNaN(worse) {
			t.Errorf("the mean %s is %.4f, worse than the reference %.4f by more than %v", name, a, b, tolerance)
		}
	}
}
