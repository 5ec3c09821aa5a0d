package taste_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"cratedigger/model/linear"
	"cratedigger/model/matrix"
	"cratedigger/model/metric"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/taste"
)

// titles are a person's songs in the columns of the linear learner.
type titles struct {
	t     *testing.T
	ids   []string
	likes []float64
	at    map[string]int
	x     *matrix.Matrix
}

func readTitles(t *testing.T, set string, half uint32) titles {
	t.Helper()
	if os.Getenv("CRATEDIGGER_LONG") == "" {
		t.Skip("takes minutes; CRATEDIGGER_LONG=1 runs it")
	}
	videos, likes := songsOf(t, set, half)
	s := titles{t: t, likes: likes, at: map[string]int{}}
	for i, v := range videos {
		s.ids, s.at[v.ID] = append(s.ids, v.ID), i
	}
	cache := feature.NewCache(feature.Options{})
	space, err := cache.Space(videos, 1)
	if err != nil {
		t.Fatal(err)
	}
	if s.x, err = space.Matrix(cache.Documents(videos, nil), feature.ViewText); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s titles) id(i int) string { return s.ids[i] }

// precision is the average precision on the songs of test of the linear learner alone.
func (s titles) precision(rows *matrix.Matrix, y, w []float64, test []int) float64 {
	if slices.Min(y) == slices.Max(y) {
		return metric.AveragePrecision(matrix.Pick(s.likes, test), make([]float64, len(test)), nil)
	}
	m, err := linear.Train(s.t.Context(), rows, y, w, *taste.DefaultLearners()[0].Linear)
	if err != nil {
		s.t.Fatal(err)
	}
	scores, err := m.Score(s.x.Subset(test))
	if err != nil {
		s.t.Fatal(err)
	}
	return metric.AveragePrecision(matrix.Pick(s.likes, test), scores, nil)
}

func (s titles) ofLabels(labels []taste.Label, test []int) float64 {
	var rows []int
	var y, w []float64
	for _, l := range labels { // a soft label is two rows
		rows, y, w = append(rows, s.at[l.VideoID], s.at[l.VideoID]), append(y, 1, 0), append(w, l.Weight*l.Share, l.Weight*(1-l.Share))
	}
	return s.precision(s.x.Subset(rows), y, w, test)
}

// split shuffles the songs: a fifth to test on, and the others to show.
func (s titles) split(repeat int) (rng *rand.Rand, test, pool []int) {
	rng = rand.New(rand.NewPCG(uint64(repeat), 11))
	order := rng.Perm(len(s.ids))
	return rng, order[:len(order)/5], order[len(order)/5:]
}

// TestDuelWeights chooses the weight of the labels that an answer gives, by what the
// linear learner alone learns of 40 presses, half of them on songs and half on duels, on
// one half of a person's songs.
func TestDuelWeights(t *testing.T) {
	s := readTitles(t, "geo_t", 0)
	o := taste.VoteOptions{HalfLife: 90 * 24 * time.Hour, Now: measured}
	for _, w := range []float64{0.25, 0.5, 1, 1.5} {
		var all []float64
		for repeat := range 100 {
			for _, c := range crowds {
				rng, test, pool := s.split(repeat)
				votes, posts, _ := evidence(rng, s.likes, pool, s.id, 20, c, false)
				_, _, duels := evidence(rng, s.likes, pool[len(posts):], s.id, 20, c, true)
				all = append(all, s.ofLabels(taste.DuelsOfWeight(taste.Labels(votes, posts, o), duels, votes, o, w), test))
			}
		}
		precision, se := mean(all)
		t.Logf("weight %v: %.4f ± %.4f", w, precision, se)
	}
}

// TestDuelsAsDifferences compares two ways to learn from a duel, with the
// linear learner alone: the model of Bradley and Terry as a logistic regression on the
// difference of two songs' columns, in which both and neither say nothing, or two
// labels. Likes are the same learner's, on as many single presses.
func TestDuelsAsDifferences(t *testing.T) {
	for _, set := range []string{"geo_t", "nat_t"} {
		s := readTitles(t, set, 2)
		for _, c := range crowds {
			for _, presses := range []int{20, 40, 80} {
				var likes, two, pairs []float64
				for repeat := range 60 {
					rng, test, pool := s.split(repeat)
					o := taste.VoteOptions{HalfLife: 90 * 24 * time.Hour, Now: measured}
					votes, posts, _ := evidence(rng, s.likes, pool, s.id, presses, c, false)
					_, _, duels := evidence(rng, s.likes, pool, s.id, presses, c, true)
					alone := s.ofLabels(taste.Labels(votes, posts, o), test)
					likes, two = append(likes, alone), append(two, s.ofLabels(taste.WithDuels(nil, duels, nil, o), test)-alone)
					rows, y := differences(t, s.x, duels, s.at)
					pairs = append(pairs, s.precision(rows, y, nil, test)-alone)
				}
				base, _ := mean(likes)
				ofTwo, twoSE := mean(two)
				ofPairs, pairsSE := mean(pairs)
				t.Logf("%s, %+v, %d presses: likes %.3f, duels as two labels %+.3f ± %.3f, as differences %+.3f ± %.3f", set, c, presses, base, ofTwo, twoSE, ofPairs, pairsSE)
			}
		}
	}
}

// differences are the columns of what was chosen minus those of what was not, and the
// same the other way round with the label 0.
func differences(t *testing.T, x *matrix.Matrix, duels []catalog.Duel, at map[string]int) (*matrix.Matrix, []float64) {
	b, err := matrix.NewBuilder(x.DenseCols(), x.Cols())
	if err != nil {
		t.Fatal(err)
	}
	var y []float64
	for _, d := range duels {
		if d.Choice != catalog.ChoseA && d.Choice != catalog.ChoseB {
			continue
		}
		for _, sign := range []float64{1, -1} {
			dense, sparse := make([]float64, x.DenseCols()), map[int32]float64{}
			for i, id := range []string{d.A, d.B} {
				side := sign * float64(1-2*i)
				for j, v := range x.Dense(at[id]) {
					dense[j] += side * v
				}
				cols, vals := x.Sparse(at[id])
				for k, c := range cols {
					sparse[c] += side * vals[k]
				}
			}
			var cols []int32
			var vals []float64
			for c, v := range sparse {
				cols, vals = append(cols, c), append(vals, v)
			}
			if err := b.Add(dense, cols, vals); err != nil {
				t.Fatal(fmt.Errorf("a difference: %w", err))
			}
			y = append(y, map[bool]float64{true: 1, false: 0}[(d.Choice == catalog.ChoseA) == (sign > 0)])
		}
	}
	return b.Matrix(), y
}
