package feature

import (
	"cmp"
	"errors"
	"hash/fnv"
	"math"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"cratedigger/pipeline/catalog"
)

// maxColumns bounds the columns of one block, which are those of the most
// frequent terms.
const maxColumns = 60_000

// Space is a fitted feature space: the terms that are columns and their
// weights, the scales of numbers, the latent factors, and the mean of the
// titles' meanings. It does not depend on labels and does not change after Fit.
type Space struct {
	opts    Options
	lexicon *lexicon // of its documents
	blocks  [blocks]vocabulary
	scale   [numbers]scale
	factors *factors  // nil when there are none
	rarest  float32   // idf of a title's word without a column
	centre  []float64 // mean of the titles' meanings
	fitted  []int32   // sums of the ids of its videos, sorted; see Fits
	named   sync.Map  // View → []string: its column names

	explained atomic.Pointer[meaningRow] // of the last document
}

// Options are the settings of text with which the space was fitted.
func (s *Space) Options() Options { return s.opts }

// vocabulary is the columns of one block.
type vocabulary struct {
	terms []string  // by column
	idf   []float32 // by column
	col   []int32   // by term of the lexicon; -1, or beyond the end: no column
}

// scale makes a number comparable: (x - median) / spread.
type scale struct {
	Median, Spread float64
	Constant       bool // never varies or is never known, so it gets no column
}

func (s scale) apply(x float64) float64 {
	if math.IsNaN(x) || s.Constant {
		return 0
	}
	return min(3, max(-3, (x-s.Median)/s.Spread))
}

// Fit makes a space of documents, which must come from r.
func (r *Reader) Fit(docs []*Document, seed uint64) (*Space, error) {
	if len(docs) == 0 {
		return nil, errors.New("there are no videos to make features of")
	}
	s := &Space{opts: r.opts, lexicon: r.lexicon}
	for b := range blocks {
		s.blocks[b] = r.vocabulary(b, docs)
	}
	for i := range s.scale {
		values := make([]float64, 0, len(docs))
		for _, d := range docs {
			if !math.IsNaN(d.nums[i]) {
				values = append(values, d.nums[i])
			}
		}
		s.scale[i] = robust(values)
	}
	s.rarest = inverse(len(docs), 1)
	s.centre = s.centreOf(docs)
	for _, d := range docs {
		s.fitted = append(s.fitted, idSum(d.VideoID))
	}
	slices.Sort(s.fitted)
	s.fitted = slices.Compact(s.fitted)
	if r.opts.Factors > 0 {
		s.factors = fitFactors(s, docs, r.opts.Factors, seed)
	}
	return s, nil
}

// largeEnough is the number of videos from which a space is kept until a tenth of them
// are new. With fewer, fitting is quick.
const largeEnough = 2000

// fits reports whether the space need not be fitted again to these videos: they are many,
// and not a tenth of them or of its own are others.
func (s *Space) fits(videos []catalog.Video) bool {
	if len(videos) < largeEnough || len(s.fitted)*9 >= len(videos)*10 {
		return false
	}
	fresh := 0
	for i := range videos {
		if _, known := slices.BinarySearch(s.fitted, idSum(videos[i].ID)); !known {
			fresh++
		}
	}
	return fresh*10 < len(videos)
}

// idSum is a hash of a video's id. Of 2,000 videos, one of two million new ones has the
// sum of an old one.
func idSum(id string) int32 {
	h := fnv.New32a()
	h.Write([]byte(id))
	return int32(h.Sum32() >> 1)
}

func (r *Reader) vocabulary(b Block, docs []*Document) vocabulary {
	df := make([]int32, len(r.lexicon.terms[b]))
	for _, d := range docs {
		for _, t := range d.Text.terms[b] {
			df[t]++
		}
	}
	least := int32(r.opts.MinDocs)
	if len(docs) < 40 {
		least = 1 // with a handful of documents every term counts
	}
	var kept []int32
	for t, n := range df {
		if n >= least && n > 0 {
			kept = append(kept, int32(t))
		}
	}
	if len(kept) > maxColumns {
		slices.SortStableFunc(kept, func(a, b int32) int { return cmp.Compare(df[b], df[a]) })
		kept = kept[:maxColumns]
	}
	// Columns are sorted by term, because ids depend on what else was read
	// before.
	slices.SortFunc(kept, func(x, y int32) int { return cmp.Compare(r.lexicon.terms[b][x], r.lexicon.terms[b][y]) })
	v := vocabulary{terms: make([]string, len(kept)), idf: make([]float32, len(kept)), col: make([]int32, len(df))}
	for i := range v.col {
		v.col[i] = -1
	}
	for c, t := range kept {
		v.terms[c] = r.lexicon.terms[b][t]
		v.idf[c] = inverse(len(docs), df[t])
		v.col[t] = int32(c)
	}
	return v
}

// inverse is the weight of a term that df of n documents hold.
func inverse(n int, df int32) float32 {
	return float32(math.Log((1+float64(n))/(1+float64(df))) + 1)
}

// column is the column of a term of the lexicon, -1 if it has none.
func (v *vocabulary) column(term int32) int32 {
	if int(term) >= len(v.col) {
		return -1
	}
	return v.col[term]
}

// robust returns a scale by the median and the interquartile range, in units of
// a normal distribution's standard deviation. If half of all values are equal
// it uses the standard deviation itself.
func robust(values []float64) scale {
	if len(values) < 2 {
		return scale{Spread: 1, Constant: true}
	}
	sort.Float64s(values)
	at := func(q float64) float64 {
		x := q * float64(len(values)-1)
		i := int(x)
		if i+1 >= len(values) {
			return values[i]
		}
		return values[i] + (x-float64(i))*(values[i+1]-values[i])
	}
	s := scale{Median: at(0.5), Spread: (at(0.75) - at(0.25)) / 1.349}
	if values[0] == values[len(values)-1] {
		return scale{Median: s.Median, Spread: 1, Constant: true}
	}
	if s.Spread <= 1e-9 {
		mean, sq := 0.0, 0.0
		for _, v := range values {
			mean += v / float64(len(values))
		}
		for _, v := range values {
			sq += (v - mean) * (v - mean) / float64(len(values))
		}
		s.Spread = math.Sqrt(sq)
	}
	return s
}

// vector appends a document's TF-IDF row of a block, of length one, to the
// given slices: ascending columns and their weights.
func (s *Space) vector(b Block, d *Document, cols []int32, vals []float64) ([]int32, []float64) {
	v := &s.blocks[b]
	var buffer [512]uint64
	entries := buffer[:0] // column and weight in one integer, for fast sorting
	sum := 0.0
	for i, t := range d.Text.terms[b] {
		c := v.column(t)
		if c < 0 {
			continue
		}
		x := d.Text.tf[b][i] * v.idf[c]
		entries = append(entries, uint64(c)<<32|uint64(math.Float32bits(x)))
		sum += float64(x) * float64(x)
	}
	slices.Sort(entries)
	if sum > 0 {
		sum = 1 / math.Sqrt(sum)
	}
	cols, vals = slices.Grow(cols, len(entries)), slices.Grow(vals, len(entries))
	for _, e := range entries {
		cols = append(cols, int32(e>>32))
		vals = append(vals, float64(math.Float32frombits(uint32(e)))*sum)
	}
	return cols, vals
}
