package taste

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"cratedigger/model"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/song"
)

// Explanation says what moved the score of one video.
type Explanation struct {
	Score
	Base    float64          // log-odds that the parts add to
	Parts   []Part           // largest |Weight| first; Base plus all weights is Raw
	Reasons []catalog.Reason // for a post: what raised the score, strongest first
}

// PartKind says what a part of a score stands for.
type PartKind string

// The kinds of parts.
const (
	PartWord    PartKind = "word"
	PartChannel PartKind = "channel"
	PartArtist  PartKind = "artist" // Name is the artist's, as the video writes it
	PartFact    PartKind = "fact"
	PartQuery   PartKind = "query"
	PartLike    PartKind = "like" // similarity to liked videos; Name is the title of the most similar one
	PartRest    PartKind = "rest" // everything else
	PartOwn     PartKind = "own"  // removes the influence of the video's own label
)

// Part is the contribution of one word, channel, fact or query to a score.
type Part struct {
	Kind   PartKind `json:"kind"`
	Name   string   `json:"name"`             // the word, the channel's name, the fact's name, the title of the most similar liked video
	Number float64  `json:"number,omitempty"` // the fact's value as people count it (views, days, seconds, a share); 0 for others
	Weight float64  `json:"weight"`           // in log-odds, signed
	Known  bool     `json:"-"`                // whether Number is the video's, which may be 0
}

// Explain says what moved the score of a video, as it is known at now.
func (m *Model) Explain(v catalog.Video, now time.Time) (Explanation, error) {
	// One video takes no time.
	scores, err := m.Score(context.Background(), []catalog.Video{v}, now)
	if err != nil {
		return Explanation{}, err
	}
	x := Explanation{Score: scores[0]}
	if !m.Learned() {
		return m.plain([]catalog.Video{v}).Explain(v, now), nil
	}
	d := m.cache.Documents([]catalog.Video{v}, []time.Time{now})[0]
	r, err := Rows(m.space, []*feature.Document{d}, m.ensemble.Learners)
	if err != nil {
		return x, err
	}
	parts, base, err := m.ensemble.Explain(r, 0)
	if err != nil {
		return x, err
	}
	x.Base = base
	sums := map[Part]float64{} // by kind and name
	add := func(kind PartKind, name string, w float64) { sums[Part{Kind: kind, Name: name}] += w }
	named := func(kind PartKind, name string, w float64) {
		if name == "" {
			kind = PartRest
		}
		add(kind, name, w)
	}
	liked := ""
	if !x.OutOfFold { // a learned video resembles itself most, whatever its title is by now
		liked = m.mostSimilar(r, v.Title)
	}
	for _, p := range parts {
		switch {
		case p.Kind == model.Neighbour && liked != "":
			add(PartLike, liked, p.Weight)
		case p.Column == "":
			add(PartRest, "", p.Weight)
		default:
			m.space.FoldColumn(d, p.Column, p.Weight, func(c feature.Column, w float64) {
				switch c.Kind {
				case "word", "query":
					add(PartKind(c.Kind), c.Name, w)
				case "channel":
					named(PartChannel, v.Channel, w)
				case "artist":
					named(PartArtist, performer(v.Song, c.Name), w)
				case "kind":
					add(PartWord, c.Name, w)
				case "category":
					add(PartFact, "category", w)
				case "number":
					add(PartFact, c.Name, w)
				default:
					add(PartRest, "", w)
				}
			})
		}
	}
	facts := feature.Facts(v, d)
	for p, w := range sums {
		p.Weight = w
		if n := facts[p.Name]; p.Kind == PartFact && !math.IsNaN(n) {
			p.Number, p.Known = n, true
		}
		x.Parts = append(x.Parts, p)
	}
	if x.OutOfFold { // the other parts are of the whole ensemble
		whole := base
		for _, p := range parts {
			whole += p.Weight
		}
		x.Parts = append(x.Parts, Part{Kind: PartOwn, Weight: x.Raw - whole})
	}
	sortParts(x.Parts)
	x.Reasons = reasonsOf(x.Parts)
	return x, nil
}

// performer is the name of the artist with a key, as the song has it; "" where the
// song is a guess, which is not told as a fact.
func performer(s song.Song, key string) string {
	for _, name := range s.Artists {
		if s.Sure() && s.KeyOf(name) == key {
			return name
		}
	}
	return ""
}

func sortParts(parts []Part) {
	slices.SortFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
}

// mostSimilar is the title of the liked video that is most similar to the row, "" if
// there is none or it has the row's own title.
func (m *Model) mostSimilar(r model.Rows, title string) string {
	i, likeness := m.ensemble.Likest(r, 0)
	if i < 0 || i >= len(m.titles) || likeness < 0.15 || m.titles[i] == title {
		return ""
	}
	return m.titles[i]
}

// Reasons have at most this many words, and nothing below this weight.
const (
	reasonWords = 3
	reasonLeast = 0.03
)

// reasonsOf turns the parts that raised a score into reasons: the channel, the words,
// the most similar liked video, the strongest fact.
func reasonsOf(parts []Part) []catalog.Reason {
	var reasons []catalog.Reason
	var words catalog.Reason
	fact := false
	for _, p := range parts {
		if p.Weight < reasonLeast {
			continue
		}
		switch p.Kind {
		case PartChannel:
			reasons = append(reasons, catalog.Reason{Kind: catalog.ReasonChannel, Words: []string{p.Name}, Weight: p.Weight})
		case PartArtist:
			reasons = append(reasons, catalog.Reason{Kind: catalog.ReasonArtist, Words: []string{p.Name}, Weight: p.Weight})
		case PartLike:
			reasons = append(reasons, catalog.Reason{Kind: catalog.ReasonLike, Words: []string{p.Name}, Weight: p.Weight})
		case PartQuery:
			reasons = append(reasons, catalog.Reason{Kind: catalog.ReasonQuery, Words: []string{p.Name}, Weight: p.Weight})
		case PartFact:
			switch {
			case factNamed(p.Name) >= 0:
				reasons = append(reasons, catalog.Reason{Kind: catalog.ReasonRule, Words: []string{p.Name}, Number: p.Number, Weight: p.Weight})
			case !fact && !writing(p.Name):
				fact = true
				reasons = append(reasons, catalog.Reason{Kind: catalog.ReasonFact, Words: []string{p.Name}, Number: p.Number, Weight: p.Weight})
			}
		case PartWord:
			within := slices.ContainsFunc(words.Words, func(w string) bool { return strings.Contains(w, p.Name) || strings.Contains(p.Name, w) })
			if len(words.Words) < reasonWords && !within && tellable(p.Name) {
				words.Kind = catalog.ReasonWords
				words.Words = append(words.Words, p.Name)
			}
			words.Weight += p.Weight
		}
	}
	if len(words.Words) > 0 {
		reasons = append(reasons, words)
	}
	sortReasons(reasons)
	return reasons
}

// writing reports whether a fact is about how the title is written, which
// counts but is not worth giving as a reason.
func writing(fact string) bool {
	switch fact {
	case "title_length", "title_words", "capitals", "capitalised", "digits", "punctuation", "brackets", "separators",
		"exclaims", "foreign", "question", "description_length", "tags", "queries", "weekday", "weekend", "wide", "reach":
		return true
	}
	return false
}

// Minor reports whether a part is not worth giving as a reason, even if it moved the
// score.
func (p Part) Minor() bool {
	switch p.Kind {
	case PartRest, PartOwn:
		return true
	case PartFact:
		return writing(p.Name)
	case PartWord:
		return !tellable(p.Name)
	}
	return false
}

// tellable reports whether a word means something by itself, unlike "de" and
// "and".
func tellable(word string) bool {
	return (len([]rune(word)) >= 3 || len(word) > 3) && !feature.Common(word)
}

// Importances are the mean absolute contributions of words, channels and facts
// to the scores of the model's own labels, strongest first.
func (m *Model) Importances() []Part {
	if !m.Learned() {
		return nil
	}
	return m.moved
}
