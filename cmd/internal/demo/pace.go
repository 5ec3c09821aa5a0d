package demo

import (
	"context"
	"sync"
	"time"
)

// pacer makes simulated time take real time.
type pacer struct {
	mu        sync.Mutex
	perMinute float64 // days; 0 is as fast as possible
	paused    bool
	until     int           // while paused: go on up to this day's morning
	changed   chan struct{} // closed at each change
}

func (p *pacer) set(change func(*pacer)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

func (p *pacer) shown() (paused bool, perMinute float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.paused, p.perMinute
}

// arrive pauses again when NextDay has brought the morning that it was to go to.
func (p *pacer) arrive(day int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until != 0 && day >= p.until {
		p.until = 0
	}
}

// wait returns when simulated time may move on by d.
func (p *pacer) wait(ctx context.Context, d time.Duration) error {
	left := d.Hours() / 24 // days
	for {
		p.mu.Lock()
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed, speed, paused := p.changed, p.perMinute, p.paused && p.until == 0
		p.mu.Unlock()
		if !paused && (speed == 0 || left <= 0) {
			return ctx.Err()
		}
		var due <-chan time.Time
		started := time.Now()
		var timer *time.Timer
		if !paused {
			timer = time.NewTimer(time.Duration(left / speed * float64(time.Minute)))
			due = timer.C
		}
		select {
		case <-due:
			return ctx.Err()
		case <-changed:
			if timer != nil {
				timer.Stop()
				left -= time.Since(started).Minutes() * speed
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
