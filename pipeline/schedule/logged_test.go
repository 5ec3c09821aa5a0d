package schedule

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
)

type loggedError struct{ error }

func (loggedError) Logged() {}

// TestRunnerSaysAnErrorOnce: what a job has logged itself is not logged again,
// and everything else is.
func TestRunnerSaysAnErrorOnce(t *testing.T) {
	for want, failure := range map[int]error{
		0: fmt.Errorf("wrapped: %w", loggedError{errors.New("no space")}),
		1: errors.New("no space"),
	} {
		clock := NewStepped(noon(20))
		var out bytes.Buffer
		r := NewRunner(clock, newMemory(), slog.New(slog.NewTextHandler(&out, nil)))
		r.SetJobs("g1", []Job{{GuildID: "g1", Kind: "post", Schedules: []Schedule{parse(t, "0 18 * * *", "")}, Run: func(context.Context, catalog.Slot) error {
			return failure
		}}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		<-r.Ready()
		step(t, clock, noon(20).Add(6*time.Hour+time.Minute))
		cancel()
		<-done
		if got := strings.Count(out.String(), "no space"); got != want {
			t.Errorf("said %d times, not %d:\n%s", got, want, out.String())
		}
	}
}
