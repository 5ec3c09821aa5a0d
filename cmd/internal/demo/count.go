package demo

import (
	"cmp"
	"context"
	"fmt"
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

// randomPicker picks at random from the bot's candidates and shows no song twice.
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
	if err := w.listen(ctx, posts); err != nil {
		return err
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
			if what := w.recording(id); r.shown[what] {
				continue
			} else {
				r.shown[what] = true
			}
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
	return w.printPosts(ctx, day, posts, len(candidates), liked)
}

// recording is what a video lets one hear: uploads of a song that sound the same have
// one.
func (w *world) recording(videoID string) string {
	t, _ := w.youtube.Traits(videoID)
	return cmp.Or(t.Recording, videoID)
}

// Repeat is a recording that the bot has posted again.
type Repeat struct {
	First string `json:"first"` // the video: title, channel and id
	Again string `json:"again"` // the same for the later post
	Sure  bool   `json:"sure"`  // the bot was sure of both, which songs they hold
}

// listen looks for repeats among fresh posts.
func (w *world) listen(ctx context.Context, posts []catalog.Post) error {
	for _, p := range posts {
		what := w.recording(p.VideoID)
		first, heard := w.heard[what]
		if !heard {
			w.heard[what] = p.VideoID
			continue
		}
		var words [2]string
		sure := true
		for i, id := range []string{first, p.VideoID} {
			v, ok, err := w.service.Catalog.Video(ctx, id)
			if err != nil {
				return err
			}
			sure = sure && ok && v.Song.Sure()
			words[i] = fmt.Sprintf("%s — %s (%s)", v.Title, v.Channel, id)
		}
		w.repeats = append(w.repeats, Repeat{words[0], words[1], sure})
	}
	return nil
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
