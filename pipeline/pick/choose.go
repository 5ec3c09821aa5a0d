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

// Candidate is a video that may be posted, with what the model says of it.
type Candidate struct {
	Video       catalog.Video
	Probability float64 // of a like; the rule's score when the rule ranks
	Raw         float64 // log-odds; not used when the rule ranks
	Variance    float64 // of Raw
}

// Options say how to choose. What is zero means its default.
type Options struct {
	N           int
	Seed        uint64  // decides the draw
	Exploration float64 // 0 takes the best by score, 1 draws from all that the model holds possible
	Wildcard    bool    // one pick for what would teach most and is unlike the rest
	ByRule      bool    // the rule ranks: there is no probability and no variance

	Posted   []catalog.Video // shown before, newest last: never again, nor their re-uploads
	Disliked []catalog.Video // what resembles them is pushed back

	Packaging *feature.Packaging // what titles are compared without; nil means the default phrases
}

// Pick is a chosen video.
type Pick struct {
	Candidate
	Policy     catalog.Policy
	Propensity float64 // chance with which the policy chooses it from these candidates, (0, 1]; of the wildcard, as the wildcard
	Wildcard   bool
	Novelty    float64 // 1 less its likeness to what was chosen or posted before
}

// Result is the picks of a slot, best first, and, when there are fewer than
// asked for, why.
type Result struct {
	Picks []Pick
	Short string // a sentence; "" when there are as many as asked for
}

const (
	poolSize   = 150 // candidates that are looked at closely
	draws      = 200 // repetitions behind a propensity
	lambda     = 0.8 // weight of the score against likeness to other picks
	dislikedBy = 0.5 // likeness to a disliked video from which it counts against
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
	if o.Wildcard && !o.ByRule && want >= 3 {
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
		r.Short = fmt.Sprintf("of %d candidates only %d are new, of different channels and not re-uploads of each other or of what was posted", len(candidates), len(r.Picks))
	}
	return r
}

// PostedBefore reports whether a video is never picked because it, or another
// upload of it, was posted before, and which of both.
func (o Options) PostedBefore(v catalog.Video) (bool, Refusal) {
	packaging := cmp.Or(o.Packaging, defaultPackaging)
	bar := lookOf(v, packaging).again(looksOf(o.Posted, packaging))
	return bar != "", Refusal{Bar: bar}
}

// chooser holds the pool: the candidates worth a closer look.
type chooser struct {
	opts      Options
	pool      []Candidate
	looks     []look
	push      []float64 // likeness to what was disliked
	seen      []float64 // likeness to what was posted
	sim       []float64 // pool × pool, filled when needed
	spread    float64   // of the rule's draw
	duplicate [][]bool
}

func newChooser(candidates []Candidate, o Options) *chooser {
	c := &chooser{opts: o}
	if o.ByRule {
		c.spread = 0.1 * o.Exploration
	}
	// The pool is whoever could win a draw: the best by an optimistic score.
	order := make([]int, len(candidates))
	for i := range order {
		order[i] = i
	}
	optimist := func(i int) float64 { return c.value(candidates[i], 2) }
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(optimist(b), optimist(a)), cmp.Compare(candidates[a].Video.ID, candidates[b].Video.ID))
	})
	posted, disliked := looksOf(o.Posted, o.Packaging), looksOf(o.Disliked, o.Packaging)
	for _, i := range order {
		if len(c.pool) == poolSize {
			break
		}
		l := lookOf(candidates[i].Video, o.Packaging)
		if math.IsNaN(candidates[i].Probability) || l.again(posted) != "" {
			continue
		}
		push, seen := 0.0, 0.0
		for _, d := range disliked {
			push = max(push, alike(l, d))
		}
		for _, p := range posted {
			seen = max(seen, alike(l, p))
		}
		c.pool = append(c.pool, candidates[i])
		c.looks = append(c.looks, l)
		c.push = append(c.push, push)
		c.seen = append(c.seen, seen)
	}
	c.sim = make([]float64, len(c.pool)*len(c.pool))
	c.duplicate = make([][]bool, len(c.pool))
	for i := range c.pool {
		c.duplicate[i] = make([]bool, len(c.pool))
		for j := range i {
			s := alike(c.looks[i], c.looks[j])
			c.sim[i*len(c.pool)+j], c.sim[j*len(c.pool)+i] = s, s
			d := duplicate(c.looks[i], c.looks[j]) || (c.looks[i].channel != "" && c.looks[i].channel == c.looks[j].channel)
			c.duplicate[i][j], c.duplicate[j][i] = d, d
		}
	}
	return c
}

// value is a candidate's score when its draw is z standard deviations from the mean.
func (c *chooser) value(v Candidate, z float64) float64 {
	if c.opts.ByRule {
		return v.Probability + c.spread*z
	}
	return 1 / (1 + math.Exp(-(v.Raw + c.opts.Exploration*z*math.Sqrt(max(0, v.Variance)))))
}

// slate draws n picks: each candidate's score is drawn once, then picks are
// taken one by one by maximal marginal relevance (Carbonell and Goldstein
// 1998), none of a channel twice and no re-uploads.
func (c *chooser) slate(n int, rng *rand.Rand) []int {
	drawn := make([]float64, len(c.pool))
	best := 1e-9
	for i, v := range c.pool {
		drawn[i] = c.value(v, rng.NormFloat64())
		best = max(best, drawn[i])
	}
	likest := make([]float64, len(c.pool)) // likeness to the picks so far
	out := make([]bool, len(c.pool))
	var chosen []int
	for len(chosen) < n {
		top, topScore := -1, math.Inf(-1)
		for i := range c.pool {
			if out[i] {
				continue
			}
			against := max(likest[i], c.pushed(i))
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
			likest[i] = max(likest[i], c.sim[top*len(c.pool)+i])
		}
	}
	return chosen
}

func (c *chooser) pushed(i int) float64 {
	if c.push[i] < dislikedBy {
		return 0
	}
	return c.push[i]
}

// outcome is what came of one draw of the policy, by places in the pool.
type outcome struct {
	slate    []int
	wildcard int // -1: none
}

// draw lets the policy choose once: n picks, then, if asked, the wildcard that
// goes with them.
func (c *chooser) draw(n int, wildcard bool, rng *rand.Rand) outcome {
	d := outcome{slate: c.slate(n, rng), wildcard: -1}
	if wildcard {
		d.wildcard = c.wildcard(d.slate)
	}
	return d
}

// odds are chances by place in the pool: to be among the picks, and to be the
// wildcard.
type odds struct{ slate, wildcard []float64 }

// chances estimates the odds of an outcome by drawing again and again. The
// outcome itself is one of the draws, so whatever was chosen had a chance.
func (c *chooser) chances(first outcome, n int, rng *rand.Rand) odds {
	again := draws
	if c.opts.Exploration == 0 {
		again = 0 // each draw is the same
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

// wildcard is the candidate that would teach most: of the better half of the
// pool, the one whose score is least certain and that is least like anything
// chosen or posted; -1 if there is none.
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
		if v.Probability < floor || c.pushed(i) > 0 {
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

// novelty is 1 less the likeness to the nearest of the chosen and the posted.
func (c *chooser) novelty(i int, chosen []int) float64 {
	nearest := c.seen[i]
	for _, j := range chosen {
		if j != i {
			nearest = max(nearest, c.sim[i*len(c.pool)+j])
		}
	}
	return max(0.05, 1-nearest)
}
