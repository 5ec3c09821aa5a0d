package tune

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// The search's parameters: the number of random trials before the estimate is used,
// the share of trials that count as good, and the number of proposals of which the
// best is taken.
const (
	atRandom  = 10
	goodShare = 0.2
	proposals = 24
)

// Propose is the next point to try after a history of trials. It depends on
// its arguments alone.
func Propose(space []Dimension, history []Trial, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 0x79e+uint64(len(history))))
	point := make([]float64, len(space))
	if len(history) < atRandom {
		for i, d := range space {
			point[i] = d.value(rng.Float64())
		}
		return point
	}
	order := slices.Clone(history)
	slices.SortStableFunc(order, func(a, b Trial) int { return cmp.Compare(a.Loss, b.Loss) })
	good := max(3, int(math.Ceil(goodShare*float64(len(order)))))
	for i, d := range space {
		likely, other := d.parzen(order[:good], i), d.parzen(order[good:], i)
		best := math.Inf(-1)
		for range proposals {
			u := likely.draw(rng)
			if gain := math.Log(likely.density(u)) - math.Log(other.density(u)); gain > best {
				best, point[i] = gain, d.value(u)
			}
		}
	}
	return point
}

// value is the parameter at u, from 0 for Low to 1 for High.
func (d Dimension) value(u float64) float64 {
	low, high := d.Low, d.High
	if d.Whole { // each whole number has the same share
		low, high = low-0.499, high+0.499
		if d.Log {
			low = max(low, 0.501)
		}
	}
	v := low + u*(high-low)
	if d.Log {
		v = math.Exp(math.Log(low) + u*(math.Log(high)-math.Log(low)))
	}
	if d.Whole {
		v = math.Round(v)
	}
	return min(d.High, max(d.Low, v))
}

// at is the inverse of value.
func (d Dimension) at(v float64) float64 {
	low, high := d.Low, d.High
	if d.Whole {
		low, high = low-0.499, high+0.499
		if d.Log {
			low = max(low, 0.501)
		}
	}
	if d.Log {
		low, high, v = math.Log(low), math.Log(high), math.Log(v)
	}
	if high == low {
		return 0.5
	}
	return min(1, max(0, (v-low)/(high-low)))
}

// parzen is a mixture of normal densities truncated to [0, 1], one around the value
// of each of some trials, and a uniform component, so that every value is possible.
type parzen struct{ centre, width []float64 }

func (d Dimension) parzen(trials []Trial, i int) parzen {
	var p parzen
	for _, t := range trials {
		p.centre = append(p.centre, d.at(t.Point[i]))
	}
	slices.Sort(p.centre)
	least := 1 / math.Min(100, float64(len(p.centre)+2))
	for k, c := range p.centre {
		left, right := c, 1-c
		if k > 0 {
			left = c - p.centre[k-1]
		}
		if k+1 < len(p.centre) {
			right = p.centre[k+1] - c
		}
		p.width = append(p.width, min(1, max(left, right, least)))
	}
	return p
}

// draw is a random value of the mixture.
func (p parzen) draw(rng *rand.Rand) float64 {
	k := rng.IntN(len(p.centre) + 1)
	if k == len(p.centre) {
		return rng.Float64()
	}
	for range 100 {
		if u := p.centre[k] + p.width[k]*rng.NormFloat64(); u >= 0 && u <= 1 {
			return u
		}
	}
	return p.centre[k]
}

func (p parzen) density(u float64) float64 {
	sum := 1.0 // the flat component
	for k, c := range p.centre {
		w := p.width[k]
		inside := 0.5 * (math.Erf((1-c)/(w*math.Sqrt2)) + math.Erf(c/(w*math.Sqrt2)))
		z := (u - c) / w
		sum += math.Exp(-z*z/2) / (w * math.Sqrt(2*math.Pi) * inside)
	}
	return sum / float64(len(p.centre)+1)
}
