package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"text/tabwriter"

	"cratedigger/bot/chart"
	"cratedigger/cmd/internal/terminal"
	"cratedigger/pipeline/evaluate"
)

// backtestCmd replays a label file.
type backtestCmd struct {
	Labels     string `required:"" type:"existingfile" placeholder:"FILE" help:"Label file: CSV with a title and a column y of 1 and 0."`
	Policy     string `enum:"greedy,thompson,random,uncertain" default:"greedy" help:"What a round shows: ${enum}."`
	Repeats    int    `default:"5" help:"Replays, each with another random start."`
	Seed       uint64 `default:"1" help:"Seed of the starts and the learners."`
	Favourites int    `placeholder:"N" help:"Tell N liked songs of different artists as favourites at the start; they are not counted."`
	JSON       bool   `name:"json" help:"Print one line of JSON."`
	Chart      string `type:"path" placeholder:"FILE" help:"Draw the likes found, as FILE.png and FILE.svg."`
}

// Help explains the protocol.
func (backtestCmd) Help() string {
	return `Plays the file as a bot would have lived it: all labels are hidden; each round
shows five videos, their labels become known, rule and model learn from all known
ones and rank the rest, until half of the videos are shown. G is 0 for chance
and 1 for an oracle. Needs no configuration and no data folder; of a
configuration, taste.packaging and taste.built_in_packaging count.`
}

// replayMarks are the numbers of shown videos that are reported.
var replayMarks = []int{25, 50, 100, 200}

// Run replays and prints.
func (c *backtestCmd) Run(inv *invocation) error {
	file, err := inv.readLabels(c.Labels)
	if err != nil {
		return err
	}
	text, err := inv.textOptions()
	if err != nil {
		return err
	}
	if c.Repeats < 1 {
		return fmt.Errorf("--repeats must be at least 1, not %d", c.Repeats)
	}
	o := evaluate.ReplayOptions{Policy: evaluate.Policy(c.Policy), Repeats: c.Repeats, Seed: c.Seed, Text: text, Favourites: c.Favourites}
	bar := terminal.NewBar(inv.drawn())
	defer bar.Finish()
	o.Progress = func(done, total int) { bar.Report("replaying", done, total) }
	r, err := evaluate.Backtest(inv.ctx, file, o)
	if err != nil {
		return err
	}
	if c.Chart != "" {
		if err := c.draw(inv, r); err != nil {
			return err
		}
	}
	hits, se, random, oracle := map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}
	var marks []int
	for _, k := range replayMarks {
		if k <= len(r.RandomHit) {
			marks = append(marks, k)
			key := strconv.Itoa(k)
			hits[key], se[key], random[key], oracle[key] = r.Mean(k), r.SE(k), r.RandomHit[k-1], r.Oracle(k)
		}
	}
	if c.JSON {
		random["G"], random["G_sd"], oracle["G"] = r.Random, r.RandomSD, 1
		return json.NewEncoder(inv.out).Encode(struct {
			Policy string             `json:"policy"`
			Hits   map[string]float64 `json:"hits"`
			HitsSE map[string]float64 `json:"hits_se"`
			G      float64            `json:"G"`
			GSD    float64            `json:"G_sd"`
			Random map[string]float64 `json:"random"`
			Oracle map[string]float64 `json:"oracle"`
		}{c.Policy, hits, se, r.G, r.GSD, random, oracle})
	}
	fmt.Fprintf(inv.out, "%d videos, %d liked; policy %s, %d replays\n\n", r.N, r.Likes, c.Policy, c.Repeats)
	w := tabwriter.NewWriter(inv.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "shown\tliked of them\tat random\tat best\t\n")
	for _, k := range marks {
		fmt.Fprintf(w, "%d\t%.1f ± %.1f\t%.1f\t%.0f\t\n", k, r.Mean(k), r.SE(k), r.RandomHit[k-1], r.Oracle(k))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	spread := "" // one replay has none
	if c.Repeats > 1 {
		spread = fmt.Sprintf(" (sd %.3f over the replays)", r.GSD)
	}
	_, err = fmt.Fprintf(inv.out, "\nG %.3f%s; random %.3f (sd %.3f); oracle 1\n", r.G, spread, r.Random, r.RandomSD)
	return err
}

func (c *backtestCmd) draw(inv *invocation, r *evaluate.Replay) error {
	n := len(r.RandomHit)
	x, found, oracle := make([]float64, n), make([]float64, n), make([]float64, n)
	for k := range x {
		x[k], found[k], oracle[k] = float64(k+1), r.Mean(k+1), r.Oracle(k+1)
	}
	plot := chart.Lines(chart.Plot{
		Title: "Likes among the videos shown", About: "Mean over the replays.",
		X: chart.Axis{Label: "videos shown"}, Y: chart.Axis{Label: "of them liked"},
		Series: []chart.Series{{Name: c.Policy, X: x, Y: found}, {Name: "random", X: x, Y: r.RandomHit}, {Name: "oracle", X: x, Y: oracle, Dashed: true}},
	})
	return inv.writeChart(c.Chart, plot)
}
