package demo

import (
	"context"
	"math/rand/v2"
	"slices"

	"cratedigger/internal/demopage"
	"cratedigger/pipeline/catalog"
)

// dayRate compares one day's picks with random ones.
type dayRate struct {
	day, picks, hits int
	random           float64 // share of hits of random picks
}

// add takes another slot of the same day in.
func (d *dayRate) add(o dayRate) {
	if all := d.picks + o.picks; all > 0 {
		d.random = (d.random*float64(d.picks) + o.random*float64(o.picks)) / float64(all)
	}
	d.picks, d.hits = d.picks+o.picks, d.hits+o.hits
}

// randomPickers is how many independent pickers the bot is compared with; the result
// of one alone would vary too much.
const randomPickers = 20

// randomPicker picks at random from the bot's candidates and shows nothing
// twice.
type randomPicker struct {
	rng   *rand.Rand
	shown map[string]bool
}

// count compares the day's picks with random ones from the same candidates.
func (w *world) count(ctx context.Context, day int, posts []catalog.Post) error {
	today := map[string]bool{}
	rate := dayRate{day: day, picks: len(posts)}
	for _, p := range posts {
		today[p.VideoID] = true
		if w.likes(day, p.VideoID) {
			rate.hits++
		}
	}
	ranked, err := w.service.Loop.Rank(ctx, w.guild, "", 0)
	if err != nil {
		return err
	}
	var candidates []string
	liked := 0
	for _, r := range ranked {
		if !r.Posted || today[r.Video.ID] {
			candidates = append(candidates, r.Video.ID)
			if w.likes(day, r.Video.ID) {
				liked++
			}
		}
	}
	slices.Sort(candidates)
	picked, hits := 0, 0
	for _, r := range w.random {
		n := 0
		for _, i := range r.rng.Perm(len(candidates)) {
			id := candidates[i]
			if n == len(posts) {
				break
			}
			if r.shown[id] {
				continue
			}
			r.shown[id] = true
			n++
			if w.likes(day, id) {
				hits++
			}
		}
		picked += n
	}
	if picked > 0 {
		rate.random = float64(hits) / float64(picked)
	}
	w.posts += len(posts)
	w.mu.Lock()
	if n := len(w.rates); n > 0 && w.rates[n-1].day == day {
		w.rates[n-1].add(rate)
	} else {
		w.rates = append(w.rates, rate)
	}
	w.mu.Unlock()
	w.update(func(s *demopage.State) {
		s.Rates = w.shownRates()
		s.Likes, s.Dislikes = w.secrets() // tastes drift
		s.Believed, s.Doubted = w.beliefs(ranked)
	})
	return w.printPosts(day, posts, len(candidates), liked)
}

// shownRates are the days with picks, as the page shows them. The caller holds w.mu.
func (w *world) shownRates() []demopage.Rate {
	var out []demopage.Rate
	for _, r := range w.rates {
		if r.picks > 0 {
			out = append(out, demopage.Rate{Day: r.day, Bot: float64(r.hits) / float64(r.picks), Random: r.random, Picks: r.picks})
		}
	}
	return out
}
