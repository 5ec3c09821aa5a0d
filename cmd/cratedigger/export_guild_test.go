//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/model/metric"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
)

// Two guilds of one catalogue that dislike what the other likes.
const (
	dubGuild   = "1018265550482411571"
	polkaGuild = "934871220496326696"
)

// twoGuilds makes a data folder with a catalogue of both guilds, with labels.
func twoGuilds(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	c, err := bolt.Open(filepath.Join(dir, app.CatalogueFile), bolt.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{dubGuild, polkaGuild} {
		if err := c.SaveGuild(t.Context(), catalog.Guild{ID: id, Name: "Guild " + id, Zone: "UTC", Picks: 5}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for _, g := range []struct {
		id    string
		rows  int
		likes int // the remainder of those that are liked
	}{{dubGuild, 80, 0}, {polkaGuild, 60, 1}} {
		var labels strings.Builder
		labels.WriteString("video_id,title,channel,views,y\n")
		for i := range g.rows {
			y := 0
			if i%2 == g.likes {
				y = 1
			}
			fmt.Fprintf(&labels, "video%06d,%s number %d (Crate Premiere),channel %d,%d,%d\n", i, []string{"quiet dub", "loud polka"}[i%2], i, i%3, 100+i, y)
		}
		if code, _, errOut := execute(t, dir, labels.String(), "labels", "import", "--guild", g.id, "-"); code != 0 {
			t.Fatal(errOut)
		}
	}
	return dir
}

// What is taken out of a catalogue of several guilds is the named one's.
func TestExportOfOneGuildOfTwo(t *testing.T) {
	dir, out := twoGuilds(t), t.TempDir()
	matrixOf := func(guild string) string { return filepath.Join(out, guild+".svm") }
	championOf := func(guild string) string { return filepath.Join(out, guild+".txt") }
	rows := map[string]int{dubGuild: 80, polkaGuild: 60}
	for guild := range rows {
		for _, args := range [][]string{
			{"train", "--guild", guild},
			{"export", "matrix", "--guild", guild, "--learner", "boost", matrixOf(guild)},
			{"model", "export", "--guild", guild, "champion", championOf(guild)},
		} {
			if code, _, errOut := execute(t, dir, "", args...); code != 0 {
				t.Fatalf("%v: exit %d, %s", args, code, errOut)
			}
		}
	}
	for guild, n := range rows {
		var y []float64
		for row := range strings.Lines(readText(t, matrixOf(guild))) {
			label, _, _ := strings.Cut(row, " ")
			y = append(y, numbersOf(t, label)...)
		}
		if len(y) != n {
			t.Fatalf("guild %s: %d rows for %d labels", guild, len(y), n)
		}
		code, predictions, errOut := execute(t, dir, "", "model", "predict", "--matrix", matrixOf(guild), championOf(guild))
		if code != 0 {
			t.Fatal(errOut)
		}
		// The guilds' tastes are opposite: the other's champion would have an AUC near 0.
		if auc := metric.ROCAUC(y, numbersOf(t, predictions), nil); auc < 0.9 {
			t.Errorf("the champion of %s ranks its rows with AUC %.3f", guild, auc)
		}
	}
	for _, args := range [][]string{{"export", "matrix", matrixOf("none")}, {"model", "export", "champion", championOf("none")}} {
		code, _, errOut := execute(t, dir, "", args...)
		if code == 0 || !strings.Contains(errOut, "--guild") || !strings.Contains(errOut, dubGuild) || !strings.Contains(errOut, polkaGuild) {
			t.Errorf("%v of two guilds: exit %d, %q", args, code, errOut)
		}
	}
}

// The matrix has no column of what the configuration says is packaging.
func TestExportLeavesOutConfiguredPackaging(t *testing.T) {
	dir, out := twoGuilds(t), t.TempDir()
	labels := filepath.Join(out, "labels.csv")
	if code, _, errOut := execute(t, dir, "", "labels", "export", "--guild", dubGuild, labels); code != 0 {
		t.Fatal(errOut)
	}
	for name, c := range map[string]struct {
		config string
		packed bool
	}{
		"configured":     {"taste:\n  packaging: [\"crate premiere\"]\n", false},
		"not configured": {"taste:\n  packaging: []\n", true},
	} {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, []byte(c.config), 0o600); err != nil {
			t.Fatal(err)
		}
		for from, value := range map[string]string{"--labels": labels, "--guild": dubGuild} {
			matrix := filepath.Join(t.TempDir(), "m.svm")
			if code, _, errOut := execute(t, dir, "", "--config", file, "export", "matrix", from, value, matrix); code != 0 {
				t.Fatal(errOut)
			}
			columns := readText(t, matrix+".columns")
			if !strings.Contains(columns, "word:quiet dub\n") {
				t.Fatalf("%s, %s: no column of a word", name, from)
			}
			if got := strings.Contains(columns, "word:crate premiere\n"); got != c.packed {
				t.Errorf("%s, %s: the phrase is a column: %v", name, from, got)
			}
		}
	}
}

// TestFileThatIsNotFinished: what was there stays, and nothing lies beside it.
func TestFileThatIsNotFinished(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	inv := &invocation{files: socket.LocalFiles{}}
	err := inv.writeFile(name, socket.Private, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, errors.New("no more"))
	})
	if err == nil || !strings.Contains(err.Error(), "was not finished: no more") {
		t.Errorf("the error is %v", err)
	}
	if data, err := os.ReadFile(name); err != nil || string(data) != "old" {
		t.Errorf("the file holds %q, %v", data, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
}
