package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"cratedigger/bot"
	"cratedigger/config"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/taste"
)

// catalogueFile is the catalogue's name in the data folder.
const catalogueFile = "cratedigger.db"

// parts are what commands work with, opened as far as they were needed. Those
// of a running bot are all open and shared by every command executed in it.
type parts struct {
	cfg     *config.Config
	log     *slog.Logger
	level   *slog.LevelVar
	clock   schedule.Clock
	metrics *metrics // nil outside of run
	catalog *catalog.Catalog
	store   store // the catalogue as the stages and the bot see it
	loop    *pipeline.Loop

	connected func() bool    // whether the gateway stands; nil outside of run
	lacking   func() []error // what the running bot does without; nil outside of run
	throwaway bool           // the data is not for keeping: nothing is synced to the disk
}

// store is the catalogue, or a wrapper that counts what passes.
type store interface {
	pipeline.Store
	bot.Catalog
}

// open opens the catalogue and the stages.
func (inv *invocation) open() (*parts, error) {
	if inv.parts != nil {
		return inv.parts, nil
	}
	cfg, err := inv.config()
	if err != nil {
		return nil, err
	}
	level := new(slog.LevelVar)
	p := &parts{
		cfg: cfg, level: level, clock: schedule.System{},
		log: newLogger(inv.errOut, cfg, inv.terminal, level),
	}
	if inv.globals.Level == "" {
		level.Set(max(level.Level(), slog.LevelWarn)) // a person waits for the answer, not for the steps
	}
	if err := p.openCatalogue(inv.now); err != nil {
		return nil, err
	}
	if err := p.openLoop(); err != nil {
		return nil, errors.Join(err, p.close())
	}
	inv.parts = p
	return p, nil
}

// openCatalogue opens the catalogue of the data folder.
func (p *parts) openCatalogue(now func() time.Time) error {
	options := catalogueOptions(p.cfg, now)
	options.Log, options.Trace, options.NoSync = p.log, crashTrace(), p.throwaway
	var err error
	if p.throwaway && p.cfg.DataDir == "" {
		p.catalog, err = catalog.OpenMemory(options)
	} else {
		p.catalog, err = catalog.Open(filepath.Join(p.cfg.DataDir, catalogueFile), options)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w; give the user of the bot the right to write there, or choose another folder with --data or data_dir", err)
	}
	return err
}

// catalogueOptions are what the configuration says of the catalogue's file.
func catalogueOptions(cfg *config.Config, now func() time.Time) catalog.Options {
	return catalog.Options{
		Now: now, Verify: verifyInChild,
		MinFree: uint64(cfg.Store.MinFreeBytes), Restore: cfg.Store.OnCorrupt == "restore",
	}
}

// openLoop builds the stages over the catalogue and the configured source.
func (p *parts) openLoop() error {
	source, err := p.openSource()
	if err != nil {
		return err
	}
	p.store = p.catalog
	if p.metrics != nil {
		p.store, source = p.metrics.store(p.catalog), p.metrics.source(source)
	}
	p.loop, err = pipeline.New(pipeline.Options{
		Store: p.store, Source: source, Now: p.clock.Now, Seed: p.cfg.Seed, Log: p.log,
		Learning:    learning(p.cfg),
		PagesPerDay: p.cfg.YouTube.PagesPerDay, Version: version(), Parallel: runtime.GOMAXPROCS(0),
	})
	return err
}

// learning is how votes become models by the configuration.
func learning(cfg *config.Config) pipeline.Learning {
	t := cfg.Taste
	return pipeline.Learning{
		Votes:      taste.VoteOptions{HalfLife: t.HalfLife},
		Packaging:  packaging(cfg),
		Judge:      taste.JudgeOptions{Labels: t.JudgeFrom, Least: t.JudgeVotes, Certainty: t.JudgeCertainty},
		TuneTrials: t.TuneTrials, TuneTime: t.TuneTime,
	}
}

// packaging are the phrases that no model may read.
func packaging(cfg *config.Config) []string {
	phrases := []string{}
	if cfg.Taste.BuiltInPackaging {
		phrases = slices.Clone(feature.DefaultPackaging)
	}
	return append(phrases, cfg.Taste.Packaging...)
}

// openSource opens the configured source, and says in the log what it is.
func (p *parts) openSource() (pipeline.Source, error) {
	kind := configuredSource(p.cfg)
	p.log.Info("videos are read from "+map[sourceKind]string{sourceWeb: "YouTube's pages", sourceAPI: "the YouTube Data API", sourceFeed: "the feeds of YouTube channels"}[kind], "source", kind)
	o := youtubeOptions(p.cfg, p.clock.Now)
	o.Counters, o.States, o.Log = p.catalog, p.catalog, p.log
	return newSource(kind, o)
}

// close closes what is open. It is safe on nil.
func (p *parts) close() error {
	if p == nil || p.catalog == nil {
		return nil
	}
	if err := p.catalog.Close(); err != nil {
		return fmt.Errorf("the catalogue was not closed cleanly: %w", err)
	}
	return nil
}

// openGuild opens the parts, and finds the guild that a command works on.
func (inv *invocation) openGuild(named string) (*parts, string, error) {
	p, err := inv.open()
	if err != nil {
		return nil, "", err
	}
	id, err := p.guildID(inv.ctx, named)
	return p, id, err
}

// guildID is the guild that a command works on: the named one, the only one
// there is, or, in a data folder that no bot is using, one of its own called
// "local" with the configuration's defaults.
func (p *parts) guildID(ctx context.Context, named string) (string, error) {
	guilds, err := p.catalog.Guilds()
	if err != nil {
		return "", err
	}
	if named != "" {
		for _, g := range guilds {
			if g.ID == named {
				return named, nil
			}
		}
		return "", fmt.Errorf("guild %s is not known here; known: %s", named, guildList(guilds))
	}
	switch len(guilds) {
	case 0:
		if p.connected != nil {
			return "", errors.New("the running bot is in no guild yet: invite it first")
		}
		g := newGuild(p.cfg, localGuild, "this machine", p.clock.Now())
		p.log.Warn("there is no guild yet, so the command works on one of its own", "guild", g.ID)
		return g.ID, p.catalog.SaveGuild(g)
	case 1:
		return guilds[0].ID, nil
	}
	return "", fmt.Errorf("there are %d guilds, so name one with --guild; known: %s", len(guilds), guildList(guilds))
}
