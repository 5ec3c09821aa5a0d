package matrix

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// rowParser takes lines of a libsvm file apart. Reading is most of the work of
// a program that scores a file, so digits are read where they stand.
type rowParser struct {
	cols []int32
	vals []float64
}

// parse reads a line; ok is false if there is nothing on it.
func (p *rowParser) parse(line []byte) (label float64, ok bool, err error) {
	if k := bytes.IndexByte(line, '#'); k >= 0 {
		line = line[:k]
	}
	p.cols, p.vals = p.cols[:0], p.vals[:0]
	at := skipSpace(line, 0)
	if at == len(line) {
		return 0, false, nil
	}
	from := at
	if label, at, ok = scanFloat(line, from); !ok {
		return 0, false, fmt.Errorf("the label %q is not a number", clip(fieldAt(line, from)))
	}
	for at = skipSpace(line, at); at < len(line); at = skipSpace(line, at) {
		from, column := at, 0
		for ; at < len(line) && line[at]-'0' <= 9 && column < MaxColumns; at++ {
			column = column*10 + int(line[at]-'0')
		}
		if at == from || at == len(line) || line[at] != ':' || column >= MaxColumns {
			return 0, false, badPair(fieldAt(line, from))
		}
		v, end, ok := scanFloat(line, at+1)
		if !ok {
			return 0, false, fmt.Errorf("%q has no number after the colon", clip(fieldAt(line, from)))
		}
		p.cols, p.vals, at = append(p.cols, int32(column)), append(p.vals, v), end
	}
	return label, true, nil
}

// widest is the last column of the row that was parsed, -1 if it has none.
func (p *rowParser) widest() int {
	if len(p.cols) == 0 {
		return -1
	}
	return int(slices.Max(p.cols))
}

func badPair(field []byte) error {
	if bytes.IndexByte(field, ':') <= 0 {
		return fmt.Errorf("%q is not column:value", clip(field))
	}
	return fmt.Errorf("%q has no column number below %d", clip(field), MaxColumns)
}

func skipSpace(line []byte, at int) int {
	for at < len(line) && line[at] <= ' ' {
		at++
	}
	return at
}

// fieldAt is the run of characters from there on that are not space.
func fieldAt(line []byte, from int) []byte {
	to := from
	for to < len(line) && line[to] > ' ' {
		to++
	}
	return line[from:to]
}

// exact are the powers of ten that a float64 holds exactly.
var exact = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// scanFloat reads the number that begins at from and ends at a space or the end
// of the line. A number of few digits is a whole number of fewer than 54 bits
// times or over a small power of ten: both are exact, so that one rounding
// gives the nearest float64 (Clinger 1990). All others are parseFloat's.
func scanFloat(line []byte, from int) (v float64, end int, ok bool) {
	at := from
	negative := false
	if at < len(line) && (line[at] == '-' || line[at] == '+') {
		negative = line[at] == '-'
		at++
	}
	digits, first := uint64(0), at
	for ; at < len(line) && line[at]-'0' <= 9; at++ {
		digits = digits*10 + uint64(line[at]-'0')
	}
	count, exponent := at-first, 0
	if at < len(line) && line[at] == '.' {
		point := at + 1
		for at = point; at < len(line) && line[at]-'0' <= 9; at++ {
			digits = digits*10 + uint64(line[at]-'0')
		}
		exponent = point - at
		count -= exponent
	}
	// The digits may have overflowed only if there are more than 19.
	if count > 0 && count <= 19 && digits < 1<<53 {
		if at < len(line) && line[at]|0x20 == 'e' {
			if e, end, ok := scanExponent(line, at+1); ok {
				exponent, at = exponent+e, end
			}
		}
		if (at == len(line) || line[at] <= ' ') && exponent >= -22 && exponent <= 22 {
			v = float64(digits)
			if exponent < 0 {
				v /= exact[-exponent]
			} else {
				v *= exact[exponent]
			}
			if negative {
				v = -v
			}
			return v, at, true
		}
	}
	field := fieldAt(line, from)
	v, err := parseFloat(field)
	return v, from + len(field), err == nil
}

// scanExponent reads an exponent of one or two digits.
func scanExponent(line []byte, at int) (e, end int, ok bool) {
	sign := 1
	if at < len(line) && (line[at] == '-' || line[at] == '+') {
		if line[at] == '-' {
			sign = -1
		}
		at++
	}
	first := at
	for ; at < len(line) && at < first+2 && line[at]-'0' <= 9; at++ {
		e = e*10 + int(line[at]-'0')
	}
	return sign * e, at, at > first
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
