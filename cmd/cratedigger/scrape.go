package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"cratedigger/cmd/internal/terminal"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

type scrapeCmd struct {
	Guild string `placeholder:"GUILD" help:"Guild, by id or name (optional where there is one)."`
}

func (*scrapeCmd) usesCatalogue()   {}
func (*scrapeCmd) beginsCatalogue() {}

// Run searches the guild's queries and reads what they found.
func (c *scrapeCmd) Run(inv *invocation) error {
	p, id, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	if err := p.TellSource(inv.ctx); err != nil {
		return err
	}
	_, err = inv.stage("scrape", id, p.Loop.Scrape)
	return err
}

// stage runs one stage of a guild, draws its progress and prints its outcome.
func (inv *invocation) stage(name, guildID string, run func(ctx context.Context, guildID string, by catalog.Asker, slot string, progress pipeline.Progress) (catalog.Run, error)) (catalog.Run, error) {
	b := terminal.NewBar(inv.drawn())
	done, err := run(inv.ctx, guildID, catalog.ByCommand, "", b.Report)
	b.Finish()
	if err != nil {
		return done, fmt.Errorf("%s: %w", name, err)
	}
	printRun(inv.out, done)
	return done, nil
}

// printRun says what a run did, in a line and its alarms.
func printRun(w io.Writer, run catalog.Run) {
	outcome := string(run.Outcome)
	if _, trains := run.Counts["model"]; trains && run.Counts["model"]+run.Counts[catalog.CountUnchanged] == 0 && run.Outcome == catalog.OutcomeOK {
		outcome = "nothing was trained"
	}
	fmt.Fprintf(w, "%s: %s", run.Kind, outcome)
	for _, words := range run.Words() {
		fmt.Fprintf(w, ", %s", words)
	}
	fmt.Fprintf(w, " (%s)\n", run.Ended.Sub(run.Started).Round(time.Millisecond))
	if run.Said != "" {
		fmt.Fprintln(w, " ", terminal.OneLine(run.Said))
	}
	for _, alarm := range run.Alarms {
		fmt.Fprintln(w, "  note:", terminal.OneLine(alarm))
	}
}
