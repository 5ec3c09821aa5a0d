//go:build unix

package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// served are the versions that model list shows, and the one that serves.
func served(t *testing.T, dir string) (versions []string, serves string) {
	t.Helper()
	code, out, errOut := execute(t, dir, "", "model", "list")
	if code != 0 || !strings.HasPrefix(out, "VERSION ") {
		t.Fatalf("exit %d, %q %q", code, out, errOut)
	}
	for _, m := range regexp.MustCompile(`(?m)^(\d+) .*? (serves)?$`).FindAllStringSubmatch(out, -1) {
		versions = append(versions, m[1])
		if m[2] != "" {
			serves += m[1]
		}
	}
	return versions, serves
}

// checkChart fails unless a chart was drawn as a picture that can be read and as
// well-formed SVG with the given words.
func checkChart(t *testing.T, path string, words ...string) {
	t.Helper()
	f, err := os.Open(path + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if size, err := png.DecodeConfig(f); err != nil || size.Width < 400 || size.Height < 200 {
		t.Errorf("%s.png: %dx%d, %v", path, size.Width, size.Height, err)
	}
	svg := readText(t, path+".svg")
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s.svg: %v", path, err)
		}
	}
	for _, word := range words {
		if !strings.Contains(svg, word) {
			t.Errorf("%s.svg does not say %q", path, word)
		}
	}
}

// TestModelsOfAGuild trains three models, the last by a search, and lists, reads,
// rolls back and draws them.
func TestModelsOfAGuild(t *testing.T) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "search")
	labels := "video_id,title,channel,y\n"
	for i := range 60 {
		labels += fmt.Sprintf("video%06d,%s number %d,channel %d,%d\n", i, []string{"quiet dub", "loud polka"}[i%2], i, i%3, 1-i%2)
	}
	run := func(args ...string) string {
		t.Helper()
		code, out, errOut := execute(t, dir, "", args...)
		if code != 0 {
			t.Fatalf("%v: exit %d, %s", args, code, errOut)
		}
		return out
	}
	refused := func(want string, args ...string) {
		t.Helper()
		if code, _, errOut := execute(t, dir, "", args...); code == 0 || !strings.Contains(errOut, want) {
			t.Errorf("%v: exit %d, %q, want %q", args, code, errOut, want)
		}
	}
	if code, _, errOut := execute(t, dir, labels, "labels", "import", "-"); code != 0 {
		t.Fatal(errOut)
	}
	if out := run("model", "list"); !strings.Contains(out, "no model yet") {
		t.Errorf("before any training: %q", out)
	}
	refused("no such model", "model", "card")
	refused("from before the one that serves", "model", "rollback")

	run("train")
	run("train")
	refused("train --tune", "model", "chart", out)
	run("train", "--tune", "2")
	versions, serves := served(t, dir)
	if strings.Join(versions, "") != "321" && strings.Join(versions, "") != "123" || len(serves) != 1 {
		t.Fatalf("models %v, of which %q serve", versions, serves)
	}
	for _, version := range versions {
		var card struct {
			Labels int
			Tuning *struct{ Trials []any }
		}
		if err := json.Unmarshal([]byte(run("model", "card", version)), &card); err != nil || card.Labels != 60 {
			t.Errorf("model %s: %d labels on its card, %v", version, card.Labels, err)
		}
		if searched := card.Tuning != nil && len(card.Tuning.Trials) == 2; searched != (version == "3") {
			t.Errorf("model %s: its card says that it came from a search of two trials: %v", version, searched)
		}
	}
	if run("model", "card") != run("model", "card", serves) {
		t.Error("the card without a version is not that of the model that serves")
	}
	refused("no such model", "model", "card", "99")

	run("model", "rollback", "3")
	run("model", "rollback")
	if _, serves := served(t, dir); serves != "2" {
		t.Errorf("after a rollback from 3, model %s serves", serves)
	}
	run("model", "rollback")
	if _, serves := served(t, dir); serves != "1" {
		t.Errorf("after a second rollback, model %s serves", serves)
	}
	refused("from before the one that serves", "model", "rollback")
	refused("99", "model", "rollback", "99")
	if _, serves := served(t, dir); serves != "1" {
		t.Errorf("after refused rollbacks, model %s serves", serves)
	}

	run("model", "chart", "--version", "3", out)
	checkChart(t, out, "Search for parameters", "log loss")
	refused("no such model", "model", "chart", "--version", "99", out)
}

// taught writes a label file whose titles tell which videos are liked.
func taught(t *testing.T, rows int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("title,published,y\n")
	for i := range rows {
		liked := i * 7 % 3 / 2 // every third
		fmt.Fprintf(&b, "%s number %d,2026-01-%02d,%d\n", []string{"loud drums", "quiet piano"}[liked], i, 1+i*28/rows, liked)
	}
	path := filepath.Join(t.TempDir(), "labels.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBacktestReports replays a file that can be learned: chance finds about what
// the report says of chance, and a learner nearly all that there is.
func TestBacktestReports(t *testing.T) {
	labels, picture := taught(t, 120), filepath.Join(t.TempDir(), "replay")
	type report struct {
		Policy               string
		Hits, Random, Oracle map[string]float64
		G                    float64
		GSD                  float64 `json:"G_sd"`
	}
	replay := func(args ...string) report {
		t.Helper()
		code, out, errOut := modelRun(t, append([]string{"backtest", "--labels", labels, "--json"}, args...)...)
		if code != 0 || strings.Count(out, "\n") != 1 {
			t.Fatalf("%v: exit %d, %q, %s", args, code, out, errOut)
		}
		var r report
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	chance := replay("--policy", "random", "--repeats", "20")
	learned := replay("--policy", "greedy", "--repeats", "1", "--chart", picture)
	if chance.Policy != "random" || learned.Policy != "greedy" {
		t.Errorf("policies %q and %q", chance.Policy, learned.Policy)
	}
	for _, r := range []report{chance, learned} {
		if len(r.Hits) != 3 || len(r.Random) != 5 || r.Oracle["25"] != 25 || r.Oracle["50"] != 40 || r.Oracle["G"] != 1 {
			t.Errorf("the report is %+v", r)
		}
	}
	if d := chance.Hits["50"] - chance.Random["50"]; d < -3 || d > 3 || chance.GSD == 0 {
		t.Errorf("chance found %.1f of 50, and %.1f were expected; sd of G %v", chance.Hits["50"], chance.Random["50"], chance.GSD)
	}
	if learned.G < 0.6 || learned.Hits["50"] < 33 {
		t.Errorf("the learner found %.0f of 40 in 50 videos, G %.2f", learned.Hits["50"], learned.G)
	}
	if again := replay("--policy", "random", "--repeats", "20"); again.G != chance.G {
		t.Errorf("the same seed gave G %v and %v", chance.G, again.G)
	}
	checkChart(t, picture, "videos shown", "greedy", "oracle")

	code, out, errOut := modelRun(t, "backtest", "--labels", labels, "--policy", "random", "--repeats", "2")
	if code != 0 || !strings.Contains(out, "120 videos, 40 liked; policy random, 2 replays") || !strings.Contains(out, "at best") || !strings.Contains(out, "oracle 1") {
		t.Errorf("exit %d, %q, %s", code, out, errOut)
	}
	for want, args := range map[string][]string{
		"--repeats must be at least 1": {"--repeats", "0"},
		"must be one of":               {"--policy", "clever"},
	} {
		if code, _, errOut := modelRun(t, append([]string{"backtest", "--labels", labels}, args...)...); code == 0 || !strings.Contains(errOut, want) {
			t.Errorf("%v: exit %d, %q, want %q", args, code, errOut, want)
		}
	}
}

// TestEvaluateDrawsItsPlots looks at each chart, and at those that test rows
// without labels leave out.
func TestEvaluateDrawsItsPlots(t *testing.T) {
	labels, dir := taught(t, 80), filepath.Join(t.TempDir(), "made", "plots")
	code, table, errOut := modelRun(t, "evaluate", "--labels", labels, "--plots", dir)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	for _, want := range []string{
		`^80 rows, \d+ liked \([\d.]+ %\); split time, 1 times\n`, `\n +AP +AUC +log loss +weight *\n +prior  0\.\d{3}  0\.500  `,
		`\n +linear( +\d\.\d{3}){3} +0\.\d\d\n`, `\n +ensemble( +\d\.\d{3}){3} +\n`, `\nLearning curve .*\n +labels  +asked  +random +difference +s\.e\.\n +10( +[01]\.\d{3}){2} +[+-]0\.\d{3} +0\.\d{3}\n`, `\n\d+\.\d s\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(table) {
			t.Errorf("the table has nothing like %s:\n%s", want, table)
		}
	}
	for name, word := range map[string]string{
		"roc": "ensemble", "precision-recall": "ensemble", "reliability": "Is a score what it says",
		"learning-curve": "average precision", "importances": "log-odds",
	} {
		checkChart(t, filepath.Join(dir, name), word)
	}
	bare := filepath.Join(t.TempDir(), "plots")
	unlabelled := labelRows(t, "title,published,y", 20, func(int) string { return "" })
	if code, _, errOut := modelRun(t, "evaluate", "--labels", labels, "--json", "--test", unlabelled, "--plots", bare); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	if _, err := os.Stat(filepath.Join(bare, "roc.png")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a ROC curve was drawn without a label: %v", err)
	}
	checkChart(t, filepath.Join(bare, "importances"))
}
