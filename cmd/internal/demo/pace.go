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
	until     int           // while not 0: go on up to this day's morning, even if paused
	skip      bool          // to until as fast as possible
	from      int           // day at which the skip began
	rest      int           // pause by itself at this day's morning; 0: never
	rested    bool          // it has, and goes on when somebody asks
	waited    time.Time     // end of the last wait; zero if what followed is not owed
	behind    float64       // days that the work took longer than the pace allows, at most 1
	changed   chan struct{} // closed at each change
}

// pace is what the page shows of a pacer.
type pace struct {
	paused, rested bool
	perMinute      float64
	from, to       int // of the skip that is going, else 0
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

func (p *pacer) shown() pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := pace{paused: p.paused, rested: p.rested, perMinute: p.perMinute}
	if p.skip {
		s.from, s.to = p.from, p.until
	}
	return s
}

// arrive notes that a day's morning has come: what was to end there ends. It reports
// whether the clock pauses by itself now.
func (p *pacer) arrive(day int) (rests bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until != 0 && day >= p.until {
		p.until, p.skip = 0, false
	}
	if p.rest != 0 && day >= p.rest {
		p.rest = 0
		if p.until == 0 && !p.paused {
			p.paused, p.rested = true, true
			return true
		}
	}
	return false
}

// owe takes off a wait what the work since the last one took, so that days pass at
// the pace that was asked for, and returns what is left to wait for, in days.
func (p *pacer) owe(days float64) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waited.IsZero() {
		p.behind = 0
		return days
	}
	days -= p.behind + time.Since(p.waited).Minutes()*p.perMinute
	p.behind = min(max(-days, 0), 1)
	return max(days, 0)
}

// wait returns when simulated time may move on by d.
func (p *pacer) wait(ctx context.Context, d time.Duration) error {
	left := p.owe(d.Hours() / 24) // days
	stood := false                // paused or skipped meanwhile: the next wait owes nothing
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.waited = time.Now(); stood {
			p.waited = time.Time{}
		}
	}()
	for {
		p.mu.Lock()
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed, speed, paused, skip := p.changed, p.perMinute, p.paused && p.until == 0, p.skip
		p.mu.Unlock()
		stood = stood || skip || paused
		if skip || !paused && (speed == 0 || left <= 0) {
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
