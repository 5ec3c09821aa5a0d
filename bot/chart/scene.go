package chart

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// Bounds of every drawing, whatever the input is.
const (
	minSide, maxSide = 120, 2000 // pixels
	maxSeries        = 8
	maxPoints        = 600 // of a series; longer ones are thinned
	maxBars          = 60
	maxText          = 80 // characters of a label
)

// Size is a chart's size in CSS pixels. The zero Size is 640 × 360.
type Size struct{ Width, Height int }

// or returns the size with zero fields replaced by width and height, within the bounds.
func (s Size) or(width, height int) Size {
	if s.Width <= 0 {
		s.Width = width
	}
	if s.Height <= 0 {
		s.Height = height
	}
	s.Width = min(max(s.Width, minSide), maxSide)
	s.Height = min(max(s.Height, minSide), maxSide)
	return s
}

// Chart is a drawing made by the functions of this package. Its shapes have roles
// instead of colours, so that one drawing serves both themes. It does not change:
// several goroutines may call its methods.
type Chart struct {
	size        Size
	title, desc string // desc is the text alternative
	shapes      []shape
	plot        frame    // of lines
	numbered    []string // texts that the font lacks, in the order of their numbers
}

// Text is the text alternative, for readers who do not see the chart.
func (c *Chart) Text() string { return strings.TrimSpace(c.title + ". " + c.desc) }

// Numbered are the texts that the built-in font cannot draw. The PNG shows [1] in place
// of the first, [2] in place of the second. An SVG shows the texts themselves.
func (c *Chart) Numbered() []string { return slices.Clone(c.numbered) }

// point is a place in CSS pixels, from the top left.
type point struct{ x, y float64 }

// kind says what a shape is.
type kind int

const (
	kindLine kind = iota // open polyline
	kindArea             // closed polygon
	kindText
)

// shape is one thing drawn. Circles and rectangles are areas.
type shape struct {
	kind    kind
	color   role
	opacity float64 // 0 means 1
	points  []point
	tip     string // what the shape means; browsers show it on hover

	center point // of a circle, whose points are its outline
	radius float64

	// Lines.
	width float64
	dash  []float64 // lengths on and off; nil is solid

	// Text.
	text   string
	number int // the [n] in a PNG, if the font lacks the text; else 0
	size   float64
	bold   bool
	anchor anchor
}

// anchor says which part of a text is at its point.
type anchor int

const (
	anchorStart anchor = iota
	anchorMiddle
	anchorEnd
)

// newChart starts a drawing with its title at the top left.
func newChart(size Size, title string) *Chart {
	c := &Chart{size: size, title: clean(title)}
	c.label(point{pad, 24}, fit(c.title, 16, true, float64(size.Width)-2*pad), c.title, 16, inkColor, anchorStart, true)
	return c
}

// pad is the empty margin around everything.
const pad = 14.0

func (c *Chart) line(color role, width float64, dash []float64, points ...point) {
	if len(points) > 1 {
		c.shapes = append(c.shapes, shape{kind: kindLine, color: color, width: width, dash: dash, points: points})
	}
}

func (c *Chart) area(color role, opacity float64, tip string, points ...point) {
	if len(points) > 2 {
		c.shapes = append(c.shapes, shape{kind: kindArea, color: color, opacity: opacity, points: points, tip: tip})
	}
}

func (c *Chart) rect(color role, opacity float64, tip string, x, y, w, h float64) {
	c.area(color, opacity, tip, point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
}

func (c *Chart) dot(color role, radius float64, tip string, at point) {
	c.shapes = append(c.shapes, shape{kind: kindArea, color: color, opacity: 1, points: circle(at, radius), tip: tip, center: at, radius: radius})
}

func (c *Chart) text(at point, s string, size float64, color role, a anchor, bold bool) {
	c.label(at, s, s, size, color, a, bold)
}

// label draws a text that was cut to fit; whole is the text before the cut.
func (c *Chart) label(at point, s, whole string, size float64, color role, a anchor, bold bool) {
	if s == "" {
		return
	}
	number := 0
	if lacking(s) {
		if number = 1 + slices.Index(c.numbered, whole); number == 0 {
			c.numbered = append(c.numbered, whole)
			number = len(c.numbered)
		}
	}
	c.shapes = append(c.shapes, shape{kind: kindText, color: color, points: []point{at}, text: s, number: number, size: size, anchor: a, bold: bold})
}

// circle is a circle as a polygon, fine enough for its radius.
func circle(at point, radius float64) []point {
	n := min(max(int(radius*5), 10), 48)
	points := make([]point, n)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		points[i] = point{at.x + radius*cos, at.y + radius*sin}
	}
	return points
}

// clean makes a text one line of bounded length, and drops invisible characters:
// controls, direction overrides and those of zero width.
func clean(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == maxText {
			b.WriteRune('…')
			break
		}
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.IsPrint(r) || r == unicode.ReplacementChar:
			continue
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}
