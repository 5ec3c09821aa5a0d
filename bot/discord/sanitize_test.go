package discord

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestTitleShowsAsItIs(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"plain":                     "plain",
		" two \n lines\t":           "two lines",
		"**bold** _x_ ~~s~~":        `\*\*bold\*\* \_x\_ \~\~s\~\~`,
		"@everyone <@123> <#1>":     `\@everyone \<\@123\> \<\#1\>`,
		"[a](https://evil.example)": `\[a\]\(https\://evil.example\)`,
		"# heading":                 `\# heading`,
		"- item, a-b":               `\- item, a-b`,
		":tada: 12:30":              `\:tada: 12:30`,
		"||spoiler|| `code`":        "\\|\\|spoiler\\|\\| \\`code\\`",
		"\u202eevil\u202c \u200bzw": "evil zw",
		"a\u00adb\ufeffc":           "abc",
		"":                          "?",
		"\u200b\u2060":              "?",
		"(feat. B)":                 "(feat. B)",
		"👩‍👩‍👧 family":              "👩‍👩‍👧 family",
	}
	for in, want := range tests {
		if got := Title(in, 100); got != want {
			t.Errorf("title(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestLink: a title is the text of a link only where Discord shows it as one.
func TestLink(t *testing.T) {
	t.Parallel()
	const address = "https://www.youtube.com/watch?v=abc"
	for title, want := range map[string]string{
		"Archangel":                       "[Archangel](" + address + ")",
		"Song [Official Video] [4K]":      `[Song \[Official Video\] \[4K\]](` + address + ")",
		"*Song* (feat. B) | Live @ X":     `[\*Song\* (feat. B) \| Live \@ X](` + address + ")",
		"Dr. Dre - S.O.S. 12:30":          "[Dr. Dre - S.O.S. 12:30](" + address + ")",
		"":                                "[?](" + address + ")",
		"open [bracket":                   "",
		"closed] bracket":                 "",
		"[[twice]]":                       "",
		"] turned [":                      "",
		"[x](y)":                          "",
		"x](https://evil.example)[":       "",
		"free at https://evil.example/x":  "",
		"visit www.evil and discord.gg/x": "",
		"Пример.рф":                       "",
	} {
		if got, ok := Link(title, address, 100); got != want || ok != (want != "") {
			t.Errorf("the link of %q is %q, want %q", title, got, want)
		}
	}
}

func TestCutKeepsGraphemes(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", "e\u0301e\u0301e\u0301e\u0301", "🇧🇷🇵🇹🇧🇷🇵🇹", strings.Repeat("a", 30)} {
		for limit := 1; limit < 30; limit++ {
			got := Cut(s, limit)
			if units(got) > limit {
				t.Errorf("cut(%q, %d) = %q has %d units", s, limit, got, units(got))
			}
			if got != s && !strings.HasPrefix(s, strings.TrimSuffix(got, "…")) {
				t.Errorf("cut(%q, %d) = %q", s, limit, got)
			}
		}
	}
	if got := Cut("🇧🇷🇵🇹", 5); got != "🇧🇷…" {
		t.Errorf("a flag was cut in half: %q", got)
	}
}

func FuzzTitle(f *testing.F) {
	f.Add("**@everyone** [x](https://y) \u202e")
	f.Fuzz(func(t *testing.T, s string) {
		p := Plain(s, 100)
		if units(p) > 100 || !utf8.ValidString(p) {
			t.Errorf("plain(%q) = %q", s, p)
		}
		for _, r := range p {
			if unicode.Is(unicode.Bidi_Control, r) || r == '\n' || r == '\u200b' {
				t.Errorf("plain(%q) keeps %U", s, r)
			}
		}
		out := Escape(p)
		if back := Unescape(out); back != p {
			t.Errorf("unescape(%q) = %q, want %q", out, back, p)
		}
		for i, r := range out { // every marker stands behind a backslash
			if strings.ContainsRune("*_~`|<>[]@", r) && (i == 0 || out[i-1] != '\\') {
				t.Errorf("escape(%q) = %q leaves %q", p, out, r)
			}
		}
	})
}

func FuzzCustomID(f *testing.F) {
	f.Add(CustomID("up", "abcdefghijklmnop"))
	f.Add("v1::")
	f.Add("v2:up:x")
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := ParseCustomID(s)
		if ok && CustomID(c.Name, c.args...) != s {
			t.Errorf("%q became %q", s, CustomID(c.Name, c.args...))
		}
		c.Arg(len(c.args))
	})
}
