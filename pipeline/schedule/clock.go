package schedule

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Wait returns nil at the time until, or earlier if the clock was set back;
	// the caller must check the time. It returns ctx's error if ctx ends first.
	Wait(ctx context.Context, until time.Time) error
}

// System is the machine's wall clock. While it waits it polls the clock,
// because a timer does not notice when the clock is set or when the machine was
// asleep.
type System struct{}

// systemLook is the polling interval.
const systemLook = 20 * time.Second

// Now is the time on the wall clock.
func (System) Now() time.Time { return time.Now().Round(0) } // strips the monotonic reading

// Wait waits until the wall clock reaches until, or is set back by more than a
// minute.
func (c System) Wait(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	seen := c.Now()
	for {
		now := c.Now()
		left := until.Sub(now)
		if left <= 0 || now.Before(seen.Add(-time.Minute)) {
			return ctx.Err()
		}
		seen = now
		timer.Reset(min(left, systemLook))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// Stepped is a clock that moves only when it is told to. It knows which jobs of
// its runner are working and which wait, so that one can move it and then wait
// until all jobs are waiting again. The same moves give the same events in the
// same order.
type Stepped struct {
	mu      sync.Mutex
	now     time.Time
	busy    int // jobs that are not waiting
	waiting []*waiter
	order   int
	idle    chan struct{} // closed when busy falls to zero
}

type waiter struct {
	until time.Time
	job   string // "" if the waiter is not a job
	order int
	wake  chan struct{}
}

// NewStepped returns a clock that shows now.
func NewStepped(now time.Time) *Stepped { return &Stepped{now: now.UTC()} }

// Now is the time that the clock was last moved to.
func (c *Stepped) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// jobName is the context key of a job's name.
type jobName struct{}

// Wait waits until the clock is moved to until or later. If ctx is a job's
// context from the runner, the job counts as waiting; only the job's own
// goroutine may use that context.
func (c *Stepped) Wait(ctx context.Context, until time.Time) error {
	job, _ := ctx.Value(jobName{}).(string)
	c.mu.Lock()
	if err := ctx.Err(); err != nil || !until.After(c.now) {
		c.mu.Unlock()
		return err
	}
	w := &waiter{until: until, job: job, order: c.order, wake: make(chan struct{})}
	c.order++
	c.waiting = append(c.waiting, w)
	if job != "" {
		c.leave()
	}
	c.mu.Unlock()
	select {
	case <-w.wake:
		return ctx.Err()
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.waiting, w); i >= 0 { // it was not woken meanwhile
		c.waiting = slices.Delete(c.waiting, i, i+1)
		if job != "" {
			c.busy++
		}
	}
	return ctx.Err()
}

// Enter counts a job's goroutine that starts.
func (c *Stepped) Enter() {
	c.mu.Lock()
	c.busy++
	c.mu.Unlock()
}

// Leave counts a job's goroutine that ends.
func (c *Stepped) Leave() {
	c.mu.Lock()
	c.leave()
	c.mu.Unlock()
}

func (c *Stepped) leave() {
	if c.busy--; c.busy == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// Settle returns when every job is waiting, or ctx ends.
func (c *Stepped) Settle(ctx context.Context) error {
	for {
		c.mu.Lock()
		if c.busy == 0 {
			c.mu.Unlock()
			return ctx.Err()
		}
		if c.idle == nil {
			c.idle = make(chan struct{})
		}
		idle := c.idle
		c.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Set sets the clock, forward or back, and wakes all waiters to check the time.
func (c *Stepped) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now.UTC()
	for w := c.first(); w != nil; w = c.first() {
		c.wake(w)
	}
}

// Wake wakes a job before its time.
func (c *Stepped) Wake(job string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range slices.Clone(c.waiting) {
		if w.job == job {
			c.wake(w)
		}
	}
}

// Step moves the clock to to, stopping at each time that a waiter waits for. It
// wakes one waiter at a time, in the order of their times and names, and
// settles before the next.
func (c *Stepped) Step(ctx context.Context, to time.Time) error {
	for {
		if err := c.Settle(ctx); err != nil {
			return err
		}
		c.mu.Lock()
		w := c.first()
		if w == nil || w.until.After(to) {
			if to.After(c.now) {
				c.now = to.UTC()
			}
			c.mu.Unlock()
			return nil
		}
		if w.until.After(c.now) {
			c.now = w.until.UTC()
		}
		c.wake(w)
		c.mu.Unlock()
	}
}

// first is the waiter with the earliest time, nil if there is none.
func (c *Stepped) first() *waiter {
	if len(c.waiting) == 0 {
		return nil
	}
	return slices.MinFunc(c.waiting, func(a, b *waiter) int {
		return cmp.Or(a.until.Compare(b.until), cmp.Compare(a.job, b.job), cmp.Compare(a.order, b.order))
	})
}

func (c *Stepped) wake(w *waiter) {
	c.waiting = slices.DeleteFunc(c.waiting, func(o *waiter) bool { return o == w })
	if w.job != "" {
		c.busy++
	}
	close(w.wake)
}
