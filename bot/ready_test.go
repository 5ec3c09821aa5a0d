package bot

import (
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
			posts, err := w.catalog.Posts(id, time.Time{})
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
