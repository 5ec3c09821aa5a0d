package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"cratedigger/cmd/internal/socket"
)

// modelRun runs the program and returns its exit code and output.
func modelRun(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	inv := &invocation{ctx: t.Context(), in: strings.NewReader(""), out: &out, errOut: &errOut,
		files: socket.LocalFiles{In: strings.NewReader(""), Out: &out}, now: time.Now, getenv: func(string) string { return "" }}
	code = inv.execute(args)
	return code, out.String(), errOut.String()
}

// writeRows writes a libsvm file whose label depends on columns 0 and 3.
func writeRows(t *testing.T, name string, seed uint64, rows int) string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	var b strings.Builder
	for range rows {
		x, word := r.NormFloat64(), r.IntN(2)
		y := 0
		if x+2*float64(word)+r.NormFloat64() > 1 {
			y = 1
		}
		fmt.Fprintf(&b, "%d 0:%.4f 1:%.4f", y, x, r.NormFloat64())
		if r.IntN(4) == 0 {
			b.WriteString(" 2:nan")
		}
		if word == 1 {
			b.WriteString(" 3:0.5")
		}
		b.WriteString("\n")
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func numbersOf(t *testing.T, out string) []float64 {
	t.Helper()
	var values []float64
	for line := range strings.Lines(out) {
		sum := 0.0
		for field := range strings.SplitSeq(strings.TrimSpace(line), ",") {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += v
		}
		values = append(values, sum)
	}
	return values
}

func TestModelFitPredictExport(t *testing.T) {
	train, test := writeRows(t, "train.svm", 1, 400), writeRows(t, "test.svm", 2, 100)
	for learner, params := range map[string]string{
		"boost":  "n_estimators=20,num_leaves=7,reg_lambda=1,subsample=0.8,subsample_freq=1,colsample_bytree=0.9",
		"forest": "n_estimators=20,min_samples_leaf=3,max_features=sqrt,class_weight=balanced",
		"linear": "C=2,class_weight=balanced",
	} {
		t.Run(learner, func(t *testing.T) {
			model := filepath.Join(t.TempDir(), "model")
			code, out, errOut := modelRun(t, "model", "fit", "--learner", learner, "--matrix", train, "--params", params, "--seed", "3", "--json", model)
			if code != 0 {
				t.Fatalf("exit %d: %s", code, errOut)
			}
			var report struct {
				Seconds       float64 `json:"fit_seconds"`
				Rows, Columns int
				Peak          int64 `json:"peak_bytes"`
			}
			if err := json.Unmarshal([]byte(out), &report); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if report.Rows != 400 || report.Columns != 4 || report.Seconds <= 0 || report.Peak < 1<<20 || strings.Count(out, "\n") != 1 {
				t.Errorf("report %s", out)
			}
			_, probabilities, _ := modelRun(t, "model", "predict", "--matrix", test, model)
			_, raws, _ := modelRun(t, "model", "predict", "--matrix", test, "--raw", model)
			code, contributions, errOut := modelRun(t, "model", "predict", "--matrix", test, "--contrib", model)
			if code != 0 {
				t.Fatalf("exit %d: %s", code, errOut)
			}
			p, raw, sums := numbersOf(t, probabilities), numbersOf(t, raws), numbersOf(t, contributions)
			if len(p) != 100 || len(raw) != 100 || len(sums) != 100 {
				t.Fatalf("%d probabilities, %d scores, %d contributions", len(p), len(raw), len(sums))
			}
			for i := range p {
				want := raw[i]
				if learner != "forest" {
					want = 1 / (1 + math.Exp(-raw[i]))
				}
				if math.Abs(p[i]-want) > 1e-12 || math.Abs(sums[i]-raw[i]) > 1e-9 {
					t.Fatalf("row %d: probability %v, raw %v, contributions add up to %v", i, p[i], raw[i], sums[i])
				}
			}
			text := filepath.Join(t.TempDir(), "model.txt")
			code, _, errOut = modelRun(t, "model", "export", "--format", "lightgbm", model, text)
			if learner == "linear" {
				if code == 0 || !strings.Contains(errOut, "linear") {
					t.Errorf("a linear model was exported: exit %d, %s", code, errOut)
				}
				return
			}
			if code != 0 {
				t.Fatalf("exit %d: %s", code, errOut)
			}
			if _, again, _ := modelRun(t, "model", "predict", "--matrix", test, text); again != probabilities {
				t.Error("the exported model predicts otherwise")
			}
		})
	}
}

func TestModelRefusals(t *testing.T) {
	train := writeRows(t, "train.svm", 1, 40)
	out := filepath.Join(t.TempDir(), "model")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--learner", "boost", "--params", "leaves_of_grass=3"}, "leaves_of_grass"},
		{[]string{"--learner", "boost", "--params", "num_leafs=3"}, "is num_leaves meant?"},
		{[]string{"--learner", "boost", "--params", "eta=0.1"}, `no parameter "eta"; use learning_rate`},
		{[]string{"--learner", "forest", "--params", "num_trees=9"}, "use num_iterations"},
		{[]string{"--learner", "boost", "--params", "Learning_Rate=3"}, "is learning_rate meant?"},
		{[]string{"--learner", "boost", "--params", "zzzzzz=3"}, "it knows"},
		{[]string{"--learner", "boost", "--params", "num_leaves=7,num_leaves=9"}, "given twice"},
		{[]string{"--learner", "forest", "--params", "learning_rate=0.1"}, "learning_rate"},
		{[]string{"--learner", "boost", "--params", "num_leaves=many"}, "whole number"},
		{[]string{"--learner", "boost", "--params", "num_leaves=1"}, "leaves"},
		{[]string{"--learner", "boost", "--params", "boosting=dart"}, "gbdt"},
		{[]string{"--learner", "boost", "--params", "scale_pos_weight=1e300"}, "weight of positives"},
		{[]string{"--learner", "boost", "--params", "scale_pos_weight=1e-300"}, "weight of positives"},
		{[]string{"--learner", "boost", "--params", "sigmoid=1e300"}, "sigmoid"},
		{[]string{"--learner", "boost", "--params", "sigmoid=1e-300"}, "sigmoid"},
		{[]string{"--learner", "boost", "--params", "learning_rate=1e300"}, "learning rate"},
		{[]string{"--learner", "linear", "--params", "C"}, "name=value"},
		{[]string{"--learner", "linear", "--params", "C=0"}, "C must be above 0"},
	} {
		code, _, errOut := modelRun(t, append([]string{"model", "fit", "--matrix", train, out}, c.args...)...)
		if code != 2 || !strings.Contains(errOut, c.want) {
			t.Errorf("%v: exit %d, %q", c.args, code, errOut)
		}
	}
	if err := os.WriteFile(out, []byte("not a model"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := modelRun(t, "model", "predict", "--matrix", train, out); code != 1 || !strings.Contains(errOut, "neither") {
		t.Errorf("a foreign file: exit %d, %q", code, errOut)
	}
}

func TestExportMatrix(t *testing.T) {
	dir := t.TempDir()
	labels := filepath.Join(dir, "labels.csv")
	text := "title,channel,views,y\n"
	for i := range 30 {
		text += fmt.Sprintf("%s number %d,channel %d,%d,%d\n", []string{"quiet dub", "loud polka"}[i%2], i, i%3, 100+i, 1-i%2)
	}
	text += "not labelled,channel 1,5,\n"
	if err := os.WriteFile(labels, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "matrix.svm")
	if code, _, errOut := modelRun(t, "export", "matrix", "--labels", labels, "--format", "libsvm", out); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	model := filepath.Join(dir, "model")
	code, report, errOut := modelRun(t, "model", "fit", "--learner", "linear", "--matrix", out, "--columns", out+".columns", "--json", model)
	if code != 0 || !strings.Contains(report, `"rows":30`) {
		t.Fatalf("exit %d: %s %s", code, report, errOut)
	}
	_, predictions, _ := modelRun(t, "model", "predict", "--matrix", out, model)
	for i, p := range numbersOf(t, predictions) {
		if (p > 0.5) != (i%2 == 0) {
			t.Errorf("row %d has probability %v", i, p)
		}
	}
	table := filepath.Join(dir, "matrix.csv")
	if code, _, errOut := modelRun(t, "export", "matrix", "--labels", labels, "--format", "csv", table); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	_, again, _ := modelRun(t, "model", "predict", "--matrix", table, model)
	for i, p := range numbersOf(t, again) {
		if want := numbersOf(t, predictions)[i]; math.Abs(p-want) > 1e-12 {
			t.Errorf("row %d: %v from CSV, %v from libsvm", i, p, want)
		}
	}
}
