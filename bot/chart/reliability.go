package chart

import (
	"fmt"
	"math"
	"strings"
)

// Bin is one group of scores of a reliability diagram.
type Bin struct {
	Predicted float64 // mean score of the group, 0 to 1
	Observed  float64 // share of liked videos in it, 0 to 1
	Count     int     // videos in it
}

// Reliability draws how often videos of each score are liked, the diagonal of a
// perfect score, and below the number of videos in each group.
func Reliability(title string, bins []Bin, size Size) *Chart {
	c := newChart(size.or(480, 440), title)
	top := c.legend([]key{
		{name: "measured", color: series1},
		{name: "perfect", color: series2, dash: []float64{6, 4}},
		{name: "videos with such a score", color: series3, mark: markBox},
	})
	bins = bins[:min(len(bins), maxBars)]
	most := 0
	var s Series
	for _, b := range bins {
		if b.Count > 0 && finite(b.Predicted) && finite(b.Observed) {
			most = max(most, b.Count)
			s.X, s.Y = append(s.X, b.Predicted), append(s.Y, b.Observed)
		}
	}
	split := top + (float64(c.size.Height)-top)*0.68
	unit := Axis{Format: Percent, Min: 0, Max: 1}
	up := unit
	up.Label = "videos that were liked"
	f := c.frame(top, split, unit, up, 0, 1, 0, 1)
	c.line(series2, 2, []float64{6, 4}, f.at(0, 0), f.at(1, 1))
	var desc strings.Builder
	desc.WriteString("Reliability diagram. Across: score. Up: share of liked videos.")
	c.series(f, s, 0)
	across := unit
	across.Label = "score"
	counts := c.frame(split, float64(c.size.Height), across, Axis{Label: "videos", Format: Integer}, 0, 1, 0, float64(most))
	for _, b := range bins {
		if b.Count <= 0 || !finite(b.Predicted) || !finite(b.Observed) {
			continue
		}
		tip := fmt.Sprintf("score %s: liked %s of %d videos", format(Percent, b.Predicted, 0.01), format(Percent, b.Observed, 0.01), b.Count)
		c.dot(series1, 3+3*math.Sqrt(float64(b.Count)/float64(most)), tip, f.at(b.Predicted, b.Observed))
		y := counts.y.at(float64(b.Count))
		width := max(6, (counts.right-counts.left)/float64(max(len(bins), 10))*0.6)
		x := min(max(counts.x.at(b.Predicted)-width/2, counts.left), counts.right-width)
		c.rect(series3, 1, tip, x, y, width, counts.bottom-y)
		fmt.Fprintf(&desc, " At %s %s were liked (%d videos).", format(Percent, b.Predicted, 0.01), format(Percent, b.Observed, 0.01), b.Count)
	}
	if most == 0 {
		desc.WriteString(" No values yet.")
	}
	c.desc = desc.String()
	return c
}
