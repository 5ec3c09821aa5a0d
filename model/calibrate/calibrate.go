// Package calibrate turns the scores of a model into probabilities that mean
// what they say. It learns from scores the model gave to rows it was not
// trained on (out-of-fold scores); from training rows' own scores it would
// learn to trust them too much.
package calibrate

import (
	"fmt"
	"io"
	"math"
	"sort"

	"cratedigger/model/container"
	"cratedigger/model/matrix"
)

// Method is a way to calibrate.
type Method int

// The methods. Platt fits 1/(1+exp(−(a·s+b))) to raw scores (Platt 1999), with
// his smoothed targets. Beta fits a·ln p − b·ln(1−p) + c to probabilities (Kull,
// Silva Filho & Flach 2017) with a, b >= 0. Isotonic fits the best rising
// steps (Zadrozny & Elkan 2002), joined by straight lines, smoothed at its
// ends; it needs many labels.
const (
	Platt Method = iota
	Beta
	Isotonic
)

// ManyLabels is from how many labels Choose trusts Isotonic.
const ManyLabels = 2000

// Choose is the method for so many labels of probabilities: Beta for few,
// Isotonic for many.
func Choose(labels int) Method {
	if labels < ManyLabels {
		return Beta
	}
	return Isotonic
}

// Map is a fitted calibration. It never falls: a higher score gets no lower
// probability.
type Map struct {
	Method  Method
	A, B, C float64   // Platt: slope A, offset C; Beta: A, B, C
	X, Y    []float64 // Isotonic: corners, ascending
}

// Fit learns a map from scores to the labels y, each 0 or 1, with weights w
// (nil for equal ones). Scores are raw for Platt and probabilities for the
// other two; none may be NaN. If the labels are all alike or the scores say
// nothing, the map is a constant near their share.
func Fit(method Method, score, y, w []float64) (*Map, error) {
	if len(score) != len(y) || (w != nil && len(w) != len(y)) || len(y) == 0 {
		return nil, fmt.Errorf("calibrate: %d scores, %d labels and %d weights do not go together", len(score), len(y), len(w))
	}
	for i, s := range score {
		if s != s {
			return nil, fmt.Errorf("calibrate: the score of row %d is not a number", i)
		}
	}
	column, err := matrix.FromDense(1, score)
	if err != nil {
		return nil, fmt.Errorf("calibrate: %w", err)
	}
	if err := matrix.CheckLabels(column, y, w); err != nil {
		return nil, fmt.Errorf("calibrate: %w", err)
	}
	switch method {
	case Platt:
		return fitPlatt(score, y, w), nil
	case Beta:
		return fitBeta(score, y, w), nil
	case Isotonic:
		return fitIsotonic(score, y, w), nil
	}
	return nil, fmt.Errorf("calibrate: method %d is not known", method)
}

// Apply is the calibrated probability of a score.
func (m *Map) Apply(score float64) float64 {
	switch m.Method {
	case Platt:
		return sigmoid(m.A*bound(score) + m.C)
	case Beta:
		a, b := logs(score)
		return sigmoid(m.A*a + m.B*b + m.C)
	}
	k := sort.SearchFloat64s(m.X, score)
	switch {
	case score != score || len(m.X) == 0:
		return math.NaN()
	case k == 0:
		return m.Y[0]
	case k == len(m.X):
		return m.Y[k-1]
	}
	t := (score - m.X[k-1]) / (m.X[k] - m.X[k-1])
	return m.Y[k-1] + t*(m.Y[k]-m.Y[k-1])
}

// ApplyAll is Apply of each score.
func (m *Map) ApplyAll(score []float64) []float64 {
	out := make([]float64, len(score))
	for i, s := range score {
		out[i] = m.Apply(s)
	}
	return out
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// bound keeps raw scores finite.
func bound(s float64) float64 { return min(max(s, -1e6), 1e6) }

// logs are the two terms of beta calibration, of a probability kept off 0
// and 1.
func logs(p float64) (a, b float64) {
	const edge = 1e-9
	p = min(max(p, edge), 1-edge)
	return math.Log(p), -math.Log1p(-p)
}

func weight(w []float64, i int) float64 {
	if w == nil {
		return 1
	}
	return w[i]
}

// targets are Platt's: a little away from 0 and 1, by the weight behind them,
// so that perfectly separated scores do not give certainty.
func targets(y, w []float64) (zero, one float64) {
	var pos, neg float64
	for i, v := range y {
		if v > 0 {
			pos += weight(w, i)
		} else {
			neg += weight(w, i)
		}
	}
	return 1 / (neg + 2), (pos + 1) / (pos + 2)
}

func fitPlatt(score, y, w []float64) *Map {
	terms := make([][2]float64, len(score))
	for i, s := range score {
		terms[i] = [2]float64{bound(s), 0}
	}
	c := logistic(terms, y, w, [2]bool{true, false})
	return &Map{Method: Platt, A: c[0], C: c[2]}
}

// fitBeta drops a term whose factor comes out negative, as its authors do.
func fitBeta(score, y, w []float64) *Map {
	terms := make([][2]float64, len(score))
	for i, p := range score {
		terms[i][0], terms[i][1] = logs(p)
	}
	use := [2]bool{true, true}
	c := logistic(terms, y, w, use)
	for k := range use {
		if c[k] < 0 && use[1-k] {
			use[k] = false
			c = logistic(terms, y, w, use)
		}
	}
	return &Map{Method: Beta, A: c[0], B: c[1], C: c[2]}
}

// logistic fits a·t₀ + b·t₁ + c by Newton's method with halved steps; a factor
// that is not used, or that comes out negative at the end, is 0.
func logistic(terms [][2]float64, y, w []float64, use [2]bool) (c [3]float64) {
	zero, one := targets(y, w)
	target := func(i int) float64 {
		if y[i] > 0 {
			return one
		}
		return zero
	}
	loss := func(c [3]float64) float64 {
		sum := 0.0
		for i, t := range terms {
			z := c[0]*t[0] + c[1]*t[1] + c[2]
			sum += weight(w, i) * (softplus(z) - target(i)*z)
		}
		return sum
	}
	var sum, all float64
	for i := range y {
		sum += weight(w, i) * target(i)
		all += weight(w, i)
	}
	base := math.Log(sum / (all - sum))
	c = [3]float64{0, 0, base}
	at := loss(c)
	for range 200 {
		var g [3]float64
		var h [3][3]float64
		for i, t := range terms {
			x := [3]float64{t[0], t[1], 1}
			p := sigmoid(c[0]*t[0] + c[1]*t[1] + c[2])
			wi := weight(w, i)
			for a := range 3 {
				if a < 2 && !use[a] {
					continue
				}
				g[a] += wi * (p - target(i)) * x[a]
				for b := range 3 {
					if b < 2 && !use[b] {
						continue
					}
					h[a][b] += wi * p * (1 - p) * x[a] * x[b]
				}
			}
		}
		for a := range 3 {
			h[a][a] += 1e-10 * (1 + h[a][a])
		}
		step := solve3(h, g)
		moved := false
		for t := 1.0; t > 1e-8; t /= 2 {
			next := [3]float64{c[0] - t*step[0], c[1] - t*step[1], c[2] - t*step[2]}
			if v := loss(next); v < at {
				moved = at-v > 1e-12*math.Abs(at)
				c, at = next, v
				break
			}
		}
		if !moved {
			break
		}
	}
	if c[0] < 0 && !use[1] || c[1] < 0 && !use[0] {
		return [3]float64{0, 0, base} // scores that rank the wrong way say nothing
	}
	return c
}

func softplus(z float64) float64 {
	if z > 0 {
		return z + math.Log1p(math.Exp(-z))
	}
	return math.Log1p(math.Exp(z))
}

// solve3 solves h·x = g for a positive definite h by Gaussian elimination.
func solve3(h [3][3]float64, g [3]float64) [3]float64 {
	for k := range 3 {
		for r := k + 1; r < 3; r++ {
			f := h[r][k] / h[k][k]
			for c := k; c < 3; c++ {
				h[r][c] -= f * h[k][c]
			}
			g[r] -= f * g[k]
		}
	}
	var x [3]float64
	for k := 2; k >= 0; k-- {
		s := g[k]
		for c := k + 1; c < 3; c++ {
			s -= h[k][c] * x[c]
		}
		x[k] = s / h[k][k]
	}
	return x
}

// fitIsotonic pools neighbours that fall (Ayer et al. 1955). A pool's value
// counts half a row of each label besides its own, so that no score is
// certain.
func fitIsotonic(score, y, w []float64) *Map {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return score[order[a]] < score[order[b]] })
	type pool struct{ lo, hi, pos, all float64 }
	var pools []pool
	rate := func(p pool) float64 { return p.pos / p.all }
	for _, i := range order {
		wi := weight(w, i)
		if wi == 0 {
			continue
		}
		if n := len(pools); n > 0 && pools[n-1].hi == score[i] && pools[n-1].lo == score[i] {
			pools[n-1].pos += wi * y[i]
			pools[n-1].all += wi
		} else {
			pools = append(pools, pool{score[i], score[i], wi * y[i], wi})
		}
	}
	merged := pools[:0]
	for _, p := range pools {
		merged = append(merged, p)
		for n := len(merged); n > 1 && rate(merged[n-2]) >= rate(merged[n-1]); n = len(merged) {
			last := merged[n-1]
			merged = merged[:n-1]
			top := &merged[n-2]
			top.hi = last.hi
			top.pos += last.pos
			top.all += last.all
		}
	}
	m := &Map{Method: Isotonic}
	low := 0.0
	for _, p := range merged {
		v := max(low, (p.pos+0.5)/(p.all+1)) // smoothing may not make it fall
		low = v
		m.X, m.Y = append(m.X, p.lo), append(m.Y, v)
		if p.hi > p.lo {
			m.X, m.Y = append(m.X, p.hi), append(m.Y, v)
		}
	}
	return m
}

// Kind is the kind of the container that holds a Map.
const Kind = "calibration"

const fileVersion = 1

// Save writes the map.
func (m *Map) Save(w io.Writer) error {
	var c container.Encoder
	c.Int(int(m.Method))
	c.Float(m.A)
	c.Float(m.B)
	c.Float(m.C)
	c.Floats(m.X)
	c.Floats(m.Y)
	return container.Write(w, Kind, fileVersion, c.Bytes())
}

// Load reads a map that Save wrote and consumes exactly its bytes.
func Load(r io.Reader) (*Map, error) {
	_, payload, err := container.Read(r, Kind, fileVersion)
	if err != nil {
		return nil, err
	}
	d := container.NewDecoder(payload)
	m := &Map{Method: Method(d.Int()), A: d.Float(), B: d.Float(), C: d.Float(), X: d.Floats(), Y: d.Floats()}
	if m.Method < Platt || m.Method > Isotonic || len(m.X) != len(m.Y) || !sort.Float64sAreSorted(m.X) {
		d.Fail()
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return m, nil
}
