// Package app puts the program together: it opens the catalogue, the source of
// videos, the stages, the bot and the dashboard as the configuration asks, and runs
// them as one service. Commands, the demo and the doctor get their parts here too, so
// a setting means the same to all of them. The log that it makes never contains a
// secret. When Serve returns, no job is left half done.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"cratedigger/bot"
	"cratedigger/bot/dashboard"
	"cratedigger/config"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/taste"
)

// Parts are what commands work with. A command opens only those that it needs; a
// running bot has opened all, and shares them with the commands executed in it.
type Parts struct {
	Config  *config.Config
	Log     *slog.Logger
	Level   *slog.LevelVar
	Clock   schedule.Clock
	Metrics *Metrics // nil outside of run
	Catalog catalog.Store
	file    catalog.File // the catalogue as one file; nil where it is none
	store   store        // the catalogue as the stages and the bot see it
	Loop    *pipeline.Loop

	bot       *bot.Bot       // nil without Discord, and outside of run
	Connected func() bool    // whether the gateway is connected; nil outside of run
	Lacking   func() []error // parts that failed and that the bot runs without; nil outside of run
	// Health examines what a guild depends on, for the dashboard; nil: it shows none.
	Health    func(ctx context.Context, guildID string) []dashboard.Finding
	Throwaway bool // the data is not for keeping: nothing is synced to the disk
	Local     bool // serve one person without Discord
}

// store is the catalogue, or a wrapper that counts what passes.
type store interface {
	pipeline.Store
	bot.Catalog
}

// Open opens the catalogue and the stages for one command. The log goes to errOut;
// quiet logs only warnings and errors, for a person who waits for the answer.
func Open(ctx context.Context, cfg *config.Config, now func() time.Time, errOut io.Writer, terminal, quiet bool) (*Parts, error) {
	level := new(slog.LevelVar)
	p := &Parts{
		Config: cfg, Level: level, Clock: schedule.System{},
		Log: NewLogger(errOut, cfg, terminal, level),
	}
	if quiet {
		level.Set(max(level.Level(), slog.LevelWarn))
	}
	if err := p.OpenCatalogue(now); err != nil {
		return nil, err
	}
	if err := p.OpenLoop(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// OpenLoop builds the stages over the catalogue and the configured source.
func (p *Parts) OpenLoop(ctx context.Context) error {
	source, err := p.openSource()
	if err != nil {
		return err
	}
	p.store = p.Catalog
	if p.Metrics != nil {
		p.store, source = p.Metrics.store(ctx, p.Catalog, p.Serves), p.Metrics.source(source)
	}
	p.Loop, err = pipeline.New(pipeline.Options{
		Store: p.store, Backups: p.backups(), Source: source, Now: p.Clock.Now, Seed: p.Config.Seed, Log: p.Log,
		Learning:    learning(p.Config),
		PagesPerDay: p.Config.YouTube.PagesPerDay, Pause: p.Config.YouTube.RequestInterval, Serves: p.Serves, Version: Version(), Parallel: runtime.GOMAXPROCS(0),
		PrepareAhead: p.Config.PrepareAhead, Memory: memory(p.Config),
	})
	return err
}

// backups makes the daily backups; nil where something else does.
func (p *Parts) backups() pipeline.Backups {
	if p.file == nil {
		return nil
	}
	return p.file
}

// memory is the bound of what guilds' models and rankings take, in bytes.
func memory(cfg *config.Config) int64 {
	if cfg.Memory > 0 {
		return int64(cfg.Memory)
	}
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		return max(1, limit/3) // the rest is for what is at work
	}
	return 1 << 30
}

// learning has the options of training from the configuration.
func learning(cfg *config.Config) pipeline.Learning {
	t := cfg.Taste
	return pipeline.Learning{
		Votes:      taste.VoteOptions{HalfLife: t.HalfLife},
		Packaging:  Packaging(cfg),
		Judge:      taste.JudgeOptions{Labels: t.JudgeFrom, Least: t.JudgeVotes, Certainty: t.JudgeCertainty},
		TuneTrials: t.TuneTrials, TuneTime: t.TuneTime,
	}
}

// Packaging are the phrases that no model may read.
func Packaging(cfg *config.Config) []string {
	phrases := []string{}
	if cfg.Taste.BuiltInPackaging {
		phrases = slices.Clone(feature.DefaultPackaging)
	}
	return append(phrases, cfg.Taste.Packaging...)
}

// openSource opens the configured source, and says in the log what it is.
func (p *Parts) openSource() (pipeline.Source, error) {
	kind := ConfiguredSource(p.Config)
	p.Log.Info("videos are read from "+map[SourceKind]string{SourceWeb: "YouTube's pages", SourceAPI: "the YouTube Data API", SourceFeed: "the feeds of YouTube channels"}[kind], "source", kind)
	o := YouTubeOptions(p.Config, p.Clock.Now)
	o.Counters, o.States, o.Log = p.Catalog, p.Catalog, p.Log
	return NewSource(kind, o)
}

// Close closes what is open. It is safe on nil.
func (p *Parts) Close() error {
	if p == nil || p.Catalog == nil {
		return nil
	}
	if err := p.Catalog.Close(); err != nil {
		return fmt.Errorf("the catalogue was not closed cleanly: %w", err)
	}
	return nil
}
