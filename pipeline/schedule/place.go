package schedule

import (
	"cmp"
	"container/heap"
	"context"
	"hash/fnv"
	"sync"
	"sync/atomic"
	"time"
)

// A Place lets so many in at a time. Who waits is let in by turn, however long the others
// have been waiting.
type Place struct {
	mu      sync.Mutex
	free    int
	waiting waiters
	came    int
}

// Turn says who of those that wait is let in first: the smallest Rank, and of equal ones
// the smallest Lot.
type Turn struct {
	Rank int64
	Lot  uint64
}

// Lot is a guild's lot of a day (UTC), for [Turn]. The guilds have an order by the seed.
// Each day it is turned by the golden ratio, which spreads a guild's places evenly over
// any few days: nobody is last for long.
func Lot(seed uint64, guildID string, day time.Time) uint64 {
	const golden = 0x9E3779B97F4A7C15 // of the range of a lot
	h := fnv.New64a()
	_, _ = h.Write([]byte(guildID))
	x := h.Sum64() ^ seed*golden
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9 // ids differ in few bits, and lots should in all
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return (x ^ x>>31) + uint64(day.Unix()/86400)*golden
}

// NewPlace returns a place for n at a time.
func NewPlace(n int) *Place { return &Place{free: n} }

// taken is the context key of a stay in a place.
type taken struct{ p *Place }

type stay struct{ left atomic.Bool }

// Enter waits for the place until ctx ends. The context that it returns has the place, so
// to enter with it again waits for nothing. leave gives it back; further calls do nothing.
func (p *Place) Enter(ctx context.Context, turn Turn) (_ context.Context, leave func(), err error) {
	if s, _ := ctx.Value(taken{p}).(*stay); s != nil && !s.left.Load() {
		return ctx, func() {}, nil
	}
	if err := p.wait(ctx, turn); err != nil {
		return ctx, func() {}, err
	}
	ctx = context.WithValue(ctx, taken{p}, &stay{})
	return ctx, func() { p.Leave(ctx) }, nil
}

// Waiting is how many wait for the place.
func (p *Place) Waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting)
}

// Leave gives back the place that ctx has; without one it does nothing.
func (p *Place) Leave(ctx context.Context) {
	s, _ := ctx.Value(taken{p}).(*stay)
	if s == nil || s.left.Swap(true) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.release()
}

// release lets the next one in. p.mu is held.
func (p *Place) release() {
	if len(p.waiting) == 0 {
		p.free++
		return
	}
	close(heap.Pop(&p.waiting).(*inLine).in)
}

func (p *Place) wait(ctx context.Context, turn Turn) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	if p.free > 0 {
		p.free--
		p.mu.Unlock()
		return nil
	}
	w := &inLine{turn: turn, came: p.came, in: make(chan struct{})}
	p.came++
	heap.Push(&p.waiting, w)
	p.mu.Unlock()
	select {
	case <-w.in:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-w.in: // it was let in meanwhile
		p.release()
	default:
		heap.Remove(&p.waiting, w.at)
	}
	return ctx.Err()
}

// inLine is one who waits for a place until in is closed.
type inLine struct {
	turn Turn
	came int
	at   int // in waiters
	in   chan struct{}
}

// waiters is a heap.
type waiters []*inLine

func (w waiters) Len() int { return len(w) }

func (w waiters) Less(i, j int) bool {
	a, b := w[i], w[j]
	return cmp.Or(cmp.Compare(a.turn.Rank, b.turn.Rank), cmp.Compare(a.turn.Lot, b.turn.Lot), cmp.Compare(a.came, b.came)) < 0
}

func (w waiters) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].at, w[j].at = i, j
}

func (w *waiters) Push(x any) {
	one := x.(*inLine)
	one.at = len(*w)
	*w = append(*w, one)
}

func (w *waiters) Pop() any {
	old := *w
	last := old[len(old)-1]
	*w = old[:len(old)-1]
	return last
}
