package bot

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"cratedigger/bot/discord"
)

// tasks is the work that goes on beside the reading of events.
type tasks struct {
	log     *slog.Logger
	working atomic.Int64 // tasks under way
	spawned sync.WaitGroup

	mu   sync.Mutex
	root context.Context // the tasks' context while Run runs; nil before
	stop context.CancelCauseFunc
}

// begin lets tasks be spawned until ctx ends or end is called.
func (t *tasks) begin(ctx context.Context) (_ context.Context, end context.CancelCauseFunc) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.root, t.stop = context.WithCancelCause(ctx)
	return t.root, t.stop
}

// refused ends Run because Discord refuses the token.
func (t *tasks) refused() {
	t.mu.Lock()
	stop := t.stop
	t.mu.Unlock()
	if stop != nil {
		stop(discord.TokenRefused())
	}
}

// spawn runs a task beside others; Settle and Run's end wait for it. It reports
// whether the task began: tasks begin only while Run runs.
func (t *tasks) spawn(where string, f func(ctx context.Context)) bool {
	t.mu.Lock()
	ctx := t.root
	t.mu.Unlock()
	if ctx == nil || ctx.Err() != nil {
		return false
	}
	t.working.Add(1)
	t.spawned.Go(func() {
		defer t.working.Add(-1)
		t.guard(where, func() { f(ctx) })
	})
	return true
}

// background runs a task that takes long and that Settle does not wait for; Run's end
// does. It returns what cancels the task, nil if it did not begin.
func (t *tasks) background(where string, f func(ctx context.Context)) context.CancelFunc {
	t.mu.Lock()
	ctx := t.root
	t.mu.Unlock()
	if ctx == nil || ctx.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	t.spawned.Go(func() {
		defer cancel()
		t.guard(where, func() { f(ctx) })
	})
	return cancel
}

// during runs f; Settle waits for it.
func (t *tasks) during(f func()) {
	t.working.Add(1)
	defer t.working.Add(-1)
	f()
}

// guard runs f and turns a panic into a line in the log.
func (t *tasks) guard(where string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			err := fmt.Errorf("%s: %v", where, p)
			t.log.Error("a mistake in the program was caught", "where", where, "error", err, "code", shortCode(where, err), "stack", string(debug.Stack()))
		}
	}()
	f()
}

// wait waits until the spawned tasks have ended, but no longer than limit.
func (t *tasks) wait(limit time.Duration) bool {
	done := make(chan struct{})
	go func() { t.spawned.Wait(); close(done) }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// shortCode names an error, so that a member can quote it and an operator find
// it: the same error at the same place has the same code.
func shortCode(where string, err error) string {
	h := fnv.New32a()
	h.Write([]byte(where))
	h.Write([]byte{0})
	h.Write([]byte(err.Error()))
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	sum, out := h.Sum32(), make([]byte, 4)
	for i := range out {
		out[i] = letters[sum%uint32(len(letters))]
		sum /= uint32(len(letters))
	}
	return string(out)
}
