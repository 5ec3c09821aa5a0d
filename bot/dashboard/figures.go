package dashboard

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"

	"cratedigger/bot/chart"
	"cratedigger/model"
	"cratedigger/model/metric"
	"cratedigger/pipeline"
	"cratedigger/pipeline/taste"
)

// drawnTrials is how many trials of a search are drawn at most; more make the page large.
const drawnTrials = 60

// modelCharts draws how good a model is on the labels that its table measures, with the
// same weights, and how its parameters were found.
func (s *Server) modelCharts(chosen *modelRow) (out []template.HTML) {
	add := func(c *chart.Chart) { out = append(out, c.Inline()) }
	half, c := chart.Size{Width: 360, Height: 330}, chosen.Card
	if c.Ensemble != nil && c.Prior != nil && c.OutOfFold != nil {
		if roc, pr, bins := curves(*c.OutOfFold); len(bins) > 0 {
			// The areas are the table's: the pairs on the card are rounded, and of many some.
			roc.Name, roc.Area = "ensemble", c.Ensemble.ROCAUC
			pr.Name, pr.Area = "ensemble", c.Ensemble.AveragePrecision
			add(chart.ROC("ROC", []chart.Curve{roc}, half))
			add(chart.PrecisionRecall("Precision and recall", []chart.Curve{pr}, c.Prior.AveragePrecision, half))
			add(chart.Reliability("Reliability", bins, half))
		}
	}
	var bars []chart.Bar
	for _, p := range c.Moved {
		if part := (pipeline.Part{Kind: p.Kind, Name: p.Name, Weight: p.Weight}); !part.Slight() && len(bars) < 14 {
			bars = append(bars, chart.Bar{Label: s.partName(part), Value: p.Weight})
		}
	}
	if len(bars) > 0 {
		add(chart.Bars(chart.BarChart{Title: "What moves the scores most", X: chart.Axis{Label: "mean contribution, log-odds"}, Bars: bars, Signed: true, Size: chart.Size{Width: 360}}))
	}
	if tuning := c.Tuning; tuning != nil && len(tuning.Trials) > 0 {
		title := "Search for parameters"
		trials := tuning.Trials[:min(len(tuning.Trials), drawnTrials)]
		if len(trials) < len(tuning.Trials) {
			title += fmt.Sprintf(": the first %d of %d trials", len(trials), len(tuning.Trials))
		}
		losses := make([]float64, len(trials))
		for i, t := range trials {
			losses[i] = t.Loss
		}
		add(chart.Tuning(title, "log loss, lower is better", losses, half))
	}
	return out
}

// curves are what is drawn of a card's pairs: a soft label is a like and a dislike, as in
// the figures.
func curves(o taste.Outcomes) (roc, pr chart.Curve, bins []chart.Bin) {
	if len(o.Score) != len(o.Share) || o.Weight != nil && len(o.Weight) != len(o.Share) {
		return roc, pr, nil
	}
	rows, y, w := model.Harden(o.Share, o.Weight)
	score := make([]float64, len(rows))
	for k, i := range rows {
		score[k] = o.Score[i]
	}
	for _, b := range metric.Reliability(10, y, score, w) {
		bins = append(bins, chart.Bin{Predicted: b.Probability, Observed: b.Share, Count: int(b.Weight + 0.5)})
	}
	return curveOf(metric.ROC(y, score, w)), curveOf(metric.PrecisionRecall(y, score, w)), bins
}

func curveOf(points []metric.Point) chart.Curve {
	var c chart.Curve
	for _, p := range points {
		c.X, c.Y = append(c.X, p.X), append(c.Y, p.Y)
	}
	return c
}

// learningChart draws the figures against the number of labels, one point for each
// model. It is nil where that is no curve: without models of different numbers.
func learningChart(rows []modelRow) *chart.Chart {
	var ap, auc, base chart.Series
	ap.Name, auc.Name, base.Name = "average precision", "ROC AUC", "average precision of guessing"
	ordered := slices.SortedStableFunc(slices.Values(rows), func(a, b modelRow) int {
		return cmp.Or(cmp.Compare(a.Card.Labels, b.Card.Labels), cmp.Compare(a.Version, b.Version))
	})
	for _, m := range ordered {
		if m.Card.Ensemble == nil || m.Card.Prior == nil {
			continue
		}
		x := float64(m.Card.Labels)
		ap.X, ap.Y = append(ap.X, x), append(ap.Y, m.Card.Ensemble.AveragePrecision)
		auc.X, auc.Y = append(auc.X, x), append(auc.Y, m.Card.Ensemble.ROCAUC)
		base.X, base.Y = append(base.X, x), append(base.Y, m.Card.Prior.AveragePrecision)
	}
	if len(ap.X) == 0 || ap.X[0] == ap.X[len(ap.X)-1] {
		return nil
	}
	ap.Dots, auc.Dots, base.Dashed = true, true, true
	return chart.Lines(chart.Plot{
		Title: "Learning curve", About: "Figures of the kept models by their number of labels, measured out of fold.",
		X: chart.Axis{Label: "labels", Format: chart.Integer}, Y: chart.Axis{Label: "figure, out of fold", Min: 0, Max: 1},
		Series: []chart.Series{ap, auc, base}, Size: chart.Size{Width: 360, Height: 260},
	})
}

// hitWeeks is how many weeks hitChart draws at most.
const hitWeeks = 26

// hitChart draws the hit rate of each week, and beside it what random candidates would
// have, where that is known. It is nil where that is no curve: before the second week.
func hitChart(weeks []pipeline.Hits, w pipeline.Week) *chart.Chart {
	weeks = weeks[max(0, len(weeks)-hitWeeks):]
	liked, voted, random := chart.Series{Name: "liked", Dots: true}, chart.Series{Name: "voted on at all"}, chart.Series{Name: "random, as it expects", Dashed: true}
	drawn, expects := 0, false
	for _, h := range weeks {
		rate, any, other := math.NaN(), math.NaN(), math.NaN() // a week without picks is a gap
		if h.Picks > 0 {
			rate, any, other = h.Rate(), float64(h.Voted)/float64(h.Picks), w.OfRandom(h)
			drawn, expects = drawn+1, expects || other > 0
		}
		x := float64(h.From.Unix())
		liked.X, liked.Y = append(liked.X, x), append(liked.Y, rate)
		voted.X, voted.Y = append(voted.X, x), append(voted.Y, any)
		random.X, random.Y = append(random.X, x), append(random.Y, other)
	}
	if drawn < 2 {
		return nil
	}
	series := []chart.Series{liked, voted}
	if expects {
		series = append(series, random)
	}
	return chart.Lines(chart.Plot{
		Title: "Picks that were liked", About: "Share of each week's picks with more 👍 than 👎.",
		X: chart.Axis{Label: "week from", Format: chart.Date}, Y: chart.Axis{Label: "picks of the week", Format: chart.Percent, Min: 0, Max: 1},
		Series: series, Size: chart.Size{Width: 360, Height: 260},
	})
}
