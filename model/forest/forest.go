package forest

import (
	"context"
	"fmt"
	"io"
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
}

// Save writes the model.
func (m *Model) Save(w io.Writer) error { return m.Ensemble.Save(w, Kind) }

// Load reads a model that Save wrote.
func Load(r io.Reader) (*Model, error) {
	e, err := tree.Load(r, Kind)
	if err != nil {
		return nil, err
	}
	return &Model{e}, nil
}

// Train learns the labels y, each 0 or 1, from the rows of m with weights w
// (nil for equal ones). It uses at most threads goroutines; 0 is one per processor.
// Missing values go to the side that lowers the impurity most. The same seed gives
// the same model on any number of threads. Training ends with ctx's error, within a
// tree, when ctx ends.
func Train(ctx context.Context, m *matrix.Matrix, y, w []float64, p Params, threads int) (*Model, error) {
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("train forest: %w", err)
	}
	if err := matrix.CheckLabels(m, y, w); err != nil {
		return nil, fmt.Errorf("train forest: %w", err)
	}
	threads = work.Threads(threads)
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
	})
	if failed != nil {
		return nil, fmt.Errorf("train forest: stopped after %d trees: %w", done, failed)
	}
	return &Model{e}, nil
}
