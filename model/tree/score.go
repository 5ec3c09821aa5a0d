package tree

import (
	"sync"

	"cratedigger/model/matrix"
)

// scorer scores rows with some trees. The columns that any tree splits are numbered
// in slots, so that a row's values are close together in memory.
type scorer struct {
	trees []Tree
	slot  []int32 // column → slot, or −1
	slots int

	once  sync.Once
	masks *masks // nil if the trees do not fit, and are walked

	walked sync.Once
	paths  *paths
}

func newScorer(trees []Tree, columns int) *scorer {
	s := &scorer{trees: trees, slot: make([]int32, columns)}
	for j := range s.slot {
		s.slot[j] = -1
	}
	for k := range trees {
		for _, f := range trees[k].Feature {
			if s.slot[f] < 0 {
				s.slot[f] = int32(s.slots)
				s.slots++
			}
		}
	}
	return s
}

// load writes row i's values into x, which must be all zero; clear undoes it.
func (s *scorer) load(m *matrix.Matrix, i int, x []float64) {
	for j, v := range m.Dense(i) {
		if k := s.slot[j]; k >= 0 {
			x[k] = v
		}
	}
	cols, vals := m.Sparse(i)
	for n, j := range cols {
		if int(j) >= len(s.slot) {
			break
		}
		if k := s.slot[j]; k >= 0 {
			x[k] = vals[n]
		}
	}
}

func (s *scorer) clear(m *matrix.Matrix, i int, x []float64) {
	cols, _ := m.Sparse(i)
	for _, j := range cols {
		if int(j) >= len(s.slot) {
			break
		}
		if k := s.slot[j]; k >= 0 {
			x[k] = 0
		}
	}
}

// score writes the sums of the leaf values of rows lo to hi−1 to out.
func (s *scorer) score(m *matrix.Matrix, lo, hi int, out []float64) {
	s.once.Do(func() { s.masks = newMasks(s.trees, len(s.slot)) })
	if s.masks != nil {
		s.masks.score(m, lo, hi, out)
		return
	}
	w := s.walk().start()
	for i := lo; i < hi; i++ {
		w.load(m, i)
		sum := 0.0
		for k := range s.trees {
			sum += w.p.value[w.leaf(k)]
		}
		out[i-lo] = sum
	}
}

// walk returns the paths of the trees, made on first use.
func (s *scorer) walk() *paths {
	s.walked.Do(func() { s.paths = newPaths(s.trees, len(s.slot)) })
	return s.paths
}

// leaves writes the leaves of rows lo to hi−1 to out, one number a tree.
func (s *scorer) leaves(m *matrix.Matrix, lo, hi int, out [][]int32) {
	w := s.walk().start()
	for i := lo; i < hi; i++ {
		w.load(m, i)
		out[i-lo] = make([]int32, len(s.trees))
		for k := range s.trees {
			out[i-lo][k] = w.leaf(k) - w.p.first[k]
		}
	}
}

// addTo adds the value of each row's leaf to out. The rows must be at least as
// wide as the tree's columns reach, or sparse.
func (t *Tree) addTo(m *matrix.Matrix, out []float64) {
	for i := range m.Rows() {
		if len(t.Feature) == 0 {
			out[i] += t.Value[0]
			continue
		}
		k := int32(0)
		for k >= 0 {
			if t.Decision[k].Left(m.At(i, int(t.Feature[k])), t.Threshold[k]) {
				k = t.Left[k]
			} else {
				k = t.Right[k]
			}
		}
		out[i] += t.Value[^k]
	}
}
