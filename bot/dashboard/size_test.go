//go:build unix

package dashboard_test

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/internal/browser"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/limit"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/youtube"

	"github.com/chromedp/chromedp"
)

// TestSongsPageIsSmall: with the longest titles in a long script, as many searches as a
// guild may have and whatever filter, no page is large.
func TestSongsPageIsSmall(t *testing.T) {
	w := newWorld(t, 0, nil)
	var seen []catalog.Sighting
	for i := range 60 {
		seconds, playable := int64(600), true
		seen = append(seen, catalog.Sighting{Status: youtube.StatusOK, At: now, GuildID: guildID, Query: fmt.Sprint(strings.Repeat("検索", 40), i), Detailed: true, Video: youtube.Video{
			ID: fmt.Sprintf("longlong-%02d", i), Title: strings.Repeat("題", 40) + " - " + strings.Repeat("歌", 57), Channel: strings.Repeat("𝕶", 50), ChannelID: fmt.Sprintf("UC%022d", i), Category: "Music",
			DurationSeconds: &seconds, Embeddable: &playable, Published: youtube.Date{Time: now.AddDate(0, 0, -3)},
		}})
	}
	if _, err := w.catalog.Observe(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	w.sing(t)
	block := func(g *catalog.Guild) error {
		for i := range 500 {
			g.BlockedWords = append(g.BlockedWords, fmt.Sprint(strings.Repeat("語", 90), i))
		}
		return nil
	}
	if err := w.catalog.UpdateGuild(t.Context(), guildID, block); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "?page=2", "?tab=all", "?tab=posted", "?tab=blocked", "?q=" + strings.Repeat("%E9%A1%8C", 33)} {
		if _, body := w.get(t, g+"/songs"+path); len(body) > maxPage {
			t.Errorf("the page %s has %d bytes, want at most %d", path, len(body), maxPage)
		} else {
			t.Logf("%s: %d bytes", path, len(body))
		}
	}
}

// TestPagesOfManySongsAreSmall: 50,000 songs make no page larger, and nothing is ranked
// again for the same page. It logs the processor's time for each, once the list is made.
func TestPagesOfManySongsAreSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("50,000 videos take seconds; left out with -short")
	}
	w := newWorld(t, 50_000, nil)
	var signs strings.Builder
	for i := range 500 {
		signs.WriteByte("+-"[i%2])
	}
	w.cast(t, map[string]string{"801": signs.String(), "802": signs.String(), "803": signs.String(), "804": signs.String()})
	if _, err := labels.TellFavourites(t.Context(), w.catalog, guildID, "Mára", "", now); err != nil {
		t.Fatal(err) // Home looks for it until the first post
	}
	for _, path := range []string{"/songs", "/songs?tab=all&page=2000", "/songs?q=velvet+ORCHARD", "/songs?q=nosuchword", "/songs?tab=all&query=indie+folk&days=31", "/votes", "/runs", "/settings", "/video/" + w.ids[7], "/label", "/home", "/model"} {
		address := g + path
		if at, _, _ := strings.Cut(path[1:], "/"); !slices.Contains([]string{"votes", "runs", "settings", "video"}, at) {
			first := spent(t)
			res, body := w.get(t, address)
			t.Logf("%s, first: %s of the processor", path, spent(t)-first)
			if res.StatusCode != 200 || !strings.Contains(body, "One moment: 50k songs") || !strings.Contains(body, `hx-trigger="load"`) || len(body) > maxPage {
				t.Errorf("%s does not come at once: status %d, %d bytes", path, res.StatusCode, len(body))
			}
			separator := "?"
			if strings.Contains(path, "?") {
				separator = "&"
			}
			address += separator + "ready=1"
		}
		w.get(t, address) // makes the list
		const times = 10
		before := spent(t)
		for range times {
			if res, body := w.get(t, address); res.StatusCode != 200 || len(body) > maxPage || strings.Contains(body, "One moment: ") {
				t.Fatalf("%s: status %d, %d bytes", path, res.StatusCode, len(body))
			}
		}
		t.Logf("%s: %s of the processor", path, (spent(t)-before)/times)
	}
}

// TestBrowserLargeCatalogue: with many videos a page is there at once, and then its
// content, as with few; without script there is a link.
func TestBrowserLargeCatalogue(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	w := newWorld(t, 20_000, nil)
	browser.Look(t, ctx, 1280, 860, "light")
	for path, content := range map[string]string{
		"/home": "#next", "/songs?q=orchard": ".title h1", "/model": ".title h1", "/label": ".title h1",
	} {
		browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+path))
		browser.Until(t, ctx, `!document.querySelector("#main [hx-trigger=load]") && document.querySelectorAll("#main").length === 1 && document.querySelector("#main `+content+`")`)
		if at := browser.Eval[string](t, ctx, `location.pathname + location.search`); at != g+path {
			t.Errorf("%s: the address is %s", path, at)
		}
	}
	if _, body := w.get(t, g+"/songs?q=orchard&done=saved"); !strings.Contains(body, `<noscript><p><a class="button" href="`+g+`/songs?done=saved&amp;q=orchard&amp;ready=1"`) {
		t.Error("without script there is no way on:", body)
	}
}

// spent is how long this process has used the processor.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// longest are names as long as a limit allows, in what takes most bytes of a page.
func longest(n, characters int, of string) (all []string) {
	for i := range n {
		number := fmt.Sprint(i)
		all = append(all, strings.Repeat(of, characters-len(number))+number)
	}
	return all
}

// fill gives a guild as much of everything as the limits allow.
func (w *world) fill(t *testing.T, of string) {
	t.Helper()
	var favourites []string
	for _, name := range longest(labels.MaxFavourites, labels.MaxFavouriteLength-4, of) {
		favourites = append(favourites, name+" – "+"x")
	}
	if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
		g.Name, g.Queries, g.Schedule = strings.Repeat(of, 100), nil, nil
		for _, text := range longest(100, youtube.MaxText, of) {
			g.Queries = append(g.Queries, youtube.Query{Text: text, Upload: "month", Length: "medium", Pages: 19})
		}
		line := "0,15,30,45 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31 1,2,3,4,5,6,7,8,9,10,11 1"
		for i := range 24 {
			g.Schedule = append(g.Schedule, []string{line, fmt.Sprintf("%d 3 * * 1,3,5", i)}[i%2])
		}
		g.Scrape, g.Retrain, g.Recap, g.Duels = line, line, line, line
		g.Zone, g.Kinds, g.MentionRole, g.Exploration = "America/Argentina/Buenos_Aires", pick.Kinds, "900000000000000007", 1.0/3
		g.Languages = strings.Fields("en pt de fr es it nl sv da nb fi pl cs hu ro el tr ru uk ja")
		g.BlockedWords = longest(500, 100, of)
		for _, name := range longest(500, 200, of) {
			g.BlockedArtists = append(g.BlockedArtists, catalog.BlockedArtist{Name: name, By: member, At: now})
		}
		for i, name := range longest(500, 176, of) {
			g.BlockedChannels = append(g.BlockedChannels, catalog.BlockedChannel{ID: fmt.Sprintf("UC%022d", 90+i), Name: name, By: member, At: now})
		}
		if broken := limit.New([]string{"en"}).Check(*g); len(broken) > 0 {
			return broken[0]
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := labels.TellFavourites(t.Context(), w.catalog, guildID, strings.Join(favourites, "\n"), "", now); err != nil {
		t.Fatal(err)
	}
}

// settingsParts are the pages of the settings of a guild that has much of everything.
func (w *world) settingsParts(t *testing.T) (paths []string) {
	t.Helper()
	for _, part := range []string{"times", "posts", "blocked", "favourites", "searches"} {
		paths = append(paths, "/settings?part="+part)
	}
	_, body := w.get(t, g+"/settings?part=searches")
	for _, then := range regexp.MustCompile(`name="then" value="(\d+)"`).FindAllStringSubmatch(body, -1) {
		paths = append(paths, "/settings?part=searches&from="+then[1])
	}
	return append(paths, "/settings?part=searches&from=100") // to add one
}

// TestEveryPageIsSmall: with names as long as YouTube, Discord and the limits allow, in
// whatever script, no page is large.
func TestEveryPageIsSmall(t *testing.T) {
	for _, of := range []string{"検", "'"} {
		w := newWorld(t, 0, func(o *dashboard.Options) {
			o.People, o.Deliver = strangers{of}, func(context.Context, string) error { return nil }
			o.Health = func(context.Context, string) (all []dashboard.Finding) {
				for i := range 12 {
					all = append(all, dashboard.Finding{Area: "YouTube", Text: strings.Repeat(of, 200), Fix: strings.Repeat(of, 200*(i%2))})
				}
				return all
			}
		})
		w.fill(t, of)
		if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
			g.Picks, g.BlockedWords, g.BlockedArtists = 10, nil, nil
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		artists, searches := longest(12, 48, of), longest(100, youtube.MaxText, of)
		var seen []catalog.Sighting
		for i := range 120 {
			seconds, views, playable := int64(600+i), int64(1000*i), true
			w.ids = append(w.ids, fmt.Sprintf("longlong%03d", i))
			seen = append(seen, catalog.Sighting{Status: youtube.StatusOK, At: now.Add(-time.Hour), GuildID: guildID, Query: searches[i%100], Detailed: true, Video: youtube.Video{
				ID: w.ids[i], Title: artists[i%12] + " - " + longest(i+1, 48, of)[i], Channel: strings.Repeat(of, 97) + fmt.Sprint(100+i), ChannelID: fmt.Sprintf("UC%022d", i), Category: "Music",
				DurationSeconds: &seconds, Views: &views, Embeddable: &playable, Tags: longest(10, 30, of), Description: strings.Repeat(of+" ", 50), Published: youtube.Date{Time: now.AddDate(0, 0, -3)},
			}})
		}
		if _, err := w.catalog.Observe(t.Context(), seen); err != nil {
			t.Fatal(err)
		}
		w.days(t, 10)
		for i := range 40 { // newest first: these alone are on the page
			run := catalog.Run{GuildID: guildID, Kind: "scrape", By: catalog.Asker(members[i%3].ID), Started: now.Add(time.Duration(i) * time.Second)}
			run, err := w.catalog.StartRun(t.Context(), run)
			if err != nil {
				t.Fatal(err)
			}
			run.Outcome, run.Ended, run.Error, run.Alarms = "failed", run.Started.Add(time.Second), strings.Repeat(of, 900), longest(9, 400, of)
			run.Counts = map[string]int{"found": 1000 + i, "new": i, "read": i}
			run.Coverage = map[string]catalog.Coverage{"watch": {Pages: 15, Videos: 15, Fields: map[string]int{"title": 3, "views": 4, "likes": 14, "subscribers": 9}, Unknown: map[string]int{strings.Repeat(of, 300): 2}}}
			if err := w.catalog.FinishRun(t.Context(), run); err != nil {
				t.Fatal(err)
			}
		}
		for _, path := range []string{"/home", "/songs", "/songs?page=2", "/songs?tab=all", "/songs?tab=posted", "/songs?tab=blocked", "/songs?q=" + url.QueryEscape(strings.Repeat(of, 33)), "/votes", "/runs", "/label", "/model", "/model?v=1", "/video/" + w.ids[0], "/video/" + w.ids[80]} {
			w.get(t, g+path)
			before := spent(t)
			res, body := w.get(t, g+path)
			if res.StatusCode != 200 || len(body) > maxPage {
				t.Errorf("%q: the page %s has status %d and %d bytes, want at most %d", of, path, res.StatusCode, len(body), maxPage)
			}
			t.Logf("%q %s: %d bytes, %s of the processor", of, path, len(body), spent(t)-before)
		}
		if _, body := w.get(t, g+"/songs?tab=all&query="+url.QueryEscape(searches[2])); !strings.Contains(body, "/video/longlong002") || strings.Contains(body, "/video/longlong003") {
			t.Errorf("%q: the filter of a search finds others than its songs", of)
		}
		if _, body := w.get(t, g+"/home"); strings.Count(body, `<li class="pick`) < 9 {
			t.Errorf("%q: Home shows %d picks, want as many as a guild may have, but for one channel twice", of, strings.Count(body, `<li class="pick`))
		}
	}
}

// TestManyServersMakeNoPageLarge: a bot in many servers offers a page of them all, by name.
func TestManyServersMakeNoPageLarge(t *testing.T) {
	w := newWorld(t, 0, nil)
	for i, name := range longest(250, 100, "群") {
		if err := w.catalog.SaveGuild(t.Context(), catalog.Guild{ID: fmt.Sprint(900000000000001000 + i), Name: name, Zone: "UTC", Picks: 5, Votes: "both"}); err != nil {
			t.Fatal(err)
		}
	}
	last := fmt.Sprint(900000000000001000 + 249)
	for _, path := range []string{g + "/runs", g + "/settings", "/g/" + last + "/home", "/servers", "/servers?page=2", "/servers?q=249"} {
		w.get(t, path)
		before := spent(t)
		res, body := w.get(t, path)
		if res.StatusCode != 200 || len(body) > maxPage {
			t.Errorf("%s: status %d, %d bytes", path, res.StatusCode, len(body))
		}
		if all := strings.Contains(body, `<a href="/servers">All 251 servers</a>`); all == strings.HasPrefix(path, "/servers") {
			t.Errorf("%s leads to all servers: %v", path, all)
		}
		t.Logf("%s: %d bytes, %s of the processor", path, len(body), spent(t)-before)
	}
	if _, body := w.get(t, "/servers?page=3"); strings.Count(body, `/home"><bdi>`) != 51 || strings.Contains(body, "More servers") {
		t.Error("the last page holds other than 51 servers")
	}
	if _, body := w.get(t, "/servers?q=249"); strings.Count(body, `/home"><bdi>`) != 1 || !strings.Contains(body, "/g/"+last+"/home") || !strings.Contains(body, "1 server<") {
		t.Error("a server is not found by its name")
	}
}

// TestSettingsPageIsSmall: the settings fit on one page for a busy server, and on small
// pages for one that has the most that the limits allow, in whatever script.
func TestSettingsPageIsSmall(t *testing.T) {
	places := func(context.Context, string) (all []dashboard.Place, err error) {
		for i, name := range longest(500, 100, "頻") {
			all = append(all, dashboard.Place{ID: fmt.Sprint(900000000000001000 + i), Name: name})
		}
		return all, nil
	}
	w := newWorld(t, 0, nil)
	if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
		for i := range 14 {
			g.Queries = append(g.Queries, youtube.Query{Text: fmt.Sprint("bedroom pop live session ", i), Upload: "week"})
		}
		g.Schedule = []string{"0 9 * * 1-5", "0 18 * * *"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, body := w.get(t, g+"/settings"); len(body) > maxPage || !strings.Contains(body, `name="queries.15.text"`) || !strings.Contains(body, `name="liked"`) {
		t.Errorf("the page of 16 searches has %d bytes, want at most %d and all of them", len(body), maxPage)
	} else {
		t.Logf("16 searches: %d bytes", len(body))
	}
	for _, of := range []string{"検", "'", "e"} {
		w := newWorld(t, 0, func(o *dashboard.Options) { o.Places, o.Roles = places, places })
		w.fill(t, of)
		paths := append(w.settingsParts(t), "/settings")
		if of != "e" && len(paths) < 8 {
			t.Errorf("%q: the searches have the pages %q", of, paths)
		}
		for _, path := range paths {
			before := spent(t)
			res, body := w.get(t, g+path)
			if res.StatusCode != 200 || len(body) > maxPage {
				t.Errorf("%q: the page %s has %d bytes, want at most %d", of, path, len(body), maxPage)
			}
			t.Logf("%q %s: %d bytes, %s of the processor", of, path, len(body), spent(t)-before)
		}
	}
}

// shownInput matches an input of a page that people see, without its value: name, then the rest.
var shownInput = regexp.MustCompile(`<(?:input|textarea) (?:type="time" )?name="([a-z_]+(?:\.\d+)?(?:\.(?:text|time|cron))?)"`)

// TestRefusedSettingsAreSmall: a form that is wrong at every input of a page with the most that
// the limits allow comes back small too, with what was typed and an error at each.
func TestRefusedSettingsAreSmall(t *testing.T) {
	for _, of := range []string{"検", "'"} {
		w := newWorld(t, 0, nil)
		w.fill(t, of)
		whole := newWorld(t, 0, nil) // with as much as one page of all parts has room for
		for n, texts := 1, longest(100, youtube.MaxText, of); ; n++ {
			if err := whole.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
				g.Queries = append(g.Queries, youtube.Query{Text: texts[n], Upload: "month"})
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if _, body := whole.get(t, g+"/settings"); strings.Contains(body, `name="part"`) {
				break
			}
		}
		if err := whole.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.Queries = g.Queries[:len(g.Queries)-1]; return nil }); err != nil {
			t.Fatal(err)
		}
		for _, path := range append(w.settingsParts(t), "/settings") {
			w := w
			if path == "/settings" {
				w = whole
			}
			if strings.HasSuffix(path, "favourites") || strings.HasSuffix(path, "from=100") {
				continue // these have no such rows
			}
			_, body := w.get(t, g+path)
			form, wrong := shownForm(t, body), map[string]string{}
			for _, m := range shownInput.FindAllStringSubmatch(body, -1) {
				switch name := m[1]; {
				case strings.HasSuffix(name, ".text"):
					wrong[name] = longest(200, youtube.MaxText+1, of)[len(wrong)]
				case strings.HasSuffix(name, ".time"):
					form[name] = "18:00"
				case strings.HasSuffix(name, ".cron"):
					wrong[name] = fmt.Sprint(strings.Repeat("1,", 94), 100+len(wrong), " * * * *") // as long as one may be, of what one is made of
				case strings.HasPrefix(name, "blocked"):
					wrong[name] = strings.Join(longest(len(strings.Split(form[name], "\n")), 201, of), "\n")
				case name != "kinds" && !strings.HasSuffix(name, "liked") && !strings.Contains(body, `type="checkbox" name="`+name+`"`):
					wrong[name] = longest(200, 20, of)[len(wrong)]
				}
			}
			for name, value := range wrong {
				form[name] = value
			}
			res, body := w.post(t, g+"/settings", form)
			t.Logf("%q %s: %d inputs, %d bytes, %d errors", of, path, len(wrong), len(body), strings.Count(body, `<p class="wrong"`))
			if res.StatusCode != 422 || len(body) > maxPage {
				t.Errorf("%q: the refused page %s has status %d and %d bytes, want at most %d", of, path, res.StatusCode, len(body), maxPage)
			}
			if got := strings.Count(body, `<p class="wrong"`); got < len(wrong) || len(wrong) < 3 {
				t.Errorf("%q %s: %d errors for %d inputs that are wrong", of, path, got, len(wrong))
			}
			for name, value := range wrong {
				if !strings.HasPrefix(name, "blocked") && !strings.Contains(body, html.EscapeString(value)) {
					t.Errorf("%q %s: what was typed into %s is gone", of, path, name)
				}
			}
		}
	}
}
