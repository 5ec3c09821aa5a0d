package taste

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"cratedigger/model"
	"cratedigger/model/matrix"
	"cratedigger/model/record"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
)

// Options of training.
type Options struct {
	Seed     uint64
	Now      time.Time // for the card, and for the age of candidates when scoring by the rule
	Parallel int       // processors; 0 means all. The result does not depend on it.
	Progress func(stage string, done, total int)

	Learners []model.Learner // nil means DefaultLearners
	Features feature.Options
	Cache    *feature.Cache // of videos' features; nil means a new one. Its options replace Features.
	Version  string         // the program's version, for the card
	Votes    int            // of the guild, for the card

	Before *Model // nil, or the current model, whose parameters from a search are kept

	Trials    int           // sets of parameters to try on the training rows; 0 means no search
	TrialTime time.Duration // no trial begins after so long by Clock; 0 means no limit
	Clock     func() time.Time
	Resume    *Tuning       // an interrupted search to continue, if it was on the same labels
	Keep      func(*Tuning) // stores the search after each trial, for Resume

	SkipImportances bool // do not compute Importances
}

// Model is a trained model of one guild's taste. Its methods may be called
// concurrently.
type Model struct {
	card     Card
	space    *feature.Space  // nil when the rule ranks
	ensemble *model.Ensemble // nil when the rule ranks
	cache    *feature.Cache
	titles   []string // of the labelled videos, by training row
	moved    []Part   // see Importances

	outOfFold map[string]heldOut // by video that it learned from

	mu   sync.Mutex
	kept map[*feature.Text][]float64 // cached raw scores, by learner, of the learners that read only text
}

// Score is the score of one video. A video that the model learned from is scored by
// the models of the folds that left its label out.
type Score struct {
	VideoID     string
	Probability float64 // of a like, calibrated where a model ranks alone
	Raw         float64 // log-odds
	Variance    float64 // of Raw: within the leaves of the trees, and between the learners of the whole ensemble; of the rule's columns
	OutOfFold   bool    // the model or the rule learned from the video
}

// heldOut is the out-of-fold score of a training video, with its features as of the
// training.
type heldOut struct{ probability, raw float64 }

// Train learns from labels of videos. Features are fitted to all videos,
// labelled or not; labels of other videos are ignored. If there are too few
// labels (Ready), or the ensemble is no better out of fold than guessing, the
// model ranks by the rule and its card says why; that is no error.
func Train(ctx context.Context, videos []catalog.Video, labels []Label, o Options) (*Model, error) {
	at := make(map[string]int, len(videos))
	for i := range videos {
		at[videos[i].ID] = i
	}
	var rows []catalog.Video
	var known []Label
	for _, l := range labels {
		if i, ok := at[l.VideoID]; ok && l.Weight > 0 {
			rows = append(rows, videos[i])
			known = append(known, l)
		}
	}
	m := &Model{cache: o.Cache, card: newCard(known, len(videos), o)}
	if m.cache == nil {
		m.cache = feature.NewCache(o.Features)
	}
	if !Ready(known) {
		m.card.Rule = RuleFew
		return m, nil
	}
	learners := o.Learners
	if learners == nil {
		learners = DefaultLearners()
	}
	progress := func(stage string, done, total int) {
		if o.Progress != nil {
			o.Progress(stage, done, total)
		}
	}
	if b := o.Before; o.Learners == nil && b != nil && b.card.Tuning != nil && b.space != nil && sameLearners(b.card.Learners, learners) {
		learners, m.card.Tuning = b.card.Learners, b.card.Tuning
		text := b.space.Options()
		text.Packaging = m.cache.Options().Packaging // a setting, not found by a search
		m.cache = m.cache.With(text)
	}
	if o.Trials > 0 {
		tuned, text, t, err := search(ctx, rows, known, learners, m.cache.Options(), m.card.Data, o)
		switch {
		case err == nil:
			learners, m.card.Tuning = tuned, t
			m.cache = m.cache.With(text)
		case !errors.Is(err, model.ErrOneClass):
			return nil, err
		}
	}
	progress("features", 0, len(videos))
	space, err := m.cache.Space(videos, o.Seed)
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	data, err := trainingData(m.cache, space, rows, known, learners)
	if err != nil {
		return nil, err
	}
	progress("features", len(videos), len(videos))
	e, err := model.Train(ctx, data, learners, model.Options{Seed: o.Seed, Threads: o.Parallel,
		Progress: func(done, total int) { progress("training", done, total) }})
	if errors.Is(err, model.ErrOneClass) {
		m.card.Rule = RuleOneClass
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	m.card.learned(e)
	m.card.OutOfFold = outcomes(e.Report.OutOfFold, known)
	if !e.Report.Useful {
		m.card.Rule = RuleNoBetter
	}
	m.space, m.ensemble = space, e
	m.outOfFold = make(map[string]heldOut, len(rows))
	for i, v := range rows {
		m.titles = append(m.titles, v.Title)
		m.outOfFold[v.ID] = heldOut{e.Report.OutOfFold[i], e.Report.RawOutOfFold[i]}
	}
	if !o.SkipImportances {
		if err := m.measureParts(rows, known); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// sameLearners reports whether two ensembles have the same learners, whatever their
// parameters. An older version of the program may have had others.
func sameLearners(a, b []model.Learner) bool {
	return slices.EqualFunc(a, b, func(x, y model.Learner) bool { return x.Name == y.Name && x.Kind == y.Kind && x.View == y.View })
}

// trainingData reads labelled videos as they were known when they were posted.
func trainingData(cache *feature.Cache, space *feature.Space, rows []catalog.Video, labels []Label, learners []model.Learner) (model.Data, error) {
	when := make([]time.Time, len(rows))
	y, w, aside := make([]float64, len(rows)), make([]float64, len(rows)), make([]bool, len(rows))
	for i, l := range labels {
		when[i], y[i], w[i], aside[i] = l.KnownAt, l.Share, l.Weight, l.Told
	}
	r, err := Rows(space, cache.Documents(rows, when), learners)
	return model.Data{Rows: r, Y: y, W: w, Aside: aside}, err
}

// Rows returns the documents as rows in each view of the learners, with the share of
// each view that is known.
func Rows(space *feature.Space, docs []*feature.Document, learners []model.Learner) (model.Rows, error) {
	r := model.Rows{Views: map[string]*matrix.Matrix{}, Groups: map[string][][]record.Member{}, Known: map[string]float64{}}
	for v, share := range feature.Known(docs) {
		r.Known[string(v)] = share
	}
	channels, artists := make([][]record.Member, len(docs)), make([][]record.Member, len(docs))
	for i, d := range docs {
		artists[i] = d.Text.Artists
		if d.Text.Channel != "" {
			channels[i] = []record.Member{{Group: d.Text.Channel, Share: 1}}
		}
	}
	r.Groups[feature.GroupChannel], r.Groups[feature.GroupArtist] = channels, artists
	wanted := views(learners)
	made, errs := make([]*matrix.Matrix, len(wanted)), make([]error, len(wanted))
	var makers sync.WaitGroup
	for k, v := range wanted {
		makers.Go(func() { made[k], errs[k] = space.Matrix(docs, v) })
	}
	makers.Wait()
	if err := errors.Join(errs...); err != nil {
		return r, fmt.Errorf("features: %w", err)
	}
	for k, v := range wanted {
		r.Views[string(v)] = made[k]
	}
	return r, nil
}

// Ranker is who ranks when the model is the champion, of this version.
func (m *Model) Ranker(version int) Ranker { return m.card.Ranker(version) }

// Learned reports whether the ensemble ranks, rather than the rule.
func (m *Model) Learned() bool { return m.ensemble != nil && m.card.Rule == "" }

// TunedAt is when the parameters were searched for; zero if never.
func (m *Model) TunedAt() time.Time {
	if m.card.Tuning == nil {
		return time.Time{}
	}
	return m.card.Tuning.At
}

// Trials is how many sets of parameters the search for this model's tried; 0 without
// a search.
func (m *Model) Trials() int {
	if m.card.Tuning == nil {
		return 0
	}
	return len(m.card.Tuning.Trials)
}

// plain is the rule that ranks in place of a model that has not learned, where nobody
// knows the guild's votes.
func (m *Model) plain(videos []catalog.Video) *Rule { return NewRule(m.cache, videos, nil) }

// Cache is the model's cache of features, for the next training.
func (m *Model) Cache() *feature.Cache { return m.cache }

// Score returns the scores of videos, as they are known at now. No score comes
// from a model that has seen the video's own label.
func (m *Model) Score(ctx context.Context, videos []catalog.Video, now time.Time) ([]Score, error) {
	if !m.Learned() {
		return m.plain(videos).Score(videos, now), nil
	}
	out := make([]Score, len(videos))
	when := make([]time.Time, len(videos))
	for i := range when {
		when[i] = now
	}
	s, err := m.scores(ctx, m.cache.Documents(videos, when))
	if err != nil {
		return nil, err
	}
	for i, v := range videos {
		out[i] = Score{VideoID: v.ID, Probability: s.Probability[i], Raw: s.Raw[i], Variance: s.Variance[i]}
		if h, learned := m.outOfFold[v.ID]; learned {
			out[i].Probability, out[i].Raw, out[i].OutOfFold = h.probability, h.raw, true
		}
	}
	return out, nil
}

// scores scores documents. Scores of learners that read only text are cached by
// text.
func (m *Model) scores(ctx context.Context, docs []*feature.Document) (*model.Scores, error) {
	fixed := func(l model.Learner) bool { return l.Kind == model.Record || feature.View(l.View).Fixed() }
	moving := func(l model.Learner) bool { return !fixed(l) }
	learners := m.ensemble.Learners

	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil || len(m.kept) > 4*len(docs)+10_000 {
		m.kept = make(map[*feature.Text][]float64, len(docs))
	}
	var fresh []*feature.Document
	for _, d := range docs {
		if m.kept[d.Text] == nil {
			m.kept[d.Text] = make([]float64, len(learners))
			fresh = append(fresh, d)
		}
	}
	if len(fresh) > 0 {
		r, err := Rows(m.space, fresh, only(learners, fixed))
		if err == nil {
			var raw [][]float64
			if raw, err = m.ensemble.LearnerScores(ctx, r, 0, fixed); err == nil {
				for l := range raw {
					for k, v := range raw[l] {
						m.kept[fresh[k].Text][l] = v
					}
				}
			}
		}
		if err != nil {
			for _, d := range fresh {
				delete(m.kept, d.Text)
			}
			return nil, err
		}
	}
	r, err := Rows(m.space, docs, only(learners, moving))
	if err != nil {
		return nil, err
	}
	raw, err := m.ensemble.LearnerScores(ctx, r, 0, moving)
	if err != nil {
		return nil, err
	}
	for l := range raw {
		if raw[l] == nil {
			raw[l] = make([]float64, len(docs))
			for i, d := range docs {
				raw[l][i] = m.kept[d.Text][l]
			}
		}
	}
	return m.ensemble.Combine(raw, r, 0)
}

func only(learners []model.Learner, keep func(model.Learner) bool) []model.Learner {
	return slices.DeleteFunc(slices.Clone(learners), func(l model.Learner) bool { return !keep(l) })
}

// partsSample is how many labelled videos' explanations are averaged at most.
const partsSample = 25

// measureParts computes Importances from the newest labelled videos.
func (m *Model) measureParts(rows []catalog.Video, labels []Label) error {
	if !m.Learned() {
		return nil
	}
	from := max(0, len(rows)-partsSample)
	sums := map[Part]float64{}
	for i := from; i < len(rows); i++ {
		x, err := m.Explain(rows[i], labels[i].KnownAt)
		if err != nil {
			return err
		}
		for _, p := range x.Parts {
			if p.Kind != PartRest && p.Kind != PartLike && p.Kind != PartOwn {
				sums[Part{Kind: p.Kind, Name: p.Name}] += p.Weight / float64(len(rows)-from)
			}
		}
	}
	for p, w := range sums {
		p.Weight = w
		m.moved = append(m.moved, p)
	}
	sortParts(m.moved)
	m.moved = m.moved[:min(len(m.moved), 60)]
	m.card.Moved = m.moved
	return nil
}
