package model

import (
	"fmt"

	"cratedigger/model/calibrate"
)

// isotonicShare is how much of a probability the isotonic map decides. The
// rest is the stack's own, so that where the map is flat a higher score still
// has the higher probability.
const isotonicShare = 0.95

// calibration corrects the stack's probabilities where labels are many; with
// few of them, the stack's own slope and shift are all that can be learned.
type calibration struct{ isotonic *calibrate.Map } // nil: none

// fitCalibration learns from out-of-fold log-odds of the given rows.
func fitCalibration(d Data, rows []int, raw []float64) (calibration, error) {
	if len(rows) < calibrate.ManyLabels {
		return calibration{}, nil
	}
	spread, y, w := d.hard(rows)
	p := make([]float64, len(spread))
	for k, i := range spread {
		p[k] = sigmoid(raw[i])
	}
	m, err := calibrate.Fit(p, y, w)
	if err != nil {
		return calibration{}, fmt.Errorf("calibrate the ensemble: %w", err)
	}
	return calibration{m}, nil
}

// probability of raw log-odds.
func (c calibration) probability(raw float64) float64 {
	p := sigmoid(raw)
	if c.isotonic == nil {
		return p
	}
	return isotonicShare*c.isotonic.Apply(p) + (1-isotonicShare)*p
}
