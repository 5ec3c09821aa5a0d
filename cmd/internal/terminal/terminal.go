// Package terminal writes to a terminal: progress, and text from outside without
// characters that could control the terminal.
package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/rivo/uniseg"
	"github.com/schollz/progressbar/v3"
)

// Bar draws the progress of long work on a terminal, and nothing elsewhere.
type Bar struct {
	out   io.Writer // nil draws nothing
	stage string
	bar   *progressbar.ProgressBar
}

// NewBar returns a bar that is drawn on out; nil draws nothing.
func NewBar(out io.Writer) *Bar { return &Bar{out: out} }

// Report draws how much of a stage is done. It is a pipeline.Progress.
func (b *Bar) Report(stage string, done, total int) {
	if b.out == nil {
		return
	}
	if b.bar == nil || stage != b.stage {
		b.Finish()
		b.stage = stage
		b.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription(fmt.Sprintf("%-10s", stage)),
			progressbar.OptionSetWidth(30), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
	}
	b.bar.ChangeMax(max(total, 1))
	b.bar.Set(done)
}

// Finish takes the bar off the screen.
func (b *Bar) Finish() {
	if b.bar != nil {
		b.bar.Finish()
		b.bar = nil
	}
}

// OneLine makes text from outside safe for a terminal and a table: no control
// characters, no line breaks, no marks that change the direction of writing.
func OneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)), " ")
}

// Clip cuts text to a width in columns, by grapheme.
func Clip(s string, width int) string {
	if uniseg.StringWidth(s) <= width {
		return s
	}
	var b strings.Builder
	used := 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if used += g.Width(); used >= width {
			break
		}
		b.WriteString(g.Str())
	}
	return b.String() + "…"
}
