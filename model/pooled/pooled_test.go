package pooled

import (
	"math"
	"testing"
)

func row(columns ...string) (r []Value) {
	for _, c := range columns {
		r = append(r, Value{c, 1})
	}
	return r
}

// spreads believe of "rate" −1 and little of "far".
func spreads(column string) Prior {
	switch column {
	case "rate":
		return Prior{-1, 1}
	case "far":
		return Prior{0, 0.01}
	}
	return Prior{0, 1}
}

func TestLabelsMoveWhatRowsShare(t *testing.T) {
	rows := [][]Value{row("rate", "jazz", "far"), row("rate", "jazz", "far"), row("rate", "rock")}
	m, err := Train(rows, []float64{1, 1, 0}, []float64{1, 1, 1}, spreads)
	if err != nil {
		t.Fatal(err)
	}
	none, _ := Train(nil, nil, nil, spreads)
	score := func(m *Model, columns ...string) float64 { return m.Score(row(columns...)).Raw }
	if got := score(none, "rate", "jazz"); got != -1 {
		t.Errorf("without labels %v", got)
	}
	if !(score(m, "rate", "jazz") > score(m, "rate", "folk") && score(m, "rate", "folk") > score(m, "rate", "rock")) {
		t.Error("jazz was liked, rock not, and of folk nothing is known")
	}
	if far := score(m, "far"); far <= 0 || far > 0.01 {
		t.Errorf("a column that can hardly move has moved by %v", far)
	}
	if !(m.Score(row("jazz")).Variance < 1 && m.Score(row("folk")).Variance == 1) {
		t.Error("labels do not make a column surer")
	}
	if left := m.WithoutLabel(2).Raw; left <= score(m, "rate", "rock") {
		t.Errorf("without its own label rock has %v", left)
	}
}

// At the mode the gradient of the penalised likelihood is 0.
func TestModeIsTheMode(t *testing.T) {
	rows := [][]Value{row("rate", "a"), row("rate", "b"), row("rate", "a", "b"), row("rate")}
	y, w := []float64{1, 0.2, 0, 1}, []float64{1, 0.35, 30, 2}
	m, err := Train(rows, y, w, spreads)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{"rate", "a", "b"} {
		gradient := -(m.weights[c].mean - spreads(c).Mean)
		for i, r := range rows {
			for _, v := range r {
				if v.Column == c {
					gradient += w[i] * (y[i] - 1/(1+math.Exp(-m.Score(r).Raw)))
				}
			}
		}
		if math.Abs(gradient) > 1e-4 {
			t.Errorf("column %s has the gradient %v", c, gradient)
		}
	}
	if _, err := Train(rows, y, w[:2], spreads); err == nil {
		t.Error("weights of other rows are taken")
	}
}
