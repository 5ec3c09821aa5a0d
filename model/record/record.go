// Package record predicts a row's label from its groups alone: each group's share
// of likes, shrunk towards the base rate (target encoding, Micci-Barreca 2001). How
// strongly is found in the rows: labels of a group are taken as draws from a rate of
// its own, the rates as draws from a beta distribution around the base rate, and its
// width is the likeliest (empirical Bayes, Robbins 1956; beta-binomial, Skellam
// 1948). Where groups tell nothing, all are shrunk to nearly the base rate.
//
// The ensemble scores learners out of fold, so that a row's own label is never part
// of its group's record.
package record

import (
	"context"
	"errors"
	"io"
	"maps"
	"math"
	"slices"

	"cratedigger/model/container"
)

// Member is one group of a row, and how surely the row belongs to it, 0 to 1.
type Member struct {
	Group string
	Share float64
}

// strengths are the numbers of rows of base rate that may be added to each group. The
// usual one, or four times more or less, is the likeliest while few groups have
// several rows: a normal distribution of its logarithm.
var strengths = []float64{1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128, 1024}

const usual = 3

// Model is the record of each group.
type Model struct {
	base    float64            // log-odds of the base rate
	records map[string]float64 // by group: log-odds above the base rate
}

type tally struct{ liked, sum float64 }

// Train learns the records. members[i] are the groups of row i; labels may be shares
// between 0 and 1; w may be nil.
func Train(ctx context.Context, members [][]Member, y, w []float64) (*Model, error) {
	if len(members) == 0 || len(members) != len(y) || (w != nil && len(w) != len(y)) {
		return nil, errors.New("the number of labels or weights is not that of the rows")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	tallies := map[string]tally{}
	var all tally
	for i, row := range members {
		weight := 1.0
		if w != nil {
			weight = w[i]
		}
		all.liked += weight * y[i]
		all.sum += weight
		for _, m := range row {
			t := tallies[m.Group]
			t.liked += weight * m.Share * y[i]
			t.sum += weight * m.Share
			tallies[m.Group] = t
		}
	}
	base := (all.liked + 0.5) / (all.sum + 1)
	m := &Model{base: logit(base), records: make(map[string]float64, len(tallies))}
	s := likeliest(tallies, base)
	for g, t := range tallies {
		m.records[g] = logit((t.liked+s*base)/(t.sum+s)) - m.base
	}
	return m, nil
}

// likeliest is the strength under which the tallies are most probable.
func likeliest(tallies map[string]tally, base float64) float64 {
	groups := slices.Sorted(maps.Keys(tallies)) // so that the sum is always the same
	best, most := 0.0, math.Inf(-1)
	for _, s := range strengths {
		none := lbeta(s*base, s*(1-base))
		away := math.Log(s/usual) / math.Log(4)
		sum := -away * away / 2
		for _, g := range groups {
			t := tallies[g]
			sum += lbeta(t.liked+s*base, t.sum-t.liked+s*(1-base)) - none
		}
		if sum > most {
			best, most = s, sum
		}
	}
	return best
}

// lbeta is the logarithm of the beta function.
func lbeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

func logit(p float64) float64 {
	p = min(1-1e-6, max(1e-6, p))
	return math.Log(p / (1 - p))
}

// Raw is the sum of the records of each row's groups, in log-odds. Groups that no
// row had leave the base rate.
func (m *Model) Raw(members [][]Member) []float64 {
	out := make([]float64, len(members))
	for i, row := range members {
		out[i] = m.base
		for _, v := range m.Contributions(row) {
			out[i] += v
		}
	}
	return out
}

// Contributions are what each group of a row adds to the base rate, in log-odds.
func (m *Model) Contributions(row []Member) []float64 {
	out := make([]float64, len(row))
	for k, g := range row {
		out[k] = g.Share * m.records[g.Group]
	}
	return out
}

const (
	kind    = "record"
	version = 2 // version 1 held one group a row
)

// Write writes the model in the project's own format.
func (m *Model) Write(w io.Writer) error {
	var e container.Encoder
	e.Float(m.base)
	names := slices.Sorted(maps.Keys(m.records))
	values := make([]float64, len(names))
	for i, g := range names {
		values[i] = m.records[g]
	}
	e.Strings(names)
	e.Floats(values)
	return container.Write(w, kind, version, e.Bytes())
}

// Read reads what Write wrote.
func Read(r io.Reader) (*Model, error) {
	v, payload, err := container.Read(r, kind, version)
	if err != nil {
		return nil, err
	}
	if v != version {
		return nil, errors.New("the record was written by an older program: train a new model")
	}
	d := container.NewDecoder(payload)
	m := &Model{base: d.Float(), records: map[string]float64{}}
	names, values := d.Strings(), d.Floats()
	if err := d.Err(); err != nil {
		return nil, err
	}
	if len(names) != len(values) {
		return nil, errors.New("the model file is damaged: groups and records do not match")
	}
	for i, g := range names {
		m.records[g] = values[i]
	}
	return m, nil
}
