package matrix

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// maxLine bounds a line of a text file; a row of a million columns fits.
const maxLine = 64 << 20

// ReadLibSVM reads rows of the form "label column:value column:value …" with
// columns counted from 0. A column that is not written is 0, "nan" is missing.
// Text after # is a comment; empty lines are skipped; a "qid:" field is an
// error. The matrix is sparse and as wide as its widest row, or cols wide if
// cols >= 0. The label is returned as written: any number.
func ReadLibSVM(r io.Reader, cols int) (m *Matrix, labels []float64, err error) {
	b, err := NewBuilder(0, cols)
	if err != nil {
		return nil, nil, err
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	var rowCols []int32
	var rowVals []float64
	for n := 1; lines.Scan(); n++ {
		line := lines.Bytes()
		if k := bytes.IndexByte(line, '#'); k >= 0 {
			line = line[:k]
		}
		field, rest := nextField(line)
		if len(field) == 0 {
			continue
		}
		label, err := parseFloat(field)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: the label %q is not a number", n, clip(field))
		}
		rowCols, rowVals = rowCols[:0], rowVals[:0]
		for {
			if field, rest = nextField(rest); len(field) == 0 {
				break
			}
			c, v, err := parsePair(field)
			if err != nil {
				return nil, nil, fmt.Errorf("line %d: %w", n, err)
			}
			rowCols, rowVals = append(rowCols, c), append(rowVals, v)
		}
		if err := b.Add(nil, rowCols, rowVals); err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", n, err)
		}
		labels = append(labels, label)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, nil, fmt.Errorf("line %d is longer than %d MB", len(labels)+1, maxLine>>20)
	} else if err != nil {
		return nil, nil, fmt.Errorf("read rows: %w", err)
	}
	return b.Matrix(), labels, nil
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

// nextField splits off the first run of characters that are not space.
func nextField(line []byte) (field, rest []byte) {
	i := 0
	for i < len(line) && line[i] <= ' ' {
		i++
	}
	j := i
	for j < len(line) && line[j] > ' ' {
		j++
	}
	return line[i:j], line[j:]
}

func parsePair(field []byte) (int32, float64, error) {
	k := bytes.IndexByte(field, ':')
	if k <= 0 {
		return 0, 0, fmt.Errorf("%q is not column:value", clip(field))
	}
	c := 0
	for _, ch := range field[:k] {
		if ch < '0' || ch > '9' || c >= MaxColumns {
			return 0, 0, fmt.Errorf("%q has no column number below %d", clip(field), MaxColumns)
		}
		c = c*10 + int(ch-'0')
	}
	if c >= MaxColumns {
		return 0, 0, fmt.Errorf("%q has no column number below %d", clip(field), MaxColumns)
	}
	v, err := parseFloat(field[k+1:])
	if err != nil {
		return 0, 0, fmt.Errorf("%q has no number after the colon", clip(field))
	}
	return int32(c), v, nil
}

// parseFloat reads a decimal number, "nan" or "inf". Numbers too large for a
// float64 are infinite, as in C.
func parseFloat(b []byte) (float64, error) {
	v, err := strconv.ParseFloat(string(b), 64)
	if errors.Is(err, strconv.ErrRange) {
		return v, nil
	}
	return v, err
}

// clip shortens what an error quotes.
func clip(b []byte) []byte {
	if len(b) > 40 {
		return b[:40]
	}
	return b
}
