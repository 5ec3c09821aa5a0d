package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
)

// BusyError says that a stage is already running for a guild.
type BusyError struct {
	Kind  catalog.RunKind
	By    catalog.Asker
	Since time.Time // UTC
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("a %s is already running, started by %s at %s", e.Kind, e.By, e.Since.Format("15:04 MST"))
}

// runStore is what the run log asks of the catalogue.
type runStore interface {
	StartRun(context.Context, catalog.Run) (catalog.Run, error)
	FinishRun(context.Context, catalog.Run) error
	Runs(ctx context.Context, guildID string, limit int) ([]catalog.Run, error)
	Forgotten(ctx context.Context, guildID, memberID string, since time.Time) (bool, error)
}

// runLog records runs, and lets a stage run only once at a time in a guild.
type runLog struct {
	store runStore
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	running map[string]*active
}

// active is a running stage, or a task made of several stages.
type active struct {
	run    catalog.Run
	cancel context.CancelCauseFunc
	step   Step
}

// Step is how far a run is.
type Step struct {
	Stage       string // "searching", "reading", …; "" before the first report
	Done, Total int
}

// Step is how far the run of a kind is in a guild; zero if there is none.
func (l *Loop) Step(kind catalog.RunKind, guildID string) Step {
	l.runs.mu.Lock()
	defer l.runs.mu.Unlock()
	if a := l.runs.running[runningKey(kind, guildID)]; a != nil {
		return a.step
	}
	return Step{}
}

// follow notes what p hears about a run, for Step.
func (l *runLog) follow(kind catalog.RunKind, guildID string, p Progress) Progress {
	return func(stage string, done, total int) {
		l.mu.Lock()
		if a := l.running[runningKey(kind, guildID)]; a != nil {
			a.step = Step{stage, done, total}
		}
		l.mu.Unlock()
		p.report(stage, done, total)
	}
}

// errCancelled is the cause of a run that a person cancelled.
var errCancelled = errors.New("cancelled on request")

// do runs a stage and records it as a run. stage fills in counts, coverage and
// alarms; its error becomes the run's.
func (l *runLog) do(ctx context.Context, run catalog.Run, stage func(ctx context.Context, run *catalog.Run) error) (catalog.Run, error) {
	run.Started = l.now().UTC()
	run.Outcome = catalog.OutcomeRunning
	run.Counts = map[string]int{}
	ctx, end, err := l.claim(ctx, run)
	if err != nil {
		return catalog.Run{}, err
	}
	defer end()
	if run, err = l.store.StartRun(ctx, run); err != nil {
		return run, fmt.Errorf("%s: the run could not be written down: %w", run.Kind, err)
	}
	log := l.log.With("guild", run.GuildID, "run", run.ID, "kind", run.Kind, "by", run.By)
	log.Debug("run started")
	err = stage(context.WithValue(ctx, runKey{}, run), &run)
	run.Ended = l.now().UTC()
	switch {
	case err != nil && errors.Is(context.Cause(ctx), errCancelled):
		run.Outcome, run.Error = catalog.OutcomeCancelled, errCancelled.Error()
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		run.Outcome, run.Error = catalog.OutcomeCancelled, "the program was stopped"
	case err != nil:
		run.Outcome, run.Error = catalog.OutcomeFailed, err.Error()
	case run.Outcome == catalog.OutcomeRunning:
		run.Outcome = catalog.OutcomeOK
	}
	ctx, release := catalog.Accepted(ctx)
	defer release()
	if ferr := l.store.FinishRun(ctx, run); ferr != nil {
		err = errors.Join(err, fmt.Errorf("%s: the run's end could not be written down: %w", run.Kind, ferr))
	} else if err != nil {
		err = loggedError{err} // the line below logs it
	}
	log.Log(ctx, levelOf(run.Outcome), "run ended", runAttrs(run)...)
	return run, err
}

// claim reserves a stage of a guild until end is called; it fails with a
// *BusyError if the stage is running. The returned context ends when the stage is
// cancelled.
func (l *runLog) claim(ctx context.Context, run catalog.Run) (_ context.Context, end func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.busy(ctx, run.Kind, run.GuildID); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	key := runningKey(run.Kind, run.GuildID)
	l.running[key] = &active{run: run, cancel: cancel}
	return ctx, func() {
		cancel(nil)
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.running, key)
	}, nil
}

func runningKey(kind catalog.RunKind, guildID string) string { return string(kind) + "/" + guildID }

// busy returns a *BusyError if the stage is running. l.mu is held.
func (l *runLog) busy(ctx context.Context, kind catalog.RunKind, guildID string) error {
	other, busy := l.running[runningKey(kind, guildID)]
	if !busy {
		return nil
	}
	by := other.run.By
	if was, err := l.store.Forgotten(ctx, guildID, string(by), other.run.Started); was || err != nil {
		by = catalog.ByForgotten // or perhaps so
	}
	return &BusyError{Kind: kind, By: by, Since: other.run.Started}
}

// levelOf is the level at which the end of a run is logged.
func levelOf(outcome catalog.Outcome) slog.Level {
	switch outcome {
	case catalog.OutcomeOK, catalog.OutcomeCancelled: // whoever cancelled it knows
		return slog.LevelInfo
	case catalog.OutcomeFailed:
		return slog.LevelError
	}
	return slog.LevelWarn
}

// loggedError is the error of a run that was logged with the run's end, so that
// callers do not log it again.
type loggedError struct{ error }

func (e loggedError) Unwrap() error { return e.error }

// Logged implements schedule.Logged.
func (loggedError) Logged() {}

// runKey is the context key of a stage's run.
type runKey struct{}

// LogAttrs returns the guild and the run of the stage that ctx belongs to, so
// that code inside a stage can log without knowing either. Outside of a stage
// there are none.
func LogAttrs(ctx context.Context) []slog.Attr {
	run, ok := ctx.Value(runKey{}).(catalog.Run)
	if !ok {
		return nil
	}
	var attrs []slog.Attr
	if run.GuildID != "" {
		attrs = append(attrs, slog.String("guild", run.GuildID))
	}
	return append(attrs, slog.String("run", run.ID))
}

// cancel is Loop.Cancel.
func (l *runLog) cancel(kind catalog.RunKind, guildID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, ok := l.running[runningKey(kind, guildID)]
	if ok {
		a.cancel(errCancelled)
	}
	return ok
}

// runAttrs are the log attributes of a run that has ended.
func runAttrs(run catalog.Run) []any {
	attrs := []any{"outcome", run.Outcome, "took", run.Ended.Sub(run.Started).Round(time.Millisecond)}
	for _, name := range sortedKeys(run.Counts) {
		attrs = append(attrs, name, run.Counts[name])
	}
	if run.Error != "" {
		attrs = append(attrs, "error", run.Error)
	}
	if run.Said != "" {
		attrs = append(attrs, "said", run.Said)
	}
	for _, alarm := range run.Alarms {
		attrs = append(attrs, "alarm", alarm)
	}
	return attrs
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
