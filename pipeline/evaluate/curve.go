package evaluate

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"cratedigger/model"
	"cratedigger/model/metric"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

// curveRepeats is how many runs a learning curve averages.
const curveRepeats = 3

// Curve is a learning curve: the average precision on the test rows by number
// of labels, chosen by active learning and at random.
type Curve struct {
	Repeats        int
	Labels         []int
	Active, Random []float64
}

// ErrTooFew says that there are too few rows for a learning curve.
var ErrTooFew = errors.New("there are too few rows for a learning curve")

// LearningCurve hides the labels of a split's training rows and reveals more
// and more of them, once by active learning and once at random, both starting
// with the same ten. progress may be nil.
func LearningCurve(ctx context.Context, f *labels.File, s Split, text feature.Options, seed uint64, progress func(done, total int)) (*Curve, error) {
	var sizes []int
	for n := 20; n <= len(s.Train) && n <= 640; n *= 2 {
		sizes = append(sizes, n)
	}
	videos, _ := f.Labelled()
	gather := func(rows []int) (out []catalog.Video, y []float64) {
		for _, i := range rows {
			if label := f.Rows[i].Y; label != nil {
				out, y = append(out, videos[i]), append(y, hardLabel(*label))
			}
		}
		return out, y
	}
	trainVideos, y := gather(s.Train)
	testVideos, testY := gather(s.Test)
	if len(sizes) < 2 || len(testY) < 10 {
		return nil, ErrTooFew
	}
	cache := feature.NewCache(text)
	space, err := cache.Space(trainVideos, seed)
	if err != nil {
		return nil, err
	}
	learners := taste.DefaultLearners()
	docs := cache.Documents(trainVideos, nil)
	rows, err := taste.Rows(space, docs, learners)
	if err != nil {
		return nil, err
	}
	test, err := taste.Rows(space, cache.Documents(testVideos, nil), learners)
	if err != nil {
		return nil, err
	}
	factors := space.Factors(docs)
	c := &Curve{Repeats: curveRepeats, Labels: sizes, Active: make([]float64, len(sizes)), Random: make([]float64, len(sizes))}
	done := 0
	for repeat := range curveRepeats {
		for _, active := range []bool{true, false} {
			rng := rand.New(rand.NewPCG(seed+uint64(repeat), 0xac7))
			left := rng.Perm(len(y))
			known := slices.Clone(left[:10])
			left = left[10:]
			for k, size := range sizes {
				ap := float64(0)
				for {
					e, err := model.Train(ctx, model.Data{Rows: rows.Subset(known), Y: pick(y, known)}, learners, model.Options{Seed: seed})
					oneClass := errors.Is(err, model.ErrOneClass)
					if err != nil && !oneClass {
						return nil, err
					}
					if len(known) >= size {
						if oneClass {
							ap = metric.AveragePrecision(testY, make([]float64, len(testY)), nil)
							break
						}
						scores, err := e.Score(ctx, test, 0)
						if err != nil {
							return nil, err
						}
						ap = metric.AveragePrecision(testY, scores.Probability, nil)
						break
					}
					step := min(size-len(known), max(10, len(known)/2))
					next := left[:step]
					if active && !oneClass {
						scores, err := e.Score(ctx, rows.Subset(left), 0)
						if err != nil {
							return nil, err
						}
						next = nil
						for _, k := range taste.Informative(scores, pick(factors, left), step) {
							next = append(next, left[k])
						}
					}
					known = append(known, next...)
					left = slices.DeleteFunc(slices.Clone(left), func(i int) bool { return slices.Contains(known, i) })
				}
				if active {
					c.Active[k] += ap / float64(curveRepeats)
				} else {
					c.Random[k] += ap / float64(curveRepeats)
				}
				done++
				if progress != nil {
					progress(done, 2*curveRepeats*len(sizes))
				}
			}
		}
	}
	return c, nil
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
