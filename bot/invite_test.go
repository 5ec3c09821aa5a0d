package bot

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

func TestLeastPermissions(t *testing.T) {
	t.Parallel()
	if got := discord.Permissions(); got != 85056 {
		t.Errorf("the invite asks for %d", got)
	}
	// With exactly these everything works: the stand-in grants no more.
	w := newWorld(t, func(o *worldOptions) { o.start = true })
	w.deliver(2)
	for _, r := range w.discord.Requests() {
		if r.Status >= 400 {
			t.Errorf("%s %s was refused with %d", r.Method, r.Path, r.Status)
		}
	}
	// Without any one of them something does not work, except the unfolding
	// of links, which Discord's clients do.
	for bit := int64(1); bit > 0; bit <<= 1 {
		if discord.Permissions()&bit == 0 || bit == fakediscord.PermEmbedLinks {
			continue
		}
		w := newWorld(t)
		w.discord.Deny(w.channel, bit)
		w.slot(w.guild, w.channel, w.clock.Now(), 1, nil)
		w.discord.ForgetRequests()
		if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
			t.Error(err)
		}
		w.bot.comparison.all(w.ctx, 1000*time.Hour)
		refused := false
		for _, r := range w.discord.Requests() {
			refused = refused || r.Status == 403
		}
		if !refused {
			t.Errorf("nothing was refused without permission %d: it is not needed", bit)
		}
	}
}

func TestSetupChecksPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	locked := w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "locked", Deny: fakediscord.PermSendMessages | fakediscord.PermAddReactions})
	call := w.do(fakediscord.Interaction{MemberID: w.admin, Command: "setup", Options: map[string]any{"channel": locked}})
	want := "I lack permissions in <#" + locked + ">: Send Messages, Add Reactions. Please grant them, then choose the channel again."
	if got := call.Answer().Content; got != want {
		t.Errorf("answer %q", got)
	}
	if got := w.settings().ChannelID; got != w.channel {
		t.Errorf("the channel became %s", got)
	}
}

// TestSetupToFirstPost walks the way of an administrator who has just invited
// the bot.
func TestSetupToFirstPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, notStarted())
	w.run()
	w.stages.start = w.startStage
	admin := func(in fakediscord.Interaction) *fakediscord.Call {
		t.Helper()
		in.MemberID = w.admin
		return w.do(in)
	}
	first := admin(fakediscord.Interaction{Command: "setup"})
	panel := first.Answer()
	choose := func(step string, values ...string) {
		t.Helper()
		c := admin(fakediscord.Interaction{MessageID: panel.ID, CustomID: discord.CustomID(actionSetup, step), Values: values})
		if c.Kind() != 7 {
			t.Fatalf("%s was answered with %d: %s", step, c.Kind(), c.Answer().Content)
		}
	}
	choose(stepChannel, w.channel)
	choose(stepGenres, "jazz", "bossa nova")
	choose(stepHour, "20")
	choose(stepDays, "1", "5", "6", "0", "2", "3", "4")
	form := admin(fakediscord.Interaction{MessageID: panel.ID, CustomID: discord.CustomID(actionSetup, stepZone)})
	if form.Kind() != 9 {
		t.Fatalf("the zone's button was answered with %d", form.Kind())
	}
	filled := admin(fakediscord.Interaction{MessageID: panel.ID, CustomID: discord.CustomID(actionSetup, stepZone), Form: map[string]string{inputCount: " 3 ", stepZone: "Europe/Lisbon"}})
	if answer := filled.Answer(); answer.ID != panel.ID || !strings.Contains(answer.Content, "Europe/Lisbon") {
		t.Errorf("after the zone the panel says %q", answer.Content)
	}
	g := w.settings()
	if g.ChannelID != w.channel || len(g.Queries) != 4 || g.Schedule[0] != "0 20 * * *" || g.Picks != 3 || g.Zone != "Europe/Lisbon" {
		t.Errorf("settings after the set-up: %+v", g)
	}
	start := admin(fakediscord.Interaction{MessageID: panel.ID, CustomID: discord.CustomID(actionSetup, stepStart)})
	w.settle()
	if n := len(w.discord.Messages(w.channel)); n != 4 {
		t.Errorf("%d messages after the start: %s", n, start.Answer().Content)
	}
}

// startStage is a Start that leaves an outbox behind, as the pipeline's does.
func (w *world) startStage(ctx context.Context, guildID string, p pipeline.Progress) (catalog.Run, error) {
	g := w.settings()
	p("searching", 1, 2)
	posts := w.slot(guildID, g.ChannelID, w.clock.Now(), g.Picks, nil)
	return catalog.Run{Counts: map[string]int{"picks": g.Picks}, Slot: posts[0].Slot}, nil
}

// TestSetupInOneCommand gives everything with the command and is answered with
// the first posts.
func TestSetupInOneCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, notStarted())
	w.run()
	w.stages.start = w.startStage
	w.do(fakediscord.Interaction{MemberID: w.admin, Command: "setup", Options: map[string]any{
		"channel": w.channel, "genres": "jazz, my own words", "hour": 7, "zone": "America/Sao_Paulo", "count": 2}})
	if n := len(w.discord.Messages(w.channel)); n != 3 {
		t.Errorf("%d messages", n)
	}
	g := w.settings()
	if len(g.Queries) != 3 || g.Queries[2].Text != "my own words" {
		t.Errorf("queries %+v", g.Queries)
	}
}

// TestRoles: a guild's roles are listed as Discord shows them, without @everyone and bots'.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.discord.AddGuild(fakediscord.Guild{Name: "Roles", Roles: []fakediscord.Role{{ID: "71", Name: "listeners"}, {ID: "72", Name: "Some bot", Managed: true}, {ID: "73", Name: "音楽"}}})
	got, err := w.bot.Roles(t.Context(), id)
	if err != nil || !slices.Equal(got, []discord.Named{{ID: "73", Name: "音楽"}, {ID: "71", Name: "listeners"}}) {
		t.Errorf("the roles are %+v (%v)", got, err)
	}
}

// TestPostChannels: of a guild's channels those are listed in which the bot may do its work.
func TestPostChannels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "locked", Deny: fakediscord.PermEmbedLinks})
	w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "voice", Type: 2})
	open := w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "日本の音楽"})
	got, err := w.bot.PostChannels(t.Context(), w.guild)
	if err != nil || len(got) != 2 || got[0].ID != w.channel || got[1] != (discord.Named{ID: open, Name: "日本の音楽"}) {
		t.Errorf("the bot may post in %+v (%v)", got, err)
	}
	w.discord.Deny(w.channel, fakediscord.PermSendMessages)
	if got, err := w.bot.PostChannels(t.Context(), w.guild); err != nil || len(got) != 1 {
		t.Errorf("after one was shut, it may post in %+v (%v)", got, err)
	}
}
