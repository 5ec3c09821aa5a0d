package work

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Gang is a set of goroutines that stand ready for many short loops in a row.
// Between loops they spin for some microseconds before they sleep, because a
// loop inside a growing tree is over sooner than a sleeper wakes. Run must not
// be called from two goroutines at once.
type Gang struct {
	helpers int
	state   atomic.Uint64 // generation<<32 | end of the unclaimed tasks<<16 | begin
	_       [7]uint64     // what helpers write lies on another cache line
	done    atomic.Int64
	asleep  atomic.Int64
	quit    atomic.Bool
	task    func(k int)

	mu   sync.Mutex
	wake *sync.Cond
	wait sync.WaitGroup
}

// spins is how often a helper looks for work before it sleeps.
const spins = 400_000

// maxTasks is how many tasks the state can count.
const maxTasks = 1<<16 - 1

// NewGang starts a gang of so many goroutines, the caller's included; 0 is
// GOMAXPROCS.
func NewGang(threads int) *Gang {
	g := &Gang{helpers: Threads(threads) - 1}
	g.wake = sync.NewCond(&g.mu)
	for range g.helpers {
		g.wait.Go(g.help)
	}
	return g
}

// Threads is the number of goroutines, the caller's included.
func (g *Gang) Threads() int { return g.helpers + 1 }

// Run calls f(0) … f(n−1), in any order, and returns when all have returned.
// The caller takes tasks from the first on, its helpers from the last on: in
// loops of the same shape each touches mostly what its own cache holds.
func (g *Gang) Run(n int, f func(k int)) {
	if g.helpers == 0 || n <= 1 || n > maxTasks {
		for k := range n {
			f(k)
		}
		return
	}
	g.task = f
	g.done.Store(0)
	g.begin(n)
	own := int64(0)
	for {
		s := g.state.Load()
		lo, hi := s&0xffff, s>>16&0xffff
		if lo == hi {
			break
		}
		if g.state.CompareAndSwap(s, s+1) {
			f(int(lo))
			own++
		}
	}
	for i := 0; g.done.Load()+own < int64(n); i++ {
		if i > spins {
			runtime.Gosched()
		}
	}
}

// Stop ends the goroutines.
func (g *Gang) Stop() {
	g.quit.Store(true)
	g.begin(0)
	g.wait.Wait()
}

// begin publishes n tasks and wakes whoever sleeps. A helper counts itself
// asleep before it looks a last time, so that either it sees the tasks or this
// sees it.
func (g *Gang) begin(n int) {
	generation := g.state.Load()>>32 + 1
	g.state.Store(generation<<32 | uint64(n)<<16)
	if g.asleep.Load() > 0 {
		g.mu.Lock()
		g.wake.Broadcast()
		g.mu.Unlock()
	}
}

func (g *Gang) help() {
	seen := uint64(0)
	for !g.quit.Load() { // claim may have seen the last generation already
		for i := 0; g.state.Load()>>32 == seen && i < spins; i++ {
		}
		if g.state.Load()>>32 == seen {
			g.mu.Lock()
			g.asleep.Add(1)
			for g.state.Load()>>32 == seen {
				g.wake.Wait()
			}
			g.asleep.Add(-1)
			g.mu.Unlock()
		}
		seen = g.claim()
	}
}

// claim runs tasks from the last on until none is left, and returns the
// generation it last saw.
func (g *Gang) claim() uint64 {
	for {
		s := g.state.Load()
		lo, hi := s&0xffff, s>>16&0xffff
		if lo == hi {
			return s >> 32
		}
		if g.state.CompareAndSwap(s, s-1<<16) {
			// The loop cannot end, and the task not change, before this one is done.
			g.task(int(hi) - 1)
			g.done.Add(1)
		}
	}
}
