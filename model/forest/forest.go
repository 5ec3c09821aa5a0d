package forest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"cratedigger/model/internal/work"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

// Kind is the kind of the container that holds a Model.
const Kind = "forest"

// Model is a trained forest. Its raw score is its probability: the mean over
// the trees of the share of label 1 in the leaf.
type Model struct {
	*tree.Ensemble

	p    Params
	draw drawn // what it takes to draw the trees' rows again
}

// drawn is what the trees' samples depend on besides the parameters. It is not
// kept in files.
type drawn struct{ y, w []float64 }

// Save writes the model.
func (m *Model) Save(w io.Writer) error { return m.Ensemble.Save(w, Kind, nil) }

// Load reads a model that Save wrote.
func Load(r io.Reader) (*Model, error) {
	e, _, err := tree.Load(r, Kind)
	if err != nil {
		return nil, err
	}
	return &Model{Ensemble: e}, nil
}

// Train learns the labels y, each 0 or 1, from the rows of m with weights w
// (nil for equal ones). Missing values go to the side that lowers the impurity
// most. The same seed gives the same model on any number of threads. It ends
// with ctx's error, within a tree, when ctx ends.
func Train(ctx context.Context, m *matrix.Matrix, y, w []float64, p Params, o Options) (*Model, error) {
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("train forest: %w", err)
	}
	if err := matrix.CheckLabels(m, y, w); err != nil {
		return nil, fmt.Errorf("train forest: %w", err)
	}
	threads := work.Threads(o.Threads)
	d := newData(m, threads)
	e := &tree.Ensemble{Columns: m.Cols(), Trees: make([]tree.Tree, p.Trees), Average: true}
	if m.Named() {
		e.Names = m.Names()
	}
	var idle sync.Pool
	var mu sync.Mutex
	done := 0
	var failed error
	work.Each(p.Trees, threads, func(k int) {
		g, _ := idle.Get().(*grower)
		if g == nil {
			g = newGrower(d, p)
		}
		defer idle.Put(g)
		t, err := g.grow(ctx, k, y, w)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			failed = err
			return
		}
		e.Trees[k] = t
		done++
		if o.Progress != nil {
			o.Progress(done, p.Trees)
		}
	})
	if failed != nil {
		return nil, fmt.Errorf("train forest: stopped after %d trees: %w", done, failed)
	}
	return &Model{e, p, drawn{y, w}}, nil
}

// OutOfBag is, for each of the rows it was trained on, the mean over the trees
// that did not see the row; NaN for a row that all trees saw. It needs the same
// matrix, a forest with bootstrap, and one that was trained, not loaded.
func (m *Model) OutOfBag(rows *matrix.Matrix) ([]float64, error) {
	switch {
	case m.draw.y == nil:
		return nil, errors.New("a forest read from a file no longer knows which rows its trees saw")
	case !m.p.Bootstrap:
		return nil, errors.New("every tree saw every row: without bootstrap there are no out-of-bag scores")
	case rows.Rows() != len(m.draw.y):
		return nil, fmt.Errorf("the forest was trained on %d rows, not %d", len(m.draw.y), rows.Rows())
	}
	n := rows.Rows()
	bags := make([][]bool, len(m.Trees))
	empty := &data{rows: n}
	work.Each(len(m.Trees), 0, func(k int) {
		g := &grower{d: empty, p: m.p, draws: make([]int32, n), place: make([]int32, n), weight: make([]weight, n)}
		g.sample(k, m.draw.y, m.draw.w)
		bags[k] = make([]bool, n)
		for i, d := range g.draws {
			bags[k][i] = d > 0
		}
	})
	leaves, err := m.Leaves(rows)
	if err != nil {
		return nil, err
	}
	out := make([]float64, n)
	for i := range out {
		sum, count := 0.0, 0.0
		for k := range m.Trees {
			if !bags[k][i] {
				sum += m.Trees[k].Value[leaves[i][k]]
				count++
			}
		}
		out[i] = math.NaN()
		if count > 0 {
			out[i] = sum / count
		}
	}
	return out, nil
}
