package model

import "math"

// stack combines the learners' raw scores: each is centred, scaled and weighted;
// their sum, shifted, is a log-odds.
type stack struct {
	Mean, Scale []float64 // by learner, over out-of-fold scores
	Weight      []float64 // by learner, not negative; they do not add up to 1, as they calibrate too
	Shift       float64
}

// The strength with which weights v are drawn towards the starting weights v0, in
// the penalty strength/2 · Σ (v−v0)²/u0, u0 the starting share. It is large because
// most labels are of rows that the ensemble itself picked. Among these, the scores
// they were picked by no longer separate liked from disliked rows (selection bias,
// Berkson 1946), and unpenalised weights go to the learners that had no influence on
// the picks. In replays of real labels, firm weights showed more liked videos. Free
// weights are taken if they lower the log loss by more than clearGain, as a share of
// the base rate's log loss.
const (
	firmPenalty = 1000
	freePenalty = 20
	clearGain   = 0.1
)

// fitWeights is fitStack with firm weights, or free ones if these are clearly better.
func fitWeights(raw [][]float64, y, w, start []float64) stack {
	firm, free := fitStack(raw, y, w, start, firmPenalty), fitFreely(raw, y, w, start)
	base := stack{Shift: logit(mean(y, w))}
	if firm.loss(raw, y, w)-free.loss(raw, y, w) > clearGain*base.loss(raw, y, w) {
		return free
	}
	return firm
}

// fitFreely is fitStack with a small penalty.
func fitFreely(raw [][]float64, y, w, start []float64) stack {
	return fitStack(raw, y, w, start, freePenalty)
}

// loss is the log loss of the stacked scores, summed over the rows.
func (s *stack) loss(raw [][]float64, y, w []float64) float64 {
	sum := 0.0
	for i := range y {
		m := s.raw(raw, i)
		sum += weightOf(w, i) * (softplus(m) - y[i]*m)
	}
	return sum
}

// fitStack finds weights on out-of-fold scores: raw[l][i] is learner l's score of
// row i by a model that did not see the row. It fits a slope for the starting
// weights (Platt scaling), then all weights by logistic regression, not negative and
// penalised by their distance from the start (stacked generalisation, Wolpert 1992;
// the constraint is Breiman 1996's).
//
// Package linear, which fits logistic regression too, cannot take its place: here
// labels are shares, weights have a lower bound, and the penalty is not around 0.
func fitStack(raw [][]float64, y, w, start []float64, strength float64) stack {
	n := len(y)
	s := stack{Mean: make([]float64, len(raw)), Scale: make([]float64, len(raw)), Weight: make([]float64, len(raw))}
	z := make([][]float64, len(raw))
	total, usable := 0.0, 0.0
	for l, r := range raw {
		s.Mean[l], s.Scale[l] = moments(r, w)
		z[l] = make([]float64, n)
		if s.Scale[l] == 0 {
			continue // the same score for every row
		}
		usable += start[l]
		for i, v := range r {
			z[l][i] = (v - s.Mean[l]) / s.Scale[l]
		}
	}
	for i := range y {
		total += weightOf(w, i)
	}
	if usable == 0 {
		s.Shift = logit(mean(y, w))
		return s
	}
	share := make([]float64, len(raw))
	sum := make([]float64, n)
	for l := range raw {
		if s.Scale[l] == 0 {
			continue
		}
		share[l] = start[l] / usable
		for i, v := range z[l] {
			sum[i] += share[l] * v
		}
	}
	slope, shift := platt(sum, y, w)
	slope = max(slope, 0.02)
	v := make([]float64, len(raw))
	m := make([]float64, n) // the current log-odds
	for l := range v {
		v[l] = slope * share[l]
	}
	for i := range m {
		m[i] = slope*sum[i] + shift
	}
	s.Shift = shift
	for range 60 {
		moved := 0.0
		for l := range v {
			if share[l] == 0 {
				continue
			}
			pull := strength / (share[l] * float64(len(raw)))
			g, h := pull*(v[l]-slope*share[l]), pull
			for i, x := range z[l] {
				p := sigmoid(m[i])
				g += weightOf(w, i) * (p - y[i]) * x
				h += weightOf(w, i) * p * (1 - p) * x * x
			}
			step := max(-v[l], -g/h)
			moved = max(moved, math.Abs(step))
			v[l] += step
			for i, x := range z[l] {
				m[i] += step * x
			}
		}
		g, h := 0.0, 1e-9
		for i := range y {
			p := sigmoid(m[i])
			g += weightOf(w, i) * (p - y[i])
			h += weightOf(w, i) * p * (1 - p)
		}
		step := min(1, max(-1, -g/h))
		s.Shift += step
		for i := range m {
			m[i] += step
		}
		if max(moved, math.Abs(step)) < 1e-7 {
			break
		}
	}
	s.Weight = v
	return s
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
// solver: labels are shares here, and two numbers need no matrix.
func platt(score, y, w []float64) (slope, shift float64) {
	shift = logit(mean(y, w))
	const precision = 1.0 // of the prior, whose mean is 1/2
	slope = 0.5
	loss := func(a, b float64) float64 {
		sum := precision / 2 * (a - 0.5) * (a - 0.5)
		for i, x := range score {
			m := a*x + b
			sum += weightOf(w, i) * (softplus(m) - y[i]*m)
		}
		return sum
	}
	now := loss(slope, shift)
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
			if next := loss(slope+t*da, shift+t*db); next <= now {
				slope, shift, now = slope+t*da, shift+t*db, next
				break
			}
		}
		if t <= 1e-4 || math.Abs(t*da)+math.Abs(t*db) < 1e-9 {
			break
		}
	}
	return slope, shift
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
