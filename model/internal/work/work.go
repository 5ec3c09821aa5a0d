// Package work spreads loops over processors. What it runs must not depend on
// the order or the number of the parts.
package work

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Threads is how many goroutines to use when asked for n: GOMAXPROCS if n is
// not positive, and never more than that.
func Threads(n int) int {
	limit := runtime.GOMAXPROCS(0)
	if n <= 0 || n > limit {
		return limit
	}
	return n
}

// Split calls f for consecutive ranges of at most grain that cover [0, n), on
// up to threads goroutines at a time, and returns when all have returned.
func Split(n, threads, grain int, f func(lo, hi int)) {
	parts := (n + grain - 1) / grain
	Each(parts, threads, func(k int) {
		f(k*grain, min((k+1)*grain, n))
	})
}

// Each calls f(0) … f(n−1) on up to threads goroutines at a time, and returns
// when all have returned.
func Each(n, threads int, f func(k int)) {
	threads = min(Threads(threads), n)
	if threads <= 1 {
		for k := range n {
			f(k)
		}
		return
	}
	var next atomic.Int64
	run := func() {
		for {
			k := int(next.Add(1)) - 1
			if k >= n {
				return
			}
			f(k)
		}
	}
	var group sync.WaitGroup
	for range threads - 1 {
		group.Go(run)
	}
	run()
	group.Wait()
}
