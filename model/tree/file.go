package tree

import (
	"fmt"
	"io"

	"cratedigger/model/container"
)

// fileVersion is the newest version of the payload of an ensemble. The first
// did not say whether a mean's raw score is the sum.
const fileVersion = 2

// Save writes the ensemble as a container of the given kind.
func (e *Ensemble) Save(w io.Writer, kind string) error {
	var c container.Encoder
	c.Int(e.Columns)
	c.Strings(e.Names)
	c.Strings(e.Infos)
	c.Bool(e.Average)
	c.Bool(e.Sum)
	c.Bool(e.Logistic)
	c.Float(e.Sigmoid)
	c.Bytes8(nil) // kept free for what a learner adds
	c.Int(len(e.Trees))
	for k := range e.Trees {
		e.Trees[k].encode(&c)
	}
	return container.Write(w, kind, fileVersion, c.Bytes())
}

// Load reads what Save wrote, checks it and consumes exactly its bytes.
func Load(r io.Reader, kind string) (*Ensemble, error) {
	version, payload, err := container.Read(r, kind, fileVersion)
	if err != nil {
		return nil, err
	}
	d := container.NewDecoder(payload)
	e := &Ensemble{Columns: d.Int(), Names: d.Strings(), Infos: d.Strings(), Average: d.Bool()}
	if version > 1 {
		e.Sum = d.Bool()
	}
	e.Logistic, e.Sigmoid = d.Bool(), d.Float()
	if version == 1 {
		e.Sum = e.Average && e.Logistic
	}
	d.Bytes8()
	n := d.Int()
	for k := 0; k < n && !d.Failed(); k++ {
		e.Trees = append(e.Trees, decodeTree(d))
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	if err := e.Check(); err != nil {
		return nil, fmt.Errorf("the model file is damaged: %w", err)
	}
	return e, nil
}

func (t *Tree) encode(c *container.Encoder) {
	c.Int32s(t.Feature)
	c.Floats(t.Threshold)
	decisions := make([]uint8, len(t.Decision))
	for k, d := range t.Decision {
		decisions[k] = uint8(d)
	}
	c.Bytes8(decisions)
	c.Int32s(t.Left)
	c.Int32s(t.Right)
	c.Floats(t.Gain)
	c.Floats(t.Value)
	c.Int32s(t.Count)
	c.Floats(t.Weight)
	c.Floats(t.Variance)
	c.Floats(t.NodeValue)
	c.Floats(t.NodeWeight)
	c.Int32s(t.NodeCount)
	c.Float(t.Shrinkage)
}

func decodeTree(d *container.Decoder) Tree {
	t := Tree{Feature: d.Int32s(), Threshold: d.Floats()}
	for _, v := range d.Bytes8() {
		t.Decision = append(t.Decision, Decision(v))
	}
	t.Left, t.Right = d.Int32s(), d.Int32s()
	t.Gain, t.Value = d.Floats(), d.Floats()
	t.Count = d.Int32s()
	t.Weight, t.Variance = d.Floats(), d.Floats()
	t.NodeValue, t.NodeWeight = d.Floats(), d.Floats()
	t.NodeCount = d.Int32s()
	t.Shrinkage = d.Float()
	return t
}
