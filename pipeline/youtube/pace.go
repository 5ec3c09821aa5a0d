package youtube

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// pace spaces requests by the interval, plus or minus the jitter.
type pace struct {
	interval time.Duration
	jitter   float64
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error

	mu   sync.Mutex
	rng  *rand.Rand
	next time.Time
}

func newPace(o *prepared) *pace {
	return &pace{
		interval: o.Interval, jitter: o.Jitter, now: o.Now, sleep: o.Sleep,
		rng: rand.New(rand.NewPCG(o.Seed, 0x9e3779b97f4a7c15)),
	}
}

// wait reserves the next turn and waits for it.
func (p *pace) wait(ctx context.Context) error {
	if p.interval <= 0 {
		return ctx.Err()
	}
	p.mu.Lock()
	now := p.now()
	turn := p.next
	if turn.Before(now) {
		turn = now
	}
	p.next = turn.Add(p.vary(p.interval))
	p.mu.Unlock()
	if wait := turn.Sub(now); wait > 0 {
		return p.sleep(ctx, wait)
	}
	return ctx.Err()
}

// backOff waits before retry number n (from 1): two seconds, doubled each time,
// up to a minute, or as long as the server asked for if that is more.
func (p *pace) backOff(ctx context.Context, n int, asked time.Duration) error {
	const first, most = 2 * time.Second, time.Minute
	wait := min(first<<(n-1), most)
	p.mu.Lock()
	wait = p.vary(wait)
	p.mu.Unlock()
	return p.sleep(ctx, max(wait, asked))
}

func (p *pace) vary(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 + p.jitter*(2*p.rng.Float64()-1)))
}

// memoryCounters are used when Options has no Counters.
type memoryCounters struct {
	mu     sync.Mutex
	counts map[string]uint64
}

func (m *memoryCounters) Counter(ctx context.Context, name string) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts[name], nil
}

func (m *memoryCounters) AddCounter(ctx context.Context, name string, add uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts == nil {
		m.counts = map[string]uint64{}
	}
	m.counts[name] += add
	return m.counts[name], nil
}
