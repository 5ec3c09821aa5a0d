package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cratedigger/pipeline/catalog"
)

// TestPlaceOfAMinute runs 200 guilds that share a minute for 7 days: one place lets them
// in by lot, each day in another order, with the same seed in the same; and no guild is
// mostly first or last.
func TestPlaceOfAMinute(t *testing.T) {
	const guilds, days = 200, 7
	week := func(seed uint64) (orders [][]string) {
		clock, place := NewStepped(noon(1)), NewPlace(1)
		var l log
		jobs := make([]Job, guilds)
		for i := range jobs {
			jobs[i] = dailyJob(t, &l, fmt.Sprint(700000000000000000+i), "post", "0 18 * * *", "UTC")
			jobs[i].Place = place
			jobs[i].Turn = func(_ context.Context, s catalog.Slot) Turn { return Turn{s.At.Unix(), Lot(seed, s.GuildID, s.At)} }
		}
		running(t, clock, newMemory(), jobs...)
		step(t, clock, noon(1))
		for day := range days {
			_, leave, err := place.Enter(t.Context(), Turn{}) // until all have come
			if err != nil {
				t.Fatal(err)
			}
			clock.Set(noon(1 + day).Add(6 * time.Hour))
			for {
				place.mu.Lock()
				n := len(place.waiting)
				place.mu.Unlock()
				if n == guilds {
					break
				}
				time.Sleep(time.Millisecond)
			}
			leave()
			if err := clock.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			orders = append(orders, l.take())
		}
		return orders
	}
	orders := week(1)
	ranks := map[string][]int{}
	for day, order := range orders {
		if len(order) != guilds {
			t.Fatalf("%d slots on day %d", len(order), day)
		}
		for rank, key := range order {
			guild := key[:18]
			ranks[guild] = append(ranks[guild], rank)
		}
		if day > 0 && sameOrder(order, orders[day-1]) > guilds/10 {
			t.Errorf("the order of day %d is that of the day before", day)
		}
	}
	for guild, r := range ranks {
		sum, late, early := 0, 0, 0
		for _, rank := range r {
			sum += rank
			if rank >= guilds*9/10 {
				late++
			}
			if rank < guilds/10 {
				early++
			}
		}
		if mean := sum / days; mean < guilds/4 || mean > guilds*3/4 || late > 2 || early > 2 {
			t.Errorf("guild %s has the ranks %v", guild, r)
		}
	}
	if again := week(1); !slices.EqualFunc(orders, again, slices.Equal[[]string]) {
		t.Error("the same seed gave another order")
	}
	if other := week(2); sameOrder(orders[0], other[0]) > guilds/10 {
		t.Error("another seed gave the same order")
	}
}

// sameOrder counts the places that hold the same guild in both.
func sameOrder(a, b []string) (n int) {
	for i := range a {
		if a[i][:18] == b[i][:18] {
			n++
		}
	}
	return n
}

// TestPlace: who enters with a context that has the place waits for nothing, who leaves
// early gives it to the next, and who waits no more takes none.
func TestPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPlace(2)
		first, leaveFirst, err := p.Enter(t.Context(), Turn{})
		if err != nil {
			t.Fatal(err)
		}
		if _, leave, err := p.Enter(first, Turn{}); err != nil || p.free != 1 {
			t.Fatalf("entering again: %v, %d free", err, p.free)
		} else if leave(); p.free != 1 {
			t.Fatal("leaving what was entered again gave the place back")
		}
		if _, _, err := p.Enter(t.Context(), Turn{}); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var let []int64
		impatient, give := context.WithCancel(t.Context())
		for _, rank := range []int64{5, 3, 9, 1} {
			ctx := t.Context()
			if rank == 3 {
				ctx = impatient
			}
			go func() {
				_, leave, err := p.Enter(ctx, Turn{Rank: rank})
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				let = append(let, rank)
				mu.Unlock()
				leave()
			}()
			synctest.Wait()
		}
		give()
		synctest.Wait()
		p.Leave(first)
		synctest.Wait()
		leaveFirst() // a second time
		if !slices.Equal(let, []int64{1, 5, 9}) || p.free != 1 || len(p.waiting) != 0 {
			t.Errorf("let in %v; %d free, %d wait", let, p.free, len(p.waiting))
		}
		if _, _, err := p.Enter(first, Turn{}); err != nil || p.free != 0 {
			t.Errorf("who has left did not enter anew: %v, %d free", err, p.free)
		}
	})
}
