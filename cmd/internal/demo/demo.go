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
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/config"
	"cratedigger/internal/demopage"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/schedule"

	"golang.org/x/net/netutil"
)

// Options say which demo to live through.
type Options struct {
	Days     int     // end after so many; 0: without end, or headless after Days
	Seed     uint64  // decides everything
	Headless bool    // no page, and no waiting between days
	NoOpen   bool    // the page is not opened in the browser
	Listen   string  // loopback address of the page
	Speed    float64 // simulated days a minute while the page is shown; 0 is as fast as possible
	JSON     bool    // print the result as one last line of JSON
	Keep     string  // folder in which to keep the data; "" keeps nothing
	LogLevel string  // "" is warn

	Out, ErrOut io.Writer
	Terminal    bool // ErrOut is one
}

// Days is how long a headless demo lasts.
const Days = 28

// firstMorning is the first morning of every demo, a Monday.
var firstMorning = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// Run lives through the days of a demo, until they are over or ctx ends.
func Run(ctx context.Context, o Options) (err error) {
	if o.Days < 0 {
		return app.WithCode(2, errors.New("--days must be 1 or more"))
	}
	days := o.Days
	if days == 0 && o.Headless {
		days = Days
	}
	dir := o.Keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "cratedigger-demo-"); err == nil {
			defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		} // else nothing can be written here: the catalogue stays in memory
	} else if _, err := os.Stat(filepath.Join(dir, app.CatalogueFile)); err == nil {
		return fmt.Errorf("%s holds a catalogue already; --keep needs a folder of its own", dir)
	}
	asked := ctx // ends when the person stops the demo, not when the days are over
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	w := &world{
		seed: o.Seed, days: days, clock: schedule.NewStepped(firstMorning),
		print: o.Out, pace: pacer{perMinute: o.Speed},
	}
	if o.Headless {
		w.pace.perMinute = 0
	}
	if o.JSON && o.Headless {
		w.print = o.ErrOut // the result alone goes to standard output
	}
	if err := w.open(); err != nil {
		return err
	}
	defer w.close()
	p, err := w.parts(o, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	s, err := app.NewService(p, nil)
	if err != nil {
		return err
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
		endPage, perr := w.serve(ctx, o)
		if perr != nil {
			return perr
		}
		defer endPage()
	}
	if err := w.live(ctx); err != nil {
		if asked.Err() == nil {
			return err
		}
		fmt.Fprintln(w.print, "\nStopped.")
	}
	w.table()
	if o.JSON {
		line, err := json.Marshal(w.result())
		if err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "%s\n", line)
	}
	if !o.Headless && o.Days == 0 && asked.Err() == nil {
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

// parts opens the parts of the bot as run does, except that YouTube and Discord are
// the stand-ins, the demo moves the clock, and nothing waits between pages.
func (w *world) parts(o Options, dir string) (*app.Parts, error) {
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
	if o.LogLevel != "" {
		cfg.Log.Level = o.LogLevel
	}
	cfg.Defaults.Channel = config.Channel(w.channel)
	for _, q := range w.queries {
		cfg.Defaults.Queries = append(cfg.Defaults.Queries, config.Query{Text: q, Pages: 2})
	}
	level := new(slog.LevelVar)
	p := &app.Parts{Config: cfg, Level: level, Clock: w.clock, Log: app.NewLogger(o.ErrOut, cfg, o.Terminal, level), Throwaway: true}
	if err := p.OpenCatalogue(w.clock.Now); err != nil {
		return nil, err
	}
	if err := p.OpenLoop(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// serve serves the chat page until end is called.
func (w *world) serve(ctx context.Context, o Options) (end func(), err error) {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil || net.ParseIP(host) == nil || !net.ParseIP(host).IsLoopback() {
		return nil, app.WithCode(2, fmt.Errorf("--listen %s is not a loopback address such as 127.0.0.1:8000", o.Listen))
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("the page cannot be served: %w", err)
	}
	page, err := demopage.New(demopage.Options{
		Server: w.discord, ChannelID: w.channel, MemberID: w.viewer, Control: w,
		Unfold: func(id string) (demopage.Card, bool) {
			v, ok := w.youtube.Video(id)
			return demopage.Card{VideoID: v.ID, Title: v.Title, Channel: v.Channel, Seconds: v.Seconds}, ok
		},
		Log: w.service.Log,
	})
	if err != nil {
		l.Close()
		return nil, err
	}
	w.page = page
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	const most = 64 // connections
	go func() { done <- page.Serve(ctx, netutil.LimitListener(l, most)) }()
	address := "http://" + l.Addr().String() + "/"
	fmt.Fprintf(o.Out, "The channel is at %s (Ctrl-C ends the demo)\n\n", address)
	if !o.NoOpen {
		openBrowser(address)
	}
	return func() {
		stop()
		page.Close()
		<-done
	}, nil
}

// openBrowser opens an address in the browser, if there is one. The address was
// printed, so a failure is not reported.
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
