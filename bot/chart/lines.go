package chart

import (
	"fmt"
	"math"
	"strings"
)

// Series is one line of a plot. X and Y are cut to the shorter of the two. A point
// that is not finite leaves a gap.
type Series struct {
	Name      string
	X, Y      []float64
	Low, High []float64 // a band around Y; set both or neither
	Dashed    bool      // for a reference rather than a result
	Dots      bool      // a dot at each pair; with NoLine only the dots
	NoLine    bool
	Step      bool // Y holds until the next X
	Fill      bool // tint the area down to the axis
}

// Rule is a horizontal line at a value, such as a goal or a base rate.
type Rule struct {
	Name string
	Y    float64
}

// Plot is what Lines draws.
type Plot struct {
	Title string
	About string // a sentence for the text alternative, which adds the numbers itself
	X, Y  Axis
	// Series is at most eight lines, drawn in order, the later on top.
	Series []Series
	Rules  []Rule
	Size   Size
}

// Lines draws one or more lines over a common axis, with bands, dots, steps
// and rules: hit rates, learning curves, votes over time.
func Lines(p Plot) *Chart {
	series := make([]Series, 0, maxSeries)
	for _, s := range p.Series[:min(len(p.Series), maxSeries)] {
		series = append(series, s.bounded())
	}
	c := newChart(p.Size.or(640, 360), p.Title)
	var keys []key
	for i, s := range series {
		if s.Name != "" {
			k := key{name: s.Name, color: series1 + role(i), dash: s.dash(i)}
			if s.NoLine {
				k.mark = markDot
			}
			keys = append(keys, k)
		}
	}
	for _, r := range p.Rules {
		keys = append(keys, key{name: r.Name, color: softColor, dash: []float64{2, 3}})
	}
	top := c.legend(keys)
	xLow, xHigh, yLow, yHigh := ranges(series)
	for _, r := range p.Rules {
		if finite(r.Y) {
			yLow, yHigh = min(yLow, r.Y), max(yHigh, r.Y)
		}
	}
	f := c.frame(top, float64(c.size.Height), p.X, p.Y, xLow, xHigh, yLow, yHigh)
	for _, r := range p.Rules {
		if finite(r.Y) {
			c.line(softColor, 1.5, []float64{2, 3}, point{f.left, f.y.at(r.Y)}, point{f.right, f.y.at(r.Y)})
		}
	}
	for i, s := range series {
		c.series(f, s, i)
	}
	c.desc, c.plot = p.describe(f, series), f
	return c
}

// bounded cuts X and Y to equal lengths and at most maxPoints points.
func (s Series) bounded() Series {
	n := min(len(s.X), len(s.Y))
	band := s.Low != nil && s.High != nil && len(s.Low) >= n && len(s.High) >= n
	every := func(v []float64) []float64 {
		if n <= maxPoints {
			return v[:n]
		}
		thin := make([]float64, maxPoints)
		for i := range thin {
			thin[i] = v[i*(n-1)/(maxPoints-1)]
		}
		return thin
	}
	s.X, s.Y = every(s.X), every(s.Y)
	if band {
		s.Low, s.High = every(s.Low), every(s.High)
	} else {
		s.Low, s.High = nil, nil
	}
	return s
}

// dash is the dash pattern of a line: four patterns, so that readers can distinguish
// the first four lines without colours.
func (s Series) dash(i int) []float64 {
	switch {
	case s.Dashed:
		return []float64{6, 4}
	case i == 0:
		return nil
	}
	return [][]float64{nil, {9, 3}, {3, 3}, {9, 3, 3, 3}}[i%4]
}

// series draws one line.
func (c *Chart) series(f frame, s Series, i int) {
	color := series1 + role(i)
	for _, run := range s.runs() {
		if s.Low != nil {
			var band []point
			for _, j := range run {
				band = append(band, f.at(s.X[j], orElse(s.High[j], s.Y[j])))
			}
			for k := len(run) - 1; k >= 0; k-- {
				j := run[k]
				band = append(band, f.at(s.X[j], orElse(s.Low[j], s.Y[j])))
			}
			c.area(color, 0.18, "", band...)
		}
		var line []point
		for k, j := range run {
			p := f.at(s.X[j], s.Y[j])
			if s.Step && k > 0 {
				line = append(line, point{p.x, line[len(line)-1].y})
			}
			line = append(line, p)
		}
		if s.Fill && len(line) > 1 {
			area := append([]point{{line[0].x, f.bottom}}, line...)
			c.area(color, 0.14, "", append(area, point{line[len(line)-1].x, f.bottom})...)
		}
		if !s.NoLine {
			c.line(color, 2.25, s.dash(i), line...)
		}
		if s.Dots || len(run) == 1 {
			for _, j := range run {
				tip := fmt.Sprintf("%s %s: %s", clean(s.Name), f.x.label(s.X[j]), precise(f.y, s.Y[j]))
				c.dot(color, 3, strings.TrimSpace(tip), f.at(s.X[j], s.Y[j]))
			}
		}
	}
}

// runs are the index ranges of the points between gaps.
func (s Series) runs() [][]int {
	var runs [][]int
	open := false
	for i := range s.X {
		if !finite(s.X[i]) || !finite(s.Y[i]) {
			open = false
			continue
		}
		if !open {
			runs = append(runs, nil)
			open = true
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], i)
	}
	return runs
}

// ranges are the least and greatest finite values of all series, bands
// included.
func ranges(series []Series) (xLow, xHigh, yLow, yHigh float64) {
	xLow, yLow = math.Inf(1), math.Inf(1)
	xHigh, yHigh = math.Inf(-1), math.Inf(-1)
	for _, s := range series {
		for i := range s.X {
			if !finite(s.X[i]) || !finite(s.Y[i]) {
				continue
			}
			xLow, xHigh = min(xLow, s.X[i]), max(xHigh, s.X[i])
			yLow, yHigh = min(yLow, s.Y[i]), max(yHigh, s.Y[i])
			if s.Low != nil {
				yLow, yHigh = min(yLow, orElse(s.Low[i], s.Y[i])), max(yHigh, orElse(s.High[i], s.Y[i]))
			}
		}
	}
	return xLow, xHigh, yLow, yHigh
}

// describe writes the text alternative of a plot.
func (p Plot) describe(f frame, series []Series) string {
	var b strings.Builder
	if p.About != "" {
		b.WriteString(clean(p.About) + " ")
	}
	fmt.Fprintf(&b, "Across: %s. Up: %s.", orText(clean(p.X.Label), "x"), orText(clean(p.Y.Label), "y"))
	for _, s := range series {
		runs := s.runs()
		name := orText(clean(s.Name), "The line")
		if len(runs) == 0 {
			fmt.Fprintf(&b, " %s has no values yet.", name)
			continue
		}
		last := runs[len(runs)-1]
		i, j := runs[0][0], last[len(last)-1]
		fmt.Fprintf(&b, " %s goes from %s at %s to %s at %s.", name, precise(f.y, s.Y[i]), f.x.label(s.X[i]), precise(f.y, s.Y[j]), f.x.label(s.X[j]))
	}
	for _, r := range p.Rules {
		if finite(r.Y) {
			fmt.Fprintf(&b, " %s: %s.", clean(r.Name), precise(f.y, r.Y))
		}
	}
	return b.String()
}

// precise writes a value with one more digit than the ticks of its axis.
func precise(s scale, v float64) string { return format(s.axis.Format, v, s.step/10) }

// finite reports whether a value can be drawn. Values beyond 1e100 cannot, because
// their sums and products may overflow.
func finite(v float64) bool { return math.Abs(v) <= 1e100 }

// orElse is v, or other where v is not finite.
func orElse(v, other float64) float64 {
	if finite(v) {
		return v
	}
	return other
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
