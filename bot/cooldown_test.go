package bot

import (
	"testing"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/youtube"
)

// TestCooldownsNameNobodyForLong: a claim goes with the next one after its end.
func TestCooldownsNameNobodyForLong(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	c := &cooldowns{now: clock.Now}
	take := func(key string, d time.Duration) {
		t.Helper()
		if err := c.take(key, d); err != nil {
			t.Fatal(err)
		}
	}
	take("predict/1/11", CoolPredict)
	take("seed/1/12", coolSeed)
	clock.add(CoolPredict)
	take("predict/1/13", CoolPredict)
	if _, kept := c.until["predict/1/11"]; kept {
		t.Error("a claim that has ended is kept")
	}
	if err := c.take("seed/1/12", coolSeed); err == nil {
		t.Error("a claim that has not ended is gone")
	}
}

// TestForgetMeDropsCooldowns: in every guild, and nobody else's.
func TestForgetMeDropsCooldowns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := &cooldowns{now: w.clock.Now}
	for _, key := range []string{"predict/1/" + w.ana, "seed/2/" + w.ana, "seed/2/" + w.ben} {
		if err := c.take(key, coolSeed); err != nil {
			t.Fatal(err)
		}
	}
	c.forget(w.ana)
	if _, kept := c.until["seed/2/"+w.ben]; !kept || len(c.until) != 1 {
		t.Errorf("left are %v", c.until)
	}
	// Who was forgotten need not wait.
	w.stages.explain = func(string) (pipeline.Explanation, error) {
		return pipeline.Explanation{}, &pipeline.VideoError{ID: "vid-0000001", Status: youtube.StatusRemoved}
	}
	predict := fakediscord.Interaction{MemberID: w.cy, Command: "predict", Options: map[string]any{"link": "vid-0000001"}}
	first := w.do(predict).Answer().Content
	ask := w.do(fakediscord.Interaction{MemberID: w.cy, Command: "privacy", Sub: "forget-me"})
	w.do(fakediscord.Interaction{MemberID: w.cy, MessageID: ask.Answer().ID, CustomID: discord.CustomID(actionForget)})
	if again := w.do(predict).Answer().Content; again != first {
		t.Errorf("after being forgotten: %q, before %q", again, first)
	}
}

// TestForgetMeDropsTheName: what the dashboard shows of a member is gone at once.
func TestForgetMeDropsTheName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.bot.People()
	if err := people.Ask(t.Context(), w.guild, []string{w.cy, w.ben}); err != nil {
		t.Fatal(err)
	}
	if p, ok := people.Known(w.guild, w.cy); !ok || p.Name != "Cy" {
		t.Fatalf("the member is %+v, %v", p, ok)
	}
	ask := w.do(fakediscord.Interaction{MemberID: w.cy, Command: "privacy", Sub: "forget-me"})
	w.do(fakediscord.Interaction{MemberID: w.cy, MessageID: ask.Answer().ID, CustomID: discord.CustomID(actionForget)})
	if _, ok := people.Known(w.guild, w.cy); ok {
		t.Error("somebody who was forgotten is known")
	}
	if _, ok := people.Known(w.guild, w.ben); !ok {
		t.Error("another member was forgotten too")
	}
}
