package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"cratedigger/model/container"
)

const (
	kindEnsemble    = "ensemble"
	versionEnsemble = 1
)

// Write writes the ensemble: what its learners are, weights, report, and the
// learners themselves, one container after the other.
func (e *Ensemble) Write(w io.Writer) error {
	learners, err := json.Marshal(e.Learners)
	if err != nil {
		return fmt.Errorf("write the ensemble's learners: %w", err)
	}
	report, err := json.Marshal(e.Report)
	if err != nil {
		return fmt.Errorf("write the ensemble's report: %w", err)
	}
	var c container.Encoder
	c.String(string(learners))
	c.String(string(report))
	c.Floats(e.stack.Mean)
	c.Floats(e.stack.Scale)
	c.Floats(e.stack.Weight)
	c.Float(e.stack.Shift)
	if err := container.Write(w, kindEnsemble, versionEnsemble, c.Bytes()); err != nil {
		return err
	}
	for i, f := range e.fitted {
		if err := f.write(w); err != nil {
			return fmt.Errorf("write learner %s: %w", e.Learners[i].Name, err)
		}
	}
	return nil
}

// Read reads what Write wrote.
func Read(r io.Reader) (*Ensemble, error) {
	_, payload, err := container.Read(r, kindEnsemble, versionEnsemble)
	if err != nil {
		return nil, err
	}
	d := container.NewDecoder(payload)
	learners, report := d.String(), d.String()
	e := &Ensemble{stack: stack{Mean: d.Floats(), Scale: d.Floats(), Weight: d.Floats(), Shift: d.Float()}}
	if err := d.Err(); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(learners), &e.Learners); err != nil {
		return nil, fmt.Errorf("the model file is damaged: its learners cannot be read: %w", err)
	}
	if err := json.Unmarshal([]byte(report), &e.Report); err != nil {
		return nil, fmt.Errorf("the model file is damaged: its report cannot be read: %w", err)
	}
	if n := len(e.Learners); n == 0 || n > 64 || len(e.stack.Mean) != n || len(e.stack.Scale) != n || len(e.stack.Weight) != n {
		return nil, errors.New("the model file is damaged: learners and weights do not match")
	}
	for _, l := range e.Learners {
		f, err := l.read(r)
		if err != nil {
			return nil, fmt.Errorf("read learner %s: %w", l.Name, err)
		}
		e.fitted = append(e.fitted, f)
	}
	return e, nil
}
