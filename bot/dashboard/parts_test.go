package dashboard

import (
	"html/template"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestFitCountsAsPagesDo: a text is as long as html/template writes it, and is cut at a
// character.
func TestFitCountsAsPagesDo(t *testing.T) {
	page := template.Must(template.New("").Parse(`<p title="{{.}}">`))
	for _, text := range []string{"plain", `"quotes" & 'more' + <b>`, "検索", "🎷🔥", "a\x00b", "é\u202e"} {
		var b strings.Builder
		if err := page.Execute(&b, text); err != nil {
			t.Fatal(err)
		}
		if want := b.Len() - len(`<p title="">`); escaped(text) != want {
			t.Errorf("%q has %d bytes in a page, and escaped says %d", text, want, escaped(text))
		}
		long := strings.Repeat(text, 40)
		for n := range 60 {
			if got := fit(long, n+3); escaped(got) > n+3 || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
				t.Errorf("%q in %d bytes is %q, of %d", text, n+3, got, escaped(got))
			}
		}
		if fit(text, escaped(text)) != text {
			t.Errorf("%q is cut though it fits", text)
		}
	}
}

// TestReplaceLines: a stretch is replaced where it is; without it, both changes are merged.
func TestReplaceLines(t *testing.T) {
	for _, tt := range []struct{ typed, then, now, want string }{
		{"b x", "b c", "a b c d", "a b x d"},
		{"", "b c", "a b c d", "a d"},
		{"c b", "b c", "a b c d", "a c b d"},
		{"b n c", "b c", "a b c d", "a b n c d"},
		{"n", "", "a b", "a b n"},
		{"n", "", "", "n"},
		{"b x", "b c", "a b q c d", "a b q d x"}, // somebody has put a line into it
		{"a", "a b", "a b", "a"},
	} {
		if got := replaceLines(strings.Fields(tt.typed), strings.Fields(tt.then), strings.Fields(tt.now)); !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%q for %q in %q is %q, want %q", tt.typed, tt.then, tt.now, got, tt.want)
		}
	}
}
