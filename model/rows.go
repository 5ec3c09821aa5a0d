package model

import (
	"errors"
	"fmt"

	"cratedigger/model/matrix"
	"cratedigger/model/record"
)

// Rows are the same rows in several views, and the group of each.
type Rows struct {
	Views  map[string]*matrix.Matrix
	Groups map[string][][]record.Member // by name: the groups of each row, which learners of kind Record read

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
	for _, g := range r.Groups {
		return len(g)
	}
	return 0
}

// Subset is the given rows, in that order.
func (r Rows) Subset(rows []int) Rows {
	out := Rows{Views: make(map[string]*matrix.Matrix, len(r.Views)), Groups: make(map[string][][]record.Member, len(r.Groups)), Known: r.Known}
	for name, m := range r.Views {
		out.Views[name] = m.Subset(rows)
	}
	for name, g := range r.Groups {
		out.Groups[name] = matrix.Pick(g, rows)
	}
	return out
}

// starts are the shares of weight that learners have in each start on these rows.
func (r Rows) starts(learners []Learner) [][]float64 {
	var out [][]float64
	for l := range learners {
		known, ok := r.Known[learners[l].View]
		switch {
		case learners[l].Kind == Record:
			known = r.grouped(learners[l].View)
		case !ok:
			known = 1
		}
		for s, share := range learners[l].Starts {
			if s == len(out) {
				out = append(out, make([]float64, len(learners)))
			}
			out[s][l] = share * min(1, max(0, known))
		}
	}
	return out
}

// grouped is how surely the rows belong to groups of a name, on average.
func (r Rows) grouped(name string) float64 {
	sum := 0.0
	for _, row := range r.Groups[name] {
		most := 0.0
		for _, m := range row {
			most = max(most, m.Share)
		}
		sum += most
	}
	return sum / max(1, float64(len(r.Groups[name])))
}

func (r Rows) groups(name string) ([][]record.Member, error) {
	g, ok := r.Groups[name]
	if !ok {
		return nil, fmt.Errorf("the rows lack the groups %q that a learner reads", name)
	}
	return g, nil
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

	Aside []bool // rows to learn from and not to measure by; nil for none
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
	for name, g := range d.Groups {
		if len(g) != n {
			return fmt.Errorf("the groups %q are of %d rows where there are %d", name, len(g), n)
		}
	}
	if len(d.Y) != n || (d.W != nil && len(d.W) != n) {
		return errors.New("the number of labels or weights is not that of the rows")
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

// Harden turns soft labels into hard ones, on which the figures are measured: see hard.
// Without weights each is 1.
func Harden(y, w []float64) (spread []int, hard, weight []float64) {
	rows := make([]int, len(y))
	for i := range rows {
		rows[i] = i
	}
	return Data{Y: y, W: w}.hard(rows)
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
