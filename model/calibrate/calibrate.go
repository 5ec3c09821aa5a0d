// Package calibrate turns probabilities of a model into ones that come true as
// often as they say, by isotonic regression (Zadrozny & Elkan 2002): the best
// rising steps, found by pooling neighbours that fall (Ayer et al. 1955). It
// departs from the papers in two things: a pool counts half a row of each label
// besides its own, so that no probability becomes 0 or 1, and steps are joined
// by straight lines. It needs many labels, and learns from scores of rows that
// the model was not trained on: from training rows it would learn to trust the
// scores too much.
package calibrate

import (
	"fmt"
	"io"
	"math"
	"sort"

	"cratedigger/model/container"
	"cratedigger/model/matrix"
)

// ManyLabels is how many labels it takes to trust a Map.
const ManyLabels = 2000

// Map is a fitted calibration. It never falls: a higher probability is not
// mapped to a lower one.
type Map struct {
	X, Y []float64 // corners, ascending; straight lines between them
}

// Fit learns a map from probabilities to the labels y, each 0 or 1, with
// weights w (nil for equal ones). No probability may be NaN. If the labels are
// all alike, the map is a constant near their share.
func Fit(p, y, w []float64) (*Map, error) {
	if len(p) != len(y) || (w != nil && len(w) != len(y)) || len(y) == 0 {
		return nil, fmt.Errorf("calibrate: %d scores, %d labels and %d weights do not go together", len(p), len(y), len(w))
	}
	for i, v := range p {
		if v != v {
			return nil, fmt.Errorf("calibrate: the score of row %d is not a number", i)
		}
	}
	column, err := matrix.FromDense(1, p)
	if err != nil {
		return nil, fmt.Errorf("calibrate: %w", err)
	}
	if err := matrix.CheckLabels(column, y, w); err != nil {
		return nil, fmt.Errorf("calibrate: %w", err)
	}
	return fit(p, y, w), nil
}

// Apply is the calibrated probability.
func (m *Map) Apply(p float64) float64 {
	k := sort.SearchFloat64s(m.X, p)
	switch {
	case p != p || len(m.X) == 0:
		return math.NaN()
	case k == 0:
		return m.Y[0]
	case k == len(m.X):
		return m.Y[k-1]
	}
	t := (p - m.X[k-1]) / (m.X[k] - m.X[k-1])
	return m.Y[k-1] + t*(m.Y[k]-m.Y[k-1])
}

func weight(w []float64, i int) float64 {
	if w == nil {
		return 1
	}
	return w[i]
}

// fit sorts rows by score and merges neighbouring pools of rows while the share
// of label 1 falls from one to the next.
func fit(score, y, w []float64) *Map {
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
	m := &Map{}
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

const (
	fileVersion = 1
	isotonic    = 2 // the method, as files of this version number it
)

// Save writes the map.
func (m *Map) Save(w io.Writer) error {
	var c container.Encoder
	c.Int(isotonic)
	for range 3 { // parameters of other methods
		c.Float(0)
	}
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
	method := d.Int()
	for range 3 {
		d.Float()
	}
	m := &Map{X: d.Floats(), Y: d.Floats()}
	if method != isotonic || len(m.X) != len(m.Y) || !sort.Float64sAreSorted(m.X) {
		d.Fail()
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return m, nil
}
