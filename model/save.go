package model

import (
	"encoding/json"
	"fmt"
	"io"

	"cratedigger/model/calibrate"
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
	for _, s := range append([]stack{e.stack}, e.alone...) {
		c.Floats(s.Mean)
		c.Floats(s.Scale)
		c.Floats(s.Weight)
		c.Float(s.Shift)
	}
	if err := container.Write(w, kindEnsemble, versionEnsemble, c.Bytes()); err != nil {
		return err
	}
	for i, f := range e.fitted {
		if err := f.write(w); err != nil {
			return fmt.Errorf("write learner %s: %w", e.Learners[i].Name, err)
		}
	}
	if e.curve.isotonic != nil {
		return e.curve.isotonic.Save(w)
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
	e := &Ensemble{}
	if d.Failed() {
		return nil, d.Err()
	}
	if err := json.Unmarshal([]byte(learners), &e.Learners); err != nil {
		return nil, fmt.Errorf("the model file is damaged: its learners cannot be read: %w", err)
	}
	n := len(e.Learners)
	if n == 0 || n > 64 {
		return nil, fmt.Errorf("the model file is damaged: it claims %d learners", n)
	}
	e.stack = readStack(d, n)
	for range n {
		e.alone = append(e.alone, readStack(d, 1))
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(report), &e.Report); err != nil {
		return nil, fmt.Errorf("the model file is damaged: its report cannot be read: %w", err)
	}
	for _, l := range e.Learners {
		f, err := l.read(r)
		if err != nil {
			return nil, fmt.Errorf("read learner %s: %w", l.Name, err)
		}
		e.fitted = append(e.fitted, f)
	}
	if e.Report.Isotonic {
		m, err := calibrate.Load(r)
		if err != nil {
			return nil, fmt.Errorf("read the calibration: %w", err)
		}
		e.curve.isotonic = m
	}
	return e, nil
}

// readStack takes the weights of n learners.
func readStack(d *container.Decoder, n int) stack {
	s := stack{Mean: d.Floats(), Scale: d.Floats(), Weight: d.Floats(), Shift: d.Float()}
	if len(s.Mean) != n || len(s.Scale) != n || len(s.Weight) != n {
		d.Fail()
	}
	return s
}
