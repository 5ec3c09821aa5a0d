package simguild_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"cratedigger/internal/simguild"
	"cratedigger/model"
	"cratedigger/model/metric"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/taste"
)

// An audience is a guild that was shown random picks until it gave some votes, and
// what its labels are.
type audience struct {
	videos   []catalog.Video // those that were not shown
	likes    []float64       // of these, by the hidden taste
	all      []catalog.Video
	labels   []taste.Label
	answered float64 // share of the picks
	silent   float64 // share of likes among the weak negatives
}

// listen shows a guild, whose members look at a post with a chance, random picks
// until votes of them were answered.
func listen(seed uint64, look float64, votes int) audience {
	const pool = 1500
	traits := sample(seed, pool)
	a := audience{all: crate(seed, traits)}
	guild := simguild.New(simguild.Options{Seed: seed, Sample: traits, Look: look})
	order := rand.New(rand.NewPCG(seed, 0x91)).Perm(pool)
	var posts []catalog.Post
	var given []catalog.Vote
	answered := map[string]bool{}
	likes := map[string]bool{}
	shown := 0
	for slot := 0; len(answered) < votes && shown+picksADay <= pool/2; slot++ {
		for range picksADay {
			i := order[shown]
			shown++
			p := catalog.Post{ID: fmt.Sprint("post", i), VideoID: a.all[i].ID, Slot: fmt.Sprint(slot), State: catalog.StateSent, CreatedAt: firstDay.Add(-48 * time.Hour)}
			posts = append(posts, p)
			likes[p.VideoID] = guild.Likes(0, traits[i])
			for _, r := range guild.Reactions(0, p.ID, traits[i]) {
				value := -1
				if r.Up {
					value = 1
				}
				if r.Remove {
					continue
				}
				answered[p.VideoID] = true
				given = append(given, catalog.Vote{VideoID: p.VideoID, PostID: p.ID, MemberID: r.Member, Value: value, At: firstDay.Add(-47 * time.Hour)})
			}
		}
	}
	for _, i := range order[pool/2:] {
		a.videos, a.likes = append(a.videos, a.all[i]), append(a.likes, 0)
		if guild.Likes(0, traits[i]) {
			a.likes[len(a.likes)-1] = 1
		}
	}
	a.answered = float64(len(answered)) / float64(shown)
	a.labels = taste.Labels(given, posts, taste.VoteOptions{Now: firstDay, HalfLife: 90 * 24 * time.Hour})
	silent, liked := 0.0, 0.0
	for _, l := range a.labels {
		if l.Weak {
			silent++
			if likes[l.VideoID] {
				liked++
			}
		}
	}
	a.silent = liked / max(1, silent)
	return a
}

// precision is the average precision of model and rule, taught by labels, on the videos
// that were not shown.
func (a audience) precision(t *testing.T, labels []taste.Label) float64 {
	t.Helper()
	cache := feature.NewCache(feature.Options{Factors: -1})
	rule, err := taste.NewRule(cache, a.all, nil).Learn(a.all, labels)
	if err != nil {
		t.Fatal(err)
	}
	scores := rule.Score(a.videos, firstDay)
	if taste.Ready(labels) {
		learners := slices.DeleteFunc(taste.DefaultLearners(), func(l model.Learner) bool {
			return l.Name != "linear" && l.Name != "neighbours" && l.Name != "numbers"
		})
		m, err := taste.Train(t.Context(), a.all, labels, taste.Options{Seed: 1, Now: firstDay, Cache: cache, Learners: learners, SkipImportances: true})
		if err != nil {
			t.Fatal(err)
		}
		if m.Learned() {
			byModel, err := m.Score(t.Context(), a.videos, firstDay)
			if err != nil {
				t.Fatal(err)
			}
			for i := range scores {
				scores[i] = taste.Blend(byModel[i], scores[i], m.Trust())
			}
		}
	}
	raw := make([]float64, len(scores))
	for i, s := range scores {
		raw[i] = s.Raw
	}
	return metric.AveragePrecision(a.likes, raw, nil)
}

// weighed are labels whose weak negatives weigh as given: 0 leaves them out.
func weighed(labels []taste.Label, weight float64) (out []taste.Label) {
	for _, l := range labels {
		if l.Weak {
			l.Weight = weight
		}
		if l.Weight > 0 {
			out = append(out, l)
		}
	}
	return out
}

// TestSilenceOfQuietMembers: where members answer one pick in twenty, silence says less
// than where they answer two in five, and counts for less; with the weight by the guild's
// own answers the ranking is better than with none, and not worse than with the full one. With
// CRATEDIGGER_LONG=1 there are more guilds.
func TestSilenceOfQuietMembers(t *testing.T) {
	guilds := 4
	if os.Getenv("CRATEDIGGER_LONG") == "1" {
		guilds = 24
	}
	var silent, weight [2]float64
	for k, c := range []struct {
		name string
		look float64
		rate float64
	}{{"quiet", 0.024, 0.05}, {"busy", 0.215, 0.4}} {
		var none, full []float64 // precision with the guild's own weight less that with another
		var own, answered, base float64
		for seed := range guilds {
			a := listen(uint64(seed)+1, c.look, 36)
			var weak []float64
			for _, l := range a.labels {
				if l.Weak {
					weak = append(weak, l.Weight)
				}
			}
			n := float64(guilds)
			weight[k] += mean(weak) / n
			silent[k] += a.silent / n
			answered += a.answered / n
			base += mean(a.likes) / n
			p := a.precision(t, a.labels)
			own += p / n
			none = append(none, p-a.precision(t, weighed(a.labels, 0)))
			full = append(full, p-a.precision(t, weighed(a.labels, 0.7)))
		}
		t.Logf("%s: answers %.3f of picks; likes %.3f of those in silence, %.3f of all; a weak negative weighs %.3f; precision %.3f, against none %+.3f ± %.3f, against full %+.3f ± %.3f",
			c.name, answered, silent[k], base, weight[k], own, mean(none), deviation(none), mean(full), deviation(full))
		if math.Abs(answered-c.rate) > 0.3*c.rate {
			t.Errorf("%s members answer %.3f of picks, want %.2f", c.name, answered, c.rate)
		}
		if mean(none) < 0.01 {
			t.Errorf("%s: silence adds %.3f to the precision", c.name, mean(none))
		}
		if mean(full) < -deviation(full) {
			t.Errorf("%s: the ranking is worse than where silence weighs the same in every guild", c.name)
		}
	}
	if silent[0] < silent[1] || weight[0] > weight[1]/2 {
		t.Errorf("silence of quiet members hides %.3f likes and weighs %.3f, of busy ones %.3f and %.3f", silent[0], weight[0], silent[1], weight[1])
	}
}

func mean(values []float64) (m float64) {
	for _, v := range values {
		m += v / float64(len(values))
	}
	return m
}

// deviation is the standard error of the mean.
func deviation(values []float64) float64 {
	m, sum := mean(values), 0.0
	for _, v := range values {
		sum += (v - m) * (v - m)
	}
	n := float64(len(values))
	return math.Sqrt(sum / (n - 1) / n)
}
