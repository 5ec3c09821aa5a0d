package bot

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"cratedigger/internal/fakediscord"
)

// TestFirstStartGrowth: a bot that is new in all its guilds writes each down once, and
// asks Discord for nothing more than with one.
func TestFirstStartGrowth(t *testing.T) {
	writes, calls := map[int]int64{}, map[int]int{}
	for _, n := range []int{30, 120} {
		var begun atomic.Int64
		w := newWorld(t, notStarted(), withTrace(func(point string) {
			if strings.HasSuffix(point, ":begin") {
				begun.Add(1)
			}
		}))
		for i := 1; i < n; i++ {
			w.discord.AddGuild(fakediscord.Guild{Name: fmt.Sprint("guild ", i)})
		}
		w.run()
		w.settle()
		if known, err := w.catalog.Guilds(t.Context()); err != nil || len(known) != n {
			t.Fatalf("%d of %d guilds are known (%v)", len(known), n, err)
		}
		writes[n], calls[n] = begun.Load(), len(w.discord.Requests())
	}
	t.Logf("a first start of 30 guilds takes %d writes and %d calls, of 120 %d and %d", writes[30], calls[30], writes[120], calls[120])
	if writes[120] > 5*writes[30] {
		t.Errorf("a first start of 30 guilds takes %d writes, of 120 %d", writes[30], writes[120])
	}
	if calls[120] > calls[30]+2 {
		t.Errorf("a first start of 30 guilds takes %d calls, of 120 %d", calls[30], calls[120])
	}
}
