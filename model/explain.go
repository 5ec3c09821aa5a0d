package model

import (
	"fmt"
	"math"

	"cratedigger/model/matrix"
)

// Contribution is how much one column moved a row's score, by one learner.
type Contribution struct {
	Learner string
	Kind    Kind
	Column  string  // of a record, "view:group"; "" for all columns that are 0 in the row, and for learners that are explained as a whole
	Weight  float64 // in log-odds
}

// explained is a learner whose score can be divided among columns. The values and
// the base add up to the learner's raw score; for a forest, to its share of trees.
type explained interface {
	explain(r Rows, i int) (values []float64, base float64, m *matrix.Matrix, err error)
}

// Explain divides the score of row i of r into contributions that add up, with
// base, to its raw score. Linear learners and trees are divided by column (Lundberg
// & Lee 2017; TreeSHAP), records by group, likeness has one contribution.
func (e *Ensemble) Explain(r Rows, i int) (parts []Contribution, base float64, err error) {
	base = e.stack.Shift
	for l, f := range e.fitted {
		w := e.stack.Weight[l]
		if w == 0 {
			continue
		}
		learner := e.Learners[l]
		raw, err := f.scores(r.Subset([]int{i}), 1)
		if err != nil {
			return nil, 0, fmt.Errorf("learner %s: %w", learner.Name, err)
		}
		scale := w / e.stack.Scale[l]
		if t, ok := f.(fittedRecord); ok {
			groups := r.Groups[t.view][i]
			for k, v := range t.model.Contributions(groups) {
				if v != 0 {
					parts = append(parts, Contribution{learner.Name, learner.Kind, t.view + ":" + groups[k].Group, scale * v})
					raw[0] -= v
				}
			}
			base += scale * (raw[0] - e.stack.Mean[l])
			continue
		}
		x, ok := f.(explained)
		if !ok {
			parts = append(parts, Contribution{Learner: learner.Name, Kind: learner.Kind, Weight: scale * (raw[0] - e.stack.Mean[l])})
			continue
		}
		values, start, m, err := x.explain(r, i)
		if err != nil {
			return nil, 0, fmt.Errorf("learner %s: %w", learner.Name, err)
		}
		// A forest's contributions explain its share of trees. They are scaled
		// to lead from the log-odds of its base to the log-odds of its score.
		stretch := 1.0
		if t, ok := f.(fittedTrees); ok && t.average > 0 {
			sum := 0.0
			for _, v := range values {
				sum += v
			}
			from := t.logOdds(start)
			if math.Abs(sum) > 1e-12 {
				stretch = (raw[0] - from) / sum
			} else {
				from = raw[0]
			}
			start = from
		}
		base += scale * (start - e.stack.Mean[l])
		present := presence(m, i)
		absent := 0.0
		for j, v := range values {
			switch {
			case v == 0:
			case present(j):
				parts = append(parts, Contribution{learner.Name, learner.Kind, m.Name(j), scale * stretch * v})
			default:
				absent += v
			}
		}
		if absent != 0 {
			parts = append(parts, Contribution{Learner: learner.Name, Kind: learner.Kind, Weight: scale * stretch * absent})
		}
	}
	return parts, base, nil
}

// presence reports whether row i stores a value in a column.
func presence(m *matrix.Matrix, i int) func(j int) bool {
	cols, _ := m.Sparse(i)
	has := make(map[int]bool, len(cols))
	for _, c := range cols {
		has[int(c)] = true
	}
	return func(j int) bool { return j < m.DenseCols() || has[j] }
}

// columned is a model whose score can be divided among the columns it reads.
type columned interface {
	Contributions(m *matrix.Matrix, i int) (values []float64, base float64, err error)
}

func byColumns(model columned, view string, r Rows, i int) ([]float64, float64, *matrix.Matrix, error) {
	m, err := r.view(view)
	if err != nil {
		return nil, 0, nil, err
	}
	values, base, err := model.Contributions(m, i)
	return values, base, m, err
}

func (f fittedLinear) explain(r Rows, i int) ([]float64, float64, *matrix.Matrix, error) {
	return byColumns(f.model, f.view, r, i)
}

func (f fittedTrees) explain(r Rows, i int) ([]float64, float64, *matrix.Matrix, error) {
	return byColumns(f.model, f.view, r, i)
}

// Likest is the liked training row that row i of r resembles most, by the first
// learner of kind Neighbour; -1 if there is none.
func (e *Ensemble) Likest(r Rows, i int) (row int, cosine float64) {
	for _, f := range e.fitted {
		if n, ok := f.(fittedNeighbour); ok {
			if m, err := r.view(n.view); err == nil {
				return n.model.Likest(m, i)
			}
		}
	}
	return -1, 0
}
