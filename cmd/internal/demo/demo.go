// Package demo lives through days of a bot between a stand-in for YouTube, a stand-in
// for Discord and simulated members. The bot is the one that run starts; only the
// addresses and the clock differ. A seed decides everything, and nothing is kept
// unless a folder is named.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/cmd/internal/app"
	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/schedule"
)

// Options say which demo to live through.
type Options struct {
	Days       int     // end after so many; 0: without end, or headless after Days
	Seed       uint64  // decides everything
	Seeds      int     // of so many worlds, one after another, report the means; 0 and 1: live through one
	Favourites int     // tell the bot at first so many artists that one member likes
	Headless   bool    // no pages, and no waiting between days
	NoOpen     bool    // the page is not opened in the browser
	Listen     string  // loopback address of the page
	Dashboard  string  // loopback address of the dashboard
	Speed      float64 // simulated days a minute while the page is shown; 0 is as fast as possible
	Hostile    bool    // some titles try to break pages and to call everybody
	JSON       bool    // print the result as one last line of JSON
	Keep       string  // folder in which to keep the data; "" keeps nothing
	LogLevel   string  // "" is warn

	Out, ErrOut io.Writer
	Terminal    bool // ErrOut is one

	// Health examines what the guild depends on, for the dashboard; nil: it shows none.
	Health func(*app.Parts) func(ctx context.Context, guildID string) []dashboard.Finding
}

// Days is how long a headless demo lasts. One with a page pauses then until somebody
// wants to see more.
const Days = 28

// firstMorning is the first morning of every demo, a Monday.
var firstMorning = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// Run lives through the days of a demo, until they are over or ctx ends.
func Run(ctx context.Context, o Options) error {
	switch {
	case o.Days < 0:
		return app.WithCode(2, errors.New("--days must be 1 or more"))
	case o.Seeds < 0:
		return app.WithCode(2, errors.New("--seeds must be 1 or more"))
	case o.Favourites < 0 || o.Favourites > labels.MaxFavourites:
		return app.WithCode(2, fmt.Errorf("--favourites must be from 0 to %d", labels.MaxFavourites))
	}
	if o.Days == 0 && (o.Headless || o.Seeds > 1) {
		o.Days = Days
	}
	if o.Seeds > 1 {
		return runSeeds(ctx, o)
	}
	_, err := run(ctx, o)
	return err
}

// run lives through the days of one world.
func run(ctx context.Context, o Options) (result Result, err error) {
	dir := o.Keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "cratedigger-demo-"); err == nil {
			defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		} // else nothing can be written here: the catalogue stays in memory
	} else if _, err := os.Stat(filepath.Join(dir, app.CatalogueFile)); err == nil {
		return result, fmt.Errorf("%s holds a catalogue already; --keep needs a folder of its own", dir)
	}
	asked := ctx // ends when the person stops the demo, not when the days are over
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	w := &world{
		seed: o.Seed, days: o.Days, favourites: o.Favourites, clock: schedule.NewStepped(firstMorning),
		print: o.Out, pace: pacer{perMinute: o.Speed}, seen: map[string]bool{}, heard: map[string]string{},
	}
	switch {
	case o.Headless:
		w.pace.perMinute = 0
	case o.Days == 0:
		w.pace.rest = Days + 1
	}
	if o.JSON && o.Headless {
		w.print = o.ErrOut // the result alone goes to standard output
	}
	if err := w.open(o.Hostile); err != nil {
		return result, err
	}
	defer w.close()
	p, err := w.parts(ctx, o, dir)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	s, err := app.NewService(ctx, p, nil)
	if err != nil {
		return result, err
	}
	w.service = s
	served := make(chan error, 1)
	go func() { served <- s.Run(ctx, nil) }()
	defer func() {
		stop()
		if serr := <-served; serr != nil && !errors.Is(serr, context.Canceled) {
			err = errors.Join(err, serr)
		}
	}()
	if !o.Headless {
		endPages, serr := w.serve(ctx, o)
		if serr != nil {
			return result, serr
		}
		defer endPages()
	}
	err = w.live(ctx)
	if err != nil && asked.Err() == nil {
		return result, err
	}
	fmt.Fprintln(w.print, "\n"+w.ending(asked.Err() != nil))
	w.table()
	result = w.result()
	if o.JSON {
		line, err := json.Marshal(result)
		if err != nil {
			return result, err
		}
		fmt.Fprintf(o.Out, "%s\n", line)
	}
	return result, nil
}

// open starts the stand-ins and invents the guild.
func (w *world) open(hostile bool) error {
	var err error
	if w.youtube, err = fakeyoutube.New(fakeyoutube.Options{Seed: w.seed, Now: w.clock.Now, Plain: !hostile, Songs: true}); err != nil {
		return fmt.Errorf("the YouTube stand-in did not start: %w", err)
	}
	if w.discord, err = fakediscord.New(fakediscord.Options{Now: w.clock.Now}); err != nil {
		w.youtube.Close()
		return fmt.Errorf("the Discord stand-in did not start: %w", err)
	}
	w.settle()
	return nil
}

func (w *world) close() {
	w.discord.Close()
	w.youtube.Close()
}

// parts opens the parts of the bot as run does, except that YouTube and Discord are
// the stand-ins, the demo moves the clock, and nothing waits between pages.
func (w *world) parts(ctx context.Context, o Options, dir string) (*app.Parts, error) {
	cfg := config.Default()
	cfg.DataDir, cfg.Seed = dir, w.seed
	cfg.Discord.Token = config.NewSecret(w.discord.Token())
	cfg.Discord.BaseURL = config.URL(w.discord.URL())
	cfg.Discord.CallsPerSecond = 0 // a day passes in a moment, and the stand-in has no limit
	cfg.YouTube.BaseURL = config.URL(w.youtube.URL())
	cfg.YouTube.FeedBaseURL = config.URL(w.youtube.URL())
	cfg.YouTube.APIBaseURL = config.URL(w.youtube.URL())
	cfg.YouTube.RequestInterval = 0
	cfg.Backup.Keep = 0
	cfg.Store.MinFreeBytes = 0
	cfg.Log.Level = "warn"
	if o.LogLevel != "" {
		cfg.Log.Level = o.LogLevel
	}
	cfg.Defaults.Channel = config.Channel(w.channel)
	for _, q := range w.queries {
		cfg.Defaults.Queries = append(cfg.Defaults.Queries, config.Query{Text: q, Pages: 2})
	}
	level := new(slog.LevelVar)
	p := &app.Parts{Config: cfg, Level: level, Clock: w.clock, Log: app.NewLogger(o.ErrOut, cfg, o.Terminal, level), Throwaway: true}
	if o.Health != nil {
		p.Health = o.Health(p)
	}
	if err := p.OpenCatalogue(w.clock.Now); err != nil {
		return nil, err
	}
	if err := p.OpenLoop(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}
