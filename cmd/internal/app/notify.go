package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notify tells systemd a state. Where systemd did not start the program, it does
// nothing.
func notify(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("systemd could not be told", "state", state, "error", err)
	}
}

// watchdog tells systemd three times in its watchdog's interval that the bot
// is alive, as long as alive returns nil, until ctx ends. It returns at once
// where no watchdog is set.
func watchdog(ctx context.Context, log *slog.Logger, alive func(context.Context) error) {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the watchdog's settings from systemd make no sense", "error", err)
	}
	if interval <= 0 {
		return
	}
	ticker := time.NewTicker(interval / 3)
	defer ticker.Stop()
	for {
		err := alive(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			log.Error("not alive: systemd will restart the bot unless this passes", "error", err)
		} else {
			notify(log, daemon.SdNotifyWatchdog)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
