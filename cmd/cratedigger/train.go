package main

import (
	"context"
	"errors"
	"fmt"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

type trainCmd struct {
	Guild string `placeholder:"GUILD" help:"Guild, by id or name (optional where there is one)."`
	Tune  int    `placeholder:"N" help:"Search parameters first, with N trials (taste.tune_trials and taste.tune_time of the configuration say how the weekly search is bounded)."`
}

// Help says how a model comes to serve.
func (trainCmd) Help() string {
	return `The new model replaces the one that serves by the rule in docs/how-it-learns.md.

A search is bounded by taste.tune_time. Each trial is kept at once: after an
interruption the same command goes on where it was, as long as the votes are the
same. The dashboard's page Model and cratedigger model chart show its history.`
}

func (*trainCmd) usesCatalogue() {}

// Run trains a model of the guild's votes.
func (c *trainCmd) Run(inv *invocation) error {
	p, id, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	train := p.Loop.Retrain
	switch {
	case c.Tune < 0:
		return errors.New("--tune needs a number of trials of at least 1")
	case c.Tune > 0:
		train = func(ctx context.Context, guildID string, by catalog.Asker, _ string, progress pipeline.Progress) (catalog.Run, error) {
			return p.Loop.Tune(ctx, guildID, by, c.Tune, progress)
		}
	}
	run, err := inv.stage("train", id, train)
	if err != nil {
		return err
	}
	if run.Counts["model"] > 0 {
		r, err := ranker(inv.ctx, p, id)
		if err == nil {
			_, err = fmt.Fprintln(inv.out, r)
		}
		return err
	}
	_, labels, err := p.Loop.TrainingData(inv.ctx, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(inv.out, taste.Lacking(labels), "Until then what ranks now goes on; cratedigger label asks for labels, and cratedigger labels import reads them from a file.")
	return err
}
