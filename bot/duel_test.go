package bot

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

func duelSlot(w *world) catalog.Slot {
	return catalog.Slot{Key: w.guild + "/duel/2026-11-25T19:00", GuildID: w.guild, Kind: catalog.RunDuel, At: w.clock.Now()}
}

// asked posts a duel and returns its message and what a press on a choice is answered.
func (w *world) asked(ids []string) (fakediscord.Message, func(member string, choice catalog.DuelChoice) string) {
	w.t.Helper()
	for range 2 { // the second firing of a slot sends nothing
		if err := w.bot.Duel(w.ctx, duelSlot(w)); err != nil {
			w.t.Fatal(err)
		}
	}
	messages := w.discord.Messages(w.channel)
	if len(messages) != 1 {
		w.t.Fatalf("%d messages", len(messages))
	}
	return messages[0], func(member string, choice catalog.DuelChoice) string {
		w.t.Helper()
		w.clock.add(time.Second)
		answer := w.do(fakediscord.Interaction{MemberID: member, MessageID: messages[0].ID, CustomID: discord.CustomID(actionDuel, ids[0], ids[1], string(choice))}).Answer()
		if !answer.Ephemeral() {
			w.t.Errorf("everybody sees %q", answer.Content)
		}
		return answer.Content
	}
}

func TestDuelInAChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.suggest(3)
	message, press := w.asked(ids)
	want := "⚖️ **Which of these do you like better?** Only I see what you answer.\n" +
		"**A** · **[Song A (live)](https://www.youtube.com/watch?v=vid-0000000)** · Artist A\n" +
		"**B** · **[Song B (live)](https://www.youtube.com/watch?v=vid-0000001)** · Artist B\n" +
		"[A] [B] [Both] [Neither] \n[What is this?] \n"
	if got := w.seen(message); got != want {
		t.Errorf("the duel is\n%s\nwant\n%s", got, want)
	}
	for _, step := range []struct {
		member string
		choice catalog.DuelChoice
		want   string
	}{
		{w.ben, catalog.ChoseA, "Noted: **A**. Press again to undo."},
		{w.cy, catalog.ChoseB, "Noted: **B**. Press again to undo."},
		{w.cy, catalog.ChoseNeither, "Noted: **Neither**. Press again to undo."},
		{w.ana, catalog.ChoseBoth, "Anotado: **As duas**. Aperte de novo para desfazer.\nAté agora: A 1, B 0, as duas 1, nenhuma 1."},
		{w.ben, catalog.ChoseB, "Noted: **B**. Press again to undo.\nSo far: A 0, B 1, both 1, neither 1."},
		{w.ben, catalog.ChoseB, "I took your answer back."},
		{w.ben, catalog.ChoseA, "Noted: **A**. Press again to undo.\nSo far: A 1, B 0, both 1, neither 1."},
	} {
		if got := press(step.member, step.choice); got != step.want {
			t.Errorf("a press on %s is answered %q, want %q", step.choice, got, step.want)
		}
	}
	if after := w.discord.Messages(w.channel); len(after) != 1 || after[0].Content != message.Content || !bytes.Equal(after[0].Components, message.Components) {
		t.Errorf("the answers have changed the message: %s", w.seen(after[0]))
	}
	if got := w.do(fakediscord.Interaction{Command: "privacy", Sub: "show"}).Answer().Content; !strings.Contains(got, "1 answer of yours") {
		t.Errorf("/privacy says %s", got)
	}
	sure := w.do(fakediscord.Interaction{Command: "privacy", Sub: "forget-me"}).Answer()
	w.do(fakediscord.Interaction{MessageID: sure.ID, CustomID: discord.CustomID(actionForget)})
	duels, err := w.catalog.Duels(t.Context(), w.guild)
	if err != nil || len(duels) != 3 || duels[0].MemberID != "" || slices.ContainsFunc(duels, func(d catalog.Duel) bool { return d.MemberID == w.ben }) {
		t.Errorf("afterwards %+v, %v", duels, err)
	}
}

// A duel that Discord took while the bot crashed is adopted, and one of a song that was
// blocked meanwhile is not sent.
func TestDuelAfterACrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, notStarted())
	w.configureNew()
	w.suggest(2)
	ctx, crash := context.WithCancel(w.ctx)
	defer crash()
	w.bot.outbox.sleep = func(context.Context, time.Duration) error { crash(); return context.Canceled }
	w.discord.Break(nthPost(1, fakediscord.Fault{Cut: true, After: true, Done: crash}))
	if err := w.bot.Duel(ctx, duelSlot(w)); err == nil {
		t.Fatal("the crash was not noticed")
	}
	w.discord.Break(nil)
	w.discord.ForgetNonces()
	w.newBot(nil)
	if err := w.bot.Duel(w.ctx, duelSlot(w)); err != nil {
		t.Fatal(err)
	}
	rows, err := w.catalog.Pending(w.ctx, w.guild)
	if n := len(w.discord.Messages(w.channel)); n != 1 || len(rows) != 0 || err != nil {
		t.Errorf("%d messages, %d rows left, %v", n, len(rows), err)
	}

	w.stages.blocked = videoIDs(2)[1]
	slot := duelSlot(w)
	slot.Key += "later"
	if err := w.bot.Duel(w.ctx, slot); err != nil {
		t.Fatal(err)
	}
	if n := len(w.discord.Messages(w.channel)); n != 1 {
		t.Errorf("a duel of a blocked song was posted")
	}
}

// Of the ten questions of /label the fourth and the eighth are about two songs.
func TestLabelAsksDuels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.suggest(20)
	call := w.do(fakediscord.Interaction{Command: "label"})
	message := call.Answer()
	var asked []string
	press := func(id string) {
		t.Helper()
		w.clock.add(time.Second)
		w.do(fakediscord.Interaction{MessageID: message.ID, CustomID: id})
		message = call.Answer()
	}
	at := 0
	for left := labelRound; left > 0; left-- {
		asked = append(asked, message.Content)
		if !strings.Contains(message.Content, ids[at]) { // the first of LabelNext
			t.Errorf("question %d is not about %s: %s", len(asked), ids[at], message.Content)
		}
		n := string("0123456789"[left%10])
		if left == 10 {
			n = "10"
		}
		switch left {
		case 7:
			press(discord.CustomID(actionDuel, ids[at], ids[at+1], "b", n))
			at += 2
		case 3:
			press(discord.CustomID(actionDuel, ids[at], ids[at+1], "skip", n))
			at += 2
		default:
			press(discord.CustomID(actionLabel, ids[at], "u", n))
			at++
		}
	}
	for i, content := range asked {
		if duel := i == 3 || i == 7; strings.Contains(content, "**B**") != duel {
			t.Errorf("question %d: %s", i+1, content)
		}
	}
	duels, _ := w.catalog.Duels(t.Context(), w.guild)
	votes, _ := w.catalog.MemberVotes(t.Context(), w.guild, w.ben)
	if len(votes) != 8 || len(duels) != 1 || duels[0].A != ids[3] || duels[0].Choice != catalog.ChoseB || !strings.Contains(message.Content, "Thank you") {
		t.Errorf("%d votes, duels %+v, at last %s", len(votes), duels, message.Content)
	}
	if last := w.stages.duels[1]; !slices.Contains(last, ids[3]) || !slices.Contains(last, ids[4]) {
		t.Errorf("the second duel may ask again about what the first did: %v", last)
	}
}

// A duel's custom id is text that anybody can send.
func TestForgedDuelsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.suggest(2)
	in := &discord.Interaction{GuildID: w.guild, Member: &discord.Member{User: discord.Account{ID: w.ben}}}
	for _, args := range [][]string{
		{ids[0], "vid-0000099", "a"}, {ids[0], ids[0], "a"}, {ids[0], ids[1], "c"}, {ids[0], ids[1], "skip"}, {ids[0], ids[1], ""},
		{ids[0], ids[1], "a", "11"}, {ids[0], ids[1], "a", "x"}, {"../../../etc", ids[1], "a"}, {ids[0]}, nil,
	} {
		c := &call{client: w.bot.client, log: w.bot.log, now: w.clock.Now, in: in, guild: w.settings()}
		c.id, _ = discord.ParseCustomID(discord.CustomID(actionDuel, args...))
		if err := w.bot.interactions.components[actionDuel](w.ctx, c); err == nil || err.Error() != "error.unknown" {
			t.Errorf("%q: %v", args, err)
		}
	}
	if duels, _ := w.catalog.Duels(t.Context(), w.guild); len(duels) > 0 {
		t.Errorf("%+v", duels)
	}
}
