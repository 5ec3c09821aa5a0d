package dashboard

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Passwords from networks that have guessed stand in a line. It moves on by one every
// lineStep, whoever stands in it, which bounds how fast can be guessed; and lineLength
// bounds how long the right password waits there, and how many connections do.
const (
	lineStep   = 500 * time.Millisecond
	lineLength = 60
)

// line is the passwords that wait to be looked at. Wider networks have their turns one
// after the other, and in each of them its networks, so that many passwords from one
// do not hold up those from others.
type line struct {
	sleep func(time.Duration)

	mu      sync.Mutex
	waiting []*waiting
	moving  bool                    // move is going
	turns   map[netip.Prefix]uint64 // when each network that waits had its last turn
	turn    uint64
}

// waiting is a password in the line.
type waiting struct {
	networks []netip.Prefix // own first, the widest last
	called   chan bool      // true: it is its turn; false: it had to make room
}

// wait returns when it is the turn of a password from networks, the own one first. It
// returns false where there is no room, or when ctx ends.
func (l *line) wait(ctx context.Context, networks []netip.Prefix) bool {
	w := &waiting{networks: networks, called: make(chan bool, 1)}
	if ctx.Err() != nil || !l.join(w) {
		return false
	}
	select {
	case turn := <-w.called:
		return turn
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		l.leave(w)
		return false
	}
}

// leave takes a password out of the line. l.mu is held.
func (l *line) leave(w *waiting) {
	l.waiting = slices.DeleteFunc(l.waiting, func(other *waiting) bool { return other == w })
}

// join adds a password to the line. In a full one the network that has the most in it
// gives up its newest, or, where the newcomer's has as many, there is no room.
func (l *line) join(w *waiting) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= lineLength {
		counts := map[netip.Prefix]int{w.networks[0]: 1}
		for _, other := range l.waiting {
			counts[other.networks[0]]++
		}
		most := w
		for _, other := range l.waiting {
			if n := counts[other.networks[0]]; n > counts[w.networks[0]] && n >= counts[most.networks[0]] {
				most = other
			}
		}
		if most == w {
			return false
		}
		l.leave(most)
		most.called <- false
	}
	l.waiting = append(l.waiting, w)
	if !l.moving {
		l.moving = true
		go l.move()
	}
	return true
}

// move gives one turn a step until nobody waits.
func (l *line) move() {
	for l.next() {
		l.sleep(lineStep)
	}
}

// next calls whose turn it is, and reports whether there may be another.
func (l *line) next() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.moving = false
		clear(l.turns)
		return false
	}
	first := slices.MinFunc(l.waiting, func(a, b *waiting) int { // the earliest of equals
		for i := range min(len(a.networks), len(b.networks)) { // the widest first
			x, y := a.networks[len(a.networks)-1-i], b.networks[len(b.networks)-1-i]
			if order := cmp.Compare(l.turns[x], l.turns[y]); order != 0 {
				return order
			}
		}
		return 0
	})
	l.turn++
	for _, n := range first.networks {
		l.turns[n] = l.turn
	}
	l.leave(first)
	first.called <- true
	return true
}
