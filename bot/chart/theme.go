package chart

import (
	"fmt"
	"image/color"
	"strings"
)

// role is the purpose of a colour. A theme maps each role to a colour.
type role int

const (
	surfaceColor role = iota
	inkColor
	softColor // labels beside the data
	gridColor
	series1 // the first of maxSeries
	series2
	series3
	series4
	series5
	series6
	series7
	series8
	goodColor
	badColor
	roles
)

// names are the roles' class names in SVG, "c-" before them.
var names = [roles]string{"surface", "ink", "soft", "grid", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "good", "bad"}

// Theme is a set of colours.
type Theme int

// The themes.
const (
	Light Theme = iota
	Dark
)

// palettes are the themes' colours. Texts have a contrast of at least 4.5 to the
// surface, series of at least 3. Readers who cannot tell red from green can tell
// series apart by their colours, and the first four lines by their dashes too.
var palettes = [2][roles]uint32{
	Light: {0xffffff, 0x1b1c22, 0x5a5d66, 0xe3e4e9, 0x4250c8, 0xc2560e, 0x0b7d63, 0x9c3587, 0x7d6300, 0x27788f, 0x6a6d78, 0x7a4a2b, 0x0b7d63, 0xc23348},
	Dark:  {0x2b2d31, 0xf3f4f6, 0xb8bdc6, 0x41444b, 0x98a4ff, 0xffa25e, 0x45d3ac, 0xe993da, 0xe2c254, 0x77cbe3, 0xa5a9b3, 0xd6a785, 0x45d3ac, 0xff808c},
}

func (t Theme) color(r role) color.NRGBA {
	c := palettes[t][r]
	return color.NRGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 0xff}
}

// CSS is the style sheet of inline charts: the colours as custom properties
// --chart-ink, --chart-s1 and so on, which follow the reader's light or dark
// setting. A page with a switch of its own sets data-theme to "light" or
// "dark" on the root element.
func CSS() string {
	var b strings.Builder
	b.WriteString("/* Colours of the charts, made by package chart. */\n")
	fmt.Fprintf(&b, ":root { %s }\n", properties(Light))
	fmt.Fprintf(&b, "@media (prefers-color-scheme: dark) { :root { %s } }\n", properties(Dark))
	fmt.Fprintf(&b, ":root[data-theme=light] { %s }\n", properties(Light))
	fmt.Fprintf(&b, ":root[data-theme=dark] { %s }\n", properties(Dark))
	b.WriteString(classes())
	return b.String()
}

// properties is a theme as custom properties.
func properties(t Theme) string {
	var b strings.Builder
	for r, name := range names {
		fmt.Fprintf(&b, "--chart-%s: #%06x; ", name, palettes[t][r])
	}
	return strings.TrimSpace(b.String())
}

// classes gives each role's class its colour. Lines are stroked, the rest is
// filled.
func classes() string {
	var b strings.Builder
	b.WriteString(".chart text { font-family: system-ui, sans-serif; font-variant-numeric: tabular-nums }\n")
	for _, name := range names {
		fmt.Fprintf(&b, ".chart .c-%[1]s { fill: var(--chart-%[1]s) } .chart polyline.c-%[1]s { fill: none; stroke: var(--chart-%[1]s) }\n", name)
	}
	return b.String()
}
