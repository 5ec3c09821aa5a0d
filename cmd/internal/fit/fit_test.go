package fit

import (
	"strings"
	"testing"

	"cratedigger/model/forest"
	"cratedigger/model/matrix"

	"github.com/google/go-cmp/cmp"
)

// TestParameters: each name changes what LightGBM or scikit-learn change by it, and
// all else stays as it is by default.
func TestParameters(t *testing.T) {
	for params, change := range map[string]func(l *Learner){
		"boost n_estimators=7 max_leaf_nodes=5 max_depth=none learning_rate=0.5": func(l *Learner) {
			l.boost.Trees, l.boost.Leaves, l.boost.MaxDepth, l.boost.LearningRate = 7, 5, -1, 0.5
		},
		"boost min_child_samples=3 min_child_weight=0.25 min_split_gain=0.1 reg_alpha=2 reg_lambda=4": func(l *Learner) {
			l.boost.MinData, l.boost.MinHessian, l.boost.MinGain, l.boost.L1, l.boost.L2 = 3, 0.25, 0.1, 2, 4
		},
		"boost subsample=0.5 subsample_freq=1 colsample_bytree=0.75 max_bins=63 min_data_in_bin=1": func(l *Learner) {
			l.boost.BaggingFraction, l.boost.BaggingFreq, l.boost.FeatureFraction, l.boost.MaxBin, l.boost.MinDataInBin = 0.5, 1, 0.75, 63, 1
		},
		"boost is_unbalance=yes boost_from_average=- sigmoid=2 random_state=9 n_jobs=2 objective=binary max_delta_step=0.0 verbose=3": func(l *Learner) {
			l.boost.Unbalance, l.boost.BoostFromAverage, l.boost.Sigmoid, l.threads = true, false, 2, 2
			l.boost.Seed, l.forest.Seed = 9, 9
		},
		"boost class_weight=balanced seed=none n_jobs=none": func(l *Learner) { l.balanced = true },
		"forest n_estimators=7 max_depth=4 num_leaves=9 min_samples_split=0.5 min_samples_leaf=2 min_impurity_decrease=0.1": func(l *Learner) {
			l.forest.Trees, l.forest.MaxDepth, l.forest.MaxLeaves, l.minSplit, l.forest.MinLeaf, l.forest.MinDecrease = 7, 4, 9, 0.5, 2, 0.1
		},
		"forest criterion=entropy max_features=3 max_samples=20 class_weight=balanced_subsample": func(l *Learner) {
			l.forest.Criterion, l.forest.Features, l.samples = forest.Entropy, forest.Features{Rule: forest.Count, Value: 3}, 20
			l.forest.Balance = forest.BalancedSubsample
		},
		"forest criterion=gini max_features=1.0 max_samples=0.5 class_weight=balanced": func(l *Learner) {
			l.forest.Criterion, l.forest.Features, l.forest.Sample = forest.Gini, forest.Features{Rule: forest.Share, Value: 1}, 0.5
			l.forest.Balance = forest.Balanced
		},
		"forest max_features=log2 max_samples=none": func(l *Learner) { l.forest.Features = forest.Features{Rule: forest.Log2} },
		"forest max_features=none bootstrap=no":     func(l *Learner) { l.forest.Features, l.forest.Bootstrap = forest.Features{Rule: forest.All}, false },
		"linear alpha=4 tol=0.01 max_iter=9 fit_intercept=0 class_weight=balanced penalty=l2": func(l *Learner) {
			l.linear.C, l.linear.Tolerance, l.linear.MaxIter, l.linear.FitIntercept, l.linear.Balanced = 0.25, 0.01, 9, false, true
		},
	} {
		words := strings.Fields(params)
		got, err := New(words[0], words[1:], nil, 0)
		if err != nil {
			t.Errorf("%s: %v", params, err)
			continue
		}
		want, err := New(words[0], nil, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		change(want)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Learner{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", params, diff)
		}
	}
}

func TestValuesThatAreRefused(t *testing.T) {
	for param, want := range map[string]string{
		"boost is_unbalance=perhaps": "true or false", "boost learning_rate=nan": "a number is needed", "boost seed=x": "whole number",
		"boost class_weight=3": "scale_pos_weight", "boost n_jobs=many": "whole number", "boost num_class=3": "only 1 or 2",
		"forest criterion=mse": "gini, entropy", "forest max_features=most": "a share", "forest min_samples_leaf=1.5": "between 0 and 1",
		"linear alpha=0": "above 0", "linear penalty=l1": "only l2",
	} {
		learner, param, _ := strings.Cut(param, " ")
		if _, err := New(learner, []string{param}, nil, 0); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), param) {
			t.Errorf("%s %s: %v", learner, param, err)
		}
	}
}

// TestSharesOfTheRows: what is given as a share or as a number of rows depends on how
// many there are, and weights make both classes alike.
func TestSharesOfTheRows(t *testing.T) {
	const rows = 40
	var text strings.Builder
	for i := range rows {
		text.WriteString([]string{"1 0:1\n", "0 0:2\n", "0 0:3\n", "0 0:4\n"}[i%4])
	}
	m, y, err := matrix.ReadLibSVM(strings.NewReader(text.String()), -1)
	if err != nil {
		t.Fatal(err)
	}
	l, err := New("forest", []string{"max_samples=10", "min_samples_split=0.26", "min_samples_leaf=0.02", "n_estimators=2"}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Train(t.Context(), m, y); err != nil {
		t.Fatal(err)
	}
	if f := l.forest; f.Sample != 0.25 || f.MinSplit != 11 || f.MinLeaf != 1 {
		t.Errorf("a share of %v, %d to split, %d in a leaf", f.Sample, f.MinSplit, f.MinLeaf)
	}
	if w := l.weights(y); w != nil {
		t.Errorf("weights %v without being asked", w)
	}
	l.balanced = true
	w, sums := l.weights(y), [2]float64{}
	for i := range w {
		sums[int(y[i])] += w[i]
	}
	if d := sums[0] - sums[1]; d > 1e-9 || d < -1e-9 || sums[0]+sums[1] < rows-1e-9 || sums[0]+sums[1] > rows+1e-9 {
		t.Errorf("the classes weigh %v", sums)
	}
}
