package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cratedigger/bot/discord"
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

// TestInteractionIsAnsweredOnce: a resumed connection may bring an interaction
// again. A second pause would resume the posts.
func TestInteractionIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const pause = `{"id":"991","token":"t","type":2,"guild_id":%q,"member":{"user":{"id":%q},"permissions":"32"},
		"data":{"name":"cratedigger","options":[{"name":"pause","type":1}]}}`
	for range 2 {
		var in discord.Interaction
		if err := json.Unmarshal(fmt.Appendf(nil, pause, w.guild, w.admin), &in); err != nil {
			t.Fatal(err)
		}
		w.bot.receive(&in)
		w.settle()
	}
	if !w.settings().Paused {
		t.Error("the interaction was answered twice")
	}
}

// TestPostsFollowTheGuildsLanguage: an interaction tells the language that its
// guild has chosen in Discord since the bot joined.
func TestPostsFollowTheGuildsLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bot.receive(&discord.Interaction{ID: "991", Token: "t", Type: discord.KindCommand, GuildID: w.guild, GuildLocale: "pt-BR",
		Member: &discord.Member{User: discord.Account{ID: w.cy}}})
	w.settle()
	w.deliver(2)
	if got := w.discord.Messages(w.channel)[0].Content; !strings.Contains(got, "músicas de hoje") {
		t.Errorf("the heading is %q", got)
	}
}
