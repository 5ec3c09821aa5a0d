package glove

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"
)

// vector is a word's, at length one.
func vector(t *testing.T, word string) []float64 {
	t.Helper()
	v := make([]float64, Dims)
	if _, ok := Vector(word, v); !ok {
		t.Fatalf("%q has no vector", word)
	}
	length := 0.0
	for _, x := range v {
		length += x * x
	}
	for d := range v {
		v[d] /= math.Sqrt(length)
	}
	return v
}

func cosine(a, b []float64) float64 {
	sum := 0.0
	for d := range a {
		sum += a[d] * b[d]
	}
	return sum
}

func TestLikeWordsLieNear(t *testing.T) {
	for _, c := range [][3]string{
		{"techno", "trance", "violin"}, {"violin", "cello", "drums"}, {"rapper", "rap", "opera"},
		{"coltrane", "jazz", "metal"}, {"piano", "sonata", "football"}, {"samba", "brazilian", "norwegian"},
	} {
		if near, far := cosine(vector(t, c[0]), vector(t, c[1])), cosine(vector(t, c[0]), vector(t, c[2])); near < far+0.1 {
			t.Errorf("%s lies %.2f from %s and %.2f from %s", c[0], near, c[1], far, c[2])
		}
	}
}

// TestEveryWordIsFound reads the whole table: its words ascend, each is found
// where it is, and its vector is of a sensible length.
func TestEveryWordIsFound(t *testing.T) {
	if table.words != 100_000 {
		t.Fatalf("%d words", table.words)
	}
	before, word, at := "", []byte{}, 0
	for i := range table.words {
		shared, more := int(table.text[at]), int(table.text[at+1])
		word = append(word[:shared], table.text[at+2:at+2+more]...)
		at += 2 + more
		if string(word) <= before {
			t.Fatalf("%q follows %q", word, before)
		}
		before = string(word)
		if got := table.find(before); got != i {
			t.Fatalf("%q is word %d and found at %d", word, i, got)
		}
	}
	if at != len(table.text) {
		t.Errorf("%d bytes are left of the words", len(table.text)-at)
	}
	for _, word := range []string{"", "zzzzzzzz", "a b", "\xff", strings.Repeat("a", 500), "кино"} {
		if _, ok := Vector(word, make([]float64, Dims)); ok != (table.find(word) >= 0) || ok && word != "кино" {
			t.Errorf("%q has a vector", word)
		}
	}
	if n := testing.AllocsPerRun(100, func() { table.find("techno") }); n != 0 {
		t.Errorf("looking up a word allocates %v times", n)
	}
}

func TestRareWordsCountMore(t *testing.T) {
	weight := func(word string) float64 {
		w, _ := Vector(word, make([]float64, Dims))
		return w
	}
	if the, techno := weight("the"), weight("techno"); the > techno/5 {
		t.Errorf("\"the\" counts %.3f, \"techno\" %.3f", the, techno)
	}
}

func TestTheFileIsTheEmbeddedOne(t *testing.T) {
	disk, err := os.ReadFile("vectors.bin")
	if err != nil || !bytes.Equal(disk, []byte(file)) {
		t.Fatalf("vectors.bin is not what was built in: %v", err)
	}
}
