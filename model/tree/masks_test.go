package tree

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"cratedigger/model/matrix"
)

// randomTree splits at random over the columns, with all kinds of decisions
// but those for zeros unless zeros is set.
func randomTree(r *rand.Rand, leaves, columns int, zeros bool) Tree {
	t := Tree{Value: []float64{r.NormFloat64()}}
	parent := []int32{-1} // of each leaf
	for len(t.Value) < leaves {
		k, leaf := int32(len(t.Feature)), r.IntN(len(t.Value))
		if p := parent[leaf]; p >= 0 {
			if t.Left[p] == ^int32(leaf) {
				t.Left[p] = k
			} else {
				t.Right[p] = k
			}
		}
		d := Decision(0)
		switch r.IntN(3) {
		case 0:
			d = DefaultLeft
		case 1:
			d = MissingNaN | Decision(r.IntN(2))<<1
		}
		if zeros && r.IntN(4) == 0 {
			d = MissingZero | Decision(r.IntN(2))<<1
		}
		t.Feature = append(t.Feature, int32(r.IntN(columns)))
		t.Threshold = append(t.Threshold, float64(r.IntN(9)-3)/4)
		t.Decision = append(t.Decision, d)
		t.Left = append(t.Left, ^int32(leaf))
		t.Right = append(t.Right, ^int32(len(t.Value)))
		parent[leaf] = k
		parent = append(parent, k)
		t.Value = append(t.Value, r.NormFloat64())
	}
	return t
}

// leaf walks a row through the tree as its definition says.
func (t *Tree) leaf(x []float64) int {
	k := ^int32(0)
	if len(t.Feature) > 0 {
		k = 0
	}
	for k >= 0 {
		if t.Decision[k].Left(x[t.Feature[k]], t.Threshold[k]) {
			k = t.Left[k]
		} else {
			k = t.Right[k]
		}
	}
	return int(^k)
}

// TestMasksAgreeWithWalking compares the ways of scoring to the last bit.
func TestMasksAgreeWithWalking(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const columns = 9
	rows, err := matrix.NewBuilder(4, columns)
	if err != nil {
		t.Fatal(err)
	}
	value := func() float64 {
		if r.IntN(8) == 0 {
			return math.NaN()
		}
		if r.IntN(12) == 0 {
			return math.Inf(1 - 2*r.IntN(2))
		}
		return float64(r.IntN(9)-3) / 4
	}
	for range 500 {
		var cols []int32
		var vals []float64
		for j := int32(4); j < columns; j++ {
			if r.IntN(2) == 0 {
				cols, vals = append(cols, j), append(vals, value())
			}
		}
		if err := rows.Add([]float64{value(), value(), value(), value()}, cols, vals); err != nil {
			t.Fatal(err)
		}
	}
	m := rows.Matrix()
	for _, c := range []struct {
		trees, leaves int
		zeros, masks  bool
	}{{1, 1, false, true}, {1, 32, false, true}, {7, 5, false, true}, {64, 31, false, true}, {301, 31, false, true}, {5, 33, false, false}, {5, 70, true, false}, {9, 20, true, true}, {40, 32, true, true}} {
		e := &Ensemble{Columns: columns, Logistic: true, Sigmoid: 1}
		for range c.trees {
			e.Trees = append(e.Trees, randomTree(r, c.leaves, columns, c.zeros))
		}
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
		got, err := e.Score(m)
		if err != nil {
			t.Fatal(err)
		}
		fresh := &Ensemble{Trees: e.Trees, Columns: columns, Logistic: true, Sigmoid: 1}
		few, err := fresh.Score(m.Subset([]int{7, 8, 9}))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(few, got[7:10]) {
			t.Errorf("%+v: three rows alone score %v, among others %v", c, few, got[7:10])
		}
		leaves, err := e.Leaves(m)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.scorer().masks != nil; got != c.masks {
			t.Errorf("%+v: masks %v", c, got)
		}
		for i := range got {
			want := 0.0
			x := make([]float64, columns)
			for j := range x {
				x[j] = m.At(i, j)
			}
			for k := range e.Trees {
				leaf := e.Trees[k].leaf(x)
				if int(leaves[i][k]) != leaf {
					t.Fatalf("%+v: row %d %v ends in leaf %d of tree %d, not %d", c, i, x, leaves[i][k], k, leaf)
				}
				want += e.Trees[k].Value[leaf]
			}
			if got[i] != want {
				t.Fatalf("%+v: row %d %v scored %v, walking gives %v", c, i, x, got[i], want)
			}
		}
	}
}

// TestContributionsAreShapleyValues compares with the definition: the mean over
// all orders of what a column adds.
func TestContributionsAreShapleyValues(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const columns = 4
	for range 40 {
		tr := randomTree(r, 2+r.IntN(14), columns, true)
		for range tr.Value {
			tr.Count = append(tr.Count, int32(r.IntN(20)))
		}
		tr.Count[0]++
		e := &Ensemble{Columns: columns, Trees: []Tree{tr}}
		x := make([]float64, columns)
		for j := range x {
			x[j] = float64(r.IntN(9)-3) / 4
		}
		m, err := matrix.FromDense(columns, x)
		if err != nil {
			t.Fatal(err)
		}
		got, base, err := e.Contributions(m, 0)
		if err != nil {
			t.Fatal(err)
		}
		node, leaf := tr.cover()
		var expect func(c int32, known int) float64
		expect = func(c int32, known int) float64 {
			if c < 0 {
				return tr.Value[^c]
			}
			if f := tr.Feature[c]; known>>f&1 == 1 {
				if tr.Decision[c].Left(x[f], tr.Threshold[c]) {
					return expect(tr.Left[c], known)
				}
				return expect(tr.Right[c], known)
			}
			rows := func(c int32) float64 {
				if c < 0 {
					return leaf[^c]
				}
				return node[c]
			}
			if node[c] == 0 {
				return 0
			}
			return (rows(tr.Left[c])*expect(tr.Left[c], known) + rows(tr.Right[c])*expect(tr.Right[c], known)) / node[c]
		}
		// A node that no training row reached has no expectation; leave those out.
		empty := false
		for _, n := range node {
			empty = empty || n == 0
		}
		if empty {
			continue
		}
		factorial := [...]float64{1, 1, 2, 6, 24}
		for j := range columns {
			want := 0.0
			for known := range 1 << columns {
				if known>>j&1 == 1 {
					continue
				}
				size := 0
				for b := range columns {
					size += known >> b & 1
				}
				want += factorial[size] * factorial[columns-size-1] / factorial[columns] * (expect(0, known|1<<j) - expect(0, known))
			}
			if math.Abs(got[j]-want) > 1e-10 {
				t.Fatalf("column %d: %v, by definition %v", j, got[j], want)
			}
		}
		if math.Abs(base-expect(0, 0)) > 1e-10 {
			t.Fatalf("base %v, by definition %v", base, expect(0, 0))
		}
	}
}

func TestGaussIsExact(t *testing.T) {
	for n := 1; n <= 60; n++ {
		points, weights := gauss(n)
		for degree := 0; degree < 2*n; degree++ {
			sum := 0.0
			for k, p := range points {
				sum += weights[k] * math.Pow(p, float64(degree))
			}
			if want := 1 / float64(degree+1); math.Abs(sum-want) > 1e-13 {
				t.Fatalf("%d points, degree %d: %v, want %v", n, degree, sum, want)
			}
		}
	}
}

func TestVariancesAndImportance(t *testing.T) {
	tr := Tree{
		Feature: []int32{1}, Threshold: []float64{0}, Decision: []Decision{DefaultLeft}, Left: []int32{-1}, Right: []int32{-2}, Gain: []float64{3},
		Value: []float64{-1, 2}, Count: []int32{10, 5}, Variance: []float64{4, 1},
	}
	e := &Ensemble{Columns: 2, Trees: []Tree{tr, tr}, Logistic: true, Sigmoid: 1}
	m, err := matrix.FromDense(2, []float64{0, -1, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := e.Score(m)
	if err != nil {
		t.Fatal(err)
	}
	variance, err := e.Variances(m, 0)
	if err != nil {
		t.Fatal(err)
	}
	if raw[0] != -2 || raw[1] != 4 || math.Abs(variance[0]-.8) > 1e-15 || math.Abs(variance[1]-.4) > 1e-15 {
		t.Errorf("raw %v, variance %v", raw, variance)
	}
	if imp := e.Importance(); imp.Splits[0] != 0 || imp.Splits[1] != 2 || imp.Gain[1] != 6 {
		t.Errorf("importance %+v", imp)
	}
	e.Trees[1].Variance = nil
	if _, err := e.Variances(m, 0); err == nil {
		t.Error("unknown variances gave no error")
	}
	wide, err := matrix.FromDense(3, make([]float64, 3))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Score(wide); err == nil {
		t.Error("dense rows of another width were scored")
	}
}
