package youtube

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// readCount reads a count as YouTube writes it in any of its languages:
// "1,234,567 views", "1,2 mi de visualizações", "12,34,567", "1 lakh", "123万
// 回視聴", "1 234 567 vues", "No views". A count with a unit is approximate,
// because YouTube truncates it ("1.8K" for 1,862). ok reports whether the text
// holds a count.
func readCount(text string) (count int64, approximate, ok bool) {
	s := plainNumber(text)
	return parseCount(s, marksIn(s))
}

// parseCount is readCount for the results of plainNumber and marksIn.
func parseCount(s string, m marks) (count int64, approximate, ok bool) {
	counted := m[markViews].or(m[markWatching]).or(m[markWaiting]).or(m[markOthers])
	start := strings.IndexAny(s, "0123456789")
	if start < 0 {
		return 0, false, !m[markNone].and(counted).empty()
	}
	numeral, rest := splitNumeral(s[start:])
	if strings.ContainsAny(rest, "0123456789") || strings.Trim(s[:start], " ") == "-" {
		return 0, false, false // a date, a time or two counts; "-7 h", an age
	}
	power := words().power(rest, counted) + words().leading(s[:start], counted)
	value, ok := numeralValue(numeral, power > 0)
	if !ok || power > 15 {
		return 0, false, false
	}
	value *= math.Pow10(power)
	if value > 1e15 {
		return 0, false, false
	}
	return int64(math.Round(value)), power > 0, true
}

// plainNumber lowers the text, converts all digits, spaces and Arabic
// separators to ASCII, and drops direction marks.
func plainNumber(text string) string {
	if ascii(text) {
		return strings.ToLower(text)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return unicode.ToLower(r)
		case unicode.Is(unicode.Nd, r):
			return '0' + digitValue(r)
		case unicode.Is(unicode.Zs, r):
			return ' '
		case r == '٬' || r == '،': // thousands separator, comma
			return ','
		case r == '٫': // decimal separator
			return '.'
		case r == '−':
			return '-'
		case r == '’' || r == 'ʼ': // Swiss grouping
			return '\''
		case unicode.Is(unicode.Cf, r), r >= 0x064B && r <= 0x0652: // direction marks, Arabic vowels
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFC.String(text))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// digitValue returns the value of a decimal digit of any script. Unicode
// encodes each script's ten digits in a row.
func digitValue(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if uint16(r) >= t.Lo && rune(t.Hi) >= r && r <= math.MaxUint16 {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if uint32(r) >= t.Lo && uint32(r) <= t.Hi {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

// splitNumeral splits off the numeral that s begins with, including its
// separators. A space is a separator only before exactly three digits.
func splitNumeral(s string) (numeral, rest string) {
	digits := func(from int) (n int) {
		for from+n < len(s) && s[from+n] >= '0' && s[from+n] <= '9' {
			n++
		}
		return n
	}
	end := digits(0)
	for end < len(s) {
		n := digits(end + 1)
		if n == 0 {
			break
		}
		switch s[end] {
		case '.', ',', '\'':
		case ' ':
			if n != 3 {
				return s[:end], s[end:]
			}
		default:
			return s[:end], s[end:]
		}
		end += 1 + n
	}
	return s[:end], s[end:]
}

// numeralValue parses a numeral. Before a unit the last separator is a decimal
// point unless three digits follow it; without a unit all separators group
// digits.
func numeralValue(numeral string, unit bool) (float64, bool) {
	last := strings.LastIndexAny(numeral, ".,' ")
	fraction := ""
	if last >= 0 {
		switch after := len(numeral) - last - 1; {
		case unit && after != 3:
			numeral, fraction = numeral[:last], numeral[last+1:]
		case after != 3:
			return 0, false // "4.9" is not a count
		}
	}
	value := 0.0
	for _, r := range numeral {
		if r >= '0' && r <= '9' {
			value = value*10 + float64(r-'0')
		}
	}
	place := 0.1
	for _, r := range fraction {
		if r >= '0' && r <= '9' {
			value += float64(r-'0') * place
			place /= 10
		}
	}
	return value, value < 1e15
}

// count is readCount as a pointer, nil if the text holds no count.
func count(text string) *int64 {
	n, _, ok := readCount(text)
	if !ok {
		return nil
	}
	return &n
}
