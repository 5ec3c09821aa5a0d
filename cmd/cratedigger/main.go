// Command cratedigger is a Discord bot that learns a server's taste in music.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // zones where the system has none

	"cratedigger/cmd/internal/socket"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	inv := &invocation{
		ctx: ctx, in: os.Stdin, out: os.Stdout, errOut: os.Stderr,
		files:    socket.LocalFiles{In: os.Stdin, Out: os.Stdout},
		now:      time.Now,
		getenv:   os.Getenv,
		terminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	os.Exit(inv.execute(os.Args[1:]))
}
