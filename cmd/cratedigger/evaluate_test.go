package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// evaluated is the line that evaluate --json prints, as its readers know it.
type evaluated struct {
	Rows      int `json:"rows"`
	Positives int `json:"positives"`
	Split     string
	TrainRows int                            `json:"train_rows"`
	TestRows  int                            `json:"test_rows"`
	Learners  map[string]map[string]*float64 `json:"learners"`
	Ensemble  map[string]*float64            `json:"ensemble"`
	Prior     map[string]*float64            `json:"prior"`
	Weights   map[string]float64             `json:"weights"`
	Seconds   float64                        `json:"seconds"`
}

// labelRows writes a label file of n rows whose titles tell a little of y;
// like says which of them are liked.
func labelRows(t *testing.T, header string, n int, like func(i int) string) string {
	t.Helper()
	r := rand.New(rand.NewPCG(9, 9))
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range n {
		y := like(i)
		word := []string{"quiet piano", "loud drums"}[r.IntN(2)]
		if y == "1" && r.IntN(3) > 0 {
			word = "quiet piano"
		}
		fmt.Fprintf(&b, "%s number %d,2026-01-%02d,%s\n", word, i%17, 1+i*28/n, y)
	}
	path := filepath.Join(t.TempDir(), "labels.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func third(i int) string { return []string{"1", "0", "0"}[i%3] }

// What reads the line finds every key, however poor the file is.
func TestEvaluatePrintsItsLine(t *testing.T) {
	const header = "title,published,y"
	unlabelled := func(int) string { return "" }
	full := labelRows(t, header, 80, third)
	tests := []struct {
		name, split       string
		args              []string
		train, test       int
		noRanking, noLoss bool
	}{
		{"time", "time", []string{"--labels", full}, 60, 20, false, false},
		{"cv", "cv", []string{"--labels", full, "--split", "cv"}, 64, 16, false, false},
		{"test file", "none", []string{"--labels", full, "--test", labelRows(t, header, 30, third)}, 80, 30, false, false},
		{"unlabelled test file", "none", []string{"--labels", full, "--split", "none", "--test", labelRows(t, header, 30, unlabelled)}, 80, 30, true, true},
		{"ten rows", "time", []string{"--labels", labelRows(t, header, 10, third)}, 7, 3, false, false},
		{"one class", "cv", []string{"--labels", labelRows(t, header, 40, func(int) string { return "1" }), "--split", "cv"}, 32, 8, true, false},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			predictions := filepath.Join(t.TempDir(), "out.csv")
			code, out, errOut := modelRun(t, append([]string{"evaluate", "--json", "--predictions", predictions}, c.args...)...)
			if code != 0 || strings.Count(out, "\n") != 1 {
				t.Fatalf("code %d, output %q, %s", code, out, errOut)
			}
			var e evaluated
			if err := json.Unmarshal([]byte(out), &e); err != nil {
				t.Fatal(err)
			}
			if e.Split != c.split || e.TrainRows != c.train || e.TestRows != c.test {
				t.Errorf("split %s with %d and %d rows, want %s with %d and %d", e.Split, e.TrainRows, e.TestRows, c.split, c.train, c.test)
			}
			for _, name := range []string{"boost", "forest", "linear"} {
				if _, ok := e.Weights[name]; !ok || e.Learners[name] == nil {
					t.Errorf("%s is missing: %s", name, out)
				}
			}
			for _, f := range []map[string]*float64{e.Ensemble, e.Prior, e.Learners["linear"]} {
				for key, undefined := range map[string]bool{"average_precision": c.noLoss, "log_loss": c.noLoss, "roc_auc": c.noRanking} {
					if v, ok := f[key]; !ok || (v == nil) != undefined {
						t.Errorf("%s is %v in %v", key, v, f)
					}
				}
				if _, ok := f["average_precision_sd"]; ok != (c.split == "cv") {
					t.Errorf("an sd beside one split, or none beside many: %v", f)
				}
			}
			data, err := os.ReadFile(predictions)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(data)), "\n")
			rows := c.test
			if c.split == "cv" {
				rows = 5 * e.Rows
			}
			if lines[0] != "fold,row,score" || len(lines)-1 != rows {
				t.Errorf("%d predictions under %q, want %d", len(lines)-1, lines[0], rows)
			}
		})
	}
}

// A file that cannot be measured is refused with a sentence that says where.
// TestEvaluateOldSongs: what was published before YouTube, or before 1970, has a
// date all the same.
func TestEvaluateOldSongs(t *testing.T) {
	text := "title,published,y\n"
	for i := range 40 {
		text += fmt.Sprintf("song %d,%d-07-01,%d\n", i, 1940+i, i%2)
	}
	labels := filepath.Join(t.TempDir(), "labels.csv")
	if err := os.WriteFile(labels, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := modelRun(t, "evaluate", "--json", "--labels", labels)
	var e evaluated
	if code != 0 || json.Unmarshal([]byte(out), &e) != nil || e.TrainRows != 30 || e.TestRows != 10 {
		t.Errorf("code %d, %s %s", code, out, errOut)
	}
}

func TestEvaluateRefusesWithASentence(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "labels.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for want, text := range map[string]string{
		"no row of the label file has a label":                  "title,y\na,\n",
		"column y needs 1":                                      "title\na\n",
		"line 3, column y":                                      "title,y\na,1\nb,perhaps\n",
		"needs publication dates; use --split cv":               "title,y\n" + strings.Repeat("a,1\nb,0\n", 10),
		"line 3: a quotation mark opens a field and none":       "title,y\na,1\n\"b,0\nc,1\n",
		"no column title, video_id or url":                      "name,y\na,1\n",
		`column published: "soon" is not a date: write it as 2`: "title,published,y\na,soon,1\n",
	} {
		code, out, errOut := modelRun(t, "evaluate", "--labels", file(text), "--json")
		if code == 0 || out != "" || !strings.Contains(errOut, want) {
			t.Errorf("%q: code %d, %q, want %q", text, code, errOut, want)
		}
	}
}
