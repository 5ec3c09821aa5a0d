package chart

// frame is the plotting area of a chart with its two scales.
type frame struct {
	left, right, top, bottom float64
	x, y                     scale
}

// key is one entry of a legend.
type key struct {
	name  string
	color role
	dash  []float64
	mark  mark
}

// mark is how a legend shows its entry.
type mark int

const (
	markLine mark = iota
	markBox
	markDot
)

const (
	small  = 11.0 // size of ticks, legends, axis labels and notes
	medium = 12.0 // size of the labels of bars
)

// legend writes the keys under the title and returns the y below them.
func (c *Chart) legend(keys []key) float64 {
	y := 44.0
	if len(keys) == 0 {
		return y - 8
	}
	x, right := pad, float64(c.size.Width)-pad
	for _, k := range keys {
		name := fit(clean(k.name), small, false, right-pad-26)
		width := 24 + textWidth(name, small, false) + 16
		if x > pad && x+width > right+16 {
			x, y = pad, y+17
		}
		switch k.mark {
		case markLine:
			c.line(k.color, 2.5, k.dash, point{x, y - 4}, point{x + 18, y - 4})
		case markBox:
			c.rect(k.color, 1, "", x+4, y-9, 10, 10)
		case markDot:
			c.dot(k.color, 4, "", point{x + 9, y - 4})
		}
		c.text(point{x + 24, y}, name, small, inkColor, anchorStart, false)
		x += width
	}
	return y + 8
}

// frame draws axes, grid and labels between top and bottom and returns the area
// that they leave for the data.
func (c *Chart) frame(top, bottom float64, xAxis, yAxis Axis, xLow, xHigh, yLow, yHigh float64) frame {
	f := frame{top: top + 10, bottom: bottom - 22, right: float64(c.size.Width) - pad - 6}
	if yAxis.Label != "" {
		c.text(point{pad, top + 12}, fit("↑ "+clean(yAxis.Label), small, false, float64(c.size.Width)-2*pad), small, softColor, anchorStart, false)
		f.top += 14
	}
	if xAxis.Label != "" {
		f.bottom -= 16
	}
	f.y = newScale(yAxis, yLow, yHigh, f.bottom, f.top, max(2, int((f.bottom-f.top)/36)))
	width := 0.0
	for _, v := range f.y.ticks {
		width = max(width, textWidth(f.y.label(v), small, false))
	}
	f.left = pad + width + 8
	xTicks := max(2, int((f.right-f.left)/80))
	f.x = newScale(xAxis, xLow, xHigh, f.left, f.right, xTicks)

	for _, v := range f.y.ticks {
		y := f.y.at(v)
		c.line(gridColor, 1, nil, point{f.left, y}, point{f.right, y})
		c.text(point{f.left - 8, y + 4}, f.y.label(v), small, softColor, anchorEnd, false)
	}
	edge := -1.0 // right end of the last label, which the next must not overlap
	for _, v := range f.x.ticks {
		x := f.x.at(v)
		label := f.x.label(v)
		half := textWidth(label, small, false) / 2
		centre := min(x, float64(c.size.Width)-half-2)
		if centre-half < edge+8 {
			continue
		}
		edge = centre + half
		c.line(softColor, 1, nil, point{x, f.bottom}, point{x, f.bottom + 4})
		c.text(point{centre, f.bottom + 17}, label, small, softColor, anchorMiddle, false)
	}
	c.line(softColor, 1, nil, point{f.left, f.bottom}, point{f.right, f.bottom})
	if xAxis.Label != "" {
		c.text(point{f.right, f.bottom + 33}, fit(clean(xAxis.Label)+" →", small, false, f.right-pad), small, softColor, anchorEnd, false)
	}
	return f
}

// at is the pixel of a pair of values.
func (f frame) at(x, y float64) point { return point{f.x.at(x), f.y.at(y)} }
