package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"cratedigger/model/boost"
	"cratedigger/model/forest"
	"cratedigger/model/linear"
	"cratedigger/model/matrix"
	"cratedigger/model/sheet"
	"cratedigger/model/tree"
)

// readMatrix reads rows in libsvm format or CSV, gzipped or not. columns is the number
// of columns of a libsvm file; if it is negative, the widest row decides. csv reports
// which format it was.
func (inv *invocation) readMatrix(name string, columns int) (m *matrix.Matrix, y []float64, csv bool, err error) {
	f, err := inv.files.Open(name)
	if err != nil {
		return nil, nil, false, fmt.Errorf("the matrix cannot be opened: %w", err)
	}
	defer f.Close()
	in, err := unpacked(f)
	if err != nil {
		return nil, nil, false, fmt.Errorf("%s: %w", name, err)
	}
	start, err := in.Peek(in.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, false, fmt.Errorf("%s: %w", name, err)
	}
	csv = strings.HasSuffix(strings.ToLower(strings.TrimSuffix(name, ".gz")), ".csv") || matrix.IsCSV(start)
	if csv {
		m, y, err = matrix.ReadCSV(in)
	} else {
		m, y, err = matrix.ReadLibSVM(in, columns)
	}
	if err == nil && m.Rows() == 0 {
		err = errors.New("the file holds no rows")
	}
	if err != nil {
		return nil, nil, csv, fmt.Errorf("%s: %w", name, err)
	}
	return m, y, csv, nil
}

// readFor reads rows for a model to score.
func (inv *invocation) readFor(by scorer, name string) (*matrix.Matrix, error) {
	columns, names := columnsOf(by)
	m, _, csv, err := inv.readMatrix(name, columns)
	var wide *matrix.TooWideError
	if errors.As(err, &wide) {
		return nil, fmt.Errorf("%s: %w", name, tooWide(by, wide))
	}
	if err != nil {
		return nil, err
	}
	if csv {
		if m, err = inOrder(m, columns, names); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return m, nil
}

// tooWide is the error for sparse rows with more columns than the model has. Either a
// column was empty in all training rows, or the file counts columns from 1.
func tooWide(by scorer, wide *matrix.TooWideError) error {
	remedy := ""
	if _, other := by.(*tree.Ensemble); !other {
		remedy = fmt.Sprintf(" If not, fit the model with --columns, %d or more.", wide.Column+1)
	}
	return fmt.Errorf("row %d has column %d, and the model has columns 0 to %d (are the file's counted from 1?%s)", wide.Row, wide.Column, wide.Columns-1, remedy)
}

// unpacked reads text as UTF-8 and decompresses gzip.
func unpacked(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = bufio.NewReaderSize(z, 64<<10)
	}
	return sheet.Stream(in)
}

// columnsOf returns the number of columns that a model was trained on, and their names;
// nil without names.
func columnsOf(by scorer) (int, []string) {
	switch m := by.(type) {
	case *boost.Model:
		return m.Columns, m.Names
	case *forest.Model:
		return m.Columns, m.Names
	case *tree.Ensemble:
		return m.Columns, m.Names
	case *linear.Model:
		return m.Columns(), m.Names
	}
	return -1, nil
}

// inOrder returns m with its columns in the order of the model's, matched by name.
func inOrder(m *matrix.Matrix, columns int, names []string) (*matrix.Matrix, error) {
	given := m.Names()
	if !named(names) && !slices.Contains(given, numbered(0)) {
		if m.Cols() != columns {
			return nil, fmt.Errorf("the file has %d columns and the model %d", m.Cols(), columns)
		}
		return m, nil // without names only the order can match them
	}
	if names == nil {
		for j := range columns {
			names = append(names, numbered(j))
		}
	}
	at := find(given, names)
	if slices.Contains(at, -1) { // compare the names as LightGBM would have changed them
		safe := make([]string, len(given))
		for j, name := range given {
			safe[j] = tree.LightGBMName(name)
		}
		if again := find(safe, names); !slices.Contains(again, -1) {
			at, given = again, safe
		}
	}
	var missing, unknown []string
	for j, name := range names {
		if at[j] < 0 {
			missing = append(missing, name)
		}
	}
	for _, name := range given {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	switch {
	case len(missing) > 0 && len(unknown) > 0:
		return nil, fmt.Errorf("the file lacks the model's %s and has %s, unknown to it", some(missing), some(unknown))
	case len(missing) > 0:
		return nil, fmt.Errorf("the file lacks the model's %s", some(missing))
	case len(unknown) > 0:
		return nil, fmt.Errorf("the file has %s, unknown to the model", some(unknown))
	}
	values := make([]float64, 0, m.Rows()*columns)
	for i := range m.Rows() {
		row := m.Dense(i)
		for _, j := range at {
			values = append(values, row[j])
		}
	}
	return matrix.FromDense(columns, values)
}

// numbered is the default name of a column, as LightGBM has it.
func numbered(j int) string { return fmt.Sprintf("Column_%d", j) }

// named reports whether a model's columns have other names than the default ones.
func named(names []string) bool {
	for j, name := range names {
		if name != numbered(j) {
			return true
		}
	}
	return false
}

// find returns the index of each name among those given, −1 if it is missing or
// there twice.
func find(given, names []string) []int {
	place := make(map[string]int, len(given))
	for j, name := range given {
		if _, twice := place[name]; twice {
			j = -1
		}
		place[name] = j
	}
	at := make([]int, len(names))
	for k, name := range names {
		j, ok := place[name]
		if !ok {
			j = -1
		}
		at[k] = j
	}
	return at
}

// some lists a few of many columns for an error.
func some(names []string) string {
	const most = 5
	text := "column"
	if len(names) > 1 {
		text += "s"
	}
	for k, name := range names[:min(most, len(names))] {
		if k > 0 {
			text += ","
		}
		text += fmt.Sprintf(" %.40q", name)
	}
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// twoClasses turns labels of −1 and 1 into 0 and 1. Other labels are an error.
func twoClasses(y []float64) error {
	first := map[float64]int{}
	for i, v := range y {
		if v != 0 && v != 1 && v != -1 {
			return fmt.Errorf("the label of row %d is %v; labels are 0 and 1, or -1 and 1", i+1, v)
		}
		if _, seen := first[v]; !seen {
			first[v] = i + 1
		}
	}
	minus, negative := first[-1]
	zero, mixed := first[0]
	if negative && mixed {
		return fmt.Errorf("row %d has the label -1 and row %d the label 0; labels are 0 and 1, or -1 and 1", minus, zero)
	}
	for i, v := range y {
		y[i] = max(v, 0)
	}
	return nil
}

// readNames reads the names of columns, one a line.
func (inv *invocation) readNames(name string) ([]string, error) {
	f, err := inv.files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the column names cannot be opened: %w", err)
	}
	defer f.Close()
	in, err := sheet.Stream(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var names []string
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		names = append(names, lines.Text())
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s is empty: it needs a name a line", name)
	}
	return names, nil
}
