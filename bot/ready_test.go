package bot

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// TestReadyGrowth: a READY asks Discord for a page of messages for each guild, and for
// the users of a few guilds at once, however many there are. When nothing is new it
// writes nothing. After RESUMED nothing is asked, as Discord sends again what was missed.
func TestReadyGrowth(t *testing.T) {
	calls := map[int]int{}
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
		again := func() (pages, users int) {
			w.newBot(nil)
			writes.Store(0)
			asked()
			w.run()
			return asked()
		}
		if pages, users := again(); pages > n+parallelGuilds+2 || users > 2*(parallelGuilds+1)+2 || w.vote(sent[n-1].ID, missed) != 1 {
			t.Errorf("%d guilds: READY took %d pages of messages and %d of users; the vote that was missed: %d", n, pages, users, w.vote(sent[n-1].ID, missed))
		}
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		pages, users := again()
		calls[n] = pages + users
		t.Logf("%d guilds, READY with nothing new: %d pages of messages, %d of users, %d writes", n, pages, users, writes.Load())
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
	if calls[96] > 5*calls[24] {
		t.Errorf("READY of 24 guilds takes %d calls, of 96 %d", calls[24], calls[96])
	}
}

// TestListsWithinCalls: after a connection users are listed within so many calls, and the
// guilds that are left over are first the next time.
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
	listed := func(calls int) (guilds []string) {
		w.discord.ForgetRequests()
		w.bot.comparison.listWithin(w.ctx, w.bot.guilds.present(t.Context()), calls, context.Cause)
		for _, r := range w.discord.Requests() {
			if strings.Contains(r.Path, "/reactions/") {
				guilds = append(guilds, r.Path)
			}
		}
		return guilds
	}
	first := listed(3)
	if len(first) != 2 {
		t.Errorf("within three calls %d guilds were listed, want 2", len(first))
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
// hour, and a guild that lost events does not wait.
func TestSweepsTakeTurns(t *testing.T) {
	w := newWorld(t, notStarted())
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
		w.bot.comparison.all(w.ctx, 0)
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
