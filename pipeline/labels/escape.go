package labels

import "strings"

// formula are the characters that make a spreadsheet read a field as one.
const formula = "=+-@\t\r"

// EscapeField puts an apostrophe before a field that a spreadsheet would run
// as a formula; ReadLabels takes it away again.
func EscapeField(s string) string {
	if t := strings.TrimLeft(s, "'"); t != "" && strings.IndexByte(formula, t[0]) >= 0 {
		return "'" + s
	}
	return s
}

// unescapeField takes away what EscapeField, or a person, put there.
func unescapeField(s string) string {
	if t := strings.TrimLeft(s, "'"); t != "" && len(t) < len(s) && strings.IndexByte(formula, t[0]) >= 0 {
		return s[1:]
	}
	return s
}
