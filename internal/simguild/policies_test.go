package simguild_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/chart"
	"cratedigger/internal/simguild"
	"cratedigger/model"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/evaluate"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

const picksADay = 5

var firstDay = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// What traits are called in titles, and words that say nothing of them.
var (
	genres  = named("g", "jazz", "techno", "metal", "folk", "samba", "hip hop", "ambient", "punk", "soul", "opera", "reggae", "country", "dubstep", "tango", "shoegaze", "gospel")
	moods   = named("m", "dreamy", "furious", "gloomy", "joyful", "tender", "haunting")
	formats = named("f", "acoustic", "remix", "live session", "full album", "playlist", "instrumental", "cover", "dj set")
	words   = []string{"river", "night", "stone", "paper", "winter", "mirror", "yellow", "engine", "harbour", "garden", "silver", "thunder", "window", "letters", "copper", "island"}
)

func named(kind string, names ...string) map[string]string {
	out := map[string]string{}
	for i, name := range names {
		out[fmt.Sprint(kind, i)] = name
	}
	return out
}

// crate makes videos whose titles and channels hint at their traits as real
// ones do: often, and not always.
func crate(seed uint64, traits []simguild.Traits) []catalog.Video {
	rng := rand.New(rand.NewPCG(seed, 2))
	videos := make([]catalog.Video, len(traits))
	for i, v := range traits {
		title := []string{words[rng.IntN(len(words))], words[rng.IntN(len(words))]}
		for _, hint := range []string{genres[v.Genre], moods[v.Mood], formats[v.Format]} {
			if rng.Float64() < 0.85 {
				title = append(title, hint)
			}
		}
		views, seconds := int64(math.Exp(6+6*v.Quality+rng.NormFloat64())), int64(180)
		channel := fmt.Sprint(genres[v.Genre], " channel ", rng.IntN(4))
		videos[i] = catalog.Video{Video: youtube.Video{ID: fmt.Sprintf("v%010d", i), Title: strings.Join(title, " "), Channel: channel,
			Category: "Music", Views: &views, DurationSeconds: &seconds}, Status: youtube.StatusOK}
	}
	return videos
}

// regrets lets a policy pick for a guild whose taste drifts, and returns after
// each day how many more of the picks could have been liked so far.
func regrets(ctx context.Context, policy evaluate.Policy, seed uint64, days, pool int, learners []model.Learner) ([]float64, error) {
	traits := sample(seed, pool)
	videos := crate(seed, traits)
	guild := simguild.New(simguild.Options{Seed: seed, Sample: traits, Drift: 0.03})
	rng := rand.New(rand.NewPCG(seed, 77))
	cache := feature.NewCache(feature.Options{Factors: -1})
	left := rng.Perm(pool)
	var labels []taste.Label
	var out []float64
	regret := 0.0
	var m *taste.Model
	for day := range days {
		worth := make(map[int]float64, len(left))
		for _, i := range left {
			worth[i] = rng.Float64()
		}
		if policy != evaluate.PolicyRandom && taste.Ready(labels) {
			var err error
			if m == nil || day%5 == 0 {
				if m, err = taste.Train(ctx, videos, labels, taste.Options{Seed: seed, Now: firstDay, Cache: cache, Learners: learners}); err != nil {
					return nil, err
				}
			}
			scores, err := m.Score(ctx, videos, firstDay)
			if err != nil {
				return nil, err
			}
			for _, i := range left {
				if !m.Learned() {
					break // the rule says the same of all of these
				}
				worth[i] = scores[i].Raw
				if policy == evaluate.PolicyThompson {
					worth[i] += math.Sqrt(scores[i].Variance) * rng.NormFloat64()
				}
			}
		}
		slices.SortFunc(left, func(a, b int) int {
			if worth[a] != worth[b] {
				return int(math.Copysign(1, worth[b]-worth[a]))
			}
			return a - b
		})
		liked, there := 0, 0
		for k, i := range left {
			likes := guild.Likes(day, traits[i])
			if likes {
				there++
			}
			if k >= picksADay {
				continue
			}
			share := 0.0
			if likes {
				liked++
			}
			if likes != (rng.Float64() < 0.05) { // people err
				share = 1
			}
			labels = append(labels, taste.Label{VideoID: videos[i].ID, Share: share, Weight: 1, Voters: 1, KnownAt: firstDay})
		}
		left = left[picksADay:]
		regret += float64(min(picksADay, there) - liked)
		out = append(out, regret)
	}
	return out, nil
}

// Learning pays: over guilds whose taste drifts, both policies that learn miss
// fewer likes than chance. With CRATEDIGGER_LONG=1 all learners play longer,
// and with CRATEDIGGER_CHARTS=DIR the regrets are drawn there.
func TestRegretOfPolicies(t *testing.T) {
	guilds, days, pool := 2, 30, 500
	learners := slices.DeleteFunc(taste.DefaultLearners(), func(l model.Learner) bool {
		return l.Name != "linear" && l.Name != "neighbours" && l.Name != "numbers"
	})
	if os.Getenv("CRATEDIGGER_LONG") == "1" {
		guilds, days, pool, learners = 4, 40, 700, nil
	}
	mean := map[evaluate.Policy][]float64{}
	policies := []evaluate.Policy{evaluate.PolicyGreedy, evaluate.PolicyThompson, evaluate.PolicyRandom}
	for _, policy := range policies {
		mean[policy] = make([]float64, days)
		for seed := range guilds {
			r, err := regrets(t.Context(), policy, uint64(seed+1), days, pool, learners)
			if err != nil {
				t.Fatal(err)
			}
			for day, v := range r {
				mean[policy][day] += v / float64(guilds)
			}
		}
	}
	last := func(p evaluate.Policy) float64 { return mean[p][days-1] }
	t.Logf("likes missed after %d days: greedy %.1f, thompson %.1f, random %.1f", days, last(evaluate.PolicyGreedy), last(evaluate.PolicyThompson), last(evaluate.PolicyRandom))
	for policy, most := range map[evaluate.Policy]float64{evaluate.PolicyGreedy: 0.9, evaluate.PolicyThompson: 0.95} {
		if share := last(policy) / last(evaluate.PolicyRandom); share > most {
			t.Errorf("%s missed %.2f of the likes that chance missed, want at most %.2f", policy, share, most)
		}
	}
	if dir := os.Getenv("CRATEDIGGER_CHARTS"); dir != "" {
		draw(t, filepath.Join(dir, "policies"), policies, mean, guilds)
	}
}

func draw(t *testing.T, path string, policies []evaluate.Policy, mean map[evaluate.Policy][]float64, guilds int) {
	plot := chart.Plot{Title: "Likes missed by policy", About: fmt.Sprintf("Mean of %d simulated servers whose taste drifts; %d picks a day.", guilds, picksADay),
		X: chart.Axis{Label: "day"}, Y: chart.Axis{Label: "likes missed so far"}}
	for _, p := range policies {
		x := make([]float64, len(mean[p]))
		for i := range x {
			x[i] = float64(i + 1)
		}
		plot.Series = append(plot.Series, chart.Series{Name: string(p), X: x, Y: mean[p]})
	}
	lines := chart.Lines(plot)
	png, err := lines.PNG(chart.Light, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{path + ".png": png, path + ".svg": lines.SVG()} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
