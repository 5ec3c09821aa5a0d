package dashboard_test

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// sing gives a world songs by artists, with votes of a member on some.
func (w *world) sing(t testing.TB) {
	t.Helper()
	var seen []catalog.Sighting
	var votes []catalog.VoteChange
	for i, s := range []struct {
		title, channel string
		vote           int
	}{
		{"Mara Quill - Paper Lanterns (Official Video)", "Lumo Records", 1},
		{"Mara Quill - Winter Road (Official Video)", "Mara Quill", 1},
		{"Mara Quill - Slate (Live at Halle 3)", "Lumo Records", -1},
		{"Otto Venn - Basalt (Official Audio)", "Otto Venn", -1},
		{"Mara Quill - Ether & Ink (Official Video)", "Lumo Records", 0},
		{"Mara Quill - Kerosene (Official Audio)", "Mara Quill", 0},
		{"Otto Venn - <b>Ash</b> (Official Audio)", "Lumo Records", 0},
		{"Mara Quill", "Crate Uploads", 0},
	} {
		id, seconds, playable := "songsung-"+string(rune('a'+i))+"1", int64(200), true
		seen = append(seen, catalog.Sighting{Status: youtube.StatusOK, At: now, GuildID: guildID, Query: "live session", Detailed: true, Video: youtube.Video{
			ID: id, Title: s.title, Channel: s.channel, ChannelID: "UC" + s.channel, Category: "Music", DurationSeconds: &seconds, Embeddable: &playable,
			Published: youtube.Date{Time: now.AddDate(0, 0, -3)},
		}})
		if s.vote != 0 {
			votes = append(votes, catalog.VoteChange{GuildID: guildID, VideoID: id, MemberID: member, Up: s.vote > 0, Set: true, Source: catalog.SourceImport, At: now})
		}
	}
	if _, err := w.catalog.Observe(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	if _, err := w.catalog.Vote(t.Context(), votes...); err != nil {
		t.Fatal(err)
	}
}

// The pages name artists and songs where they are sure, else title and channel, and say
// how the guild took to an artist; so do the lists for programs.
func TestPagesNameArtists(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.sing(t)
	songs := func(query string) string {
		t.Helper()
		res, body := w.get(t, g+"/songs"+query)
		if res.StatusCode != 200 {
			t.Fatalf("status %d: %s", res.StatusCode, body)
		}
		return body
	}
	body := songs("")
	for _, want := range []string{
		`>Ether &amp; Ink</a></h2>` + "\n" + `<p class="by"><a href="songs?q=Mara&#43;Quill&amp;tab=all"><bdi>Mara Quill</bdi></a> · on <a href="songs?channel=UCLumo&#43;Records&amp;tab=all"><bdi>Lumo Records</bdi></a>`,
		`>Kerosene</a></h2>` + "\n" + `<p class="by"><a href="songs?q=Mara&#43;Quill&amp;tab=all"><bdi>Mara Quill</bdi></a> · 3 days ago`,
		`>Mara Quill</a></h2>` + "\n" + `<p class="by"><a href="songs?channel=UCCrate&#43;Uploads&amp;tab=all"><bdi>Crate Uploads</bdi></a>`,
		`you liked 2 by Mara Quill`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the songs lack %s", want)
		}
	}
	if strings.Count(body, "you liked 2 by Mara Quill") != 3 || strings.Contains(body, "you liked 1 by") {
		t.Error("a song that was liked is a reason for itself")
	}
	if strings.Contains(body, "<b>Ash") || strings.Contains(body, "by Otto Venn") {
		t.Error("a title is markup, or an artist whom nobody likes is said to be liked")
	}
	if body := songs("?q=otto+venn"); strings.Contains(body, "Mara Quill") || !strings.Contains(body, "Ash") {
		t.Error("the filter does not find an artist")
	}
	for path, want := range map[string][]string{
		"/video/songsung-e1": {`<h1 dir="auto">Ether &amp; Ink</h1><p><bdi>Mara Quill</bdi> · on <bdi>Lumo Records</bdi>`, "Songs by <bdi>Mara Quill</bdi> here so far: 2 liked, 1 disliked", "On YouTube: <bdi>Mara Quill - Ether &amp; Ink (Official Video)</bdi>"},
		"/video/songsung-h1": {`<h1 dir="auto">Mara Quill</h1><p><bdi>Crate Uploads</bdi>`},
		"/votes":             {`<bdi>Paper Lanterns</bdi></a> <span class="by"><bdi>Mara Quill</bdi>`, `<bdi>Slate (Live at Halle 3)</bdi></a> <span class="by"><bdi>Mara Quill</bdi>`},
		"/model":             {"Artists", "2 of 3 liked", "0 of 1 liked"},
		"/settings":          {"Blocked artists, one a line"},
	} {
		_, body := w.get(t, g+path)
		for _, want := range want {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
	}
	if _, body := w.get(t, g+"/video/songsung-h1"); strings.Contains(body, "Songs by") {
		t.Error("a guess is shown as a fact")
	}
	var listed struct {
		Songs []struct {
			VideoID string `json:"video_id"`
			Title   string
			Song    string
			Artists []string
		}
	}
	_, body = w.get(t, g+"/songs.json")
	if err := json.Unmarshal([]byte(body), &listed); err != nil {
		t.Fatal(err)
	}
	_, body = w.get(t, g+"/songs.csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	artists, song := slices.Index(rows[0], "artists"), slices.Index(rows[0], "song")
	for i, p := range listed.Songs {
		wantArtists, wantSong := "Mara Quill", "Ether & Ink"
		switch p.VideoID {
		case "songsung-e1":
		case "songsung-h1":
			wantArtists, wantSong = "", ""
		default:
			continue
		}
		if strings.Join(p.Artists, ";") != wantArtists || p.Song != wantSong || rows[i+1][artists] != wantArtists || rows[i+1][song] != wantSong {
			t.Errorf("%s: %+v, as CSV %q", p.VideoID, p, rows[i+1])
		}
	}
	if len(listed.Songs) != 8 {
		t.Errorf("%d songs", len(listed.Songs))
	}
}

// A name that is no artist's, as it has no letter, is refused and not kept for nothing.
func TestArtistsWithoutALetterAreRefused(t *testing.T) {
	w := newWorld(t, 0, nil)
	form := map[string]string{"zone": "UTC", "picks": "5", "min_seconds": "0", "max_seconds": "0", "same_song_days": "0", "exploration": "0", "votes": "both", "blocked_artists": "Otto Venn\n!!!"}
	res, body := w.post(t, g+"/settings", form)
	if kept, _, err := w.catalog.Guild(t.Context(), guildID); err != nil || res.StatusCode != 422 || len(kept.BlockedArtists) > 0 || !strings.Contains(body, "“!!!” is not an artist") {
		t.Errorf("status %d, %v, kept %+v", res.StatusCode, err, kept.BlockedArtists)
	}
	form["blocked_artists"] = "Otto Venn\nMy!!!"
	res, _ = w.post(t, g+"/settings", form)
	if kept, _, err := w.catalog.Guild(t.Context(), guildID); err != nil || res.StatusCode != 303 || len(kept.BlockedArtists) != 2 {
		t.Errorf("status %d, %v, kept %+v", res.StatusCode, err, kept.BlockedArtists)
	}
}
