package feature

import (
	"bytes"
	"errors"
	"math"
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

// meanings are the dense columns of the documents' view.
func meanings(t *testing.T, s *Space, docs []*Document) [][]float64 {
	t.Helper()
	m, err := s.Matrix(docs, ViewMeaning)
	if err != nil {
		t.Fatal(err)
	}
	if m.DenseCols() != glove.Dims || m.Stored() == 0 {
		t.Fatalf("%d dense columns, %d sparse values", m.DenseCols(), m.Stored())
	}
	var out [][]float64
	for i := range docs {
		out = append(out, m.Dense(i))
	}
	return out
}

func TestTitlesThatMeanTheSameLieNear(t *testing.T) {
	docs, s := titled(t, "Violin Concerto (Official Video)", "CELLO SONATA", "drunken rappers", "déjà vu", "deja vu", "Кино — Группа крови", "")
	m := meanings(t, s, docs)
	if near, far := dot(m[0], m[1]), dot(m[0], m[2]); near < far+0.3 {
		t.Errorf("a violin lies %.2f from a cello and %.2f from rappers", near, far)
	}
	if same := dot(m[3], m[4]); math.Abs(same-1) > 1e-9 {
		t.Errorf("accents move the meaning: %.3f", same)
	}
	for i, row := range m {
		want := 1.0
		if i >= 5 {
			want = 0 // no word of these is known
		}
		if length := dot(row, row); math.Abs(length-want) > 1e-9 {
			t.Errorf("%q has the length %v", docs[i].Text.title, length)
		}
	}
	plain, _ := titled(t, "Violin Concerto", "x")
	if plain[0].Text.meaning != docs[0].Text.meaning {
		t.Error("packaging moves the meaning")
	}
}

// TestMeaningIsFoldedToItsWords gives each direction the weight that a learner
// with these slopes would, and asks for the words' parts.
func TestMeaningIsFoldedToItsWords(t *testing.T) {
	docs, s := titled(t, "violin concerto qqqq", "techno party", "slow blues guitar")
	row := meanings(t, s, docs)[0]
	parts, sum := map[Column]float64{}, 0.0
	for k, name := range s.Names(ViewMeaning)[:glove.Dims] {
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
	violin, concerto := parts[Column{"word", "violin"}], parts[Column{"word", "concerto"}]
	if _, ok := parts[Column{"word", "qqqq"}]; ok || violin < 0.2 || concerto < 0.2 {
		t.Errorf("parts %v", parts)
	}
	rest := 0.0
	s.FoldColumn(docs[0], "meaning:64", 1, func(c Column, w float64) {
		if c.Kind == "rest" {
			rest += w
		}
	})
	if rest != 1 {
		t.Error("a direction that there is not is no word's")
	}
}

func TestSpacesBeforeMeanings(t *testing.T) {
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
	a, b := meanings(t, s, docs), meanings(t, loaded, docs)
	for i := range a {
		if dot(a[i], b[i]) < 1-1e-9 {
			t.Errorf("%q means something else after the file", docs[i].Text.title)
		}
	}
	// A space of the first version ended before the vectors' sum and the centre.
	var tail container.Encoder
	tail.String(glove.Sum())
	tail.Floats(s.centre)
	before := payload[:len(payload)-len(tail.Bytes())]
	var old bytes.Buffer
	if err := container.Write(&old, spaceKind, 1, before); err != nil {
		t.Fatal(err)
	}
	if loaded, err = ReadSpace(&old); err != nil {
		t.Fatal(err)
	}
	if m, err := loaded.Matrix(docs, ViewChars); err != nil || m.Stored() == 0 {
		t.Errorf("a space of the first version shows nothing: %v", err)
	}
	// One of other vectors is refused.
	var other container.Encoder
	other.String("0011223344556677")
	other.Floats(s.centre)
	var foreign bytes.Buffer
	if err := container.Write(&foreign, spaceKind, spaceVersion, append(bytes.Clone(before), other.Bytes()...)); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSpace(&foreign); !errors.Is(err, ErrSchema) {
		t.Errorf("a space of other vectors: %v", err)
	}
}
