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
	length := math.Sqrt(dot(v, v))
	if length < 1e-9 {
		return
	}
	for d := range v {
		v[d] /= length
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

// wordParts is what each word of a title adds to its document's row.
type wordParts struct {
	of    *Document
	words []string
	parts [][]float64 // by word: what it adds to each direction
	row   []float64
}

// wordParts tells a document's row apart by words, and keeps that for the
// document's other directions, for which it is asked next.
func (s *Space) wordParts(d *Document) *wordParts {
	if p := s.parted.Load(); p != nil && p.of == d {
		return p
	}
	p := &wordParts{of: d, words: tokens(d.Text.title), row: make([]float64, glove.Dims)}
	s.meaningRow(d, p.row)
	sum := make([]float64, glove.Dims)
	for _, word := range p.words {
		part := make([]float64, glove.Dims)
		addMeaning(word, part)
		for k, x := range part {
			sum[k] += x
		}
		p.parts = append(p.parts, part)
	}
	// From the sum of the words to the row: scaled to length one, less the
	// centre, and scaled again.
	length := max(1e-9, math.Sqrt(dot(sum, sum)))
	apart := make([]float64, glove.Dims)
	for k, x := range sum {
		apart[k] = x/length - s.centre[k]
	}
	scale := length * max(1e-9, math.Sqrt(dot(apart, apart)))
	for _, part := range p.parts {
		for k := range part {
			part[k] /= scale
		}
	}
	s.parted.Store(p)
	return p
}

// foldMeaning gives the weight of one direction of a document's meaning to the
// title's words, by what each adds to it; what the centre takes away is the
// rest. As the learner counts each direction by its slope, a word's parts of all
// directions add up to its Shapley value.
func (s *Space) foldMeaning(d *Document, direction int, w float64, add func(Column, float64)) {
	p := s.wordParts(d)
	left := w
	if x := p.row[direction]; math.Abs(x) > 1e-9 {
		for i, word := range p.words {
			if part := w * p.parts[i][direction] / x; part != 0 {
				add(Column{"word", word}, part)
				left -= part
			}
		}
	}
	add(Column{"rest", ""}, left)
}
