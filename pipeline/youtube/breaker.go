package youtube

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// breaker is a circuit breaker for the time that YouTube blocks us, which
// survives restarts. It stays open for the cooldown after the first block, and
// twice as long after each further one until an answer comes through.
type breaker struct {
	cooldown time.Duration
	now      func() time.Time
	states   States
	log      *slog.Logger

	mu     sync.Mutex
	record breakerRecord
	loaded bool
}

// breakerRecord is the breaker's stored state, under breakerState.
type breakerRecord struct {
	Until   time.Time `json:"until"`
	Why     string    `json:"why"`
	Strikes int       `json:"strikes"`
}

const (
	breakerState = "youtube/blocked"
	maxCooldown  = 48 * time.Hour
	recordLimit  = 30 * time.Second
)

// ofRecord is the context of the record, which concerns all requests: it is read and kept
// also when the one that is at hand was given up.
func ofRecord(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), recordLimit)
}

// check returns a BlockedError while the breaker is open.
func (b *breaker) check(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.load(ctx)
	if b.now().Before(b.record.Until) {
		return &BlockedError{Until: b.record.Until, Why: b.record.Why}
	}
	return nil
}

// trip opens the breaker. asked is the wait that the server asked for, 0 if none.
func (b *breaker) trip(ctx context.Context, why string, asked time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.load(ctx)
	wait := min(b.cooldown<<min(b.record.Strikes, 10), maxCooldown)
	if asked > 0 {
		wait = min(asked, maxCooldown)
	}
	b.record = breakerRecord{Until: b.now().UTC().Add(wait), Why: why, Strikes: b.record.Strikes + 1}
	b.save(ctx)
	b.log.WarnContext(ctx, "YouTube blocks this address; requests rest", "why", why, "until", b.record.Until)
	return &BlockedError{Until: b.record.Until, Why: why}
}

// passed resets the breaker after an answer came through.
func (b *breaker) passed(ctx context.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.record.Strikes == 0 {
		return
	}
	b.record = breakerRecord{}
	b.save(ctx)
}

func (b *breaker) load(ctx context.Context) {
	if b.loaded || b.states == nil {
		return
	}
	ctx, release := ofRecord(ctx)
	defer release()
	b.loaded = true
	data, found, err := b.states.State(ctx, breakerState)
	if err == nil && found {
		err = json.Unmarshal(data, &b.record)
	}
	if err != nil {
		b.log.Warn("the record of YouTube's blocks could not be read; starting without", "error", err)
		b.record = breakerRecord{}
	}
}

func (b *breaker) save(ctx context.Context) {
	if b.states == nil {
		return
	}
	ctx, release := ofRecord(ctx)
	defer release()
	data, err := json.Marshal(b.record)
	if err == nil {
		err = b.states.SetState(ctx, breakerState, data)
	}
	if err != nil {
		b.log.Warn("the record of YouTube's blocks could not be kept", "error", fmt.Sprint(err))
	}
}
