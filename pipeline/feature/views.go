package feature

import (
	"fmt"
	"math"
	"slices"

	"cratedigger/model/matrix"
)

// View names a set of columns for learners.
type View string

// The views of a space.
const (
	// ViewChars is the title's character n-grams, each row of length one.
	ViewChars View = "chars"
	// ViewText is all texts, for a linear learner: the sum of the title's word
	// vectors in dense columns; the words' residuals, the title's character
	// n-grams and the other texts in sparse ones.
	ViewText View = "text"
	// ViewNumbers is the numbers for a linear learner: scaled and clipped, with
	// 0 for missing ones.
	ViewNumbers View = "numbers"
	// ViewDense is dense columns for boosted trees: unscaled numbers, with NaN
	// for missing ones, and the latent factors.
	ViewDense View = "dense"
	// ViewWide is the unscaled numbers and all text blocks, for a forest whose
	// nodes each try a few of the columns.
	ViewWide View = "wide"
)

// The groups that records are kept of.
const (
	GroupChannel = "channel"
	GroupArtist  = "artist"
)

// Views are all views, in a fixed order.
var Views = []View{ViewChars, ViewText, ViewNumbers, ViewDense, ViewWide}

// Fixed reports whether a view depends only on a document's Text, and not on
// the time.
func (v View) Fixed() bool { return v == ViewChars || v == ViewText }

// part is one text block of a view.
type part struct {
	block  Block
	weight float64 // or residualWeight
}

// residualWeight marks title words whose columns are residuals of word vectors
// (see meaning.go) instead of TF-IDF.
const residualWeight = 0

// layout is what a view consists of.
type layout struct {
	numbers numberForm
	factors bool
	meaning bool
	parts   []part
}

type numberForm int

const (
	noNumbers numberForm = iota
	scaledNumbers
	plainNumbers
)

// texts are all text blocks except the character n-grams, with their weights.
var texts = []part{{TitleWords, 1}, {Description, 0.7}, {Tags, 0.5}, {Channel, 0.7}, {Category, 0.5}, {Queries, 0.5}}

// textParts are the sparse columns of ViewText. Character n-grams distinguish
// words with the same meaning.
var textParts = []part{{TitleWords, residualWeight}, {TitleChars, math.Sqrt2 / 2}, {Description, 0.25}, {Tags, 0.35}, {Channel, 0.25}, {Category, 0.25}, {Queries, 0.25}, {Kind, 0.25}}

var layouts = map[View]layout{
	ViewChars:   {parts: []part{{TitleChars, 1}}},
	ViewNumbers: {numbers: scaledNumbers},
	ViewText:    {meaning: true, parts: textParts},
	ViewDense:   {numbers: plainNumbers, factors: true},
	ViewWide:    {numbers: plainNumbers, parts: texts},
}

// Known returns the weighted share of the documents' text blocks that are not
// empty, 0 to 1, for the views with all texts. It is small if only titles are
// known.
func Known(docs []*Document) map[View]float64 {
	var filled, all float64
	for _, p := range texts {
		all += p.weight * float64(len(docs))
		for _, d := range docs {
			if len(d.Text.terms[p.block]) > 0 {
				filled += p.weight
			}
		}
	}
	if all == 0 {
		return nil
	}
	share := filled / all
	return map[View]float64{ViewDense: share, ViewWide: share}
}

// Matrix returns the documents' rows in one view. The dense columns "num:name",
// "factor:3" and "meaning:3" come first, then the sparse ones, "block:term".
func (s *Space) Matrix(docs []*Document, view View) (*matrix.Matrix, error) {
	l, ok := layouts[view]
	if !ok {
		return nil, fmt.Errorf("there is no view %q of the features", view)
	}
	names := s.names(view)
	dense := s.denseWidth(l)
	b, err := matrix.NewBuilder(dense, len(names))
	if err != nil {
		return nil, fmt.Errorf("view %s: %w", view, err)
	}
	terms := 0
	for _, d := range docs {
		for _, p := range l.parts {
			terms += len(d.Text.terms[p.block])
		}
	}
	b.Reserve(len(docs), terms)
	row := make([]float64, dense)
	var cols []int32
	var vals []float64
	for _, d := range docs {
		scale := s.denseRow(l, d, row)
		cols, vals = cols[:0], vals[:0]
		offset := int32(dense)
		for _, p := range l.parts {
			start, weight := len(cols), p.weight
			if weight == residualWeight {
				cols, vals = s.residuals(d.Text, cols, vals)
				weight = scale
			} else {
				cols, vals = s.vector(p.block, d, cols, vals)
			}
			for i := start; i < len(cols); i++ {
				cols[i] += offset
				vals[i] *= weight
			}
			offset += int32(len(s.blocks[p.block].terms))
		}
		if err := b.Add(row, cols, vals); err != nil {
			return nil, fmt.Errorf("view %s of video %s: %w", view, d.VideoID, err)
		}
	}
	return b.Matrix().WithNames(names)
}

// Names are the column names of a view.
func (s *Space) Names(view View) []string { return slices.Clone(s.names(view)) }

// names returns the cached column names of a view, which all its matrices share.
func (s *Space) names(view View) []string {
	if names, ok := s.named.Load(view); ok {
		return names.([]string)
	}
	names, _ := s.named.LoadOrStore(view, s.makeNames(layouts[view]))
	return names.([]string)
}

func (s *Space) makeNames(l layout) []string {
	var names []string
	if l.numbers != noNumbers {
		for i, name := range numberNames {
			if !s.scale[i].Constant {
				names = append(names, "num:"+name)
			}
		}
	}
	if l.factors && s.factors != nil {
		for i := range s.factors.k {
			names = append(names, fmt.Sprintf("factor:%d", i))
		}
	}
	if l.meaning {
		for i := range meanings {
			names = append(names, fmt.Sprintf("meaning:%d", i))
		}
	}
	if l.numbers != noNumbers && len(names) == 0 {
		names = append(names, "num:none") // a matrix needs a column
	}
	for _, p := range l.parts {
		for _, term := range s.blocks[p.block].terms {
			names = append(names, p.block.String()+":"+term)
		}
	}
	return names
}

func (s *Space) denseWidth(l layout) int {
	n := 0
	if l.numbers != noNumbers {
		for i := range s.scale {
			if !s.scale[i].Constant {
				n++
			}
		}
	}
	if l.factors && s.factors != nil {
		n += s.factors.k
	}
	if l.meaning {
		n += meanings
	}
	if l.numbers != noNumbers && n == 0 {
		n = 1
	}
	return n
}

// denseRow writes the dense columns, and returns the scale of the residuals of
// the title's words.
func (s *Space) denseRow(l layout, d *Document, row []float64) (scale float64) {
	n := 0
	if l.numbers != noNumbers {
		for i, sc := range s.scale {
			if sc.Constant {
				continue
			}
			row[n] = d.nums[i]
			if l.numbers == scaledNumbers {
				row[n] = sc.apply(d.nums[i])
			}
			n++
		}
	}
	if l.factors && s.factors != nil {
		n += copy(row[n:], s.factors.of(s, d))
	}
	if l.meaning {
		scale = s.meaning(d.Text, row[n:n+meanings])
		n += meanings
	}
	if n < len(row) {
		row[n] = 0
	}
	return scale
}
