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
	"cratedigger/model/metric"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

// A listener presses buttons by a real person's labels, and errs in one of ten looks at
// a song. Of the listeners 85 % never press what says no: 👎, or neither. Some are away,
// and press nothing at all under a post.
type listener struct {
	rng   *rand.Rand
	likes []float64
	shy   bool
}

func (l *listener) likesIt(song int) bool {
	liked := l.likes[song] >= 0.5
	return liked != (l.rng.Float64() < 0.1)
}

// evidence is what a guild of listeners gives by so many presses, each on the next of
// the songs, or the next two: five songs a post, for what nobody votes on.
func evidence(rng *rand.Rand, likes []float64, songs []int, id func(int) string, presses int, away float64, ofDuels bool) (votes []catalog.Vote, posts []catalog.Post, duels []catalog.Duel) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for shown := 0; presses > 0 && shown+2 <= len(songs); at = at.Add(time.Minute) {
		who := listener{rng, likes, rng.Float64() < 0.85}
		member := fmt.Sprint("m", rng.IntN(20))
		if ofDuels {
			a, b := songs[shown], songs[shown+1]
			shown += 2
			likesA, likesB := who.likesIt(a), who.likesIt(b)
			choice := catalog.ChoseA
			switch {
			case likesA && likesB && rng.IntN(2) == 0:
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
		if rng.Float64() < away {
			continue
		} else if who.likesIt(song) {
			value = 1
		} else if who.shy {
			continue
		}
		votes = append(votes, catalog.Vote{VideoID: id(song), MemberID: member, Value: value, At: at})
		presses--
	}
	return votes, posts, duels
}

// TestDuelsAgainstLikes compares what a model learns of 20, 40 and 80 answers to duels,
// and of half as many beside half as many single presses, with what it learns of as many
// single presses, in average precision on songs that were not shown. On half of a
// person's songs one chooses the weights, the other half and another person report.
func TestDuelsAgainstLikes(t *testing.T) {
	if os.Getenv("CRATEDIGGER_LONG") == "" {
		t.Skip("takes minutes; CRATEDIGGER_LONG=1 runs it")
	}
	const repeats = 20
	for _, part := range []struct {
		set     string
		half    uint32 // 2: all
		presses []int
	}{{"geo_t", 0, []int{20, 40, 80}}, {"geo_t", 1, []int{20, 40, 80}}, {"nat_t", 2, []int{20, 40}}} {
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
			held, y := make([]catalog.Video, len(test)), make([]float64, len(test))
			for k, i := range test {
				held[k], y[k] = videos[i], likes[i]
			}
			scores, err := m.Predict(t.Context(), held)
			if err != nil {
				t.Fatal(err)
			}
			return metric.AveragePrecision(y, scores.Probability, nil)
		}
		for _, away := range []float64{0, 0.5} {
			for _, presses := range part.presses {
				gains := map[string][]float64{}
				var single []float64
				for repeat := range repeats {
					rng := rand.New(rand.NewPCG(uint64(repeat), 7))
					order := rng.Perm(len(videos))
					test, pool := order[:len(order)*3/10], order[len(order)*3/10:]
					o := taste.VoteOptions{HalfLife: 90 * 24 * time.Hour, Now: measured}
					votes, posts, _ := evidence(rng, likes, pool, id, presses, away, false)
					alone := precision(test, taste.Labels(votes, posts, o))
					single = append(single, alone)
					_, _, duels := evidence(rng, likes, pool, id, presses, away, true)
					half, halfPosts, _ := evidence(rng, likes, pool, id, presses/2, away, false)
					_, _, other := evidence(rng, likes, pool[len(halfPosts):], id, presses/2, away, true)
					for _, w := range weights {
						name := fmt.Sprint(w)
						gains[name] = append(gains[name], precision(test, taste.DuelsOfWeight(nil, duels, nil, o, w[0], w[1]))-alone)
						gains["+"+name] = append(gains["+"+name], precision(test, taste.DuelsOfWeight(taste.Labels(half, halfPosts, o), other, half, o, w[0], w[1]))-alone)
					}
				}
				base, _ := mean(single)
				line := fmt.Sprintf("%s/%d, away %g, %d presses: likes %.3f", part.set, part.half, away, presses, base)
				for _, w := range weights {
					gain, se := mean(gains[fmt.Sprint(w)])
					mixed, mixedSE := mean(gains["+"+fmt.Sprint(w)])
					line += fmt.Sprintf("; %v: duels %+.3f ± %.3f, half of each %+.3f ± %.3f", w, gain, se, mixed, mixedSE)
				}
				t.Log(line)
			}
		}
	}
}

var (
	weights  = [][2]float64{{1, 1}, {1, 0.5}, {0.5, 0.5}, {0.5, 0.25}} // of what is liked and what is not
	measured = time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC)
)

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
