package limit

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

var table = New([]string{"en", "pt-BR"})

// good is a guild within all limits, with every setting set.
func good() catalog.Guild {
	return catalog.Guild{
		Queries:  []youtube.Query{{Text: "jazz", Upload: "week", Length: "any", Pages: 2}, {Channel: "UC" + strings.Repeat("x", 22)}},
		Schedule: []string{"0 18 * * *"}, Scrape: "0 17 * * *", Retrain: "0 4 * * *", Recap: "0 19 * * 0", Duels: "0 19 * * 3", Zone: "Europe/Lisbon",
		Picks: 5, Exploration: 0.5, Votes: "both", Language: "pt-BR", MinSeconds: 60, MaxSeconds: 900, Languages: []string{"en"}, MentionRole: "77",
		Kinds: []string{"karaoke"}, SameSongDays: 365, BlockedArtists: []catalog.BlockedArtist{{Name: "Otto Venn"}},
		BlockedWords: []string{"nightcore"}, BlockedChannels: []catalog.BlockedChannel{{Name: "Loud Basement"}},
	}
}

// names are the settings outside their limits, in order.
func names(broken []Broken) []string {
	var all []string
	for _, b := range broken {
		all = append(all, b.Limit.Setting)
	}
	return all
}

func TestEdges(t *testing.T) {
	if broken := table.Check(good()); len(broken) > 0 {
		t.Fatalf("a good guild breaks %q", names(broken))
	}
	many := func(n int) []string { return slices.Repeat([]string{"x"}, n) }
	tests := []struct {
		setting string
		ok, bad func(*catalog.Guild)
	}{
		{"queries", func(g *catalog.Guild) { g.Queries = slices.Repeat(g.Queries[:1], 100) }, func(g *catalog.Guild) { g.Queries = slices.Repeat(g.Queries[:1], 101) }},
		{"queries", func(g *catalog.Guild) { g.Queries[0].Text = strings.Repeat("ж", 128) }, func(g *catalog.Guild) { g.Queries[0].Text = strings.Repeat("ж", 129) }},
		{"queries", func(g *catalog.Guild) { g.Queries[0].Text = "x" }, func(g *catalog.Guild) { g.Queries[0].Text = " " }},
		{"queries.channel", func(g *catalog.Guild) {}, func(g *catalog.Guild) { g.Queries[1].Channel = "UC!" + strings.Repeat("x", 21) }},
		{"queries.upload", func(g *catalog.Guild) { g.Queries[0].Upload = "" }, func(g *catalog.Guild) { g.Queries[0].Upload = "never" }},
		{"queries.length", func(g *catalog.Guild) { g.Queries[0].Length = "" }, func(g *catalog.Guild) { g.Queries[0].Length = "endless" }},
		{"queries.pages", func(g *catalog.Guild) { g.Queries[0].Pages = 20 }, func(g *catalog.Guild) { g.Queries[0].Pages = 21 }},
		{"queries.pages", func(g *catalog.Guild) { g.Queries[0].Pages = 0 }, func(g *catalog.Guild) { g.Queries[0].Pages = -1 }},
		{"schedule", func(g *catalog.Guild) { g.Schedule = slices.Repeat(g.Schedule, 24) }, func(g *catalog.Guild) { g.Schedule = slices.Repeat(g.Schedule, 25) }},
		{"schedule", func(g *catalog.Guild) { g.Schedule = []string{"*/15 * * * *"} }, func(g *catalog.Guild) { g.Schedule = []string{"*/14 * * * *"} }},
		{"scrape", func(g *catalog.Guild) { g.Scrape = "" }, func(g *catalog.Guild) { g.Scrape = "0 0 31 2 *" }},
		{"retrain", func(g *catalog.Guild) { g.Retrain = "" }, func(g *catalog.Guild) { g.Retrain = "60 * * * *" }},
		{"recap", func(g *catalog.Guild) { g.Recap = "" }, func(g *catalog.Guild) { g.Recap = "TZ=UTC 0 0 * * *" }},
		{"duels", func(g *catalog.Guild) { g.Duels = "" }, func(g *catalog.Guild) { g.Duels = "weekly" }},
		{"zone", func(g *catalog.Guild) { g.Zone = "UTC" }, func(g *catalog.Guild) { g.Zone = "Local" }},
		{"zone", func(g *catalog.Guild) {}, func(g *catalog.Guild) { g.Zone = "" }},
		{"picks", func(g *catalog.Guild) { g.Picks = 10 }, func(g *catalog.Guild) { g.Picks = 11 }},
		{"picks", func(g *catalog.Guild) { g.Picks = 1 }, func(g *catalog.Guild) { g.Picks = 0 }},
		{"exploration", func(g *catalog.Guild) { g.Exploration = 1 }, func(g *catalog.Guild) { g.Exploration = 1.01 }},
		{"votes", func(g *catalog.Guild) { g.Votes = "buttons" }, func(g *catalog.Guild) { g.Votes = "" }},
		{"language", func(g *catalog.Guild) { g.Language = "" }, func(g *catalog.Guild) { g.Language = "de" }},
		{"min_seconds", func(g *catalog.Guild) { g.MinSeconds = 900 }, func(g *catalog.Guild) { g.MinSeconds = 901 }},
		{"min_seconds", func(g *catalog.Guild) { g.MinSeconds, g.MaxSeconds = 86400, 0 }, func(g *catalog.Guild) { g.MinSeconds, g.MaxSeconds = 86401, 0 }},
		{"max_seconds", func(g *catalog.Guild) { g.MaxSeconds = 86400 }, func(g *catalog.Guild) { g.MaxSeconds = 86401 }},
		{"languages", func(g *catalog.Guild) { g.Languages = slices.Repeat(g.Languages, 20) }, func(g *catalog.Guild) { g.Languages = slices.Repeat(g.Languages, 21) }},
		{"languages", func(g *catalog.Guild) { g.Languages = nil }, func(g *catalog.Guild) { g.Languages = []string{"klingonese"} }},
		{"kinds", func(g *catalog.Guild) { g.Kinds = []string{"mix", "album", "karaoke", "reaction", "talk"} }, func(g *catalog.Guild) { g.Kinds = []string{"live"} }},
		{"kinds", func(g *catalog.Guild) { g.Kinds = nil }, func(g *catalog.Guild) { g.Kinds = slices.Repeat([]string{"mix"}, 6) }},
		{"same_song_days", func(g *catalog.Guild) { g.SameSongDays = 3650 }, func(g *catalog.Guild) { g.SameSongDays = 3651 }},
		{"same_song_days", func(g *catalog.Guild) { g.SameSongDays = 0 }, func(g *catalog.Guild) { g.SameSongDays = -1 }},
		{"role", func(g *catalog.Guild) { g.MentionRole = "" }, func(g *catalog.Guild) { g.MentionRole = "<@&1>" }},
		{"blocked_words", func(g *catalog.Guild) { g.BlockedWords = many(500) }, func(g *catalog.Guild) { g.BlockedWords = many(501) }},
		{"blocked_words", func(g *catalog.Guild) { g.BlockedWords[0] = strings.Repeat("x", 100) }, func(g *catalog.Guild) { g.BlockedWords[0] = strings.Repeat("x", 101) }},
		{"blocked_artists", func(g *catalog.Guild) { g.BlockedArtists = slices.Repeat(g.BlockedArtists, 500) }, func(g *catalog.Guild) { g.BlockedArtists = slices.Repeat(g.BlockedArtists, 501) }},
		{"blocked_channels", func(g *catalog.Guild) { g.BlockedChannels = slices.Repeat(g.BlockedChannels, 500) }, func(g *catalog.Guild) { g.BlockedChannels = slices.Repeat(g.BlockedChannels, 501) }},
	}
	var untested []string
	for _, l := range table {
		untested = append(untested, l.Setting)
	}
	for _, c := range tests {
		untested = slices.DeleteFunc(untested, func(name string) bool { return name == c.setting })
		g := good()
		if c.ok(&g); len(table.Check(g)) > 0 {
			t.Errorf("%s is refused at its limit: %+v", c.setting, table.Check(g))
		}
		if c.bad(&g); !slices.Contains(names(table.Check(g)), c.setting) {
			t.Errorf("%s is taken outside its limit: %q", c.setting, names(table.Check(g)))
		}
	}
	if len(untested) > 0 {
		t.Errorf("no test asks for %q", untested)
	}
}

// TestStoredBefore: a value stored under other limits is accepted unless it gets
// worse.
func TestStoredBefore(t *testing.T) {
	old := good()
	old.Picks, old.Votes = 40, "smileys"
	old.Schedule = slices.Repeat(old.Schedule, 120)
	before := table.Check(old)
	if got := names(before); !slices.Equal(got, []string{"schedule", "picks", "votes"}) {
		t.Fatalf("broken: %q", got)
	}
	now := old
	now.Zone, now.Schedule = "UTC", old.Schedule[:99]
	if broken := table.Check(now, before...); len(broken) > 0 {
		t.Errorf("a change for the better is refused: %q", names(broken))
	}
	now.Picks, now.Schedule = 41, slices.Repeat(old.Schedule[:1], 121)
	if got := names(table.Check(now, before...)); !slices.Equal(got, []string{"schedule", "picks"}) {
		t.Errorf("of two changes for the worse these are refused: %q", got)
	}
}

// TestEveryChoiceHasALimit fails when a guild gets a setting that is not in the
// table. Booleans and fields that nobody chooses are listed here.
func TestEveryChoiceHasALimit(t *testing.T) {
	free := []string{"ID", "Name", "JoinedAt", "LeftAt", "Wildcard", "MusicOnly", "Paused", "PauseReason", "ByHand",
		"ChannelID"} // which Discord lists, and the bot looks up
	typ := reflect.TypeFor[catalog.Guild]()
	for i := range typ.NumField() {
		name := typ.Field(i).Name
		g, empty := good(), catalog.Guild{}
		full := reflect.ValueOf(&g).Elem().Field(i)
		reflect.ValueOf(&empty).Elem().Field(i).Set(full)
		limited := slices.ContainsFunc(table, func(l Limit) bool { return !reflect.DeepEqual(l.values(empty), l.values(catalog.Guild{})) })
		if limited == slices.Contains(free, name) {
			t.Errorf("%s has a limit: %v", name, limited)
		}
	}
}
