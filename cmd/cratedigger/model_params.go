package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"cratedigger/model/boost"
	"cratedigger/model/forest"
	"cratedigger/model/linear"
	"cratedigger/model/matrix"
)

// fitting is a learner with its parameters.
type fitting struct {
	learner string
	threads int
	boost   boost.Params
	forest  forest.Params
	linear  linear.Params

	balanced  bool    // boost: weights that make both classes alike
	samples   int     // forest: max_samples as a number of rows
	minSplit  float64 // forest: min_samples_split as a share of the rows, 0 if a number
	minLeaf   float64 // forest: min_samples_leaf likewise
	positives float64 // class_weight of label 1 over that of label 0, 0 if not given
}

// newFitting understands parameters of the form name=value.
func newFitting(learner string, params []string, seed *uint64, threads int) (*fitting, error) {
	f := &fitting{learner: learner, threads: threads, boost: boost.Defaults(), forest: forest.Defaults(), linear: linear.Defaults()}
	f.linear.MaxIter = 1000
	known := map[string]map[string]setter{"boost": boostParams, "forest": forestParams, "linear": linearParams}[learner]
	seen := map[string]string{}
	for _, param := range params {
		name, value, ok := strings.Cut(strings.TrimSpace(param), "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" {
			return nil, fmt.Errorf("the parameter %q is not of the form name=value", param)
		}
		set, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("%s has no parameter %q; %s", learner, name, suggest(name, known))
		}
		if before, twice := seen[name]; twice && before != value {
			return nil, fmt.Errorf("the parameter %s is given twice", name)
		}
		seen[name] = value
		if err := set(f, value); err != nil {
			return nil, fmt.Errorf("the parameter %s=%s: %w", name, value, err)
		}
	}
	if seed != nil {
		f.boost.Seed, f.forest.Seed = *seed, *seed
	}
	return f, f.check()
}

func (f *fitting) check() error {
	switch f.learner {
	case "boost":
		return f.boost.Check()
	case "forest":
		return f.forest.Check()
	}
	return f.linear.Check()
}

func (f *fitting) train(ctx context.Context, m *matrix.Matrix, y []float64) (learned, error) {
	w := f.weights(y)
	n := float64(m.Rows())
	switch f.learner {
	case "boost":
		return boost.Train(ctx, m, y, w, f.boost, f.threads)
	case "forest":
		if f.samples > 0 {
			f.forest.Sample = min(1, float64(f.samples)/n)
		}
		if f.minSplit > 0 {
			f.forest.MinSplit = max(2, int(math.Ceil(f.minSplit*n)))
		}
		if f.minLeaf > 0 {
			f.forest.MinLeaf = max(1, int(math.Ceil(f.minLeaf*n)))
		}
		return forest.Train(ctx, m, y, w, f.forest, f.threads)
	}
	return linear.Train(ctx, m, y, w, f.linear)
}

// weights are those of class_weight, or nil.
func (f *fitting) weights(y []float64) []float64 {
	ratio := f.positives
	if f.balanced {
		pos := 0.0
		for _, v := range y {
			pos += v
		}
		if neg := float64(len(y)) - pos; pos > 0 && neg > 0 {
			ratio = neg / pos
		}
	}
	if ratio == 0 || ratio == 1 {
		return nil
	}
	// Boosting depends on the weights' size, so they have scikit-learn's:
	// rows / (2 · rows of the class).
	w := make([]float64, len(y))
	scale := 1.0
	if f.balanced {
		scale = (1 + 1/ratio) / 2
	}
	for i, v := range y {
		w[i] = scale
		if v > 0 {
			w[i] = scale * ratio
		}
	}
	return w
}

// setter applies a parameter's value.
type setter func(f *fitting, value string) error

func whole(to func(f *fitting) *int) setter {
	return func(f *fitting, value string) error {
		v, err := parseWhole(value)
		if err != nil {
			return err
		}
		*to(f) = v
		return nil
	}
}

func parseWhole(value string) (int, error) {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || v != math.Trunc(v) || math.Abs(v) > 1<<31 {
		return 0, fmt.Errorf("a whole number is needed")
	}
	return int(v), nil
}

// bound is a whole number, or none.
func bound(to func(f *fitting) *int) setter {
	return func(f *fitting, value string) error {
		if isNone(value) {
			*to(f) = -1
			return nil
		}
		return whole(to)(f, value)
	}
}

func isNone(value string) bool {
	return strings.EqualFold(value, "none") || strings.EqualFold(value, "null") || value == ""
}

func real(to func(f *fitting) *float64) setter {
	return func(f *fitting, value string) error {
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(v) {
			return fmt.Errorf("a number is needed")
		}
		*to(f) = v
		return nil
	}
}

func truth(to func(f *fitting) *bool) setter {
	return func(f *fitting, value string) error {
		v, err := parseTruth(value)
		if err != nil {
			return err
		}
		*to(f) = v
		return nil
	}
}

func parseTruth(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "true", "1", "+", "yes":
		return true, nil
	case "false", "0", "-", "no":
		return false, nil
	}
	return false, fmt.Errorf("true or false is needed")
}

// only accepts the values that mean what is done anyway.
func only(values ...string) setter {
	return func(_ *fitting, value string) error {
		for _, v := range values {
			if strings.EqualFold(v, value) {
				return nil
			}
			a, errA := strconv.ParseFloat(v, 64)
			b, errB := strconv.ParseFloat(value, 64)
			if errA == nil && errB == nil && a == b {
				return nil
			}
		}
		return fmt.Errorf("only %s is supported", strings.Join(values, " or "))
	}
}

// anything is for parameters that change nothing here, such as verbosity.
func anything(*fitting, string) error { return nil }

func seedOf(f *fitting, value string) error {
	if isNone(value) {
		return nil
	}
	v, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return fmt.Errorf("a whole number is needed")
	}
	f.boost.Seed, f.forest.Seed = uint64(v), uint64(v)
	return nil
}

func threadsOf(f *fitting, value string) error {
	if isNone(value) {
		return nil
	}
	v, err := parseWhole(value)
	if err != nil {
		return err
	}
	if f.threads == 0 {
		f.threads = max(v, 0)
	}
	return nil
}

func inverseC(f *fitting, value string) error {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v > 0) {
		return fmt.Errorf("a number above 0 is needed")
	}
	f.linear.C = 1 / v
	return nil
}

func classWeight(balance func(f *fitting)) setter {
	return func(f *fitting, value string) error {
		switch {
		case isNone(value):
		case strings.EqualFold(value, "balanced"):
			balance(f)
		default:
			return fmt.Errorf("balanced or none is needed (scale_pos_weight takes a number)")
		}
		return nil
	}
}

func forestClassWeight(f *fitting, value string) error {
	if strings.EqualFold(value, "balanced_subsample") {
		f.forest.Balance = forest.BalancedSubsample
		return nil
	}
	return classWeight(func(f *fitting) { f.forest.Balance = forest.Balanced })(f, value)
}

func criterionOf(f *fitting, value string) error {
	switch value {
	case "gini":
		f.forest.Criterion = forest.Gini
	case "entropy", "log_loss":
		f.forest.Criterion = forest.Entropy
	default:
		return fmt.Errorf("gini, entropy or log_loss is needed")
	}
	return nil
}

// maxFeatures tells, as scikit-learn does, 1 (one column) from 1.0 (all).
func maxFeatures(f *fitting, value string) error {
	switch {
	case value == "sqrt" || value == "auto":
		f.forest.Features = forest.Features{Rule: forest.Sqrt}
		return nil
	case value == "log2":
		f.forest.Features = forest.Features{Rule: forest.Log2}
		return nil
	case isNone(value) || value == "all":
		f.forest.Features = forest.Features{Rule: forest.All}
		return nil
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Errorf("sqrt, log2, none, a share or a number of columns is needed")
	}
	f.forest.Features = forest.Features{Rule: forest.Count, Value: v}
	if strings.ContainsAny(value, ".eE") {
		f.forest.Features.Rule = forest.Share
	}
	return nil
}

func maxSamples(f *fitting, value string) error {
	if isNone(value) {
		return nil
	}
	if !strings.ContainsAny(value, ".eE") {
		return whole(func(f *fitting) *int { return &f.samples })(f, value)
	}
	return real(func(f *fitting) *float64 { return &f.forest.Sample })(f, value)
}

// wholeOrShare is a number of rows, or a share of them if it has a point.
func wholeOrShare(to func(f *fitting) (*int, *float64)) setter {
	return func(f *fitting, value string) error {
		n, share := to(f)
		if !strings.ContainsAny(value, ".eE") {
			return whole(func(*fitting) *int { return n })(f, value)
		}
		if err := real(func(*fitting) *float64 { return share })(f, value); err != nil {
			return err
		}
		if !(*share > 0 && *share < 1) {
			return fmt.Errorf("a whole number or a share between 0 and 1 is needed")
		}
		return nil
	}
}
