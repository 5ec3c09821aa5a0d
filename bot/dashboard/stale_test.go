package dashboard_test

import (
	"html"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/limit"
	"cratedigger/pipeline/youtube"
)

// hidden matches the hidden inputs of a page.
var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// shownForm is what a browser sends for a settings page that nobody typed into.
func shownForm(t *testing.T, body string) map[string]string {
	t.Helper()
	sent := map[string]string{}
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		name, text := m[1], html.UnescapeString(m[2])
		sent[name] = text
		plain := strings.TrimPrefix(name, "was_")
		if box := strings.Contains(body, `type="checkbox" name="`+plain+`"`); !box || text != "" {
			sent[plain] = text
		}
	}
	if len(sent) < 10 {
		t.Fatalf("the form holds %v", sent)
	}
	return sent
}

// TestStaleSettingsUndoNothing: saving a page that was opened before others changed
// settings changes only what was typed into it.
func TestStaleSettingsUndoNothing(t *testing.T) {
	w := newWorld(t, 0, nil)
	change := func(change func(*catalog.Guild)) {
		t.Helper()
		if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { change(g); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	guild := func() catalog.Guild {
		t.Helper()
		g, _, err := w.catalog.Guild(t.Context(), guildID)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	change(func(g *catalog.Guild) {
		g.BlockedWords, g.Exploration = []string{"nightcore", "sped up"}, 1.0/3
	})
	before := guild()
	_, body := w.get(t, g+"/settings")
	open := shownForm(t, body)

	// Nothing is typed.
	if res, body := w.post(t, g+"/settings", open); res.StatusCode != 303 {
		t.Fatalf("status %d: %s", res.StatusCode, body)
	}
	if now := guild(); now.Exploration != before.Exploration || !slices.Equal(now.Queries, before.Queries) || !slices.Equal(now.BlockedWords, before.BlockedWords) {
		t.Errorf("a form that nobody typed into made %+v of %+v", now, before)
	}

	// Everything is changed by others while the page is open.
	change(func(g *catalog.Guild) {
		g.Paused, g.PauseReason = true, "the channel was deleted"
		g.BlockedChannels = []catalog.BlockedChannel{{ID: "UC1111111111111111111111", Name: "Loud Basement", By: member, At: now}}
		g.BlockedWords = []string{"nightcore", "sped up", "8d audio"}
		g.Queries = append(g.Queries, before.Queries[0])
		g.Queries[len(g.Queries)-1].Text = "new synth"
		g.Schedule, g.Zone, g.MusicOnly, g.Wildcard, g.Picks, g.MaxSeconds = []string{"0 9 * * *"}, "Europe/Berlin", true, false, 3, 600
	})
	others := guild()
	typed := maps.Clone(open)
	typed["exploration"] = "90"
	typed["blocked_words"] = "nightcore\r\nslowed"
	if res, body := w.post(t, g+"/settings", typed); res.StatusCode != 303 {
		t.Fatalf("status %d: %s", res.StatusCode, body)
	}
	got := guild()
	if got.Exploration != 0.9 || !slices.Equal(got.BlockedWords, []string{"nightcore", "8d audio", "slowed"}) {
		t.Errorf("what was typed became exploration %v and words %q", got.Exploration, got.BlockedWords)
	}
	if !got.Paused || got.PauseReason != others.PauseReason || !slices.Equal(got.BlockedChannels, others.BlockedChannels) || !slices.Equal(got.Queries, others.Queries) ||
		!slices.Equal(got.Schedule, others.Schedule) || got.Zone != others.Zone || !got.MusicOnly || got.Wildcard || got.Picks != 3 || got.MaxSeconds != 600 {
		t.Errorf("the old page made %+v of %+v", got, others)
	}

	// The same setting is changed by both: neither is lost unseen. What is shown
	// again holds what others did, and saves when it is sent once more.
	typed["zone"], typed["blocked_words"], typed["exploration"] = "Asia/Tokyo", "nightcore\nsped up\nchipmunk", open["exploration"]
	res, body := w.post(t, g+"/settings", typed)
	if res.StatusCode != 422 || !strings.Contains(html.UnescapeString(body), "Time zone: others changed it from “Europe/Lisbon” to “Europe/Berlin” while the page was open, and you chose “Asia/Tokyo”.") || guild().Zone != "Europe/Berlin" {
		t.Errorf("status %d, zone %s", res.StatusCode, guild().Zone)
	}
	again := shownForm(t, body)
	again["zone"] = between(body, `name="zone" id="f-zone" value="`, `"`)
	again["blocked_words"] = html.UnescapeString(between(between(body, `<textarea name="blocked_words"`, "/textarea>"), ">", "<"))
	if res, body := w.post(t, g+"/settings", again); res.StatusCode != 303 {
		t.Fatalf("status %d: %s", res.StatusCode, body)
	}
	if got := guild(); got.Zone != "Asia/Tokyo" || !slices.Equal(got.BlockedWords, []string{"nightcore", "8d audio", "slowed", "chipmunk"}) || got.Exploration != 0.9 || !got.Paused {
		t.Errorf("saved again as %+v", got)
	}
}

// TestStaleVotesUndoNothing: a page that still shows a 👍 cannot take back the 👎 that
// has replaced it.
func TestStaleVotesUndoNothing(t *testing.T) {
	w := newWorld(t, 3, nil)
	id := w.ids[0]
	value := func() int {
		t.Helper()
		votes, err := w.catalog.Votes(t.Context(), guildID)
		if err != nil || len(votes) > 1 {
			t.Fatal(votes, err)
		}
		for _, v := range votes {
			return v.Value
		}
		return 0
	}
	vote := func(form map[string]string) { w.post(t, g+"/vote", form) }
	_, answer := w.post(t, g+"/vote", map[string]string{"video": id, "vote": "up"}, "HX-Request", "true")
	_, old := w.get(t, g+"/votes")
	if !strings.Contains(old, `name="value" value="1"`) || !strings.Contains(answer, `value="`+id+`"><input type="hidden" name="was" value="1">`) {
		t.Fatal("the pages do not say what they show")
	}
	vote(map[string]string{"video": id, "vote": "down"})
	if res, _ := w.post(t, g+"/undo", map[string]string{"video": id, "post": "", "member": catalog.ImportVoter, "value": "1"}); res.StatusCode != 404 || value() != -1 {
		t.Errorf("undo of the 👍 that it was: status %d, vote %d", res.StatusCode, value())
	}
	vote(map[string]string{"video": id, "vote": "none", "was": "1"})
	if value() != -1 {
		t.Errorf("the 👍 that it was is taken back: vote %d", value())
	}
	vote(map[string]string{"video": id, "vote": "none", "was": "-1"})
	if value() != 0 {
		t.Errorf("the 👎 that it is is taken back: vote %d", value())
	}
}

// TestOddQueriesSurvive: every query within the limits is still the same when
// another one is added on the page.
func TestOddQueriesSurvive(t *testing.T) {
	w := newWorld(t, 0, nil)
	channel := "UC" + strings.Repeat("x", 22)
	odd := []youtube.Query{
		{Text: "jazz | fusion"}, {Text: "jazz", Pages: 2}, {Text: "jazz | pages:2"}, {Text: "jazz|upload:week", Upload: "year"}, {Text: "|"}, {Text: "| length:any |"},
		{Text: "channel: zero"}, {Text: "channel:" + channel}, {Channel: channel}, {Text: "channel:"}, {Channel: channel, Text: "both"},
		{Text: " two  spaces "}, {Text: "two\r\nlines"}, {Text: "a\x00b"}, {Text: "\x01"}, {Text: "tab\there\u00a0"}, {Text: `back\slash "quoted" <b>&amp;`}, {Text: "👩‍🎤"},
	}
	pieces := []string{"|", " ", "channel:", "upload:week", "length:", "pages:3", "pages:", "jazz", "\n", "\r", "\t", "\\", "\"", "&#10;", "\x02", "\ufeff", "\u2028", "é"}
	r := rand.New(rand.NewPCG(1, 2))
	table := limit.New([]string{"en"})
	for len(odd) < 90 {
		q := youtube.Query{Upload: youtube.Uploads[r.IntN(len(youtube.Uploads))], Pages: r.IntN(youtube.MaxPages + 1)}
		for range 1 + r.IntN(6) {
			q.Text += pieces[r.IntN(len(pieces))]
		}
		if g := (catalog.Guild{Queries: []youtube.Query{q}}); !slices.ContainsFunc(table.Check(g), func(b limit.Broken) bool { return strings.HasPrefix(b.Limit.Setting, "queries") }) {
			odd = append(odd, q)
		}
	}
	if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.Queries = odd; return nil }); err != nil {
		t.Fatal(err)
	}
	_, body := w.get(t, g+"/settings?part=searches&from=89") // the last of several pages
	form := shownForm(t, body)
	if first := strings.Split(form["was_queries"], "\n"); len(first) > 40 || form["sum_queries"] == "" {
		t.Fatalf("the page holds %d searches, and the sum %q", len(first), form["sum_queries"])
	}
	form["queries"] = strings.ReplaceAll(form["queries"], "\n", "\r\n") + "\r\nnew synth | upload:week" // as a browser sends lines
	if res, _ := w.post(t, g+"/settings", form); res.StatusCode != 303 {
		t.Fatalf("status %d: %s", res.StatusCode, w.log.String())
	}
	got, _, err := w.catalog.Guild(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	want := append(slices.Clone(odd), youtube.Query{Text: "new synth", Upload: "week"})
	for i := range want {
		if i >= len(got.Queries) || got.Queries[i] != want[i] {
			t.Fatalf("query %d of %d, %#v, is not the same in %#v", i, len(got.Queries), want[i], got.Queries)
		}
	}
}

// TestTypedQueries: what a line means that somebody types.
func TestTypedQueries(t *testing.T) {
	w := newWorld(t, 0, nil)
	channel := "UC" + strings.Repeat("x", 22)
	for line, want := range map[string]youtube.Query{
		"jazz | fusion":                   {Text: "jazz | fusion"},
		"jazz|fusion | upload: week":      {Text: "jazz|fusion", Upload: "week"},
		"a | b | pages:2 | length:medium": {Text: "a | b", Pages: 2, Length: "medium"},
		"live | at: home":                 {Text: "live | at: home"},
		"channel:" + channel:              {Channel: channel},
		"channel: orange":                 {Text: "channel: orange"},
		"channel: one | two":              {Text: "channel: one | two"},
	} {
		if res, body := w.post(t, g+"/settings", map[string]string{"queries": line}); res.StatusCode != 303 {
			t.Errorf("%q is refused: %.300s", line, body[strings.Index(body, "<main"):])
			continue
		}
		if got, _, err := w.catalog.Guild(t.Context(), guildID); err != nil || len(got.Queries) != 1 || got.Queries[0] != want {
			t.Errorf("%q is read as %+v, want %+v", line, got.Queries, want)
		}
	}
	for _, line := range []string{"jazz | uplod:week", "jazz | pages:two", "channel:orange", "channel:" + channel + " | fusion", "jazz | pages:1 | fusion"} {
		if res, _ := w.post(t, g+"/settings", map[string]string{"queries": line}); res.StatusCode != 422 {
			t.Errorf("%q: status %d", line, res.StatusCode)
		}
	}
}
