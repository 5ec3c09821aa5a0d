package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
)

// press presses a component of the set-up and returns what the administrator reads.
func (w *town) press(step string, values ...string) string {
	w.t.Helper()
	panel, err := w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "setup"})
	if err != nil {
		w.t.Fatal(err)
	}
	call, err := w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin,
		MessageID: panel.Answer().ID, CustomID: discord.CustomID("setup", step), Values: values})
	if err != nil {
		w.t.Fatal(err)
	}
	w.rest()
	return call.Answer().Content
}

// status is what /status says.
func (w *town) status() string {
	w.t.Helper()
	call, err := w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "status"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.rest()
	return call.Answer().Content
}

// refuse has Discord answer messages into a channel with an error.
func (w *town) refuse(channelID string, fault fakediscord.Fault) {
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, channelID+"/messages") {
			return &fault
		}
		return nil
	})
}

// TestFirstSongsAreToldAsTheyAre presses the button of the set-up while Discord
// takes nothing, once the channel is another, and again: each time it says what is
// in the channel, within one minute of the clock.
func TestFirstSongsAreToldAsTheyAre(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 7}, nil)
	w.start()
	told := func(got string, want ...string) {
		t.Helper()
		for _, s := range want {
			if !strings.Contains(got, s) {
				t.Errorf("told: %q, without %q", got, s)
			}
		}
	}
	w.refuse(w.channel, fakediscord.Fault{Status: 403, Code: 50013})
	told(w.press("start"), "5 of 5 songs did not get into <#"+w.channel+">", "a permission is missing")
	runs, err := w.service.Catalog.Runs(t.Context(), w.guild, 1)
	if err != nil || runs[0].Kind != catalog.RunPost || runs[0].Outcome != catalog.OutcomeDegraded || runs[0].Counts[catalog.CountRefused] != 5 || len(runs[0].Alarms) != 1 {
		t.Errorf("the run is %+v (%v)", runs, err)
	}
	told(w.status(), "Posting is paused", "6 messages of mine did not get out", "post: done in part")
	told(w.press("start"), "Posting is paused")

	w.until(w.clock.Now().Add(20 * time.Second))
	other := w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "songs"})
	w.press("channel", other)
	told(w.press("start"), "The first songs are in <#"+other+">")
	if n := len(w.discord.Messages(other)); n != 6 {
		t.Errorf("%d messages in the corrected channel", n)
	}
	told(w.press("start"), "Today's songs are in <#"+other+"> already")
	w.until(w.clock.Now().Add(10 * time.Minute))
	told(w.press("start"), "Today's songs are in <#"+other+"> already")
	if n := len(w.discord.Messages(other)); n != 6 {
		t.Errorf("%d messages after the button was pressed again", n)
	}
	if got := w.status(); strings.Contains(got, "did not get out") {
		t.Errorf("after posts that came, the status still says %q", got)
	}

	third := w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "third"})
	w.press("channel", third)
	w.refuse(third, fakediscord.Fault{Status: 503})
	told(w.press("start"), "Discord does not take them just now")
	w.discord.Break(nil)
	told(w.press("start"), "Today's songs are in <#"+third+"> already")
	if n := len(w.discord.Messages(third)); n != 6 {
		t.Errorf("%d messages after Discord came back", n)
	}
}

// TestSetupStartsAfterARefusal: a guild whose only posts were refused has had none.
func TestSetupStartsAfterARefusal(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 7}, nil)
	w.start()
	w.refuse(w.channel, fakediscord.Fault{Status: 403, Code: 50013})
	w.press("start")
	other := w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "songs"})
	call, err := w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "setup", Options: map[string]any{"channel": other}})
	if err != nil {
		t.Fatal(err)
	}
	w.rest()
	if got := call.Answer().Content; len(w.discord.Messages(other)) != 6 || !strings.Contains(got, "<#"+other+">") {
		t.Errorf("%d messages, told: %q", len(w.discord.Messages(other)), got)
	}
}

// TestResumingIsToldAsItIs: a guild whose channel is still lost does not post again.
func TestResumingIsToldAsItIs(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 7}, nil)
	w.start()
	resume := func() string {
		call, err := w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "cratedigger", Sub: "pause", Options: map[string]any{"on": false}})
		if err != nil {
			t.Fatal(err)
		}
		w.rest()
		return call.Answer().Content
	}
	err := w.service.Catalog.UpdateGuild(t.Context(), w.guild, func(g *catalog.Guild) error { g.Paused = true; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Catalog.Enqueue(t.Context(), catalog.Outbox{ID: w.guild + "/recap/x", GuildID: w.guild, ChannelID: w.channel, Kind: catalog.OutboxNotice, Text: "x"}); err != nil {
		t.Fatal(err)
	}
	w.refuse(w.channel, fakediscord.Fault{Status: 403, Code: 50013})
	if got := resume(); !strings.Contains(got, "Posting is paused: I can no longer post") {
		t.Errorf("told: %q", got)
	}
	w.discord.Break(nil)
	if got := resume(); !strings.Contains(got, "I am posting again") {
		t.Errorf("once the channel is there: %q", got)
	}
}
