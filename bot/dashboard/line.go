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
// them is compared every lineStep, which limits how fast anybody can guess.
const lineStep = 200 * time.Millisecond

// line is the passwords that wait to be compared. Each holds a connection, so no more
// wait than the dashboard has connections (mostConnections), and none is sent away. Every
// second turn is for the one that has waited longest. So whoever joins behind n others
// has one of the next 2n+2 turns, whatever comes later. In the turns between, the
// wider networks take turns, and so do the networks inside each of them. So a network
// that sends many passwords hardly delays those of others.
type line struct {
	sleep func(time.Duration)

	mu      sync.Mutex
	waiting []*waiting              // in the order they came
	moving  bool                    // move is going
	turns   map[netip.Prefix]uint64 // the number of the last turn of each network
	turn    uint64
}

// waiting is one password in the line.
type waiting struct {
	networks []netip.Prefix // own first, the widest last
	called   chan struct{}  // closed when its turn has come
}

// wait returns true when the turn of a password has come, and false if ctx ends before.
// networks are those it comes from, the narrowest first.
func (l *line) wait(ctx context.Context, networks []netip.Prefix) bool {
	if ctx.Err() != nil {
		return false
	}
	w := &waiting{networks: networks, called: make(chan struct{})}
	l.mu.Lock()
	l.waiting = append(l.waiting, w)
	if !l.moving {
		l.moving = true
		go l.move()
	}
	l.mu.Unlock()
	select {
	case <-w.called:
		return true
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

// move gives a turn every lineStep until nobody waits.
func (l *line) move() {
	for l.next() {
		l.sleep(lineStep)
	}
}

// next gives a turn to the password that has waited longest, or to the network that has
// waited longest for a turn. It returns false if nobody waits.
func (l *line) next() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.moving = false
		clear(l.turns)
		return false
	}
	first := l.waiting[0]
	if l.turn++; l.turn%2 == 0 {
		first = slices.MinFunc(l.waiting, func(a, b *waiting) int { // of equals the first in the line
			for i := range min(len(a.networks), len(b.networks)) { // the widest network first
				x, y := a.networks[len(a.networks)-1-i], b.networks[len(b.networks)-1-i]
				if order := cmp.Compare(l.turns[x], l.turns[y]); order != 0 {
					return order
				}
			}
			return 0
		})
	}
	if len(l.turns) >= maxNetworks {
		clear(l.turns)
	}
	for _, n := range first.networks {
		l.turns[n] = l.turn
	}
	l.leave(first)
	close(first.called)
	return true
}
