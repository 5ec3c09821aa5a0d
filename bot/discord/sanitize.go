package discord

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Limits of Discord, which counts UTF-16 units or characters: counting units
// never exceeds either.
const (
	LimitContent = 2000
	LimitLabel   = 80   // a button's label
	LimitChoice  = 100  // a completion's name
	LimitInput   = 4000 // an input of a form
)

// Plain is text from outside on one line: without control characters, marks
// that turn the direction of writing, and marks without width that hide or
// break up words; the joiner between emoji stays. It is cut by grapheme to at
// most limit UTF-16 units.
func Plain(s string, limit int) string {
	var b strings.Builder
	space := false
	prev := rune(0)
	for _, r := range s {
		switch {
		case r == '\u200d' && emojiLike(prev): // joins emoji
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			space = b.Len() > 0
			continue
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r),
			r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\u034f', r == unicode.ReplacementChar:
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
		prev = r
	}
	return Cut(b.String(), limit)
}

// emojiLike reports whether a joiner after r joins emoji rather than hides.
func emojiLike(r rune) bool {
	return r == '\ufe0f' || r >= 0x1f3fb && r <= 0x1f3ff || unicode.Is(unicode.So, r)
}

// Cut shortens s to at most limit UTF-16 units between graphemes, with an
// ellipsis where something is missing.
func Cut(s string, limit int) string {
	if units(s) <= limit {
		return s
	}
	var b strings.Builder
	used := 0
	for g := graphemes.FromString(s); g.Next(); {
		n := units(g.Value())
		if used+n > limit-1 {
			break
		}
		used += n
		b.WriteString(g.Value())
	}
	return strings.TrimRight(b.String(), " ") + "…"
}

// units is the length of s in UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// Escape makes text from outside show as it is: no markdown, no mention, no
// link, no timestamp, no custom emoji. It comes after Plain.
func Escape(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch r {
		case '\\', '*', '_', '~', '`', '|', '>', '<', '[', ']', '(', ')', '#', '-', '@', ':':
			// Bare ':' and '-' matter in links, emoji names, lists and
			// headings; a ':' only where it could start a scheme or an emoji.
			if r == ':' && !strings.HasPrefix(s[i:], "://") && !emojiName(s[i:]) {
				break
			}
			if r == '-' && i > 0 || (r == '(' || r == ')') && !strings.Contains(s, "](") {
				break
			}
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Unescape is the text that Escape was given: what stands behind a backslash.
func Unescape(s string) string {
	var b strings.Builder
	escaped := false
	for _, r := range s {
		if escaped = r == '\\' && !escaped; !escaped {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// emojiName reports whether s starts with :name:, which Discord shows as a picture.
func emojiName(s string) bool {
	end := strings.IndexByte(s[1:], ':')
	if end < 1 {
		return false
	}
	for _, r := range s[1 : 1+end] {
		if !(r == '_' || r == '+' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return true
}

// Title is a video's title (or a channel's name) ready to stand in a message.
func Title(s string, limit int) string {
	t := Escape(Plain(s, limit))
	if t == "" {
		return "?"
	}
	return t
}

// Link is a title as the text of a link to address, which Discord unfolds unless it stands
// in <>. ok is false for a title that Discord would not show as one: the text of a link
// holds no address, and each of its brackets is closed.
func Link(title, address string, limit int) (link string, ok bool) {
	plain := Plain(title, limit)
	open := false
	for _, r := range plain {
		if r == '[' && open || r == ']' && !open {
			return "", false
		}
		open = open != (r == '[' || r == ']')
	}
	if open || strings.Contains(plain, "](") || addresses.MatchString(plain) {
		return "", false
	}
	return "[" + Title(title, limit) + "](" + address + ")", true
}

// addresses find what may be taken for an address, such as youtu.be; also much that is
// none, such as Mr.Kitty.
var addresses = regexp.MustCompile(`(?i)://|www\.|[\pL\pN]\.\pL{2}`)

// Join puts as many parts together as a message holds.
func Join(parts []string, between string) string {
	var b strings.Builder
	used := 0
	for i, p := range parts {
		n := units(p)
		if i > 0 {
			n += units(between)
		}
		if used+n > LimitContent {
			break
		}
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(p)
		used += n
	}
	return b.String()
}
