package taste

import (
	"errors"
	"io"
)

// WriteLightGBM writes one of the ensemble's tree learners, "boost" or
// "forest", in LightGBM's text format, with the columns of the learner's view.
func (m *Model) WriteLightGBM(w io.Writer, learner string) error {
	if m.ensemble == nil {
		return errors.New("the rule ranks: this model has no trees to export")
	}
	return m.ensemble.WriteLightGBM(w, learner)
}
