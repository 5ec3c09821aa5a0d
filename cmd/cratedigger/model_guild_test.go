//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"cratedigger/model/metric"
)

// TestExportOfAGuild trains on a catalogue and takes its matrix and its
// champion's trees out for other tools.
func TestExportOfAGuild(t *testing.T) {
	dir := t.TempDir()
	var labels strings.Builder
	labels.WriteString("video_id,title,channel,views,y\n")
	for i := range 80 {
		fmt.Fprintf(&labels, "video%06d,%s number %d,channel %d,%d,%d\n", i, []string{"quiet dub", "loud polka"}[i%2], i, i%3, 100+i, 1-i%2)
	}
	if code, _, errOut := execute(t, dir, labels.String(), "labels", "import", "-"); code != 0 {
		t.Fatal(errOut)
	}
	out := t.TempDir()
	model := filepath.Join(out, "champion.txt")
	if code, _, errOut := execute(t, dir, "", "model", "export", "champion", model); code == 0 || !strings.Contains(errOut, "no such model") {
		t.Fatalf("a champion before any training: exit %d, %q", code, errOut)
	}
	if code, _, errOut := execute(t, dir, "", "train"); code != 0 {
		t.Fatal(errOut)
	}
	matrix := filepath.Join(out, "guild.svm")
	for _, args := range [][]string{
		{"model", "export", "--format", "lightgbm", "champion", model},
		{"model", "export", "1", filepath.Join(out, "version.txt")},
		{"model", "export", "--learner", "forest", "champion", filepath.Join(out, "forest.txt")},
		{"export", "matrix", matrix},
	} {
		if code, _, errOut := execute(t, dir, "", args...); code != 0 {
			t.Fatalf("%v: exit %d, %s", args, code, errOut)
		}
	}
	var y []float64
	for row := range strings.Lines(readText(t, matrix)) {
		label, _, _ := strings.Cut(row, " ")
		v, err := strconv.ParseFloat(label, 64)
		if err != nil {
			t.Fatal(err)
		}
		y = append(y, v)
	}
	champion, version := readText(t, model), readText(t, filepath.Join(out, "version.txt"))
	if champion != version {
		t.Error("version 1 is the champion, but its trees are others")
	}
	if !strings.Contains(readText(t, filepath.Join(out, "forest.txt")), "\naverage_output\n") {
		t.Error("the forest does not say that it averages")
	}
	for _, unknown := range [][]string{
		{"model", "export", "99", model}, {"model", "export", "--guild", "77", "champion", model}, {"export", "matrix", "--guild", "77", matrix},
	} {
		if code, _, errOut := execute(t, dir, "", unknown...); code == 0 || errOut == "" {
			t.Errorf("%v: exit %d, %q", unknown, code, errOut)
		}
	}

	// Each learner's trees read the columns of its own matrix, by the same names
	// but for what LightGBM forbids in them.
	for learner, trees := range map[string]string{"boost": model, "forest": filepath.Join(out, "forest.txt")} {
		for _, format := range []string{"libsvm", "csv"} {
			own := filepath.Join(out, learner+"."+format)
			if code, _, errOut := execute(t, dir, "", "export", "matrix", "--learner", learner, "--format", format, own); code != 0 {
				t.Fatalf("%s: exit %d, %s", own, code, errOut)
			}
			code, predictions, errOut := execute(t, dir, "", "model", "predict", "--matrix", own, trees)
			if code != 0 || errOut != "" {
				t.Fatalf("%s: exit %d, %s", own, code, errOut)
			}
			p := numbersOf(t, predictions)
			if len(p) != 80 || len(y) != 80 {
				t.Fatalf("%s: %d predictions for %d labels", own, len(p), len(y))
			}
			if auc := metric.ROCAUC(y, p, nil); auc < 0.9 {
				t.Errorf("%s: the exported trees rank the rows they learned from with AUC %.3f", own, auc)
			}
		}
	}
	// The matrix of all columns is another.
	if code, out, errOut := execute(t, dir, "", "model", "predict", "--matrix", matrix, model); code != 1 || out != "" || !strings.Contains(errOut, "row 1 has column ") {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
