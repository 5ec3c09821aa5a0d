package dashboard_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/bot/discord"
	"cratedigger/internal/browser"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"

	"github.com/chromedp/chromedp"
)

// portrait is an avatar of one colour.
func portrait(t testing.TB, c color.Color) []byte {
	t.Helper()
	m := image.NewPaletted(image.Rect(0, 0, 64, 64), color.Palette{c})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// members are those of the world's votes, as Discord knows them; the fourth has left.
var members = []fakediscord.Member{
	{ID: "800000000000000001", Name: "ana_b", Global: "Ana <b>&amp;"},
	{ID: "800000000000000002", Name: "ben", Nick: "שלום 🎧 名前がとても長い人のことですからここで終わらないかもしれません"},
	{ID: "800000000000000003", Name: "cy"},
}

// meet gives a world a Discord that knows its members.
func meet(t testing.TB, o *dashboard.Options) (*fakediscord.Server, *discord.People) {
	t.Helper()
	server, err := fakediscord.New(fakediscord.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	server.AddGuild(fakediscord.Guild{ID: guildID, Name: "Night Shift"})
	for i, m := range members {
		if i < 2 {
			m.Avatar = portrait(t, color.RGBA{uint8(90 * i), 140, 90, 255})
		}
		server.AddMember(guildID, m)
	}
	client, err := discord.NewClient(discord.Options{Token: server.Token(), BaseURL: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdle)
	people := discord.NewPeople(client, func() time.Time { return now })
	o.People = people
	return server, people
}

// memberCalls is how often a stand-in was asked who a member is.
func memberCalls(server *fakediscord.Server) (n int) {
	for _, r := range server.Requests() {
		if strings.Contains(r.Path, "/members/") {
			n++
		}
	}
	return n
}

// snowflake is a member's id.
var snowflake = regexp.MustCompile(`8000000000000000\d\d`)

// TestVotersHaveNames: the page is there at once and asks nobody; a POST brings names and
// avatars, through the dashboard alone; no id is shown; what is forgotten is gone.
func TestVotersHaveNames(t *testing.T) {
	var server *fakediscord.Server
	var people *discord.People
	w := newWorld(t, 400, func(o *dashboard.Options) { server, people = meet(t, o) })
	w.live(t)
	res, body := w.get(t, g+"/votes")
	if res.StatusCode != 200 || memberCalls(server) != 0 || strings.Count(body, "A member") < 4 || strings.Contains(body, "/avatar/") || snowflake.MatchString(body) {
		t.Fatalf("status %d, %d calls: %s", res.StatusCode, memberCalls(server), body)
	}
	if _, body = w.post(t, g+"/people", nil); memberCalls(server) != 4 || snowflake.MatchString(body) || strings.Contains(body, "A member") {
		t.Errorf("%d calls: %s", memberCalls(server), body)
	}
	_, again := w.get(t, g+"/votes")
	for _, want := range []string{"<bdi>Ana &lt;b&gt;&amp;amp;</bdi>", "<bdi>שלום 🎧 名前が", "<bdi>cy</bdi>", "<bdi>Someone who left</bdi>"} {
		if !strings.Contains(body, want) || !strings.Contains(again, want) {
			t.Errorf("a page lacks %s", want)
		}
	}
	if memberCalls(server) != 4 || strings.Contains(again, "Asking Discord") || strings.Contains(again, server.URL()) || strings.Contains(again, "discordapp") {
		t.Errorf("%d calls: %s", memberCalls(server), again)
	}
	pictures := regexp.MustCompile(`/g/\d+/avatar/[0-9a-f]{32}`).FindAllString(again, -1)
	slices.Sort(pictures)
	if pictures = slices.Compact(pictures); len(pictures) != 2 {
		t.Fatalf("the pictures are %v", pictures)
	}
	for _, path := range pictures {
		res, body := w.get(t, path)
		if _, form, err := image.Decode(strings.NewReader(body)); err != nil || form != "png" || res.Header.Get("Content-Type") != "image/png" || res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: status %d, %v: %s, %v", path, res.StatusCode, res.Header, form, err)
		}
	}
	people.Forget(members[0].ID)
	people.Forget(members[1].ID)
	for _, path := range pictures {
		if res, _ := w.get(t, path); res.StatusCode != 404 {
			t.Errorf("%s of somebody forgotten: status %d", path, res.StatusCode)
		}
	}
	if _, body := w.get(t, g+"/votes"); strings.Contains(body, "Ana") || strings.Contains(body, "שלום") || !strings.Contains(body, "<bdi>cy</bdi>") {
		t.Error("somebody forgotten is named, or somebody else is not")
	}
	file := w.state(t).file
	for _, name := range []string{"ana_b", "Ana <b>", "שלום"} {
		if strings.Contains(file, name) {
			t.Errorf("the catalogue holds the name %q", name)
		}
	}
}

// TestAvatarsAreGuarded: without a login, from another guild's page, by another site and
// for keys of nobody's there is no picture, and Discord is not asked for one.
func TestAvatarsAreGuarded(t *testing.T) {
	var server *fakediscord.Server
	w := newWorld(t, 400, func(o *dashboard.Options) {
		withPassword(o)
		server, _ = meet(t, o)
	})
	w.live(t)
	if err := w.catalog.SaveGuild(t.Context(), catalog.Guild{ID: "77", Name: "Elsewhere", JoinedAt: now}); err != nil {
		t.Fatal(err)
	}
	login := func(r *http.Request) { r.SetBasicAuth("", password) }
	_, body := w.send(t, "POST", g+"/people", "a=b", login)
	path := regexp.MustCompile(`/g/\d+/avatar/[0-9a-f]{32}`).FindString(body)
	if path == "" {
		t.Fatalf("no picture on %s", body)
	}
	_, key, _ := strings.Cut(path, "/avatar/")
	fetched := func() (n int) {
		for _, r := range server.Requests() {
			if strings.Contains(r.Path, "avatar") {
				n++
			}
		}
		return n
	}
	for name, tt := range map[string]struct {
		path   string
		change func(*http.Request)
		status int
	}{
		"without a login":         {path, nil, http.StatusSeeOther},
		"with a wrong password":   {path, func(r *http.Request) { r.SetBasicAuth("", "wrong") }, http.StatusUnauthorized},
		"on another site's page":  {path, func(r *http.Request) { login(r); r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		"of another guild":        {"/g/77/avatar/" + key, login, http.StatusNotFound},
		"of no guild":             {"/g/78/avatar/" + key, login, http.StatusNotFound},
		"of nobody":               {g + "/avatar/" + strings.Repeat("0", 32), login, http.StatusNotFound},
		"by a member's id":        {g + "/avatar/" + members[0].ID, login, http.StatusNotFound},
		"above the folder":        {g + "/avatar/..%2f..%2f" + key, login, http.StatusNotFound},
		"at an address":           {g + "/avatar/https:%2f%2fexample.com%2fx.png", login, http.StatusNotFound},
		"with a key and a suffix": {path + ".svg", login, http.StatusNotFound},
	} {
		if res, body := w.send(t, "GET", tt.path, "", tt.change); res.StatusCode != tt.status || strings.HasPrefix(body, "\x89PNG") || res.Header.Get("Content-Type") == "image/png" {
			t.Errorf("%s: status %d, want %d", name, res.StatusCode, tt.status)
		}
	}
	if fetched() != 0 {
		t.Errorf("%d pictures were fetched", fetched())
	}
	if res, _ := w.send(t, "GET", path, "", login); res.StatusCode != 200 || fetched() != 1 {
		t.Errorf("with the login: status %d, %d fetched", res.StatusCode, fetched())
	}
	calls := memberCalls(server)
	if res, _ := w.send(t, "POST", g+"/people", "a=b", func(r *http.Request) { login(r); r.Header.Set("Sec-Fetch-Site", "cross-site") }); res.StatusCode != 403 || memberCalls(server) != calls {
		t.Errorf("asked by another site: status %d", res.StatusCode)
	}
}

// TestVotersInAnOutage: the page says that Discord does not answer, and has all else.
func TestVotersInAnOutage(t *testing.T) {
	w := newWorld(t, 400, func(o *dashboard.Options) {
		server, _ := meet(t, o)
		server.Break(func(r *http.Request) *fakediscord.Fault {
			if strings.Contains(r.URL.Path, "/members/") {
				return &fakediscord.Fault{Status: 503}
			}
			return nil
		})
	})
	w.live(t)
	res, body := w.post(t, g+"/people", nil)
	if res.StatusCode != 200 || !strings.Contains(body, "Discord does not say just now") || !strings.Contains(body, "Ask again") || strings.Contains(body, `hx-trigger="load`) || !strings.Contains(body, "Votes a day") {
		t.Errorf("status %d: %s", res.StatusCode, body)
	}
}

// cast lets members vote on the first videos, each by signs such as "+-0".
func (w *world) cast(t testing.TB, votes map[string]string) {
	t.Helper()
	var changes []catalog.VoteChange
	for member, signs := range votes {
		for i, sign := range signs {
			if sign != '0' {
				changes = append(changes, catalog.VoteChange{GuildID: guildID, VideoID: w.ids[i], MemberID: member, Up: sign == '+', Set: true, Source: catalog.SourceButton, At: now.Add(-time.Hour)})
			}
		}
	}
	if _, err := w.catalog.Vote(t.Context(), changes...); err != nil {
		t.Fatal(err)
	}
}

// TestAgreementNamesNobody: it is told of three voters and more, with its counts.
func TestAgreementNamesNobody(t *testing.T) {
	for _, tt := range []struct {
		votes map[string]string
		want  string
	}{
		{map[string]string{"801": "+-+"}, ""},
		{map[string]string{"801": "+-+", "802": "++-"}, ""},
		{map[string]string{"801": "+-0", "802": "+-0", "803": "00+"}, ""}, // the third voted on nothing that another did
		{map[string]string{"801": "+-+", "802": "++-", "803": "+00"}, "agreed in 3 of 5 cases, on 3 songs."},
	} {
		w := newWorld(t, 5, nil)
		w.cast(t, tt.votes)
		_, body := w.get(t, g+"/votes")
		if got := strings.Contains(body, " agreed "); got != (tt.want != "") || !strings.Contains(body, tt.want) {
			t.Errorf("%v: %s", tt.votes, body)
		}
	}
}

// TestVotesCountOnce: a member's votes on a post and on its song are one, the later.
func TestVotesCountOnce(t *testing.T) {
	w := newWorld(t, 5, nil)
	change := catalog.VoteChange{GuildID: guildID, VideoID: w.ids[0], MemberID: "801", PostID: "p", Up: true, Set: true, Source: catalog.SourceReaction, At: now.Add(-2 * time.Hour)}
	later := change
	later.PostID, later.Up, later.Source, later.At = "", false, catalog.SourceButton, now.Add(-time.Minute)
	if _, err := w.catalog.Vote(t.Context(), change, later); err != nil {
		t.Fatal(err)
	}
	if _, body := w.get(t, g+"/votes"); !strings.Contains(body, "<p>1 vote on 1 song · 👎 1</p>") || !strings.Contains(body, "1 vote, 0\u00a0% 👍 ·") || !strings.Contains(body, ">1 minute ago</time>") {
		t.Errorf("the page is %s", body)
	}
}

// TestRunsSayWho: by schedule, from here, or for a member by name, and never with an id.
func TestRunsSayWho(t *testing.T) {
	w := newWorld(t, 5, func(o *dashboard.Options) {
		_, people := meet(t, o)
		if err := people.Ask(t.Context(), guildID, []string{members[2].ID}); err != nil {
			t.Fatal(err)
		}
	})
	for i, by := range []catalog.Asker{catalog.BySchedule, catalog.ByDashboard, catalog.ByForgotten, catalog.Asker(members[2].ID), catalog.Asker(members[0].ID)} {
		slot := ""
		if by == catalog.BySchedule {
			slot = guildID + "/scrape/2026-11-22T18:00"
		}
		run, err := w.catalog.StartRun(t.Context(), catalog.Run{GuildID: guildID, Kind: catalog.RunScrape, By: by, Slot: slot, Started: now.Add(time.Duration(-i*i) * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		run.Outcome, run.Ended, run.Counts = catalog.OutcomeOK, run.Started.Add(time.Second), map[string]int{"found": 1, "new": 1}
		if err := w.catalog.FinishRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	_, body := w.get(t, g+"/runs")
	for _, want := range []string{"on schedule", "from the dashboard", ">for a member", ">for cy", "just now", "1 hour ago", "4 hours ago", "9 hours ago", "16 hours ago", "1 video seen, 1 new", "1 video found, 1 of them new."} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if snowflake.MatchString(body) || strings.Contains(body, "2026-11-22T18:00<") || strings.Contains(body, "/scrape/") {
		t.Error("the page shows an id")
	}
	// As many as there may be stand on pages of their own.
	for i := range 60 {
		if _, err := w.catalog.StartRun(t.Context(), catalog.Run{GuildID: guildID, Kind: catalog.RunPost, By: catalog.BySchedule, Started: now.AddDate(0, 0, -2).Add(time.Duration(-i) * time.Minute)}); err != nil {
			t.Fatal(err)
		}
	}
	rows := func(path string) int {
		_, body := w.get(t, g+path)
		return strings.Count(body, `<li class="card run`)
	}
	if a, b, c, d := rows("/runs"), rows("/runs?page=3"), rows("/runs?kind=scrape"), rows("/runs?page=9"); a != 16 || b != 16 || c != 5 || d != 0 {
		t.Errorf("the pages have %d, %d, %d and %d runs", a, b, c, d)
	}
}

// TestLearnNow: the button is /retrain, and waits for a training that is going.
func TestLearnNow(t *testing.T) {
	begin := make(chan struct{})
	w := newWorld(t, 5, func(o *dashboard.Options) { o.Stages = busy{o.Stages, begin} })
	if res, body := w.post(t, g+"/retrain", nil); res.StatusCode != 409 || !strings.Contains(body, "learning already") {
		t.Errorf("while one goes: status %d: %s", res.StatusCode, body)
	}
	close(begin)
	if res, _ := w.post(t, g+"/retrain", nil); res.StatusCode != 303 || res.Header.Get("Location") != g+"/runs?done=retrain" {
		t.Errorf("afterwards: status %d", res.StatusCode)
	}
}

// busy are stages that train until a channel is closed.
type busy struct {
	dashboard.Stages
	until chan struct{}
}

func (b busy) Busy(ctx context.Context, kind catalog.RunKind, guildID string) error {
	select {
	case <-b.until:
		return nil
	default:
		return fmt.Errorf("a %s goes in %s", kind, guildID)
	}
}

// TestPeoplesPagesAreSmall: with long names in long scripts, thousands of votes and runs
// that failed at length, no page is large.
func TestPeoplesPagesAreSmall(t *testing.T) {
	w := newWorld(t, 0, nil)
	var seen []catalog.Sighting
	var changes []catalog.VoteChange
	for i := range 60 {
		id := fmt.Sprintf("longlong-%02d", i)
		seen = append(seen, catalog.Sighting{Status: youtube.StatusOK, At: now, GuildID: guildID, Query: "q", Detailed: true, Video: youtube.Video{
			ID: id, Title: strings.Repeat("題", 40) + " - " + strings.Repeat("歌", 57), Channel: strings.Repeat("𝕶", 50), ChannelID: fmt.Sprintf("UC%022d", i)}})
		for m := range 60 {
			changes = append(changes, catalog.VoteChange{GuildID: guildID, VideoID: id, MemberID: fmt.Sprint(80000 + m), Up: true, Set: true, Source: catalog.SourceButton, At: now})
		}
		run, err := w.catalog.StartRun(t.Context(), catalog.Run{GuildID: guildID, Kind: catalog.RunScrape, By: catalog.BySchedule, Started: now.Add(time.Duration(-i) * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		run.Outcome, run.Ended, run.Error = catalog.OutcomeFailed, run.Started.Add(time.Second), strings.Repeat("<", 5000)
		run.Counts = map[string]int{"found": 100_000, "new": 100_000, "pages": 10_000, "read": 10_000}
		run.Coverage = map[string]catalog.Coverage{}
		for _, kind := range []string{"watch", "results"} {
			c := catalog.Coverage{Pages: 1000, Videos: 1000, Fields: map[string]int{}, Unknown: map[string]int{}}
			for f := range 20 {
				c.Fields[fmt.Sprint("field_", f)] = 900 + f
				c.Unknown[fmt.Sprint("unknownItem", f)] = f
			}
			run.Coverage[kind] = c
		}
		for range 20 {
			run.Alarms = append(run.Alarms, strings.Repeat("詳", 300))
		}
		if err := w.catalog.FinishRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.catalog.Observe(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	if _, err := w.catalog.Vote(t.Context(), changes...); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/votes", "/runs", "/runs?page=2", "/label"} {
		if _, body := w.get(t, g+path); len(body) > 50_000 {
			t.Errorf("the page %s has %d bytes", path, len(body))
		} else {
			t.Logf("%s: %d bytes", path, len(body))
		}
	}
}

// TestBrowserVoters loads the page of the votes: names and pictures come after it.
func TestBrowserVoters(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	var server *fakediscord.Server
	w := newWorld(t, 400, func(o *dashboard.Options) { server, _ = meet(t, o) })
	w.live(t)
	w.sing(t)
	ctx := browser.Start(t)
	browser.Look(t, ctx, 1440, 900, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+g+"/votes"))
	browser.Until(t, ctx, `[...document.querySelectorAll(".voters b")].some(b => b.textContent === "Ana <b>&amp;")`)
	browser.Until(t, ctx, `[...document.querySelectorAll(".voters .face img, .newest .face img")].filter(i => i.complete && i.naturalWidth === 64).length > 2`)
	if !browser.Eval[bool](t, ctx, `[...document.querySelectorAll(".newest .fine bdi")].some(b => b.textContent === "cy") && !document.querySelector(".asking")`) {
		t.Error("the newest votes have no names")
	}
	if loaded := browser.Eval[string](t, ctx, `performance.getEntriesByType("resource").map(r => r.name).filter(n => !n.startsWith(location.origin)).join(" ")`); strings.Contains(loaded, "discord") || strings.Contains(loaded, server.URL()) {
		t.Errorf("the browser asked %s", loaded)
	}
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1440, 390} {
			browser.Look(t, ctx, width, 900, theme)
			name := fmt.Sprintf("voters-%s-%d", theme, width)
			browser.NoOverflow(t, ctx, name)
			browser.Picture(t, ctx, name)
			browser.Eval[bool](t, ctx, `scrollTo(0, 700), true`)
			browser.Picture(t, ctx, name+"-below")
			browser.Eval[bool](t, ctx, `scrollTo(0, 0), true`)
		}
		browser.Accessible(t, ctx, "voters, "+theme)
	}
}
