package feature

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"cratedigger/pipeline/feature/glove"
)

// meaning is what a title's words mean together.
type meaning struct {
	vector [glove.Dims]float32 // of length one; all zero if no word is known
	known  bool                // whether any word is
}

// meaningOf reads the meaning of a title's words.
func meaningOf(words []string) meaning {
	var m meaning
	var sum [glove.Dims]float64
	for _, w := range words {
		if addMeaning(w, sum[:]) {
			m.known = true
		}
	}
	lengthOne(sum[:])
	for d, x := range sum {
		m.vector[d] = float32(x)
	}
	return m
}

// addMeaning adds a word's vector, or that of the word without its accents.
func addMeaning(word string, sum []float64) bool {
	return glove.Add(word, sum) || glove.Add(withoutMarks(word), sum)
}

func withoutMarks(word string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(word))
}

// lengthOne scales a vector, unless it is zero.
func lengthOne(v []float64) {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	if sum < 1e-18 {
		return
	}
	for d := range v {
		v[d] /= math.Sqrt(sum)
	}
}

// centre is the mean of the documents' meanings: what all titles of a catalogue
// have in common tells none of them apart.
func centre(docs []*Document) []float64 {
	out := make([]float64, glove.Dims)
	n := 0.0
	for _, d := range docs {
		if d.Text.meaning.known {
			n++
		}
		for k, x := range d.Text.meaning.vector {
			out[k] += float64(x)
		}
	}
	for k := range out {
		out[k] /= max(1, n)
	}
	return out
}

// meaningRow writes a document's meaning, seen from the centre, at length one;
// zeros if none of its words is known.
func (s *Space) meaningRow(d *Document, row []float64) {
	if !d.Text.meaning.known {
		clear(row)
		return
	}
	for k, x := range d.Text.meaning.vector {
		row[k] = float64(x) - s.centre[k]
	}
	lengthOne(row)
}

// foldMeaning gives the weight of one direction of a document's meaning to the
// title's words, by what each adds to it; what the centre takes away is the
// rest. As the learner counts each direction by its slope, a word's parts of all
// directions add up to its Shapley value.
func (s *Space) foldMeaning(d *Document, direction int, w float64, add func(Column, float64)) {
	row := make([]float64, glove.Dims)
	s.meaningRow(d, row)
	words := tokens(d.Text.title)
	parts := make([][]float64, len(words))
	sum := make([]float64, glove.Dims)
	for i, word := range words {
		parts[i] = make([]float64, glove.Dims)
		if addMeaning(word, parts[i]) {
			for k, x := range parts[i] {
				sum[k] += x
			}
		}
	}
	// From the sum of the words to the row: scaled to length one, less the
	// centre, and scaled again.
	length := math.Sqrt(dot(sum, sum))
	rest := make([]float64, glove.Dims)
	for k, x := range sum {
		rest[k] = x/length - s.centre[k]
	}
	again := math.Sqrt(dot(rest, rest))
	if length == 0 || again == 0 || math.Abs(row[direction]) < 1e-9 {
		add(Column{"rest", ""}, w)
		return
	}
	left := w
	for i, word := range words {
		if x := parts[i][direction]; x != 0 {
			part := w * x / (length * again) / row[direction]
			add(Column{"word", word}, part)
			left -= part
		}
	}
	add(Column{"rest", ""}, left)
}
