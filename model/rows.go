package model

import (
	"errors"
	"fmt"

	"cratedigger/model/matrix"
)

// Rows are the same rows in several views, and the group of each.
type Rows struct {
	Views  map[string]*matrix.Matrix
	Groups []string // one a row, "" for none; nil when there are no groups

	// Known is the share, from 0 to 1, of a view's data that is known of these
	// rows. The starting weight of the view's learners is multiplied by it. Views
	// that are not named count as fully known.
	Known map[string]float64
}

// Len is the number of rows.
func (r Rows) Len() int {
	for _, m := range r.Views {
		return m.Rows()
	}
	return len(r.Groups)
}

// Subset is the given rows, in that order.
func (r Rows) Subset(rows []int) Rows {
	out := Rows{Views: make(map[string]*matrix.Matrix, len(r.Views)), Known: r.Known}
	for name, m := range r.Views {
		out.Views[name] = m.Subset(rows)
	}
	if r.Groups != nil {
		out.Groups = make([]string, len(rows))
		for k, i := range rows {
			out.Groups[k] = r.Groups[i]
		}
	}
	return out
}

// shares are the weights that learners start with on these rows.
func (r Rows) shares(learners []Learner) []float64 {
	out := make([]float64, len(learners))
	for l := range learners {
		out[l] = learners[l].Start
		if learners[l].Kind == Record {
			out[l] *= r.grouped()
		} else if known, ok := r.Known[learners[l].View]; ok {
			out[l] *= min(1, max(0, known))
		}
	}
	return out
}

// grouped is the share of rows that have a group.
func (r Rows) grouped() float64 {
	n := 0.0
	for _, g := range r.Groups {
		if g != "" {
			n++
		}
	}
	return n / max(1, float64(len(r.Groups)))
}

func (r Rows) view(name string) (*matrix.Matrix, error) {
	m, ok := r.Views[name]
	if !ok {
		return nil, fmt.Errorf("the rows lack the view %q that a learner reads", name)
	}
	return m, nil
}

// Data is rows with their labels.
type Data struct {
	Rows
	Y []float64 // shares of likes, 0 to 1
	W []float64 // weights, nil for 1 each
}

func (d Data) check() error {
	n := d.Len()
	if n == 0 {
		return errors.New("there are no rows to learn from")
	}
	for name, m := range d.Views {
		if m.Rows() != n {
			return fmt.Errorf("view %q has %d rows where others have %d", name, m.Rows(), n)
		}
	}
	if len(d.Y) != n || (d.W != nil && len(d.W) != n) || (d.Groups != nil && len(d.Groups) != n) {
		return errors.New("the number of labels, weights or groups is not that of the rows")
	}
	for i, y := range d.Y {
		if !(y >= 0 && y <= 1) {
			return fmt.Errorf("the label of row %d is %v; labels are shares between 0 and 1", i, y)
		}
		if w := weightOf(d.W, i); !(w >= 0 && w < 1e12) {
			return fmt.Errorf("the weight of row %d is %v; weights are finite and not negative", i, w)
		}
	}
	return nil
}

// hard turns soft labels into hard ones: a row of share p and weight w becomes a
// row with label 1 and weight wp and one with label 0 and weight w(1−p). spread are
// the given row numbers, some of them twice.
func (d Data) hard(rows []int) (spread []int, y, w []float64) {
	for _, i := range rows {
		p, weight := d.Y[i], weightOf(d.W, i)
		if weight == 0 {
			continue
		}
		if p > 0 {
			spread, y, w = append(spread, i), append(y, 1), append(w, weight*p)
		}
		if p < 1 {
			spread, y, w = append(spread, i), append(y, 0), append(w, weight*(1-p))
		}
	}
	return spread, y, w
}
