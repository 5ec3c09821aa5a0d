package work_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"cratedigger/model/internal/work"
)

func TestSplitCoversEachIndexOnce(t *testing.T) {
	for _, n := range []int{0, 1, 7, 64, 1000} {
		for _, threads := range []int{0, 1, 3} {
			seen := make([]atomic.Int32, n)
			work.Split(n, threads, 16, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					seen[i].Add(1)
				}
			})
			for i := range seen {
				if c := seen[i].Load(); c != 1 {
					t.Fatalf("n %d, threads %d: index %d was visited %d times", n, threads, i, c)
				}
			}
		}
	}
}

func TestPoolRunsEachTaskOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 5} {
		p := work.NewPool(threads)
		for round := range 2000 {
			n := round % 9
			seen := make([]atomic.Int32, n)
			p.Run(n, func(k int) { seen[k].Add(1) })
			for k := range seen {
				if c := seen[k].Load(); c != 1 {
					t.Fatalf("threads %d, round %d: task %d ran %d times", threads, round, k, c)
				}
			}
		}
		p.Stop()
	}
}

// A pool that is stopped at once after its last loop must not leave a helper
// asleep.
func TestPoolStopsRightAfterALoop(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for range 3000 {
		p := work.NewPool(2)
		var both atomic.Int32 // so that the helper ends its task when the loop ends
		p.Run(2, func(int) {
			for both.Add(1); both.Load() < 2; {
				runtime.Gosched()
			}
		})
		p.Stop()
	}
}
