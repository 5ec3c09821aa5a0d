package evaluate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"cratedigger/model"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

// Policy is the way in which a replay chooses what to show next.
type Policy string

// The policies of a replay.
const (
	PolicyGreedy    Policy = "greedy"    // the best of the ranking
	PolicyThompson  Policy = "thompson"  // Thompson sampling of the scores
	PolicyRandom    Policy = "random"    // at random
	PolicyUncertain Policy = "uncertain" // the least certain
)

// Policies are all policies of a replay.
var Policies = []Policy{PolicyGreedy, PolicyThompson, PolicyRandom, PolicyUncertain}

// The protocol of a replay.
const (
	replayPicks   = 5   // videos shown in a round
	replayEvery   = 60  // the model is fitted in each round up to this one, then in every third
	replayClasses = 2   // labels of each class that are needed for a model
	replayShown   = 200 // videos shown at least, for the table; G uses only half of the pool
)

// ReplayOptions of a backtest.
type ReplayOptions struct {
	Policy   Policy
	Repeats  int // default 5
	Seed     uint64
	Parallel int
	Text     feature.Options
	// Favourites is how many songs are told as favourites at the start, each of another
	// artist: the seed draws them from the likes. They are neither shown nor counted.
	Favourites int
	Progress   func(done, total int)
}

// Replay is the result of a backtest.
type Replay struct {
	Policy    Policy
	N, Likes  int
	Hits      [][]float64 // by repeat: likes among the first k shown, at k-1
	G         float64
	GSD       float64
	Random    float64 // G of 200 random replays
	RandomSD  float64
	RandomHit []float64 // mean likes among the first k shown of the random replays, at k-1
}

// Backtest simulates a bot on a label file. The pool is the whole file, and no
// label is known at the start. Each round shows five videos and reveals their
// labels; then rule and model learn from all known labels and rank the rest, as in the
// bot: the rule alone until two labels of each class are known, then beside the model.
// Features are fitted to the whole pool. It ends when half of the pool is shown.
func Backtest(ctx context.Context, f *labels.File, o ReplayOptions) (*Replay, error) {
	if !slices.Contains(Policies, o.Policy) {
		return nil, fmt.Errorf("there is no policy %q; there are %v", o.Policy, Policies)
	}
	if o.Repeats <= 0 {
		o.Repeats = 5
	}
	p, err := NewPool(f, o.Text, o.Seed)
	if err != nil {
		return nil, err
	}
	if o.Favourites < 0 || len(p.y)-o.Favourites < 2*replayPicks || len(p.favourites(o.Favourites, o.Seed)) < o.Favourites {
		return nil, fmt.Errorf("the label file has too few liked videos of different artists for %d favourites", o.Favourites)
	}
	p.told = o.Favourites
	r := &Replay{Policy: o.Policy, N: len(p.y) - p.told, Likes: p.likes - p.told}
	var gs []float64
	for repeat := range o.Repeats {
		hits, err := p.Replay(ctx, o, o.Seed+uint64(repeat)*1_000_003, func(done, total int) {
			if o.Progress != nil {
				o.Progress(repeat*total+done, o.Repeats*total)
			}
		})
		if err != nil {
			return nil, err
		}
		r.Hits = append(r.Hits, hits)
		gs = append(gs, p.Gain(hits))
	}
	r.G, r.GSD = meanSD(gs)
	r.RandomHit = make([]float64, p.shown())
	var random []float64
	const times = 200
	for t := range times {
		hits := p.random(o.Seed + uint64(t) + 77)
		random = append(random, p.Gain(hits))
		for k, h := range hits {
			r.RandomHit[k] += h / times
		}
	}
	r.Random, r.RandomSD = meanSD(random)
	return r, nil
}

// Mean is the mean over the repeats of the likes among the first k shown.
func (r *Replay) Mean(k int) float64 {
	sum := 0.0
	for _, h := range r.Hits {
		sum += h[min(k, len(h))-1]
	}
	return sum / float64(len(r.Hits))
}

// SE is the standard error of Mean.
func (r *Replay) SE(k int) float64 {
	var all []float64
	for _, h := range r.Hits {
		all = append(all, h[min(k, len(h))-1])
	}
	_, sd := meanSD(all)
	return sd / math.Sqrt(float64(len(all)))
}

func meanSD(v []float64) (mean, sd float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		sd += (x - mean) * (x - mean)
	}
	if len(v) > 1 {
		sd = math.Sqrt(sd / float64(len(v)-1))
	}
	return mean, sd
}

// Pool is a label file prepared for replays. Learners and Rows may be changed
// between replays.
type Pool struct {
	Learners []model.Learner
	Rows     model.Rows

	rule   *taste.Rule
	videos []catalog.Video
	y      []float64
	likes  int
	told   int // favourites of a replay
}

// NewPool makes a pool of the labelled rows of a file, with DefaultLearners.
func NewPool(f *labels.File, text feature.Options, seed uint64) (*Pool, error) {
	all, labels := f.Labelled()
	byID := make(map[string]catalog.Video, len(all))
	for _, v := range all {
		byID[v.ID] = v
	}
	p := &Pool{Learners: taste.DefaultLearners()}
	for _, l := range labels {
		y := hardLabel(l.Share)
		p.y = append(p.y, y)
		p.likes += int(y)
		p.videos = append(p.videos, byID[l.VideoID])
	}
	if len(p.y) < 2*replayPicks {
		return nil, errors.New("a replay needs at least ten labelled rows")
	}
	cache := feature.NewCache(text)
	space, err := cache.Space(p.videos, seed)
	if err != nil {
		return nil, err
	}
	p.rule = taste.NewRule(cache, p.videos, queriesOf(p.videos))
	p.Rows, err = taste.Rows(space, cache.Documents(p.videos, nil), p.Learners)
	return p, err
}

// queriesOf are the queries that found any of the videos.
func queriesOf(videos []catalog.Video) (queries []string) {
	for _, v := range videos {
		queries = append(queries, v.Queries...)
	}
	return queries
}

// shown is how many videos a replay shows.
func (p *Pool) shown() int {
	n := len(p.y) - p.told
	return max(n/2, min(n, replayShown))
}

// favourites draws n liked videos of different artists.
func (p *Pool) favourites(n int, seed uint64) (rows []int) {
	seen := map[string]bool{}
	for _, i := range rand.New(rand.NewPCG(seed, 0xfa)).Perm(len(p.y)) {
		artist := ""
		if s := p.videos[i].Song; len(s.Artists) > 0 {
			artist = s.KeyOf(s.Artists[0])
		}
		if len(rows) == n || p.y[i] == 0 || artist != "" && seen[artist] {
			continue
		}
		seen[artist] = true
		rows = append(rows, i)
	}
	return rows
}

// Replay runs one replay and returns the likes among the first k videos shown,
// at k-1. It uses only Policy and Parallel of the options; progress may be nil.
func (p *Pool) Replay(ctx context.Context, o ReplayOptions, seed uint64, progress func(done, total int)) ([]float64, error) {
	total := p.shown()
	rng := rand.New(rand.NewPCG(seed, 0xb7))
	favourites := p.favourites(p.told, seed)
	left := slices.DeleteFunc(rng.Perm(len(p.y)), func(i int) bool { return slices.Contains(favourites, i) })
	var shown []int
	var order []int // the latest ranking, best first; nil: none yet
	for round := 1; len(shown) < total; round++ {
		if progress != nil {
			progress(len(shown), total)
		}
		if o.Policy != PolicyRandom && (order == nil || round <= replayEvery || (round-replayEvery)%3 == 0) {
			var err error
			if order, err = p.rank(ctx, shown, favourites, left, o, rng); err != nil {
				return nil, err
			}
		}
		var next []int
		if order == nil {
			next = append(next, left[:min(replayPicks, len(left))]...)
		} else {
			for _, i := range order {
				if len(next) < replayPicks && slices.Contains(left, i) {
					next = append(next, i)
				}
			}
		}
		left = slices.DeleteFunc(left, func(i int) bool { return slices.Contains(next, i) })
		shown = append(shown, next...)
	}
	return p.hits(shown[:total]), nil
}

// hits returns the likes among the first k of the rows, at k-1.
func (p *Pool) hits(rows []int) []float64 {
	hits := make([]float64, len(rows))
	sum := 0.0
	for k, i := range rows {
		sum += p.y[i]
		hits[k] = sum
	}
	return hits
}

// rank learns from the shown rows and orders the others, best first.
func (p *Pool) rank(ctx context.Context, shown, favourites, left []int, o ReplayOptions, rng *rand.Rand) ([]int, error) {
	s, err := p.score(ctx, shown, favourites, left, o, rng.Uint64())
	if err != nil {
		return nil, err
	}
	worth := make([]float64, len(left))
	for k := range left {
		switch o.Policy {
		case PolicyThompson:
			worth[k] = s[k].Raw + math.Sqrt(s[k].Variance)*rng.NormFloat64()
		case PolicyUncertain:
			worth[k] = s[k].Variance
		default:
			worth[k] = s[k].Raw
		}
	}
	at := make([]int, len(left))
	for k := range at {
		at[k] = k
	}
	sort.SliceStable(at, func(a, b int) bool { return worth[at[a]] > worth[at[b]] })
	out := make([]int, len(left))
	for k, i := range at {
		out[k] = left[i]
	}
	return out, nil
}

// score learns from the shown rows and scores the others by rule and model.
func (p *Pool) score(ctx context.Context, shown, favourites, left []int, o ReplayOptions, seed uint64) ([]taste.Score, error) {
	var told []taste.Told
	for _, i := range favourites {
		told = append(told, taste.Told{VideoID: p.videos[i].ID, Like: true})
	}
	labels, liked := taste.ToldLabels([][]taste.Told{told}), 0
	for _, i := range shown {
		liked += int(p.y[i])
		labels = append(labels, taste.Label{VideoID: p.videos[i].ID, Share: p.y[i], Weight: 1})
	}
	at := make(map[string]int, len(labels))
	for _, i := range slices.Concat(favourites, shown) {
		at[p.videos[i].ID] = i
	}
	d := model.Data{Y: make([]float64, len(labels)), W: make([]float64, len(labels))}
	rows := make([]int, len(labels))
	for k, l := range labels {
		rows[k], d.Y[k], d.W[k] = at[l.VideoID], l.Share, l.Weight
	}
	trust := 0.0
	if liked >= replayClasses && len(shown)-liked >= replayClasses {
		trust = taste.Trust(len(shown))
	}
	scores := make([]taste.Score, len(left))
	if trust < 1 {
		rule, err := p.rule.Learn(pick(p.videos, rows), labels)
		if err != nil {
			return nil, err
		}
		scores = rule.Score(pick(p.videos, left), time.Time{})
	}
	if trust == 0 {
		return scores, nil
	}
	d.Rows = p.Rows.Subset(rows)
	e, err := model.Train(ctx, d, p.Learners, model.Options{Seed: seed, Threads: o.Parallel})
	if err != nil {
		return nil, err
	}
	s, err := e.Score(ctx, p.Rows.Subset(left), o.Parallel)
	if err != nil {
		return nil, err
	}
	for k := range scores {
		scores[k] = taste.Blend(taste.Score{Probability: s.Probability[k], Raw: s.Raw[k], Variance: s.Variance[k]}, scores[k], trust)
	}
	return scores, nil
}

// pick returns the given rows of v.
func pick[T any](v []T, rows []int) []T {
	out := make([]T, len(rows))
	for k, i := range rows {
		out[k] = v[i]
	}
	return out
}

func (p *Pool) random(seed uint64) []float64 {
	favourites := p.favourites(p.told, seed)
	rows := slices.DeleteFunc(rand.New(rand.NewPCG(seed, 0x7a)).Perm(len(p.y)), func(i int) bool { return slices.Contains(favourites, i) })
	return p.hits(rows[:p.shown()])
}

// Gain is G: the area under hits, scaled so that random picks have 0 and
// perfect ones 1.
func (p *Pool) Gain(hits []float64) float64 {
	var a, r, o float64
	n, likes := float64(len(p.y)-p.told), float64(p.likes-p.told)
	for k, h := range hits[:(len(p.y)-p.told)/2] {
		a += h
		r += float64(k+1) * likes / n
		o += min(float64(k+1), likes)
	}
	if o == r {
		return 0
	}
	return (a - r) / (o - r)
}

// Oracle is the most likes that k shown videos can hold.
func (r *Replay) Oracle(k int) float64 { return math.Min(float64(k), float64(r.Likes)) }
