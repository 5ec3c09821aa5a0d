package evaluate

import (
	"errors"
	"fmt"
	"math"
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
	splits := CrossSplits(f, 1)
	var steps []int
	c, err := LearningCurve(t.Context(), f, splits, 3, feature.Options{}, 1, func(done, total int) { steps = append(steps, done, total) })
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(c.Labels) != "[10 20 40 80]" || c.Repeats != 3 || len(steps) != 24 || steps[22] != 12 || steps[23] != 12 {
		t.Fatalf("%+v, steps %v", c, steps)
	}
	if !(c.Random[1] > 0.3 && c.Random[3] > 0.95 && c.Random[3] >= c.Random[1]) {
		t.Errorf("average precision %.3f; want it to rise to 1, as the titles tell everything", c.Random)
	}
	// Nobody has two songs, so there is nothing to ask about but what comes.
	if fmt.Sprint(c.Asked) != fmt.Sprint(c.Random) || fmt.Sprint(c.Ahead, c.Error) != "[0 0 0 0] [0 0 0 0]" {
		t.Errorf("asked %v, at random %v, ahead %v ± %v", c.Asked, c.Random, c.Ahead, c.Error)
	}
	splits[1].Train = splits[1].Train[:39]
	if _, err := LearningCurve(t.Context(), f, splits, 3, feature.Options{}, 1, nil); !errors.Is(err, ErrTooFew) {
		t.Errorf("39 rows: %v", err)
	}
}

// byArtists is a file of songs of which the artist decides whether they are liked: six
// artists have ten each, and a hundred have one, whose titles tell nothing.
func byArtists(t *testing.T) *labels.File {
	t.Helper()
	var b strings.Builder
	b.WriteString("title,channel,y\n")
	song := func(artist string, n, y int) {
		fmt.Fprintf(&b, "%s - Number %d (Official Video),%s - Topic,%d\n", artist, n, artist, y)
	}
	for k, artist := range []string{"Mara Quill", "Otto Venn", "Ilse Marrow", "Junia Holt", "Bram Tessel", "Ada Lorn"} {
		for n := range 10 {
			song(artist, 10*n+k, k%2)
		}
	}
	for n := range 100 {
		song(fmt.Sprintf("Nobody %c%c", 'A'+n/10, 'a'+n%10), n, n%3%2)
	}
	f, err := labels.Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAskedLabelsTeachMoreWhereArtistsHaveSeveralSongs(t *testing.T) {
	f := byArtists(t)
	curve := func(seed uint64) *Curve {
		c, err := LearningCurve(t.Context(), f, CrossSplits(f, 1), 6, feature.Options{}, seed, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := curve(1)
	if c.Ahead[0] < 2*c.Error[0] || c.Error[0] <= 0 { // the first ten are asked about, too
		t.Errorf("with 10 labels ahead by %.3f ± %.3f", c.Ahead[0], c.Error[0])
	}
	for k := range c.Labels {
		if c.Ahead[k] < -c.Error[k] || math.Abs(c.Asked[k]-c.Random[k]-c.Ahead[k]) > 1e-12 {
			t.Errorf("with %d labels asked %.3f, at random %.3f, ahead by %.3f ± %.3f", c.Labels[k], c.Asked[k], c.Random[k], c.Ahead[k], c.Error[k])
		}
	}
	if fmt.Sprint(curve(1)) != fmt.Sprint(c) || fmt.Sprint(curve(2)) == fmt.Sprint(c) {
		t.Error("the seed does not decide the curve")
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
