package metric_test

import (
	"fmt"
	"math"
	"testing"

	"cratedigger/model/metric"
)

// The expected figures are scikit-learn 1.2.1's on the same vectors, with ties
// across classes and unequal weights.
var (
	labels  = []float64{0, 1, 1, 0, 1, 0, 0, 1}
	scores  = []float64{.1, .4, .35, .8, .4, .4, .2, .9}
	weights = []float64{1, 2, 1, .5, 1, 3, 1, 1.5}
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(want) != math.IsNaN(got) || math.Abs(got-want) > 1e-12 {
		t.Errorf("%s = %.16g, want %.16g", what, got, want)
	}
}

func TestAgainstKnownAnswers(t *testing.T) {
	near(t, "average precision", metric.AveragePrecision(labels, scores, nil), 0.7166666666666667)
	near(t, "weighted average precision", metric.AveragePrecision(labels, scores, weights), 0.6906565656565657)
	near(t, "AUC", metric.ROCAUC(labels, scores, nil), 0.6875)
	near(t, "weighted AUC", metric.ROCAUC(labels, scores, weights), 0.6859504132231404)
	near(t, "log loss", metric.LogLoss(labels, scores, nil), 0.6795664633846177)
	near(t, "weighted log loss", metric.LogLoss(labels, scores, weights), 0.6020395443722674)
}

func TestLogLossClipsAtAMillionth(t *testing.T) {
	near(t, "certain and wrong", metric.LogLoss([]float64{1, 0}, []float64{0, 1}, nil), -math.Log(1e-6))
	near(t, "certain and right", metric.LogLoss([]float64{0, 1}, []float64{0, 1}, nil), -math.Log1p(-1e-6))
}

func TestOneClassAndNoRows(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name          string
		y, p          []float64
		ap, auc, loss float64
	}{
		{"no rows", nil, nil, nan, nan, nan},
		{"only positives", []float64{1, 1}, []float64{.5, .5}, 1, nan, math.Ln2},
		{"only negatives", []float64{0, 0}, []float64{.5, .5}, nan, nan, math.Ln2},
		{"all tied", []float64{0, 1, 0, 0}, []float64{.5, .5, .5, .5}, .25, .5, math.Ln2},
	} {
		near(t, c.name+" average precision", metric.AveragePrecision(c.y, c.p, nil), c.ap)
		near(t, c.name+" AUC", metric.ROCAUC(c.y, c.p, nil), c.auc)
		near(t, c.name+" log loss", metric.LogLoss(c.y, c.p, nil), c.loss)
	}
	if metric.ROC([]float64{1}, []float64{1}, nil) != nil || metric.PrecisionRecall([]float64{0}, []float64{1}, nil) != nil {
		t.Error("a curve was drawn where it has no meaning")
	}
}

func TestNaNScoresComeLast(t *testing.T) {
	nan := math.NaN()
	near(t, "AUC", metric.ROCAUC([]float64{1, 0, 0}, []float64{-5, nan, nan}, nil), 1)
	near(t, "AUC of a tie of NaN", metric.ROCAUC([]float64{1, 0}, []float64{nan, nan}, nil), .5)
}

func TestCurves(t *testing.T) {
	inf := math.Inf(1)
	checkCurve(t, "ROC", metric.ROC(labels, scores, nil), []metric.Point{
		{0, 0, inf}, {0, .25, .9}, {.25, .25, .8}, {.5, .75, .4}, {.5, 1, .35}, {.75, 1, .2}, {1, 1, .1}})
	checkCurve(t, "precision-recall", metric.PrecisionRecall(labels, scores, nil), []metric.Point{
		{0, 1, inf}, {.25, 1, .9}, {.25, .5, .8}, {.75, .6, .4}, {1, 2. / 3, .35}, {1, 4. / 7, .2}, {1, .5, .1}})
	var got []metric.Point
	for _, b := range metric.Reliability(4, labels, scores, nil) {
		got = append(got, metric.Point{X: b.Probability, Y: b.Share, Score: b.Weight})
	}
	checkCurve(t, "reliability", got, []metric.Point{{.15, 0, 2}, {.3875, .75, 4}, {.85, .5, 2}})
}

func TestReliabilityEdgesAreUpper(t *testing.T) {
	bins := metric.Reliability(2, []float64{1, 0, 1}, []float64{0, .5, 1}, nil)
	if len(bins) != 2 || bins[0].Weight != 2 || bins[1].Weight != 1 {
		t.Errorf("bins %+v, want 0 and 0.5 together and 1 alone", bins)
	}
}

func checkCurve(t *testing.T, name string, got, want []metric.Point) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d points, want %d: %v", name, len(got), len(want), got)
	}
	for i := range want {
		near(t, fmt.Sprint(name, " x ", i), got[i].X, want[i].X)
		near(t, fmt.Sprint(name, " y ", i), got[i].Y, want[i].Y)
		if !math.IsInf(want[i].Score, 1) {
			near(t, fmt.Sprint(name, " score ", i), got[i].Score, want[i].Score)
		}
	}
}

func ExampleROCAUC() {
	y := []float64{0, 0, 1, 1}
	score := []float64{.1, .4, .35, .8}
	fmt.Println(metric.ROCAUC(y, score, nil))
	// Output: 0.75
}
