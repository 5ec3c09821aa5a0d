package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"

	"github.com/schollz/progressbar/v3"
)

// bar draws the progress of long work on a terminal, and nothing elsewhere.
type bar struct {
	out   io.Writer // nil draws nothing
	stage string
	bar   *progressbar.ProgressBar
}

// progress returns a bar on standard error.
func (inv *invocation) progress() *bar {
	if !inv.terminal {
		return &bar{}
	}
	return &bar{out: inv.errOut}
}

// report is a pipeline.Progress.
func (b *bar) report(stage string, done, total int) {
	if b.out == nil {
		return
	}
	if b.bar == nil || stage != b.stage {
		b.finish()
		b.stage = stage
		b.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription(fmt.Sprintf("%-10s", stage)),
			progressbar.OptionSetWidth(30), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
	}
	b.bar.ChangeMax(max(total, 1))
	b.bar.Set(done)
}

// stageOf is report of one stage.
func (b *bar) stageOf(stage string) func(done, total int) {
	return func(done, total int) { b.report(stage, done, total) }
}

// finish takes the bar off the screen.
func (b *bar) finish() {
	if b.bar != nil {
		b.bar.Finish()
		b.bar = nil
	}
}

var _ pipeline.Progress = (&bar{}).report

// printRun says what a run did, in a line and its alarms.
func printRun(w io.Writer, run catalog.Run) {
	fmt.Fprintf(w, "%s: %s", run.Kind, run.Outcome)
	for _, c := range sortedCounts(run.Counts) {
		fmt.Fprintf(w, ", %s", c)
	}
	fmt.Fprintf(w, " (%s)\n", run.Ended.Sub(run.Started).Round(time.Millisecond))
	for _, alarm := range run.Alarms {
		fmt.Fprintln(w, "  note:", oneLine(alarm))
	}
}

// oneLine makes a stranger's text safe for a terminal and a table: no control
// characters, no line breaks, no marks that turn the direction of writing.
func oneLine(s string) string {
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
