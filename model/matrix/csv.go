package matrix

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"cratedigger/model/sheet"
)

// ReadCSV reads dense rows under one header line of column names, with
// separators, line ends and encodings as package sheet knows them; an empty field
// or "nan" is missing. Where commas separate nothing they are decimal ones. If the
// header has a column called label, its values become labels and it is no column
// of the matrix; otherwise labels is nil. A first line of numbers is no header, and
// each column has a name of its own.
func ReadCSV(r io.Reader) (m *Matrix, labels []float64, err error) {
	in, skipped, err := sheet.NewNumberReader(r)
	if err != nil {
		return nil, nil, fmt.Errorf("read the header: %w", err)
	}
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, errors.New("the file is empty: it needs a header line of column names")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the header: %w", err)
	}
	label, names, err := readNames(header)
	if err != nil {
		return nil, nil, err
	}
	in.ReuseRecord = true
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
			v, err := parseField(field, in.Comma != ',')
			if err != nil {
				line, _ := in.FieldPos(j)
				return nil, nil, fmt.Errorf("line %d: column %q holds %q, not a number", line+skipped, header[j], clip([]byte(field)))
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

// readNames takes a header apart into the place of the label, or -1, and the
// names of the columns.
func readNames(header []string) (label int, names []string, err error) {
	label = -1
	seen := map[string]bool{}
	numbers := true
	for j, name := range header {
		if _, err := parseField(name, true); err != nil {
			numbers = false
		}
		name = sheet.Unescape(name)
		switch {
		case strings.Contains(name, "\x00"):
			return 0, nil, sheet.ErrNotText
		case seen[name]:
			return 0, nil, fmt.Errorf("the header has the column %q twice", clip([]byte(name)))
		case name == "label":
			label = j
		case name != "":
			names = append(names, name)
		}
		seen[name] = true
	}
	switch {
	case numbers:
		return 0, nil, errors.New("the first line holds numbers where a header line of column names is needed")
	case seen[""]:
		return 0, nil, errors.New("a column has no name in the header (is it a number of the row? leave it out)")
	case len(names) == 0:
		return 0, nil, errors.New("the header names no column but the label")
	}
	return label, names, nil
}

// WriteCSV writes all columns densely under a header line that begins with
// label, names as [sheet.Escape] gives them; missing values are empty fields.
func WriteCSV(w io.Writer, m *Matrix, labels []float64) error {
	if len(labels) != m.rows {
		return fmt.Errorf("%d labels for %d rows", len(labels), m.rows)
	}
	out := csv.NewWriter(w)
	record := make([]string, m.cols+1)
	record[0] = "label"
	for j, name := range m.Names() {
		record[j+1] = sheet.Escape(name)
	}
	if err := out.Write(record); err != nil {
		return err
	}
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

func parseField(s string, decimalComma bool) (float64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		s = "nan"
	}
	if decimalComma {
		s = strings.Replace(s, ",", ".", 1)
	}
	return parseFloat([]byte(s))
}

func formatField(v float64) string {
	if v != v {
		return ""
	}
	return string(appendFloat(nil, v))
}
