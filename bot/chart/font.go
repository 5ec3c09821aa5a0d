package chart

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// fonts are the regular and the bold Go font, which the binary contains.
var fonts = sync.OnceValues(func() (pair [2]*sfnt.Font, err error) {
	for i, data := range [][]byte{goregular.TTF, gobold.TTF} {
		if pair[i], err = opentype.Parse(data); err != nil {
			return pair, fmt.Errorf("the built-in font: %w", err)
		}
	}
	return pair, nil
})

func pick(bold bool) (*sfnt.Font, error) {
	pair, err := fonts()
	if bold {
		return pair[1], err
	}
	return pair[0], err
}

// newFace is a font at a size in pixels, for use by one goroutine.
func newFace(pixels float64, bold bool) (font.Face, error) {
	f, err := pick(bold)
	if err != nil {
		return nil, err
	}
	return opentype.NewFace(f, &opentype.FaceOptions{Size: pixels, DPI: 72, Hinting: font.HintingNone})
}

// browserWidth is how much wider than ours a browser's font may be.
const browserWidth = 1.1

// textWidth is an upper bound of a text's width in pixels, because pages use the
// reader's font, which may be wider. Characters that our font lacks count as one em.
func textWidth(s string, size float64, bold bool) float64 {
	size *= browserWidth
	f, err := pick(bold)
	if err != nil {
		return size * float64(len(s))
	}
	var buf sfnt.Buffer
	width := 0.0
	for _, r := range s {
		index, err := f.GlyphIndex(&buf, r)
		if err != nil || index == 0 {
			width += size
			continue
		}
		advance, err := f.GlyphAdvance(&buf, index, fixed.I(1000), font.HintingNone)
		if err != nil {
			width += size
			continue
		}
		width += size * float64(advance) / 64 / 1000
	}
	return width
}

// drawable drops the symbols that the built-in font lacks, such as emoji, from a
// text. It keeps letters that the font lacks.
func drawable(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && lacks(r) {
			return -1
		}
		return r
	}, s))
}

// lacking reports whether the built-in font cannot draw a text: it lacks one of the
// letters, or every character.
func lacking(s string) bool {
	left := drawable(s)
	return left == "" && s != "" || strings.ContainsFunc(left, lacks)
}

// lacks reports whether the built-in font has no glyph for r. It has Latin, Greek and
// Cyrillic.
func lacks(r rune) bool {
	f, err := pick(false)
	if err != nil {
		return false
	}
	var buf sfnt.Buffer
	index, err := f.GlyphIndex(&buf, r)
	return err != nil || index == 0
}

// fit cuts a text to a width in pixels, with "…" where it was cut.
func fit(s string, size float64, bold bool, width float64) string {
	if textWidth(s, size, bold) <= width {
		return s
	}
	runes := []rune(s)
	// The width grows with the length: a binary search finds the longest fit.
	low, high := 0, len(runes)
	for low < high {
		mid := (low + high + 1) / 2
		if textWidth(string(runes[:mid])+"…", size, bold) <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + "…"
}
