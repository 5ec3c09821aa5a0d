package tree

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"cratedigger/model/internal/work"
	"cratedigger/model/matrix"
)

// Ensemble is a list of trees and how their scores become a probability. It must
// not be copied, nor changed once it has scored a row.
type Ensemble struct {
	Trees   []Tree
	Columns int      // the width of the rows it was trained on
	Names   []string // of the columns; nil if they have none
	Infos   []string // LightGBM's feature_infos; nil if unknown

	// Average divides by the number of trees: a forest. With Sum, as in
	// LightGBM's boosting=rf, raw score and contributions stay sums and only the
	// probability takes the mean.
	Average, Sum bool
	// Logistic makes the probability 1/(1+exp(−Sigmoid·raw)); otherwise the
	// raw score, or its mean, is the probability.
	Logistic bool
	Sigmoid  float64

	once   sync.Once
	ready  *scorer
	scored atomic.Int64 // rows so far

	varianceOnce sync.Once
	variances    *scorer // of trees whose values are their leaves' variances
}

// fewRows is how many rows are scored node by node, before tables for faster
// scoring are worth their cost.
const fewRows = 16

// Check reports why the ensemble is unusable: no trees, an invalid tree, or a list
// of names or infos of the wrong length.
func (e *Ensemble) Check() error {
	switch {
	case e.Columns <= 0 || e.Columns > matrix.MaxColumns:
		return fmt.Errorf("the model has %d columns", e.Columns)
	case len(e.Trees) == 0:
		return errors.New("the model has no trees")
	case e.Names != nil && len(e.Names) != e.Columns:
		return fmt.Errorf("the model names %d of its %d columns", len(e.Names), e.Columns)
	case e.Infos != nil && len(e.Infos) != e.Columns:
		return fmt.Errorf("the model describes %d of its %d columns", len(e.Infos), e.Columns)
	case e.Logistic && !(e.Sigmoid > 0 && !math.IsInf(e.Sigmoid, 1)):
		return fmt.Errorf("the model's sigmoid is %v, not a positive number", e.Sigmoid)
	}
	for k := range e.Trees {
		if err := e.Trees[k].check(e.Columns); err != nil {
			return fmt.Errorf("tree %d: %w", k, err)
		}
	}
	return nil
}

// scale is what the sum over the trees is multiplied by for the raw score.
func (e *Ensemble) scale() float64 {
	if e.Average && !e.Sum {
		return 1 / float64(len(e.Trees))
	}
	return 1
}

// Score is the raw score of each row: the sum of its leaves' values, in the
// order of the trees, or their mean for a forest of ours. It uses all processors.
func (e *Ensemble) Score(m *matrix.Matrix) ([]float64, error) {
	return e.ScoreThreads(m, 0)
}

// ScoreThreads is Score on at most threads goroutines; 0 is one per processor.
func (e *Ensemble) ScoreThreads(m *matrix.Matrix, threads int) ([]float64, error) {
	if err := matrix.CheckWidth(m, e.Columns); err != nil {
		return nil, err
	}
	out := make([]float64, m.Rows())
	if e.scored.Add(int64(m.Rows())) <= fewRows {
		for k := range e.Trees {
			e.Trees[k].addTo(m, out)
		}
	} else {
		s := e.scorer()
		work.Split(m.Rows(), threads, 256, func(lo, hi int) { s.score(m, lo, hi, out[lo:hi]) })
	}
	if e.Average && !e.Sum {
		for i := range out {
			out[i] /= float64(len(e.Trees))
		}
	}
	return out, nil
}

// Probability is the probability of label 1 for each row.
func (e *Ensemble) Probability(m *matrix.Matrix) ([]float64, error) {
	p, err := e.Score(m)
	if err != nil {
		return nil, err
	}
	e.Link(p)
	return p, nil
}

// Link turns raw scores into probabilities, in place.
func (e *Ensemble) Link(raw []float64) {
	n := 1.0
	if e.Sum {
		n = float64(len(e.Trees))
	}
	for i, v := range raw {
		raw[i] = v / n
		if e.Logistic {
			raw[i] = 1 / (1 + math.Exp(-e.Sigmoid*raw[i]))
		}
	}
}

// Variances is, for each row, the variance of the raw score's estimate: the sum
// over the trees of the leaf's variance divided by its number of rows, as used in
// Thompson sampling over trees (Nuara et al. 2024, arXiv 2402.06963). It uses at most
// threads goroutines; 0 is one per processor. It is an error if the leaves' variances
// are unknown.
func (e *Ensemble) Variances(m *matrix.Matrix, threads int) ([]float64, error) {
	for k := range e.Trees {
		if t := &e.Trees[k]; len(t.Variance) == 0 && len(t.Feature) > 0 {
			return nil, errors.New("the model does not know the variance of its leaves")
		}
	}
	if err := matrix.CheckWidth(m, e.Columns); err != nil {
		return nil, err
	}
	variance := make([]float64, m.Rows())
	e.varianceOnce.Do(func() { e.variances = newScorer(e.varianceTrees(), e.Columns) })
	work.Split(m.Rows(), threads, 256, func(lo, hi int) { e.variances.score(m, lo, hi, variance[lo:hi]) })
	return variance, nil
}

// varianceTrees are trees with the same tests, whose leaves' values add up to
// the variance of a row's raw score.
func (e *Ensemble) varianceTrees() []Tree {
	scale := e.scale()
	trees := slices.Clone(e.Trees)
	for k := range trees {
		t := &trees[k]
		values := make([]float64, len(t.Value))
		for leaf := range values {
			if len(t.Variance) > 0 && t.Count[leaf] > 0 {
				values[leaf] = t.Variance[leaf] / float64(t.Count[leaf]) * scale * scale
			}
		}
		t.Value = values
	}
	return trees
}

// Leaves is the leaf that each row ends in, one number a tree, row by row.
func (e *Ensemble) Leaves(m *matrix.Matrix) ([][]int32, error) {
	if err := matrix.CheckWidth(m, e.Columns); err != nil {
		return nil, err
	}
	out := make([][]int32, m.Rows())
	s := e.scorer()
	work.Split(m.Rows(), 0, 256, func(lo, hi int) { s.leaves(m, lo, hi, out[lo:hi]) })
	return out, nil
}

// Importance says how much each column was used.
type Importance struct {
	Splits []int     // nodes that split the column
	Gain   []float64 // and their gains together
}

// Importance sums the splits and gains over all trees.
func (e *Ensemble) Importance() Importance {
	imp := Importance{make([]int, e.Columns), make([]float64, e.Columns)}
	for k := range e.Trees {
		t := &e.Trees[k]
		for n, f := range t.Feature {
			imp.Splits[f]++
			if len(t.Gain) > 0 {
				imp.Gain[f] += t.Gain[n]
			}
		}
	}
	return imp
}

// scorer is built when the first row is scored.
func (e *Ensemble) scorer() *scorer {
	e.once.Do(func() { e.ready = newScorer(e.Trees, e.Columns) })
	return e.ready
}
