package main

import (
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// drawn checks that a chart is there as a picture and as a drawing that says
// the words.
func drawn(t *testing.T, path string, words ...string) {
	t.Helper()
	r, err := os.Open(path + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if img, err := png.Decode(r); err != nil || img.Bounds().Dx() < 300 {
		t.Errorf("%s.png is no picture: %v", path, err)
	}
	svg, err := os.ReadFile(path + ".svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range words {
		if !strings.Contains(string(svg), w) {
			t.Errorf("%s.svg does not say %q", path, w)
		}
	}
}

func TestEvaluateDrawsItsPlots(t *testing.T) {
	file := labelRows(t, "title,published,y", 120, third)
	dir := filepath.Join(t.TempDir(), "plots")
	code, out, errOut := modelRun(t, "evaluate", "--labels", file, "--split", "cv", "--plots", dir)
	if code != 0 {
		t.Fatal(code, errOut)
	}
	for _, word := range []string{"120 rows, 40 liked (33.3 %)", "ensemble", "Learning curve"} {
		if !strings.Contains(out, word) {
			t.Errorf("the table does not say %q:\n%s", word, out)
		}
	}
	drawn(t, filepath.Join(dir, "roc"), "Who is found first", "ensemble")
	drawn(t, filepath.Join(dir, "precision-recall"), "How many of the chosen are liked")
	drawn(t, filepath.Join(dir, "reliability"), "measured")
	drawn(t, filepath.Join(dir, "learning-curve"), "at random")
	drawn(t, filepath.Join(dir, "importances"), "log-odds", "piano")
	if files, err := os.ReadDir(dir); err != nil || len(files) != 10 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

func TestBacktestPrintsAndDraws(t *testing.T) {
	file := labelRows(t, "title,published,y", 60, third)
	chart := filepath.Join(t.TempDir(), "likes")
	args := []string{"backtest", "--labels", file, "--repeats", "2", "--policy", "random"}
	code, out, errOut := modelRun(t, append(slices.Clone(args), "--chart", chart)...)
	if code != 0 || !strings.Contains(out, "60 videos, 20 liked; policy random, 2 replays") {
		t.Fatal(code, out, errOut)
	}
	drawn(t, chart, "Likes among the videos shown", "oracle")

	code, out, errOut = modelRun(t, append(slices.Clone(args), "--json")...)
	var line struct {
		Policy               string
		G                    float64
		Hits, Random, Oracle map[string]float64
	}
	if err := json.Unmarshal([]byte(out), &line); code != 0 || err != nil {
		t.Fatal(code, err, errOut)
	}
	// Of 60 videos all are shown in the end, and 20 of them are liked.
	if fmt.Sprint(line.Oracle) != "map[25:20 50:20 G:1]" || line.Policy != "random" || line.G < -1 || line.G > 1 {
		t.Errorf("%+v", line)
	}
	if h := line.Hits["25"]; h < 2 || h > 15 || line.Random["25"] < 7 || line.Random["25"] > 10 {
		t.Errorf("%.1f likes of 25 shown, %.1f at random; chance finds 8.3", h, line.Random["25"])
	}
	for wrong, complaint := range map[string]string{"--repeats=0": "--repeats must be at least 1", "--policy=wise": "wise"} {
		if code, _, errOut := modelRun(t, "backtest", "--labels", file, wrong); code == 0 || !strings.Contains(errOut, complaint) {
			t.Errorf("%s: code %d, %s", wrong, code, errOut)
		}
	}
}
