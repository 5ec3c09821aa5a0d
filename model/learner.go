package model

import (
	"context"
	"fmt"
	"io"

	"cratedigger/model/boost"
	"cratedigger/model/forest"
	"cratedigger/model/linear"
	"cratedigger/model/matrix"
	"cratedigger/model/neighbour"
	"cratedigger/model/record"
)

// Kind is a kind of learner.
type Kind string

// The kinds of learners.
const (
	Linear    Kind = "linear"
	Boost     Kind = "boost"
	Forest    Kind = "forest"
	Neighbour Kind = "neighbour"
	Record    Kind = "record"
)

// Learner says what one member of the ensemble is: its name in cards, its
// kind, the view it reads (the groups, for a record), its share of weight in each of
// the ensemble's starts (see stack.go), and the parameters of its kind.
type Learner struct {
	Name   string    `json:"name"`
	Kind   Kind      `json:"kind"`
	View   string    `json:"view,omitempty"`
	Starts []float64 `json:"starts"`

	Linear *linear.Params `json:"linear,omitempty"`
	Boost  *boost.Params  `json:"boost,omitempty"`
	Forest *forest.Params `json:"forest,omitempty"`
}

// fitted is a trained learner.
type fitted interface {
	// scores are the raw scores of all rows.
	scores(r Rows, threads int) ([]float64, error)
	write(w io.Writer) error
}

// fit trains one learner on the given rows.
func (l Learner) fit(ctx context.Context, d Data, rows []int, seed uint64, threads int) (fitted, error) {
	switch l.Kind {
	case Linear, Boost, Forest:
		return l.fitHard(ctx, d, rows, seed, threads)
	case Neighbour:
		m, err := d.view(l.View)
		if err != nil {
			return nil, err
		}
		t, err := neighbour.Train(ctx, m.Subset(rows), matrix.Pick(d.Y, rows), matrix.Pick(d.W, rows))
		if err != nil {
			return nil, fmt.Errorf("learner %s: %w", l.Name, err)
		}
		return fittedNeighbour{t, l.View}, nil
	case Record:
		groups, err := d.groups(l.View)
		if err != nil {
			return nil, err
		}
		t, err := record.Train(ctx, matrix.Pick(groups, rows), matrix.Pick(d.Y, rows), matrix.Pick(d.W, rows))
		if err != nil {
			return nil, fmt.Errorf("learner %s: %w", l.Name, err)
		}
		return fittedRecord{t, l.View}, nil
	}
	return nil, fmt.Errorf("learner %s is of an unknown kind %q", l.Name, l.Kind)
}

// fitHard trains a learner that takes labels of 0 and 1 only.
func (l Learner) fitHard(ctx context.Context, d Data, rows []int, seed uint64, threads int) (fitted, error) {
	m, err := d.view(l.View)
	if err != nil {
		return nil, err
	}
	spread, y, w := d.hard(rows)
	m = m.Subset(spread)
	switch l.Kind {
	case Linear:
		p := linear.Defaults()
		p.Tolerance = 1e-4 // finer than the labels' noise warrants
		if l.Linear != nil {
			p = *l.Linear
		}
		t, err := linear.Train(ctx, m, y, w, p)
		if err != nil {
			return nil, fmt.Errorf("learner %s: %w", l.Name, err)
		}
		return fittedLinear{t, l.View}, nil
	case Forest:
		p := forest.Defaults()
		if l.Forest != nil {
			p = *l.Forest
		}
		p.Seed = seed
		t, err := forest.Train(ctx, m, y, w, p, threads)
		if err != nil {
			return nil, fmt.Errorf("learner %s: %w", l.Name, err)
		}
		return fittedTrees{t, l.View, p.Trees}, nil
	default:
		p := boost.Defaults()
		if l.Boost != nil {
			p = *l.Boost
		}
		p.Seed = seed
		t, err := boost.Train(ctx, m, y, w, p, threads)
		if err != nil {
			return nil, fmt.Errorf("learner %s: %w", l.Name, err)
		}
		return fittedTrees{t, l.View, 0}, nil
	}
}

// read reads what a fitted learner of this kind wrote.
func (l Learner) read(r io.Reader) (fitted, error) {
	switch l.Kind {
	case Linear:
		t, err := linear.Load(r)
		return fittedLinear{t, l.View}, err
	case Boost:
		t, err := boost.Load(r)
		return fittedTrees{t, l.View, 0}, err
	case Forest:
		t, err := forest.Load(r)
		if err != nil {
			return nil, err
		}
		return fittedTrees{t, l.View, len(t.Trees)}, nil
	case Neighbour:
		t, err := neighbour.Read(r)
		return fittedNeighbour{t, l.View}, err
	case Record:
		t, err := record.Read(r)
		return fittedRecord{t, l.View}, err
	}
	return nil, fmt.Errorf("learner %s is of an unknown kind %q", l.Name, l.Kind)
}

type fittedLinear struct {
	model *linear.Model
	view  string
}

func (f fittedLinear) scores(r Rows, threads int) ([]float64, error) {
	m, err := r.view(f.view)
	if err != nil {
		return nil, err
	}
	return f.model.Score(m)
}

func (f fittedLinear) write(w io.Writer) error { return f.model.Save(w) }

// trees are the models of boost and forest.
type trees interface {
	ScoreThreads(m *matrix.Matrix, threads int) ([]float64, error)
	Variances(m *matrix.Matrix, threads int) ([]float64, error)
	columned
	Save(w io.Writer) error
	WriteLightGBM(w io.Writer) error
}

// fittedTrees are boosted trees, or a forest, whose raw score is the mean of its
// trees' shares and is turned into a log-odds here.
type fittedTrees struct {
	model   trees
	view    string
	average int // trees of a forest; 0 for boosting
}

func (f fittedTrees) scores(r Rows, threads int) ([]float64, error) {
	m, err := r.view(f.view)
	if err != nil {
		return nil, err
	}
	raw, err := f.model.ScoreThreads(m, threads)
	if f.average > 0 {
		for i, p := range raw {
			raw[i] = f.logOdds(p)
		}
	}
	return raw, err
}

// logOdds of a forest's share, which is kept half a tree away from 0 and 1.
func (f fittedTrees) logOdds(p float64) float64 {
	edge := 0.5 / float64(f.average+1)
	return logit(min(1-edge, max(edge, p)))
}

// variances are those of the raw scores, over the leaves of the trees.
func (f fittedTrees) variances(r Rows, raw []float64, threads int) ([]float64, error) {
	m, err := r.view(f.view)
	if err != nil {
		return nil, err
	}
	variance, err := f.model.Variances(m, threads)
	if err != nil {
		return nil, err
	}
	if f.average > 0 {
		for i, x := range raw {
			p := min(0.99, max(0.01, sigmoid(x)))
			slope := 1 / (p * (1 - p)) // of the log-odds
			variance[i] *= slope * slope
		}
	}
	return variance, nil
}

func (f fittedTrees) write(w io.Writer) error { return f.model.Save(w) }

type fittedNeighbour struct {
	model *neighbour.Model
	view  string
}

func (f fittedNeighbour) scores(r Rows, threads int) ([]float64, error) {
	m, err := r.view(f.view)
	if err != nil {
		return nil, err
	}
	return f.model.Raw(m, threads), nil
}

func (f fittedNeighbour) write(w io.Writer) error { return f.model.Write(w) }

type fittedRecord struct {
	model *record.Model
	view  string
}

func (f fittedRecord) scores(r Rows, _ int) ([]float64, error) {
	groups, err := r.groups(f.view)
	if err != nil {
		return nil, err
	}
	return f.model.Raw(groups), nil
}

func (f fittedRecord) write(w io.Writer) error { return f.model.Write(w) }
