package bot

import (
	"context"
	"fmt"
	"strings"

	"cratedigger/bot/discord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// rescrape searches the guild's queries now.
func (b *Bot) rescrape(ctx context.Context, c *call) error {
	if len(c.guild.Queries) == 0 {
		return problem("error.no_queries")
	}
	if err := b.opts.Stages.Busy(catalog.RunScrape, c.guild.ID); err != nil {
		return err
	}
	key := "rescrape/" + c.guild.ID
	if err := c.cooled(key, coolRescrape); err != nil {
		return err
	}
	return c.long(ctx, catalog.RunScrape, func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
		run, err := b.opts.Stages.Scrape(ctx, c.guild.ID, c.by(), "", p)
		if err != nil {
			b.cool.give(key)
		}
		return run, err
	}, func(run catalog.Run) discord.Message {
		return discord.Message{Content: c.l.Say("rescrape.done", "n", run.Counts["new"], "seen", run.Counts["found"]) + alarms(run)}
	})
}

// alarms is what a run noticed, a line each.
func alarms(run catalog.Run) string {
	out := ""
	for _, a := range run.Alarms[:min(len(run.Alarms), 5)] {
		out += "\n⚠️ " + discord.Title(a, 200)
	}
	return out
}

// retrain learns from the votes now, with tune after a search for parameters.
func (b *Bot) retrain(ctx context.Context, c *call) error {
	if err := b.votes.flush(ctx); err != nil {
		return err
	}
	kind, train := catalog.RunRetrain, func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
		return b.opts.Stages.Retrain(ctx, c.guild.ID, c.by(), "", p)
	}
	if c.in.Options().Flag("tune", false) {
		kind, train = catalog.RunTune, func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
			return b.opts.Stages.Tune(ctx, c.guild.ID, c.by(), 0, p)
		}
	}
	return c.long(ctx, kind, train, func(run catalog.Run) discord.Message {
		key := "retrain.done"
		switch {
		case run.Counts["promoted"] > 0:
			key = "retrain.promoted"
		case run.Counts["model"] == 0:
			key = "retrain.none"
		}
		return discord.Message{Content: c.l.Say(key, "n", run.Counts["votes"], "version", run.Counts["model"]) + alarms(run)}
	})
}

// status says how the guild's bot is doing.
func (b *Bot) status(ctx context.Context, c *call) error {
	if err := c.later(ctx); err != nil {
		return err
	}
	g := c.guild
	var lines []string
	add := func(key string, args ...any) { lines = append(lines, c.l.Say(key, args...)) }
	switch {
	case g.ChannelID == "":
		add("status.setup")
	case g.Paused && g.PauseReason != "":
		add("status.paused.why", "reason", g.PauseReason)
	case g.Paused:
		add("status.paused")
	default:
		add("status.posting", "channel", "<#"+g.ChannelID+">", "n", g.Picks)
	}
	if next := b.nextPosts(g, 3); len(next) > 0 && !g.Paused {
		add("status.next", "times", strings.Join(next, ", "))
	}
	votes, err := b.opts.Catalog.Votes(g.ID)
	if err != nil {
		return fmt.Errorf("the votes could not be read: %w", err)
	}
	counting := 0
	for _, v := range votes {
		if v.Value != 0 {
			counting++
		}
	}
	finds, err := b.opts.Catalog.Finds(g.ID)
	if err != nil {
		return fmt.Errorf("the finds could not be read: %w", err)
	}
	add("status.votes", "n", counting)
	add("status.videos", "n", len(finds))
	model, ok, err := b.opts.Catalog.Champion(g.ID)
	if err != nil {
		return fmt.Errorf("the model could not be read: %w", err)
	}
	if ok {
		add("status.model", "version", model.Version, "when", relative(model.CreatedAt))
	} else {
		add("status.learning", "n", counting)
	}
	add("status.queries", "n", len(g.Queries))
	runs, err := b.opts.Catalog.Runs(g.ID, 5)
	if err != nil {
		return fmt.Errorf("the runs could not be read: %w", err)
	}
	for _, r := range runs {
		line := c.l.Say("status.run", "kind", c.l.Say("kind."+string(r.Kind)), "outcome", c.l.Say("outcome."+string(r.Outcome)), "when", relative(r.Started))
		if r.Error != "" {
			line += " – " + discord.Title(r.Error, 200)
		}
		lines = append(lines, line+alarms(r))
	}
	requests, err := b.blockRequests(g.ID)
	if err == nil && len(requests) > 0 {
		add("status.requests", "n", len(requests), "channel", discord.Title(requests[0].Name, limitChannel))
	}
	if b.opts.Version != "" {
		add("status.version", "version", b.opts.Version)
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n")})
}

// nextPosts is the next times of a guild's posts, as clients show moments.
func (b *Bot) nextPosts(g catalog.Guild, n int) []string {
	var out []string
	for _, spec := range g.Schedule {
		s, err := schedule.Parse(spec, g.Zone)
		if err != nil {
			continue
		}
		for _, t := range s.NextN(b.now(), n) {
			out = append(out, moment(t))
		}
	}
	return out[:min(len(out), n)]
}
