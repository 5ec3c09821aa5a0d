package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/config"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
)

// cli is the command line: one field a subcommand, each in a file of its name.
type cli struct {
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Configuration file (default: config.yaml here, if there is one; also CRATEDIGGER_CONFIG)."`
	Data   string `short:"d" type:"path" placeholder:"DIR" help:"Data folder (data_dir of the configuration)."`
	Level  string `name:"log-level" placeholder:"LEVEL" help:"How much to log: debug, info, warn or error (log.level)."`

	Demo     demoCmd       `cmd:"" group:"serve" help:"See the whole loop here and now: no account, no network, no set-up."`
	Run      runCmd        `cmd:"" group:"serve" help:"Connect to Discord and serve until interrupted; with --local, without Discord."`
	Doctor   doctorCmd     `cmd:"" group:"serve" help:"Examine the set-up: what works, what does not, and how to mend it."`
	Settings configCmd     `cmd:"" group:"serve" name:"config" help:"Write or show the configuration."`
	LogLevel logCmd        `cmd:"" group:"serve" name:"log" help:"Change how much the running bot logs."`
	Complete completionCmd `cmd:"" group:"serve" name:"completion" help:"Print the line that has bash, zsh or fish complete commands and flags."`
	Version  versionCmd    `cmd:"" group:"serve" help:"Print the version and how it was built; also --version."`
	Scrape   scrapeCmd     `cmd:"" group:"loop" help:"Search the guild's queries on YouTube and read what is new."`
	Rank     rankCmd       `cmd:"" group:"loop" help:"Print the guild's candidates, best first."`
	Predict  predictCmd    `cmd:"" group:"loop" help:"Read one video now, score it, and say why."`
	Label    labelCmd      `cmd:"" group:"loop" help:"Ask for labels on the terminal, the most telling videos first."`
	Labels   labelsCmd     `cmd:"" group:"loop" help:"Read and write labels as CSV."`
	Train    trainCmd      `cmd:"" group:"loop" help:"Train a model from the guild's votes."`

	Backup  backupCmd  `cmd:"" group:"keep" help:"Write a checked copy of the catalogue."`
	Restore restoreCmd `cmd:"" group:"keep" help:"Put a backup in the place of the catalogue."`
	Recover recoverCmd `cmd:"" group:"keep" help:"Read posts and votes from Discord again after the catalogue was lost."`
	Check   checkCmd   `cmd:"" group:"keep" help:"Check that the catalogue is whole."`

	Evaluate evaluateCmd `cmd:"" group:"study" help:"Measure what is learned from a label file."`
	Backtest backtestCmd `cmd:"" group:"study" help:"Replay a label file as a bot would have lived it."`
	Parse    parseCmd    `cmd:"" group:"study" help:"Print what saved YouTube pages hold, as JSON."`
	Model    modelCmd    `cmd:"" group:"study" help:"Train, apply and export learners on matrices; list a guild's models."`
	Song     songCmd     `cmd:"" group:"study" help:"Tell who performs what by a title."`
	Export   exportCmd   `cmd:"" group:"study" help:"Write labelled videos as a matrix of features."`
}

// groups are the titles under which --help lists the commands.
var groups = kong.ExplicitGroups([]kong.Group{
	{Key: "serve", Title: "Set up and serve:"},
	{Key: "loop", Title: "Find, label, learn and rank:"},
	{Key: "keep", Title: "Keep the catalogue safe:"},
	{Key: "study", Title: "Study files and models:"},
})

// invocation has everything that a command may use: streams, files, settings, parts.
// For a command that is executed inside a running bot, through its socket, these are
// the caller's streams and files, and the bot's open parts.
type invocation struct {
	ctx      context.Context
	in       io.Reader
	out      io.Writer
	errOut   io.Writer
	files    socket.Files
	now      func() time.Time
	getenv   func(string) string
	terminal bool // errOut is a terminal, so progress may be drawn

	globals *cli
	parts   *app.Parts // opened so far; those of the running bot inside it
	served  bool       // executing inside a running bot
	begins  bool       // the command may create a catalogue
}

// usesCatalogue marks the commands that work on the data folder. If a bot runs on it,
// they are executed inside that bot.
type usesCatalogue interface{ usesCatalogue() }

// beginsCatalogue marks the commands that may create a catalogue. The others create
// nothing if they are typed in a wrong folder.
type beginsCatalogue interface{ beginsCatalogue() }

// execute parses args, runs the command and returns the exit code.
func (inv *invocation) execute(args []string) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("cratedigger"),
		kong.Description("A Discord bot that learns your server's taste in music. A guild is what Discord calls a server.\n\n"+
			"Try it without any account: cratedigger demo\n\nUse it alone, without Discord: cratedigger run --local\n\nSee what works and what does not: cratedigger doctor"),
		groups,
		kong.Writers(inv.out, inv.errOut),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return inv.fail(err)
	}
	if !inv.served {
		// A shell that asks for completions says so in COMP_LINE.
		kongcompletion.Register(parser)
		if exit >= 0 {
			return exit
		}
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case len(args) == 1 && args[0] == "--version": // kong cannot have it as a flag: model chart has one of this name
		args = []string{"version"}
	case args[0] == "help": // the word that people try first
		args = append(slices.Clone(args[1:]), "--help")
	}
	kctx, err := parser.Parse(args)
	if exit >= 0 { // --help has printed itself
		return exit
	}
	if err != nil {
		return inv.fail(app.WithCode(2, explainUsage(parser, args, err)))
	}
	inv.globals = &c
	command := kctx.Selected().Target.Addr().Interface()
	_, inv.begins = command.(beginsCatalogue)
	if first, ok := command.(interface{ prepare(*invocation) error }); ok && !inv.served {
		if err := first.prepare(inv); err != nil {
			return inv.fail(err)
		}
	}
	_, uses := command.(usesCatalogue)
	switch c := command.(type) {
	case *runCmd:
		uses = c.DryRun
	case *evaluateCmd:
		uses = c.Labels == "" // else it reads a file alone
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

// drawn is the writer that progress is drawn on; nil without a terminal.
func (inv *invocation) drawn() io.Writer {
	if !inv.terminal {
		return nil
	}
	return inv.errOut
}

// send asks the bot that runs on dataDir to execute the command; served is false if no
// bot runs.
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
	if path := filepath.Join(cfg.DataDir, app.CatalogueFile); !inv.begins {
		_, missing := os.Stat(path) // an empty file counts as a catalogue
		if begun, err := app.Begun(cfg); err == nil && !begun && missing != nil {
			return nil, fmt.Errorf("there is no catalogue in %s. Where it is, --data or data_dir says; cratedigger scrape begins a new one", absolute(cfg.DataDir))
		}
	}
	p, err := app.Open(inv.ctx, cfg, inv.now, inv.errOut, inv.terminal, inv.globals.Level == "")
	if err != nil {
		return nil, err
	}
	inv.parts = p
	return p, nil
}

// absolute is the absolute path, for messages.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// openGuild opens the parts, and finds the guild that a command works on.
func (inv *invocation) openGuild(named string) (*app.Parts, string, error) {
	p, err := inv.open()
	if err != nil {
		return nil, "", err
	}
	id, err := p.GuildID(inv.ctx, named)
	return p, id, err
}
