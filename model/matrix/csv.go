package matrix

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ReadCSV reads dense rows under one header line of column names; an empty
// field or "nan" is missing. If the header has a column called label, its
// values become labels and it is no column of the matrix; otherwise labels is
// nil.
func ReadCSV(r io.Reader) (m *Matrix, labels []float64, err error) {
	in := csv.NewReader(bufio.NewReaderSize(r, 64<<10))
	in.ReuseRecord = true
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, errors.New("the file has no header line")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read header: %w", err)
	}
	label := -1
	var names []string
	for j, name := range header {
		if name == "label" && label < 0 {
			label = j
			continue
		}
		names = append(names, strings.Clone(name))
	}
	if len(names) == 0 {
		return nil, nil, errors.New("the header names no column")
	}
	var values []float64
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read rows: %w", err)
		}
		for j, field := range record {
			v, err := parseField(field)
			if err != nil {
				line, _ := in.FieldPos(j)
				return nil, nil, fmt.Errorf("line %d: column %q holds %q, not a number", line, header[j], clip([]byte(field)))
			}
			if j == label {
				labels = append(labels, v)
				continue
			}
			values = append(values, v)
		}
	}
	if m, err = FromDense(len(names), values); err != nil {
		return nil, nil, err
	}
	m.names = names
	return m, labels, nil
}

// WriteCSV writes all columns densely under a header line that begins with
// label; missing values are empty fields.
func WriteCSV(w io.Writer, m *Matrix, labels []float64) error {
	if len(labels) != m.rows {
		return fmt.Errorf("%d labels for %d rows", len(labels), m.rows)
	}
	out := csv.NewWriter(w)
	if err := out.Write(append([]string{"label"}, m.Names()...)); err != nil {
		return err
	}
	record := make([]string, m.cols+1)
	for i := range m.rows {
		record[0] = formatField(labels[i])
		for j := range m.dense {
			record[j+1] = formatField(m.block[i*m.dense+j])
		}
		for j := m.dense; j < m.cols; j++ {
			record[j+1] = "0"
		}
		cols, vals := m.Sparse(i)
		for k, j := range cols {
			record[j+1] = formatField(vals[k])
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func parseField(s string) (float64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		s = "nan"
	}
	return parseFloat([]byte(s))
}

func formatField(v float64) string {
	if v != v {
		return ""
	}
	return string(appendFloat(nil, v))
}
