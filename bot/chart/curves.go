package chart

import (
	"fmt"
	"math"
)

// Curve is the curve of one learner; x and y are between 0 and 1.
type Curve struct {
	Name string
	X, Y []float64
	Area float64 // under the curve, for the legend; 0 leaves it out
}

// ROC draws the true positive rate of each learner against its false positive
// rate, and the diagonal that guessing gives.
func ROC(title string, curves []Curve, size Size) *Chart {
	series := []Series{{Name: "guessing", X: []float64{0, 1}, Y: []float64{0, 1}, Dashed: true}}
	return unit(Plot{
		Title: title, About: "Receiver operating characteristic.", Size: size,
		X: Axis{Label: "disliked videos let through"}, Y: Axis{Label: "liked videos found"},
	}, append(named(curves, "AUC"), series...))
}

// PrecisionRecall draws the precision of each learner against its recall. base is
// the share of liked videos, the precision of guessing.
func PrecisionRecall(title string, curves []Curve, base float64, size Size) *Chart {
	p := Plot{
		Title: title, About: "Precision against recall.", Size: size,
		X: Axis{Label: "recall: liked videos found"}, Y: Axis{Label: "precision: liked among the chosen"},
	}
	if base > 0 {
		p.Rules = []Rule{{Name: fmt.Sprintf("guessing (%s)", format(Percent, base, 0.01)), Y: base}}
	}
	series := named(curves, "AP")
	for i := range series {
		series[i].Step = true
	}
	return unit(p, series)
}

// named turns curves into series, with the area in the name.
func named(curves []Curve, area string) []Series {
	series := make([]Series, 0, len(curves)+1)
	for _, c := range curves[:min(len(curves), maxSeries-1)] {
		name := c.Name
		if c.Area > 0 {
			name = fmt.Sprintf("%s (%s %.3f)", clean(c.Name), area, c.Area)
		}
		series = append(series, Series{Name: name, X: c.X, Y: c.Y})
	}
	return series
}

// unit draws a plot whose axes both go from 0 to 100 %.
func unit(p Plot, series []Series) *Chart {
	p.Series = series
	p.Size = p.Size.or(480, 440)
	p.X.Format, p.X.Min, p.X.Max = Percent, 0, 1
	p.Y.Format, p.Y.Min, p.Y.Max = Percent, 0, 1
	return Lines(p)
}

// Tuning draws a search for parameters: the loss of each trial (lower is better)
// and the best so far.
func Tuning(title, metric string, losses []float64, size Size) *Chart {
	x, best := make([]float64, len(losses)), make([]float64, len(losses))
	least := math.NaN()
	for i, v := range losses {
		if finite(v) && !(v >= least) {
			least = v
		}
		x[i], best[i] = float64(i+1), least
	}
	return Lines(Plot{
		Title: title, About: "History of the tuning.", Size: size,
		X: Axis{Label: "trial", Format: Integer}, Y: Axis{Label: metric},
		Series: []Series{
			{Name: "best so far", X: x, Y: best, Step: true},
			{Name: "trial", X: x, Y: losses, Dots: true, NoLine: true},
		},
	})
}
