package bot

import (
	"strings"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// TestNotNamed: who asked in /privacy not to be named is named nowhere with what they
// proposed, until they take it back. Of the wish a digest is kept, until they are
// forgotten.
func TestNotNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stages.explain = func(id string) (pipeline.Explanation, error) {
		return pipeline.Explanation{Ranked: pipeline.Ranked{Video: video(id, "Song", "Artist")}}, nil
	}
	proposed := catalog.Sighting{Video: youtube.Video{ID: videoIDs(1)[0]}, At: w.clock.Now(), GuildID: w.guild, SeededBy: w.cy}
	if _, err := w.catalog.Observe(w.ctx, []catalog.Sighting{proposed}); err != nil {
		t.Fatal(err)
	}
	// named counts the messages that name the member: a post, the recap, /top, /why.
	named := func() (n int) {
		t.Helper()
		w.clock.add(time.Hour)
		before := len(w.discord.Messages(w.channel))
		posts := w.slot(w.guild, w.channel, w.clock.Now(), 1, func(p *catalog.Post) {
			p.Reasons = []catalog.Reason{{Kind: catalog.ReasonSeed, Words: []string{w.cy}}}
		})
		if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
			t.Fatal(err)
		}
		w.settle()
		post, _, _ := w.catalog.Post(t.Context(), posts[0].ID)
		if err := w.discord.React(w.ana, w.channel, post.MessageID, emojiUp); err != nil {
			t.Fatal(err)
		}
		w.until("the vote counts", func() bool { return w.vote(post.ID, w.ana) == 1 })
		slot := catalog.Slot{Key: w.guild + "/recap/" + w.clock.Now().Format("15:04"), GuildID: w.guild, Kind: "recap", At: w.clock.Now()}
		if err := w.bot.Recap(w.ctx, slot); err != nil {
			t.Fatal(err)
		}
		said := []fakediscord.Message{w.do(fakediscord.Interaction{MemberID: w.ana, Command: "top"}).Answer()}
		said = append(said, w.do(fakediscord.Interaction{MemberID: w.ana, Command: "why"}).Answer())
		said = append(said, w.discord.Messages(w.channel)[before:]...)
		for _, m := range said {
			if strings.Contains(m.Content+string(m.Embeds), w.cy) {
				n++
			}
		}
		return n
	}
	wish := func(label string) string {
		t.Helper()
		show := w.do(fakediscord.Interaction{MemberID: w.cy, Command: "privacy", Sub: "show"}).Answer()
		return w.button(w.cy, show, label).Answer().Content
	}
	if n := named(); n != 4 {
		t.Errorf("the member is named %d times, want 4: post, recap, /top, /why", n)
	}
	if said := wish("Do not name me"); !strings.Contains(said, "I name you nowhere") {
		t.Errorf("the button says %q", said)
	}
	if n := named(); n != 0 {
		t.Errorf("who asked not to be named is named %d times", n)
	}
	if said := wish("You may name me"); !strings.Contains(said, "I name you: in posts") {
		t.Errorf("the button says %q", said)
	}
	if n := named(); n != 4 {
		t.Errorf("after the wish was taken back the member is named %d times, want 4", n)
	}
	wish("Do not name me")
	if _, err := w.catalog.ForgetMember(t.Context(), "", w.cy); err != nil {
		t.Fatal(err)
	}
	if unnamed, err := w.catalog.Unnamed(t.Context(), w.cy); err != nil || unnamed {
		t.Errorf("a forgotten member's wish is kept (%v)", err)
	}
}
