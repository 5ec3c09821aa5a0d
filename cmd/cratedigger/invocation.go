package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/config"

	"github.com/alecthomas/kong"
)

// cli is the command line: one field a subcommand, each in a file of its name.
type cli struct {
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Configuration file (default: config.yaml here, if there is one; also CRATEDIGGER_CONFIG)."`
	Data   string `short:"d" type:"path" placeholder:"DIR" help:"Data folder (data_dir of the configuration)."`
	Level  string `name:"log-level" placeholder:"LEVEL" help:"How much to log: debug, info, warn or error (log.level)."`

	Demo     demoCmd     `cmd:"" help:"See the whole loop here and now: no account, no network, no set-up."`
	Run      runCmd      `cmd:"" help:"Connect to Discord and serve until interrupted."`
	Scrape   scrapeCmd   `cmd:"" help:"Search the guild's queries on YouTube and read what is new."`
	Rank     rankCmd     `cmd:"" help:"Print the guild's candidates, best first."`
	Train    trainCmd    `cmd:"" help:"Train a model from the guild's votes."`
	Evaluate evaluateCmd `cmd:"" help:"Measure what is learned from a label file."`
	Backtest backtestCmd `cmd:"" help:"Replay a label file as a bot would have lived it."`
	Label    labelCmd    `cmd:"" help:"Ask for labels on the terminal, the most telling videos first."`
	Parse    parseCmd    `cmd:"" help:"Print what saved YouTube pages hold, as JSON."`
	Model    modelCmd    `cmd:"" help:"Train, apply and export learners on matrices."`
	Export   exportCmd   `cmd:"" help:"Write labelled videos as a matrix of features."`
	Song     songCmd     `cmd:"" help:"Tell who performs what by a title."`

	Backup  backupCmd  `cmd:"" help:"Write a checked copy of the catalogue."`
	Restore restoreCmd `cmd:"" help:"Put a backup in the place of the catalogue."`
	Check   checkCmd   `cmd:"" help:"Check that the catalogue is whole."`
	Labels  labelsCmd  `cmd:"" help:"Read and write labels as CSV."`

	Doctor   doctorCmd  `cmd:"" help:"Examine the set-up: what works, what does not, and how to mend it."`
	Settings configCmd  `cmd:"" name:"config" help:"Write or show the configuration."`
	LogLevel logCmd     `cmd:"" name:"log" help:"Change how much the running bot logs."`
	Version  versionCmd `cmd:"" help:"Print the version and how it was built."`
}

// invocation is what a command may touch of the world. A command executed
// inside a running bot, through its socket, gets the same with the caller's
// streams and files, and the bot's open parts.
type invocation struct {
	ctx      context.Context
	in       io.Reader
	out      io.Writer
	errOut   io.Writer
	files    socket.Files
	now      func() time.Time
	getenv   func(string) string
	terminal bool // errOut is one: progress may be drawn

	globals *cli
	parts   *app.Parts // opened so far; those of the running bot inside it
	served  bool       // executing inside a running bot
}

// usesCatalogue marks the commands that work on the data folder: where a bot
// is running on it, they are executed inside the bot.
type usesCatalogue interface{ usesCatalogue() }

// execute parses args, runs the command and returns the exit code.
func (inv *invocation) execute(args []string) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("cratedigger"),
		kong.Description("A Discord bot that learns your server's taste in music. A guild is what Discord calls a server.\n\n"+
			"Try it without any account: cratedigger demo\nSee what works and what does not: cratedigger doctor"),
		kong.Writers(inv.out, inv.errOut),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return inv.fail(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parser.Parse(args)
	if exit >= 0 { // --help has printed itself
		return exit
	}
	if err != nil {
		return inv.fail(app.WithCode(2, fmt.Errorf("%w (see cratedigger --help)", err)))
	}
	inv.globals = &c
	command := kctx.Selected().Target.Addr().Interface()
	_, uses := command.(usesCatalogue)
	if run, ok := command.(*runCmd); ok {
		uses = run.DryRun
	}
	if uses && !inv.served {
		cfg, err := inv.config()
		if err != nil {
			return inv.fail(err)
		}
		if code, served := inv.send(cfg.DataDir, args); served {
			return code
		}
	}
	err = kctx.Run(inv)
	if !inv.served {
		err = errors.Join(err, inv.parts.Close())
	}
	return inv.fail(err)
}

// fail says what went wrong, if anything, and returns the exit code.
func (inv *invocation) fail(err error) int {
	if err == nil {
		return 0
	}
	if inv.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(inv.errOut, "cratedigger: interrupted")
		return 130
	}
	code := 1
	if e, ok := errors.AsType[app.ExitError](err); ok {
		code = e.Code
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(inv.errOut, "cratedigger:", text)
	}
	return code
}

// config reads the settings. Inside a running bot they are the bot's.
func (inv *invocation) config(needs ...config.Need) (*config.Config, error) {
	if inv.served {
		return inv.parts.Config, nil
	}
	cfg, _, err := config.Load(inv.configInput(needs...))
	return cfg, err
}

// configInput says where the settings come from in this invocation.
func (inv *invocation) configInput(needs ...config.Need) config.Input {
	flags := map[string]string{}
	var named string
	if g := inv.globals; g != nil {
		named = g.Config
		if g.Data != "" {
			flags["data_dir"] = g.Data
		}
		if g.Level != "" {
			flags["log.level"] = g.Level
		}
	}
	return config.Input{
		File:     config.Find(named, inv.getenv),
		Getenv:   inv.getenv,
		Flags:    flags,
		Defaults: app.CheckDefaults,
		Needs:    slices.Clone(needs),
	}
}

// drawn is where progress is drawn; nil where there is no terminal.
func (inv *invocation) drawn() io.Writer {
	if !inv.terminal {
		return nil
	}
	return inv.errOut
}

// send has the command executed by the bot that runs on dataDir; served is false
// where none does.
func (inv *invocation) send(dataDir string, args []string) (code int, served bool) {
	call := socket.Call{Args: args, In: inv.in, Out: inv.out, ErrOut: inv.errOut, Files: inv.files, Terminal: inv.terminal}
	return call.Send(inv.ctx, dataDir)
}

// inside returns the function that executes calls inside the bot with these parts.
func (inv *invocation) inside(p *app.Parts) func(context.Context, socket.Call) int {
	return func(ctx context.Context, c socket.Call) int {
		within := &invocation{
			ctx: ctx, in: c.In, out: c.Out, errOut: c.ErrOut, files: c.Files, terminal: c.Terminal,
			now: inv.now, getenv: inv.getenv, parts: p, served: true,
		}
		return within.execute(c.Args)
	}
}

// open opens the catalogue and the stages.
func (inv *invocation) open() (*app.Parts, error) {
	if inv.parts != nil {
		return inv.parts, nil
	}
	cfg, err := inv.config()
	if err != nil {
		return nil, err
	}
	p, err := app.Open(cfg, inv.now, inv.errOut, inv.terminal, inv.globals.Level == "")
	if err != nil {
		return nil, err
	}
	inv.parts = p
	return p, nil
}

// openGuild opens the parts, and finds the guild that a command works on.
func (inv *invocation) openGuild(named string) (*app.Parts, string, error) {
	p, err := inv.open()
	if err != nil {
		return nil, "", err
	}
	id, err := p.GuildID(named)
	return p, id, err
}
