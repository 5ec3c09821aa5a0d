// Command cratedigger is a Discord bot that learns a server's taste in music.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// cli is the command line: one field a subcommand, each in a file of its name.
type cli struct {
	Version versionCmd `cmd:"" help:"Print the version and how it was built."`
}

// invocation is what a command may touch of the world. A command executed
// inside a running bot, through its socket, gets the same with the caller's
// streams.
type invocation struct {
	ctx    context.Context
	in     io.Reader
	out    io.Writer
	errOut io.Writer
	now    func() time.Time
	getenv func(string) string
}

// exitError is an error with its own exit code.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string { return e.err.Error() }
func (e exitError) Unwrap() error { return e.err }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	inv := &invocation{ctx: ctx, in: os.Stdin, out: os.Stdout, errOut: os.Stderr, now: time.Now, getenv: os.Getenv}
	os.Exit(inv.execute(os.Args[1:]))
}

// execute parses args, runs the command and returns the exit code.
func (inv *invocation) execute(args []string) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("cratedigger"),
		kong.Description("A Discord bot that learns your server's taste in music."),
		kong.Writers(inv.out, inv.errOut),
		kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(inv.errOut, "cratedigger:", err)
		return 1
	}
	kctx, err := parser.Parse(args)
	if exit >= 0 { // --help has printed itself
		return exit
	}
	if err == nil {
		err = kctx.Run(inv)
	} else {
		err = exitError{2, err}
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(inv.errOut, "cratedigger:", err)
	if e, ok := errors.AsType[exitError](err); ok {
		return e.code
	}
	return 1
}
