package bot

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// TestReadyGrowth: a READY asks Discord for the messages and users of a few guilds at
// once, however many there are, and in the hour after it for a page of messages of each
// other one. When nothing is new it writes nothing. After RESUMED nothing is asked at
// once, as Discord sends again what was missed.
func TestReadyGrowth(t *testing.T) {
	calls, first := map[int]int{}, map[int]int{}
	for _, n := range []int{24, 96} {
		var writes atomic.Int64
		w := newWorld(t, notStarted(), withTrace(func(point string) {
			if strings.HasSuffix(point, ":begin") {
				writes.Add(1)
			}
		}))
		var sent []catalog.Post
		ids := w.crowd(n, 2)
		w.deliverAll(ids)
		for _, id := range ids {
			posts, err := w.catalog.Posts(t.Context(), id, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			sent = append(sent, posts[0])
		}
		w.run()
		for _, p := range sent {
			member := w.discord.AddMember(p.GuildID, fakediscord.Member{Name: "Ana"})
			if err := w.discord.React(member, p.ChannelID, p.MessageID, emojiUp); err != nil {
				t.Fatal(err)
			}
		}
		w.settle()
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}

		// One vote comes while the bot is away.
		missed := w.discord.AddMember(sent[n-1].GuildID, fakediscord.Member{Name: "Ben"})
		if err := w.discord.React(missed, sent[n-1].ChannelID, sent[n-1].MessageID, emojiUp); err != nil {
			t.Fatal(err)
		}
		asked := func() (pages, users int) {
			for _, r := range w.discord.Requests() {
				if r.Method == "GET" && strings.HasSuffix(r.Path, "/messages") {
					pages++
				} else if r.Method == "GET" && strings.Contains(r.Path, "/reactions/") {
					users++
				}
			}
			w.discord.ForgetRequests()
			return pages, users
		}
		again := func() (ready, pages, users int) {
			w.newBot(nil)
			writes.Store(0)
			asked()
			w.run()
			pages, users = asked()
			ready = pages + users
			w.bot.comparison.catchUpWithin(w.ctx, w.bot.guilds.present(t.Context()), listCalls, context.Cause) // what follows within the hour
			later, others := asked()
			return ready, pages + later, users + others
		}
		if _, pages, users := again(); pages > n+2 || users > 2*n+2 || w.vote(sent[n-1].ID, missed) != 1 {
			t.Errorf("%d guilds: READY took %d pages of messages and %d of users; the vote that was missed: %d", n, pages, users, w.vote(sent[n-1].ID, missed))
		}
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		ready, pages, users := again()
		calls[n], first[n] = pages+users, ready
		t.Logf("%d guilds, READY with nothing new: %d calls at once; in all %d pages of messages, %d of users, %d writes", n, ready, pages, users, writes.Load())
		if writes.Load() != 0 {
			t.Errorf("%d guilds: READY with nothing new wrote %d times", n, writes.Load())
		}
		w.discord.CutGateway()
		w.until("it has resumed", func() bool { return strings.Contains(w.log.String(), "resumed the connection") })
		w.settle()
		if pages, users := asked(); pages+users != 0 {
			t.Errorf("%d guilds: RESUMED asked for %d pages of messages and %d of users", n, pages, users)
		}
	}
	if first[96] > first[24]+2 {
		t.Errorf("READY of 24 guilds takes %d calls at once, of 96 %d", first[24], first[96])
	}
	if calls[96] > 5*calls[24] {
		t.Errorf("READY of 24 guilds takes %d calls, of 96 %d", calls[24], calls[96])
	}
}

// TestMuchToCatchUpGoesAtOnce: where a guild's turn takes long, the others do not wait for
// its end.
func TestMuchToCatchUpGoesAtOnce(t *testing.T) {
	w := newWorld(t, notStarted())
	ids := w.crowd(parallelGuilds+4, 1)
	w.deliverAll(ids)
	w.run()
	waiting := w.bot.guilds.present(w.ctx)
	w.bot.comparison.mu.Lock()
	for _, g := range waiting {
		w.bot.comparison.unlisted[g.ID] = -1
	}
	w.bot.comparison.mu.Unlock()
	var mu sync.Mutex
	at, all := 0, make(chan struct{})
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/messages") {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if at++; at == 4 {
			close(all)
		}
		return &fakediscord.Fault{Before: func() {
			select {
			case <-all:
			case <-w.ctx.Done():
			}
		}}
	})
	w.bot.comparison.catchUpWithin(w.ctx, waiting, listCalls, context.Cause)
	if w.ctx.Err() != nil {
		t.Errorf("%d guilds were asked for at once, want 4", at)
	}
}

// TestListsWithinCalls: after a connection users are listed within so many calls. Of the
// guilds that are left over the counts are compared, and they are first the next time.
func TestListsWithinCalls(t *testing.T) {
	w := newWorld(t, notStarted())
	ids := w.crowd(parallelGuilds+5, 1)
	w.deliverAll(ids)
	w.run()
	for _, id := range ids {
		posts, err := w.catalog.Posts(t.Context(), id, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.discord.React(w.discord.AddMember(id, fakediscord.Member{}), posts[0].ChannelID, posts[0].MessageID, emojiUp); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.newBot(nil)
	w.run()
	// A guild takes two calls: a page of messages, and the users of one post.
	pages := 0
	listed := func(calls int) (guilds []string) {
		w.discord.ForgetRequests()
		waiting := slices.DeleteFunc(w.bot.guilds.present(w.ctx), func(g catalog.Guild) bool {
			w.bot.comparison.mu.Lock()
			defer w.bot.comparison.mu.Unlock()
			_, waits := w.bot.comparison.unlisted[g.ID]
			return !waits
		})
		w.bot.comparison.catchUpWithin(w.ctx, waiting, calls, w.bot.Settle) // one after the other
		pages = 0
		for _, r := range w.discord.Requests() {
			if strings.Contains(r.Path, "/reactions/") {
				guilds = append(guilds, r.Path)
			} else {
				pages++
			}
		}
		return guilds
	}
	first := listed(3)
	if len(first) != 2 {
		t.Errorf("within three calls %d guilds were listed, want 2", len(first))
	}
	if pages < 5 {
		t.Errorf("then the messages of %d guilds were compared, want all that wait", pages)
	}
	rest := listed(100)
	if len(rest) < 3 || len(rest) > 4 || slices.ContainsFunc(rest, func(path string) bool { return slices.Contains(first, path) }) {
		t.Errorf("then came %q, after %q", rest, first)
	}
	if again := listed(100); len(again) != 0 {
		t.Errorf("they were listed again: %q", again)
	}
}

// TestSweepsTakeTurns: guilds that have not been swept for a week are not swept in one
// hour, and a guild that lost events does not wait. What was compared is noted in one
// transaction for all.
func TestSweepsTakeTurns(t *testing.T) {
	var writes atomic.Int64
	w := newWorld(t, notStarted(), withTrace(func(point string) {
		if strings.HasSuffix(point, ":begin") {
			writes.Add(1)
		}
	}))
	w.crowd(2*parallelGuilds+3, 1)
	guilds := w.bot.guilds.present(t.Context())
	lost := guilds[len(guilds)-1].ID
	w.bot.comparison.soon(lost)
	swept := func() (n int) {
		for _, g := range guilds {
			if !w.bot.comparison.moment(t.Context(), sweepState(g.ID)).IsZero() {
				n++
			}
		}
		return n
	}
	for i, want := range []int{parallelGuilds + 1, 2*parallelGuilds + 1, len(guilds), len(guilds)} {
		w.clock.add(compareEvery)
		writes.Store(0)
		w.bot.comparison.all(w.ctx, 0)
		if n := writes.Load(); n != 1 {
			t.Errorf("comparison %d of %d guilds wrote %d times", i, len(guilds), n)
		}
		if n := swept(); n != want {
			t.Errorf("after comparison %d, %d of %d guilds were swept, want %d", i, n, len(guilds), want)
		}
		if i == 0 && w.bot.comparison.moment(t.Context(), sweepState(lost)).IsZero() {
			t.Error("the guild that lost events waits")
		}
	}
	w.clock.add(sweepEvery)
	if due := w.bot.comparison.sweeps(t.Context(), guilds); len(due) != parallelGuilds {
		t.Errorf("a week later %d guilds are swept at once, want %d", len(due), parallelGuilds)
	}
}
