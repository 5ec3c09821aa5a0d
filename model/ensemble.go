package model

import (
	"context"
	"errors"
	"fmt"
	"math"

	"cratedigger/model/internal/work"
	"cratedigger/model/metric"
)

// Options of training.
type Options struct {
	Seed     uint64
	Threads  int // at most; 0 means all processors. The result does not depend on it.
	Folds    int // for the weights; 0 means by the number of rows
	Progress func(done, total int)
}

// Ensemble is learners with weights and a calibration.
type Ensemble struct {
	Learners []Learner
	Report   Report
	fitted   []fitted
	stack    stack
	curve    calibration
	alone    []stack // by learner: its calibration when it stands alone
}

// Report is what training measured, on rows that the scoring model had not seen.
type Report struct {
	Rows     int                `json:"rows"`
	BaseRate float64            `json:"base_rate"`
	Weights  map[string]float64 `json:"weights"`            // by learner, adding up to 1
	Learners map[string]Figures `json:"learners"`           // out of fold, each calibrated alone
	Ensemble Figures            `json:"ensemble"`           // out of fold, weights and calibration too
	Prior    Figures            `json:"prior"`              // the base rate of the other folds
	Isotonic bool               `json:"isotonic,omitempty"` // probabilities are corrected by an isotonic map
	Useful   bool               `json:"better_than_prior"`  // out of fold, in log loss or in order (ROC AUC)

	// OutOfFold is the ensemble's probability of each row, RawOutOfFold the
	// log-odds behind it; neither is kept in files.
	OutOfFold    []float64 `json:"-"`
	RawOutOfFold []float64 `json:"-"`
}

// Figures are the three measures used throughout.
type Figures struct {
	AveragePrecision float64 `json:"average_precision"`
	ROCAUC           float64 `json:"roc_auc"`
	LogLoss          float64 `json:"log_loss"`
}

// Measure computes the figures of probabilities p.
func Measure(y, p, w []float64) Figures {
	return Figures{metric.AveragePrecision(y, p, w), metric.ROCAUC(y, p, w), metric.LogLoss(y, p, w)}
}

// ErrOneClass says that all labels are the same, so that nothing can be learned.
var ErrOneClass = errors.New("all labels are of one class; there is nothing to tell apart yet")

// Train trains the learners on d and finds their weights. Each learner is first
// trained K times, without one of K folds each time; its scores of the left out
// folds give the weights, the calibration and the report. Then it is trained on
// all rows. With labels of one class only, the error is ErrOneClass.
func Train(ctx context.Context, d Data, learners []Learner, o Options) (*Ensemble, error) {
	raw, all, fold, err := outOfFold(ctx, d, learners, o, true)
	if err != nil {
		return nil, err
	}
	k := maxOf(fold) + 1
	e := &Ensemble{Learners: learners, fitted: all}
	if e.stack, e.Report, err = report(d, learners, raw, fold, k); err != nil {
		return nil, err
	}
	for l := range raw {
		e.alone = append(e.alone, fitStack(raw[l:l+1], d.Y, d.W, alone))
	}
	rows, joint := make([]int, d.Len()), make([]float64, d.Len())
	for i := range rows {
		rows[i], joint[i] = i, e.stack.raw(raw, i)
	}
	if e.curve, err = fitCalibration(d, rows, joint); err != nil {
		return nil, err
	}
	e.Report.Isotonic = e.curve.isotonic != nil
	return e, nil
}

// CrossValidate returns the report that Train would make, without training on all
// rows.
func CrossValidate(ctx context.Context, d Data, learners []Learner, o Options) (Report, error) {
	raw, _, fold, err := outOfFold(ctx, d, learners, o, false)
	if err != nil {
		return Report{}, err
	}
	_, r, err := report(d, learners, raw, fold, maxOf(fold)+1)
	return r, err
}

// outOfFold splits the rows into folds and trains on them; with whole, on all rows
// too.
func outOfFold(ctx context.Context, d Data, learners []Learner, o Options, whole bool) (raw [][]float64, all []fitted, fold []int, err error) {
	if err := d.check(); err != nil {
		return nil, nil, nil, err
	}
	if len(learners) == 0 {
		return nil, nil, nil, errors.New("an ensemble needs a learner")
	}
	if oneClass(d.Y, d.W) {
		return nil, nil, nil, ErrOneClass
	}
	k := o.Folds
	if k <= 0 {
		k = foldCount(d.Len())
	}
	fold = Folds(d.Y, k, o.Seed)
	raw, all, err = fitFolds(ctx, d, learners, fold, maxOf(fold)+1, whole, o)
	return raw, all, fold, err
}

// fitFolds trains every learner without each fold, and with whole on all rows,
// and returns the out-of-fold scores by learner, and the ones trained on all.
func fitFolds(ctx context.Context, d Data, learners []Learner, fold []int, k int, whole bool, o Options) ([][]float64, []fitted, error) {
	n := len(fold)
	inside, outside := make([][]int, k+1), make([][]int, k+1)
	for f := range k + 1 { // no row is in fold k, so that all rows are inside it
		for i := range n {
			if fold[i] == f {
				outside[f] = append(outside[f], i)
			} else {
				inside[f] = append(inside[f], i)
			}
		}
	}
	held := make([]Rows, k)
	for f := range k {
		held[f] = d.Subset(outside[f])
	}
	raw := make([][]float64, len(learners))
	for l := range raw {
		raw[l] = make([]float64, n)
	}
	all := make([]fitted, len(learners))
	total := len(learners) * (k + 1)
	errs := make([]error, total)
	done := make(chan struct{}, total)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for i := 1; i <= total; i++ {
			<-done
			if o.Progress != nil {
				o.Progress(i, total)
			}
		}
	}()
	work.Each(total, o.Threads, func(t int) {
		defer func() { done <- struct{}{} }()
		l, f := t/(k+1), t%(k+1)
		if errs[t] = ctx.Err(); errs[t] != nil || f == k && !whole {
			return
		}
		if f < k && oneClass(pick(d.Y, inside[f]), pick(d.W, inside[f])) {
			// From labels of one class only a constant can be learned.
			c := logit(mean(pick(d.Y, inside[f]), pick(d.W, inside[f])))
			for _, i := range outside[f] {
				raw[l][i] = c
			}
			return
		}
		m, err := learners[l].fit(ctx, d, inside[f], o.Seed+uint64(t)*0x9e3779b97f4a7c15, 1)
		if err != nil {
			errs[t] = err
			return
		}
		if f == k {
			all[l] = m
			return
		}
		scores, err := m.scores(held[f], 1)
		if err != nil {
			errs[t] = err
			return
		}
		for j, i := range outside[f] {
			if math.IsNaN(scores[j]) || math.IsInf(scores[j], 0) {
				errs[t] = fmt.Errorf("learner %s gave row %d the score %v", learners[l].Name, i, scores[j])
				return
			}
			raw[l][i] = scores[j]
		}
	})
	<-finished
	return raw, all, errors.Join(firstError(errs))
}

// alone is the start of a learner that stands alone.
var alone = [][]float64{{1}}

// report finds the weights and measures them out of fold. Weights and
// calibrations, too, are fitted without the fold that they are measured on.
func report(d Data, learners []Learner, raw [][]float64, fold []int, k int) (stack, Report, error) {
	starts := d.starts(learners)
	n := len(fold)
	s := fitStack(raw, d.Y, d.W, starts)
	r := Report{Rows: n, BaseRate: mean(d.Y, d.W), Weights: map[string]float64{}, Learners: map[string]Figures{}}
	for l, share := range s.shares() {
		r.Weights[learners[l].Name] = share
	}
	ensemble, odds, prior := make([]float64, n), make([]float64, n), make([]float64, n)
	single := make([][]float64, len(learners))
	for l := range single {
		single[l] = make([]float64, n)
	}
	for f := range k {
		var in, out []int
		for i := range n {
			if fold[i] == f {
				out = append(out, i)
			} else {
				in = append(in, i)
			}
		}
		y, w := pick(d.Y, in), pick(d.W, in)
		part := make([][]float64, len(raw))
		for l := range raw {
			part[l] = pick(raw[l], in)
			a := fitStack(part[l:l+1], y, w, alone)
			for _, i := range out {
				single[l][i] = sigmoid(a.raw([][]float64{raw[l]}, i))
			}
		}
		a := fitStack(part, y, w, starts)
		joint := make([]float64, n)
		for i := range joint {
			joint[i] = a.raw(raw, i)
		}
		curve, err := fitCalibration(d, in, joint)
		if err != nil {
			return s, r, err
		}
		base := mean(y, w)
		for _, i := range out {
			ensemble[i], odds[i] = curve.probability(joint[i]), joint[i]
			prior[i] = base
		}
	}
	var rows []int
	for i := range n {
		if d.Aside == nil || !d.Aside[i] {
			rows = append(rows, i)
		}
	}
	spread, y, w := d.hard(rows)
	for l := range learners {
		r.Learners[learners[l].Name] = Measure(y, pick(single[l], spread), w)
	}
	r.Ensemble = Measure(y, pick(ensemble, spread), w)
	r.Prior = Measure(y, pick(prior, spread), w)
	// A fold without likes has a higher base rate in the others: that orders the folds, by
	// the labels that are measured. Guessing has no order.
	none := Measure(y, make([]float64, len(y)), w)
	r.Prior.AveragePrecision, r.Prior.ROCAUC = none.AveragePrecision, none.ROCAUC
	// With few labels the slope of the calibration is uncertain, and a good order may
	// have a log loss above the base rate's.
	r.Useful = r.Ensemble.LogLoss < r.Prior.LogLoss || r.Ensemble.ROCAUC > 0.5
	r.OutOfFold, r.RawOutOfFold = ensemble, odds
	return s, r, nil
}

func oneClass(y, w []float64) bool {
	var yes, no bool
	for i, v := range y {
		if weightOf(w, i) > 0 {
			yes = yes || v >= 0.5
			no = no || v < 0.5
		}
	}
	return !yes || !no
}

func pick(values []float64, rows []int) []float64 {
	if values == nil {
		return nil
	}
	out := make([]float64, len(rows))
	for k, i := range rows {
		out[k] = values[i]
	}
	return out
}

func maxOf(v []int) int {
	best := 0
	for _, x := range v {
		best = max(best, x)
	}
	return best
}

func firstError(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
