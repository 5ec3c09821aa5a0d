package feature

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/model/container"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature/glove"
	"cratedigger/pipeline/youtube"
)

// titled are documents of titles, and a space fitted to them.
func titled(t *testing.T, titles ...string) ([]*Document, *Space) {
	t.Helper()
	var videos []catalog.Video
	for i, title := range titles {
		videos = append(videos, catalog.Video{Video: youtube.Video{ID: string(rune('a' + i)), Title: title}})
	}
	r := NewReader(Options{})
	var docs []*Document
	for _, v := range videos {
		docs = append(docs, r.Read(v, time.Time{}))
	}
	s, err := r.Fit(docs, 1)
	if err != nil {
		t.Fatal(err)
	}
	return docs, s
}

// rows returns the documents' dense meanings and the words' residuals by column,
// without the character n-grams.
func rows(t *testing.T, s *Space, docs []*Document) (dense [][]float64, residuals []map[string]float64) {
	t.Helper()
	m, err := s.Matrix(docs, ViewText)
	if err != nil {
		t.Fatal(err)
	}
	if m.DenseCols() != meanings {
		t.Fatalf("%d dense columns", m.DenseCols())
	}
	for i := range docs {
		dense = append(dense, m.Dense(i))
		words := map[string]float64{}
		cols, vals := m.Sparse(i)
		for k, c := range cols {
			if word, ok := strings.CutPrefix(m.Names()[c], "word:"); ok {
				words[word] = vals[k]
			}
		}
		residuals = append(residuals, words)
	}
	return dense, residuals
}

// alike is the similarity of two titles.
func alike(dense [][]float64, residuals []map[string]float64, i, j int) float64 {
	sum := dot(dense[i], dense[j])
	for word, x := range residuals[i] {
		sum += x * residuals[j][word]
	}
	return sum
}

func TestTitlesThatMeanTheSameLieNear(t *testing.T) {
	docs, s := titled(t, "Violin Concerto (Official Video)", "CELLO SONATA", "drunken rappers", "déjà vu", "deja vu",
		"Кино Группа", "Кино Концерт", "")
	dense, residuals := rows(t, s, docs)
	if near, far := alike(dense, residuals, 0, 1), alike(dense, residuals, 0, 2); near < far+0.3 {
		t.Errorf("a violin lies %.2f from a cello and %.2f from rappers", near, far)
	}
	if same := dot(dense[3], dense[4]); math.Abs(same-dot(dense[3], dense[3])) > 1e-9 || same < 0.2 {
		t.Errorf("accents move the meaning: %.3f", same)
	}
	// Words without a vector are alike if they are the same.
	if same, other := alike(dense, residuals, 5, 6), alike(dense, residuals, 5, 2); same < other+0.2 {
		t.Errorf("a band lies %.2f from itself and %.2f from rappers", same, other)
	}
	if none := dot(dense[7], dense[7]); none != 0 || len(residuals[7]) > 0 {
		t.Errorf("a title without words has the length %v", none)
	}
	plain, _ := titled(t, "Violin Concerto", "x")
	for i, w := range docs[0].Text.words {
		if plain[0].Text.words[i].text != w.text {
			t.Error("packaging moves the meaning")
		}
	}
}

// TestRowsAreOfLengthOne uses words that occur in several documents, so that
// their residuals have columns.
func TestRowsAreOfLengthOne(t *testing.T) {
	docs, s := titled(t, "violin concerto", "violin qqqq qqqq", "concerto qqqq", "techno", "techno violin")
	dense, residuals := rows(t, s, docs)
	for i := range docs {
		if length := alike(dense, residuals, i, i); math.Abs(length-1) > 1e-6 {
			t.Errorf("%q has the length %v", docs[i].Text.title, length)
		}
	}
	if residuals[1]["qqqq"] < 0.5 || residuals[1]["violin"] <= 0 || residuals[1]["violin"] > residuals[1]["qqqq"] {
		t.Errorf("of %q the words' residuals is %v", docs[1].Text.title, residuals[1])
	}
}

// TestLikenessOfWords checks a word's row against the vectors it comes from.
func TestLikenessOfWords(t *testing.T) {
	unit := func(text string) []float64 {
		v := make([]float64, glove.Dims)
		if _, ok := glove.Vector(text, v); !ok {
			t.Fatalf("%q has no vector", text)
		}
		lengthOne(v)
		return v
	}
	for _, pair := range [][2]string{{"techno", "trance"}, {"techno", "violin"}, {"cello", "cello"}} {
		a, b := newWord(pair[0], 0), newWord(pair[1], 1)
		p, q := make([]float64, meanings), make([]float64, meanings)
		a.addTo(p, 1)
		b.addTo(q, 1)
		got := dot(p, q)
		u, v := unit(pair[0]), unit(pair[1])
		lead := dot(u[:leading], v[:leading])
		if want := dot(u, v)/2 + lead*lead/2; math.Abs(got-want) > 1e-6 {
			t.Errorf("%v: likeness %v, not %v", pair, got, want)
		}
		if pair[0] == pair[1] && math.Abs(got+float64(a.residual)*float64(a.residual)-1) > 1e-6 {
			t.Errorf("%s has the length %v and a residual of %v", pair[0], got, a.residual)
		}
	}
}

func TestCommonWords(t *testing.T) {
	for word, want := range map[string]bool{"and": true, "the": true, "from": true, "love": false, "techno": false, "кино": false, "qqqq": false} {
		if got := Common(word); got != want {
			t.Errorf("common is %q: %v", word, got)
		}
	}
}

func TestWordsOfEveryTitleCountLess(t *testing.T) {
	docs, s := titled(t, "techno violin", "techno cello", "techno piano", "techno guitar", "techno drums", "techno violin")
	words := docs[0].Text.words
	if common, rare := s.weight(words[0])/float64(words[0].rarity), s.weight(words[1])/float64(words[1].rarity); common > 0.7*rare {
		t.Errorf("%s counts %.2f, %s %.2f", words[0].text, common, words[1].text, rare)
	}
}

// TestMeaningIsFoldedToItsWords folds the contributions of a linear learner
// with given slopes and checks the words' parts.
func TestMeaningIsFoldedToItsWords(t *testing.T) {
	docs, s := titled(t, "violin concerto qqqq", "techno party", "slow blues guitar")
	dense, residuals := rows(t, s, docs)
	row := dense[0]
	parts, sum := map[Column]float64{}, 0.0
	for k, name := range s.Names(ViewText)[:meanings] {
		slope := row[k] // likes what means the same
		sum += slope * row[k]
		s.FoldColumn(docs[0], name, slope*row[k], func(c Column, w float64) { parts[c] += w })
	}
	all := 0.0
	for _, w := range parts {
		all += w
	}
	if math.Abs(all-sum) > 1e-9 {
		t.Errorf("the parts add up to %v, not %v", all, sum)
	}
	if w, ok := parts[Column{"word", "qqqq"}]; ok {
		t.Errorf("a word without a vector has %v of the meaning", w)
	}
	for word, x := range residuals[0] {
		s.FoldColumn(docs[0], "word:"+word, x*x, func(c Column, w float64) { parts[c] += w })
	}
	violin, concerto := parts[Column{"word", "violin"}], parts[Column{"word", "concerto"}]
	if violin < 0.2 || concerto < 0.2 || parts[Column{"word", "qqqq"}] < 0.2 {
		t.Errorf("parts %v", parts)
	}
	rest := 0.0
	s.FoldColumn(docs[0], fmt.Sprint("meaning:", meanings), 1, func(c Column, w float64) {
		if c.Kind == "rest" {
			rest += w
		}
	})
	if rest != 1 {
		t.Error("a direction that there is not is no word's")
	}
}

func TestSpacesOfOtherFeatures(t *testing.T) {
	docs, s := titled(t, "violin concerto", "techno party", "slow blues guitar")
	var file bytes.Buffer
	if err := s.Write(&file); err != nil {
		t.Fatal(err)
	}
	_, payload, err := container.Read(bytes.NewReader(file.Bytes()), spaceKind, spaceVersion)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := ReadSpace(&file)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := rows(t, s, docs)
	b, _ := rows(t, loaded, docs)
	for i := range a {
		if !slices.Equal(a[i], b[i]) {
			t.Errorf("%q means something else after the file", docs[i].Text.title)
		}
	}
	// A space of earlier features, or of other vectors, is refused.
	foreign := bytes.Replace(payload, []byte(glove.Sum()), []byte("0011223344556677"), 1)
	for _, c := range []struct {
		version uint32
		payload []byte
	}{{1, payload}, {2, payload}, {3, payload}, {spaceVersion, foreign}} {
		var other bytes.Buffer
		if err := container.Write(&other, spaceKind, c.version, c.payload); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSpace(&other); !errors.Is(err, ErrSchema) {
			t.Errorf("a space of version %d with other features: %v", c.version, err)
		}
	}
}

func TestSpacesThatCannotCutTextAreRefused(t *testing.T) {
	for _, o := range []Options{{CharLow: -25}, {CharLow: 4, CharHigh: 3}, {CharHigh: 1 << 40}, {WordGrams: -1}, {WordGrams: 1 << 40}} {
		_, s := titled(t, "violin concerto", "techno party")
		s.opts = o.filled()
		var file bytes.Buffer
		if err := s.Write(&file); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSpace(&file); err == nil {
			t.Errorf("a space with %d to %d characters and %d words is read", s.opts.CharLow, s.opts.CharHigh, s.opts.WordGrams)
		}
	}
}
