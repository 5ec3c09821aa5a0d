package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"cratedigger/config"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

type runCmd struct {
	DryRun bool   `help:"Connect to nothing but YouTube: search, score and print what would be posted now, less what you have labelled, and write no posts."`
	Guild  string `placeholder:"ID" help:"With --dry-run: the guild (optional where there is one)."`
}

// Help explains the exit codes.
func (runCmd) Help() string {
	return `Creates the data folder where there is none, connects, and serves until Ctrl-C
or SIGTERM. Other commands, and run --dry-run, may be used meanwhile: they are
executed inside it.

Exit codes: 0 it was asked to stop, 1 something failed and a new start may help,
78 the token, an intent or the configuration is refused, and it cannot.`
}

// Run connects to Discord and serves until it is interrupted.
func (c *runCmd) Run(inv *invocation) error {
	if c.DryRun {
		return c.dryRun(inv)
	}
	cfg, err := inv.config(config.NeedToken)
	if err != nil {
		return exitError{exitFatal, err}
	}
	if !cfg.Discord.Token.IsSet() {
		return exitError{exitFatal, errors.New("the bot has no token: set discord.token")}
	}
	level := new(slog.LevelVar)
	p := &parts{cfg: cfg, level: level, clock: systemClock(), metrics: newMetrics()}
	p.log = newLogger(inv.errOut, cfg, inv.terminal, level)
	err = serve(inv, p)
	if err == nil || inv.terminal || errors.Is(err, context.Canceled) {
		return err
	}
	// Among the lines of a log, the last words are one of them.
	p.log.Error("cratedigger ends", "error", err)
	code := 1
	if e, ok := errors.AsType[exitError](err); ok {
		code = e.code
	}
	return exitError{code, errors.New("")}
}

// serve opens the parts and runs the bot on them.
func serve(inv *invocation, p *parts) error {
	if err := p.openCatalogue(p.clock.Now); err != nil {
		return err
	}
	inv.parts = p // closed at the end of the invocation
	if err := p.openLoop(); err != nil {
		return err
	}
	s, err := newService(p, crashTransport())
	if err != nil {
		return err
	}
	if err := s.openDashboard(); err != nil {
		return err
	}
	if s.socket, err = listenSocket(p.cfg.DataDir); err != nil {
		return err
	}
	p.log.Info("cratedigger starts", "version", version(), "data", p.cfg.DataDir)
	err = s.run(inv.ctx, inv)
	if err == nil {
		p.log.Info("cratedigger has stopped; nothing was left half done")
	}
	return s.fatalExit(inv.ctx, err, fatalWait(p.cfg, inv.getenv))
}

// fatalWait is how long to wait before ending for good: outside of a container
// a person is looking, and restarts are theirs.
func fatalWait(cfg *config.Config, getenv func(string) string) time.Duration {
	if getenv("KUBERNETES_SERVICE_HOST") != "" || getenv("container") != "" { // podman and others set the second
		return cfg.Discord.FatalWait
	}
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil {
			return cfg.Discord.FatalWait
		}
	}
	return 0
}

// dryRun does what a slot does, and prints the picks instead of posting them.
func (c *runCmd) dryRun(inv *invocation) error {
	p, id, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	bar := inv.progress()
	run, err := p.loop.Scrape(inv.ctx, id, catalog.ByCommand, "", bar.report)
	bar.finish()
	if err != nil {
		return fmt.Errorf("nothing was read: %w", err)
	}
	printRun(inv.errOut, run)
	picks, err := p.loop.Choose(inv.ctx, id, catalog.ImportVoter)
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
	var errs []error
	for i, p := range picks {
		_, err := fmt.Fprintf(inv.out, "%d. %s — %s\n   https://www.youtube.com/watch?v=%s\n   score %.3f, %s\n",
			i+1, oneLine(p.Video.Title), oneLine(p.Video.Channel), p.Video.ID, p.Post.Score, p.Post.Policy)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
