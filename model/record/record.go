// Package record predicts a row's label from its group alone: the share of likes in
// the group, shrunk towards the base rate with a fixed strength (target encoding,
// Micci-Barreca 2001, whose strength varies with the group's size). The ensemble
// scores learners out of fold, so that a row's own label is never part of its
// group's record.
package record

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"

	"cratedigger/model/container"
)

// Prior is the number of rows of base rate that are added to each group.
const Prior = 2

// Model is the smoothed record of each group.
type Model struct {
	base   float64            // log-odds of the base rate
	groups map[string]float64 // log-odds
}

// Train learns the records. groups[i] is the group of row i, "" for none;
// labels may be shares between 0 and 1; w may be nil.
func Train(ctx context.Context, groups []string, y, w []float64) (*Model, error) {
	if len(groups) == 0 || len(groups) != len(y) || (w != nil && len(w) != len(y)) {
		return nil, errors.New("the number of labels or weights is not that of the rows")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type tally struct{ liked, sum float64 }
	tallies := map[string]*tally{}
	var all tally
	for i, g := range groups {
		weight := 1.0
		if w != nil {
			weight = w[i]
		}
		all.liked += weight * y[i]
		all.sum += weight
		if g == "" {
			continue
		}
		t := tallies[g]
		if t == nil {
			t = &tally{}
			tallies[g] = t
		}
		t.liked += weight * y[i]
		t.sum += weight
	}
	base := (all.liked + 0.5) / (all.sum + 1)
	m := &Model{base: logit(base), groups: make(map[string]float64, len(tallies))}
	for g, t := range tallies {
		m.groups[g] = logit((t.liked + Prior*base) / (t.sum + Prior))
	}
	return m, nil
}

func logit(p float64) float64 {
	p = min(1-1e-6, max(1e-6, p))
	return math.Log(p / (1 - p))
}

// Raw is the record of each group, in log-odds; unknown groups have the base rate.
func (m *Model) Raw(groups []string) []float64 {
	out := make([]float64, len(groups))
	for i, g := range groups {
		out[i] = m.base
		if v, ok := m.groups[g]; ok && g != "" {
			out[i] = v
		}
	}
	return out
}

const (
	kind    = "record"
	version = 1
)

// Write writes the model in the project's own format.
func (m *Model) Write(w io.Writer) error {
	var e container.Encoder
	e.Float(m.base)
	names := make([]string, 0, len(m.groups))
	for g := range m.groups {
		names = append(names, g)
	}
	slices.Sort(names)
	values := make([]float64, len(names))
	for i, g := range names {
		values[i] = m.groups[g]
	}
	e.Strings(names)
	e.Floats(values)
	return container.Write(w, kind, version, e.Bytes())
}

// Read reads what Write wrote.
func Read(r io.Reader) (*Model, error) {
	_, payload, err := container.Read(r, kind, version)
	if err != nil {
		return nil, err
	}
	d := container.NewDecoder(payload)
	m := &Model{base: d.Float(), groups: map[string]float64{}}
	names, values := d.Strings(), d.Floats()
	if err := d.Err(); err != nil {
		return nil, err
	}
	if len(names) != len(values) {
		return nil, errors.New("the model file is damaged: groups and records do not match")
	}
	for i, g := range names {
		m.groups[g] = values[i]
	}
	return m, nil
}
