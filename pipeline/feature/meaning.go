package feature

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"cratedigger/pipeline/feature/glove"
)

// A word's row is its word vector, followed by the products of the vector's
// leading coordinates. The inner product of two rows is then half the cosine of
// the words' vectors plus half the squared cosine of their leading coordinates,
// which favours close words over the many that are slightly similar. A row is
// shorter than one; the missing length is the word's residual, a sparse column
// of its own. A word without a vector has only a residual.
const (
	leading  = 16 // coordinates whose products count as well
	meanings = glove.Dims + leading*(leading+1)/2
)

// word is a word of titles.
type word struct {
	text     string
	id       int32     // of the term in TitleWords
	rarity   float32   // weight by its rarity in the language; 1 without a vector
	residual float32   // length of the residual
	vector   []float32 // of length one; nil if there is none
}

// titleWord is a word of one title.
type titleWord struct {
	*word
	tf float32 // 1 + ln(count)
}

func newWord(text string, id int32) *word {
	w := &word{text: text, id: id, rarity: 1, residual: 1}
	vector := make([]float64, glove.Dims)
	rarity, ok := glove.Vector(text, vector)
	if !ok {
		rarity, ok = glove.Vector(withoutMarks(text), vector)
	}
	if !ok {
		return w
	}
	lengthOne(vector)
	w.rarity, w.vector = float32(rarity), make([]float32, len(vector))
	for d, x := range vector {
		w.vector[d] = float32(x)
	}
	square := dot(vector[:leading], vector[:leading])
	w.residual = float32(math.Sqrt(max(0, 0.5-square*square/2)))
	return w
}

// addTo adds the word's row, times weight, to a row.
func (w *word) addTo(row []float64, weight float64) {
	if w.vector == nil {
		return
	}
	half := math.Sqrt2 / 2 * weight
	for d, x := range w.vector {
		row[d] += half * float64(x)
	}
	k := glove.Dims
	for i, x := range w.vector[:leading] {
		x := float64(x)
		for _, y := range w.vector[:i] {
			row[k] += weight * x * float64(y)
			k++
		}
		row[k] += half * x * x
		k++
	}
}

// commonest is the rarity below which there are only a few dozen function words
// of English: "the", "and".
const commonest = 0.3

// Common reports whether a word, in lower case, is an English function word.
func Common(text string) bool {
	rarity, ok := glove.Vector(text, make([]float64, glove.Dims))
	return ok && rarity < commonest
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

// weight is the weight of a title's word: its frequency in the title times its
// rarity in the language and in the catalogue.
func (s *Space) weight(w titleWord) float64 {
	idf := s.rarest
	if c := s.blocks[TitleWords].column(w.id); c >= 0 {
		idf = s.blocks[TitleWords].idf[c]
	}
	return float64(w.tf) * float64(w.rarity) * float64(idf)
}

// summed writes the weighted sum of a title's word rows, divided by its length
// (residuals included), and returns that length.
func (s *Space) summed(t *Text, row []float64) (length float64) {
	clear(row)
	residual := 0.0
	for _, w := range t.words {
		weight := s.weight(w)
		w.addTo(row, weight)
		residual += weight * float64(w.residual) * weight * float64(w.residual)
	}
	length = math.Sqrt(dot(row, row) + residual)
	for k := range row {
		row[k] /= max(length, 1e-9)
	}
	return length
}

// centreOf is the mean row of the titles. It is subtracted from each, because
// what all titles have in common distinguishes none.
func (s *Space) centreOf(docs []*Document) []float64 {
	out, row := make([]float64, meanings), make([]float64, meanings)
	n := 0.0
	for _, d := range docs {
		if s.summed(d.Text, row) > 0 {
			n++
		}
		for k, x := range row {
			out[k] += x
		}
	}
	for k := range out {
		out[k] /= max(1, n)
	}
	return out
}

// meaning writes the row of a title minus the centre, scaled so that together
// with the residuals it has length one; zeros for a title without words. It
// returns the factor by which the words' weighted rows and residuals are
// scaled.
func (s *Space) meaning(t *Text, row []float64) (scale float64) {
	length := s.summed(t, row)
	if length == 0 {
		return 0
	}
	residual := 1 - dot(row, row)
	for k := range row {
		row[k] -= s.centre[k]
	}
	centred := math.Sqrt(max(1e-12, dot(row, row)+residual))
	for k := range row {
		row[k] /= centred
	}
	return 1 / (length * centred)
}

// residuals appends the weighted residuals of a title's words, in the order of
// their columns.
func (s *Space) residuals(t *Text, cols []int32, vals []float64) ([]int32, []float64) {
	from := len(cols)
	for _, w := range t.words {
		c := s.blocks[TitleWords].column(w.id)
		if c < 0 {
			continue
		}
		cols, vals = append(cols, c), append(vals, s.weight(w)*float64(w.residual))
		for i := len(cols) - 1; i > from && cols[i-1] > cols[i]; i-- {
			cols[i-1], cols[i] = cols[i], cols[i-1]
			vals[i-1], vals[i] = vals[i], vals[i-1]
		}
	}
	return cols, vals
}

// meaningRow is a document's row and each word's part of it. The last one is
// cached, because the columns of a document are explained one after the other.
type meaningRow struct {
	of    *Document
	row   []float64
	parts [][]float64 // by word; nil for one without a vector
}

func (s *Space) meaningRow(d *Document) *meaningRow {
	if m := s.explained.Load(); m != nil && m.of == d {
		return m
	}
	m := &meaningRow{of: d, row: make([]float64, meanings)}
	scale := s.meaning(d.Text, m.row)
	for _, w := range d.Text.words {
		var part []float64
		if w.vector != nil {
			part = make([]float64, meanings)
			w.addTo(part, scale*s.weight(w))
		}
		m.parts = append(m.parts, part)
	}
	s.explained.Store(m)
	return m
}

// foldMeaning divides the weight of one meaning column among the title's words,
// by each word's part of it. The centre's part goes to the rest.
func (s *Space) foldMeaning(d *Document, direction int, w float64, add func(Column, float64)) {
	m := s.meaningRow(d)
	left := w
	if x := m.row[direction]; math.Abs(x) > 1e-9 {
		for i, word := range d.Text.words {
			if m.parts[i] == nil {
				continue
			}
			part := w * m.parts[i][direction] / x
			add(Column{"word", word.text}, part)
			left -= part
		}
	}
	add(Column{"rest", ""}, left)
}

// Gist says in few numbers what titles say, without a space. It knows how rare words are
// among the titles that it was made of, and what these have in common.
type Gist struct {
	idf    map[*word]float64
	rarest float64 // of other words
	centre [glove.Dims]float64
}

// NewGist makes a gist of documents of one cache.
func NewGist(docs []*Document) *Gist {
	g := &Gist{idf: map[*word]float64{}, rarest: float64(inverse(len(docs), 1))}
	df := map[*word]int32{}
	for _, d := range docs {
		for _, w := range d.Text.words {
			df[w.word]++
		}
	}
	for w, n := range df {
		g.idf[w] = float64(inverse(len(docs), n))
	}
	var sum, meaning [glove.Dims]float64
	for _, d := range docs {
		g.Of(d, meaning[:], func(string, float64) {})
		for k, x := range meaning {
			sum[k] += x / float64(len(docs))
		}
	}
	g.centre = sum
	return g
}

// Of calls word with each word of a document's title and its weight by rarity, all weights
// together of length one. It writes what the words mean into meaning (glove.Dims long):
// their vectors' weighted sum, scaled to length one, minus what all titles have in common.
func (g *Gist) Of(d *Document, meaning []float64, word func(text string, weight float64)) {
	clear(meaning)
	weights := make([]float64, len(d.Text.words))
	for i, w := range d.Text.words {
		idf, ok := g.idf[w.word]
		if !ok {
			idf = g.rarest
		}
		weights[i] = float64(w.tf) * float64(w.rarity) * idf
		for k, x := range w.vector {
			meaning[k] += weights[i] * float64(x)
		}
	}
	lengthOne(weights)
	for i, w := range d.Text.words {
		word(w.text, weights[i])
	}
	if lengthOne(meaning); len(weights) > 0 {
		for k := range meaning {
			meaning[k] -= g.centre[k]
		}
	}
}
