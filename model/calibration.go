package model

import (
	"fmt"

	"cratedigger/model/calibrate"
)

// isotonicShare is the weight of the isotonic map in a probability. The rest is
// the stack's own probability, so that where the map is flat a higher score still
// has a higher probability.
const isotonicShare = 0.95

// calibration corrects the stack's probabilities if there are many labels; few
// labels suffice for the stack's slope and shift only.
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
