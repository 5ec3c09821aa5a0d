package work

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Pool is a worker pool for many short loops in a row. Between loops its helpers
// spin for some tenths of a millisecond before they sleep, because most loops of
// a growing tree take less time than waking a goroutine. Run must not be called
// from two goroutines at once.
type Pool struct {
	helpers int
	state   atomic.Uint64 // generation<<32 | end of the unclaimed tasks<<16 | begin
	_       [7]uint64     // puts done, which helpers write, on another cache line
	done    atomic.Int64
	asleep  atomic.Int64
	quit    atomic.Bool
	task    func(k int)

	mu   sync.Mutex
	wake *sync.Cond
	wait sync.WaitGroup
}

// spins is how often a helper checks for tasks before it sleeps.
const spins = 400_000

// maxTasks is how many tasks the state can count.
const maxTasks = 1<<16 - 1

// NewPool starts a pool of threads goroutines, including the caller's; 0 is one per
// processor.
func NewPool(threads int) *Pool {
	p := &Pool{helpers: Threads(threads) - 1}
	p.wake = sync.NewCond(&p.mu)
	for range p.helpers {
		p.wait.Go(p.help)
	}
	return p
}

// Threads is the number of goroutines, the caller's included.
func (p *Pool) Threads() int { return p.helpers + 1 }

// Run calls f(0) … f(n−1), in any order, and returns when all have returned.
// The caller takes tasks from the first on, its helpers from the last on, so that
// in loops of the same shape each finds most of its data in its own cache.
func (p *Pool) Run(n int, f func(k int)) {
	if p.helpers == 0 || n <= 1 || n > maxTasks {
		for k := range n {
			f(k)
		}
		return
	}
	p.task = f
	p.done.Store(0)
	p.begin(n)
	mine := int64(0)
	for {
		s := p.state.Load()
		lo, hi := s&0xffff, s>>16&0xffff
		if lo == hi {
			break
		}
		if p.state.CompareAndSwap(s, s+1) {
			f(int(lo))
			mine++
		}
	}
	for i := 0; p.done.Load()+mine < int64(n); i++ {
		if i > spins {
			runtime.Gosched()
		}
	}
}

// Stop ends the goroutines.
func (p *Pool) Stop() {
	p.quit.Store(true)
	p.begin(0)
	p.wait.Wait()
}

// begin publishes n tasks and wakes sleeping helpers. A helper counts itself as
// asleep before it checks for tasks a last time, so that either the helper sees
// the tasks or begin sees the helper.
func (p *Pool) begin(n int) {
	generation := p.state.Load()>>32 + 1
	p.state.Store(generation<<32 | uint64(n)<<16)
	if p.asleep.Load() > 0 {
		p.mu.Lock()
		p.wake.Broadcast()
		p.mu.Unlock()
	}
}

func (p *Pool) help() {
	seen := uint64(0)
	for !p.quit.Load() { // claim may have seen the last generation already
		for i := 0; p.state.Load()>>32 == seen && i < spins; i++ {
		}
		if p.state.Load()>>32 == seen {
			p.mu.Lock()
			p.asleep.Add(1)
			for p.state.Load()>>32 == seen {
				p.wake.Wait()
			}
			p.asleep.Add(-1)
			p.mu.Unlock()
		}
		seen = p.claim()
	}
}

// claim runs tasks from the last on until none is left, and returns the
// generation it last saw.
func (p *Pool) claim() uint64 {
	for {
		s := p.state.Load()
		lo, hi := s&0xffff, s>>16&0xffff
		if lo == hi {
			return s >> 32
		}
		if p.state.CompareAndSwap(s, s-1<<16) {
			// The loop cannot end, and the task not change, before this one is done.
			p.task(int(hi) - 1)
			p.done.Add(1)
		}
	}
}
