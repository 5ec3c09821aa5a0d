package taste_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"cratedigger/internal/reference"
	"cratedigger/model/matrix"
	"cratedigger/model/metric"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

// A listener presses buttons by a real person's labels, and errs in one of ten looks at
// a song. Of the listeners 85 % never press what says no: 👎, or neither.
type listener struct {
	rng   *rand.Rand
	likes []float64
	shy   bool
}

// crowd is what else listeners do: some are away and press nothing under a post, and
// some press 👍 under everything. Of two songs these choose as the others do, and both
// where they like them alike.
type crowd struct{ away, habit float64 }

func (l *listener) likesIt(song int) bool {
	liked := l.likes[song] >= 0.5
	return liked != (l.rng.Float64() < 0.1)
}

// evidence is what a guild of listeners gives by so many presses, each on the next of
// the songs, or the next two: five songs a post, for what nobody votes on.
func evidence(rng *rand.Rand, likes []float64, songs []int, id func(int) string, presses int, c crowd, ofDuels bool) (votes []catalog.Vote, posts []catalog.Post, duels []catalog.Duel) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for shown := 0; presses > 0 && shown+2 <= len(songs); at = at.Add(time.Minute) {
		who := listener{rng, likes, rng.Float64() < 0.85}
		number := rng.IntN(20)
		member, habit := fmt.Sprint("m", number), float64(number) < 20*c.habit
		if ofDuels {
			a, b := songs[shown], songs[shown+1]
			shown += 2
			likesA, likesB := who.likesIt(a), who.likesIt(b)
			choice := catalog.ChoseA
			switch {
			case likesA == likesB && habit, likesA && likesB && rng.IntN(2) == 0:
				choice = catalog.ChoseBoth
			case !likesA && !likesB && who.shy:
				continue // presses nothing
			case !likesA && !likesB:
				choice = catalog.ChoseNeither
			case likesB && !likesA, likesA == likesB && rng.IntN(2) == 0:
				choice = catalog.ChoseB
			}
			duels = append(duels, catalog.Duel{A: id(a), B: id(b), MemberID: member, Choice: choice, At: at})
			presses--
			continue
		}
		song := songs[shown]
		posts = append(posts, catalog.Post{VideoID: id(song), Slot: fmt.Sprint(shown / 5), CreatedAt: at, State: catalog.StateSent})
		shown++
		value := -1
		if rng.Float64() < c.away {
			continue
		} else if habit || who.likesIt(song) {
			value = 1
		} else if who.shy {
			continue
		}
		votes = append(votes, catalog.Vote{VideoID: id(song), MemberID: member, Value: value, At: at})
		presses--
	}
	return votes, posts, duels
}

var (
	measured = time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC)
	crowds   = []crowd{{0, 0}, {0.5, 0}, {0.5, 0.3}}
)

// TestDuelsAgainstLikes compares what the ensemble learns of 20, 40 and 80 answers to
// duels, and of half as many beside half as many single presses, with what it learns of
// as many single presses, in average precision on songs that were not shown. TestDuelWeights
// has not seen these songs.
func TestDuelsAgainstLikes(t *testing.T) {
	if os.Getenv("CRATEDIGGER_LONG") == "" {
		t.Skip("takes minutes; CRATEDIGGER_LONG=1 runs it")
	}
	for _, part := range []struct {
		set     string
		half    uint32
		presses []int
	}{{"geo_t", 1, []int{20, 40, 80}}, {"nat_t", 2, []int{20, 40}}} {
		videos, likes := songsOf(t, part.set, part.half)
		id := func(i int) string { return videos[i].ID }
		var cache *taste.Model
		precision := func(test []int, labels []taste.Label) float64 {
			o := taste.Options{Seed: 1, SkipImportances: true, Now: measured}
			if cache != nil {
				o.Cache = cache.Cache()
			}
			m, err := taste.Train(t.Context(), videos, labels, o)
			if err != nil {
				t.Fatal(err)
			}
			cache = m
			scores, err := m.Predict(t.Context(), matrix.Pick(videos, test))
			if err != nil {
				t.Fatal(err)
			}
			return metric.AveragePrecision(matrix.Pick(likes, test), scores.Probability, nil)
		}
		for _, c := range crowds {
			for _, presses := range part.presses {
				var single, ofDuels, ofBoth []float64
				for repeat := range 20 {
					rng := rand.New(rand.NewPCG(uint64(repeat), 7))
					order := rng.Perm(len(videos))
					test, pool := order[:len(order)*3/10], order[len(order)*3/10:]
					o := taste.VoteOptions{HalfLife: 90 * 24 * time.Hour, Now: measured}
					votes, posts, _ := evidence(rng, likes, pool, id, presses, c, false)
					alone := precision(test, taste.Labels(votes, posts, o))
					_, _, duels := evidence(rng, likes, pool, id, presses, c, true)
					single, ofDuels = append(single, alone), append(ofDuels, precision(test, taste.WithDuels(nil, duels, nil, o))-alone)
					votes, posts, _ = evidence(rng, likes, pool, id, presses/2, c, false)
					_, _, duels = evidence(rng, likes, pool[len(posts):], id, presses/2, c, true)
					ofBoth = append(ofBoth, precision(test, taste.WithDuels(taste.Labels(votes, posts, o), duels, votes, o))-alone)
				}
				base, _ := mean(single)
				gain, se := mean(ofDuels)
				mixed, mixedSE := mean(ofBoth)
				t.Logf("%s/%d, %+v, %d presses: likes %.3f, duels %+.3f ± %.3f, half of each %+.3f ± %.3f", part.set, part.half, c, presses, base, gain, se, mixed, mixedSE)
			}
		}
	}
}

// songsOf are a person's songs and whether they like them: of one half, or with 2 all.
func songsOf(t *testing.T, set string, half uint32) (videos []catalog.Video, likes []float64) {
	r, err := os.Open(reference.File(t, "labels/music/"+set+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := labels.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	all, known := f.Labelled()
	for i, v := range all {
		h := fnv.New32a()
		h.Write([]byte(v.Title))
		if half == 2 || h.Sum32()%2 == half {
			videos, likes = append(videos, v), append(likes, known[i].Share)
		}
	}
	return videos, likes
}

// mean returns the mean and its standard error.
func mean(x []float64) (m, se float64) {
	for _, v := range x {
		m += v / float64(len(x))
	}
	for _, v := range x {
		se += (v - m) * (v - m)
	}
	return m, math.Sqrt(se / float64(len(x)*(len(x)-1)))
}
