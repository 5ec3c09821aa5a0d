package matrix

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"cratedigger/model/sheet"
)

// maxLine bounds a line of a text file; a row of a million columns fits.
const maxLine = 64 << 20

// ReadLibSVM reads rows of the form "label column:value column:value …" with
// columns counted from 0. A column that is not written is 0, "nan" is missing.
// Text after # is a comment; empty lines are skipped; a "qid:" field is an
// error. The matrix is sparse and as wide as its widest row, or cols wide if
// cols >= 0; a row with a column beyond is a [TooWideError] then. The label is
// returned as written: any number.
func ReadLibSVM(r io.Reader, cols int) (m *Matrix, labels []float64, err error) {
	b, err := NewBuilder(0, cols)
	if err != nil {
		return nil, nil, err
	}
	in, err := sheet.Stream(r)
	if err != nil {
		return nil, nil, fmt.Errorf("read rows: %w", err)
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	var row rowParser
	n := 1
	for ; lines.Scan(); n++ {
		label, ok, err := row.parse(lines.Bytes())
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", n, err)
		}
		if !ok {
			continue
		}
		if widest := row.widest(); cols >= 0 && widest >= cols {
			return nil, nil, fmt.Errorf("line %d: %w", n, &TooWideError{Row: len(labels) + 1, Column: widest, Columns: cols})
		}
		if err := b.Add(nil, row.cols, row.vals); err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", n, err)
		}
		labels = append(labels, label)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, nil, fmt.Errorf("line %d is longer than %d MB", n, maxLine>>20)
	} else if err != nil {
		return nil, nil, fmt.Errorf("read rows: %w", err)
	}
	return b.Matrix(), labels, nil
}

// TooWideError says that a row has a column beyond those that are known, as every
// file has whose columns are counted from 1.
type TooWideError struct {
	Row     int // from 1
	Column  int // the last of the row
	Columns int // how many are known
}

func (e *TooWideError) Error() string {
	return fmt.Sprintf("row %d has column %d, and there are columns 0 to %d (are the file's counted from 1?)", e.Row, e.Column, e.Columns-1)
}

// IsCSV reports whether text begins as a CSV file and not as a libsvm file does,
// whose rows begin with a number and go on with column:value.
func IsCSV(text []byte) bool {
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if _, err := parseFloat([]byte(fields[0])); err == nil {
			return false
		}
		return !slices.ContainsFunc(fields[1:], func(field string) bool {
			column, _, ok := strings.Cut(field, ":")
			_, err := strconv.Atoi(column)
			return ok && err == nil
		})
	}
	return false
}

// WriteLibSVM writes rows as ReadLibSVM reads them, values with as many digits
// as it takes to read back the same number. Dense zeros are written, so that
// the width survives.
func WriteLibSVM(w io.Writer, m *Matrix, labels []float64) error {
	if len(labels) != m.rows {
		return fmt.Errorf("%d labels for %d rows", len(labels), m.rows)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	var buf []byte
	for i := range m.rows {
		buf = appendFloat(buf[:0], labels[i])
		for j, v := range m.Dense(i) {
			buf = appendPair(buf, j, v)
		}
		cols, vals := m.Sparse(i)
		for k, j := range cols {
			buf = appendPair(buf, int(j), vals[k])
		}
		buf = append(buf, '\n')
		if _, err := out.Write(buf); err != nil {
			return err
		}
	}
	return out.Flush()
}

func appendPair(buf []byte, j int, v float64) []byte {
	buf = append(buf, ' ')
	buf = strconv.AppendInt(buf, int64(j), 10)
	buf = append(buf, ':')
	return appendFloat(buf, v)
}

func appendFloat(buf []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(buf, "nan"...)
	case math.IsInf(v, 1):
		return append(buf, "inf"...)
	case math.IsInf(v, -1):
		return append(buf, "-inf"...)
	}
	return strconv.AppendFloat(buf, v, 'g', -1, 64)
}

// clip shortens what an error quotes.
func clip(b []byte) []byte {
	if len(b) > 40 {
		return b[:40]
	}
	return b
}
