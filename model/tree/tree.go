// Package tree is what boosted trees and forests share: the tree itself,
// scoring of whole matrices, exact explanations, leaf statistics, the learners'
// own file format and LightGBM's.
package tree

import (
	"errors"
	"fmt"
	"math"
)

// Decision says where a node sends a missing value. Its bits are those of
// LightGBM's decision_type.
type Decision uint8

// The parts of a Decision. A node has at most one of the two missing types;
// without one, NaN is taken as the value 0.
const (
	DefaultLeft Decision = 1 << 1 // missing values go left
	MissingZero Decision = 1 << 2 // NaN and values within ZeroBound of 0 are missing
	MissingNaN  Decision = 2 << 2 // NaN is missing

	missingMask = 3 << 2
)

// ZeroBound is how near to 0 a value counts as zero: LightGBM's 1e-35, which it
// writes as a float32 and compares as a float64.
const ZeroBound = float64(float32(1e-35))

// Left reports whether a node with this decision and threshold sends x left.
// Values within ZeroBound of 0 are 0, as LightGBM drops them from dense rows
// before it looks at the trees.
func (d Decision) Left(x, threshold float64) bool {
	if x != x {
		if d&missingMask == MissingNaN {
			return d&DefaultLeft != 0
		}
		x = 0
	}
	if x >= -ZeroBound && x <= ZeroBound {
		if d&missingMask == MissingZero {
			return d&DefaultLeft != 0
		}
		x = 0
	}
	return x <= threshold
}

// Snap is the threshold that divides values as Left divides them by t, when
// those near 0 are compared as they are: none lies strictly within ZeroBound.
func Snap(t float64) float64 {
	switch {
	case t >= 0 && t < ZeroBound:
		return ZeroBound
	case t < 0 && t >= -ZeroBound:
		return math.Nextafter(-ZeroBound, math.Inf(-1))
	}
	return t
}

// Tree is a binary tree. Node k splits column Feature[k]; a child number >= 0
// is a node and a negative one the leaf ^child. A tree of one leaf has no node.
// The root is node 0.
type Tree struct {
	Feature   []int32
	Threshold []float64
	Decision  []Decision
	Left      []int32
	Right     []int32
	Gain      []float64 // by how much the split lowered the loss

	// The leaves. Value is what the tree adds to the raw score. Count is the
	// number of training rows, Weight the sum of their hessians (boosting) or
	// weights (forest).
	Value  []float64
	Count  []int32
	Weight []float64
	// Variance is the weighted variance of the rows' targets in each leaf, in
	// the unit of Value squared: for boosting of the Newton steps −g/h times
	// the shrinkage, for a forest of the labels. Nil if unknown, as in files
	// of LightGBM.
	Variance []float64

	// NodeValue and NodeWeight are for the nodes what Value and Weight are for
	// the leaves; LightGBM keeps them to six digits and predicts without them.
	// They may be nil. NodeCount is derived from Count if nil.
	NodeValue  []float64
	NodeWeight []float64
	NodeCount  []int32

	Shrinkage float64 // already contained in Value
}

// Constant is a tree of one leaf.
func Constant(value float64, count int) Tree {
	return Tree{Value: []float64{value}, Count: []int32{int32(count)}, Shrinkage: 1}
}

// Leaves is the number of leaves.
func (t *Tree) Leaves() int { return len(t.Value) }

// walk calls f for every node and leaf below the root with its depth, parents
// first. It needs a tree that passed check.
func (t *Tree) walk(f func(child int32, depth int)) {
	if len(t.Feature) == 0 {
		return
	}
	type item struct {
		node  int32
		depth int
	}
	stack := []item{{0, 0}}
	for len(stack) > 0 {
		it := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, c := range [2]int32{t.Right[it.node], t.Left[it.node]} {
			f(c, it.depth+1)
			if c >= 0 {
				stack = append(stack, item{c, it.depth + 1})
			}
		}
	}
}

// check reports why t is not a valid tree over this number of columns.
func (t *Tree) check(columns int) error {
	nodes, leaves := len(t.Feature), len(t.Value)
	if leaves != nodes+1 {
		return fmt.Errorf("%d leaves and %d nodes make no tree", leaves, nodes)
	}
	for _, n := range []int{len(t.Threshold), len(t.Decision), len(t.Left), len(t.Right)} {
		if n != nodes {
			return errors.New("the node lists differ in length")
		}
	}
	for _, n := range []int{len(t.Gain), len(t.NodeValue), len(t.NodeWeight), len(t.NodeCount)} {
		if n != nodes && n != 0 {
			return errors.New("the node lists differ in length")
		}
	}
	for _, n := range []int{len(t.Count), len(t.Weight), len(t.Variance)} {
		if n != leaves && n != 0 {
			return errors.New("the leaf lists differ in length")
		}
	}
	for k, v := range t.Value {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("the value of leaf %d is %v", k, v)
		}
	}
	for _, list := range [][]int32{t.Count, t.NodeCount} {
		for _, n := range list {
			if n < 0 {
				return errors.New("a count of rows is negative")
			}
		}
	}
	return t.checkNodes(columns)
}

func (t *Tree) checkNodes(columns int) error {
	nodes, leaves := len(t.Feature), len(t.Value)
	seen := make([]bool, nodes+leaves)
	for k := range nodes {
		if f := t.Feature[k]; f < 0 || int(f) >= columns {
			return fmt.Errorf("node %d splits column %d of %d", k, f, columns)
		}
		if d := t.Decision[k]; d&missingMask == missingMask || d&^(missingMask|DefaultLeft) != 0 {
			return fmt.Errorf("node %d has decision type %d, which is not known (categorical splits are not supported)", k, d)
		}
		if math.IsNaN(t.Threshold[k]) {
			return fmt.Errorf("the threshold of node %d is not a number", k)
		}
		for _, c := range [2]int32{t.Left[k], t.Right[k]} {
			at := int(c)
			if c < 0 {
				at = nodes + int(^c)
			}
			if c == 0 || at >= nodes+leaves || (c > 0 && at >= nodes) || seen[at] {
				return fmt.Errorf("node %d has a child %d that is not its own", k, c)
			}
			seen[at] = true
		}
	}
	// Every node and leaf except the root is the child of exactly one node now.
	// What remains to be excluded is a cycle that is not connected to the root.
	reached := 0
	t.walk(func(int32, int) { reached++ })
	if reached != 2*nodes {
		return errors.New("some nodes cannot be reached from the root")
	}
	return nil
}

// cover is the number of training rows in each node and leaf. Where a file
// gives none, every leaf counts as one row.
func (t *Tree) cover() (node, leaf []float64) {
	leaf = make([]float64, len(t.Value))
	node = make([]float64, len(t.Feature))
	total := 0.0
	for k := range leaf {
		if len(t.Count) > 0 {
			leaf[k] = float64(t.Count[k])
		}
		total += leaf[k]
	}
	if total == 0 {
		for k := range leaf {
			leaf[k] = 1
		}
	} else if len(t.NodeCount) > 0 {
		for k, n := range t.NodeCount {
			node[k] = float64(n)
		}
		return node, leaf
	}
	t.sumUp(node, leaf)
	return node, leaf
}

// sumUp fills node with the sums of the leaves below each node.
func (t *Tree) sumUp(node, leaf []float64) {
	var order []int32
	if len(node) > 0 {
		order = append(order, 0)
	}
	t.walk(func(c int32, _ int) {
		if c >= 0 {
			order = append(order, c)
		}
	})
	at := func(c int32) float64 {
		if c < 0 {
			return leaf[^c]
		}
		return node[c]
	}
	for i := len(order) - 1; i >= 0; i-- { // parents come before children
		k := order[i]
		node[k] = at(t.Left[k]) + at(t.Right[k])
	}
}
