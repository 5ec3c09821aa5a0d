package app

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"cratedigger/config"
	"cratedigger/pipeline"

	"github.com/lmittmann/tint"
)

// NewLogger returns the logger that cfg asks for: coloured text for a person
// at a terminal, plain text or JSON lines elsewhere. level may be set later to
// change what is written.
func NewLogger(w io.Writer, cfg *config.Config, terminal bool, level *slog.LevelVar) *slog.Logger {
	level.Set(parseLevel(cfg.Log.Level))
	out := newRedactor(w, cfg)
	if cfg.Log.Format == "json" || cfg.Log.Format == "auto" && !terminal {
		return slog.New(placed{slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: readable})})
	}
	return slog.New(placed{tint.NewTextHandler(out, &tint.Options{Level: level, TimeFormat: time.DateTime, NoColor: !terminal, ReplaceAttr: bounded})})
}

// placed is a log handler that adds the guild and the run of the context.
type placed struct{ slog.Handler }

func (h placed) Handle(ctx context.Context, r slog.Record) error {
	r.AddAttrs(pipeline.LogAttrs(ctx)...)
	return h.Handler.Handle(ctx, r)
}

func (h placed) WithAttrs(attrs []slog.Attr) slog.Handler { return placed{h.Handler.WithAttrs(attrs)} }
func (h placed) WithGroup(name string) slog.Handler       { return placed{h.Handler.WithGroup(name)} }

// readable writes durations as "15m0s", as the text log does; JSON's own form of
// them is a number of nanoseconds.
func readable(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return bounded(nil, a)
}

// bounded cuts values that are far longer than our own sentences, such as an error
// that quotes a whole answer. It cuts between words, because half a secret would not
// be recognised and redacted. Stack traces stay whole.
func bounded(_ []string, a slog.Attr) slog.Attr {
	const most = 1000
	if kind := a.Value.Kind(); kind != slog.KindString && kind != slog.KindAny || a.Key == "stack" {
		return a
	}
	if text := a.Value.String(); len(text) > most {
		a.Value = slog.StringValue(text[:max(strings.LastIndexByte(text[:most], ' '), 0)] + "…")
	}
	return a
}

// parseLevel reads a level that the configuration has already checked.
func parseLevel(name string) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return slog.LevelInfo
	}
	return level
}

// SetLevel changes what is logged from now on.
func (p *Parts) SetLevel(name string) { p.Level.Set(parseLevel(name)) }
