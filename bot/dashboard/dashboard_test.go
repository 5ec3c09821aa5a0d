package dashboard_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

const g = "/g/" + guildID

func TestPagesSayWhatThereIs(t *testing.T) {
	w := newWorld(t, 400, nil)
	w.live(t)
	for _, tt := range []struct {
		path string
		want []string
	}{
		{g + "/songs", []string{"Up next <span>205</span>", "Posted <span>195</span>", "All <span>400</span>", ">Blocked</a>", "Kitchen Tapes", "i.ytimg.com/vi/vid", "I&#39;ve learned from ", "I give it <b>", "songs?page=2"}},
		{g + "/songs?q=session", []string{"session", `value="session"`}},
		{g + "/songs?q=nosuchword", []string{"No song here passes this filter.", "Show all 205"}},
		{g + "/songs?page=3", []string{`<span class="rank">41</span>`, "songs?page=4"}},
		{g + "/songs?tab=posted", []string{"<b class=\"tag\">posted</b> 2 days ago", "195 songs"}},
		{g + "/songs?tab=blocked", []string{"Nothing is blocked."}},
		{g + "/model", []string{"I&#39;ve learned from ", "Of my picks of the last four weeks ", "of random candidates I would expect ", "Picks that were liked", "What you like", "Version 1", "serves", "out of fold", "Details of version 1"}},
		{g + "/model?v=1", []string{"ROC", "Precision and recall", "Reliability", "guessing the base rate", "Parameters"}},
		{g + "/votes", []string{"Who votes", "Votes a day", "who voted on the same song agreed ", " votes on ", "Labels as CSV"}},
		{g + "/runs", []string{"62 videos seen, 14 new", "62 videos found, 14 of them new, 15 videos read in full.", "40 videos seen, none of them new", "subscribers 60\u00a0%, likes 93\u00a0%; every other", "reelShelf (2)", "likes are read on 12 %", "asks for a consent"}},
		{g + "/runs?kind=post", []string{"5 picks"}},
		{g + "/label", []string{"We like it", "Not for us", "Skip", "I have learned from every vote"}},
		{g + "/settings", []string{"Europe/Lisbon", "live session | upload:month", "every day at 18:00", "Mon 23 Nov 18:00 WET"}},
		{"/api", []string{"/api/v1/predict", "/api/v1/songs", "/api/v1/votes", "/api/v1/models", "/api/v1/runs", "/readyz"}},
		{g + "/video/" + w.ids[0], []string{"What moved the score"}},
	} {
		t.Run(tt.path, func(t *testing.T) {
			res, body := w.get(t, tt.path)
			if res.StatusCode != 200 {
				t.Fatalf("status %d: %s", res.StatusCode, body)
			}
			for _, want := range tt.want {
				if !strings.Contains(body, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
			for _, bad := range []string{"%!", "ZgotmplZ", "<no value>", " style="} {
				if strings.Contains(body, bad) {
					t.Errorf("the page holds %q", bad)
				}
			}
		})
	}
	if res, _ := w.get(t, "/"); res.Header.Get("Location") != g+"/home" {
		t.Errorf("the first page leads to %q", res.Header.Get("Location"))
	}
	for _, path := range []string{"/nosuch", "/g/1/songs", g + "/video/nosuchvideo", g + "/video/<script>"} {
		if res, _ := w.get(t, path); res.StatusCode != 404 {
			t.Errorf("%s: status %d, want 404", path, res.StatusCode)
		}
	}
}

// TestSettingsWithoutDiscord: who uses the program alone is told of no posts.
func TestSettingsWithoutDiscord(t *testing.T) {
	w := newWorld(t, 0, nil)
	before := catalog.Guild{ID: catalog.LocalGuild, Name: "Local", Zone: "UTC", Schedule: []string{"0 18 * * *"}, Picks: 5, Votes: "both", SameSongDays: 30, Wildcard: true}
	if err := w.catalog.SaveGuild(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	_, body := w.get(t, "/g/local/settings")
	shown := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body[strings.Index(body, "<main"):], " ")
	if word := regexp.MustCompile(`(?i)\w*\b(post\w*|discord|server)`).FindString(shown); word != "" {
		t.Errorf("the page says %q: %s", word, strings.Join(strings.Fields(shown), " "))
	}
	if res, body := w.post(t, "/g/local/settings", shownForm(t, body)); res.StatusCode != 303 {
		t.Fatalf("status %d: %s", res.StatusCode, body)
	}
	if after, _, err := w.catalog.Guild(t.Context(), catalog.LocalGuild); err != nil || after.SameSongDays != 30 || after.Picks != 5 || !after.Wildcard || after.Votes != "both" {
		t.Errorf("saved as %+v (%v)", after, err)
	}
}

func TestPagesWithoutAnything(t *testing.T) {
	w := newWorld(t, 0, nil)
	for path, want := range map[string]string{
		"/songs": "There are no songs yet", "/songs?tab=posted": "Nothing was posted yet", "/model": "There is no model yet", "/votes": "Nobody has voted yet",
		"/runs": "Nothing has run yet", "/label": "There is no song to ask about yet", "/settings": "Europe/Lisbon",
	} {
		if res, body := w.get(t, g+path); res.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: status %d, without %q", path, res.StatusCode, want)
		}
	}
}

func TestSongsFollowCatalogueAndFilters(t *testing.T) {
	w := newWorld(t, 300, nil)
	type answer struct {
		Model int
		Songs []struct {
			Rank      int
			VideoID   string `json:"video_id"`
			Title     string
			Channel   string
			ChannelID string `json:"channel_id"`
			Score     float64
			Published string
			Queries   []string
			Posted    bool
			PostedAt  string `json:"posted_at"`
		}
	}
	fetch := func(query string) answer {
		t.Helper()
		res, body := w.get(t, "/api/v1/songs"+query)
		var a answer
		if err := json.Unmarshal([]byte(body), &a); err != nil || res.StatusCode != 200 {
			t.Fatalf("status %d, %v: %s", res.StatusCode, err, body)
		}
		return a
	}
	all := fetch("")
	if len(all.Songs) != 300 {
		t.Fatalf("%d songs, want 300", len(all.Songs))
	}
	for i, p := range all.Songs {
		if p.Rank != i+1 || i > 0 && p.Score > all.Songs[i-1].Score {
			t.Fatalf("row %d has rank %d and score %v after %v", i, p.Rank, p.Score, all.Songs[max(i-1, 0)].Score)
		}
	}
	week := now.AddDate(0, 0, -31).Format("2006-01-02")
	for _, tt := range []struct {
		query string
		keep  func(i int) bool
	}{
		{"?q=LIVE+river", func(i int) bool {
			s := strings.ToLower(all.Songs[i].Title + all.Songs[i].Channel)
			return strings.Contains(s, "live") && strings.Contains(s, "river")
		}},
		{"?channel=" + all.Songs[0].ChannelID, func(i int) bool { return all.Songs[i].ChannelID == all.Songs[0].ChannelID }},
		{"?query=indie+folk", func(i int) bool { return slices.Contains(all.Songs[i].Queries, "indie folk") }},
		{"?days=31", func(i int) bool { return all.Songs[i].Published > week }},
	} {
		want := 0
		for i := range all.Songs {
			if tt.keep(i) {
				want++
			}
		}
		got := fetch(tt.query)
		if len(got.Songs) != want || want == 0 || want == 300 {
			t.Errorf("%s: %d songs, want %d of 300", tt.query, len(got.Songs), want)
		}
	}
	if got := fetch("?limit=7"); len(got.Songs) != 7 {
		t.Errorf("limit=7 gives %d", len(got.Songs))
	}
	// A model changes the order, so the list must not be the cached one.
	w.live(t)
	for tab, want := range map[string]struct{ songs, posted int }{"next": {105, 0}, "posted": {195, 195}, "all": {300, 195}, "blocked": {0, 0}} {
		after := fetch("?tab=" + tab)
		posted, last := 0, ""
		for i, p := range after.Songs {
			if p.Posted {
				posted++
			} else if posted > 0 {
				t.Fatalf("%s: song %d was not posted, and stands behind one that was", tab, i+1)
			}
			if p.Posted && last != "" && p.PostedAt > last {
				t.Fatalf("%s: song %d was posted later than the one before it", tab, i+1)
			}
			last = p.PostedAt
		}
		if after.Model != 1 || len(after.Songs) != want.songs || posted != want.posted {
			t.Errorf("%s: by model %d there are %d songs, %d of them posted, want %v", tab, after.Model, len(after.Songs), posted, want)
		}
	}
}

func TestVoteAndUndo(t *testing.T) {
	w := newWorld(t, 20, nil)
	id := w.ids[3]
	votes := func() []catalog.Vote {
		t.Helper()
		all, err := w.catalog.Votes(t.Context(), guildID)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(all, func(v catalog.Vote) bool { return v.Value == 0 })
	}
	for _, step := range []struct {
		vote string
		want int
	}{{"up", 1}, {"down", -1}, {"none", 0}, {"up", 1}} {
		if res, _ := w.post(t, g+"/vote", map[string]string{"video": id, "vote": step.vote}); res.StatusCode != 303 {
			t.Fatalf("%s: status %d", step.vote, res.StatusCode)
		}
		got := 0
		for _, v := range votes() {
			if v.VideoID == id && v.MemberID == catalog.ImportVoter {
				got = v.Value
			}
		}
		if got != step.want {
			t.Errorf("after %s the vote is %d, want %d", step.vote, got, step.want)
		}
	}
	// The part of the page that htmx replaces.
	_, body := w.post(t, g+"/vote", map[string]string{"video": id, "vote": "down"}, "HX-Request", "true")
	if !strings.HasPrefix(body, "<form class=\"votes\"") || !strings.Contains(body, "👎 1") {
		t.Errorf("htmx gets %q", body)
	}
	if res, _ := w.post(t, g+"/undo", map[string]string{"video": id, "post": "", "member": catalog.ImportVoter}); res.StatusCode != 303 || len(votes()) != 0 {
		t.Errorf("undo: status %d, votes %v", res.StatusCode, votes())
	}
	for _, bad := range []map[string]string{{"video": id, "vote": "sideways"}, {"video": "../../etc", "vote": "up"}, {"video": "unknown0000", "vote": "up"}} {
		if res, _ := w.post(t, g+"/vote", bad); res.StatusCode < 400 {
			t.Errorf("%v: status %d", bad, res.StatusCode)
		}
	}
	if res, _ := w.post(t, g+"/undo", map[string]string{"video": id, "member": "nobody"}); res.StatusCode != 404 {
		t.Errorf("undoing a vote that is not there: status %d", res.StatusCode)
	}
}

func TestLabelSession(t *testing.T) {
	w := newWorld(t, 60, nil)
	seen := map[string]bool{}
	skipped := ""
	for i := range 8 {
		_, body := w.get(t, g+"/label?skipped="+strings.ReplaceAll(skipped, " ", "+"))
		id := between(body, `name="video" value="`, `"`)
		if id == "" || seen[id] {
			t.Fatalf("question %d asks for %q again (asked: %v)", i, id, seen)
		}
		if want, err := w.loop.LabelNext(t.Context(), guildID, 1, strings.Fields(skipped)); err != nil || len(want) != 1 || want[0].Video.ID != id {
			t.Errorf("question %d is %s, and not the guild's next, %v (%v)", i, id, want, err)
		}
		seen[id] = true
		answer := []string{"up", "down", "skip"}[i%3]
		res, _ := w.post(t, g+"/label", map[string]string{"video": id, "vote": answer, "skipped": skipped})
		if res.StatusCode != 303 {
			t.Fatalf("status %d", res.StatusCode)
		}
		to, err := url.Parse(res.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if skipped = to.Query().Get("skipped"); to.Query().Get("last") != id || to.Query().Get("answered") != answer {
			t.Errorf("after %s of %s the page is %s", answer, id, to)
		}
	}
	if len(strings.Fields(skipped)) != 2 {
		t.Errorf("skipped are %q, want 2", skipped)
	}
	votes, err := w.catalog.Votes(t.Context(), guildID)
	if err != nil || len(votes) != 6 {
		t.Errorf("%d votes kept (%v), want 6", len(votes), err)
	}
}

func TestSettings(t *testing.T) {
	w := newWorld(t, 0, nil)
	form := func(change map[string]string) map[string]string {
		f := map[string]string{
			"queries": "live session | upload:week\nchannel:UC0000000000000000000000 | pages:2", "schedule": "0 9 * * *\n0 21 * * *", "zone": "America/Sao_Paulo",
			"retrain": "0 5 * * *", "picks": "4", "min_seconds": "60", "max_seconds": "900", "same_song_days": "90", "kinds": "Mix, karaoke", "blocked_artists": "UC2222222222222222222222 Lumen\nThe Otto Venn", "exploration": "50", "votes": "both", "language": "pt-BR", "role": "778899",
			"wildcard": "1", "blocked_words": "nightcore\nsped up", "blocked_channels": "UC1111111111111111111111 Loud Basement",
		}
		for k, v := range change {
			f[k] = v
		}
		return f
	}
	res, body := w.post(t, g+"/settings", form(nil))
	if res.StatusCode != 303 {
		t.Fatalf("status %d: %s", res.StatusCode, body)
	}
	got, _, err := w.catalog.Guild(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Picks != 4 || got.Zone != "America/Sao_Paulo" || len(got.Schedule) != 2 || got.Votes != "both" || !got.Wildcard || got.MusicOnly || got.Exploration != 0.5 ||
		len(got.Queries) != 2 || got.Queries[0].Upload != "week" || got.Queries[1].Channel == "" || got.Queries[1].Pages != 2 ||
		got.SameSongDays != 90 || !slices.Equal(got.Kinds, []string{"mix", "karaoke"}) || len(got.BlockedArtists) != 2 ||
		got.BlockedArtists[0].ChannelID != "UC2222222222222222222222" || got.BlockedArtists[0].Name != "Lumen" || got.BlockedArtists[1].Name != "The Otto Venn" ||
		len(got.BlockedWords) != 2 || got.BlockedChannels[0].ID != "UC1111111111111111111111" || got.ChannelID != "1" || got.MentionRole != "778899" {
		t.Errorf("saved as %+v", got)
	}
	if !slices.Contains(w.changed, guildID) {
		t.Error("nobody was told of the change")
	}
	for name, change := range map[string]map[string]string{
		"Posts":        {"schedule": "* * * * *"},
		"Time zone":    {"zone": "Mars/Olympus"},
		"Role":         {"role": "<@&1>"},
		"Picks":        {"picks": "500"},
		"Exploration":  {"exploration": "NaN"},
		"Age of a":     {"queries": "x | upload:never"},
		"Longest":      {"max_seconds": "10"},
		"Votes":        {"votes": "<b>"},
		"Language":     {"language": "../x"},
		"Search:":      {"scrape": "TZ=UTC 0 0 * * *"},
		"not “−1”":     {"picks": "−1"},
		"and Training": {"retrain": "60 * * * *", "picks": "x"},
	} {
		res, body := w.post(t, g+"/settings", form(change))
		if res.StatusCode != 422 || !strings.Contains(body, "Nothing was saved.") || !strings.Contains(body, strings.TrimPrefix(name, "and ")) {
			t.Errorf("%v: status %d and no sentence about %s", change, res.StatusCode, name)
		}
	}
	if again, _, _ := w.catalog.Guild(t.Context(), guildID); again.Picks != 4 || again.Zone != got.Zone {
		t.Errorf("a refused form changed the guild: %+v", again)
	}
}

func TestModelsRetrainAndRollBack(t *testing.T) {
	w := newWorld(t, 400, nil)
	w.live(t)
	res, _ := w.post(t, g+"/retrain", nil)
	if res.StatusCode != 303 || !strings.HasPrefix(res.Header.Get("Location"), g+"/runs") {
		t.Fatalf("status %d, to %s", res.StatusCode, res.Header.Get("Location"))
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		models, err := w.catalog.Models(t.Context(), guildID)
		if err != nil {
			t.Fatal(err)
		}
		if len(models) == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the training asked for did not end with a second model")
		}
		time.Sleep(10 * time.Millisecond)
	}
	champion := func() int {
		t.Helper()
		m, _, err := w.catalog.Champion(t.Context(), guildID)
		if err != nil {
			t.Fatal(err)
		}
		return m.Version
	}
	for _, version := range []int{1, 2} {
		if res, body := w.post(t, g+"/promote", map[string]string{"version": fmt.Sprint(version)}); res.StatusCode != 303 {
			t.Fatalf("status %d: %s", res.StatusCode, body)
		}
		if champion() != version {
			t.Errorf("version %d serves after %d was promoted", champion(), version)
		}
	}
	for _, bad := range []string{"0", "-1", "x", "99"} {
		if res, _ := w.post(t, g+"/promote", map[string]string{"version": bad}); res.StatusCode < 400 || champion() != 2 {
			t.Errorf("version %q: status %d, version %d serves", bad, res.StatusCode, champion())
		}
	}
}

func TestAPI(t *testing.T) {
	w := newWorld(t, 400, nil)
	w.live(t)
	for _, tt := range []struct {
		path   string
		status int
		want   string
	}{
		{"/api/v1/votes?limit=3", 200, `"member_id"`},
		{"/api/v1/models", 200, `"champion": true`},
		{"/api/v1/runs?limit=2", 200, `"outcome"`},
		{"/api/v1/runs?guild=1", 404, `"error"`},
		{"/api/v1/nosuch", 404, `"error"`},
		{g + "/songs.json?limit=2", 200, `"rank": 2`},
	} {
		res, body := w.get(t, tt.path)
		if res.StatusCode != tt.status || !strings.Contains(body, tt.want) || !json.Valid([]byte(body)) {
			t.Errorf("%s: status %d, %.200s", tt.path, res.StatusCode, body)
		}
	}
	res, body := w.get(t, g+"/songs.csv?limit=2")
	if rows := strings.Split(strings.TrimSpace(body), "\n"); len(rows) != 3 || !strings.HasPrefix(rows[0], "rank,video_id,title") || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/csv") {
		t.Errorf("the CSV is %q", body)
	}
}

// TestImportThatCountsIsNotRefused: if an import counts, the page does not say that
// nothing was imported.
func TestImportThatCountsIsNotRefused(t *testing.T) {
	w := newWorld(t, 3, func(o *dashboard.Options) { o.Labels = unfinished{} })
	body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"l.csv\"\r\n\r\nvideo_id,y\n\r\n--x--\r\n"
	res, err := browserless.Post(w.front.URL+g+"/import", "multipart/form-data; boundary=x", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 500 || !strings.Contains(string(page), "the import counts") || strings.Contains(string(page), "Nothing was imported") {
		t.Errorf("status %d, %v: %s", res.StatusCode, err, between(string(page), `role="alert">`, "</p>"))
	}
}

// unfinished are label files whose imports count although the disk is full before the
// last rows are written.
type unfinished struct{ labelFiles }

func (unfinished) Import(context.Context, io.Reader, string, bool) (string, error) {
	return "", &catalog.UnfinishedImportError{Cause: &catalog.SpaceError{}}
}

func TestImportAndExport(t *testing.T) {
	w := newWorld(t, 10, nil)
	send := func(file string, more ...string) (*http.Response, string) {
		body := strings.Join(more, "") + "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"l.csv\"\r\nContent-Type: text/csv\r\n\r\n" + file + "\r\n--x--\r\n"
		req, err := http.NewRequest("POST", w.front.URL+g+"/import", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		res, err := browserless.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(page)
	}
	if res, _ := send("video_id,y\n" + w.ids[1] + ",1\n" + w.ids[2] + ",0\n"); res.StatusCode != 303 {
		t.Errorf("import: status %d", res.StatusCode)
	}
	if res, _ := send("video_id,y\n" + w.ids[3] + ",1\n,0\n"); res.StatusCode != 422 {
		t.Errorf("a file with a bad line: status %d", res.StatusCode)
	}
	if _, body := w.get(t, g+"/labels.csv"); !strings.Contains(body, w.ids[1]) || !strings.Contains(body, w.ids[2]) || strings.Contains(body, w.ids[3]) {
		t.Errorf("exported %q", body)
	}
	if _, body := w.get(t, g+"/labels.csv?unlabelled=1"); strings.Contains(body, w.ids[1]) || !strings.Contains(body, w.ids[3]) {
		t.Errorf("exported without labels: %q", body)
	}

	// A file of likes is shown, imported as the server's own, and taken back.
	own := func() []catalog.Preference {
		t.Helper()
		all, err := w.catalog.Preferences(t.Context(), guildID, "")
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	const likes = "artist,title,y\nBjörk,Jóga,1\n<b>Burial</b>,Archangel,0\n,Nobody,1\n"
	const look = "--x\r\nContent-Disposition: form-data; name=\"preview\"\r\n\r\n1\r\n"
	if res, page := send(likes, look); res.StatusCode != 200 || !strings.Contains(page, "The file holds 2 preferences (1 liked, 1 not) from 3 rows of a table of songs; skipped: 1 rows without an artist") || len(own()) != 0 {
		t.Errorf("looked at: status %d, kept %v: %s", res.StatusCode, own(), between(page, `role="status">`, "</p>"))
	}
	if res, _ := send(likes); res.StatusCode != 303 || len(own()) != 2 {
		t.Fatalf("likes: status %d, %v", res.StatusCode, own())
	}
	if res, page := send("Catalog#,Artist,Title,release_id\n1,Björk,Homogenic,7\n"); res.StatusCode != 422 || !strings.Contains(page, "a table with the columns artist and title") {
		t.Errorf("another file: status %d, %s", res.StatusCode, between(page, `role="alert">`, "</p>"))
	}
	for _, bad := range []string{"", "file-0000000000000000"} {
		if res, _ := w.post(t, g+"/takeback", map[string]string{"batch": bad}); res.StatusCode != 404 || len(own()) != 2 {
			t.Errorf("%q was taken back with status %d, %v are left", bad, res.StatusCode, own())
		}
	}
	if _, page := w.get(t, g+"/votes"); !strings.Contains(page, own()[0].Batch) {
		t.Error("the page does not offer to take the file back")
	}
	if res, _ := w.post(t, g+"/takeback", map[string]string{"batch": own()[0].Batch}); res.StatusCode != 303 || len(own()) != 0 {
		t.Errorf("taken back with status %d, %v are left", res.StatusCode, own())
	}
}

func TestReadiness(t *testing.T) {
	var broken error
	w := newWorld(t, 0, func(o *dashboard.Options) { o.Ready = func(context.Context) error { return broken } })
	for _, tt := range []struct {
		path   string
		err    error
		status int
	}{{"/healthz", nil, 200}, {"/readyz", nil, 200}, {"/readyz", fmt.Errorf("the gateway is away"), 503}, {"/healthz", fmt.Errorf("x"), 200}} {
		broken = tt.err
		if res, body := w.get(t, tt.path); res.StatusCode != tt.status || tt.status == 503 && !strings.Contains(body, "gateway") {
			t.Errorf("%s with %v: status %d, %q", tt.path, tt.err, res.StatusCode, body)
		}
	}
}

// between returns the text between two marks; "" if they are missing.
func between(s, from, to string) string {
	_, after, ok := strings.Cut(s, from)
	if !ok {
		return ""
	}
	inner, _, ok := strings.Cut(after, to)
	if !ok {
		return ""
	}
	return inner
}

// slow are stages whose choice of videos to label takes until it is released.
type slow struct {
	dashboard.Stages
	guild   string
	began   func()
	release chan struct{}
}

func (s slow) LabelNext(ctx context.Context, guildID string, n int, exclude []string) ([]pipeline.Ranked, error) {
	if guildID == s.guild {
		s.began()
		<-s.release
	}
	return s.Stages.LabelNext(ctx, guildID, n, exclude)
}

// TestLabellingWaitsForNoOtherGuild: while videos are chosen in one guild, another
// one's are shown and answered.
func TestLabellingWaitsForNoOtherGuild(t *testing.T) {
	stages := slow{guild: "900000000000000002", release: make(chan struct{})}
	began := make(chan struct{})
	stages.began = sync.OnceFunc(func() { close(began) })
	w := newWorld(t, 3, func(o *dashboard.Options) { stages.Stages = o.Stages; o.Stages = stages })
	if err := w.catalog.SaveGuild(t.Context(), catalog.Guild{ID: stages.guild, Name: "Slow", JoinedAt: now, Zone: "UTC", Picks: 5}); err != nil {
		t.Fatal(err)
	}
	chosen := make(chan int, 1)
	go func() {
		res, _ := w.get(t, "/g/"+stages.guild+"/label")
		chosen <- res.StatusCode
	}()
	<-began
	other := make(chan int)
	go func() {
		res, _ := w.post(t, g+"/label", map[string]string{"video": w.ids[0], "vote": "up"}, "HX-Request", "true")
		other <- res.StatusCode
	}()
	select {
	case status := <-other:
		if status != 200 {
			t.Errorf("an answer: status %d", status)
		}
	case <-time.After(10 * time.Second):
		t.Error("a guild waits for another")
		defer func() { <-other }()
	}
	close(stages.release)
	if status := <-chosen; status != 200 {
		t.Errorf("the slow guild: status %d", status)
	}
}

// wordy are stages whose errors quote a whole page.
type wordy struct{ dashboard.Stages }

var errQuoted = errors.New("it said " + strings.Repeat("blah ", 5000))

func (wordy) Predict(context.Context, string, string) (pipeline.Explanation, error) {
	return pipeline.Explanation{}, errQuoted
}

func (wordy) LabelNext(context.Context, string, int, []string) ([]pipeline.Ranked, error) {
	return nil, errQuoted
}

func (wordy) Explain(context.Context, string, string) (pipeline.Explanation, error) {
	return pipeline.Explanation{}, errQuoted
}

func (wordy) Taste(context.Context, string) (pipeline.Taste, error) {
	return pipeline.Taste{}, errQuoted
}

// TestShownErrorsQuoteLittle: whatever fails, a page or an answer quotes 200 bytes.
func TestShownErrorsQuoteLittle(t *testing.T) {
	w := newWorld(t, 3, func(o *dashboard.Options) { o.Stages = wordy{o.Stages} })
	if _, err := w.catalog.StartRun(t.Context(), catalog.Run{GuildID: guildID, Kind: "scrape", Started: now, Outcome: "failed", Error: errQuoted.Error(), Alarms: []string{errQuoted.Error()}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.catalog.SaveModel(t.Context(), guildID, []byte(`{"labels":40}`), [][]byte{[]byte("blob")}, true); err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{}
	for _, path := range []string{g + "/label", g + "/video/" + w.ids[0], g + "/model", g + "/runs", "/api/v1/runs"} {
		_, answers[path] = w.get(t, path)
	}
	_, answers["predict"] = w.post(t, "/api/v1/predict", map[string]string{"video": "predictable"})
	for path, body := range answers {
		most := 1
		if strings.Contains(path, "runs") {
			most = 2 // the error and the alarm
		}
		if n := strings.Count(body, "blah"); n == 0 || n > 41*most {
			t.Errorf("%s quotes %d words", path, n)
		}
	}
}

// TestMeantGuild: where none is named, the only one that is served is meant.
func TestMeantGuild(t *testing.T) {
	for _, serves := range []bool{true, false} {
		w := newWorld(t, 3, func(o *dashboard.Options) {
			if serves {
				o.Serves = func(g catalog.Guild) bool { return g.ID == guildID }
			}
		})
		for _, id := range []string{"100000000000000001", catalog.LocalGuild} {
			if err := w.catalog.SaveGuild(t.Context(), catalog.Guild{ID: id, Name: "Gone", JoinedAt: now, Zone: "UTC", Picks: 5}); err != nil {
				t.Fatal(err)
			}
		}
		want, home := 400, "/g/100000000000000001/home"
		if serves {
			want, home = 200, g+"/home"
		}
		if res, body := w.get(t, "/api/v1/songs"); res.StatusCode != want {
			t.Errorf("serves %v: status %d, %s", serves, res.StatusCode, body)
		}
		if res, _ := w.get(t, "/"); res.Header.Get("Location") != home {
			t.Errorf("serves %v: the first page is %s", serves, res.Header.Get("Location"))
		}
		if res, _ := w.get(t, "/api/v1/songs?guild=local"); res.StatusCode != 200 {
			t.Errorf("a guild that is named: status %d", res.StatusCode)
		}
	}
}
