package main

import (
	"maps"
	"slices"
	"strings"

	"cratedigger/config"
)

// table gives each setter all of its names.
func table(entries map[string]setter) map[string]setter {
	out := map[string]setter{}
	for names, set := range entries {
		for name := range strings.FieldsSeq(names) {
			out[name] = set
		}
	}
	return out
}

// boostParams are LightGBM's names, and scikit-learn's in LightGBM and in its own
// boosting.
var boostParams = table(map[string]setter{
	"num_iterations n_estimators max_iter": whole(func(f *fitting) *int { return &f.boost.Trees }),
	"num_leaves max_leaf_nodes":            whole(func(f *fitting) *int { return &f.boost.Leaves }),
	"max_depth":                            bound(func(f *fitting) *int { return &f.boost.MaxDepth }),
	"learning_rate":                        real(func(f *fitting) *float64 { return &f.boost.LearningRate }),
	"min_data_in_leaf min_child_samples min_samples_leaf": whole(func(f *fitting) *int { return &f.boost.MinData }),
	"min_sum_hessian_in_leaf min_child_weight":            real(func(f *fitting) *float64 { return &f.boost.MinHessian }),
	"min_gain_to_split min_split_gain":                    real(func(f *fitting) *float64 { return &f.boost.MinGain }),
	"lambda_l1 reg_alpha":                                 real(func(f *fitting) *float64 { return &f.boost.L1 }),
	"lambda_l2 reg_lambda l2_regularization":              real(func(f *fitting) *float64 { return &f.boost.L2 }),
	"bagging_fraction subsample":                          real(func(f *fitting) *float64 { return &f.boost.BaggingFraction }),
	"bagging_freq subsample_freq":                         whole(func(f *fitting) *int { return &f.boost.BaggingFreq }),
	"feature_fraction colsample_bytree":                   real(func(f *fitting) *float64 { return &f.boost.FeatureFraction }),
	"max_bin max_bins":                                    whole(func(f *fitting) *int { return &f.boost.MaxBin }),
	"min_data_in_bin":                                     whole(func(f *fitting) *int { return &f.boost.MinDataInBin }),
	"is_unbalance":                                        truth(func(f *fitting) *bool { return &f.boost.Unbalance }),
	"scale_pos_weight":                                    real(func(f *fitting) *float64 { return &f.boost.ScalePosWeight }),
	"sigmoid":                                             real(func(f *fitting) *float64 { return &f.boost.Sigmoid }),
	"boost_from_average":                                  truth(func(f *fitting) *bool { return &f.boost.BoostFromAverage }),
	"seed random_state bagging_seed feature_fraction_seed data_random_seed": seedOf,
	"num_threads n_jobs":                      threadsOf,
	"class_weight":                            classWeight(func(f *fitting) { f.balanced = true }),
	"objective loss":                          only("binary", "log_loss"),
	"boosting boosting_type":                  only("gbdt"),
	"device_type":                             only("cpu"),
	"tree_learner":                            only("serial"),
	"data_sample_strategy":                    only("bagging"),
	"zero_as_missing linear_tree extra_trees": only("false", "0"),
	"use_missing":                             only("true", "1"),
	"early_stopping_round early_stopping":     only("0", "false"),
	"feature_fraction_bynode pos_bagging_fraction neg_bagging_fraction": only("1"),
	"max_delta_step path_smooth":                                        only("0"),
	"task":                                                              only("train"),
	"num_class":                                                         only("1", "2"),
	"verbosity verbose metric deterministic force_col_wise force_row_wise enable_bundle is_enable_sparse feature_pre_filter " +
		"bin_construct_sample_cnt subsample_for_bin histogram_pool_size importance_type extra_seed is_provide_training_metric metric_freq": anything,
})

// forestParams are scikit-learn's names, and LightGBM's of what both have.
var forestParams = table(map[string]setter{
	"n_estimators num_iterations":        whole(func(f *fitting) *int { return &f.forest.Trees }),
	"max_depth":                          bound(func(f *fitting) *int { return &f.forest.MaxDepth }),
	"max_leaf_nodes num_leaves":          bound(func(f *fitting) *int { return &f.forest.MaxLeaves }),
	"min_samples_split":                  wholeOrShare(func(f *fitting) (*int, *float64) { return &f.forest.MinSplit, &f.minSplit }),
	"min_samples_leaf min_data_in_leaf":  wholeOrShare(func(f *fitting) (*int, *float64) { return &f.forest.MinLeaf, &f.minLeaf }),
	"min_impurity_decrease":              real(func(f *fitting) *float64 { return &f.forest.MinDecrease }),
	"bootstrap":                          truth(func(f *fitting) *bool { return &f.forest.Bootstrap }),
	"criterion":                          criterionOf,
	"max_features":                       maxFeatures,
	"max_samples bagging_fraction":       maxSamples,
	"class_weight":                       forestClassWeight,
	"random_state seed":                  seedOf,
	"n_jobs num_threads":                 threadsOf,
	"min_weight_fraction_leaf ccp_alpha": only("0"),
	"verbose verbosity oob_score warm_start objective": anything,
})

// linearParams are scikit-learn's names, and LightGBM's of what both have.
var linearParams = table(map[string]setter{
	"C":                  real(func(f *fitting) *float64 { return &f.linear.C }),
	"tol":                real(func(f *fitting) *float64 { return &f.linear.Tolerance }),
	"max_iter":           whole(func(f *fitting) *int { return &f.linear.MaxIter }),
	"fit_intercept":      truth(func(f *fitting) *bool { return &f.linear.FitIntercept }),
	"class_weight":       classWeight(func(f *fitting) { f.linear.Balanced = true }),
	"alpha lambda_l2":    inverseC,
	"penalty":            only("l2"),
	"dual":               only("false", "0"),
	"random_state seed":  seedOf,
	"n_jobs num_threads": threadsOf,
	"solver verbose verbosity warm_start multi_class intercept_scaling l1_ratio": anything,
})

// refused are other names that LightGBM knows for its parameters, by the name to
// use instead.
var refused = map[string]string{
	"num_iterations":          "num_iteration n_iter num_tree num_trees num_round num_rounds nrounds num_boost_round",
	"num_leaves":              "num_leaf max_leaves max_leaf",
	"learning_rate":           "shrinkage_rate eta",
	"min_data_in_leaf":        "min_data_per_leaf min_data",
	"min_sum_hessian_in_leaf": "min_sum_hessian_per_leaf min_sum_hessian min_hessian",
	"lambda_l1":               "l1_regularization",
	"lambda_l2":               "lambda",
	"bagging_fraction":        "sub_row bagging",
	"feature_fraction":        "sub_feature",
	"is_unbalance":            "unbalance unbalanced_sets",
	"seed":                    "random_seed",
	"num_threads":             "num_thread nthread nthreads",
	"objective":               "objective_type app application",
	"boosting":                "boost",
	"metric":                  "metrics metric_types",
}

// suggest says which parameter to use instead of one that is not known.
func suggest(name string, known map[string]setter) string {
	for use, others := range refused {
		if known[use] != nil && slices.Contains(strings.Fields(others), name) {
			return "use " + use
		}
	}
	bound := max(2, len(name)/3)
	near := map[int][]string{}
	for other := range known {
		if d := config.Distance(strings.ToLower(name), strings.ToLower(other)); d <= bound {
			near[d] = append(near[d], other)
		}
	}
	for d := range bound + 1 {
		if len(near[d]) > 0 {
			slices.Sort(near[d])
			return "is " + strings.Join(near[d], " or ") + " meant?"
		}
	}
	return "it knows " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}
