package main

import (
	"bytes"
	"compress/gzip"
	"cratedigger/cmd/internal/socket"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// split is a model in LightGBM's format that scores 1 where its first column is
// above 1 and −1 elsewhere; NAMES stands for the names of its three columns.
const split = `tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=binary sigmoid:1
feature_names=NAMES
feature_infos=[0:5] [0:5] [0:5]

Tree=0
num_leaves=2
num_cat=0
split_feature=0
threshold=1.0
decision_type=2
left_child=-1
right_child=-2
leaf_value=-1 1
leaf_count=1 1
internal_count=2

end of trees
`

var low, high = 1 / (1 + math.E), math.E / (1 + math.E)

func writeText(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// predict runs model predict with rows on standard input or, with a name, in a
// file.
func predict(t *testing.T, model, name, rows string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	in := strings.NewReader(rows)
	inv := &invocation{ctx: t.Context(), in: in, out: &out, errOut: &errOut, files: socket.LocalFiles{In: in, Out: &out}, now: time.Now, getenv: func(string) string { return "" }}
	if name != "-" {
		name = writeText(t, name, rows)
	}
	code = inv.execute([]string{"model", "predict", "--matrix", name, model})
	return code, out.String(), errOut.String()
}

func TestPredictFindsColumnsByName(t *testing.T) {
	names := map[string]string{"plain": "a b c", "numbered": "Column_0 Column_1 Column_2", "spaced": "two_words b_c c"}
	models := map[string]string{}
	for name, text := range names {
		models[name] = writeText(t, "model.txt", strings.Replace(split, "NAMES", text, 1))
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("c;b;a\n0;0;2\n4;4;0,5\n")); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ model, rows string }{
		"in order":                      {"plain", "a,b,c\n2,0,0\n0.5,4,4\n"},
		"another order, a label":        {"plain", "label,c,b,a\n1,0,0,2\n0,4,4,0.5\n"},
		"the label in between":          {"plain", "b,label,a,c\n0,1,2,0\n4,0,0.5,4\n"},
		"semicolons and decimal commas": {"plain", "c;b;a\r\n0;0;2\r\n4;4;0,5\r\n"},
		"tabs":                          {"plain", "c\tb\ta\n0\t0\t2\n4\t4\t0.5\n"},
		"a mark, CR":                    {"plain", "\ufeffc,b,a\r0,0,2\r4,4,0.5\r"},
		"sep=":                          {"plain", "sep=;\nc;b;a\n0;0;2\n4;4;0,5\n"},
		"UTF-16":                        {"plain", "\xff\xfec\x00,\x00b\x00,\x00a\x00\n\x000\x00,\x000\x00,\x002\x00\n\x004\x00,\x004\x00,\x00.\x005\x00\n\x00"},
		"packed":                        {"plain", packed.String()},
		"names as before LightGBM":      {"spaced", "c,b:c,two words\n0,0,2\n4,4,0.5\n"},
		"names as after":                {"spaced", "c,b_c,two_words\n0,0,2\n4,4,0.5\n"},
		"a model without names":         {"numbered", "x,y,z\n2,0,0\n0.5,4,4\n"},
		"numbered columns":              {"numbered", "Column_2,Column_1,Column_0\n0,0,2\n4,4,0.5\n"},
		"libsvm":                        {"plain", "1 0:2\n0 0:0.5 1:4 2:4\n"},
		"libsvm with a mark, CR":        {"plain", "\ufeff1 0:2\r0 0:0.5 1:4 2:4\r"},
		"libsvm with a comment":         {"plain", "# label a b c, in order\n1 0:2\n0 0:0.5 1:4 2:4\n"},
	} {
		for _, file := range []string{"-", "rows.csv", "rows.svm"} {
			if strings.HasPrefix(name, "libsvm") != (file == "rows.svm") && file != "-" {
				continue
			}
			code, out, errOut := predict(t, models[c.model], file, c.rows)
			if code != 0 {
				t.Errorf("%s from %s: exit %d, %s", name, file, code, errOut)
				continue
			}
			if p := numbersOf(t, out); len(p) != 2 || math.Abs(p[0]-high) > 1e-12 || math.Abs(p[1]-low) > 1e-12 {
				t.Errorf("%s from %s: %v, want %v and %v", name, file, p, high, low)
			}
			if errOut != "" {
				t.Errorf("%s from %s: %q on standard error", name, file, errOut)
			}
		}
	}
}

func TestPredictRefusesRowsThatAreNotTheModels(t *testing.T) {
	named, numbered := writeText(t, "model.txt", strings.Replace(split, "NAMES", "a b c", 1)), writeText(t, "model.txt", strings.Replace(split, "NAMES", "Column_0 Column_1 Column_2", 1))
	for name, c := range map[string]struct{ model, file, rows, want string }{
		"an unknown column":     {named, "x.csv", "a,b,c,d\n1,2,3,4\n", `has column "d", unknown`},
		"a column missing":      {named, "x.csv", "a,c\n1,2\n", `lacks the model's column "b"`},
		"another name":          {named, "x.csv", "a,b,z\n1,2,3\n", `lacks the model's column "c" and has column "z"`},
		"no names, no width":    {numbered, "x.csv", "a,b\n1,2\n", "2 columns and the model 3"},
		"no header":             {named, "x.csv", "1,2,3\n4,5,6\n", "first line holds numbers"},
		"no header, holes":      {numbered, "-", "1,,nan\n4,5,6\n", "first line holds numbers"},
		"a name twice":          {named, "x.csv", "a,b,b\n1,2,3\n", `column "b" twice`},
		"two labels":            {named, "x.csv", "label,a,b,c,label\n1,1,2,3,0\n", `column "label" twice`},
		"a number of the row":   {named, "x.csv", ",a,b,c\n0,1,2,3\n", "no name"},
		"no number":             {named, "x.csv", "a,b,c\n1,2,3\n1,x,3\n", `line 3: column "b" holds "x"`},
		"no number after sep=":  {named, "x.csv", "sep=;\na;b;c\n1;2;3\n1;2;x\n", `line 4: column "c" holds "x"`},
		"a short line":          {named, "x.csv", "a,b,c\n1,2\n", "line 2"},
		"empty":                 {named, "x.csv", "", "is empty"},
		"empty, on stdin":       {named, "-", "", "no rows"},
		"empty libsvm":          {named, "x.svm", "\n# nothing\n", "no rows"},
		"a header alone":        {named, "x.csv", "a,b,c\n", "no rows"},
		"counted from 1":        {named, "x.svm", "1 1:2 2:1 3:2\n0 1:2 3:4\n", "row 1 has column 3, and the model has columns 0 to 2 (are the file's counted from 1?)"},
		"too wide":              {named, "x.svm", "# two rows\n1 1:2 2:1\n0 1:2 3:4\n", "row 2 has column 3"},
		"wide, counted from 0":  {named, "x.svm", "1 0:2\n0 0:0.5 1:4 7:4\n", "row 2 has column 7, and the model has columns 0 to 2 (are the file's counted from 1?)"},
		"zeros beyond":          {named, "-", "1 1:2 2:1 3:0\n0 1:2 3:0\n", "row 1 has column 3"},
		"unnamed, counted so":   {numbered, "x.svm", "1 1:2 2:1 3:2\n0 1:2 3:4\n", "counted from 1?"},
		"neither one nor other": {named, "-", "hello world\n", "no rows"},
	} {
		code, out, errOut := predict(t, c.model, c.file, c.rows)
		if code != 1 || out != "" || !strings.Contains(errOut, c.want) {
			t.Errorf("%s: exit %d, %q, %q; want %q", name, code, out, errOut, c.want)
		}
	}
	if code, _, errOut := predict(t, writeText(t, "model", ""), "x.csv", "a\n1\n"); code != 1 || !strings.Contains(errOut, "empty") {
		t.Errorf("an empty model: exit %d, %q", code, errOut)
	}
}

func TestFitByNameAndLabel(t *testing.T) {
	out := filepath.Join(t.TempDir(), "model")
	csv := "label,a,b\n"
	for i := range 40 {
		csv += []string{"1,5,0\n", "0,0,5\n"}[i%2]
	}
	for _, learner := range []string{"boost", "forest", "linear"} {
		if code, _, errOut := modelRun(t, "model", "fit", "--learner", learner, "--matrix", writeText(t, "train.csv", csv), out); code != 0 {
			t.Fatalf("%s: exit %d, %s", learner, code, errOut)
		}
		_, text, _ := predict(t, out, "x.csv", "label,b,a\n1,0,5\n0,5,0\n")
		if p := numbersOf(t, text); len(p) != 2 || p[0] < 0.6 || p[1] > 0.4 {
			t.Errorf("%s: columns in another order score %v", learner, p)
		}
	}
	for name, c := range map[string]struct{ labels, want string }{
		"-1, 0 and 1":   {"1\n-1\n0\n", "row 2 has the label -1 and row 3 the label 0"},
		"a third class": {"1\n0\n2\n", "row 3 is 2"},
		"a hole":        {"1\n0\n\"\"\n", "row 3 is NaN"},
		"shares":        {"1\n0.5\n0\n", "row 2 is 0.5"},
	} {
		rows := "label,a\n"
		for label := range strings.Lines(c.labels) {
			rows += strings.TrimSpace(label) + ",1\n"
		}
		if code, _, errOut := modelRun(t, "model", "fit", "--learner", "boost", "--matrix", writeText(t, "train.csv", rows), out); code != 1 || !strings.Contains(errOut, c.want) {
			t.Errorf("%s: exit %d, %q", name, code, errOut)
		}
	}
	// -1 and 1 are two classes.
	if code, _, errOut := modelRun(t, "model", "fit", "--learner", "linear", "--matrix", writeText(t, "train.svm", strings.Repeat("-1 0:1\n1 1:1\n", 5)), out); code != 0 {
		t.Errorf("-1 and 1: exit %d, %s", code, errOut)
	}
	// Names make the rows as wide as they are many.
	code, _, errOut := modelRun(t, "model", "fit", "--learner", "linear", "--matrix", writeText(t, "train.svm", strings.Repeat("0 0:1\n1 1:1\n", 5)), "--columns", writeText(t, "names", "a\nb\nc\n"), out)
	if code != 0 {
		t.Fatalf("exit %d, %s", code, errOut)
	}
	if _, text, errOut := predict(t, out, "x.csv", "c,b,a\n9,1,0\n9,0,1\n"); errOut != "" || numbersOf(t, text)[0] < 0.5 || numbersOf(t, text)[1] > 0.5 {
		t.Errorf("%q, %q", text, errOut)
	}
}

// TestFitForWiderRows: a column that no training row has is one of the model's
// where --columns says so.
func TestFitForWiderRows(t *testing.T) {
	train := writeText(t, "train.svm", strings.Repeat("0 0:1\n1 1:1\n", 20))
	for _, learner := range []string{"boost", "forest", "linear"} {
		out := filepath.Join(t.TempDir(), "model")
		fit := func(columns string) (int, string) {
			code, _, errOut := modelRun(t, "model", "fit", "--learner", learner, "--matrix", train, "--columns", columns, out)
			return code, errOut
		}
		if code, errOut := fit("2"); code != 0 {
			t.Fatalf("%s: exit %d, %s", learner, code, errOut)
		}
		code, scores, errOut := predict(t, out, "x.svm", "0 0:1\n1 1:1 6:3\n")
		if code != 1 || scores != "" || !strings.Contains(errOut, "row 2 has column 6, and the model has columns 0 to 1 (are the file's counted from 1? If not, fit the model with --columns, 7 or more.)") {
			t.Errorf("%s: exit %d, %q, %q", learner, code, scores, errOut)
		}
		if code, errOut := fit("7"); code != 0 {
			t.Fatalf("%s: exit %d, %s", learner, code, errOut)
		}
		code, scores, errOut = predict(t, out, "x.svm", "0 0:1\n1 1:1 6:3\n")
		if p := numbersOf(t, scores); code != 0 || errOut != "" || len(p) != 2 || p[0] > 0.4 || p[1] < 0.6 {
			t.Errorf("%s: exit %d, %v, %q", learner, code, p, errOut)
		}
		if code, errOut := fit("1"); code != 1 || !strings.Contains(errOut, "row 2 has column 1") {
			t.Errorf("%s: too few columns: exit %d, %q", learner, code, errOut)
		}
	}
	for _, columns := range []string{"0", "-3", "99999999"} {
		if code, _, errOut := modelRun(t, "model", "fit", "--learner", "linear", "--matrix", train, "--columns="+columns, filepath.Join(t.TempDir(), "model")); code != 2 || !strings.Contains(errOut, "between 1 and") {
			t.Errorf("%s columns: exit %d, %q", columns, code, errOut)
		}
	}
	csv := writeText(t, "train.csv", "label,a\n"+strings.Repeat("0,1\n1,2\n", 5))
	if code, _, errOut := modelRun(t, "model", "fit", "--learner", "linear", "--matrix", csv, "--columns", "3", filepath.Join(t.TempDir(), "model")); code != 1 || !strings.Contains(errOut, "is 1 in ") {
		t.Errorf("a CSV file of other width: exit %d, %q", code, errOut)
	}
}

// TestReportedRows reads rows that were scored without a word once.
func TestReportedRows(t *testing.T) {
	folder := os.Getenv("CRATEDIGGER_TESTDATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared")
	}
	inputs := filepath.Join(folder, "reports", "inputs")
	rows, err := os.ReadFile(filepath.Join(inputs, "15-rows-counted-from-one.svm"))
	if err != nil {
		t.Skipf("no reference data: %v (set CRATEDIGGER_TESTDATA)", err)
	}
	model := filepath.Join(inputs, "15-model-three-columns.txt")
	if code, out, errOut := predict(t, model, "rows.svm", string(rows)); code != 1 || out != "" || !strings.Contains(errOut, "row 1 has column 3") || !strings.Contains(errOut, "counted from 1?") {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
	_, out, _ := predict(t, model, "rows.svm", strings.NewReplacer(" 1:", " 0:", " 2:", " 1:", " 3:", " 2:").Replace(string(rows)))
	if p := numbersOf(t, out); len(p) != 2 || math.Abs(p[0]-low) > 1e-12 || math.Abs(p[1]-high) > 1e-12 {
		t.Errorf("with columns less one: %v", p)
	}
}
