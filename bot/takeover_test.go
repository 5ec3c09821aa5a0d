package bot

import (
	"strings"
	"testing"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// TestFirstGuildTakesOverLabels: whoever labelled without Discord is offered to bring
// the labels along, once, and to the first guild alone.
func TestFirstGuildTakesOverLabels(t *testing.T) {
	w := newWorld(t)
	setup := fakediscord.Interaction{MemberID: w.admin, Command: "setup"}
	if first := w.do(setup); strings.Contains(first.Answer().Content, "without Discord") {
		t.Fatalf("labels are offered where there are none: %s", first.Answer().Content)
	}
	if err := w.catalog.SaveGuild(t.Context(), catalog.Guild{ID: catalog.LocalGuild}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"aaaaaaaaaaa", "bbbbbbbbbbb"} {
		change := catalog.VoteChange{GuildID: catalog.LocalGuild, VideoID: id, MemberID: catalog.ImportVoter, Up: id[0] == 'a', Set: true, Source: catalog.SourceImport}
		if _, err := w.catalog.Vote(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	offered := w.do(setup)
	if !strings.Contains(offered.Answer().Content, "2 videos were labelled") {
		t.Fatalf("/setup offers no labels: %s", offered.Answer().Content)
	}
	button := fakediscord.Interaction{MemberID: w.admin, MessageID: offered.Answer().ID, CustomID: discord.CustomID(actionSetup, stepLabels)}
	if taken := w.do(button); !strings.Contains(taken.Answer().Content, "2 labels are this server's now") {
		t.Errorf("the button answers %q", taken.Answer().Content)
	}
	votes, err := w.catalog.Votes(t.Context(), w.guild)
	if err != nil || len(votes) != 2 || votes[0].Value != 1 || votes[1].Value != -1 || votes[0].MemberID != catalog.ImportVoter {
		t.Errorf("the guild has the votes %+v, %v", votes, err)
	}
	if local, _, err := w.catalog.Guild(t.Context(), catalog.LocalGuild); err != nil || local.LeftAt.IsZero() {
		t.Errorf("the guild of one person goes on beside: %+v, %v", local, err)
	}
	if again := w.do(setup); strings.Contains(again.Answer().Content, "without Discord") {
		t.Errorf("the labels are offered again: %s", again.Answer().Content)
	}
}

// TestSecondGuildIsOfferedNoLabels: they are the owner's, and a guild that comes later
// may be anybody's.
func TestSecondGuildIsOfferedNoLabels(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{catalog.LocalGuild, "7001"} {
		if err := w.catalog.SaveGuild(t.Context(), catalog.Guild{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	change := catalog.VoteChange{GuildID: catalog.LocalGuild, VideoID: "aaaaaaaaaaa", MemberID: catalog.ImportVoter, Up: true, Set: true, Source: catalog.SourceImport}
	if _, err := w.catalog.Vote(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	panel := w.do(fakediscord.Interaction{MemberID: w.admin, Command: "setup"}).Answer()
	if strings.Contains(panel.Content, "without Discord") {
		t.Errorf("labels are offered to one of two guilds: %s", panel.Content)
	}
}
