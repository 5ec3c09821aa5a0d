package dashboard

import (
	"encoding/json"
	"strings"
	"testing"

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
