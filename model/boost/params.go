// Package boost trains gradient boosted trees for labels of 0 and 1 as LightGBM
// does: gradient boosting of the logistic loss (Friedman 2001) with Newton
// steps and a regularised objective (Chen & Guestrin 2016), on histograms of
// binned values, splitting the leaf of greatest gain first (Ke et al. 2017). It
// departs from LightGBM in that sums of gradients are whole numbers, so that the
// model does not depend on the number of threads, and in that columns are not
// bundled, categorical splits and other losses are missing, and draws of rows
// and columns come from another generator.
package boost

import (
	"errors"
	"fmt"
	"math"
)

// Params says how to train. The names in parentheses are LightGBM's.
type Params struct {
	Trees        int     // most trees (num_iterations)
	Leaves       int     // most leaves of a tree (num_leaves)
	MaxDepth     int     // most splits between the root and a leaf; <= 0 is no limit (max_depth)
	LearningRate float64 // shrinkage of each tree (learning_rate)

	MinData    int     // least rows in a leaf (min_data_in_leaf)
	MinHessian float64 // least sum of hessians in a leaf (min_sum_hessian_in_leaf)
	MinGain    float64 // least gain of a split (min_gain_to_split)
	L1, L2     float64 // penalties of leaf values (lambda_l1, lambda_l2)

	BaggingFraction float64 // share of rows a tree sees (bagging_fraction)
	BaggingFreq     int     // trees between two draws of rows; 0 is no bagging (bagging_freq)
	FeatureFraction float64 // share of columns a tree sees (feature_fraction)

	MaxBin       int // most bins of a column, 2 to 255 (max_bin)
	MinDataInBin int // least rows in a bin (min_data_in_bin)

	Unbalance        bool    // weigh both classes alike (is_unbalance)
	ScalePosWeight   float64 // weight of label 1 (scale_pos_weight)
	Sigmoid          float64 // slope of the link (sigmoid)
	BoostFromAverage bool    // begin at the log odds (boost_from_average)

	Seed uint64 // of the draws of rows and columns (seed)
}

// Defaults are LightGBM's defaults.
func Defaults() Params {
	return Params{
		Trees: 100, Leaves: 31, MaxDepth: -1, LearningRate: 0.1,
		MinData: 20, MinHessian: 1e-3,
		BaggingFraction: 1, FeatureFraction: 1,
		MaxBin: 255, MinDataInBin: 3,
		ScalePosWeight: 1, Sigmoid: 1, BoostFromAverage: true,
	}
}

// Check reports the first parameter that is out of range.
func (p Params) Check() error {
	between := func(v, low, high float64) bool { return v > 0 && v >= low && v <= high }
	notNegative := func(v float64) bool { return v >= 0 && !math.IsInf(v, 1) }
	share := func(v float64) bool { return v > 0 && v <= 1 }
	for _, c := range []struct {
		ok   bool
		what string
		got  any
	}{
		{p.Trees >= 1, "the number of trees must be at least 1", p.Trees},
		{p.Leaves >= 2 && p.Leaves <= 1<<17, "the number of leaves must be between 2 and 131072", p.Leaves},
		{between(p.LearningRate, 0, 1e3), "the learning rate must be above 0 and at most 1000", p.LearningRate},
		{p.MinData >= 0, "the least data in a leaf must not be negative", p.MinData},
		{notNegative(p.MinHessian), "the least hessian in a leaf must not be negative", p.MinHessian},
		{notNegative(p.MinGain), "the least gain must not be negative", p.MinGain},
		{notNegative(p.L1), "the L1 penalty must not be negative", p.L1},
		{notNegative(p.L2), "the L2 penalty must not be negative", p.L2},
		{share(p.BaggingFraction), "the bagging fraction must be above 0 and at most 1", p.BaggingFraction},
		{p.BaggingFreq >= 0, "the bagging frequency must not be negative", p.BaggingFreq},
		{share(p.FeatureFraction), "the feature fraction must be above 0 and at most 1", p.FeatureFraction},
		{p.MaxBin >= 2 && p.MaxBin <= 255, "the number of bins must be between 2 and 255", p.MaxBin},
		{p.MinDataInBin >= 1, "the least data in a bin must be at least 1", p.MinDataInBin},
		// Beyond these, sums of weights and scores lose all their digits or overflow.
		{between(p.ScalePosWeight, 1e-6, 1e6), "the weight of positives must be between 0.000001 and 1000000", p.ScalePosWeight},
		{between(p.Sigmoid, 1e-3, 1e3), "the sigmoid must be between 0.001 and 1000", p.Sigmoid},
	} {
		if !c.ok {
			return fmt.Errorf("%s, not %v", c.what, c.got)
		}
	}
	if p.Unbalance && p.ScalePosWeight != 1 {
		return errors.New("either balance the classes or weigh the positives, not both")
	}
	return nil
}
