package model

import (
	"math"
	"slices"
)

// stack combines the learners' raw scores: each is centred, scaled and weighted;
// their sum, shifted, is a log-odds.
type stack struct {
	Mean, Scale []float64 // by learner, over out-of-fold scores
	Weight      []float64 // by learner, not negative; they do not add up to 1, as they calibrate too
	Shift       float64
}

// Which learner is worth most differs from taste to taste: with some people the words
// of a title say it, with others the artist. So an ensemble has a few starts, each the
// shares that its learners begin with, and its weights are the mean of the starts by
// how well each explains the labels (Bayesian model averaging, Hoeting et al. 1999).
// The first start is the likelier one before anything is known, and each learner
// alone is one more start, an unlikely one.
//
// Most labels are of rows that the ensemble itself picked. Among these, the scores
// they were picked by no longer separate liked from disliked rows (selection bias,
// Berkson 1946), so that the labels say less than they seem to. Their likelihood counts
// with a power below one (Grünwald 2012), and within a start no weight is fitted: in
// replays of real labels, weights that followed the labels freely showed fewer liked
// videos.
const (
	firstOdds = 6.0 // of the first start, against each other one
	aloneOdds = 0.1 // of a learner alone, against each other one
	evidence  = 0.3 // the power of the likelihood

	leastSlope = 0.02 // so that no order is turned round
)

// fitStack finds weights on out-of-fold scores: raw[l][i] is learner l's score of
// row i by a model that did not see the row, starts[s][l] its share in a start.
func fitStack(raw [][]float64, y, w []float64, starts [][]float64) stack {
	s := stack{Mean: make([]float64, len(raw)), Scale: make([]float64, len(raw)), Weight: make([]float64, len(raw))}
	z := make([][]float64, len(raw)) // standardised; nil of a learner that gives every row the same score
	for l, r := range raw {
		if s.Mean[l], s.Scale[l] = moments(r, w); s.Scale[l] == 0 {
			continue
		}
		z[l] = make([]float64, len(r))
		for i, v := range r {
			z[l][i] = (v - s.Mean[l]) / s.Scale[l]
		}
	}
	var shares [][]float64
	var odds []float64
	try := func(start []float64, prior float64) {
		if share := usable(start, z); share != nil {
			_, _, loss := platt(blend(share, z, len(y)), y, w)
			shares, odds = append(shares, share), append(odds, math.Log(prior)-evidence*loss)
		}
	}
	for k, start := range starts {
		prior := 1.0
		if k == 0 {
			prior = firstOdds
		}
		try(start, prior)
	}
	if len(shares) == 0 {
		s.Shift = logit(mean(y, w))
		return s
	}
	for l := range raw {
		if starts[0][l] > 0 && len(raw) > 1 {
			alone := make([]float64, len(raw))
			alone[l] = 1
			try(alone, aloneOdds)
		}
	}
	likeliest := slices.Max(odds)
	total, share := 0.0, make([]float64, len(raw))
	for k := range odds {
		p := math.Exp(odds[k] - likeliest)
		total += p
		for l, v := range shares[k] {
			share[l] += p * v
		}
	}
	for l := range share {
		share[l] /= total
	}
	slope, shift, _ := platt(blend(share, z, len(y)), y, w)
	for l, v := range share {
		s.Weight[l] = slope * v
	}
	s.Shift = shift
	return s
}

// usable are the shares of a start among learners that tell rows apart, adding up
// to 1; nil if none has a share.
func usable(start []float64, z [][]float64) []float64 {
	sum := 0.0
	for l, v := range start {
		if z[l] != nil {
			sum += v
		}
	}
	if sum == 0 {
		return nil
	}
	out := make([]float64, len(start))
	for l, v := range start {
		if z[l] != nil {
			out[l] = v / sum
		}
	}
	return out
}

// blend is the sum of n standardised scores by their shares.
func blend(share []float64, z [][]float64, n int) []float64 {
	out := make([]float64, n)
	for l, v := range share {
		if v == 0 {
			continue
		}
		for i, x := range z[l] {
			out[i] += v * x
		}
	}
	return out
}

// raw combines the learners' scores of row i.
func (s *stack) raw(scores [][]float64, i int) float64 {
	sum := s.Shift
	for l, v := range s.Weight {
		if v > 0 {
			sum += v * (scores[l][i] - s.Mean[l]) / s.Scale[l]
		}
	}
	return sum
}

// shares are the weights as parts of one.
func (s *stack) shares() []float64 {
	out := make([]float64, len(s.Weight))
	sum := 0.0
	for _, v := range s.Weight {
		sum += v
	}
	for l, v := range s.Weight {
		if sum > 0 {
			out[l] = v / sum
		}
	}
	return out
}

// platt fits log-odds = slope·score + shift by Newton's method (Platt 1999). In
// place of Platt's smoothed labels, a Gaussian prior on the slope keeps it finite
// when a few rows are perfectly separated. It stays apart from package linear's
// solver: labels are shares here, and two numbers need no matrix. Scores have the
// mean 0. The loss is the log loss, summed over the rows, and the prior's.
func platt(score, y, w []float64) (slope, shift, loss float64) {
	shift = logit(mean(y, w))
	const precision = 1.0 // of the prior, whose mean is 1/2
	slope = 0.5
	penalised := func(a, b float64) float64 {
		sum := precision / 2 * (a - 0.5) * (a - 0.5)
		for i, x := range score {
			m := a*x + b
			sum += weightOf(w, i) * (softplus(m) - y[i]*m)
		}
		return sum
	}
	now := penalised(slope, shift)
	for range 50 {
		ga, gb := precision*(slope-0.5), 0.0
		haa, hab, hbb := precision, 0.0, 1e-6
		for i, x := range score {
			p := sigmoid(slope*x + shift)
			d, v := weightOf(w, i)*(p-y[i]), weightOf(w, i)*p*(1-p)
			ga += d * x
			gb += d
			haa += v * x * x
			hab += v * x
			hbb += v
		}
		det := haa*hbb - hab*hab
		if det < 1e-12 {
			break
		}
		da, db := -(hbb*ga-hab*gb)/det, -(haa*gb-hab*ga)/det
		t := 1.0
		for ; t > 1e-4; t /= 2 {
			if next := penalised(slope+t*da, shift+t*db); next <= now {
				slope, shift, now = slope+t*da, shift+t*db, next
				break
			}
		}
		if t <= 1e-4 || math.Abs(t*da)+math.Abs(t*db) < 1e-9 {
			break
		}
	}
	if slope < leastSlope {
		slope, shift = leastSlope, logit(mean(y, w))
		now = penalised(slope, shift)
	}
	return slope, shift, now
}

func softplus(x float64) float64 {
	if x > 30 {
		return x
	}
	return math.Log1p(math.Exp(x))
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func logit(p float64) float64 {
	p = min(1-1e-6, max(1e-6, p))
	return math.Log(p / (1 - p))
}

func weightOf(w []float64, i int) float64 {
	if w == nil {
		return 1
	}
	return w[i]
}

// mean is the smoothed weighted mean of shares.
func mean(y, w []float64) float64 {
	liked, sum := 0.5, 1.0
	for i, v := range y {
		liked += weightOf(w, i) * v
		sum += weightOf(w, i)
	}
	return liked / sum
}

// moments are the weighted mean and standard deviation; a deviation that is
// only rounding is zero.
func moments(x, w []float64) (mu, sd float64) {
	sum := 0.0
	for i, v := range x {
		mu += weightOf(w, i) * v
		sum += weightOf(w, i)
	}
	if sum == 0 {
		return 0, 0
	}
	mu /= sum
	for i, v := range x {
		sd += weightOf(w, i) * (v - mu) * (v - mu)
	}
	sd = math.Sqrt(sd / sum)
	if sd < 1e-9*(1+math.Abs(mu)) {
		return mu, 0
	}
	return mu, sd
}
