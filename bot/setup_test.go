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

// TestSetupDaysAndHours chooses days and hours in the menus of /setup, which show what is in
// force, in each language. Behind them is the line that the dashboard's pickers read and write.
func TestSetupDaysAndHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := map[string]string{"en-GB": w.admin}
	for _, locale := range []string{"pt-BR", "de"} {
		people[locale] = w.discord.AddMember(w.guild, fakediscord.Member{Name: locale, Permissions: fakediscord.PermManageGuild, Locale: locale})
	}
	set := func(lines ...string) {
		t.Helper()
		if err := w.catalog.UpdateGuild(t.Context(), w.guild, func(g *catalog.Guild) error { g.Schedule = lines; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	// shown are the labels that a panel's menu shows as chosen.
	shown := func(m fakediscord.Message, step string) string {
		t.Helper()
		menu := gjson.GetBytes(m.Components, `#.components.0|#(custom_id=="`+discord.CustomID(actionSetup, step)+`")`)
		if !menu.Exists() {
			t.Fatalf("there is no menu %s in %s", step, m.Components)
		}
		var labels []string
		for _, l := range menu.Get("options.#(default==true)#.label").Array() {
			labels = append(labels, l.String())
		}
		return strings.Join(append(labels, menu.Get("default_values.0.id").String()), " ")
	}
	open := func(locale string) fakediscord.Message {
		t.Helper()
		return w.do(fakediscord.Interaction{MemberID: people[locale], Command: "setup"}).Answer()
	}
	press := func(m fakediscord.Message, step string, values ...string) fakediscord.Message {
		t.Helper()
		c := w.do(fakediscord.Interaction{MemberID: w.admin, MessageID: m.ID, CustomID: discord.CustomID(actionSetup, step), Values: values})
		if c.Kind() != 7 {
			t.Fatalf("%s %q was answered with %d: %s", step, values, c.Kind(), c.Answer().Content)
		}
		return c.Answer()
	}
	is := func(m fakediscord.Message, line, days, hour string) {
		t.Helper()
		if got := w.settings().Schedule; len(got) != 1 || got[0] != line {
			t.Errorf("the schedule is %q, want %q", got, line)
		}
		if got := strings.TrimSpace(shown(m, stepDays)); got != days {
			t.Errorf("%s: shown as chosen are the days %q, want %q", line, got, days)
		}
		if got := strings.TrimSpace(shown(m, stepHour)); got != hour {
			t.Errorf("%s: shown as chosen is the hour %q, want %q", line, got, hour)
		}
	}

	set("30 19 * * *")
	for locale, every := range map[string]string{
		"en-GB": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday", "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
		"pt-BR": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
	} {
		m := open(locale)
		is(m, "30 19 * * *", every, "19:30")
		if got := strings.TrimSpace(shown(m, stepChannel)); got != w.channel {
			t.Errorf("the channel that is shown as chosen is %q, want %q", got, w.channel)
		}
	}
	panel := open("en-GB")
	is(press(panel, stepDays, "5", "1"), "30 19 * * 1,5", "Monday Friday", "19:30")
	is(press(panel, stepHour, "8"), "0 8 * * 1,5", "Monday Friday", "08:00") // the days stay
	is(press(panel, stepDays, "0", "6", "5", "4", "3", "2", "1"), "0 8 * * *", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday", "08:00")
	w.do(fakediscord.Interaction{MemberID: w.admin, Command: "cratedigger", Sub: "schedule", Options: map[string]any{"post": "15 21 * * 2,4"}})
	is(open("en-GB"), "15 21 * * 2,4", "Tuesday Thursday", "21:15")
	w.do(fakediscord.Interaction{MemberID: w.admin, Command: "setup", Options: map[string]any{"hour": 6}})
	is(open("en-GB"), "0 6 * * 2,4", "Tuesday Thursday", "06:00")

	// What days and one time cannot say is shown as no choice, and is replaced by one.
	for _, lines := range [][]string{{"0 9 * * 1", "0 18 * * 5"}, {"0 18 1 * *"}, {"0 */6 * * *"}} {
		set(lines...)
		m := open("en-GB")
		if got := strings.TrimSpace(shown(m, stepDays) + shown(m, stepHour)); got != "" {
			t.Errorf("%q is shown as %q", lines, got)
		}
		is(press(m, stepDays, "3"), "0 18 * * 3", "Wednesday", "18:00")
	}

	// Genres that are searched for are shown, more of them too than one may choose.
	is(press(panel, stepGenres, "jazz", "MPB"), "0 18 * * 3", "Wednesday", "18:00")
	if got := strings.TrimSpace(shown(open("en-GB"), stepGenres)); got != "jazz MPB" {
		t.Errorf("the genres shown as chosen are %q", got)
	}
	m := w.do(fakediscord.Interaction{MemberID: w.admin, Command: "setup", Options: map[string]any{"genres": "jazz, samba, pop, rock, folk, punk, my own words"}}).Answer()
	if got := strings.TrimSpace(shown(m, stepGenres)); got != "folk jazz pop punk rock samba" {
		t.Errorf("the genres shown as chosen are %q", got)
	}

	// Other genres picked from the menu take the place of these, not of what was typed.
	press(panel, stepGenres, "metal")
	var searches []string
	for _, q := range w.settings().Queries {
		searches = append(searches, q.Text)
	}
	if got := strings.Join(searches, ", "); got != "metal new music, metal live session, my own words" {
		t.Errorf("after picking a genre the searches are %s", got)
	}

	// Songs and zone are in a form, which refuses what is out of limits and keeps all.
	before := w.settings()
	for count, want := range map[string]string{"11": "must be a whole number from 1 to 10, not “11”", "many": "not “many”", "0": "from 1 to 10"} {
		c := w.do(fakediscord.Interaction{MemberID: w.admin, MessageID: panel.ID, CustomID: discord.CustomID(actionSetup, stepZone), Form: map[string]string{inputCount: count, stepZone: "Asia/Tokyo"}})
		if got := c.Answer().Content; !strings.Contains(got, want) {
			t.Errorf("%s songs are answered with %q, want %q", count, got, want)
		}
	}
	if now := w.settings(); now.Picks != before.Picks || now.Zone != before.Zone {
		t.Errorf("a refused form made %d songs, %s", now.Picks, now.Zone)
	}
	w.do(fakediscord.Interaction{MemberID: w.admin, MessageID: panel.ID, CustomID: discord.CustomID(actionSetup, stepZone), Form: map[string]string{inputCount: "4", stepZone: "Tokyo"}})
	if now := w.settings(); now.Picks != 4 || now.Zone != "Asia/Tokyo" {
		t.Errorf("the form made %d songs, %s", now.Picks, now.Zone)
	}
}

// TestSetupSaysUnfoundFavourites: after the first songs the set-up says that none of the
// favourites was found, where some were told and none was.
func TestSetupSaysUnfoundFavourites(t *testing.T) {
	t.Parallel()
	for counts, want := range map[[2]int]bool{{0, 3}: true, {1, 3}: false, {0, 0}: false} {
		w := newWorld(t, notStarted())
		w.stages.favourites, w.stages.start = counts, w.startStage
		w.run()
		w.do(fakediscord.Interaction{MemberID: w.admin, Command: "setup", Options: map[string]any{"genres": "jazz"}})
		c := w.do(fakediscord.Interaction{MemberID: w.admin, Command: "setup", Options: map[string]any{"channel": w.channel}})
		w.settle()
		if got := c.Answer().Content; strings.Contains(got, "I found no song by your favourites yet") != want || !strings.Contains(got, "first songs are in") {
			t.Errorf("with %d of %d found the answer is %q", counts[0], counts[1], got)
		}
	}
}
