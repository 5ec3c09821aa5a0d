package fit

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
	"num_iterations n_estimators max_iter": whole(func(l *Learner) *int { return &l.boost.Trees }),
	"num_leaves max_leaf_nodes":            whole(func(l *Learner) *int { return &l.boost.Leaves }),
	"max_depth":                            bound(func(l *Learner) *int { return &l.boost.MaxDepth }),
	"learning_rate":                        real(func(l *Learner) *float64 { return &l.boost.LearningRate }),
	"min_data_in_leaf min_child_samples min_samples_leaf": whole(func(l *Learner) *int { return &l.boost.MinData }),
	"min_sum_hessian_in_leaf min_child_weight":            real(func(l *Learner) *float64 { return &l.boost.MinHessian }),
	"min_gain_to_split min_split_gain":                    real(func(l *Learner) *float64 { return &l.boost.MinGain }),
	"lambda_l1 reg_alpha":                                 real(func(l *Learner) *float64 { return &l.boost.L1 }),
	"lambda_l2 reg_lambda l2_regularization":              real(func(l *Learner) *float64 { return &l.boost.L2 }),
	"bagging_fraction subsample":                          real(func(l *Learner) *float64 { return &l.boost.BaggingFraction }),
	"bagging_freq subsample_freq":                         whole(func(l *Learner) *int { return &l.boost.BaggingFreq }),
	"feature_fraction colsample_bytree":                   real(func(l *Learner) *float64 { return &l.boost.FeatureFraction }),
	"max_bin max_bins":                                    whole(func(l *Learner) *int { return &l.boost.MaxBin }),
	"min_data_in_bin":                                     whole(func(l *Learner) *int { return &l.boost.MinDataInBin }),
	"is_unbalance":                                        truth(func(l *Learner) *bool { return &l.boost.Unbalance }),
	"scale_pos_weight":                                    real(func(l *Learner) *float64 { return &l.boost.ScalePosWeight }),
	"sigmoid":                                             real(func(l *Learner) *float64 { return &l.boost.Sigmoid }),
	"boost_from_average":                                  truth(func(l *Learner) *bool { return &l.boost.BoostFromAverage }),
	"seed random_state bagging_seed feature_fraction_seed data_random_seed": seedOf,
	"num_threads n_jobs":                      threadsOf,
	"class_weight":                            classWeight(func(l *Learner) { l.balanced = true }),
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
	"n_estimators num_iterations":        whole(func(l *Learner) *int { return &l.forest.Trees }),
	"max_depth":                          bound(func(l *Learner) *int { return &l.forest.MaxDepth }),
	"max_leaf_nodes num_leaves":          bound(func(l *Learner) *int { return &l.forest.MaxLeaves }),
	"min_samples_split":                  wholeOrShare(func(l *Learner) (*int, *float64) { return &l.forest.MinSplit, &l.minSplit }),
	"min_samples_leaf min_data_in_leaf":  wholeOrShare(func(l *Learner) (*int, *float64) { return &l.forest.MinLeaf, &l.minLeaf }),
	"min_impurity_decrease":              real(func(l *Learner) *float64 { return &l.forest.MinDecrease }),
	"bootstrap":                          truth(func(l *Learner) *bool { return &l.forest.Bootstrap }),
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
	"C":                  real(func(l *Learner) *float64 { return &l.linear.C }),
	"tol":                real(func(l *Learner) *float64 { return &l.linear.Tolerance }),
	"max_iter":           whole(func(l *Learner) *int { return &l.linear.MaxIter }),
	"fit_intercept":      truth(func(l *Learner) *bool { return &l.linear.FitIntercept }),
	"class_weight":       classWeight(func(l *Learner) { l.linear.Balanced = true }),
	"alpha lambda_l2":    inverseC,
	"penalty":            only("l2"),
	"dual":               only("false", "0"),
	"random_state seed":  seedOf,
	"n_jobs num_threads": threadsOf,
	"solver verbose verbosity warm_start multi_class intercept_scaling l1_ratio": anything,
})

// refused maps further aliases of LightGBM, which are errors, to the name to use
// instead.
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

// suggest names the parameter to use instead of an unknown one.
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
