package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/cmd/internal/socket"
	"cratedigger/config"
)

// Serve opens the parts and runs the bot on them until ctx ends. execute executes
// the commands that come through the socket.
func (p *Parts) Serve(ctx context.Context, getenv func(string) string, execute func(context.Context, socket.Call) int) (err error) {
	if err := p.OpenCatalogue(p.Clock.Now); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.OpenLoop(); err != nil {
		return err
	}
	s, err := NewService(p, crashTransport())
	if err != nil {
		return err
	}
	if s.pages, err = s.Dashboard(); err != nil {
		return err
	}
	if err := s.Listen(); err != nil {
		return err
	}
	p.Log.Info("cratedigger starts", "version", Version(), "data", p.Config.DataDir)
	err = s.Run(ctx, execute)
	if err == nil {
		p.Log.Info("cratedigger has stopped; nothing was left half done")
	}
	return s.fatalExit(ctx, err, fatalWait(p.Config, getenv))
}

// fatalExit waits, in a container, so that a restart policy cannot use up the
// day's logins, and gives a fatal error its exit code.
func (s *Service) fatalExit(ctx context.Context, err error, wait time.Duration) error {
	fatal, ok := errors.AsType[*discord.FatalError](err)
	if !ok {
		return err
	}
	if wait > 0 {
		s.Log.Error("waiting before ending, so that restarts do not use up the day's logins", "wait", wait, "reason", fatal)
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ExitError{ExitFatal, fmt.Errorf("Discord refuses the bot for good: %w", err)}
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
