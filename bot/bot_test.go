package bot

import (
	"testing"

	"cratedigger/internal/fakediscord"
)

func TestPostsAndVotes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.deliver(3)
	messages := w.discord.Messages(w.channel)
	if len(messages) != 4 {
		t.Fatalf("%d messages, want a heading and three picks", len(messages))
	}
	for _, m := range messages[1:] {
		if len(m.Reactions) != 2 {
			t.Errorf("%q has reactions %v, want the two that are placed", m.Content, m.Reactions)
		}
	}
	react := func(member string, emoji string) {
		t.Helper()
		if err := w.discord.React(member, w.channel, posts[0].MessageID, emoji); err != nil {
			t.Fatal(err)
		}
	}
	react(w.ana, "👍")
	react(w.ben, "👎")
	react(w.cy, "🎉")
	w.settle()
	for member, want := range map[string]int{w.ana: 1, w.ben: -1, w.cy: 0} {
		if got := w.vote(posts[0].ID, member); got != want {
			t.Errorf("vote of %s: %d, want %d", member, got, want)
		}
	}
	react(w.ben, "👍") // the later one counts
	w.settle()
	if got := w.vote(posts[0].ID, w.ben); got != 1 {
		t.Errorf("after 👎 then 👍: %d", got)
	}
	w.discord.Unreact(w.ben, w.channel, posts[0].MessageID, "👍") // and the other comes back
	w.settle()
	if got := w.vote(posts[0].ID, w.ben); got != -1 {
		t.Errorf("after 👍 was taken back: %d", got)
	}
}

func TestCommandRecommend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	call := w.do(fakediscord.Interaction{Command: "recommend"})
	if got := call.Answer(); !got.Ephemeral() || got.Content == "" {
		t.Errorf("answer %+v", got)
	}
}
