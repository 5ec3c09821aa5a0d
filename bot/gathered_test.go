package bot

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/bot/text"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
)

// pages is what the dashboard needs, and its page of votes does not ask.
type pages struct {
	dashboard.Stages
	dashboard.LabelFiles
}

// TestGatheredIsTheSameEverywhere: /status and the dashboard count the same evidence of
// the week, and name nobody.
func TestGatheredIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	server, err := dashboard.New(dashboard.Options{Listen: "127.0.0.1:0", Store: w.catalog, Stages: pages{}, Labels: pages{}, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler), Text: texts})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(server)
	t.Cleanup(front.Close)
	both := func(want string) {
		t.Helper()
		status := w.do(fakediscord.Interaction{MemberID: w.admin, Command: "status"}).Answer().Content
		if lines := strings.Split(status, "\n"); !slices.Contains(lines, want) {
			t.Errorf("/status says %q, want %q", lines, want)
		}
		res, err := front.Client().Get(front.URL + "/g/" + w.guild + "/votes")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), "<p>"+html.EscapeString(want)+"</p>") {
			t.Errorf("the page of votes does not say %q:\n%s", want, page)
		}
	}
	both("Told in the last 7 days: nothing.")

	now := w.clock.Now()
	vote := func(post, video, member string, up bool, from catalog.VoteSource, at time.Time) {
		t.Helper()
		if _, err := w.catalog.Vote(context.Background(), catalog.VoteChange{GuildID: w.guild, PostID: post, VideoID: video, MemberID: member, Up: up, Set: true, Source: from, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	day := 24 * time.Hour
	vote("p1", "vid-0000001", w.ana, true, catalog.SourceReaction, now.Add(-day))
	vote("p1", "vid-0000001", w.ana, true, catalog.SourceButton, now.Add(-day/2)) // once, by its first way
	vote("p1", "vid-0000001", w.ben, false, catalog.SourceReaction, now.Add(-8*day))
	vote("p1", "vid-0000001", w.cy, false, catalog.SourceButton, now.Add(-2*day))
	vote("p2", "vid-0000002", w.cy, true, catalog.SourceReaction, now.Add(-2*day))
	vote("", "vid-0000003", w.ana, true, catalog.SourceButton, now.Add(-6*day))
	vote("", "vid-0000004", w.ana, true, catalog.SourceImport, now.Add(-6*day))
	vote("", "vid-0000004", catalog.ImportVoter, true, catalog.SourceImport, now.Add(-6*day))
	for _, d := range []catalog.Duel{
		{A: "vid-0000001", B: "vid-0000002"}, // asked, and not answered
		{A: "vid-0000001", B: "vid-0000002", MemberID: w.ben, Choice: catalog.ChoseA},
	} {
		d.GuildID, d.At = w.guild, now.Add(-day)
		if err := w.catalog.Duel(context.Background(), d); err != nil {
			t.Fatal(err)
		}
	}
	file := catalog.Preference{GuildID: w.guild, MemberID: w.ben, Source: catalog.FromLastFM, Batch: "file-1", Artist: "Otto Venn", Title: "Blue Stairs", Like: true, At: now.Add(-day)}
	old := file
	old.Batch, old.Title, old.At = "file-2", "Old Stairs", now.Add(-9*day)
	for _, p := range []catalog.Preference{file, old} {
		if _, err := w.catalog.AddPreferences(context.Background(), p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := labels.TellFavourites(context.Background(), w.catalog, w.guild, "Mára, Burial", "Nightcore", now.Add(-3*day)); err != nil {
		t.Fatal(err)
	}
	both("Told in the last 7 days: 2 votes by reaction, 1 by a post's buttons, 1 by a list's buttons, " +
		"2 songs labelled or taught, 1 answer to “A or B?”, 1 song from a file, 3 favourites and dislikes.")
}
