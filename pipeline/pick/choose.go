package pick

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
)

// Candidate is a video that may be posted, with its score.
type Candidate struct {
	Video       catalog.Video
	Probability float64 // of a like
	Raw         float64 // log-odds
	Variance    float64 // of Raw
}

// Options say how to choose.
type Options struct {
	N           int     // beside those that are Chosen
	Seed        uint64  // of the draw
	Exploration float64 // from 0, the best by score, to 1, full Thompson sampling
	Wildcard    bool    // whether one pick is uncertain, and unlike what was posted
	ByRule      bool    // the rule ranks, not a model

	Posted   []Posted        // excluded, as are their re-uploads
	Chosen   []catalog.Video // in the slot already: excluded, as is what may not stand beside them
	Disliked []catalog.Video // similar candidates are penalised
	Songs    Songs           // nil: nothing is known of songs

	Packaging *feature.Packaging // is removed from titles before they are compared; nil means the default phrases
}

// Posted is a video that was posted before. Again says that it is long enough ago
// for another upload of its song.
type Posted struct {
	Video catalog.Video
	Again bool
}

// Songs tells who performs what: the key of a video's song and those of its artists,
// empty where they are not sure.
type Songs interface {
	Song(v catalog.Video) string
	Artists(v catalog.Video) []string
}

// Pick is a chosen video.
type Pick struct {
	Candidate
	Policy     catalog.Policy
	Propensity float64 // probability, (0, 1], that the policy picks it from these candidates; for a wildcard, as the wildcard
	Wildcard   bool
	Novelty    float64 // 1 minus its similarity to the most similar other pick or posted video
}

// Result is the picks of a slot, best first.
type Result struct {
	Picks []Pick
	Short string // why there are fewer picks than asked for; "" if there are not
}

const (
	poolSize   = 150 // candidates that take part in the draw
	draws      = 200 // repetitions that estimate propensities
	lambda     = 0.8 // weight of the score; the rest is that of similarity to other picks
	dislikedBy = 0.5 // similarity to a disliked video from which it is penalised
)

// Choose draws the picks of a slot. Candidates should have passed the Floor.
// The same candidates, options and seed give the same picks.
func Choose(candidates []Candidate, o Options) Result {
	if o.Packaging == nil {
		o.Packaging = defaultPackaging
	}
	o.Exploration = min(1, max(0, o.Exploration))
	c := newChooser(candidates, o)
	want := max(0, o.N)
	wildcards := 0
	if o.Wildcard && !o.ByRule && want >= 1 && want+len(o.Chosen) >= 3 {
		wildcards = 1
	}
	rng := rand.New(rand.NewPCG(o.Seed, 0x9e1c))
	first := c.draw(want-wildcards, wildcards > 0, rng)
	chosen, chance := first.slate, c.chances(first, want-wildcards, rng)

	policy := catalog.PolicyThompson
	switch {
	case o.ByRule:
		policy = catalog.PolicyRule
	case o.Exploration == 0:
		policy = catalog.PolicyGreedy
	}
	var r Result
	for _, i := range chosen {
		r.Picks = append(r.Picks, Pick{Candidate: c.pool[i], Policy: policy, Propensity: chance.slate[i], Novelty: c.novelty(i, chosen)})
	}
	if i := first.wildcard; i >= 0 {
		r.Picks = append(r.Picks, Pick{Candidate: c.pool[i], Policy: catalog.PolicyWildcard, Propensity: chance.wildcard[i], Wildcard: true, Novelty: c.novelty(i, chosen)})
	}
	if len(r.Picks) < want {
		r.Short = fmt.Sprintf("of %d candidates only %d are new, of different channels and artists, and not re-uploads of each other or of what was posted", len(candidates), len(r.Picks))
	}
	return r
}

// PostedBefore reports whether a video is never picked because it, or another
// upload of it, was posted before, and which of both.
func (o Options) PostedBefore(v catalog.Video) (bool, Refusal) {
	o.Packaging = cmp.Or(o.Packaging, defaultPackaging)
	bar := o.again(o.look(v), o.looksOf(videosOf(o.Posted)))
	return bar != "", Refusal{Bar: bar}
}

// Together reports whether a video may not stand in one slot with one of the others: it is
// of the same channel, artist or recording.
func Together(v catalog.Video, others []catalog.Video, o Options) bool {
	o.Packaging = cmp.Or(o.Packaging, defaultPackaging)
	l := o.look(v)
	return slices.ContainsFunc(o.looksOf(others), func(other look) bool { return together(l, other) })
}

func videosOf(posted []Posted) []catalog.Video {
	videos := make([]catalog.Video, len(posted))
	for i, p := range posted {
		videos[i] = p.Video
	}
	return videos
}

// chooser holds the candidates that take part in the draw.
type chooser struct {
	opts      Options
	pool      []Candidate
	looks     []look
	disliked  []float64 // similarity to the most similar disliked video
	posted    []float64 // similarity to the most similar posted video
	beside    []float64 // similarity to the most similar one that is in the slot already
	sim       []float64 // similarities, pool × pool
	duplicate [][]bool
}

func newChooser(candidates []Candidate, o Options) *chooser {
	c := &chooser{opts: o}
	// The pool is the best by an optimistic score, who could win a draw.
	order := make([]int, len(candidates))
	for i := range order {
		order[i] = i
	}
	optimist := func(i int) float64 { return c.value(candidates[i], 2) }
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(optimist(b), optimist(a)), cmp.Compare(candidates[a].Video.ID, candidates[b].Video.ID))
	})
	posted, disliked := o.looksOf(videosOf(o.Posted)), o.looksOf(o.Disliked)
	videos := make([]catalog.Video, len(candidates))
	for i, v := range candidates {
		videos[i] = v.Video
	}
	best, chosen := BestUploads(videos, o.Songs), o.looksOf(o.Chosen)
	for _, i := range order {
		if len(c.pool) == poolSize {
			break
		}
		if !best[i] || math.IsNaN(candidates[i].Probability) {
			continue
		}
		l := o.look(candidates[i].Video)
		if o.again(l, posted) != "" || slices.ContainsFunc(chosen, func(c look) bool { return together(l, c) }) {
			continue
		}
		toDisliked, toPosted, toChosen := 0.0, 0.0, 0.0
		for _, p := range chosen {
			toChosen = max(toChosen, alike(l, p))
		}
		for _, d := range disliked {
			toDisliked = max(toDisliked, alike(l, d))
		}
		for _, p := range posted {
			toPosted = max(toPosted, alike(l, p))
		}
		c.pool = append(c.pool, candidates[i])
		c.looks = append(c.looks, l)
		c.disliked = append(c.disliked, toDisliked)
		c.posted = append(c.posted, toPosted)
		c.beside = append(c.beside, toChosen)
	}
	c.sim = make([]float64, len(c.pool)*len(c.pool))
	c.duplicate = make([][]bool, len(c.pool))
	for i := range c.pool {
		c.duplicate[i] = make([]bool, len(c.pool))
		for j := range i {
			s := alike(c.looks[i], c.looks[j])
			c.sim[i*len(c.pool)+j], c.sim[j*len(c.pool)+i] = s, s
			d := together(c.looks[i], c.looks[j])
			c.duplicate[i][j], c.duplicate[j][i] = d, d
		}
	}
	return c
}

// value is a candidate's score when its draw is z standard deviations from the
// mean.
func (c *chooser) value(v Candidate, z float64) float64 {
	return 1 / (1 + math.Exp(-(v.Raw + c.opts.Exploration*z*math.Sqrt(max(0, v.Variance)))))
}

// slate draws n picks. Each candidate's score is drawn once, then picks are
// taken one by one by maximal marginal relevance (Carbonell and Goldstein
// 1998), without re-uploads and at most one of each channel and artist.
func (c *chooser) slate(n int, rng *rand.Rand) []int {
	drawn := make([]float64, len(c.pool))
	best := 1e-9
	for i, v := range c.pool {
		drawn[i] = c.value(v, rng.NormFloat64())
		best = max(best, drawn[i])
	}
	nearest := slices.Clone(c.beside) // similarity to the most similar pick so far
	out := make([]bool, len(c.pool))
	var chosen []int
	for len(chosen) < n {
		top, topScore := -1, math.Inf(-1)
		for i := range c.pool {
			if out[i] {
				continue
			}
			against := max(nearest[i], c.penalty(i))
			score := lambda*drawn[i]/best - (1-lambda)*against
			if score > topScore {
				top, topScore = i, score
			}
		}
		if top < 0 {
			break
		}
		chosen = append(chosen, top)
		out[top] = true
		for i := range c.pool {
			out[i] = out[i] || c.duplicate[top][i]
			nearest[i] = max(nearest[i], c.sim[top*len(c.pool)+i])
		}
	}
	return chosen
}

func (c *chooser) penalty(i int) float64 {
	if c.disliked[i] < dislikedBy {
		return 0
	}
	return c.disliked[i]
}

// outcome is the result of one draw of the policy, as indices of the pool.
type outcome struct {
	slate    []int
	wildcard int // -1: none
}

// draw makes one draw of the policy: n picks, then, if asked for, a wildcard.
func (c *chooser) draw(n int, wildcard bool, rng *rand.Rand) outcome {
	d := outcome{slate: c.slate(n, rng), wildcard: -1}
	if wildcard {
		d.wildcard = c.wildcard(d.slate)
	}
	return d
}

// odds are the probabilities, by index of the pool, to be among the picks and
// to be the wildcard.
type odds struct{ slate, wildcard []float64 }

// chances estimates the odds by repeated draws. The first outcome is one of
// them, so that whatever was picked has a probability above 0.
func (c *chooser) chances(first outcome, n int, rng *rand.Rand) odds {
	again := draws
	if c.opts.Exploration == 0 {
		again = 0 // all draws are the same
	}
	o := odds{slate: make([]float64, len(c.pool)), wildcard: make([]float64, len(c.pool))}
	share := 1 / float64(1+again)
	for d := first; ; d = c.draw(n, first.wildcard >= 0, rng) {
		for _, i := range d.slate {
			o.slate[i] = min(1, o.slate[i]+share)
		}
		if d.wildcard >= 0 {
			o.wildcard[d.wildcard] = min(1, o.wildcard[d.wildcard]+share)
		}
		if again--; again < 0 {
			return o
		}
	}
}

// wildcard is in the better half of the pool the candidate whose score is least certain
// and which is least similar to all chosen and posted videos; -1 if there is none.
func (c *chooser) wildcard(chosen []int) int {
	probabilities := make([]float64, len(c.pool))
	for i, v := range c.pool {
		probabilities[i] = v.Probability
	}
	slices.Sort(probabilities)
	floor := 0.0
	if len(probabilities) > 0 {
		floor = probabilities[len(probabilities)/2]
	}
	best, top := -1, 0.0
	for i, v := range c.pool {
		if v.Probability < floor || c.penalty(i) > 0 {
			continue
		}
		if slices.ContainsFunc(chosen, func(j int) bool { return i == j || c.duplicate[i][j] }) {
			continue
		}
		if worth := (0.05 + math.Sqrt(max(0, v.Variance))) * c.novelty(i, chosen); worth > top {
			best, top = i, worth
		}
	}
	return best
}

// novelty is 1 minus the similarity to the most similar of the chosen and
// posted videos.
func (c *chooser) novelty(i int, chosen []int) float64 {
	nearest := max(c.posted[i], c.beside[i])
	for _, j := range chosen {
		if j != i {
			nearest = max(nearest, c.sim[i*len(c.pool)+j])
		}
	}
	return max(0.05, 1-nearest)
}
