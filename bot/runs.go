package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// runCommands start the pipeline's stages, show how far they are, and cancel
// them.
type runCommands struct {
	stages    Work
	scores    Scores
	store     Catalog
	votes     *voteWriter
	blocks    *blocks
	cool      *cooldowns
	tasks     *tasks
	editEvery time.Duration // between edits of a progress bar
	version   string
}

// rescrape searches the guild's queries now.
func (r *runCommands) rescrape(ctx context.Context, c *call) error {
	if len(c.guild.Queries) == 0 {
		return problem("error.no_queries")
	}
	if err := r.stages.Busy(ctx, catalog.RunScrape, c.guild.ID); err != nil {
		return err
	}
	key := "rescrape/" + c.guild.ID
	if err := r.cool.take(key, CoolRescrape); err != nil {
		return err
	}
	return r.long(ctx, c, catalog.RunScrape, func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
		run, err := r.stages.Scrape(ctx, c.guild.ID, c.by(), "", p)
		if err != nil {
			r.cool.give(key)
		}
		return run, err
	}, func(run catalog.Run) discord.Message {
		return discord.Message{Content: c.l.Say("rescrape.done", "n", run.Counts["new"], "seen", run.Counts["found"]) + alarms(run)}
	})
}

// alarms is the warnings of a run, each on a line.
func alarms(run catalog.Run) string {
	out := ""
	for _, a := range run.Alarms[:min(len(run.Alarms), 5)] {
		out += "\n⚠️ " + discord.Title(a, 200)
	}
	return out
}

// retrain trains a model on the votes now, with tune after a search for parameters.
func (r *runCommands) retrain(ctx context.Context, c *call) error {
	if err := r.votes.flush(ctx); err != nil {
		return err
	}
	kind, train := catalog.RunRetrain, func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
		return r.stages.Retrain(ctx, c.guild.ID, c.by(), "", p)
	}
	if c.in.Options().Flag("tune", false) {
		kind, train = catalog.RunTune, func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
			return r.stages.Tune(ctx, c.guild.ID, c.by(), 0, p)
		}
	}
	return r.long(ctx, c, kind, train, func(run catalog.Run) discord.Message {
		who := ""
		if ranker, _, err := r.ranker(ctx, c.guild.ID); err == nil && run.Said != "" {
			who = c.ruled(ranker)
		}
		return discord.Message{Content: c.l.Trained(run, who) + alarms(run)}
	})
}

// ranker is who ranks in a guild, and its champion.
func (r *runCommands) ranker(ctx context.Context, guildID string) (taste.Ranker, catalog.Model, error) {
	model, ok, err := r.store.ChampionCard(ctx, guildID)
	if err != nil {
		return taste.Ranker{}, model, fmt.Errorf("the model could not be read: %w", err)
	}
	ranker, err := taste.RankerOf(model, ok)
	return ranker, model, err
}

// ruled says, in the member's language and as taste.Ranker does, why the rule ranks though
// there is a model.
func (c *call) ruled(r taste.Ranker) string {
	why := map[string]string{taste.RuleFew: "ruled.few", taste.RuleOneClass: "ruled.one_kind"}[r.Rule]
	return c.l.Say(cmp.Or(why, "ruled.guessing"), "version", r.Champion)
}

// status says how the guild's bot is doing.
func (r *runCommands) status(ctx context.Context, c *call) error {
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
	if next := c.nextPosts(ctx, 3, r.store); next != "" && !g.Paused {
		add("status.next", "times", next)
	}
	late, err := r.scores.Late(ctx, g.ID)
	if err != nil {
		c.log.WarnContext(ctx, "the status does not say whether the last post was late", "guild", g.ID, "error", err)
	}
	if late.Sharing > 0 {
		add("status.late.shared", "n", late.Minutes(), "shared", late.Sharing)
	} else if late.By > 0 {
		add("status.late", "n", late.Minutes())
	}
	history, err := r.store.History(ctx, g.ID)
	if err != nil {
		return fmt.Errorf("what this server told could not be read: %w", err)
	}
	finds, err := r.store.Finds(ctx, g.ID)
	if err != nil {
		return fmt.Errorf("the finds could not be read: %w", err)
	}
	cast := history.Cast()
	add("status.votes", "n", cast)
	lines = append(lines, c.l.Gathered(history, c.now()))
	add("status.videos", "n", len(finds))
	week, err := r.scores.Week(ctx, g.ID)
	if err != nil {
		c.log.WarnContext(ctx, "the status does not say how many songs are up next", "guild", g.ID, "error", err)
	} else {
		add("status.candidates", "n", week.Candidates)
	}
	if week.Compared() {
		add("status.week", "rate", weekRate(c.l, week))
	}
	ranker, model, err := r.ranker(ctx, g.ID)
	if err != nil {
		return err
	}
	if ranker.Rule != "" {
		add("status.rule", "who", c.ruled(ranker), "when", relative(model.CreatedAt))
	} else if ranker.Champion > 0 {
		add("status.model", "when", relative(model.CreatedAt))
	} else {
		add("status.learning", "n", cast)
	}
	add("status.queries", "n", len(g.Queries))
	refused, err := r.store.Refused(ctx, g.ID)
	if err != nil {
		return fmt.Errorf("what was refused could not be read: %w", err)
	}
	if len(refused) > 0 {
		last := refused[len(refused)-1]
		add("status.refused", "n", len(refused), "when", relative(last.CreatedAt), "why", discord.Title(last.Error, 200))
	}
	runs, err := r.store.Runs(ctx, g.ID, 5)
	if err != nil {
		return fmt.Errorf("the runs could not be read: %w", err)
	}
	search := slices.IndexFunc(runs, func(r catalog.Run) bool { return r.Kind == catalog.RunScrape && !r.Ended.IsZero() })
	if search >= 0 && runs[search].Counts[catalog.CountShort] > 0 {
		add("status.pages", "n", runs[search].Counts[catalog.CountShort])
	}
	for _, run := range runs {
		line := c.l.Say("status.run", "kind", c.l.Say("kind."+string(run.Kind)), "outcome", c.l.Say("outcome."+string(run.Outcome)), "when", relative(run.Started))
		if run.Error != "" {
			line += " – " + discord.Title(run.Error, 200)
		}
		lines = append(lines, line+alarms(run))
	}
	requests, err := r.blocks.requests(ctx, g.ID)
	if err == nil && len(requests) > 0 {
		add("status.requests", "n", len(requests), "channel", c.requested(requests[0]))
	}
	if r.version != "" {
		add("status.version", "version", r.version)
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n")})
}
