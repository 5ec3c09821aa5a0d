package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"html/template"
	"strconv"
)

// SVG is the chart as a file, which follows the reader's light or dark setting.
func (c *Chart) SVG() []byte {
	var b bytes.Buffer
	c.open(&b)
	b.WriteString("<style>\n")
	fmt.Fprintf(&b, "svg { %s }\n@media (prefers-color-scheme: dark) { svg { %s } }\n", properties(Light), properties(Dark))
	b.WriteString(classes())
	b.WriteString("</style>\n")
	fmt.Fprintf(&b, "<rect class=\"c-surface\" width=\"%d\" height=\"%d\"/>\n", c.size.Width, c.size.Height)
	c.body(&b)
	return b.Bytes()
}

// Inline is the chart as an element of a page that links CSS. Without a style or
// script of its own it passes a strict content security policy. Its background is
// the page's.
func (c *Chart) Inline() template.HTML {
	var b bytes.Buffer
	c.open(&b)
	c.body(&b)
	return template.HTML(b.String()) // every text in it went through escape
}

// open writes the element's start with its title and description.
func (c *Chart) open(b *bytes.Buffer) {
	id := c.id()
	fmt.Fprintf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"c%[3]s\" class=\"chart\" viewBox=\"0 0 %[1]d %[2]d\" width=\"%[1]d\" height=\"%[2]d\" role=\"img\" aria-labelledby=\"t%[3]s d%[3]s\">\n", c.size.Width, c.size.Height, id)
	fmt.Fprintf(b, "<title id=\"t%s\">%s</title><desc id=\"d%[1]s\">%[3]s</desc>\n", id, escape(c.title), escape(c.desc))
}

// id links the drawing to its title and description. It differs between charts, because
// a page may have several.
func (c *Chart) id() string {
	h := fnv.New64a()
	h.Write([]byte(c.title + "\x00" + c.desc))
	return strconv.FormatUint(h.Sum64(), 36)
}

// Axis is the labels of the y axis once more, to stand over those of a chart that is moved
// within its place. The chart must be on the same page.
func (c *Chart) Axis() template.HTML {
	const label = 9 // pixels that the topmost label needs above its line
	left, top := int(c.plot.left)-4, int(c.plot.top)-label
	height := int(c.plot.bottom) + label/2 - top
	return template.HTML(fmt.Sprintf("<svg class=\"chart axis\" width=\"%[1]d\" height=\"%[4]d\" aria-hidden=\"true\"><svg y=\"%[2]d\" width=\"%[1]d\" height=\"%[3]d\" viewBox=\"0 %[2]d %[1]d %[3]d\"><rect y=\"%[2]d\" width=\"%[1]d\" height=\"%[3]d\"/><use href=\"#c%[5]s\"/></svg></svg>", left, top, height, top+height, c.id()))
}

// body writes the shapes and the element's end.
func (c *Chart) body(b *bytes.Buffer) {
	for _, s := range c.shapes {
		class := names[s.color]
		switch s.kind {
		case kindLine:
			fmt.Fprintf(b, "<polyline class=\"c-%s\" fill=\"none\" stroke-width=\"%s\" stroke-linejoin=\"round\" stroke-linecap=\"round\"", class, num(s.width))
			if s.dash != nil {
				b.WriteString(" stroke-dasharray=\"")
				for i, d := range s.dash {
					if i > 0 {
						b.WriteByte(' ')
					}
					b.WriteString(num(d))
				}
				b.WriteByte('"')
			}
			writePoints(b, s)
			b.WriteString("/>\n")
		case kindArea:
			name := "polygon"
			if s.radius > 0 {
				name = "circle" // shorter than its outline
			}
			fmt.Fprintf(b, "<%s class=\"c-%s\"", name, class)
			if s.opacity != 0 && s.opacity != 1 {
				fmt.Fprintf(b, " fill-opacity=\"%s\"", num(s.opacity))
			}
			if s.radius > 0 {
				fmt.Fprintf(b, " cx=\"%s\" cy=\"%s\" r=\"%s\"", num(s.center.x), num(s.center.y), num(s.radius))
			} else {
				writePoints(b, s)
			}
			if s.tip == "" {
				b.WriteString("/>\n")
			} else {
				fmt.Fprintf(b, "><title>%s</title></%s>\n", escape(s.tip), name)
			}
		case kindText:
			fmt.Fprintf(b, "<text class=\"c-%s\" x=\"%s\" y=\"%s\" font-size=\"%s\"", class, num(s.points[0].x), num(s.points[0].y), num(s.size))
			if s.bold {
				b.WriteString(" font-weight=\"600\"")
			}
			switch s.anchor {
			case anchorMiddle:
				b.WriteString(" text-anchor=\"middle\"")
			case anchorEnd:
				b.WriteString(" text-anchor=\"end\"")
			}
			fmt.Fprintf(b, ">%s</text>\n", escape(s.text))
		}
	}
	b.WriteString("</svg>")
}

func writePoints(b *bytes.Buffer, s shape) {
	b.WriteString(" points=\"")
	for i, p := range s.points {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(num(p.x))
		b.WriteByte(',')
		b.WriteString(num(p.y))
	}
	b.WriteByte('"')
}

// num is a number with at most one decimal, or two between −2 and 2.
func num(v float64) string {
	digits := 1
	if v > -2 && v < 2 {
		digits = 2
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	for s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	if s == "-0" || s == "" || s == "-" {
		return "0"
	}
	return s
}

// escape makes a text safe inside an element or attribute.
func escape(s string) string {
	var b bytes.Buffer
	// Writing to a buffer does not fail.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
