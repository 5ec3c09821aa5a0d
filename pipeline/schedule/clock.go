package schedule

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Clock is what the runner waits on.
type Clock interface {
	Now() time.Time
	// Wait returns nil when it is until, or when the clock was set back and
	// the caller should look again; ctx's error when ctx ends first.
	Wait(ctx context.Context, until time.Time) error
}

// System is the machine's clock. It looks at the wall clock again and again
// while it waits, so it notices when the clock is set and when the machine
// was asleep, which a timer does not.
type System struct{}

// systemLook is how long a change of the machine's clock may go unnoticed.
const systemLook = 20 * time.Second

// Now is the time on the wall clock.
func (System) Now() time.Time { return time.Now().Round(0) } // without the monotonic reading

// Wait waits until the wall clock shows until, or was set back by more than a
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

// Stepped is a clock that stands still until it is moved. It knows which jobs
// of its runner work and which wait, so whoever moves it can wait until all
// have come to rest: with the same moves, the same things happen in the same
// order.
type Stepped struct {
	mu      sync.Mutex
	now     time.Time
	busy    int // jobs that are not waiting
	waiting []*waiter
	order   int
	rest    chan struct{} // closed when busy falls to zero
}

type waiter struct {
	until time.Time
	job   string // "" for one that is no job
	order int
	wake  chan struct{}
}

// NewStepped returns a clock that shows now.
func NewStepped(now time.Time) *Stepped { return &Stepped{now: now.UTC()} }

// Now is the time that the clock was moved to.
func (c *Stepped) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// jobName is the key of the context value that names the job that waits.
type jobName struct{}

// Wait waits until the clock is moved to until. Called with the context that
// a runner gave to a job, it counts as that job at rest; such a context is
// for the job's own goroutine.
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
	if i := slices.Index(c.waiting, w); i >= 0 { // nobody woke it meanwhile
		c.waiting = slices.Delete(c.waiting, i, i+1)
		if job != "" {
			c.busy++
		}
	}
	return ctx.Err()
}

// Enter and Leave count a job's goroutine that begins and ends.
func (c *Stepped) Enter() {
	c.mu.Lock()
	c.busy++
	c.mu.Unlock()
}

// Leave is the end of what Enter began.
func (c *Stepped) Leave() {
	c.mu.Lock()
	c.leave()
	c.mu.Unlock()
}

func (c *Stepped) leave() {
	if c.busy--; c.busy == 0 && c.rest != nil {
		close(c.rest)
		c.rest = nil
	}
}

// Settle returns when every job waits, or ctx ends.
func (c *Stepped) Settle(ctx context.Context) error {
	for {
		c.mu.Lock()
		if c.busy == 0 {
			c.mu.Unlock()
			return ctx.Err()
		}
		if c.rest == nil {
			c.rest = make(chan struct{})
		}
		rest := c.rest
		c.mu.Unlock()
		select {
		case <-rest:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Set sets the clock, also backwards, as a person does who sets a clock, and
// wakes all who wait, to look again.
func (c *Stepped) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now.UTC()
	for w := c.first(); w != nil; w = c.first() {
		c.wake(w)
	}
}

// Wake wakes a job before its time, to look again.
func (c *Stepped) Wake(job string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range slices.Clone(c.waiting) {
		if w.job == job {
			c.wake(w)
		}
	}
}

// Step moves the clock to each awaited time up to to, wakes one waiter at a
// time, in the order of their times and names, and lets everything come to
// rest before it goes on.
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

// first is the waiter that is due first, nil when nobody waits.
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
