package evaluate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/pipeline/labels"
)

// Values of Fold for splits that are not part of a cross-validation.
const (
	FoldTime = -1
	FoldNone = -2
)

// Split is one division of a file's rows into training and test rows. Fold is
// 5·repeat + test fold, or FoldTime, or FoldNone.
type Split struct {
	Fold        int
	Train, Test []int
	Offset      int // subtracted from row numbers of predictions: the rows of the first of two joined files
}

// ErrNoTime says that a time split cannot be made.
var ErrNoTime = errors.New("the time split needs publication dates; use --split cv")

// TimeSplit sorts the n labelled rows with a date by publication. Rows
// published before the day of row floor(0.75 n) train, the others test. Rows
// without a date train.
func TimeSplit(f *labels.File) (Split, error) {
	var dated []int
	s := Split{Fold: FoldTime}
	for i, r := range f.Rows {
		switch {
		case r.Y == nil:
		case r.Video.Published.Known():
			dated = append(dated, i)
		default:
			s.Train = append(s.Train, i)
		}
	}
	if len(dated) < 4 {
		return s, ErrNoTime
	}
	day := func(i int) int64 { return f.Rows[i].Video.Published.Time.Truncate(24 * time.Hour).Unix() }
	slices.SortStableFunc(dated, func(a, b int) int { return cmp.Compare(day(a), day(b)) })
	border := day(dated[len(dated)*3/4])
	for _, i := range dated {
		if day(i) < border {
			s.Train = append(s.Train, i)
		} else {
			s.Test = append(s.Test, i)
		}
	}
	slices.Sort(s.Train)
	slices.Sort(s.Test)
	if len(s.Train) == 0 {
		return s, fmt.Errorf("all rows were published on one day: %w", ErrNoTime)
	}
	return s, nil
}

// Repeats and folds of a cross-validation.
const (
	cvRepeats = 5
	cvFolds   = 5
)

// CrossSplits divides the labelled rows into five folds, five times, each fold
// with about the same share of likes.
func CrossSplits(f *labels.File, seed uint64) []Split {
	var yes, no []int
	for i, r := range f.Rows {
		if r.Y == nil {
			continue
		}
		if *r.Y >= 0.5 {
			yes = append(yes, i)
		} else {
			no = append(no, i)
		}
	}
	rng := rand.New(rand.NewPCG(seed, 0xc055))
	fold := make([]int, len(f.Rows))
	var out []Split
	for repeat := range cvRepeats {
		at := 0
		for _, class := range [][]int{yes, no} {
			shuffled := slices.Clone(class)
			rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			for _, i := range shuffled {
				fold[i] = at % cvFolds
				at++
			}
		}
		out = append(out, foldSplits(f, repeat, cvFolds, func(i int) int { return fold[i] })...)
	}
	return out
}

// foldSplits makes one split for each fold, which tests what is trained on the
// others. Rows without a label or with a negative fold are left out.
func foldSplits(f *labels.File, repeat, folds int, fold func(row int) int) []Split {
	out := make([]Split, folds)
	for k := range out {
		out[k].Fold = folds*repeat + k
	}
	for i, r := range f.Rows {
		if r.Y == nil || fold(i) < 0 {
			continue
		}
		for k := range out {
			if fold(i) == k {
				out[k].Test = append(out[k].Test, i)
			} else {
				out[k].Train = append(out[k].Train, i)
			}
		}
	}
	return slices.DeleteFunc(out, func(s Split) bool { return len(s.Test) == 0 || len(s.Train) == 0 })
}

// ReadFolds reads a CSV file of folds: a column row (0-based, of the label
// file) and, for each repeat, a column fold0, fold1, … with each row's test
// fold.
func ReadFolds(r io.Reader, f *labels.File) ([]Split, error) {
	table, skipped, err := labels.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("read the fold file: %w", err)
	}
	records, err := table.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the fold file cannot be read: %w", err)
	}
	if len(records) < 2 {
		return nil, errors.New("the fold file is empty")
	}
	row := -1
	var columns []int
	for i, name := range records[0] {
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "row" {
			row = i
		} else if n, ok := strings.CutPrefix(name, "fold"); ok {
			if _, err := strconv.Atoi(n); err == nil {
				columns = append(columns, i)
			}
		}
	}
	if row < 0 || len(columns) == 0 {
		return nil, errors.New("the fold file needs the columns row and fold0, fold1, …")
	}
	var out []Split
	folds := cvFolds
	given := make([][]int, len(columns)) // by column: the fold of each row, -1 for none
	for c := range columns {
		given[c] = slices.Repeat([]int{-1}, len(f.Rows))
	}
	for line, record := range records[1:] {
		i, err := strconv.Atoi(strings.TrimSpace(record[row]))
		if err != nil || i < 0 || i >= len(f.Rows) {
			return nil, fmt.Errorf("line %d of the fold file: row %q is not in the label file, which has rows 0 to %d", line+2+skipped, record[row], len(f.Rows)-1)
		}
		for c, column := range columns {
			k, err := strconv.Atoi(strings.TrimSpace(record[column]))
			if err != nil || k < 0 || k > 1000 {
				return nil, fmt.Errorf("line %d of the fold file: %q is not a fold", line+2+skipped, record[column])
			}
			given[c][i] = k
			folds = max(folds, k+1)
		}
	}
	for c := range columns {
		out = append(out, foldSplits(f, c, folds, func(i int) int { return given[c][i] })...)
	}
	if len(out) == 0 {
		return nil, errors.New("the fold file leaves nothing to test on")
	}
	return out, nil
}
