package dashboard_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cratedigger/bot/dashboard"
	"cratedigger/internal/browser"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/youtube"

	"github.com/chromedp/chromedp"
)

// TestBrowserLanguages sets the languages of videos, mistypes them, and clears
// them again.
func TestBrowserLanguages(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := newWorld(t, 0, nil)
	browser.Look(t, ctx, 1280, 860, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
	field := chromedp.CSS(`.settings input[name=languages]`)
	shown := func() string { return browser.Eval[string](t, ctx, `document.querySelector("[name=languages]").value`) }
	before, _, err := w.catalog.Guild(ctx, guildID)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		typed, shown string
		kept         []string
		refused      string
	}{
		{typed: "pt-BR, en;ja", shown: "pt, en, ja", kept: []string{"pt", "en", "ja"}},
		{typed: "en, klingonese", shown: "en, klingonese", kept: []string{"pt", "en", "ja"},
			refused: `Languages of videos: must be the code of a language such as en or pt, not “klingonese”.`},
		{typed: "", shown: "", kept: nil},
	} {
		browser.Do(t, ctx, chromedp.Clear(field), chromedp.SendKeys(field, step.typed), chromedp.Click(chromedp.CSS(`.settings button.primary`)))
		if step.refused == "" {
			browser.Until(t, ctx, `document.querySelector("[role=status]")?.textContent === "The settings are saved."`)
		} else {
			browser.Until(t, ctx, fmt.Sprintf(`document.querySelector(".problems ul")?.textContent === %q && document.querySelector("p[role=alert]").textContent === "Nothing was saved."`, step.refused))
		}
		if got := shown(); got != step.shown {
			t.Errorf("after %q the field shows %q, want %q", step.typed, got, step.shown)
		}
		kept, _, err := w.catalog.Guild(ctx, guildID)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(kept.Languages, step.kept) {
			t.Errorf("after %q the catalogue keeps %q, want %q", step.typed, kept.Languages, step.kept)
		}
		if kept.Picks != before.Picks || !slices.Equal(kept.Queries, before.Queries) || kept.Wildcard != before.Wildcard {
			t.Errorf("after %q other settings are others: %+v", step.typed, kept)
		}
		// Anew, so that the next sentence is the next form's.
		browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
	}
}

// TestBrowserFavourites tells favourites, is refused, and removes them; what the bot was
// told in Discord meanwhile stays.
func TestBrowserFavourites(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := newWorld(t, 0, nil)
	browser.Look(t, ctx, 1280, 860, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
	shown := func(name string) string {
		return browser.Eval[string](t, ctx, `document.querySelector("#favourites [name=`+name+`]").value`)
	}
	save := func(like, dislike, notice string) {
		t.Helper()
		for name, value := range map[string]string{"liked": like, "disliked": dislike} {
			browser.Eval[string](t, ctx, fmt.Sprintf(`document.querySelector("#favourites [name=%s]").value = %q`, name, value))
		}
		browser.Do(t, ctx, chromedp.Click(chromedp.CSS(`#favourites button.primary`)))
		browser.Until(t, ctx, fmt.Sprintf(`[...document.querySelectorAll("[role=status], [role=alert]")].some(e => e.textContent === %q)`, notice))
	}
	holds := func(want ...string) {
		t.Helper()
		told, err := labels.Favourites(ctx, w.catalog, guildID)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{labels.FavouriteText(told, true), labels.FavouriteText(told, false)}
		if !slices.Equal(got, want) {
			t.Errorf("kept are %q, want %q", got, want)
		}
	}
	save("Mára, <b>Burial</b> - Archangel", "Nightcore", "The favourites are saved.")
	holds("<b>Burial</b> – Archangel\nMára", "Nightcore")
	if got := shown("liked"); got != "<b>Burial</b> – Archangel\nMára" {
		t.Errorf("the page shows %q", got)
	}
	browser.Until(t, ctx, `document.querySelector("#favourites").textContent.includes("You like: song Archangel by <b>Burial</b>; artist Mára")`)

	browser.Do(t, ctx, chromedp.ScrollIntoView(chromedp.CSS("#favourites")))
	browser.Picture(t, ctx, "favourites")
	save("Mára\nyoutu.be/dQw4w9WgXcQ", "Zola", "“youtu.be/dQw4w9WgXcQ” is a link: please write Artist, or Artist – Title. Nothing was changed.")
	holds("<b>Burial</b> – Archangel\nMára", "Nightcore")
	if got := shown("liked") + "|" + shown("disliked"); got != "Mára\nyoutu.be/dQw4w9WgXcQ|Zola" {
		t.Errorf("after a refusal the page shows %q", got)
	}

	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
	if _, err := labels.TellFavourites(t.Context(), w.catalog, guildID, "Mára, Otto Venn, <b>Burial</b> - Archangel", "Nightcore", now); err != nil {
		t.Fatal(err)
	}
	save("Mára", "", "The favourites are saved.")
	holds("Mára\nOtto Venn", "")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
	save("", "", "The favourites are saved.")
	holds("", "")
}

// opened opens the page of the settings.
func (w *world) opened(t *testing.T, ctx context.Context) {
	t.Helper()
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/settings"))
}

// set gives an input of the page a value, as a person who types it or chooses it.
func set(t *testing.T, ctx context.Context, name, value string) {
	t.Helper()
	if !browser.Eval[bool](t, ctx, fmt.Sprintf(`((e) => { if (e) e.value = %q; return Boolean(e); })(document.querySelector(".settings [name='%s']:not([type=hidden])"))`, value, name)) {
		t.Fatal("there is no input", name)
	}
}

// days checks exactly these days of a row of times: Sunday is 0.
func days(t *testing.T, ctx context.Context, name, days string) {
	t.Helper()
	browser.Eval[bool](t, ctx, fmt.Sprintf(`document.querySelectorAll("[name='%s.day']").forEach(e => e.checked = %q.includes(e.value)), true`, name, days))
}

// press clicks a button of the page's form, and waits for what the page says then.
func press(t *testing.T, ctx context.Context, button, until string) {
	t.Helper()
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(button)))
	browser.Until(t, ctx, until)
}

const (
	save      = `form.settings > button.primary`
	areSaved  = `document.querySelector("[role=status]")?.textContent.startsWith("The settings are saved.")`
	areNot    = `document.querySelector("p[role=alert]")?.textContent === "Nothing was saved."`
	unchanged = `Nothing is saved yet.`
)

func (w *world) guild(t testing.TB) catalog.Guild {
	t.Helper()
	kept, _, err := w.catalog.Guild(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// TestBrowserPickers chooses searches, days, hours, the zone and the channel, and types no
// cron line. A line that no picker can show stays as it is.
func TestBrowserPickers(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := newWorld(t, 0, func(o *dashboard.Options) {
		o.Places = func(context.Context, string) ([]dashboard.Place, error) {
			return []dashboard.Place{{ID: "1", Name: "new-music"}, {ID: "2", Name: "日本の音楽"}}, nil
		}
	})
	odd := "15 */6 1 * *"
	if err := w.catalog.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error {
		g.Schedule, g.Retrain, g.PauseReason, g.Paused = []string{"0 9 * * 1-5", odd}, odd, "the channel was deleted", true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	browser.Look(t, ctx, 1440, 2600, "light")
	w.opened(t, ctx)
	browser.Until(t, ctx, fmt.Sprintf(`[...document.querySelectorAll("[name$='.cron']")].filter(e => e.value).map(e => e.value).join("; ") === %q`, odd+"; "+odd))
	if shown := browser.Eval[string](t, ctx, `[...document.querySelectorAll("[name='schedule.0.day']:checked")].map(e => e.value).join("") + " " + document.querySelector("[name='schedule.0.time']").value`); shown != "12345 09:00" {
		t.Errorf("0 9 * * 1-5 is shown as %q", shown)
	}
	for _, look := range []struct {
		width int64
		theme string
	}{{1440, "light"}, {1440, "dark"}, {390, "light"}, {390, "dark"}} {
		browser.Look(t, ctx, look.width, 2600, look.theme)
		name := fmt.Sprintf("settings-%d-%s", look.width, look.theme)
		browser.NoOverflow(t, ctx, name)
		if look.width == 390 {
			browser.Accessible(t, ctx, name)
		}
		browser.Picture(t, ctx, name)
	}
	browser.Look(t, ctx, 1280, 860, "light")

	// Nothing is chosen: nothing changes, the ways in which lines are written included.
	before := w.guild(t)
	press(t, ctx, save, areSaved)
	if now := w.guild(t); !slices.Equal(now.Schedule, before.Schedule) || now.Retrain != odd || !slices.Equal(now.Queries, before.Queries) || !now.Paused || now.PauseReason != before.PauseReason {
		t.Errorf("a form that nobody changed made %+v of %+v", now, before)
	}

	w.opened(t, ctx)
	press(t, ctx, "#add-queries", `document.activeElement.name === "queries.2.text"`)
	set(t, ctx, "queries.2.text", "https://www.youtube.com/channel/UC"+strings.Repeat("x", 22))
	set(t, ctx, "queries.2.pages", "3")
	set(t, ctx, "queries.1.upload", "week")
	set(t, ctx, "queries.1.length", "medium")
	press(t, ctx, `[value="remove queries 0"]`, `document.querySelectorAll(".rows li").length === 2 && document.body.textContent.includes("`+unchanged+`")`)
	press(t, ctx, `[value="up queries 1"]`, `document.querySelector("[name='queries.0.pages']").value === "3"`)
	press(t, ctx, "#add-schedule", `document.activeElement.name === "schedule.2.time"`)
	set(t, ctx, "schedule.2.time", "21:30")
	days(t, ctx, "schedule.2", "560")
	press(t, ctx, `[value="remove schedule 0"]`, `document.querySelectorAll("[value^='remove schedule']").length === 2`)
	days(t, ctx, "recap", "0")
	set(t, ctx, "recap.time", "19:00")
	set(t, ctx, "retrain.cron", "")
	days(t, ctx, "retrain", "1234560")
	set(t, ctx, "retrain.time", "05:15")
	set(t, ctx, "exploration", "45")
	set(t, ctx, "channel", "2")
	browser.Eval[bool](t, ctx, `document.querySelectorAll("[name=kinds]").forEach(e => e.checked = ["mix", "talk"].includes(e.value)), true`)
	if zone := browser.Eval[bool](t, ctx, `(() => { const e = document.querySelector("[name=zone]"); return [...e.list.options].some(o => o.value === "America/Sao_Paulo"); })()`); !zone {
		t.Error("the zone offers no completion")
	}
	set(t, ctx, "zone", "America/Sao_Paulo")
	press(t, ctx, save, areSaved)
	got := w.guild(t)
	want := []youtube.Query{{Channel: "UC" + strings.Repeat("x", 22), Pages: 3}, {Text: "indie folk", Upload: "week", Length: "medium"}}
	if !slices.Equal(got.Queries, want) || !slices.Equal(got.Schedule, []string{odd, "30 21 * * 0,5,6"}) || got.Recap != "0 19 * * 0" || got.Retrain != "15 5 * * *" ||
		got.Exploration != 0.45 || got.Zone != "America/Sao_Paulo" || !slices.Equal(got.Kinds, []string{"mix", "talk"}) {
		t.Errorf("saved as %+v", got)
	}
	if got.ChannelID != "2" || got.Paused {
		t.Errorf("the posts go to %s, paused %v: another channel ends the pause for the lost one", got.ChannelID, got.Paused)
	}

	// No day is no recap.
	w.opened(t, ctx)
	days(t, ctx, "recap", "")
	press(t, ctx, save, areSaved)
	if got := w.guild(t); got.Recap != "" {
		t.Errorf("without a day the recap is %q", got.Recap)
	}
}

// TestBrowserEveryErrorAtItsField sends several wrong values: each has its sentence beside
// it and in the list on top, and nothing that was typed is lost.
func TestBrowserEveryErrorAtItsField(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := newWorld(t, 0, nil)
	before := w.guild(t)
	browser.Look(t, ctx, 1280, 2600, "light")
	w.opened(t, ctx)
	typed := map[string]string{"queries.1.text": strings.Repeat("長", 140), "zone": "Mars/Olympus", "picks": "eleven", "exploration": "101", "min_seconds": "-1", "role": "<@&1>", "languages": "en, klingonese",
		"scrape.cron": "every noon", "same_song_days": "30"}
	for name, value := range typed {
		set(t, ctx, name, value)
	}
	set(t, ctx, "schedule.0.time", "")
	press(t, ctx, save, areNot)
	for at, sentence := range map[string]string{
		"queries-1": "Searches: must be", "schedule-0": "Posts: choose a time of day for these days.", "scrape": "Search: must be a cron line", "zone": "Time zone: must be", "picks": "Picks: must be a whole number from 1 to 10, not “eleven”.",
		"exploration": "Exploration: must be a number from 0 to 100, not “101”.", "min_seconds": "Shortest: must be", "role": "Role: must be", "languages": "Languages of videos: must be",
	} {
		said := browser.Eval[string](t, ctx, fmt.Sprintf(`(() => {
			const e = document.getElementById("f-%[1]s"), note = document.getElementById("e-%[1]s"), link = document.querySelector(".problems a[href='#f-%[1]s']");
			if (!e || !note || !link) return "no element, sentence or link";
			if (e.getAttribute("aria-invalid") !== "true" || !e.getAttribute("aria-describedby").split(" ").includes(note.id)) return "the field does not name its sentence";
			return link.textContent === note.textContent ? note.textContent : link.textContent + " is not " + note.textContent;
		})()`, at))
		if !strings.HasPrefix(said, sentence) {
			t.Errorf("at %s stands %q, want %q", at, said, sentence)
		}
	}
	if n := browser.Eval[int](t, ctx, `document.querySelectorAll(".problems li").length`); n != 9 {
		t.Errorf("the list has %d problems, want 9", n)
	}
	for name, value := range typed {
		if now := browser.Eval[string](t, ctx, fmt.Sprintf(`document.querySelector(".settings [name='%s']").value`, name)); now != value {
			t.Errorf("%s was %q and is %q now", name, value, now)
		}
	}
	if n := browser.Eval[int](t, ctx, `document.querySelectorAll("[name='schedule.0.day']:checked").length`); n != 7 {
		t.Errorf("%d of the chosen days are left", n)
	}
	for _, look := range []struct {
		width int64
		theme string
	}{{1440, "light"}, {390, "dark"}} {
		browser.Look(t, ctx, look.width, 2600, look.theme)
		name := fmt.Sprintf("settings-errors-%d-%s", look.width, look.theme)
		browser.NoOverflow(t, ctx, name)
		browser.Accessible(t, ctx, name)
		browser.Picture(t, ctx, name)
	}
	if now := w.guild(t); now.SameSongDays != before.SameSongDays || now.Picks != before.Picks {
		t.Errorf("a refused form changed %+v", now)
	}
}

// TestBrowserSettingsChangedMeanwhile: somebody changes settings in Discord while the page is
// open. What both changed is shown with both values and not overwritten; what only the other
// changed stays, and the page says which.
func TestBrowserSettingsChangedMeanwhile(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := newWorld(t, 0, nil)
	discord := func(change func(*catalog.Guild)) {
		t.Helper()
		if err := w.catalog.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error { change(g); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	browser.Look(t, ctx, 1280, 1400, "light")
	w.opened(t, ctx)
	discord(func(g *catalog.Guild) {
		g.Schedule, g.Picks, g.Exploration = []string{"0 9 * * *"}, 3, 0.8
		g.Queries = append(g.Queries, youtube.Query{Text: "new synth"})
	})
	set(t, ctx, "schedule.0.time", "20:00")
	set(t, ctx, "exploration", "10")
	set(t, ctx, "queries.1.text", "dream pop")
	press(t, ctx, save, areNot)
	if got := w.guild(t); got.Schedule[0] != "0 9 * * *" || got.Exploration != 0.8 || len(got.Queries) != 3 {
		t.Errorf("what Discord changed is overwritten: %+v", got)
	}
	said := browser.Eval[string](t, ctx, `document.querySelector(".problems ul").innerText + " | " + document.getElementById("m-picks").textContent + " | " + document.getElementById("m-queries").textContent`)
	for _, part := range []string{"Posts: others changed it from “every day at 18:00” to “every day at 09:00” while the page was open, and you chose “every day at 20:00”.",
		"Exploration: others changed it from “30” to “80”", "you chose “10”", "Others changed this from “5” to “3”", "their changes stay"} {
		if !strings.Contains(said, part) {
			t.Errorf("the page lacks %q: %s", part, said)
		}
	}
	browser.Picture(t, ctx, "settings-conflict")
	press(t, ctx, save, areSaved) // again: now it is meant
	got := w.guild(t)
	if got.Schedule[0] != "0 20 * * *" || got.Exploration != 0.1 || got.Picks != 3 || len(got.Queries) != 3 || got.Queries[1].Text != "new synth" || got.Queries[2].Text != "dream pop" {
		t.Errorf("saved again as %+v", got)
	}

	w.opened(t, ctx)
	discord(func(g *catalog.Guild) { g.Zone, g.MusicOnly = "Europe/Berlin", true })
	set(t, ctx, "picks", "7")
	press(t, ctx, save, areSaved)
	if said, want := browser.Eval[string](t, ctx, `document.querySelector("[role=status]").textContent`), "others changed Time zone, Only music; that stays."; !strings.Contains(said, want) {
		t.Errorf("the page says %q, want %q in it", said, want)
	}
	if got := w.guild(t); got.Picks != 7 || got.Zone != "Europe/Berlin" || !got.MusicOnly {
		t.Errorf("saved as %+v", got)
	}
}

// TestSettingsWorkWithoutScript sends the rows and pickers as a browser without script does.
func TestSettingsWorkWithoutScript(t *testing.T) {
	w := newWorld(t, 0, nil)
	form := map[string]string{"was_queries": "live session | upload:month\nindie folk", "queries.0.text": "live session", "queries.0.upload": "month", "queries.1.text": "indie folk",
		"was_schedule": "0 18 * * *", "schedule.0.day": "3", "schedule.0.time": "18:00", "was_recap": "", "recap.time": "", "was_zone": "Europe/Lisbon", "zone": "Europe/Lisbon"}
	form["edit"] = "add queries"
	res, body := w.post(t, g+"/settings", form)
	if res.StatusCode != 200 || !strings.Contains(body, `name="queries.2.text"`) || !strings.Contains(body, `name="was_schedule" value="0 18 * * *"`) || strings.Contains(body, `name="schedule.0.day" value="1" checked`) {
		t.Errorf("a row is added: status %d, %s", res.StatusCode, body)
	}
	form["edit"] = "remove queries 0"
	if _, body := w.post(t, g+"/settings", form); strings.Contains(body, `value="live session"`) || len(w.guild(t).Queries) != 2 {
		t.Error("a removed row is still there, or removed before it is saved")
	}
	delete(form, "edit")
	form["queries.0.text"], form["queries.1.pages"] = "  ", "two"
	if res, body := w.post(t, g+"/settings", form); res.StatusCode != 422 || !strings.Contains(body, `id="e-queries-0"`) {
		t.Errorf("pages: two: status %d", res.StatusCode)
	}
	form["queries.1.pages"] = ""
	if res, body := w.post(t, g+"/settings", form); res.StatusCode != 303 {
		t.Fatalf("status %d: %s", res.StatusCode, body)
	}
	if got := w.guild(t); len(got.Queries) != 1 || got.Queries[0].Text != "indie folk" || got.Schedule[0] != "0 18 * * 3" || got.Recap != "" {
		t.Errorf("saved as %+v", got)
	}
	for _, edit := range []string{"remove queries 7", "up queries 0", "up queries -1", "remove schedule 99999999999999999999", "sing", "add <b>"} {
		form["edit"] = edit
		if res, body := w.post(t, g+"/settings", form); res.StatusCode != 200 || strings.Contains(body, "<b>") && strings.Contains(body, "add <b>") {
			t.Errorf("%q: status %d", edit, res.StatusCode)
		}
	}
}

// TestButtonsBesideBlankRows: the buttons of a row act on that row, though rows before it
// are blank and left out.
func TestButtonsBesideBlankRows(t *testing.T) {
	w := newWorld(t, 0, nil)
	for _, tt := range []struct{ edit, queries, times string }{
		{"remove queries 1", "cc dd", "09:00 12:00"},
		{"remove queries 0", "bb cc dd", "09:00 12:00"},
		{"remove queries 3", "bb cc", "09:00 12:00"},
		{"up queries 2", "cc bb dd", "09:00 12:00"},
		{"remove schedule 1", "bb cc dd", "12:00"},
		{"remove schedule 0", "bb cc dd", "09:00 12:00"},
		{"remove schedule 2", "bb cc dd", "09:00"},
	} {
		form := map[string]string{"edit": tt.edit, "queries.0.text": " ", "queries.1.text": "bb", "queries.2.text": "cc", "queries.3.text": "dd",
			"schedule.0.time": "", "schedule.1.day": "1", "schedule.1.time": "09:00", "schedule.2.day": "1", "schedule.2.time": "12:00"}
		_, body := w.post(t, g+"/settings", form)
		var queries, times []string
		for _, row := range regexp.MustCompile(`name="(queries|schedule)\.\d+\.(?:text|time)"[^>]* value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if row[1] == "queries" {
				queries = append(queries, row[2])
			} else {
				times = append(times, row[2])
			}
		}
		if got := strings.Join(queries, " "); got != tt.queries {
			t.Errorf("%s: searches %q, want %q", tt.edit, got, tt.queries)
		}
		if got := strings.Join(times, " "); got != tt.times {
			t.Errorf("%s: times %q, want %q", tt.edit, got, tt.times)
		}
	}
}

// TestChannelIsOneOfDiscords: the page offers the channels in which the bot may post, and
// takes no other, also where Discord does not answer.
func TestChannelIsOneOfDiscords(t *testing.T) {
	down := false
	asked := 0
	w := newWorld(t, 0, func(o *dashboard.Options) {
		o.Places = func(context.Context, string) ([]dashboard.Place, error) {
			if asked++; down {
				return nil, errors.New("Discord is down")
			}
			return []dashboard.Place{{ID: "2", Name: "<i>songs</i>"}}, nil
		}
	})
	_, body := w.get(t, g+"/settings")
	if !strings.Contains(body, `<option value="1" selected>1, where the bot may not post</option><option value="2"># &lt;i&gt;songs&lt;/i&gt;</option>`) {
		t.Error("the menu is another:", between(body, `<select name="channel"`, "</select>"))
	}
	for id, status := range map[string]int{"3": 422, "": 422, "1": 303, "2": 303} {
		if res, _ := w.post(t, g+"/settings", map[string]string{"was_channel": "1", "channel": id}); res.StatusCode != status {
			t.Errorf("channel %q: status %d, want %d", id, res.StatusCode, status)
		}
		if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.ChannelID = "1"; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("Discord was asked %d times within a minute", asked)
	}
	down = true
	w.server.Forget()
	if _, body := w.get(t, g+"/settings"); !strings.Contains(body, "Discord does not say just now") || strings.Contains(body, `<select name="channel"`) {
		t.Error("without Discord the page offers channels")
	}
	if res, _ := w.post(t, g+"/settings", map[string]string{"was_channel": "1", "channel": "2"}); res.StatusCode != 422 || w.guild(t).ChannelID != "1" {
		t.Errorf("without Discord: status %d, channel %s", res.StatusCode, w.guild(t).ChannelID)
	}
	if res, _ := w.post(t, g+"/settings", map[string]string{"was_channel": "1", "channel": "1", "picks": "4"}); res.StatusCode != 303 {
		t.Errorf("without Discord other settings are refused: status %d", res.StatusCode)
	}
}

// TestBrowserManySearches: where one page cannot hold the settings, each part has a page, and
// the searches several. What is typed on one is saved before the next is shown, and changes
// no search of another.
func TestBrowserManySearches(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t, "status of 422")
	w := newWorld(t, 0, nil)
	var want []string
	if err := w.catalog.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error {
		g.Queries = nil
		for i := range 60 {
			want = append(want, fmt.Sprintf("search %02d", i))
			g.Queries = append(g.Queries, youtube.Query{Text: want[i], Upload: "week"})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	holds := func() {
		t.Helper()
		var got []string
		for _, q := range w.guild(t).Queries {
			got = append(got, q.Text)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("kept are %q, want %q", got, want)
		}
	}
	then := func(first int) string { return fmt.Sprintf(`.add [value="%d"]`, first) }
	shows := func(first string) string {
		return areSaved + fmt.Sprintf(` && document.querySelector(".rows input").value === %q`, first)
	}
	browser.Look(t, ctx, 1280, 860, "light")
	w.opened(t, ctx)
	starts := browser.Eval[[]int](t, ctx, `[...document.querySelectorAll("[name=then]")].map(e => Number(e.value))`)
	if len(starts) < 2 || browser.Eval[int](t, ctx, `document.querySelectorAll(".tabs a").length`) != 5 {
		t.Fatalf("further searches begin at %d", starts)
	}
	second := starts[0]
	set(t, ctx, "queries.3.text", "dream pop")
	set(t, ctx, "min_seconds", "61")
	press(t, ctx, then(second), shows(want[second]))
	want[3] = "dream pop"
	holds()
	if got := w.guild(t); got.MinSeconds != 61 || got.Picks != 5 || len(got.Schedule) != 1 {
		t.Errorf("saved as %+v", got)
	}

	// A wrong value stays on its page; the other rows are as they were typed.
	set(t, ctx, "queries.1.text", strings.Repeat("長", 129))
	set(t, ctx, "queries.2.text", "slow jam")
	press(t, ctx, then(0), areNot)
	if at := browser.Eval[string](t, ctx, `document.querySelector(".problems a").hash + " " + document.querySelector("[name='queries.2.text']").value`); at != "#f-queries-1 slow jam" {
		t.Errorf("what is wrong, and what was typed: %s", at)
	}
	// Meanwhile somebody adds a search and removes one of this page.
	if err := w.catalog.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error {
		g.Queries = append(slices.Delete(g.Queries, second+5, second+6), youtube.Query{Text: "zydeco"})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	set(t, ctx, "queries.1.text", "long words")
	press(t, ctx, save, areSaved)
	for _, old := range []string{want[second+1], want[second+2], want[second+5]} {
		want = slices.DeleteFunc(want, func(s string) bool { return s == old })
	}
	want = append(want, "zydeco", "long words", "slow jam")
	holds()
	if said := browser.Eval[string](t, ctx, `document.querySelector("[role=status]").textContent`); !strings.Contains(said, "others changed Searches") {
		t.Errorf("the page says %q", said)
	}

	// Rows are moved, removed and added on the page where they are.
	press(t, ctx, `[value="up queries 1"]`, `document.body.textContent.includes("`+unchanged+`")`)
	press(t, ctx, `[value="remove queries 4"]`, `document.body.textContent.includes("removed from the form")`)
	press(t, ctx, "#add-queries", `document.activeElement.value === ""`)
	browser.Eval[bool](t, ctx, `document.activeElement.value = "new wave", true`)
	rows := browser.Eval[int](t, ctx, `document.querySelectorAll(".rows li").length`)
	browser.Picture(t, ctx, "settings-searches-page")
	browser.Accessible(t, ctx, "settings-searches-page")
	press(t, ctx, save, areSaved)
	want[second], want[second+1] = want[second+1], want[second]
	want = slices.Insert(slices.Delete(want, second+4, second+5), second+rows-1, "new wave")
	holds()

	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(`.tabs a[href$="part=times"]`)))
	browser.Until(t, ctx, `document.querySelector(".tabs [aria-current]")?.textContent === "Times"`)
	set(t, ctx, "schedule.0.time", "20:15")
	press(t, ctx, save, areSaved+` && document.querySelector("[name='schedule.0.time']").value === "20:15"`)
	holds()
	if got := w.guild(t); got.Schedule[0] != "15 20 * * *" || got.MinSeconds != 61 {
		t.Errorf("saved as %+v", got)
	}
}

// TestRoleIsChosenByName: the page offers the server's roles by name, keeps one that is gone,
// and takes an id where Discord does not answer.
func TestRoleIsChosenByName(t *testing.T) {
	down := false
	w := newWorld(t, 0, func(o *dashboard.Options) {
		o.Roles = func(context.Context, string) ([]dashboard.Place, error) {
			if down {
				return nil, errors.New("Discord is down")
			}
			return []dashboard.Place{{ID: "73", Name: "<i>音楽</i>"}, {ID: "71", Name: "listeners"}}, nil
		}
	})
	menu := func() string {
		t.Helper()
		_, body := w.get(t, g+"/settings")
		return between(body, `<select name="role"`, "</select>")
	}
	if got := menu(); !strings.Contains(got, `<option value="">nobody</option><option value="73">@ &lt;i&gt;音楽&lt;/i&gt;</option><option value="71">@ listeners</option>`) {
		t.Error("the menu is another:", got)
	}
	if res, _ := w.post(t, g+"/settings", map[string]string{"was_role": "", "role": "71"}); res.StatusCode != 303 || w.guild(t).MentionRole != "71" {
		t.Errorf("status %d, role %q", res.StatusCode, w.guild(t).MentionRole)
	}
	if got := menu(); !strings.Contains(got, `<option value="71" selected>`) || strings.Contains(got, "does not have") {
		t.Error("the chosen role is not shown:", got)
	}
	if _, body := w.post(t, g+"/settings", map[string]string{"was_role": "", "role": "73"}); !strings.Contains(body, "others changed it from “nothing” to “@listeners”") {
		t.Error("a conflict does not name the roles:", between(body, `role="alert"`, "</ul>"))
	}
	if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.MentionRole = "70"; return nil }); err != nil {
		t.Fatal(err)
	}
	if got := menu(); !strings.Contains(got, `<option value="70" selected>70, which the server does not have</option>`) {
		t.Error("a role that is gone is lost:", got)
	}
	down = true
	w.server.Forget()
	if _, body := w.get(t, g+"/settings"); !strings.Contains(body, `<input name="role" id="f-role" inputmode="numeric" value="70"`) {
		t.Error("without Discord there is no input for the role")
	}
}
