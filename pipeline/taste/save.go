package taste

import (
	"fmt"
	"io"

	"cratedigger/model"
	"cratedigger/model/container"
	"cratedigger/pipeline/feature"
)

const (
	modelKind    = "taste"
	modelVersion = 1
)

// Save writes the model: its card and, unless the rule ranks, its feature space
// and ensemble.
func (m *Model) Save(w io.Writer) error {
	var e container.Encoder
	e.String(string(m.Card()))
	e.Bool(m.ensemble != nil)
	e.Strings(m.titles)
	if err := container.Write(w, modelKind, modelVersion, e.Bytes()); err != nil {
		return err
	}
	if m.ensemble == nil {
		return nil
	}
	if err := m.space.Write(w); err != nil {
		return fmt.Errorf("write the model's features: %w", err)
	}
	return m.ensemble.Write(w)
}

// Load reads what Save wrote.
func Load(r io.Reader) (*Model, error) {
	_, payload, err := container.Read(r, modelKind, modelVersion)
	if err != nil {
		return nil, err
	}
	d := container.NewDecoder(payload)
	card, learned, titles := d.String(), d.Bool(), d.Strings()
	if err := d.Err(); err != nil {
		return nil, err
	}
	m := &Model{titles: titles}
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
