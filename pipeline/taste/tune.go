package taste

import (
	"context"
	"slices"
	"time"

	"cratedigger/model"
	"cratedigger/model/tune"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
)

// Tuning is a search for parameters, stored in the card.
type Tuning struct {
	At     time.Time    `json:"at"`
	Data   string       `json:"data"`   // hash of the labels that were searched on
	Names  []string     `json:"names"`  // of the coordinates of a trial's point
	Trials []tune.Trial `json:"trials"` // in order; the loss is the ensemble's log loss out of fold
	Best   []float64    `json:"best"`
}

// knob is one parameter to search, either of the text features or of one learner.
type knob struct {
	tune.Dimension
	text    func(*feature.Options) *int
	learner string
	whole   func(*model.Learner) *int
	real    func(*model.Learner) *float64
}

func (k *knob) get(learners []model.Learner, text *feature.Options) float64 {
	if k.text != nil {
		return float64(*k.text(text))
	}
	i := slices.IndexFunc(learners, func(l model.Learner) bool { return l.Name == k.learner })
	if k.whole != nil {
		return float64(*k.whole(&learners[i]))
	}
	return *k.real(&learners[i])
}

func (k *knob) set(learners []model.Learner, text *feature.Options, v float64) {
	if k.text != nil {
		*k.text(text) = int(v)
		return
	}
	i := slices.IndexFunc(learners, func(l model.Learner) bool { return l.Name == k.learner })
	if k.whole != nil {
		*k.whole(&learners[i]) = int(v)
		return
	}
	*k.real(&learners[i]) = v
}

// knobs are the parameters to search for these learners, each in a range around
// its default.
func knobs(learners []model.Learner) []knob {
	text := func(name string, low, high float64, f func(*feature.Options) *int) knob {
		return knob{Dimension: tune.Dimension{Name: "text." + name, Low: low, High: high, Whole: true}, text: f}
	}
	out := []knob{
		text("word_grams", 1, 3, func(o *feature.Options) *int { return &o.WordGrams }),
		text("char_high", 3, 6, func(o *feature.Options) *int { return &o.CharHigh }),
		text("min_docs", 2, 4, func(o *feature.Options) *int { return &o.MinDocs }),
	}
	for _, l := range learners {
		real := func(name string, low, high float64, log bool, f func(*model.Learner) *float64) {
			out = append(out, knob{Dimension: tune.Dimension{Name: l.Name + "." + name, Low: low, High: high, Log: log}, learner: l.Name, real: f})
		}
		whole := func(name string, low, high float64, f func(*model.Learner) *int) {
			out = append(out, knob{Dimension: tune.Dimension{Name: l.Name + "." + name, Low: low, High: high, Whole: true}, learner: l.Name, whole: f})
		}
		switch {
		case l.Linear != nil:
			real("c", 0.01, 30, true, func(l *model.Learner) *float64 { return &l.Linear.C })
		case l.Boost != nil:
			whole("trees", 50, 200, func(l *model.Learner) *int { return &l.Boost.Trees })
			whole("leaves", 3, 15, func(l *model.Learner) *int { return &l.Boost.Leaves })
			real("learning_rate", 0.02, 0.2, true, func(l *model.Learner) *float64 { return &l.Boost.LearningRate })
			whole("min_data", 2, 20, func(l *model.Learner) *int { return &l.Boost.MinData })
			real("feature_fraction", 0.1, 1, false, func(l *model.Learner) *float64 { return &l.Boost.FeatureFraction })
			real("bagging_fraction", 0.5, 1, false, func(l *model.Learner) *float64 { return &l.Boost.BaggingFraction })
		case l.Forest != nil:
			whole("min_leaf", 1, 8, func(l *model.Learner) *int { return &l.Forest.MinLeaf })
		}
	}
	return out
}

// cloned returns copies of learners, whose parameters may be changed.
func cloned(learners []model.Learner) []model.Learner {
	out := slices.Clone(learners)
	for i := range out {
		l := &out[i]
		if l.Linear != nil {
			p := *l.Linear
			l.Linear = &p
		}
		if l.Boost != nil {
			p := *l.Boost
			l.Boost = &p
		}
		if l.Forest != nil {
			p := *l.Forest
			l.Forest = &p
		}
	}
	return out
}

// textsKept is how many rows of features, over all text settings, are cached
// during a search.
const textsKept = 12_000

// search looks for parameters of text and learners together that minimise the
// ensemble's log loss out of fold. During the search features are fitted to the
// labelled videos only.
func search(ctx context.Context, rows []catalog.Video, labels []Label, learners []model.Learner, text feature.Options, data string, o Options) ([]model.Learner, feature.Options, *Tuning, error) {
	ks := knobs(learners)
	space, start := make([]tune.Dimension, len(ks)), make([]float64, len(ks))
	t := &Tuning{At: o.Now.UTC(), Data: data}
	for i, k := range ks {
		start[i] = k.get(learners, &text)
		k.Low, k.High = min(k.Low, start[i]), max(k.High, start[i])
		space[i] = k.Dimension
		t.Names = append(t.Names, k.Name)
	}
	apply := func(point []float64) ([]model.Learner, feature.Options) {
		ls, fo := cloned(learners), text
		for i := range ks {
			ks[i].set(ls, &fo, point[i])
		}
		return ls, fo
	}
	read := textReader{rows: rows, labels: labels, seed: o.Seed, most: max(4, textsKept/max(1, len(rows)))}
	loss := func(ctx context.Context, point []float64) (float64, error) {
		ls, fo := apply(point)
		d, err := read.data(fo, ls)
		if err != nil {
			return 0, err
		}
		r, err := model.CrossValidate(ctx, d, ls, model.Options{Seed: o.Seed, Threads: o.Parallel, Folds: 3})
		return r.Ensemble.LogLoss, err
	}
	tried := func(history []tune.Trial) {
		if o.Keep != nil {
			kept := *t
			kept.Trials = history
			o.Keep(&kept)
		}
	}
	so := tune.Options{Trials: o.Trials, Budget: o.TrialTime, Now: o.Clock, Seed: o.Seed, Tried: tried, Progress: func(done, total int) {
		if o.Progress != nil {
			o.Progress("tuning", done, total)
		}
	}}
	if r := o.Resume; r != nil && r.Data == data && slices.Equal(r.Names, t.Names) && len(r.Trials) > 0 && slices.Equal(r.Trials[0].Point, start) {
		so.History = r.Trials
	}
	best, history, err := tune.Search(ctx, space, start, so, loss)
	if err != nil {
		return nil, text, nil, err
	}
	t.Trials, t.Best = history, best.Point
	learners, text = apply(best.Point)
	return learners, text, t, nil
}

// textReader makes training data for different text settings, with features
// fitted to the labelled videos only.
type textReader struct {
	rows   []catalog.Video
	labels []Label
	seed   uint64
	most   int // settings that are cached at most

	caches map[[3]int]*feature.Cache // by n-grams
	kept   map[[4]int]model.Data     // by n-grams and least documents
}

func (t *textReader) data(o feature.Options, learners []model.Learner) (model.Data, error) {
	grams := [3]int{o.WordGrams, o.CharLow, o.CharHigh}
	key := [4]int{o.WordGrams, o.CharLow, o.CharHigh, o.MinDocs}
	if d, ok := t.kept[key]; ok {
		return d, nil
	}
	if t.kept == nil || len(t.kept) == t.most {
		t.kept, t.caches = map[[4]int]model.Data{}, map[[3]int]*feature.Cache{}
	}
	cache := t.caches[grams]
	if cache == nil {
		cache = feature.NewCache(o)
	}
	cache = cache.With(o)
	t.caches[grams] = cache
	s, err := cache.Space(t.rows, t.seed)
	if err != nil {
		return model.Data{}, err
	}
	d, err := trainingData(cache, s, t.rows, t.labels, learners)
	if err == nil {
		t.kept[key] = d
	}
	return d, err
}
