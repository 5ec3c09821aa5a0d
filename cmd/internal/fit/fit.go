// Package fit reads the parameters of a learner by the names that LightGBM and
// scikit-learn have for them, and trains it on a matrix. A name or value that
// would be ignored is an error that says what to write instead.
package fit

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"cratedigger/model/boost"
	"cratedigger/model/forest"
	"cratedigger/model/linear"
	"cratedigger/model/matrix"
)

// Learner is a learner to be trained, with its parameters.
type Learner struct {
	learner string
	threads int
	boost   boost.Params
	forest  forest.Params
	linear  linear.Params

	balanced bool    // boost: weights that give both classes the same sum
	samples  int     // forest: max_samples as a number of rows
	minSplit float64 // forest: min_samples_split as a share of the rows, 0 if a number
	minLeaf  float64 // forest: min_samples_leaf likewise
}

// New understands parameters of the form name=value for "boost", "forest" or
// "linear". threads of 0 are all processors.
func New(learner string, params []string, seed *uint64, threads int) (*Learner, error) {
	l := &Learner{learner: learner, threads: threads, boost: boost.Defaults(), forest: forest.Defaults(), linear: linear.Defaults()}
	l.linear.MaxIter = 1000
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
		if err := set(l, value); err != nil {
			return nil, fmt.Errorf("the parameter %s=%s: %w", name, value, err)
		}
	}
	if seed != nil {
		l.boost.Seed, l.forest.Seed = *seed, *seed
	}
	return l, l.check()
}

func (l *Learner) check() error {
	switch l.learner {
	case "boost":
		return l.boost.Check()
	case "forest":
		return l.forest.Check()
	}
	return l.linear.Check()
}

// Train fits the learner to the rows of m and their labels, 0 and 1.
func (l *Learner) Train(ctx context.Context, m *matrix.Matrix, y []float64) (Model, error) {
	w := l.weights(y)
	n := float64(m.Rows())
	switch l.learner {
	case "boost":
		return boost.Train(ctx, m, y, w, l.boost, l.threads)
	case "forest":
		if l.samples > 0 {
			l.forest.Sample = min(1, float64(l.samples)/n)
		}
		if l.minSplit > 0 {
			l.forest.MinSplit = max(2, int(math.Ceil(l.minSplit*n)))
		}
		if l.minLeaf > 0 {
			l.forest.MinLeaf = max(1, int(math.Ceil(l.minLeaf*n)))
		}
		return forest.Train(ctx, m, y, w, l.forest, l.threads)
	}
	return linear.Train(ctx, m, y, w, l.linear)
}

// weights returns the rows' weights as scikit-learn's class_weight=balanced computes
// them: rows / (2 · rows of the class). Boosting depends on their size, too. nil means
// weights of 1.
func (l *Learner) weights(y []float64) []float64 {
	pos := 0.0
	for _, v := range y {
		pos += v
	}
	neg := float64(len(y)) - pos
	if !l.balanced || pos <= 0 || neg <= 0 || pos == neg {
		return nil
	}
	ratio := neg / pos
	scale := (1 + 1/ratio) / 2
	w := make([]float64, len(y))
	for i, v := range y {
		w[i] = scale
		if v > 0 {
			w[i] = scale * ratio
		}
	}
	return w
}

// Model is a trained learner.
type Model interface{ Save(w io.Writer) error }

// setter applies a parameter's value.
type setter func(l *Learner, value string) error

// parsed is the setter of a field whose values parse reads.
func parsed[T any](parse func(string) (T, error), field func(l *Learner) *T) setter {
	return func(l *Learner, value string) error {
		v, err := parse(value)
		if err == nil {
			*field(l) = v
		}
		return err
	}
}

func whole(field func(l *Learner) *int) setter    { return parsed(parseWhole, field) }
func real(field func(l *Learner) *float64) setter { return parsed(parseReal, field) }
func truth(field func(l *Learner) *bool) setter   { return parsed(parseTruth, field) }

func parseWhole(value string) (int, error) {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || v != math.Trunc(v) || math.Abs(v) > 1<<31 {
		return 0, fmt.Errorf("a whole number is needed")
	}
	return int(v), nil
}

// bound reads a whole number, or none for no bound.
func bound(to func(l *Learner) *int) setter {
	return func(l *Learner, value string) error {
		if isNone(value) {
			*to(l) = -1
			return nil
		}
		return whole(to)(l, value)
	}
}

func isNone(value string) bool {
	return strings.EqualFold(value, "none") || strings.EqualFold(value, "null") || value == ""
}

func parseReal(value string) (float64, error) {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(v) {
		return 0, fmt.Errorf("a number is needed")
	}
	return v, nil
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

// only accepts a parameter that this learner lacks if its value asks for what the
// learner does anyway.
func only(values ...string) setter {
	return func(_ *Learner, value string) error {
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

// anything accepts parameters that have no effect here, such as verbosity.
func anything(*Learner, string) error { return nil }

func seedOf(l *Learner, value string) error {
	if isNone(value) {
		return nil
	}
	v, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return fmt.Errorf("a whole number is needed")
	}
	l.boost.Seed, l.forest.Seed = uint64(v), uint64(v)
	return nil
}

func threadsOf(l *Learner, value string) error {
	if isNone(value) {
		return nil
	}
	v, err := parseWhole(value)
	if err != nil {
		return err
	}
	if l.threads == 0 {
		l.threads = max(v, 0)
	}
	return nil
}

func inverseC(l *Learner, value string) error {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v > 0) {
		return fmt.Errorf("a number above 0 is needed")
	}
	l.linear.C = 1 / v
	return nil
}

func classWeight(balance func(l *Learner)) setter {
	return func(l *Learner, value string) error {
		switch {
		case isNone(value):
		case strings.EqualFold(value, "balanced"):
			balance(l)
		default:
			return fmt.Errorf("balanced or none is needed (scale_pos_weight takes a number)")
		}
		return nil
	}
}

func forestClassWeight(l *Learner, value string) error {
	if strings.EqualFold(value, "balanced_subsample") {
		l.forest.Balance = forest.BalancedSubsample
		return nil
	}
	return classWeight(func(l *Learner) { l.forest.Balance = forest.Balanced })(l, value)
}

func criterionOf(l *Learner, value string) error {
	switch value {
	case "gini":
		l.forest.Criterion = forest.Gini
	case "entropy", "log_loss":
		l.forest.Criterion = forest.Entropy
	default:
		return fmt.Errorf("gini, entropy or log_loss is needed")
	}
	return nil
}

// maxFeatures reads 1 as one column and 1.0 as all of them, as scikit-learn does.
func maxFeatures(l *Learner, value string) error {
	switch {
	case value == "sqrt" || value == "auto":
		l.forest.Features = forest.Features{Rule: forest.Sqrt}
		return nil
	case value == "log2":
		l.forest.Features = forest.Features{Rule: forest.Log2}
		return nil
	case isNone(value) || value == "all":
		l.forest.Features = forest.Features{Rule: forest.All}
		return nil
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Errorf("sqrt, log2, none, a share or a number of columns is needed")
	}
	l.forest.Features = forest.Features{Rule: forest.Count, Value: v}
	if strings.ContainsAny(value, ".eE") {
		l.forest.Features.Rule = forest.Share
	}
	return nil
}

func maxSamples(l *Learner, value string) error {
	if isNone(value) {
		return nil
	}
	if !strings.ContainsAny(value, ".eE") {
		return whole(func(l *Learner) *int { return &l.samples })(l, value)
	}
	return real(func(l *Learner) *float64 { return &l.forest.Sample })(l, value)
}

// wholeOrShare is a number of rows, or a share of them if it has a point.
func wholeOrShare(to func(l *Learner) (*int, *float64)) setter {
	return func(l *Learner, value string) error {
		n, share := to(l)
		if !strings.ContainsAny(value, ".eE") {
			return whole(func(*Learner) *int { return n })(l, value)
		}
		if err := real(func(*Learner) *float64 { return share })(l, value); err != nil {
			return err
		}
		if !(*share > 0 && *share < 1) {
			return fmt.Errorf("a whole number or a share between 0 and 1 is needed")
		}
		return nil
	}
}
