package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"cratedigger/bot/chart"
	"cratedigger/cmd/internal/socket"
	"cratedigger/model/metric"
	"cratedigger/pipeline/evaluate"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

// writePlots draws what an evaluation showed, each chart as PNG and SVG.
func (inv *invocation) writePlots(dir string, file *labels.File, e *evaluate.Evaluation, curve *evaluate.Curve) error {
	var y, p []float64
	for _, o := range e.Outcomes {
		for k, i := range o.Split.Test {
			known := file.Rows[i].Y
			if known == nil {
				continue
			}
			label := 0.0
			if *known >= 0.5 {
				label = 1
			}
			y, p = append(y, label), append(p, o.Scores[k])
		}
	}
	points := func(ps []metric.Point) (c chart.Curve) {
		c.Name = "ensemble"
		for _, q := range ps {
			c.X, c.Y = append(c.X, q.X), append(c.Y, q.Y)
		}
		return c
	}
	base := 0.0
	for _, v := range y {
		base += v / float64(len(y))
	}
	roc, pr := points(metric.ROC(y, p, nil)), points(metric.PrecisionRecall(y, p, nil))
	roc.Area, pr.Area = metric.ROCAUC(y, p, nil), metric.AveragePrecision(y, p, nil)
	var bins []chart.Bin
	for _, b := range metric.Reliability(10, y, p, nil) {
		bins = append(bins, chart.Bin{Predicted: b.Probability, Observed: b.Share, Count: int(b.Weight)})
	}
	charts := map[string]*chart.Chart{}
	if len(y) > 0 { // of test rows without a label there is nothing to draw
		charts["roc"] = chart.ROC("Who is found first", []chart.Curve{roc}, chart.Size{})
		charts["precision-recall"] = chart.PrecisionRecall("How many of the chosen are liked", []chart.Curve{pr}, base, chart.Size{})
		charts["reliability"] = chart.Reliability("Is a score what it says", bins, chart.Size{})
	}
	if curve != nil {
		x := make([]float64, len(curve.Labels))
		for i, n := range curve.Labels {
			x[i] = float64(n)
		}
		charts["learning-curve"] = chart.Lines(chart.Plot{
			Title: "What a label is worth", About: "Average precision after so many labels.",
			X: chart.Axis{Label: "labels"}, Y: chart.Axis{Label: "average precision"},
			Series: []chart.Series{{Name: "asked", X: x, Y: curve.Asked, Dots: true}, {Name: "at random", X: x, Y: curve.Random, Dots: true}},
		})
	}
	var bars []chart.Bar
	for _, part := range importances(e) {
		bars = append(bars, chart.Bar{Label: part.Name, Note: string(part.Kind), Value: part.Weight})
	}
	charts["importances"] = chart.Bars(chart.BarChart{Title: "What moves the scores", About: "Mean absolute contribution in log-odds.", X: chart.Axis{Label: "log-odds"}, Bars: bars})

	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("the folder of the plots could not be made: %w", err)
	}
	for name, c := range charts {
		if err := inv.writeChart(filepath.Join(dir, name), c); err != nil {
			return err
		}
	}
	return nil
}

// writeChart writes a chart as NAME.png and NAME.svg.
func (inv *invocation) writeChart(name string, c *chart.Chart) error {
	png, err := c.PNG(chart.Light, 2)
	if err != nil {
		return fmt.Errorf("draw %s: %w", name, err)
	}
	return errors.Join(inv.writeBytes(name+".png", socket.Public, png), inv.writeBytes(name+".svg", socket.Public, c.SVG()))
}

// importances are the strongest parts of the newest split's model.
func importances(e *evaluate.Evaluation) []taste.Part {
	parts := e.Outcomes[len(e.Outcomes)-1].Model.Importances()
	return parts[:min(len(parts), 25)]
}
