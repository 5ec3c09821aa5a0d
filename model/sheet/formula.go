package sheet

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Writer writes records whose fields no spreadsheet runs as a formula.
type Writer struct{ csv *csv.Writer }

// NewWriter writes to w, with commas.
func NewWriter(w io.Writer) *Writer { return &Writer{csv.NewWriter(w)} }

// Write writes a record, each field as Escape gives it.
func (w *Writer) Write(record []string) error {
	safe := make([]string, len(record))
	for i, field := range record {
		safe[i] = Escape(field)
	}
	return w.csv.Write(safe)
}

// Flush writes what is held back and returns the first error of all writing.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// Escape puts an apostrophe before whatever a spreadsheet would run as a formula
// in a field: =, +, - or @, also in full width, at its beginning and behind each
// character that may end a cell where the file is split otherwise than it was
// written (semicolon, tab, line end), with any quotes and spaces between.
// Unescape takes it away again.
func Escape(s string) string { return walk(s, true) }

// Unescape takes away what Escape, or a person, put there.
func Unescape(s string) string { return walk(s, false) }

// walk adds an apostrophe before each run of none or more apostrophes and a
// formula at the beginning of a cell, or takes one out of it.
func walk(s string, add bool) string {
	var b strings.Builder
	begins := true
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if begins {
			text := strings.TrimLeft(s[i:], "'")
			run := len(s) - i - len(text)
			if first, n := utf8.DecodeRuneInString(text); starts(first) || i == 0 && (first == '\t' || first == '\r') {
				if add {
					b.WriteByte('\'')
				} else if run > 0 {
					i, run = i+1, run-1
				}
				r, size = first, run+n
			}
		}
		b.WriteString(s[i : i+size])
		i += size
		begins = ends(r) || begins && blank(r)
	}
	return b.String()
}

// starts reports whether a formula may start with r, as it is or as programs
// that take wide, small and raised forms for the plain ones read it.
func starts(r rune) bool {
	if r > unicode.MaxASCII {
		r, _ = utf8.DecodeRuneInString(norm.NFKC.String(string(r)))
	}
	return strings.ContainsRune("=+-@−", r)
}

// ends reports whether r may end a cell.
func ends(r rune) bool { return strings.ContainsRune(";\t\r\n", r) }

// blank reports whether r leaves the beginning of a cell the beginning.
func blank(r rune) bool {
	return r == '"' || unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf)
}
