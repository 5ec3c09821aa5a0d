package discord

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/bwmarrin/discordgo"
)

// discordgo logs through one function of its package. What it says at its
// most verbose holds the token, so sessions are kept at warnings, and what it
// knows better than us is rare: everything goes to our log at debug level. The
// newest bot's log is used; the handler redacts as a net.
var discordgoLog atomic.Pointer[slog.Logger]

func init() {
	discordgo.Logger = func(_, _ int, format string, args ...any) {
		log := discordgoLog.Load()
		if log == nil || !log.Enabled(context.Background(), slog.LevelDebug) {
			return
		}
		log.Debug("discordgo: " + Plain(fmt.Sprintf(format, args...), 300))
	}
}

// logDiscordgo sends discordgo's lines to a log.
func logDiscordgo(log *slog.Logger) { discordgoLog.Store(log) }
