//go:build unix

package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/youtube"
)

// Too few labels are no error, and what is missing is said.
func TestTrainSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	if code, _, errOut := execute(t, dir, someLabels, "labels", "import", "-"); code != 0 {
		t.Fatal(errOut)
	}
	code, out, errOut := execute(t, dir, "", "train")
	if code != 0 || !strings.HasPrefix(out, "retrain: nothing was trained, 2 labels") || !strings.Contains(out, "at least 10 labels, 2 of them liked and 2 not; there are 2, 1 liked and 1 not.") || !strings.Contains(out, "cratedigger label ") {
		t.Errorf("exit %d, %q, %s", code, out, errOut)
	}
}

// A terminal sees how far a measurement has come; one split, and one replay,
// have no spread.
func TestMeasuringShowsItsProgress(t *testing.T) {
	labels := labelRows(t, "title,published,y", 60, third)
	folds := filepath.Join(t.TempDir(), "folds.csv")
	text := "row,fold0\n"
	for i := range 60 {
		text += fmt.Sprintf("%d,%d\n", i, i%2)
	}
	if err := os.WriteFile(folds, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		stages []string
		row    string // of the output
		spread int    // numbers in it
	}{
		{[]string{"evaluate", "--labels", labels}, []string{"training", "curve"}, "prior", 3},
		{[]string{"evaluate", "--labels", labels, "--folds", folds}, []string{"training"}, "prior", 6},
		{[]string{"backtest", "--labels", labels, "--repeats", "1"}, []string{"replaying"}, "G ", 3},
		{[]string{"backtest", "--labels", labels, "--repeats", "2"}, []string{"replaying"}, "G ", 4},
	} {
		for _, terminal := range []bool{true, false} {
			if !terminal && c.spread > 3 {
				continue // as with one
			}
			var out, errOut bytes.Buffer
			inv := &invocation{ctx: t.Context(), out: &out, errOut: &errOut, files: socket.LocalFiles{}, now: time.Now, getenv: func(string) string { return "" }, terminal: terminal}
			if code := inv.execute(c.args); code != 0 {
				t.Fatalf("%q: exit %d, %s", c.args, code, errOut.String())
			}
			for _, stage := range c.stages {
				if strings.Contains(errOut.String(), stage) != terminal {
					t.Errorf("%q, terminal %v: %q", c.args, terminal, errOut.String())
				}
			}
			for line := range strings.Lines(out.String()) {
				if line = strings.TrimSpace(line); strings.HasPrefix(line, c.row) && strings.Count(line, ".") != c.spread {
					t.Errorf("%q: %s", c.args, line)
				}
			}
		}
	}
}

// TestExportIsWhatATrainingReads: by the configured half-life, with what no query
// finds any more; and the label file says what it leaves out.
func TestExportIsWhatATrainingReads(t *testing.T) {
	dir := t.TempDir()
	c, err := bolt.Open(filepath.Join(dir, app.CatalogueFile), bolt.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	const guild = "700000000000000001"
	now := time.Now().UTC()
	if err := c.SaveGuild(t.Context(), catalog.Guild{ID: guild, Name: "Guild", Zone: "UTC", Picks: 5}); err != nil {
		t.Fatal(err)
	}
	found := []string{"oncelikedAA", "neverfoundA", "unanswered0"}
	for i, id := range found {
		s := catalog.Sighting{Video: youtube.Video{ID: id, Title: "song " + id}, At: now.AddDate(0, 0, -70), GuildID: guild}
		if i == 1 {
			s.GuildID = "" // of no guild's query
		}
		if _, err := c.Observe(t.Context(), []catalog.Sighting{s}); err != nil {
			t.Fatal(err)
		}
	}
	slot := catalog.Slot{Key: guild + "/post/2026-01-01T18:00", GuildID: guild, Kind: catalog.RunPost, At: now.AddDate(0, 0, -60)}
	var posts []catalog.Post
	for _, id := range []string{"oncelikedAA", "unanswered0"} {
		posts = append(posts, catalog.Post{GuildID: guild, VideoID: id, State: catalog.StateSent, MessageID: "m" + id, CreatedAt: slot.At})
	}
	if _, err := c.CreatePosts(t.Context(), slot, posts, nil); err != nil {
		t.Fatal(err)
	}
	vote := func(video, member string, up bool, days int) {
		if _, err := c.Vote(t.Context(), catalog.VoteChange{GuildID: guild, VideoID: video, MemberID: member, Up: up, Set: true, Source: catalog.SourceButton, At: now.AddDate(0, 0, -days)}); err != nil {
			t.Fatal(err)
		}
	}
	vote("oncelikedAA", "901", true, 60) // two old likes against a dislike of today
	vote("oncelikedAA", "902", true, 60)
	vote("oncelikedAA", "903", false, 0)
	vote("neverfoundA", "901", false, 0)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for halfLife, want := range map[string]string{"taste:\n  half_life: 90d\n": "1", "taste:\n  half_life: 1d\n": "0"} {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, []byte(halfLife), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errOut := execute(t, dir, "", "--config", file, "export", "matrix", "-")
		if code != 0 {
			t.Fatal(errOut)
		}
		var y []string
		for row := range strings.Lines(out) {
			y = append(y, strings.Fields(row)[0])
		}
		if len(y) != 3 || strings.Count(strings.Join(y, ""), "1") != strings.Count(want, "1") {
			t.Errorf("%q: labels %v of what is once liked, not found by a query and not answered; want %s and twice 0", halfLife, y, want)
		}
	}
	code, out, errOut := execute(t, dir, "", "labels", "export")
	if code != 0 || strings.Contains(out, "unanswered0") || !strings.Contains(errOut, "left out (1)") {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
}
