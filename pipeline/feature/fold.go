package feature

import (
	"math"
	"strconv"
	"strings"
)

// Column is the meaning of a column for people.
type Column struct {
	Kind string // "word", "channel", "artist", "category", "query", "kind", "tag", "number" or "rest"
	Name string
}

// FoldColumn attributes the weight w of a named column to words, channels and
// facts that people can read. The weight of a character n-gram is divided
// equally among the title's words that contain it; that of a latent factor or a
// meaning among the title's words by their contributions. It calls add at least
// once, with weights that add up to w.
func (s *Space) FoldColumn(d *Document, column string, w float64, add func(Column, float64)) {
	kind, name, _ := strings.Cut(column, ":")
	switch kind {
	case "word", "description", "tag":
		add(Column{"word", name}, w)
	case "channel", "artist", "category", "query", "kind":
		add(Column{kind, name}, w)
	case "num":
		add(Column{"number", name}, w)
	case "chars":
		var holders []string
		for word := range strings.FieldsSeq(fold(d.Text.title)) {
			if strings.Contains(" "+word+" ", name) {
				holders = append(holders, strings.Join(tokens(word), " "))
			}
		}
		if len(holders) == 0 {
			add(Column{"rest", ""}, w)
			return
		}
		for _, h := range holders {
			if h == "" { // a dash or a bar by itself
				add(Column{"rest", ""}, w/float64(len(holders)))
				continue
			}
			add(Column{"word", h}, w/float64(len(holders)))
		}
	case "factor":
		j, err := strconv.Atoi(name)
		if err != nil || s.factors == nil || j >= s.factors.k {
			add(Column{"rest", ""}, w)
			return
		}
		s.foldFactor(d, j, w, add)
	case "meaning":
		j, err := strconv.Atoi(name)
		if err != nil || j < 0 || j >= meanings {
			add(Column{"rest", ""}, w)
			return
		}
		s.foldMeaning(d, j, w, add)
	default:
		add(Column{"rest", ""}, w)
	}
}

func (s *Space) foldFactor(d *Document, j int, w float64, add func(Column, float64)) {
	cols, vals := s.vector(TitleWords, d, nil, nil)
	basis := &s.factors.basis[0] // factorBlocks begins with TitleWords
	sum := 0.0
	share := make([]float64, len(cols))
	for k, c := range cols {
		row, unit := basis.row(c)
		share[k] = math.Abs(vals[k] * unit * float64(row[j]))
		sum += share[k]
	}
	if sum == 0 {
		add(Column{"rest", ""}, w)
		return
	}
	for k, c := range cols {
		if share[k] > 0 {
			add(Column{"word", s.blocks[TitleWords].terms[c]}, w*share[k]/sum)
		}
	}
}
