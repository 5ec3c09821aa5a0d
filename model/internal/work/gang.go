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
	state   atomic.Uint64 // generation<<32 | tasks not yet claimed
	done    atomic.Int64
	task    func(k int)
	quit    bool

	mu   sync.Mutex
	wake *sync.Cond
	wait sync.WaitGroup
}

// spins is how often a helper looks for work before it sleeps.
const spins = 20_000

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
func (g *Gang) Run(n int, f func(k int)) {
	if g.helpers == 0 || n <= 1 {
		for k := range n {
			f(k)
		}
		return
	}
	g.task = f
	g.done.Store(0)
	generation := g.begin(n)
	g.claim(generation)
	for i := 0; g.done.Load() < int64(n); i++ {
		if i > spins {
			runtime.Gosched()
		}
	}
}

// Stop ends the goroutines.
func (g *Gang) Stop() {
	g.mu.Lock()
	g.quit = true
	g.mu.Unlock()
	g.begin(0)
	g.wait.Wait()
}

func (g *Gang) begin(n int) uint64 {
	g.mu.Lock()
	generation := g.state.Load()>>32 + 1
	g.state.Store(generation<<32 | uint64(n))
	g.mu.Unlock()
	g.wake.Broadcast()
	return generation
}

// claim runs tasks of one generation until none is left.
func (g *Gang) claim(generation uint64) {
	for {
		s := g.state.Load()
		if s>>32 != generation&0xffffffff || uint32(s) == 0 {
			return
		}
		if g.state.CompareAndSwap(s, s-1) {
			// The task cannot change before this one is done.
			g.task(int(uint32(s)) - 1)
			g.done.Add(1)
		}
	}
}

func (g *Gang) help() {
	seen := uint64(0)
	for {
		i := 0
		for g.state.Load()>>32 == seen && i < spins {
			i++
		}
		if g.state.Load()>>32 == seen {
			g.mu.Lock()
			for g.state.Load()>>32 == seen {
				g.wake.Wait()
			}
			g.mu.Unlock()
		}
		g.mu.Lock()
		quit := g.quit
		g.mu.Unlock()
		if quit {
			return
		}
		seen = g.state.Load() >> 32
		g.claim(seen)
	}
}
