package boost

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"cratedigger/model/internal/work"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
)

// Kind is the kind of the container that holds a Model.
const Kind = "boost"

// Model is a trained ensemble. Its raw score is a log odds divided by the
// sigmoid; its contributions, leaf statistics, importances and files are the
// ensemble's.
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
// The same seed gives the same model on any number of threads. Training ends early
// when no leaf can be split any more, or with ctx's error, within a tree, when ctx
// ends.
func Train(ctx context.Context, m *matrix.Matrix, y, w []float64, p Params, threads int) (*Model, error) {
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("train boosted trees: %w", err)
	}
	if err := matrix.CheckLabels(m, y, w); err != nil {
		return nil, fmt.Errorf("train boosted trees: %w", err)
	}
	if m.Rows() > maxRows {
		return nil, fmt.Errorf("train boosted trees: %d rows are more than the %d that fit", m.Rows(), maxRows)
	}
	threads = work.Threads(threads)
	t := &trainer{p: p, y: y, w: w, b: bin(m, p, threads)}
	t.workers = work.NewPool(threads)
	defer t.workers.Stop()
	t.begin()
	e := &tree.Ensemble{Columns: m.Cols(), Infos: t.b.infos, Logistic: true, Sigmoid: p.Sigmoid}
	if m.Named() {
		e.Names = m.Names()
	}
	for k := range p.Trees {
		grown, err := t.next(ctx, k)
		if err != nil {
			return nil, fmt.Errorf("train boosted trees: stopped in tree %d: %w", k+1, err)
		}
		if grown == nil {
			break
		}
		e.Trees = append(e.Trees, *grown)
	}
	if len(e.Trees) == 0 {
		e.Trees = []tree.Tree{tree.Constant(t.first, t.b.rows)}
	}
	return &Model{e}, nil
}

// trainer holds the state between trees.
type trainer struct {
	p        Params
	y, w     []float64
	b        *binned
	workers  *work.Pool
	g        *grower
	first    float64   // the starting score
	score    []float64 // of each row
	classPos float64   // weights of the classes
	classNeg float64
	bag      []int32
	all      []int32
	cols     []int32
	rows     *rand.Rand // draws of rows
	columns  *rand.Rand // draws of columns
}

// begin sets the starting score, the log odds of the weighted labels. Class
// balance does not enter it, as in LightGBM.
func (t *trainer) begin() {
	n := t.b.rows
	var pos, sum float64
	var countPos int
	for i := range n {
		wi := t.weight(i)
		sum += wi
		if t.y[i] > 0 {
			pos += wi
			countPos++
		}
	}
	t.classPos, t.classNeg = t.p.ScalePosWeight, 1
	if t.p.Unbalance && countPos > 0 && countPos < n {
		if negatives := n - countPos; countPos > negatives {
			t.classNeg = float64(countPos) / float64(negatives)
		} else {
			t.classPos = float64(negatives) / float64(countPos)
		}
	}
	if t.p.BoostFromAverage {
		share := min(max(pos/sum, 1e-15), 1-1e-15)
		t.first = math.Log(share/(1-share)) / t.p.Sigmoid
	}
	t.score = make([]float64, n)
	t.all = make([]int32, n)
	for i := range t.score {
		t.score[i] = t.first
		t.all[i] = int32(i)
	}
	t.bag = t.all
	t.cols = make([]int32, len(t.b.cols))
	for c := range t.cols {
		t.cols[c] = int32(c)
	}
	t.g = newGrower(t.b, t.p, t.workers)
	t.rows = rand.New(rand.NewPCG(t.p.Seed, 1))
	t.columns = rand.New(rand.NewPCG(t.p.Seed, 2))
}

func (t *trainer) weight(i int) float64 {
	if t.w == nil {
		return 1
	}
	return t.w[i]
}

// next grows tree k, or returns nil if no leaf can be split any more.
func (t *trainer) next(ctx context.Context, k int) (*tree.Tree, error) {
	if t.p.BaggingFreq > 0 && t.p.BaggingFraction < 1 && k%t.p.BaggingFreq == 0 {
		t.bag = sample(t.rows, t.all, t.bag, t.p.BaggingFraction)
	}
	cols := t.cols
	if t.p.FeatureFraction < 1 {
		cols = sample(t.columns, t.cols, nil, t.p.FeatureFraction)
	}
	if err := t.g.grow(ctx, t.bag, cols, t.gradients()); err != nil {
		return nil, err
	}
	if len(t.g.nodes) == 0 {
		return nil, nil
	}
	first := 0.0
	if k == 0 {
		first = t.first
	}
	grown := t.g.tree(first)
	t.update(&grown, first)
	return &grown, nil
}

// gradients computes those of the logistic loss at the current scores, for the
// rows of the bag.
func (t *trainer) gradients() absSums {
	n := len(t.bag)
	parts := make([]absSums, (n+grain-1)/grain)
	t.g.run(10*n, len(parts), func(part int) {
		sigmoid := t.p.Sigmoid
		var total absSums
		for _, i := range t.bag[part*grain : min((part+1)*grain, n)] {
			weight, sign := t.weight(int(i)), 1.0
			if t.y[i] > 0 {
				sign = -1
				weight *= t.classPos
			} else {
				weight *= t.classNeg
			}
			p := 1 / (1 + math.Exp(-sign*sigmoid*t.score[i])) // of the wrong label
			// Rounded as in LightGBM: sums of these are exact, so that equal
			// splits get equal scores.
			g := float64(float32(sign * p * sigmoid * weight))
			h := float64(float32(p * (1 - p) * sigmoid * sigmoid * weight))
			t.g.g[i], t.g.h[i] = g, h
			total.g += math.Abs(g)
			total.h += h
		}
		parts[part] = total
	})
	var all absSums
	for _, m := range parts {
		all.g += m.g
		all.h += m.h
	}
	return all
}

// update adds the tree's values to the scores of all rows.
func (t *trainer) update(grown *tree.Tree, first float64) {
	t.g.run(len(t.g.rows), len(t.g.leaves), func(k int) {
		v := grown.Value[k] - first
		for _, r := range t.g.rows[t.g.leaves[k].lo:t.g.leaves[k].hi] {
			t.score[r] += v
		}
	})
	if len(t.bag) == t.b.rows {
		return
	}
	n := t.b.rows
	t.g.run(20*n, (n+grain-1)/grain, func(part int) {
		for r := part * grain; r < min((part+1)*grain, n); r++ {
			if t.g.pos[r] < 0 {
				t.score[r] += grown.Value[t.g.leafOf(int32(r))] - first
			}
		}
	})
}

// sample draws a share of from without replacement, in order (selection
// sampling, Knuth vol. 2, algorithm S). It reuses to unless that is from.
func sample(r *rand.Rand, from, to []int32, share float64) []int32 {
	n := max(1, int(share*float64(len(from))+0.5))
	if len(to) == len(from) || cap(to) < n {
		to = make([]int32, 0, n)
	}
	to = to[:0]
	for k, v := range from {
		if left := len(from) - k; r.IntN(left) < n-len(to) {
			to = append(to, v)
		}
	}
	return to
}
