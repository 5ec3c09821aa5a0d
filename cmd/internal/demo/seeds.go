package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"cratedigger/cmd/internal/app"
)

// estimate is a mean over worlds, and its standard error.
type estimate struct {
	Mean float64 `json:"mean"`
	SE   float64 `json:"se"`
}

// seedsWeek is a row of the result of several seeds.
type seedsWeek struct {
	Week       int      `json:"week"`
	Bot        estimate `json:"bot"`
	Random     estimate `json:"random"`
	Difference estimate `json:"difference"` // of bot and random in the same world
}

// SeedsResult is the last line of demo --seeds --json.
type SeedsResult struct {
	Days  int          `json:"days"`
	Weeks []seedsWeek  `json:"weeks"`
	Runs  []seedResult `json:"runs"`
}

type seedResult struct {
	Seed uint64 `json:"seed"`
	Result
}

// runSeeds lives through several worlds, one after another, and reports the weeks'
// hit rates with the standard errors over the worlds.
func runSeeds(ctx context.Context, o Options) error {
	if o.Keep != "" {
		return app.WithCode(2, errors.New("--keep keeps the data of one world; leave out --seeds"))
	}
	print := o.Out
	if o.JSON {
		print = o.ErrOut
	}
	all := SeedsResult{Days: o.Days, Weeks: []seedsWeek{}}
	for i := range o.Seeds {
		one := o
		one.Seed, one.Headless, one.JSON, one.Out = o.Seed+uint64(i), true, false, io.Discard
		result, err := run(ctx, one)
		if ctx.Err() != nil {
			fmt.Fprintf(print, "Stopped; seed %d is not counted.\n", one.Seed)
			break
		}
		if err != nil {
			return fmt.Errorf("seed %d: %w", one.Seed, err)
		}
		all.Runs = append(all.Runs, seedResult{one.Seed, result})
		fmt.Fprintf(print, "seed %d:", one.Seed)
		for _, week := range result.Weeks {
			fmt.Fprintf(print, "  %.0f / %.0f %%", 100*week.Bot, 100*week.Random)
		}
		fmt.Fprintln(print)
	}
	all.sum()
	all.table(print)
	if !o.JSON {
		return nil
	}
	line, err := json.Marshal(all)
	if err == nil {
		fmt.Fprintf(o.Out, "%s\n", line)
	}
	return err
}

// sum computes the weeks of the runs.
func (r *SeedsResult) sum() {
	if len(r.Runs) == 0 {
		return
	}
	for i, week := range r.Runs[0].Weeks {
		var bot, random, difference []float64
		for _, run := range r.Runs {
			w := run.Weeks[i]
			bot, random, difference = append(bot, w.Bot), append(random, w.Random), append(difference, w.Bot-w.Random)
		}
		r.Weeks = append(r.Weeks, seedsWeek{week.Week, estimateOf(bot), estimateOf(random), estimateOf(difference)})
	}
}

// estimateOf is the mean of some values and its standard error, 0 for one value.
func estimateOf(values []float64) estimate {
	n := float64(len(values))
	var e estimate
	for _, v := range values {
		e.Mean += v / n
	}
	if len(values) < 2 {
		return e
	}
	for _, v := range values {
		e.SE += (v - e.Mean) * (v - e.Mean)
	}
	e.SE = math.Sqrt(e.SE / (n - 1) / n)
	return e
}

// table prints the weeks.
func (r *SeedsResult) table(print io.Writer) {
	if len(r.Runs) == 0 {
		return
	}
	fmt.Fprintf(print, "\nHit rate over %d worlds of %d days: the share of picks that the server's hidden taste likes, ± its standard error\n\n", len(r.Runs), r.Days)
	t := tabwriter.NewWriter(print, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "week\tbot\trandom\tdifference\t")
	show := func(e estimate) string { return fmt.Sprintf("%.1f ± %.1f %%", 100*e.Mean, 100*e.SE) }
	for _, w := range r.Weeks {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t\n", w.Week, show(w.Bot), show(w.Random), show(w.Difference))
	}
	t.Flush()
}
