package terminal

import (
	"bytes"
	"strings"
	"testing"
)

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"Title":                              "Title",
		" two\n lines\tand\u00a0a ":          "two lines and a",
		"evil\x1b[31m \u202etitle\u2069\x00": "evil[31m title",
		"👩\u200d🎤 sings":                     "👩\u200d🎤 sings",
	} {
		if got := OneLine(text); got != want {
			t.Errorf("OneLine(%q) = %q, not %q", text, got, want)
		}
	}
}

// TestClip counts columns, and cuts no character in two.
func TestClip(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"short", 5, "short"},
		{"too long", 5, "too …"},
		{"音楽のビデオ", 7, "音楽の…"},
		{"👩‍🎤👩‍🎤👩‍🎤", 4, "👩‍🎤…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"", 0, ""},
	} {
		if got := Clip(c.text, c.width); got != c.want {
			t.Errorf("Clip(%q, %d) = %q, not %q", c.text, c.width, got, c.want)
		}
	}
}

// TestBar draws one bar a stage and leaves nothing on the screen; without a terminal
// it is silent.
func TestBar(t *testing.T) {
	var out bytes.Buffer
	bar := NewBar(&out)
	for _, stage := range []string{"search", "read"} {
		bar.Report(stage, 0, 2)
		bar.Report(stage, 2, 2)
	}
	bar.Finish()
	bar.Finish()
	if drawn := out.String(); !strings.Contains(drawn, "search") || !strings.Contains(drawn, "read") || !strings.HasSuffix(drawn, "\r") {
		t.Errorf("drawn: %q", drawn)
	}
	silent := NewBar(nil)
	silent.Report("search", 1, 2)
	silent.Finish()
}
