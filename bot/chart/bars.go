package chart

import (
	"fmt"
	"slices"
	"strings"
)

// Bar is one row of a bar chart.
type Bar struct {
	Label string  // word, channel or fact
	Note  string  // a value or count beside the label, in a softer colour
	Value float64 // length of the bar, which goes left when negative
	Rest  bool    // sums up what is not told apart: grey, below all others
}

// BarChart is what Bars draws.
type BarChart struct {
	Title string
	About string // a sentence for the text alternative
	X     Axis
	Bars  []Bar // from top to bottom, at most sixty
	// Signed colours bars by their sign even when all have the same, and
	// writes positive values with a plus sign.
	Signed bool
	Size   Size // without a height, it follows from the number of bars
}

// Bars draws horizontal bars, such as importances of features. Negative values go
// to the left of a zero line.
func Bars(b BarChart) *Chart {
	var bars []Bar
	for _, bar := range b.Bars {
		if finite(bar.Value) && len(bars) < maxBars {
			bar.Label, bar.Note = clean(bar.Label), clean(bar.Note)
			bars = append(bars, bar)
		}
	}
	rest := func(b Bar) bool { return b.Rest }
	told := slices.DeleteFunc(slices.Clone(bars), rest)
	bars = append(told, slices.DeleteFunc(bars, func(b Bar) bool { return !rest(b) })...)
	const row = 24.0
	size := b.Size
	if size.Height <= 0 {
		size.Height = int(100 + row*float64(max(len(bars), 1)))
	}
	c := newChart(size.or(640, 360), b.Title)
	top, right := 42.0, float64(c.size.Width)-pad
	bottom := float64(c.size.Height) - 40

	low, high := 0.0, 0.0
	labels, values := 0.0, 0.0
	for _, bar := range bars {
		low, high = min(low, bar.Value), max(high, bar.Value)
		width := textWidth(bar.Label, medium, false)
		if bar.Note != "" {
			width += 6 + textWidth(bar.Note, small, false)
		}
		labels = max(labels, width)
	}
	labels = min(labels, (right-pad)*0.42)
	// The values are written at the ends of the bars: keep room for them, also at
	// the left if there are negative ones.
	probe := newScale(b.X, low, high, 0, 1, 4)
	text := func(v float64) string {
		s := format(b.X.Format, v, probe.step/10)
		if b.Signed && v > 0 {
			s = "+" + s
		}
		return s
	}
	for _, bar := range bars {
		values = max(values, textWidth(text(bar.Value), small, false)+6)
	}
	left := pad + labels + 10
	from, to := left, right-values
	if low < 0 {
		from += values
	}
	x := newScale(b.X, low, high, from, max(to, from+20), max(2, int((to-from)/90)))
	for _, v := range x.ticks {
		c.line(gridColor, 1, nil, point{x.at(v), top}, point{x.at(v), bottom})
		c.text(point{x.at(v), bottom + 15}, x.label(v), small, softColor, anchorMiddle, false)
	}
	zero := x.at(0)
	height := (bottom - top) / float64(max(len(bars), 1))
	thick := min(height*0.68, 18)
	var desc strings.Builder
	if b.About != "" {
		desc.WriteString(clean(b.About) + " ")
	}
	fmt.Fprintf(&desc, "Bars: %s.", orText(clean(b.X.Label), "value"))
	for i, bar := range bars {
		middle := top + height*(float64(i)+0.5)
		note := bar.Note
		label := fit(bar.Label, medium, false, labels)
		if used := textWidth(label, medium, false) + 6; note != "" {
			note = fit(note, small, false, max(labels-used, 0))
			if note == "…" {
				note = ""
			}
		}
		edge := left - 10
		if note != "" {
			c.label(point{edge, middle + 4}, note, bar.Note, small, softColor, anchorEnd, false)
			edge -= textWidth(note, small, false) + 6
		}
		c.label(point{edge, middle + 4}, label, bar.Label, medium, inkColor, anchorEnd, false)
		color := series1
		switch {
		case bar.Rest:
			color = softColor
		case bar.Value < 0:
			color = badColor
		case b.Signed || low < 0:
			color = goodColor
		}
		end := x.at(bar.Value)
		said := text(bar.Value)
		c.rect(color, 1, fmt.Sprintf("%s: %s", bar.Label, said), min(zero, end), middle-thick/2, max(zero-end, end-zero, 1), thick)
		if bar.Value < 0 {
			c.text(point{end - 5, middle + 4}, said, small, softColor, anchorEnd, false)
		} else {
			c.text(point{end + 5, middle + 4}, said, small, softColor, anchorStart, false)
		}
		fmt.Fprintf(&desc, " %s %s.", strings.TrimSpace(bar.Label+" "+bar.Note), said)
	}
	if len(bars) == 0 {
		desc.WriteString(" No values yet.")
	}
	c.line(softColor, 1, nil, point{zero, top}, point{zero, bottom})
	if b.X.Label != "" {
		c.text(point{right, bottom + 31}, fit(clean(b.X.Label)+" →", small, false, right-pad), small, softColor, anchorEnd, false)
	}
	c.desc = desc.String()
	return c
}
