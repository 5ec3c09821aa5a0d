package model

import (
	"fmt"
	"io"
)

// WriteLightGBM writes the learner of that name in LightGBM's text format. It
// must be one of trees.
func (e *Ensemble) WriteLightGBM(w io.Writer, learner string) error {
	for k, l := range e.Learners {
		if l.Name != learner {
			continue
		}
		f, ok := e.fitted[k].(fittedTrees)
		if !ok {
			return fmt.Errorf("the learner %s is not made of trees; LightGBM's format holds nothing else", learner)
		}
		return f.model.WriteLightGBM(w)
	}
	return fmt.Errorf("the ensemble has no learner %s", learner)
}
