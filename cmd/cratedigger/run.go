package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/doctor"
	"cratedigger/cmd/internal/terminal"
	"cratedigger/config"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

type runCmd struct {
	Local  bool   `xor:"way" help:"Serve one person without Discord: the dashboard on this machine, with searches and training on schedule."`
	DryRun bool   `xor:"way" help:"Connect to nothing but YouTube: search, score and print what would be posted now, less what you have labelled, and write no posts."`
	Guild  string `placeholder:"GUILD" help:"With --dry-run: the guild, by id or name (optional where there is one)."`
}

// Help explains the exit codes.
func (runCmd) Help() string {
	return `Creates the data folder where there is none, connects, and serves until Ctrl-C
or SIGTERM. Other commands, and run --dry-run, may be used meanwhile: they are
executed inside it.

With --local it needs no account and no token, and works for the guild "local". That
guild follows the defaults of the configuration until its settings are changed on the
dashboard.

Exit codes: 0 it was asked to stop, 1 something failed and a new start may help,
78 the token, an intent or the configuration is refused, and it cannot.`
}

func (*runCmd) beginsCatalogue() {}

// Run connects to Discord and serves until it is interrupted.
func (c *runCmd) Run(inv *invocation) error {
	if c.DryRun {
		return c.dryRun(inv)
	}
	cfg, err := inv.runConfig(c.Local)
	if err != nil {
		return app.WithCode(app.ExitFatal, err)
	}
	level := new(slog.LevelVar)
	p := &app.Parts{Config: cfg, Level: level, Clock: app.SystemClock(), Metrics: app.NewMetrics(), Local: c.Local}
	p.Log = app.NewLogger(inv.errOut, cfg, inv.terminal, level)
	p.Health = doctor.Health(p)
	err = p.Serve(inv.ctx, inv.getenv, inv.terminal, inv.inside(p))
	if err == nil || inv.terminal || errors.Is(err, context.Canceled) {
		return err
	}
	// Service managers show the log, so the reason for the exit is logged, too.
	p.Log.Error("cratedigger ends", "error", err)
	code := 1
	if e, ok := errors.AsType[app.ExitError](err); ok {
		code = e.Code
	}
	return app.WithCode(code, nil)
}

// runConfig reads the settings. If only the token is missing, the error says how to set
// it, and how to run without Discord.
func (inv *invocation) runConfig(local bool) (*config.Config, error) {
	cfg, err := inv.config()
	if err != nil || local || cfg.Discord.Token.IsSet() {
		return cfg, err
	}
	_, err = inv.config(config.NeedToken)
	return nil, fmt.Errorf("%w\nWithout Discord, for you alone: cratedigger run --local\nTo add Discord: docs/getting-started.md says how to get a token in two minutes", err)
}

// dryRun does the work of a slot and prints the picks instead of posting them.
func (c *runCmd) dryRun(inv *invocation) error {
	p, id, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	if err := p.TellSource(inv.ctx); err != nil {
		return err
	}
	bar := terminal.NewBar(inv.drawn())
	run, err := p.Loop.Scrape(inv.ctx, id, catalog.ByCommand, "", bar.Report)
	bar.Finish()
	if err != nil {
		return fmt.Errorf("nothing was read: %w", err)
	}
	printRun(inv.errOut, run)
	picks, err := p.Loop.Choose(inv.ctx, id, catalog.ImportVoter)
	if err != nil {
		return err
	}
	return printPicks(inv, picks)
}

// printPicks prints what would be posted.
func printPicks(inv *invocation, picks []pipeline.Picked) error {
	if len(picks) == 0 {
		_, err := fmt.Fprintln(inv.out, "Nothing would be posted: no video that you have not labelled passes the guild's settings.")
		return err
	}
	for i, p := range picks {
		fmt.Fprintf(inv.out, "%d. %s — %s\n   https://www.youtube.com/watch?v=%s\n   score %.3f, %s\n",
			i+1, terminal.OneLine(p.Video.Title), terminal.OneLine(p.Video.Channel), p.Video.ID, p.Post.Score, p.Post.Policy)
	}
	return nil
}
