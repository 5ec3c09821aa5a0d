package dashboard

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"cratedigger/model"
	"cratedigger/model/tune"
	"cratedigger/pipeline/taste"
)

// The page of models draws a search from the card that training writes.
func TestTuningIsDrawn(t *testing.T) {
	written, err := json.Marshal(taste.Card{Tuning: &taste.Tuning{Trials: []tune.Trial{{Loss: 0.61}, {Loss: 0.55}, {Loss: 0.58}}}})
	if err != nil {
		t.Fatal(err)
	}
	s, row := &Server{}, modelRow{Version: 1}
	if err := json.Unmarshal(written, &row.Card); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, c := range s.modelCharts(&row) {
		all.WriteString(string(c))
	}
	for _, want := range []string{"Search for parameters", "log loss, lower is better", "best so far"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("the charts of a tuned model lack %q", want)
		}
	}
	row.Card.Tuning.Trials = nil
	for _, c := range s.modelCharts(&row) {
		if strings.Contains(string(c), "Search for parameters") {
			t.Error("a search is drawn that never was")
		}
	}
}

// The area under the curve that is drawn is the figure, also of labels that are shares.
func TestCurvesAreOfTheFigures(t *testing.T) {
	o := taste.Outcomes{Score: []float64{.9, .7, .6, .4, .2}, Share: []float64{.75, .3, .6, .25, .4}, Weight: []float64{1, .5, 1, .3, 1}}
	rows, y, w := model.Harden(o.Share, o.Weight)
	score := make([]float64, len(rows))
	for k, i := range rows {
		score[k] = o.Score[i]
	}
	roc, _, bins := curves(o)
	area, weight := 0.0, 0.0
	for i := 1; i < len(roc.X); i++ {
		area += (roc.X[i] - roc.X[i-1]) * (roc.Y[i] + roc.Y[i-1]) / 2
	}
	for _, b := range bins {
		weight += b.Observed * float64(b.Count)
	}
	if want := model.Measure(y, score, w).ROCAUC; math.Abs(area-want) > 1e-9 || math.Abs(area-0.5) < 0.05 {
		t.Errorf("the curve has an area of %.3f, the figure is %.3f", area, want)
	}
	if len(bins) == 0 || weight > 4 {
		t.Errorf("all labels count as likes: %+v", bins)
	}
	o.Weight = o.Weight[:2]
	if _, _, bins = curves(o); bins != nil {
		t.Error("a broken card is drawn")
	}
}
