package main

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	words "cratedigger/bot/text"
	"cratedigger/cmd/internal/app"
	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/limit"
	"cratedigger/pipeline/youtube"
)

// ask is a value on its way through one door.
type (
	askDiscord func(value string) fakediscord.Interaction
	askForm    func(value string) map[string]string
	askYAML    func(value string) string // lines below defaults
)

// command sets one option of a slash command; whole numbers are sent as such.
func command(name, sub, option string) askDiscord {
	return func(value string) fakediscord.Interaction {
		var v any = value
		if n, err := strconv.Atoi(value); err == nil {
			v = n
		}
		options := map[string]any{option: v}
		if sub == "queries add" && option != "query" {
			options["query"] = "jazz"
		}
		return fakediscord.Interaction{Command: name, Sub: sub, Options: options}
	}
}

func settings(option string) askDiscord       { return command("cratedigger", "settings", option) }
func scheduleOption(option string) askDiscord { return command("cratedigger", "schedule", option) }
func addQuery(option string) askDiscord       { return command("cratedigger", "queries add", option) }
func setup(option string) askDiscord          { return command("setup", "", option) }

// field is one of the dashboard's form, with the value in place of %s.
func field(name, format string) askForm {
	return func(value string) map[string]string {
		return map[string]string{name: strings.ReplaceAll(format, "%s", value)}
	}
}

// key is one of the configuration's, with the value in place of %s.
func key(name, format string) askYAML {
	return func(value string) string { return "  " + name + ": " + strings.ReplaceAll(format, "%s", value) + "\n" }
}

// TestEveryLimitAtEveryDoor asks for the last value that is within each limit,
// and for the first that is not, wherever a guild can ask: the slash commands,
// /setup, the dashboard and the configuration. All take the one and refuse the
// other, in the same words.
func TestEveryLimitAtEveryDoor(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{}, nil)
	w.start()
	pages, err := w.service.Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(pages)
	defer front.Close()
	english, err := app.EnglishTexts()
	if err != nil {
		t.Fatal(err)
	}
	table := limit.New(words.Languages())

	base := catalog.Guild{ID: w.guild, Name: "Test", JoinedAt: w.clock.Now(), ChannelID: w.channel, Queries: []youtube.Query{{Text: "jazz"}},
		Schedule: []string{"0 18 * * *"}, Retrain: "0 4 * * *", Zone: "UTC", Picks: 5, Exploration: 0.5, Votes: "reactions", MinSeconds: 60, MaxSeconds: 900}
	form := map[string]string{"queries": "jazz", "schedule": "0 18 * * *", "retrain": "0 4 * * *", "zone": "UTC", "picks": "5", "exploration": "50",
		"votes": "reactions", "min_seconds": "60", "max_seconds": "900", "same_song_days": "365"}
	many := func(n int, item, between string) string {
		return strings.TrimSuffix(strings.Repeat(item+between, n), between)
	}
	channel := "UC" + strings.Repeat("x", 22)

	tests := []struct {
		setting   string
		good, bad string
		slash     askDiscord // nil: the door does not offer the setting
		setup     askDiscord
		form      askForm
		yaml      askYAML
		key       string               // that the configuration names, when it is not the setting's
		stored    func(*catalog.Guild) // what the guild has before a slash command
		want      string               // when it is not the limit of the table
	}{
		{setting: "queries", good: many(100, "a", ","), bad: many(101, "a", ","), want: "must have at most 100 entries, not 101",
			setup: setup("genres"), yaml: key("queries", "[%s]"),
			form: func(v string) map[string]string {
				return map[string]string{"queries": strings.ReplaceAll(v, ",", "\n")}
			}},
		{setting: "queries", good: "jazz", bad: "one more", slash: addQuery("query"), want: "must have at most 100 entries, not 101",
			stored: func(g *catalog.Guild) {
				g.Queries = []youtube.Query{{Text: "jazz"}}
				for i := range 99 {
					g.Queries = append(g.Queries, youtube.Query{Text: strconv.Itoa(i)})
				}
			}},
		{setting: "queries", good: many(128, "ж", ""), bad: many(129, "ж", ""), slash: addQuery("query"), setup: setup("genres"),
			form: field("queries", "%s"), yaml: key("queries", "[%s]"), key: "queries[0]"},
		{setting: "queries.channel", good: channel, bad: channel[:23] + "!", form: field("queries", "channel:%s"),
			yaml: key("queries", "[{channel: %s}]"), key: "queries[0].channel"},
		{setting: "queries.upload", good: "year", bad: "never", slash: addQuery("upload"), form: field("queries", "jazz | upload:%s"),
			yaml: key("queries", "[{text: jazz, upload: %s}]"), key: "queries[0].upload"},
		{setting: "queries.length", good: "any", bad: "endless", slash: addQuery("length"), form: field("queries", "jazz | length:%s"),
			yaml: key("queries", "[{text: jazz, length: %s}]"), key: "queries[0].length"},
		{setting: "queries.pages", good: "20", bad: "21", slash: addQuery("pages"), form: field("queries", "jazz | pages:%s"),
			yaml: key("queries", "[blues, {text: jazz, pages: %s}]"), key: "queries[1].pages"},
		{setting: "schedule", good: "*/15 * * * *", bad: "*/14 * * * *", slash: scheduleOption("post"), form: field("schedule", "%s"),
			yaml: key("schedule", `["%s"]`), key: "schedule[0]"},
		{setting: "schedule", good: many(24, "@daily", ";"), bad: many(25, "@daily", ";"), slash: scheduleOption("post"), want: "must have at most 24 entries, not 25",
			form: func(v string) map[string]string {
				return map[string]string{"schedule": strings.ReplaceAll(v, ";", "\n")}
			},
			yaml: func(v string) string { return "  schedule: ['" + strings.ReplaceAll(v, ";", "', '") + "']\n" }},
		{setting: "scrape", good: "0 17 * * *", bad: "0 0 31 2 *", form: field("scrape", "%s"), yaml: key("scrape", `"%s"`)},
		{setting: "retrain", good: "@every 15m", bad: "@every 14m", slash: scheduleOption("retrain"), form: field("retrain", "%s"), yaml: key("retrain", `"%s"`)},
		{setting: "recap", good: "@weekly", bad: "TZ=UTC 0 0 * * 0", slash: scheduleOption("recap"), form: field("recap", "%s"), yaml: key("recap", `"%s"`)},
		{setting: "duels", good: "0 19 * * 3", bad: "TZ=UTC 0 0 * * 0", slash: scheduleOption("duels"), form: field("duels", "%s"), yaml: key("duels", `"%s"`)},
		{setting: "zone", good: "Europe/Lisbon", bad: "Local", slash: scheduleOption("zone"), setup: setup("zone"), form: field("zone", "%s"), yaml: key("zone", "%s")},
		{setting: "picks", good: "10", bad: "11", slash: settings("count"), setup: setup("count"), form: field("picks", "%s"), yaml: key("picks", "%s")},
		{setting: "picks", good: "1", bad: "0", slash: settings("count"), setup: setup("count"), form: field("picks", "%s"), yaml: key("picks", "%s")},
		{setting: "exploration", good: "1", bad: "1.01", yaml: key("exploration", "%s")},
		{setting: "exploration", good: "100", bad: "101", slash: settings("exploration"), form: field("exploration", "%s"), want: "must be a number from 0 to 100, not “101”"}, // in percent
		{setting: "votes", good: "both", bad: "smileys", slash: settings("votes"), form: field("votes", "%s"), yaml: key("votes", "%s")},
		{setting: "language", good: "pt-BR", bad: "xx", slash: settings("language"), form: field("language", "%s"), yaml: key("language", "%s")},
		{setting: "min_seconds", good: "900", bad: "901", slash: settings("min-seconds"), form: field("min_seconds", "%s"), yaml: key("min_seconds", "%s"),
			want: "must be a whole number from 0 to 900, not “901”"},
		{setting: "max_seconds", good: "86400", bad: "86401", slash: settings("max-seconds"), form: field("max_seconds", "%s"), yaml: key("max_seconds", "%s")},
		{setting: "max_seconds", good: "0", bad: "-1", slash: settings("max-seconds"), form: field("max_seconds", "%s"), yaml: key("max_seconds", "%s")},
		{setting: "languages", good: "pt-BR", bad: "klingonese", slash: settings("languages"), form: field("languages", "%s"), yaml: key("languages", "[%s]")},
		{setting: "kinds", good: "karaoke", bad: "live", slash: settings("kinds"), form: field("kinds", "%s"), yaml: key("kinds", "[%s]")},
		{setting: "same_song_days", good: "3650", bad: "3651", slash: settings("same-song-days"), form: field("same_song_days", "%s"), yaml: key("same_song_days", "%s")},
		{setting: "same_song_days", good: "0", bad: "-1", slash: settings("same-song-days"), form: field("same_song_days", "%s"), yaml: key("same_song_days", "%s")},
		{setting: "role", good: "77", bad: "<@&77>", slash: settings("role"), form: field("role", "%s")},
		{setting: "blocked_words", good: many(100, "x", ""), bad: many(101, "x", ""), slash: command("cratedigger", "block", "word"), form: field("blocked_words", "%s")},
		{setting: "blocked_artists", good: many(200, "x", ""), bad: many(201, "x", ""), slash: command("cratedigger", "block", "artist"), form: field("blocked_artists", "%s")},
		{setting: "blocked_channels", good: many(200, "x", ""), bad: many(201, "x", ""), slash: command("cratedigger", "block", "channel"), form: field("blocked_channels", "%s")},
	}

	untested := map[string]bool{}
	for _, l := range table {
		untested[l.Setting] = true
	}
	delete(untested, "blocked_songs") // nobody types one: a button blocks it
	for _, tt := range tests {
		delete(untested, tt.setting)
		want := cmp.Or(tt.want, "must be "+english.Limit(table.Of(tt.setting))+", not “")
		named := english.Say("setting."+tt.setting) + ": " + want
		reset := func(change func(*catalog.Guild)) catalog.Guild {
			g := base
			if change != nil {
				change(&g)
			}
			if err := w.service.Catalog.SaveGuild(t.Context(), g); err != nil {
				t.Fatal(err)
			}
			return stored(t, w)
		}
		// door asks for both values; say is what the door answered, "" for yes.
		door := func(name string, change func(*catalog.Guild), say func(value string) string) {
			t.Helper()
			reset(change)
			if said := say(tt.good); said != "" {
				t.Errorf("%s: %.40q is refused %s: %s", tt.setting, tt.good, name, said)
			}
			before := reset(change)
			if said := say(tt.bad); !strings.Contains(said, named) && !strings.Contains(said, "is not a choice of") {
				t.Errorf("%s: %.40q is answered %s with\n%s\nwhich lacks\n%s", tt.setting, tt.bad, name, said, named)
			}
			if after := stored(t, w); !reflect.DeepEqual(before, after) {
				t.Errorf("%s: %.40q was refused %s, and %+v became %+v", tt.setting, tt.bad, name, before, after)
			}
		}
		discord := func(ask askDiscord) func(string) string {
			return func(value string) string {
				in := ask(value)
				in.MemberID, in.ChannelID = w.admin, w.channel
				call, err := w.discord.Interact(in)
				if err != nil {
					return err.Error() // what Discord lets nobody send
				}
				w.rest()
				if said := call.Answer().Content; strings.Contains(said, ": must ") || strings.Contains(said, "went wrong") {
					return said
				}
				return ""
			}
		}
		if tt.slash != nil {
			door("by a slash command", tt.stored, discord(tt.slash))
		}
		if tt.setup != nil {
			door("by /setup", nil, discord(tt.setup))
		}
		if tt.form != nil {
			door("on the dashboard", nil, func(value string) string {
				typed := maps.Clone(form)
				maps.Copy(typed, tt.form(value))
				values := url.Values{}
				for k, v := range typed {
					values.Set(k, v)
				}
				client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
				res, err := client.PostForm(front.URL+"/g/"+w.guild+"/settings", values)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				if err != nil {
					t.Fatal(err)
				}
				if res.StatusCode == http.StatusSeeOther {
					return ""
				}
				return html.UnescapeString(string(body))
			})
		}
		if tt.yaml != nil {
			path := filepath.Join(t.TempDir(), "config.yaml")
			load := func(value string) (config.Guild, error) {
				if err := os.WriteFile(path, []byte("defaults:\n"+tt.yaml(value)), 0o600); err != nil {
					t.Fatal(err)
				}
				inv := &invocation{getenv: func(string) string { return "" }, globals: &cli{Config: path}}
				cfg, _, err := config.Load(inv.configInput())
				return cfg.Defaults, err
			}
			if d, err := load(tt.good); err != nil || reflect.DeepEqual(d, config.Default().Defaults) {
				t.Errorf("%s: the configuration with %.40q: %v", tt.setting, tt.good, err)
			}
			where := fmt.Sprintf("%s:2: defaults.%s: %s", path, cmp.Or(tt.key, tt.setting), want)
			if d, err := load(tt.bad); err == nil || !strings.Contains(err.Error(), where) || !reflect.DeepEqual(d, config.Default().Defaults) {
				t.Errorf("%s: the configuration with %.40q: %v\nwhich lacks\n%s", tt.setting, tt.bad, err, where)
			}
		}
	}
	if len(untested) > 0 {
		t.Errorf("no door was asked for %q", slices.Sorted(maps.Keys(untested)))
	}
}

// stored is the town's guild.
func stored(t *testing.T, w *town) catalog.Guild {
	t.Helper()
	g, ok, err := w.service.Catalog.Guild(t.Context(), w.guild)
	if err != nil || !ok {
		t.Fatal("the guild is gone", err)
	}
	return g
}

// TestOlderSettingsGoOn: a guild that was stored with what nobody may choose any
// more keeps it, and may change the rest at every door.
func TestOlderSettingsGoOn(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{}, nil)
	w.start()
	pages, err := w.service.Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(pages)
	defer front.Close()
	g := stored(t, w)
	g.Picks, g.Queries = 12, []youtube.Query{{Text: strings.Repeat("x", 150)}}
	if err := w.service.Catalog.SaveGuild(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	in := settings("votes")("both")
	in.MemberID, in.ChannelID = w.admin, w.channel
	if _, err := w.discord.Interact(in); err != nil {
		t.Fatal(err)
	}
	w.rest()
	if now := stored(t, w); now.Votes != "both" || now.Picks != 12 {
		t.Errorf("after a slash command: %+v", now)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(front.URL+"/g/"+w.guild+"/settings", url.Values{"queries": {g.Queries[0].Text}, "picks": {"12"}, "zone": {"Europe/Lisbon"},
		"exploration": {"50"}, "votes": {"both"}, "min_seconds": {"60"}, "max_seconds": {"900"}, "same_song_days": {"365"}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if now := stored(t, w); res.StatusCode != http.StatusSeeOther || now.Zone != "Europe/Lisbon" || now.Picks != 12 {
		t.Errorf("after the dashboard's form, status %d: %+v", res.StatusCode, now)
	}
}
