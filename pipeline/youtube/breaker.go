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
)

// check returns a BlockedError while the breaker is open.
func (b *breaker) check() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.load()
	if b.now().Before(b.record.Until) {
		return &BlockedError{Until: b.record.Until, Why: b.record.Why}
	}
	return nil
}

// trip opens the breaker. asked is the wait that the server asked for, 0 if none.
func (b *breaker) trip(ctx context.Context, why string, asked time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.load()
	wait := min(b.cooldown<<min(b.record.Strikes, 10), maxCooldown)
	if asked > 0 {
		wait = min(asked, maxCooldown)
	}
	b.record = breakerRecord{Until: b.now().UTC().Add(wait), Why: why, Strikes: b.record.Strikes + 1}
	b.save()
	b.log.WarnContext(ctx, "YouTube blocks this address; requests rest", "why", why, "until", b.record.Until)
	return &BlockedError{Until: b.record.Until, Why: why}
}

// passed resets the breaker after an answer came through.
func (b *breaker) passed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.record.Strikes == 0 {
		return
	}
	b.record = breakerRecord{}
	b.save()
}

func (b *breaker) load() {
	if b.loaded || b.states == nil {
		return
	}
	b.loaded = true
	data, found, err := b.states.State(breakerState)
	if err == nil && found {
		err = json.Unmarshal(data, &b.record)
	}
	if err != nil {
		b.log.Warn("the record of YouTube's blocks could not be read; starting without", "error", err)
		b.record = breakerRecord{}
	}
}

func (b *breaker) save() {
	if b.states == nil {
		return
	}
	data, err := json.Marshal(b.record)
	if err == nil {
		err = b.states.SetState(breakerState, data)
	}
	if err != nil {
		b.log.Warn("the record of YouTube's blocks could not be kept", "error", fmt.Sprint(err))
	}
}
