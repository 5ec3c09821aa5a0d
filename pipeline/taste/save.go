package taste

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"cratedigger/model"
	"cratedigger/model/container"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/song"
)

// The version rises with the rules of songs, because a model knows artists by the keys
// that the rules of its time gave.
const (
	modelKind    = "taste"
	modelVersion = 1 + song.Version
)

// Save writes the model: what Parts returns.
func (m *Model) Save(w io.Writer) error {
	parts, err := m.Parts()
	for _, p := range parts {
		if err == nil {
			_, err = w.Write(p)
		}
	}
	return err
}

// Parts is the model as bytes: its card and its scores out of fold and, unless the rule
// ranks, its feature space and its ensemble. Models of the same space have an equal
// part.
func (m *Model) Parts() (parts [][]byte, err error) {
	var e container.Encoder
	e.String(string(m.Card()))
	e.Bool(m.ensemble != nil)
	e.Strings(m.titles)
	m.writeOutOfFold(&e)
	write := []func(io.Writer) error{func(w io.Writer) error { return container.Write(w, modelKind, modelVersion, e.Bytes()) }}
	if m.ensemble != nil {
		write = append(write, m.space.Write, m.ensemble.Write)
	}
	for _, f := range write {
		var part bytes.Buffer
		if err := f(&part); err != nil {
			return nil, fmt.Errorf("write the model: %w", err)
		}
		parts = append(parts, part.Bytes())
	}
	return parts, nil
}

// writeOutOfFold appends the scores out of fold, in the order of the videos.
func (m *Model) writeOutOfFold(e *container.Encoder) {
	ids := slices.Sorted(maps.Keys(m.outOfFold))
	probability, raw := make([]float64, len(ids)), make([]float64, len(ids))
	for i, id := range ids {
		probability[i], raw[i] = m.outOfFold[id].probability, m.outOfFold[id].raw
	}
	e.Strings(ids)
	e.Floats(probability)
	e.Floats(raw)
}

// readOutOfFold reads what writeOutOfFold appended.
func readOutOfFold(d *container.Decoder) map[string]heldOut {
	ids, probability, raw := d.Strings(), d.Floats(), d.Floats()
	if len(probability) != len(ids) || len(raw) != len(ids) {
		d.Fail()
		return nil
	}
	scores := make(map[string]heldOut, len(ids))
	for i, id := range ids {
		if p := probability[i]; !(p >= 0 && p <= 1) || math.IsNaN(raw[i]) || math.IsInf(raw[i], 0) {
			d.Fail()
		}
		scores[id] = heldOut{probability[i], raw[i]}
	}
	return scores
}

// Load reads what Save wrote. It refuses a file of an earlier version: the first had no
// scores out of fold, so that it scores the videos it learned from, the second does
// not know who performs, and later ones know artists by keys of earlier rules.
func Load(r io.Reader) (*Model, error) {
	version, payload, err := container.Read(r, modelKind, modelVersion)
	if err != nil {
		return nil, err
	}
	if version < modelVersion {
		return nil, errors.New("it is of an earlier version of this program and must be trained again")
	}
	d := container.NewDecoder(payload)
	card, learned, titles, outOfFold := d.String(), d.Bool(), d.Strings(), readOutOfFold(d)
	if err := d.Err(); err != nil {
		return nil, err
	}
	m := &Model{titles: titles, outOfFold: outOfFold}
	if m.card, err = ReadCard([]byte(card)); err != nil {
		return nil, err
	}
	m.moved = m.card.Moved
	if !learned {
		m.cache = feature.NewCache(feature.Options{})
		return m, nil
	}
	if m.space, err = feature.ReadSpace(r); err != nil {
		return nil, fmt.Errorf("read the model's features: %w", err)
	}
	if m.ensemble, err = model.Read(r); err != nil {
		return nil, err
	}
	m.cache = feature.CacheOf(m.space)
	return m, nil
}
