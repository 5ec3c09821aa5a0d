package tree

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// WriteLightGBM writes the ensemble in LightGBM's text format, version 4, so
// that LightGBM loads it and predicts the same. Forests are written with
// average_output and without a link, so that LightGBM's prediction is the mean
// of the leaves; its raw score is then the sum. Names of columns are written as
// [LightGBMName] gives them, made different from each other. The variances of
// the leaves have no place in the format and are not written.
func (e *Ensemble) WriteLightGBM(w io.Writer) error {
	if err := e.Check(); err != nil {
		return fmt.Errorf("write LightGBM model: %w", err)
	}
	trees := make([]string, len(e.Trees))
	sizes := make([]string, len(e.Trees))
	for k := range e.Trees {
		text := e.Trees[k].text(k)
		trees[k], sizes[k] = text, strconv.Itoa(len(text))
	}
	names := e.lightGBMNames()
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=%d\n", e.Columns-1)
	boosting, objective := "gbdt", "regression"
	if e.Logistic {
		objective = "binary"
		fmt.Fprintf(out, "objective=binary sigmoid:%s\n", number(e.Sigmoid))
	} else {
		fmt.Fprint(out, "objective=regression\n")
	}
	if e.Average {
		boosting = "rf"
		fmt.Fprint(out, "average_output\n")
	}
	fmt.Fprintf(out, "feature_names=%s\nfeature_infos=%s\ntree_sizes=%s\n\n", strings.Join(names, " "), strings.Join(e.infos(), " "), strings.Join(sizes, " "))
	for _, text := range trees {
		out.WriteString(text)
	}
	out.WriteString("end of trees\n\nfeature_importances:\n")
	imp := e.Importance()
	used := make([]int, 0, e.Columns)
	for j, n := range imp.Splits {
		if n > 0 {
			used = append(used, j)
		}
	}
	slices.SortStableFunc(used, func(a, b int) int { return cmp.Compare(imp.Splits[b], imp.Splits[a]) })
	for _, j := range used {
		fmt.Fprintf(out, "%s=%d\n", names[j], imp.Splits[j])
	}
	fmt.Fprintf(out, "\nparameters:\n[boosting: %s]\n[objective: %s]\n[num_iterations: %d]\n[num_class: 1]\nend of parameters\n\npandas_categorical:null\n", boosting, objective, len(e.Trees))
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write LightGBM model: %w", err)
	}
	return nil
}

// text is tree k as it stands in the file, with the empty lines after it.
func (t *Tree) text(k int) string {
	nodes := len(t.Feature)
	var b strings.Builder
	fmt.Fprintf(&b, "Tree=%d\nnum_leaves=%d\nnum_cat=0\n", k, len(t.Value))
	count := t.Count
	if len(count) == 0 {
		count = make([]int32, len(t.Value))
	}
	nodeCount, nodeValue, nodeWeight := t.nodeCounts(count), t.NodeValue, t.NodeWeight
	weight := t.Weight
	if len(weight) == 0 && nodes > 0 {
		weight = make([]float64, len(t.Value))
	}
	if nodes == 0 {
		weight = nil
	}
	if len(nodeWeight) == 0 {
		nodeWeight = make([]float64, nodes)
		t.sumUp(nodeWeight, weight)
	}
	if len(nodeValue) == 0 {
		nodeValue = t.nodeValues(nodeWeight, weight)
	}
	gain := t.Gain
	if len(gain) == 0 {
		gain = make([]float64, nodes)
	}
	writeList(&b, "split_feature", t.Feature, whole)
	writeList(&b, "split_gain", gain, short)
	writeList(&b, "threshold", t.Threshold, number)
	writeList(&b, "decision_type", t.Decision, whole)
	writeList(&b, "left_child", t.Left, whole)
	writeList(&b, "right_child", t.Right, whole)
	writeList(&b, "leaf_value", t.Value, number)
	writeList(&b, "leaf_weight", weight, number)
	writeList(&b, "leaf_count", count, whole)
	writeList(&b, "internal_value", nodeValue, short)
	writeList(&b, "internal_weight", nodeWeight, short)
	writeList(&b, "internal_count", nodeCount, whole)
	fmt.Fprintf(&b, "is_linear=0\nshrinkage=%s\n\n\n", short(t.Shrinkage))
	return b.String()
}

func (t *Tree) nodeCounts(count []int32) []int32 {
	if len(t.NodeCount) > 0 {
		return t.NodeCount
	}
	node, leaf := make([]float64, len(t.Feature)), make([]float64, len(count))
	for k, n := range count {
		leaf[k] = float64(n)
	}
	t.sumUp(node, leaf)
	out := make([]int32, len(node))
	for k, n := range node {
		out[k] = int32(min(n, math.MaxInt32))
	}
	return out
}

// nodeValues is the mean of the leaf values below each node, weighted.
func (t *Tree) nodeValues(nodeWeight, weight []float64) []float64 {
	out, sums := make([]float64, len(t.Feature)), make([]float64, len(weight))
	for k, w := range weight {
		sums[k] = w * t.Value[k]
	}
	t.sumUp(out, sums)
	for k, w := range nodeWeight {
		if w > 0 {
			out[k] /= w
		} else {
			out[k] = 0
		}
	}
	return out
}

func writeList[T any](b *strings.Builder, key string, list []T, format func(T) string) {
	b.WriteString(key)
	b.WriteByte('=')
	for k, v := range list {
		if k > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(format(v))
	}
	b.WriteByte('\n')
}

// number has all digits that a float64 needs, short the six that LightGBM
// keeps of what it does not predict with.
func number(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	return strconv.FormatFloat(v, 'g', 17, 64)
}
func short(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}
func whole[T int32 | Decision](v T) string { return strconv.FormatInt(int64(v), 10) }

// infos is LightGBM's description of the columns: "none" for one that no tree
// splits, else the range of its values, of which only the thresholds are known
// here if the model does not have it.
func (e *Ensemble) infos() []string {
	if e.Infos != nil {
		return e.Infos
	}
	low, high := make([]float64, e.Columns), make([]float64, e.Columns)
	used := make([]bool, e.Columns)
	for k := range e.Trees {
		t := &e.Trees[k]
		for n, f := range t.Feature {
			v := t.Threshold[n]
			if !used[f] {
				low[f], high[f], used[f] = v, v, true
			}
			low[f], high[f] = min(low[f], v), max(high[f], v)
		}
	}
	out := make([]string, e.Columns)
	for j := range out {
		out[j] = "none"
		if used[j] {
			out[j] = Range(low[j], high[j])
		}
	}
	return out
}

// Range is LightGBM's description of a column with values from low to high.
func Range(low, high float64) string { return "[" + number(low) + ":" + number(high) + "]" }

// LightGBMName is a column's name as LightGBM's file can hold it: an underscore
// in place of what separates names and lines there, what LightGBM refuses in a
// name, and the backslash, which would spoil the JSON that it makes of a model.
// Other white space, such as U+00A0, stays.
func LightGBMName(name string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || strings.ContainsRune(`",:[]{}=\`, r) {
			return '_'
		}
		return r
	}, name)
}

// lightGBMNames are the columns' names for the file, each different from the
// others.
func (e *Ensemble) lightGBMNames() []string {
	names := make([]string, e.Columns)
	taken := make(map[string]bool, e.Columns)
	for j := range names {
		name := "Column_" + strconv.Itoa(j)
		if e.Names != nil && e.Names[j] != "" {
			name = LightGBMName(e.Names[j])
		}
		if taken[name] {
			name += "_" + strconv.Itoa(j)
		}
		for taken[name] {
			name += "_"
		}
		taken[name] = true
		names[j] = name
	}
	return names
}
