package tree

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// maxTextModel bounds a model file in LightGBM's format.
const maxTextModel = 1 << 30

// LightGBMPrefix is how a model file of LightGBM begins.
const LightGBMPrefix = "tree\n"

// ReadLightGBM reads a model in LightGBM's text format, version 4 or 3: one
// class, no categorical splits, no linear leaves. Objectives with a logistic
// link and those without a link are understood.
func ReadLightGBM(r io.Reader) (*Ensemble, error) {
	p := textParser{in: bufio.NewReaderSize(io.LimitReader(r, maxTextModel), 64<<10)}
	e, err := p.model()
	if err != nil {
		return nil, fmt.Errorf("LightGBM model, line %d: %w", p.line, err)
	}
	if err := e.Check(); err != nil {
		return nil, fmt.Errorf("LightGBM model: %w", err)
	}
	return e, nil
}

type textParser struct {
	in   *bufio.Reader
	line int
}

// next is the next line without its end; io.EOF after the last.
func (p *textParser) next() (string, error) {
	line, err := p.in.ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", err
	}
	p.line++
	return strings.TrimRight(line, "\r\n"), nil
}

func (p *textParser) model() (*Ensemble, error) {
	first, err := p.next()
	if err != nil || first != "tree" {
		return nil, errors.New(`the file does not begin with "tree"`)
	}
	e := &Ensemble{}
	head, at, err := p.section(func(line string) bool { return strings.HasPrefix(line, "Tree=") || line == "end of trees" })
	if err != nil {
		return nil, err
	}
	if err := readHeader(e, head); err != nil {
		return nil, err
	}
	for at != "end of trees" {
		var fields map[string]string
		fields, at, err = p.section(func(line string) bool { return strings.HasPrefix(line, "Tree=") || line == "end of trees" })
		if err != nil {
			return nil, err
		}
		t, err := readTree(fields)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", len(e.Trees), err)
		}
		e.Trees = append(e.Trees, t)
	}
	return e, nil
}

// section collects key=value lines up to the line that ends it.
func (p *textParser) section(end func(string) bool) (map[string]string, string, error) {
	fields := map[string]string{}
	for {
		line, err := p.next()
		if errors.Is(err, io.EOF) {
			return nil, "", errors.New(`the file is cut off before "end of trees"`)
		}
		if err != nil {
			return nil, "", err
		}
		if end(line) {
			return fields, line, nil
		}
		if line == "" {
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		if _, twice := fields[key]; twice {
			return nil, "", fmt.Errorf("%q is given twice", clip(key))
		}
		fields[key] = value
	}
}

func readHeader(e *Ensemble, h map[string]string) error {
	if v := h["version"]; v != "v4" && v != "v3" {
		return fmt.Errorf("version %q is not known; v3 and v4 are", clip(v))
	}
	for _, key := range []string{"num_class", "num_tree_per_iteration"} {
		if v, ok := h[key]; ok && v != "1" {
			return fmt.Errorf("%s is %s; only models of two classes can be read", key, clip(v))
		}
	}
	last, err := strconv.Atoi(h["max_feature_idx"])
	if err != nil || last < 0 {
		return errors.New("max_feature_idx is missing or no number")
	}
	e.Columns = last + 1
	if names := words(h["feature_names"]); len(names) > 0 {
		e.Names = names
	}
	if infos := words(h["feature_infos"]); len(infos) > 0 {
		e.Infos = infos
	}
	_, e.Average = h["average_output"]
	e.Sum = e.Average
	return readObjective(e, h["objective"])
}

// words are the parts of a list. LightGBM separates them by spaces alone: a
// name may hold any other white space.
func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ' ' })
}

func readObjective(e *Ensemble, objective string) error {
	words := strings.Fields(objective)
	if len(words) == 0 {
		return nil
	}
	switch words[0] {
	case "binary", "cross_entropy", "xentropy":
		e.Logistic, e.Sigmoid = true, 1
	case "regression", "regression_l1", "regression_l2", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg", "custom":
	default:
		return fmt.Errorf("objective %q is not supported", clip(words[0]))
	}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, ":")
		switch key {
		case "sigmoid":
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return fmt.Errorf("sigmoid %q is no number", clip(value))
			}
			if e.Logistic {
				e.Sigmoid = v
			}
		case "sqrt":
			return errors.New("a regression of square roots is not supported")
		}
	}
	return nil
}

func readTree(f map[string]string) (Tree, error) {
	t := Tree{Shrinkage: 1}
	leaves, err := strconv.Atoi(f["num_leaves"])
	if err != nil || leaves < 1 {
		return t, errors.New("num_leaves is missing or no positive number")
	}
	if v := f["num_cat"]; v != "0" && v != "" {
		return t, errors.New("categorical splits are not supported")
	}
	if v := f["is_linear"]; v != "0" && v != "" {
		return t, errors.New("linear leaves are not supported")
	}
	if v, ok := f["shrinkage"]; ok {
		if t.Shrinkage, err = strconv.ParseFloat(v, 64); err != nil {
			return t, fmt.Errorf("shrinkage %q is no number", clip(v))
		}
	}
	lists := listReader{fields: f, nodes: leaves - 1, leaves: leaves}
	t.Value = lists.floats("leaf_value", leaves, true)
	t.Weight = lists.floats("leaf_weight", leaves, false)
	t.Count = lists.ints("leaf_count", leaves, false)
	t.Feature = lists.ints("split_feature", leaves-1, true)
	t.Threshold = lists.floats("threshold", leaves-1, true)
	t.Left = lists.ints("left_child", leaves-1, true)
	t.Right = lists.ints("right_child", leaves-1, true)
	t.Gain = lists.floats("split_gain", leaves-1, false)
	t.NodeValue = lists.floats("internal_value", leaves-1, false)
	t.NodeWeight = lists.floats("internal_weight", leaves-1, false)
	t.NodeCount = lists.ints("internal_count", leaves-1, false)
	decisions := lists.ints("decision_type", leaves-1, false)
	if lists.err != nil { // and so the number of leaves is not to be trusted
		return t, lists.err
	}
	t.Decision = make([]Decision, leaves-1)
	for k, d := range decisions {
		if d < 0 || d > math.MaxUint8 {
			return t, fmt.Errorf("decision type %d is not known", d)
		}
		t.Decision[k] = Decision(d)
	}
	return t, nil
}

// listReader reads the lists of a tree and keeps the first error.
type listReader struct {
	fields        map[string]string
	nodes, leaves int
	err           error
}

func (l *listReader) words(key string, n int, needed bool) []string {
	words := strings.Fields(l.fields[key])
	if len(words) == 0 && !needed {
		return nil
	}
	if len(words) != n {
		if l.err == nil {
			l.err = fmt.Errorf("%s has %d entries, not %d", key, len(words), n)
		}
		return nil
	}
	return words
}

func (l *listReader) floats(key string, n int, needed bool) []float64 {
	words := l.words(key, n, needed)
	out := make([]float64, len(words))
	for i, word := range words {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) && l.err == nil {
			l.err = fmt.Errorf("%s holds %q, not a number", key, clip(word))
		}
		out[i] = v
	}
	return out
}

func (l *listReader) ints(key string, n int, needed bool) []int32 {
	words := l.words(key, n, needed)
	out := make([]int32, len(words))
	for i, word := range words {
		v, err := strconv.ParseInt(word, 10, 32)
		if err != nil && l.err == nil {
			l.err = fmt.Errorf("%s holds %q, not a whole number", key, clip(word))
		}
		out[i] = int32(v)
	}
	return out
}

// clip shortens what an error quotes.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40]
	}
	return s
}
