package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"cratedigger/config"
	"cratedigger/internal/demopage"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/schedule"
)

type demoCmd struct {
	Days     int     `placeholder:"N" help:"End after so many simulated days (with --headless: 28; else: until Ctrl-C)."`
	Seed     uint64  `default:"1" help:"Decides everything: the videos, the members, the bot. The same seed gives the same run."`
	Headless bool    `help:"Only the terminal: no page, no waiting between days."`
	NoOpen   bool    `help:"Do not open the page in the browser."`
	Listen   string  `default:"127.0.0.1:0" placeholder:"ADDRESS" help:"Loopback address of the page."`
	Speed    float64 `default:"6" help:"Simulated days a minute while the page is shown; 0 is as fast as possible."`
	JSON     bool    `name:"json" help:"Print the result as one last line of JSON."`
	Keep     string  `type:"path" placeholder:"DIR" help:"Keep the demo's data in this folder, to look at afterwards."`
}

// Help says what the demo is.
func (demoCmd) Help() string {
	return `Starts a stand-in for YouTube, a stand-in for Discord, simulated members with
hidden tastes, and between them the same bot that "run" starts. Needs no
account, no network and no set-up. The table at the end compares the bot's
picks with random picks from the same videos.`
}

// demoDays is how long a headless demo lasts.
const demoDays = 28

// demoStart is the first morning of every demo, a Monday.
var demoStart = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// Run lives through the days.
func (c *demoCmd) Run(inv *invocation) (err error) {
	if c.Days < 0 {
		return exitError{2, errors.New("--days must be 1 or more")}
	}
	days := c.Days
	if days == 0 && c.Headless {
		days = demoDays
	}
	dir := c.Keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "cratedigger-demo-"); err == nil {
			defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		} // else nothing can be written here: the catalogue stays in memory
	} else if _, err := os.Stat(filepath.Join(dir, catalogueFile)); err == nil {
		return fmt.Errorf("%s holds a catalogue already; --keep needs a folder of its own", dir)
	}
	ctx, stop := context.WithCancel(inv.ctx)
	defer stop()

	w := &world{
		seed: c.Seed, days: days, clock: schedule.NewStepped(demoStart),
		print: inv.out, pace: pacer{perMinute: c.Speed},
	}
	if c.Headless {
		w.pace.perMinute = 0
	}
	if c.JSON && c.Headless {
		w.print = inv.errOut // the result alone goes to standard output
	}
	if err := w.open(); err != nil {
		return err
	}
	defer w.close()
	p, err := w.parts(inv, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	s, err := newService(p, nil)
	if err != nil {
		return err
	}
	w.service = s

	served := make(chan error, 1)
	go func() { served <- s.run(ctx, inv) }()
	defer func() {
		stop()
		if serr := <-served; serr != nil && !errors.Is(serr, context.Canceled) {
			err = errors.Join(err, serr)
		}
	}()
	if !c.Headless {
		endPage, perr := c.page(ctx, inv, w)
		if perr != nil {
			return perr
		}
		defer endPage()
	}
	if err := w.live(ctx); err != nil {
		if inv.ctx.Err() == nil {
			return err
		}
		fmt.Fprintln(w.print, "\nStopped.")
	}
	w.table()
	if c.JSON {
		line, err := json.Marshal(w.result())
		if err != nil {
			return err
		}
		fmt.Fprintf(inv.out, "%s\n", line)
	}
	if !c.Headless && c.Days == 0 && inv.ctx.Err() == nil {
		<-ctx.Done() // the page stays open until Ctrl-C
	}
	return nil
}

// open starts the stand-ins and invents the guild.
func (w *world) open() error {
	var err error
	if w.youtube, err = fakeyoutube.New(fakeyoutube.Options{Seed: w.seed, Now: w.clock.Now}); err != nil {
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

// parts are the bot's, with the addresses of the stand-ins in the places of
// YouTube's and Discord's, a clock that the demo moves, and no waiting between
// pages. All else is as in run.
func (w *world) parts(inv *invocation, dir string) (*parts, error) {
	cfg := config.Default()
	cfg.DataDir, cfg.Seed = dir, w.seed
	cfg.Discord.Token = config.NewSecret(w.discord.Token())
	cfg.Discord.BaseURL = config.URL(w.discord.URL())
	cfg.YouTube.BaseURL = config.URL(w.youtube.URL())
	cfg.YouTube.FeedBaseURL = config.URL(w.youtube.URL())
	cfg.YouTube.APIBaseURL = config.URL(w.youtube.URL())
	cfg.YouTube.RequestInterval = 0
	cfg.Backup.Keep = 0
	cfg.Store.MinFreeBytes = 0
	cfg.Log.Level = "warn"
	if g := inv.globals; g != nil && g.Level != "" {
		cfg.Log.Level = g.Level
	}
	cfg.Defaults.Channel = config.Channel(w.channel)
	for _, q := range w.queries {
		cfg.Defaults.Queries = append(cfg.Defaults.Queries, config.Query{Text: q, Pages: 2})
	}
	level := new(slog.LevelVar)
	p := &parts{cfg: cfg, level: level, clock: w.clock, log: newLogger(inv.errOut, cfg, inv.terminal, level), throwaway: true}
	if err := p.openCatalogue(w.clock.Now); err != nil {
		return nil, err
	}
	if err := p.openLoop(); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// page serves the chat page until end is called.
func (c *demoCmd) page(ctx context.Context, inv *invocation, w *world) (end func(), err error) {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil || net.ParseIP(host) == nil || !net.ParseIP(host).IsLoopback() {
		return nil, exitError{2, fmt.Errorf("--listen %s is not a loopback address such as 127.0.0.1:8000", c.Listen)}
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("the page cannot be served: %w", err)
	}
	page, err := demopage.New(demopage.Options{
		Server: w.discord, ChannelID: w.channel, MemberID: w.viewer, Control: w,
		Unfold: func(id string) (demopage.Card, bool) {
			v, ok := w.youtube.Video(id)
			return demopage.Card{VideoID: v.ID, Title: v.Title, Channel: v.Channel, Seconds: v.Seconds}, ok
		},
		Log: w.service.log,
	})
	if err != nil {
		l.Close()
		return nil, err
	}
	w.page = page
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- page.Serve(ctx, l) }()
	address := "http://" + l.Addr().String() + "/"
	fmt.Fprintf(inv.out, "The channel is at %s (Ctrl-C ends the demo)\n\n", address)
	if !c.NoOpen {
		openBrowser(address)
	}
	return func() {
		stop()
		page.Close()
		<-done
	}, nil
}

// openBrowser shows an address in the person's browser, where there is one; the
// address was printed, so a failure needs no word.
func openBrowser(address string) {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if cmd.Start() == nil {
		go cmd.Wait()
	}
}
