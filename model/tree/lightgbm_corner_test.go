package tree_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"cratedigger/model/container"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

// read is a model text with parts of it replaced, old and new in turn.
func read(t *testing.T, text string, replace ...string) *tree.Ensemble {
	t.Helper()
	e, err := tree.ReadLightGBM(strings.NewReader(strings.NewReplacer(replace...).Replace(text)))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestNamesAreSeparatedBySpacesAlone: LightGBM keeps every other white space in
// the names of columns, and so does a model that is written again.
func TestNamesAreSeparatedBySpacesAlone(t *testing.T) {
	want := []string{"trip\u00a0hop\u3000\u0085", "\u2009drum\u202f&\u2028bass"}
	e := read(t, small, "feature_names=a b", "feature_names="+strings.Join(want, " "))
	if !slices.Equal(e.Names, want) {
		t.Fatalf("names %q, want %q", e.Names, want)
	}
	var text bytes.Buffer
	if err := e.WriteLightGBM(&text); err != nil {
		t.Fatal(err)
	}
	if again := read(t, text.String()); !slices.Equal(again.Names, want) {
		t.Errorf("written and read again, the names are %q, want %q", again.Names, want)
	}
}

func TestLightGBMName(t *testing.T) {
	for name, want := range map[string]string{
		"plain": "plain", "two words": "two_words", `AC\DC`: "AC_DC", "a\tb\nc\x00d\x7f": "a_b_c_d_", `",:[]{}=`: "________", "ü\u00a0ö": "ü\u00a0ö",
	} {
		if got := tree.LightGBMName(name); got != want {
			t.Errorf("%q is written as %q, want %q", name, got, want)
		}
	}
}

// scorings are the ways by which a row finds its leaf.
func scorings(t *testing.T, e *tree.Ensemble, x, y float64) map[string]float64 {
	t.Helper()
	// Many equal rows are scored otherwise than a few.
	few, many := []float64{x, y}, slices.Repeat([]float64{x, y}, 40)
	out := map[string]float64{}
	for name, values := range map[string][]float64{"few rows": few, "many rows": many} {
		m, err := matrix.FromDense(2, values)
		if err != nil {
			t.Fatal(err)
		}
		fresh := &tree.Ensemble{Trees: e.Trees, Columns: e.Columns, Logistic: e.Logistic, Sigmoid: e.Sigmoid}
		scores, err := fresh.Score(m)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = scores[len(scores)-1]
	}
	m, err := matrix.FromDense(2, few)
	if err != nil {
		t.Fatal(err)
	}
	leaves, err := e.Leaves(m)
	if err != nil {
		t.Fatal(err)
	}
	for k, leaf := range leaves[0] {
		out["leaves"] += e.Trees[k].Value[leaf]
	}
	values, base, err := e.Contributions(m, 0)
	if err != nil {
		t.Fatal(err)
	}
	out["contributions"] = math.Round(1e6*(base+values[0]+values[1])) / 1e6
	return out
}

// TestZeroIsLightGBMsZero: LightGBM's bound is the float32 nearest to 1e-35 as a
// float64, a little above 1e-35, and a value within it is 0 before any
// threshold is asked.
func TestZeroIsLightGBMsZero(t *testing.T) {
	const bound = 1.0000000180025095e-35 // as LightGBM writes it into models
	if tree.ZeroBound != bound {
		t.Fatalf("the bound is %v, want %v", tree.ZeroBound, bound)
	}
	outside := math.Nextafter(bound, 1)
	for _, c := range []struct {
		threshold, decision string
		b, want             float64 // of column b, where the row that goes left scores 10, right 12
	}{
		// decision 4: zeros are missing and go right
		{"0.25", "4", 1e-35, 12}, {"0.25", "4", bound, 12}, {"0.25", "4", -bound, 12}, {"0.25", "4", outside, 10}, {"0.25", "4", -outside, 10},
		// decision 2: no value is missing
		{"5e-36", "2", 7e-36, 10}, {"5e-36", "2", bound, 10}, {"5e-36", "2", outside, 12}, {"5e-36", "2", -1, 10},
		{"-5e-36", "2", -7e-36, 12}, {"-5e-36", "2", -bound, 12}, {"-5e-36", "2", -outside, 10}, {"-5e-36", "2", 0, 12},
		{"0", "2", 1e-36, 10}, {"0", "2", outside, 12}, {"-1.0000000180025095e-35", "2", -bound, 12}, {"1.0000000180025095e-35", "2", bound, 10},
		{"1e-34", "2", 9e-35, 10}, {"1e-34", "2", 2e-34, 12}, {"-1e-34", "2", -9e-35, 12}, {"-1e-34", "2", -2e-34, 10},
	} {
		// Where most rows go left the column counts as a word of a text, whose
		// nodes are passed together.
		e := read(t, small, "threshold=0.5 0.25", "threshold=0.5 "+c.threshold, "decision_type=10 4", "decision_type=10 "+c.decision,
			"leaf_count=1 1 2", "leaf_count=1 9 1", "internal_count=4 3", "internal_count=11 10")
		for how, got := range scorings(t, e, 0, c.b) {
			if got != c.want {
				t.Errorf("threshold %s, decision %s, value %v: %v by %s, want %v", c.threshold, c.decision, c.b, got, how, c.want)
			}
		}
	}
}

// TestRandomForestRegressionIsSummed: with boosting=rf the raw score and the
// contributions of LightGBM are sums over the trees and the prediction is their
// mean, whatever the objective.
func TestRandomForestRegressionIsSummed(t *testing.T) {
	e := read(t, small, "objective=binary sigmoid:1", "objective=regression\naverage_output")
	var own bytes.Buffer
	if err := e.Save(&own, "trees"); err != nil {
		t.Fatal(err)
	}
	loaded, err := tree.Load(&own, "trees")
	if err != nil {
		t.Fatal(err)
	}
	m, err := matrix.FromDense(2, []float64{0, 0.3})
	if err != nil {
		t.Fatal(err)
	}
	for when, e := range map[string]*tree.Ensemble{"read": e, "saved and loaded": loaded} {
		raw, err := e.Score(m)
		if err != nil {
			t.Fatal(err)
		}
		p, err := e.Probability(m)
		if err != nil {
			t.Fatal(err)
		}
		values, base, err := e.Contributions(m, 0)
		if err != nil {
			t.Fatal(err)
		}
		if raw[0] != 12 || p[0] != 6 || math.Abs(base-43./4) > 1e-12 || math.Abs(base+values[0]+values[1]-12) > 1e-12 {
			t.Errorf("%s: raw %v, prediction %v, contributions %v with base %v; want 12, 6 and a sum of 12 with 10.75", when, raw[0], p[0], values, base)
		}
	}
}

// TestFirstVersionOfFiles: files from before the sum was a choice of its own say
// it by their link.
func TestFirstVersionOfFiles(t *testing.T) {
	for _, logistic := range []bool{true, false} {
		var c container.Encoder
		c.Int(1)
		c.Strings(nil)
		c.Strings(nil)
		c.Bool(true)
		c.Bool(logistic)
		c.Float(1)
		c.Bytes8(nil)
		c.Int(2)
		for range 2 {
			for range 6 { // the lists of the nodes
				c.Int(0)
			}
			c.Floats([]float64{3})
			for range 6 { // what else is known of leaves and nodes
				c.Int(0)
			}
			c.Float(1)
		}
		var file bytes.Buffer
		if err := container.Write(&file, "trees", 1, c.Bytes()); err != nil {
			t.Fatal(err)
		}
		e, err := tree.Load(&file, "trees")
		if err != nil {
			t.Fatal(err)
		}
		m, err := matrix.FromDense(1, []float64{0})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := e.Score(m)
		if want := map[bool]float64{true: 6, false: 3}[logistic]; err != nil || raw[0] != want {
			t.Errorf("logistic %t: raw score %v, %v; want %v", logistic, raw, err, want)
		}
	}
}
