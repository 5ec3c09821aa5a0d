package dashboard

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Passwords from networks that have used up their first guesses wait in one line. One of
// them is compared every lineStep, which limits how fast anybody can guess. lineLength
// limits how long the right password waits, and how many connections wait.
const (
	lineStep   = 500 * time.Millisecond
	lineLength = 60
)

// line is the passwords that wait to be compared. The wider networks take turns, and so
// do the networks inside each of them. So a network that sends many passwords does not
// delay those of others.
type line struct {
	sleep func(time.Duration)

	mu      sync.Mutex
	waiting []*waiting
	moving  bool                    // move is going
	turns   map[netip.Prefix]uint64 // the number of the last turn of each network
	turn    uint64
}

// waiting is one password in the line.
type waiting struct {
	networks []netip.Prefix // own first, the widest last
	called   chan bool      // true: its turn has come; false: it had to make room for another
}

// wait returns true when the turn of a password has come. networks are those it comes
// from, the narrowest first. It returns false if the line is full or ctx ends.
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

// join adds a password to the line. If the line is full, the network with the most
// passwords in it loses its newest. If that would be the newcomer's network, join
// returns false.
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

// move gives a turn every lineStep until nobody waits.
func (l *line) move() {
	for l.next() {
		l.sleep(lineStep)
	}
}

// next gives a turn to the network that has waited longest for one, and returns false
// if nobody waits.
func (l *line) next() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.moving = false
		clear(l.turns)
		return false
	}
	first := slices.MinFunc(l.waiting, func(a, b *waiting) int { // of equals the first in the line
		for i := range min(len(a.networks), len(b.networks)) { // the widest network first
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
