package evaluate

import (
	"context"
	"errors"
	"fmt"
	"math"

	"cratedigger/model"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

// Prediction is the score of one row, by a model that was not trained on it.
type Prediction struct {
	Fold int // of the split
	Row  int
	P    float64
}

// Outcome is the result of one split.
type Outcome struct {
	Split    Split
	Ensemble model.Figures
	Prior    model.Figures
	Learners map[string]model.Figures
	Weights  map[string]float64
	ByRule   bool      // the ensemble was no better out of fold than guessing
	Scores   []float64 // of the rows in Split.Test
	Model    *taste.Model
}

// Evaluation is all splits together.
type Evaluation struct {
	Rows, Positives int
	Outcomes        []Outcome
}

// ErrNoLabels says that a label file has no label at all.
var ErrNoLabels = errors.New("no row of the label file has a label: its column y needs 1 for liked and 0 for not")

// Evaluate fits everything, including vocabulary, scales, factors and
// calibration, on each split's training rows only, and measures on its test
// rows. Test rows without a label are scored but not measured. Progress counts
// all splits together.
func Evaluate(ctx context.Context, f *labels.File, splits []Split, o taste.Options) (*Evaluation, error) {
	e := &Evaluation{}
	if e.Rows, e.Positives = f.Count(); e.Rows == 0 {
		return nil, ErrNoLabels
	}
	videos, labels := f.Labelled()
	byVideo := make(map[string]taste.Label, len(labels))
	for _, l := range labels {
		byVideo[l.VideoID] = l
	}
	for i, s := range splits {
		inner := o
		inner.SkipImportances = i < len(splits)-1
		inner.Progress = func(stage string, done, total int) {
			if o.Progress != nil && stage != "features" { // which takes no time beside the others
				o.Progress(stage, i*total+done, len(splits)*total)
			}
		}
		out, err := evaluateSplit(ctx, f, videos, byVideo, s, inner)
		if err != nil {
			return nil, fmt.Errorf("fold %d: %w", s.Fold, err)
		}
		e.Outcomes = append(e.Outcomes, out)
	}
	return e, nil
}

func evaluateSplit(ctx context.Context, f *labels.File, videos []catalog.Video, byVideo map[string]taste.Label, s Split, o taste.Options) (Outcome, error) {
	out := Outcome{Split: s, Learners: map[string]model.Figures{}}
	train := make([]catalog.Video, len(s.Train))
	labels := make([]taste.Label, len(s.Train))
	for k, i := range s.Train {
		train[k], labels[k] = videos[i], byVideo[videos[i].ID]
	}
	test := make([]catalog.Video, len(s.Test))
	var y []float64
	var known []int // of the test rows, those with a label
	for k, i := range s.Test {
		test[k] = videos[i]
		if label := f.Rows[i].Y; label != nil {
			known, y = append(known, k), append(y, hardLabel(*label))
		}
	}
	m, err := taste.Train(ctx, train, labels, o)
	if err != nil {
		return out, err
	}
	out.Model = m
	p, err := m.Predict(ctx, test)
	if err != nil {
		return out, err
	}
	out.Scores, out.ByRule = p.Probability, !m.Learned()
	base := make([]float64, len(test))
	for i := range base {
		base[i] = p.BaseRate
	}
	measure := func(p []float64) model.Figures { return model.Measure(y, pick(p, known), nil) }
	out.Ensemble, out.Prior = measure(p.Probability), measure(base)
	for name, scores := range p.Learners {
		out.Learners[name] = measure(scores)
	}
	out.Weights = p.Weights
	return out, nil
}

func hardLabel(share float64) float64 {
	if share >= 0.5 {
		return 1
	}
	return 0
}

// Predictions are the scores of all test rows, in the order of the splits.
func (e *Evaluation) Predictions() []Prediction {
	var out []Prediction
	for _, o := range e.Outcomes {
		for k, i := range o.Split.Test {
			out = append(out, Prediction{o.Split.Fold, i - o.Split.Offset, o.Scores[k]})
		}
	}
	return out
}

// Spread is the mean of a figure over the splits, and its standard deviation
// (with n-1; 0 for one split). Splits where the figure is undefined, with one
// class among the test rows, are left out; if none remains, both are NaN.
func (e *Evaluation) Spread(figure func(Outcome) float64) (mean, sd float64) {
	n, sum, sq := 0.0, 0.0, 0.0
	for _, o := range e.Outcomes {
		v := figure(o)
		if math.IsNaN(v) {
			continue
		}
		n++
		sum += v
		sq += v * v
	}
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	mean = sum / n
	if n > 1 {
		sd = math.Sqrt(max(0, (sq-n*mean*mean)/(n-1)))
	}
	return mean, sd
}
