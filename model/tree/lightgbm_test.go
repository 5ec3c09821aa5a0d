package tree_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cratedigger/model/internal/testdata"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

// TestLightGBMParity reads models that LightGBM wrote and compares raw scores,
// probabilities and contributions with LightGBM's own.
func TestLightGBMParity(t *testing.T) {
	root := testdata.Dir(t, "lightgbm")
	models, err := filepath.Glob(filepath.Join(root, "*", "model.txt"))
	if err != nil || len(models) < 13 {
		t.Fatalf("%d models in %s, want at least 13 (%v)", len(models), root, err)
	}
	for _, path := range models {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var rows *matrix.Matrix
			if _, err := os.Stat(filepath.Join(dir, "rows.svm")); err == nil {
				rows, _ = testdata.LibSVM(t, filepath.Join(dir, "rows.svm"))
			} else {
				rows = testdata.CSV(t, filepath.Join(dir, "rows.csv"))
			}
			e := readModel(t, path)
			expected := testdata.CSV(t, filepath.Join(dir, "expected.csv"))
			contrib := testdata.CSV(t, filepath.Join(dir, "contrib.csv"))
			compare(t, "as LightGBM wrote it", e, rows, expected, contrib)

			var text bytes.Buffer
			if err := e.WriteLightGBM(&text); err != nil {
				t.Fatal(err)
			}
			again, err := tree.ReadLightGBM(&text)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "written and read again", again, rows, expected, contrib)

			var own bytes.Buffer
			if err := e.Save(&own, "trees"); err != nil {
				t.Fatal(err)
			}
			loaded, err := tree.Load(&own, "trees")
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "saved and loaded", loaded, rows, expected, contrib)
		})
	}
}

func readModel(t *testing.T, path string) *tree.Ensemble {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e, err := tree.ReadLightGBM(f)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func compare(t *testing.T, when string, e *tree.Ensemble, rows, expected, contrib *matrix.Matrix) {
	t.Helper()
	const tolerance = 1e-9
	raw, err := e.Score(rows)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Probability(rows)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) != expected.Rows() {
		t.Fatalf("%s: %d scores for %d expected rows", when, len(raw), expected.Rows())
	}
	for i := range raw {
		if raw[i] != expected.At(i, 0) {
			t.Fatalf("%s: row %d: raw score %v, LightGBM %v", when, i, raw[i], expected.At(i, 0))
		}
		if !(math.Abs(p[i]-expected.At(i, 1)) <= tolerance) {
			t.Fatalf("%s: row %d: probability %v, LightGBM %v", when, i, p[i], expected.At(i, 1))
		}
	}
	err = e.EachContributions(rows, func(i int, values []float64, base float64) error {
		sum := base
		for j, v := range values {
			sum += v
			if i < contrib.Rows() && !(math.Abs(v-contrib.At(i, j)) <= tolerance) {
				t.Fatalf("%s: row %d column %d: contribution %v, LightGBM %v", when, i, j, v, contrib.At(i, j))
			}
		}
		if !(math.Abs(sum-raw[i]) <= tolerance) {
			t.Fatalf("%s: row %d: contributions add up to %v, the raw score is %v", when, i, sum, raw[i])
		}
		if i < contrib.Rows() && !(math.Abs(base-contrib.At(i, e.Columns)) <= tolerance) {
			t.Fatalf("%s: base %v, LightGBM %v", when, base, contrib.At(i, e.Columns))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// small is a model of two trees in LightGBM's format: a split with missing
// values to the left, one on zeros, and a tree of one leaf.
const small = `tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=a b
feature_infos=[0:1] [-1:1]
tree_sizes=1 1

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
split_gain=2 1
threshold=0.5 0.25
decision_type=10 4
left_child=1 -2
right_child=-1 -3
leaf_value=1 2 4
leaf_weight=1 1 2
leaf_count=1 1 2
internal_value=0 0
internal_weight=4 3
internal_count=4 3
is_linear=0
shrinkage=1


Tree=1
num_leaves=1
num_cat=0
split_feature=
threshold=
leaf_value=8
leaf_count=4
shrinkage=1


end of trees

parameters:
end of parameters
`

func TestReadLightGBMByHand(t *testing.T) {
	e, err := tree.ReadLightGBM(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for _, c := range []struct{ a, b, want float64 }{
		{1, 0, 9},      // right at the root
		{nan, 0.2, 10}, // missing goes left, then below the threshold
		{0, 0.3, 12},   // above it
		{0, 0, 12},     // zero is missing and goes right
		{0, nan, 12},   // and so does NaN
		{0, -0.1, 10},
	} {
		m, err := matrix.FromDense(2, []float64{c.a, c.b})
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Score(m)
		if err != nil {
			t.Fatal(err)
		}
		if got[0] != c.want {
			t.Errorf("(%v, %v) scored %v, want %v", c.a, c.b, got[0], c.want)
		}
	}
	// One player at a time: f(∅) = 11/4+8, f(a=0) = 10/3+8, f(b=.3) = (1+3·4)/4+8.
	m, _ := matrix.FromDense(2, []float64{0, 0.3})
	values, base, err := e.Contributions(m, 0)
	if err != nil {
		t.Fatal(err)
	}
	a := ((10./3 - 11./4) + (4 - 13./4)) / 2
	b := ((13./4 - 11./4) + (4 - 10./3)) / 2
	if math.Abs(base-43./4) > 1e-12 || math.Abs(values[0]-a) > 1e-12 || math.Abs(values[1]-b) > 1e-12 {
		t.Errorf("contributions %v with base %v, want %v %v with %v", values, base, a, b, 43./4)
	}
}

func TestReadLightGBMRefuses(t *testing.T) {
	for name, change := range map[string][2]string{
		"another beginning":  {"tree\n", "three\n"},
		"another version":    {"version=v4", "version=v9"},
		"three classes":      {"num_class=1", "num_class=3"},
		"unknown objective":  {"binary sigmoid:1", "poisson"},
		"sigmoid of zero":    {"sigmoid:1", "sigmoid:0"},
		"categorical split":  {"decision_type=10 4", "decision_type=1 4"},
		"linear leaves":      {"is_linear=0", "is_linear=1"},
		"column too high":    {"split_feature=0 1", "split_feature=0 2"},
		"a ring":             {"left_child=1 -2", "left_child=1 1"},
		"child out of range": {"right_child=-1 -3", "right_child=-1 -9"},
		"a leaf twice":       {"right_child=-1 -3", "right_child=-2 -3"},
		"short list":         {"threshold=0.5 0.25", "threshold=0.5"},
		"leaves beyond all":  {"num_leaves=3", "num_leaves=2000000000"},
		"no leaf values":     {"leaf_value=1 2 4\n", ""},
		"not a number":       {"threshold=0.5 0.25", "threshold=0.5 x"},
		"infinite value":     {"leaf_value=1 2 4", "leaf_value=1 2 inf"},
		"negative count":     {"leaf_count=1 1 2", "leaf_count=1 -1 2"},
		"names missing":      {"feature_names=a b", "feature_names=a"},
		"cut off":            {"end of trees", ""},
		"key twice":          {"num_cat=0\n", "num_cat=0\nnum_cat=0\n"},
	} {
		text := strings.Replace(small, change[0], change[1], 1)
		if text == small {
			t.Fatalf("%s changes nothing", name)
		}
		if _, err := tree.ReadLightGBM(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read without an error", name)
		}
	}
}

func TestWriteLightGBMSizesAndNames(t *testing.T) {
	e, err := tree.ReadLightGBM(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	e.Names = []string{"two words", "two:words"}
	var buf bytes.Buffer
	if err := e.WriteLightGBM(&buf); err != nil {
		t.Fatal(err)
	}
	text := buf.String()
	if !strings.Contains(text, "feature_names=two_words two_words_1\n") {
		t.Errorf("names were not made safe and different:\n%s", text[:300])
	}
	_, sizes, _ := strings.Cut(text, "tree_sizes=")
	sizes, _, _ = strings.Cut(sizes, "\n")
	at := strings.Index(text, "Tree=0\n")
	for k, s := range strings.Fields(sizes) {
		if !strings.HasPrefix(text[at:], "Tree="+string(rune('0'+k))+"\n") {
			t.Fatalf("tree %d does not begin at byte %d", k, at)
		}
		n := 0
		for _, c := range s {
			n = 10*n + int(c-'0')
		}
		at += n
	}
	if !strings.HasPrefix(text[at:], "end of trees\n") {
		t.Error("the sizes do not add up to the end of the trees")
	}
}

func FuzzReadLightGBM(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(strings.ReplaceAll(small, "0.25", "1e300")))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := tree.ReadLightGBM(bytes.NewReader(data))
		if err != nil || e.Columns > 1000 {
			return
		}
		m, err := matrix.FromDense(e.Columns, make([]float64, e.Columns))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Probability(m); err != nil {
			t.Fatal(err)
		}
		if _, _, err := e.Contributions(m, 0); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzLoad(f *testing.F) {
	e, err := tree.ReadLightGBM(strings.NewReader(small))
	if err != nil {
		f.Fatal(err)
	}
	var buf bytes.Buffer
	if err := e.Save(&buf, "trees"); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := tree.Load(bytes.NewReader(data), "trees"); err == nil && e.Check() != nil {
			t.Error("a model that fails its check was loaded")
		}
	})
}
