// Package sheet reads and writes the text files of tables that spreadsheets
// save: their encodings, separators and line ends on the way in, and on the way
// out texts that no spreadsheet runs as a formula.
package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// NewReader reads the table in data, which is UTF-8 as Decode gives it: records
// separated by what a "sep=" line says, or else by the most frequent of comma,
// semicolon, tab and | outside quotes in the first line. Lines may end in LF,
// CRLF, or CR alone. skipped is the number of lines taken off before the first
// record.
func NewReader(data []byte) (records *csv.Reader, skipped int) {
	first, rest, cr := cutLine(data)
	comma := separator(first)
	if c := given(first); c != 0 {
		comma, data, skipped = c, rest, 1
	}
	if cr {
		data = endLines(data, byte(comma))
	}
	records = csv.NewReader(bytes.NewReader(data))
	records.Comma = comma
	return records, skipped
}

// NewNumberReader is NewReader for a stream whose first record names columns and
// whose others hold numbers. As numbers hold no separator, the second line tells
// it where a name may hold several.
func NewNumberReader(r io.Reader) (records *csv.Reader, skipped int, err error) {
	in, err := Stream(r)
	if err != nil {
		return nil, 0, err
	}
	var header []byte
	for err == nil && (len(header) == 0 || bytes.Count(header, []byte(`"`))%2 == 1) {
		var line []byte
		line, err = in.ReadBytes('\n')
		if header = append(header, line...); len(bytes.TrimSpace(header)) == 0 || given(header) != 0 && skipped == 0 {
			skipped++
			header = header[:0]
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	row, err := in.Peek(sampled)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	row, _, _ = cutLine(row)
	comma := ','
	if at := bytes.IndexAny(row, ";\t|"); at >= 0 {
		comma = rune(row[at]) // beside which a comma is a decimal one
	} else if len(row) == 0 {
		comma = separator(header)
	}
	records = csv.NewReader(io.MultiReader(bytes.NewReader(header), in))
	records.Comma = comma
	return records, skipped, nil
}

// given is the separator that a "sep=" line names, 0 for any other line.
func given(line []byte) rune {
	v, ok := strings.CutPrefix(strings.ToLower(strings.Trim(string(line), "\"\r\n")), "sep=")
	if !ok || v == "" || strings.Trim(v[1:], ",;\t") != "" {
		return 0
	}
	return rune(v[0])
}

// cutLine takes the first line off, whose end may lie outside quotes only. cr
// tells whether it ends in CR alone.
func cutLine(data []byte) (line, rest []byte, cr bool) {
	quoted := false
	for i, c := range data {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			return data[:i], data[i+1:], false
		case c == '\r' && i+1 < len(data) && data[i+1] == '\n':
			return data[:i], data[i+2:], false
		case c == '\r':
			return data[:i], data[i+1:], true
		}
	}
	return data, nil, false
}

func separator(line []byte) rune {
	counts := map[byte]int{}
	quoted := false
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[c]++
		}
	}
	comma := byte(',')
	for _, c := range []byte(";\t|") {
		if counts[c] > counts[comma] {
			comma = c
		}
	}
	return rune(comma)
}

// endLines puts LF for each CR that ends a line. Those inside of quotes are text.
func endLines(data []byte, comma byte) []byte {
	out := make([]byte, 0, len(data))
	begins, quoted := true, false // a field; text in quotes
	for i, c := range data {
		next := byte('\n')
		if i+1 < len(data) {
			next = data[i+1]
		}
		switch {
		case c == '"' && begins:
			quoted = true
		case c == '"' && quoted && (next == comma || next == '\r' || next == '\n'):
			quoted = false
		case c == '\r' && !quoted && next != '\n':
			c = '\n'
		}
		begins = !quoted && (c == comma || c == '\n')
		out = append(out, c)
	}
	return out
}
