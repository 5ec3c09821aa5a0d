package evaluate

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/labels"
)

// told is a file of n rows of which a third are liked: those with one of five
// words in their titles.
func told(t *testing.T, n int) *labels.File {
	t.Helper()
	var b strings.Builder
	b.WriteString("title,y\n")
	for i := range n {
		word, y := []string{"drums", "guitar", "bass", "trumpet", "violin", "choir", "organ", "banjo"}[i*7%8], 0
		if i%3 == 0 {
			word, y = []string{"piano", "cello", "harp", "flute", "sitar"}[i/3%5], 1
		}
		fmt.Fprintf(&b, "song %d with %s,%d\n", i*31%97, word, y)
	}
	f, err := labels.Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLearningCurveRisesWithLabels(t *testing.T) {
	f := told(t, 150)
	s := CrossSplits(f, 1)[0]
	c, err := LearningCurve(t.Context(), f, s, feature.Options{}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(c.Labels) != "[20 40 80]" || c.Repeats != 3 {
		t.Fatalf("%+v", c)
	}
	for name, ap := range map[string][]float64{"asked": c.Active, "random": c.Random} {
		if !(ap[0] > 0.3 && ap[2] > 0.95 && ap[2] >= ap[0]) {
			t.Errorf("%s: average precision %.3f; want it to rise to 1, as the titles tell everything", name, ap)
		}
	}
	s.Train = s.Train[:39]
	if _, err := LearningCurve(t.Context(), f, s, feature.Options{}, 1, nil); !errors.Is(err, ErrTooFew) {
		t.Errorf("39 rows: %v", err)
	}
}

func TestGainIsOneForAnOracleAndZeroForChance(t *testing.T) {
	p := &Pool{y: []float64{0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0}, likes: 4}
	if g := p.Gain(p.hits([]int{1, 4, 6, 9, 0, 2})); g != 1 {
		t.Errorf("the likes first: G %v", g)
	}
	chance := make([]float64, 6)
	for k := range chance {
		chance[k] = float64(k+1) * 4 / 12
	}
	if g := p.Gain(chance); g > 1e-12 || g < -1e-12 {
		t.Errorf("the likes as they come by chance: G %v", g)
	}
	if g := p.Gain(p.hits([]int{0, 2, 3, 5, 7, 8})); g >= 0 {
		t.Errorf("no like found: G %v", g)
	}
	if g := (&Pool{y: []float64{1, 1}, likes: 2}).Gain([]float64{1, 2}); g != 0 {
		t.Errorf("all are likes, so that nothing can be gained: G %v", g)
	}
}

func TestReadFolds(t *testing.T) {
	f := told(t, 6)
	splits, err := ReadFolds(strings.NewReader("row;fold0;note\n0;0;a\n1;1;b\n2;0;c\n4;1;d\n"), f)
	if err != nil {
		t.Fatal(err)
	}
	want := "[{0 [1 4] [0 2] 0} {1 [0 2] [1 4] 0}]" // rows 3 and 5 are not named
	if got := fmt.Sprint(splits); got != want {
		t.Errorf("splits %s, want %s", got, want)
	}
	for text, complaint := range map[string]string{
		"row,fold0\n":        "empty",
		"line,fold0\n0,0\n":  "row and fold0",
		"row,folds\n0,0\n":   "row and fold0",
		"row,fold0\n6,0\n":   "rows 0 to 5",
		"row,fold0\n1,-1\n":  "not a fold",
		"row,fold0\n1,one\n": "not a fold",
		"row,fold0\n1,0\n":   "nothing to test on",
	} {
		if _, err := ReadFolds(strings.NewReader(text), f); err == nil || !strings.Contains(err.Error(), complaint) {
			t.Errorf("%q: %v, want %q", text, err, complaint)
		}
	}
}
