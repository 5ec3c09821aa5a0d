package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"cratedigger/bot/chart"
	"cratedigger/cmd/internal/app"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// modelListCmd lists the models that a guild keeps.
type modelListCmd struct {
	Guild string `placeholder:"GUILD" help:"Guild, by id or name (optional where there is one)."`
}

func (modelListCmd) usesCatalogue() {}

// Run lists.
func (c *modelListCmd) Run(inv *invocation) error {
	p, guild, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	models, err := p.Catalog.Models(inv.ctx, guild)
	if err != nil {
		return err
	}
	if len(models) == 0 {
		_, err := fmt.Fprintln(inv.out, taste.Ranker{}, "Train one with: cratedigger train")
		return err
	}
	who, err := taste.RankerAmong(models)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(inv.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tTRAINED\tLABELS\tLOG LOSS\tPRIOR\tTRIALS\tDATA\t")
	for _, m := range models {
		card, err := taste.ReadCard(m.Card)
		if err != nil {
			return fmt.Errorf("model %d: %w", m.Version, err)
		}
		loss, prior, trials, serves := "-", "-", 0, ""
		if card.Ensemble != nil {
			loss, prior = fmt.Sprintf("%.4f", card.Ensemble.LogLoss), fmt.Sprintf("%.4f", card.Prior.LogLoss)
		}
		if card.Tuning != nil {
			trials = len(card.Tuning.Trials)
		}
		if m.Champion {
			serves = "serves"
			if who.Model() == 0 {
				serves = "kept, the rule ranks"
			}
		}
		fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%d\t%s\t%s\n", m.Version, m.CreatedAt.Format("2006-01-02 15:04"), card.Labels, loss, prior, trials, card.Data, serves)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(inv.out, who)
	return err
}

// ranker is who ranks a guild's candidates.
func ranker(ctx context.Context, p *app.Parts, guild string) (taste.Ranker, error) {
	m, found, err := p.Catalog.Champion(ctx, guild)
	if err != nil {
		return taste.Ranker{}, err
	}
	return taste.RankerOf(m, found)
}

// findModel finds a version of a guild's models; 0 is the champion.
func (inv *invocation) findModel(guild string, version int) (m catalog.Model, err error) {
	p, guild, err := inv.openGuild(guild)
	if err != nil {
		return m, err
	}
	var found bool
	if version == 0 {
		m, found, err = p.Catalog.Champion(inv.ctx, guild)
	} else {
		m, found, err = p.Catalog.Model(inv.ctx, guild, version)
	}
	if err == nil && !found {
		err = fmt.Errorf("guild %s has no such model; cratedigger model list shows those that are kept", guild)
	}
	return m, err
}

// modelCardCmd prints a card.
type modelCardCmd struct {
	Guild   string `placeholder:"GUILD" help:"Guild, by id or name (optional where there is one)."`
	Version int    `arg:"" optional:"" name:"version" help:"Which; without it, the one that serves."`
}

func (modelCardCmd) usesCatalogue() {}

// Run prints.
func (c *modelCardCmd) Run(inv *invocation) error {
	m, err := inv.findModel(c.Guild, c.Version)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(inv.out, "%s\n", m.Card)
	return err
}

// modelRollbackCmd makes an earlier model the champion.
type modelRollbackCmd struct {
	Guild   string `placeholder:"GUILD" help:"Guild, by id or name (optional where there is one)."`
	Version int    `arg:"" optional:"" name:"version" help:"Which; without it, the newest before the one that serves."`
}

func (modelRollbackCmd) usesCatalogue() {}

// Run promotes.
func (c *modelRollbackCmd) Run(inv *invocation) error {
	p, guild, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	version := c.Version
	if version == 0 {
		models, err := p.Catalog.Models(inv.ctx, guild)
		if err != nil {
			return err
		}
		champion := 0
		for _, m := range models {
			if m.Champion {
				champion = m.Version
			}
		}
		for _, m := range models {
			if m.Version < champion {
				version = max(version, m.Version)
			}
		}
		if version == 0 {
			return errors.New("no model is kept from before the one that serves")
		}
	}
	if err := p.Loop.Promote(inv.ctx, guild, version); err != nil {
		return err
	}
	who, err := ranker(inv.ctx, p, guild)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(inv.out, "Model %d serves from now on, until a training replaces it.\n", version)
	if err == nil && who.Model() == 0 {
		_, err = fmt.Fprintln(inv.out, who)
	}
	return err
}

// modelChartCmd draws the history of a search.
type modelChartCmd struct {
	Guild   string `placeholder:"GUILD" help:"Guild, by id or name (optional where there is one)."`
	Version int    `placeholder:"N" help:"Which model; without it, the one that serves."`
	Out     string `arg:"" name:"out" help:"Written as OUT.png and OUT.svg."`
}

func (modelChartCmd) usesCatalogue() {}

// Run draws.
func (c *modelChartCmd) Run(inv *invocation) error {
	m, err := inv.findModel(c.Guild, c.Version)
	if err != nil {
		return err
	}
	card, err := taste.ReadCard(m.Card)
	if err != nil {
		return err
	}
	if card.Tuning == nil {
		return fmt.Errorf("model %d came from no search; make one with: cratedigger train --tune N", m.Version)
	}
	losses := make([]float64, len(card.Tuning.Trials))
	for i, t := range card.Tuning.Trials {
		losses[i] = t.Loss
	}
	drawn := chart.Tuning("Search for parameters", "log loss, lower is better", losses, chart.Size{})
	return inv.writeChart(c.Out, drawn)
}
