package evaluate

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"cratedigger/model"
	"cratedigger/model/metric"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

// Curve is a learning curve: the average precision on test rows by number of labels,
// of the rows that taste.Ask asks about and of rows at random. Each figure is the mean
// of the repeats.
type Curve struct {
	Repeats       int
	Labels        []int
	Asked, Random []float64
	Ahead         []float64 // Asked minus Random
	Error         []float64 // the standard error of Ahead, over the repeats; NaN for one
}

// ErrTooFew says that there are too few rows for a learning curve.
var ErrTooFew = errors.New("there are too few rows for a learning curve")

// LearningCurve hides the labels of a split's training rows and reveals more and more
// of them: of those that taste.Ask asks about, and of those at random. Each repeat
// takes the next split, and begins again after the last; both ways see its rows in the
// same random order, so that they differ only where asking does. progress may be nil.
func LearningCurve(ctx context.Context, f *labels.File, splits []Split, repeats int, text feature.Options, seed uint64, progress func(done, total int)) (*Curve, error) {
	least := len(f.Rows)
	for _, s := range splits {
		least = min(least, len(s.Train))
	}
	c := &Curve{Repeats: repeats}
	for n := 10; n <= least && n <= 640; n *= 2 {
		c.Labels = append(c.Labels, n)
	}
	if len(c.Labels) < 3 {
		return nil, ErrTooFew
	}
	asked, random := make([][]float64, len(c.Labels)), make([][]float64, len(c.Labels)) // by size and repeat
	for repeat := range repeats {
		s, err := newStudy(f, splits[repeat%len(splits)], text, seed+uint64(repeat))
		if err != nil {
			return nil, err
		}
		drawn := rand.New(rand.NewPCG(s.seed, 0xac7)).Perm(len(s.y))
		chosen := pick(drawn, taste.Ask(pick(s.videos, drawn), nil, c.Labels[len(c.Labels)-1]))
		for k, n := range c.Labels {
			for _, way := range []struct {
				rows []int
				of   [][]float64
			}{{chosen, asked}, {drawn, random}} {
				ap, err := s.learn(ctx, way.rows[:n])
				if err != nil {
					return nil, err
				}
				way.of[k] = append(way.of[k], ap)
			}
			if progress != nil {
				progress(repeat*len(c.Labels)+k+1, repeats*len(c.Labels))
			}
		}
	}
	for k := range c.Labels {
		ahead := make([]float64, repeats)
		for r := range ahead {
			ahead[r] = asked[k][r] - random[k][r]
		}
		a, _ := meanSD(asked[k])
		b, _ := meanSD(random[k])
		mean, sd := meanSD(ahead)
		if repeats == 1 {
			sd = math.NaN()
		}
		c.Asked, c.Random = append(c.Asked, a), append(c.Random, b)
		c.Ahead, c.Error = append(c.Ahead, mean), append(c.Error, sd/math.Sqrt(float64(repeats)))
	}
	return c, nil
}

// A study is one split, of which some training rows are learned from.
type study struct {
	seed       uint64
	learners   []model.Learner
	videos     []catalog.Video // of the training rows
	rows, test model.Rows
	y, testY   []float64
}

func newStudy(f *labels.File, split Split, text feature.Options, seed uint64) (*study, error) {
	s := &study{seed: seed, learners: taste.DefaultLearners()}
	all, _ := f.Labelled()
	gather := func(rows []int) (videos []catalog.Video, y []float64) {
		for _, i := range rows {
			if label := f.Rows[i].Y; label != nil {
				videos, y = append(videos, all[i]), append(y, hardLabel(*label))
			}
		}
		return videos, y
	}
	var test []catalog.Video
	s.videos, s.y = gather(split.Train)
	if test, s.testY = gather(split.Test); len(test) < 10 {
		return nil, ErrTooFew
	}
	cache := feature.NewCache(text)
	space, err := cache.Space(s.videos, seed)
	if err != nil {
		return nil, err
	}
	if s.rows, err = taste.Rows(space, cache.Documents(s.videos, nil), s.learners); err != nil {
		return nil, err
	}
	s.test, err = taste.Rows(space, cache.Documents(test, nil), s.learners)
	return s, err
}

// learn is the average precision on the test rows of what was learned from some
// training rows; labels of one class rank nothing.
func (s *study) learn(ctx context.Context, rows []int) (float64, error) {
	rows = slices.Sorted(slices.Values(rows)) // the folds, too, depend on the rows alone
	scores := make([]float64, len(s.testY))
	e, err := model.Train(ctx, model.Data{Rows: s.rows.Subset(rows), Y: pick(s.y, rows)}, s.learners, model.Options{Seed: s.seed})
	switch {
	case err == nil:
		of, err := e.Score(ctx, s.test, 0)
		if err != nil {
			return 0, err
		}
		scores = of.Probability
	case !errors.Is(err, model.ErrOneClass):
		return 0, err
	}
	return metric.AveragePrecision(s.testY, scores, nil), nil
}

// Join concatenates two label files. In its split the labelled rows of the
// first train, and all rows of the second test.
func Join(train, test *labels.File) (*labels.File, Split) {
	f := &labels.File{Rows: append(slices.Clone(train.Rows), test.Rows...), Columns: train.Columns}
	s := Split{Fold: FoldNone, Offset: len(train.Rows)}
	for i, r := range f.Rows {
		switch {
		case i >= s.Offset:
			s.Test = append(s.Test, i)
		case r.Y != nil:
			s.Train = append(s.Train, i)
		}
	}
	return f, s
}
