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
	spaceVersion = 6
	spaceFloats  = 5 // its basis had four bytes a value; earlier ones read and weighted texts differently
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
		for i := range f.basis {
			e.Bytes8(unsigned(f.basis[i].value))
			e.Bytes8(unsigned(f.basis[i].exponent))
		}
	}
	e.String(glove.Sum()) // so that ReadSpace notices other word vectors
	e.Int32s(bits([]float32{s.rarest}))
	e.Floats(s.centre)
	e.Int32s(steps(s.fitted))
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
	if version < spaceFloats {
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
			if f.k <= 0 || len(f.scale) != f.k {
				d.Fail()
				break
			}
			b, columns := basis{k: f.k}, len(s.blocks[fb.block].terms)
			if version == spaceFloats {
				b.addAll(floats(d.Int32s()))
			} else {
				b.value, b.exponent = signed(d.Bytes8()), signed(d.Bytes8())
			}
			if len(b.value) != f.k*columns || len(b.exponent) != columns {
				d.Fail()
				break
			}
			f.basis = append(f.basis, b)
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
	if version > spaceFloats {
		s.fitted = sums(d.Int32s())
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

func unsigned(values []int8) []uint8 {
	out := make([]uint8, len(values))
	for i, v := range values {
		out[i] = uint8(v)
	}
	return out
}

func signed(values []uint8) []int8 {
	out := make([]int8, len(values))
	for i, v := range values {
		out[i] = int8(v)
	}
	return out
}

// steps are the differences between sorted numbers, and sums the numbers again.
func steps(sorted []int32) []int32 {
	out := make([]int32, len(sorted))
	for i, v := range sorted {
		out[i] = v
		if i > 0 {
			out[i] -= sorted[i-1]
		}
	}
	return out
}

func sums(steps []int32) []int32 {
	for i := range steps[min(1, len(steps)):] {
		steps[i+1] += steps[i]
	}
	return steps
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
