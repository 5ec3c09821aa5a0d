package labels

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEscapeField(t *testing.T) {
	for s, want := range map[string]string{"": "", "plain": "plain", "=1+1": "'=1+1", "-aaaaaaaaaa": "'-aaaaaaaaaa", "'Round Midnight": "'Round Midnight", "''@x": "'''@x"} {
		if got := EscapeField(s); got != want {
			t.Errorf("EscapeField(%q) is %q, want %q", s, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("'=+-@\ta "))).Draw(t, "text")
		if got := unescapeField(EscapeField(s)); got != s {
			t.Fatalf("%q became %q", s, got)
		}
		if e := EscapeField(s); e != "" && strings.ContainsRune(formula, rune(e[0])) {
			t.Fatalf("%q is a formula", e)
		}
	})
}
