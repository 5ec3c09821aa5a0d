// Package forest trains random forests (Breiman 2001) for labels of 0 and 1 with
// scikit-learn's semantics: fully grown trees on bootstrap samples, a random
// subset of columns at each split, exact thresholds. It departs from Breiman in
// that the trees' probabilities are averaged instead of their votes, and from
// scikit-learn in that each split learns a side for missing values.
package forest

import (
	"fmt"
	"math"
)

// Params says how to train. The names in parentheses are scikit-learn's.
type Params struct {
	Trees       int         // (n_estimators)
	Criterion   Criterion   // (criterion)
	MaxDepth    int         // <= 0 is no limit (max_depth)
	MinSplit    int         // least rows of a node to be split (min_samples_split)
	MinLeaf     int         // least rows of a leaf (min_samples_leaf)
	MaxLeaves   int         // most leaves, the best split first; <= 0 is no limit (max_leaf_nodes)
	MinDecrease float64     // least decrease of impurity, weighted (min_impurity_decrease)
	Features    Features    // columns tried at a split (max_features)
	Bootstrap   bool        // (bootstrap)
	Sample      float64     // share of the rows drawn for a tree, 0 is all (max_samples)
	Balance     ClassWeight // (class_weight)
	Seed        uint64      // (random_state)
}

// Criterion is what a split lowers.
type Criterion int

// The criteria of splits.
const (
	Gini Criterion = iota
	Entropy
)

// ClassWeight says whether to weigh both classes alike.
type ClassWeight int

// The ways to weigh classes: not at all, over all rows, or anew within each
// tree's sample.
const (
	Unweighted ClassWeight = iota
	Balanced
	BalancedSubsample
)

// Features says how many columns are tried at a split. The zero value is the
// square root of their number.
type Features struct {
	Rule  Rule
	Value float64 // for Count and Share
}

// Rule is a way to choose the number of columns.
type Rule int

// The rules: the square root or logarithm of the number of columns, a share of
// them, a fixed number, or all.
const (
	Sqrt Rule = iota
	Log2
	Share
	Count
	All
)

// of is how many of n columns are tried.
func (f Features) of(n int) int {
	k := n
	switch f.Rule {
	case Sqrt:
		k = int(math.Sqrt(float64(n)))
	case Log2:
		k = int(math.Log2(float64(n)))
	case Share:
		k = int(f.Value * float64(n))
	case Count:
		k = int(f.Value)
	}
	return min(max(k, 1), n)
}

// Defaults are scikit-learn's defaults.
func Defaults() Params {
	return Params{Trees: 100, MinSplit: 2, MinLeaf: 1, Bootstrap: true}
}

// Check reports the first parameter that is out of range.
func (p Params) Check() error {
	for _, c := range []struct {
		ok   bool
		what string
		got  any
	}{
		{p.Trees >= 1, "the number of trees must be at least 1", p.Trees},
		{p.Criterion == Gini || p.Criterion == Entropy, "the criterion is not known", p.Criterion},
		{p.MinSplit >= 2, "a node to be split must have at least 2 rows", p.MinSplit},
		{p.MinLeaf >= 1, "a leaf must have at least 1 row", p.MinLeaf},
		{p.MaxLeaves != 1, "a tree must be allowed at least 2 leaves", p.MaxLeaves},
		{p.MinDecrease >= 0, "the least decrease of impurity must not be negative", p.MinDecrease},
		{p.Sample >= 0 && p.Sample <= 1, "the share of rows must be between 0 and 1", p.Sample},
		{p.Sample == 0 || p.Bootstrap, "a share of rows needs the bootstrap", p.Sample},
		{p.Balance >= Unweighted && p.Balance <= BalancedSubsample, "the class weight is not known", p.Balance},
		{p.Features.Rule >= Sqrt && p.Features.Rule <= All, "the rule for the number of columns is not known", p.Features.Rule},
		{p.Features.Rule != Share || (p.Features.Value > 0 && p.Features.Value <= 1), "the share of columns must be above 0 and at most 1", p.Features.Value},
		{p.Features.Rule != Count || p.Features.Value >= 1, "the number of columns must be at least 1", p.Features.Value},
	} {
		if !c.ok {
			return fmt.Errorf("%s, not %v", c.what, c.got)
		}
	}
	return nil
}
