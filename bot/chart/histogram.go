package chart

import (
	"fmt"
	"math"
	"strings"
)

// Group is one part of a histogram's values, such as those of the liked videos.
type Group struct {
	Name   string
	Values []float64
}

// Histogram draws how many values fall into each of at most 60 bins of equal
// width, with the groups stacked in order. It skips values that are not finite.
func Histogram(title string, x Axis, count string, groups []Group, bins int, size Size) *Chart {
	bins = min(max(bins, 1), maxBars)
	groups = groups[:min(len(groups), maxSeries)]
	low, high := math.Inf(1), math.Inf(-1)
	for _, g := range groups {
		for _, v := range g.Values {
			if finite(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if x.Min < x.Max {
		low, high = min(low, x.Min), max(high, x.Max)
	}
	if !(low <= high) {
		low, high = 0, 1
	}
	if low == high {
		low, high = low-0.5, high+0.5
	}
	width := (high - low) / float64(bins)
	counts := make([][]int, len(groups))
	totals := make([]int, bins)
	most := 1
	for i, g := range groups {
		counts[i] = make([]int, bins)
		for _, v := range g.Values {
			if finite(v) {
				b := min(max(int((v-low)/width), 0), bins-1)
				counts[i][b]++
				totals[b]++
				most = max(most, totals[b])
			}
		}
	}
	c := newChart(size.or(640, 320), title)
	var keys []key
	if len(groups) > 1 {
		for i, g := range groups {
			keys = append(keys, key{name: g.Name, color: series1 + role(i), mark: markBox})
		}
	}
	top := c.legend(keys)
	f := c.frame(top, float64(c.size.Height), x, Axis{Label: count, Format: Integer}, low, high, 0, float64(most))
	var desc strings.Builder
	fmt.Fprintf(&desc, "Histogram. Across: %s. Up: %s.", orText(clean(x.Label), "value"), orText(clean(count), "count"))
	for b := range bins {
		from, to := low+float64(b)*width, low+float64(b+1)*width
		said := fmt.Sprintf("%s to %s", format(x.Format, from, width/10), format(x.Format, to, width/10))
		base := 0
		for i, g := range groups {
			n := counts[i][b]
			if n == 0 {
				continue
			}
			y0, y1 := f.y.at(float64(base)), f.y.at(float64(base+n))
			x0, x1 := f.x.at(from)+0.5, f.x.at(to)-0.5
			c.rect(series1+role(i), 1, strings.TrimSpace(fmt.Sprintf("%s %s: %d", clean(g.Name), said, n)), x0, y1, max(x1-x0, 0.5), y0-y1)
			base += n
		}
		if totals[b] > 0 {
			fmt.Fprintf(&desc, " %s: %d.", said, totals[b])
		}
	}
	c.desc = desc.String()
	return c
}
