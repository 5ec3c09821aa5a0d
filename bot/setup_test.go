package bot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
)

// TestFavourites tells favourites by the form of /setup, changes and removes them.
func TestFavourites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	panel := w.do(fakediscord.Interaction{MemberID: w.admin, Command: "setup"}).Answer()
	if !strings.Contains(panel.Content, "Favourites: none told yet") {
		t.Errorf("before, the panel says %q", panel.Content)
	}
	step := discord.CustomID(actionSetup, stepFavourites)
	// form presses the button, and returns what the form's inputs hold.
	form := func() (liked, disliked string) {
		t.Helper()
		if c := w.do(fakediscord.Interaction{MemberID: w.admin, MessageID: panel.ID, CustomID: step}); c.Kind() != 9 {
			t.Fatalf("the button was answered with %d", c.Kind())
		}
		requests := w.discord.Requests()
		inputs := gjson.GetBytes(requests[len(requests)-1].Body, "data.components.#.components.0").Array()
		if len(inputs) != 2 {
			t.Fatalf("%d inputs", len(inputs))
		}
		return inputs[0].Get("value").String(), inputs[1].Get("value").String()
	}
	tell := func(member, liked, disliked string) *fakediscord.Call {
		t.Helper()
		w.clock.add(coolRank + time.Second)
		return w.do(fakediscord.Interaction{MemberID: member, MessageID: panel.ID, CustomID: step, Form: map[string]string{inputLiked: liked, inputDisliked: disliked}})
	}
	kept := func() (all []string) {
		t.Helper()
		told, err := labels.Favourites(t.Context(), w.catalog, w.guild)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range told {
			if p.MemberID != "" || p.Source != catalog.FromFavourite {
				t.Errorf("kept is %+v", p)
			}
			all = append(all, labels.FavouriteText([]catalog.Preference{p}, p.Like))
		}
		return all
	}
	says := func(c *fakediscord.Call, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(c.Answer().Content, w) {
				t.Errorf("the answer is %q, want %q", c.Answer().Content, w)
			}
		}
	}

	if liked, disliked := form(); liked+disliked != "" {
		t.Errorf("at first the form holds %q and %q", liked, disliked)
	}
	c := tell(w.admin, "Burial – Archangel, Mára\nZoo @everyone **Band**", "Nightcore")
	says(c, "You like: song Archangel by Burial; artist Mára; artist Zoo ", "Nobody wants to hear: artist Nightcore")
	if c.Kind() != 7 || strings.Contains(c.Answer().Content, " @everyone") || strings.Contains(c.Answer().Content, " **Band**") {
		t.Errorf("answered with %d: %q", c.Kind(), c.Answer().Content)
	}
	want := []string{"Burial – Archangel", "Mára", "Zoo @everyone **Band**", "Nightcore"}
	if got := kept(); !slices.Equal(got, want) {
		t.Errorf("kept are %q, want %q", got, want)
	}
	if liked, disliked := form(); liked != strings.Join(want[:3], "\n") || disliked != "Nightcore" {
		t.Errorf("opened again the form holds %q and %q", liked, disliked)
	}

	// What is refused changes nothing; nor may a member, who made the custom id up.
	says(tell(w.admin, "https://youtu.be/dQw4w9WgXcQ", ""), "is a link", "Nothing was changed")
	says(tell(w.admin, strings.Repeat("x", 3000), ""), "90 characters")
	says(tell(w.admin, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u", ""), "I keep 20 at most")
	says(tell(w.admin, "Mára", "mára"), "stands in both fields")
	says(tell(w.admin, "!!!", ""), "names no artist")
	says(tell(w.ben, "", ""), "Only members who may manage this server")
	says(tell(w.ana, "", ""), "Só quem pode gerenciar")
	if got := kept(); !slices.Equal(got, want) {
		t.Errorf("after refusals %q are kept", got)
	}
	says(w.do(fakediscord.Interaction{MemberID: w.admin, MessageID: panel.ID, CustomID: step, Form: map[string]string{inputLiked: "x"}}), "You like: artist x")
	says(w.do(fakediscord.Interaction{MemberID: w.admin, MessageID: panel.ID, CustomID: step, Form: map[string]string{inputLiked: "y"}}), "<t:") // at once again

	// Emptied, they are removed.
	says(tell(w.admin, "", " "), "Favourites: none told yet")
	if got := kept(); len(got) != 0 {
		t.Errorf("emptied, %q are kept", got)
	}
	// In another language.
	boss := w.discord.AddMember(w.guild, fakediscord.Member{Name: "Rui", Permissions: fakediscord.PermManageGuild, Locale: "pt-BR"})
	panel = w.do(fakediscord.Interaction{MemberID: boss, Command: "setup"}).Answer()
	says(tell(boss, "Caetano Veloso, Gal Costa - Baby", "Nightcore"), "Vocês curtem: artista Caetano Veloso; música Baby de Gal Costa", "Ninguém quer ouvir: artista Nightcore")
	if log := w.log.String(); strings.Contains(log, "Caetano") {
		t.Error("the log names favourites")
	}
}
