package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// crashedAfterSending is a world whose bot ended when the n-th message of a
// slot of two picks was on Discord and not yet marked; Discord has forgotten
// the nonces since. The first pick is an artist's, and has that button.
func crashedAfterSending(t *testing.T, n int) (*world, []catalog.Post) {
	t.Helper()
	w := newWorld(t, notStarted())
	w.configureNew()
	posts := w.slot(w.guild, w.channel, w.clock.Now(), 2, nil)
	w.titled(posts[0].VideoID, "Mara Quill - Paper Lanterns (Official Video)", "Lumo Records")
	ctx, crash := context.WithCancel(w.ctx)
	defer crash()
	w.bot.outbox.sleep = func(context.Context, time.Duration) error { crash(); return context.Canceled }
	w.discord.Break(nthPost(n, fakediscord.Fault{Cut: true, After: true, Done: crash}))
	if err := w.bot.Deliver(ctx, w.guild); err == nil {
		t.Fatal("the crash was not noticed")
	}
	w.discord.Break(nil)
	w.discord.ForgetNonces()
	w.clock.add(time.Hour)
	return w, posts
}

// sentCount is how many messages of the bot's carry a post's id; with "",
// those that carry none.
func (w *world) sentCount(postID string, posts []catalog.Post) int {
	n := 0
	for _, m := range w.discord.Messages(w.channel) {
		if m.Author.ID != w.discord.BotID() {
			continue
		}
		of := ""
		for _, p := range posts {
			if strings.Contains(string(m.Components), p.ID) {
				of = p.ID
			}
		}
		if of == postID {
			n++
		}
	}
	return n
}

// TestCrashWithoutHistory: Discord shows an empty channel to a bot that may
// not read its history. That is no proof that nothing was sent.
func TestCrashWithoutHistory(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 3; n++ {
		t.Run(fmt.Sprintf("message %d", n), func(t *testing.T) {
			t.Parallel()
			w, posts := crashedAfterSending(t, n)
			before := len(w.discord.Messages(w.channel))
			w.discord.Deny(w.channel, fakediscord.PermReadMessageHistory)
			w.newBot(nil)
			w.run()
			w.until("nothing is left", func() bool { rows, _ := w.catalog.Pending(t.Context(), w.guild); return len(rows) == 0 })
			w.settle()
			if now := len(w.discord.Messages(w.channel)); now != before {
				t.Errorf("%d messages before the restart, %d after: %d headings", before, now, w.sentCount("", posts))
			}
			if g := w.settings(); !g.Paused || g.PauseReason == "" {
				t.Errorf("nobody is told: %+v", g)
			}
		})
	}
}

// TestCrashInABusyChannel: what was sent is found below what members have said
// since, and where there is too much to look through it is not sent again.
func TestCrashInABusyChannel(t *testing.T) {
	t.Parallel()
	for _, chatter := range []int{950, 100 * adoptPages} {
		t.Run(fmt.Sprint(chatter, " messages later"), func(t *testing.T) {
			t.Parallel()
			w, posts := crashedAfterSending(t, 2)
			for range chatter {
				if _, err := w.discord.Say(w.ana, w.channel, "la"); err != nil {
					t.Fatal(err)
				}
			}
			w.newBot(nil)
			w.run()
			w.until("nothing is left", func() bool { rows, _ := w.catalog.Pending(t.Context(), w.guild); return len(rows) == 0 })
			w.settle()
			for _, id := range []string{"", posts[0].ID, posts[1].ID} {
				if got := w.sentCount(id, posts); got != 1 {
					t.Errorf("post %q is there %d times", id, got)
				}
			}
			first, _, err := w.catalog.Post(t.Context(), posts[0].ID)
			want := catalog.StateSent
			if chatter >= 100*adoptPages {
				want = catalog.StateFailed
			}
			if err != nil || first.State != want {
				t.Errorf("the post that was sent before the crash is %q, want %q (%v)", first.State, want, err)
			}
		})
	}
}
