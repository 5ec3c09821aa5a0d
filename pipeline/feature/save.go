package feature

import (
	"errors"
	"io"
	"math"

	"cratedigger/model/container"
	"cratedigger/pipeline/feature/glove"
)

const (
	spaceKind    = "space"
	spaceVersion = 5 // earlier versions read and weighted texts differently
)

// Write writes the space: options, vocabularies, scales, factors and the centre
// of the meanings.
func (s *Space) Write(w io.Writer) error {
	var e container.Encoder
	o := s.opts
	for _, v := range []int{o.WordGrams, o.CharLow, o.CharHigh, o.MinDocs, o.Factors} {
		e.Int(v)
	}
	e.Strings(o.Packaging)
	e.Strings(numberNames[:]) // so that ReadSpace notices other numbers
	for _, sc := range s.scale {
		e.Float(sc.Median)
		e.Float(sc.Spread)
		e.Bool(sc.Constant)
	}
	e.Int(int(blocks))
	for b := range s.blocks {
		e.Strings(s.blocks[b].terms)
		e.Int32s(bits(s.blocks[b].idf))
	}
	e.Bool(s.factors != nil)
	if f := s.factors; f != nil {
		e.Int(f.k)
		e.Floats(f.scale)
		for _, b := range f.basis {
			e.Int32s(bits(b))
		}
	}
	e.String(glove.Sum()) // so that ReadSpace notices other word vectors
	e.Int32s(bits([]float32{s.rarest}))
	e.Floats(s.centre)
	return container.Write(w, spaceKind, spaceVersion, e.Bytes())
}

// ErrSchema says that a space was made by a program with other features.
var ErrSchema = errors.New("the model was made with other features than this program's: train a new one")

// ReadSpace reads what Write wrote, with a new lexicon.
func ReadSpace(r io.Reader) (*Space, error) {
	version, payload, err := container.Read(r, spaceKind, spaceVersion)
	if err != nil {
		return nil, err
	}
	if version != spaceVersion {
		return nil, ErrSchema
	}
	d := container.NewDecoder(payload)
	s := &Space{lexicon: newLexicon()}
	for _, v := range []*int{&s.opts.WordGrams, &s.opts.CharLow, &s.opts.CharHigh, &s.opts.MinDocs, &s.opts.Factors} {
		*v = d.Int()
	}
	if !s.opts.sensible() {
		d.Fail()
	}
	s.opts.Packaging = d.Strings()
	if s.opts.Packaging == nil {
		s.opts.Packaging = []string{}
	}
	names := d.Strings()
	if !d.Failed() && !equal(names, numberNames[:]) {
		return nil, ErrSchema
	}
	for i := range s.scale {
		s.scale[i] = scale{Median: d.Float(), Spread: d.Float(), Constant: d.Bool()}
	}
	if n := d.Int(); !d.Failed() && n != int(blocks) {
		return nil, ErrSchema
	}
	for b := range s.blocks {
		v := &s.blocks[b]
		v.terms, v.idf = d.Strings(), floats(d.Int32s())
		if d.Failed() {
			break
		}
		if len(v.idf) != len(v.terms) {
			d.Fail()
			break
		}
		v.col = make([]int32, len(v.terms))
		for c, term := range v.terms {
			if id := s.lexicon.id(Block(b), term); int(id) != c {
				d.Fail() // a repeated term
				break
			}
			v.col[c] = int32(c)
		}
	}
	if d.Bool() {
		f := &factors{k: d.Int(), scale: d.Floats()}
		for _, fb := range factorBlocks {
			basis := floats(d.Int32s())
			if d.Failed() || f.k <= 0 || len(f.scale) != f.k || len(basis) != f.k*len(s.blocks[fb.block].terms) {
				d.Fail()
				break
			}
			f.basis = append(f.basis, basis)
		}
		s.factors = f
	}
	if sum := d.String(); !d.Failed() && sum != glove.Sum() {
		return nil, ErrSchema
	}
	rarest := floats(d.Int32s())
	if s.centre = d.Floats(); len(s.centre) != meanings || len(rarest) != 1 {
		d.Fail()
	} else {
		s.rarest = rarest[0]
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

func bits(values []float32) []int32 {
	out := make([]int32, len(values))
	for i, v := range values {
		out[i] = int32(math.Float32bits(v))
	}
	return out
}

func floats(values []int32) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = math.Float32frombits(uint32(v))
	}
	return out
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
