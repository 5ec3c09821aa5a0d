package song

import (
	"strings"
	"unicode/utf8"
)

type bracketKind byte

const (
	silentBracket   bracketKind = iota // does not tell artist from song
	wrappingBracket                    // such as "(Official Video)", which follows a song
)

// bracket interprets the text in a bracket. keep means that the bracket belongs to
// the name and stays.
func (t *title) bracket(p piece) (kind bracketKind, keep bool) {
	ws := t.words(p.text)
	if len(ws) == 0 {
		return silentBracket, false
	}
	lower := t.low(p.text)
	if name, ok := styled(p.text, lower); ok {
		t.original = name
		if strings.Contains(lower, "style") || strings.Contains(lower, "karaoke") {
			t.note([]string{"karaoke"})
		}
		return wrappingBracket, false
	}
	if rest, ok := strings.CutPrefix(lower, "by "); ok && len(lower) == len(p.text) && !idiom(rest) {
		t.coverer = p.text[len("by "):]
		return wrappingBracket, false
	}
	if t.coverNote(p.text, lower) {
		return wrappingBracket, false
	}
	if _, found := t.cutGuests(p.text); found || ws[0] == "with" || ws[0] == "avec" || ws[0] == "w" {
		t.note(ws)
		return silentBracket, false
	}
	for _, v := range voices {
		if strings.HasPrefix(lower, v) {
			return silentBracket, false
		}
	}
	if t.isWrapping(ws, true) && !(len(ws) == 1 && isYear(ws[0])) {
		return wrappingBracket, false
	}
	for _, w := range ws {
		if versions[w] {
			t.note(ws)
			if t.kind != Remix && t.kind != Live && person(t.channel.words) && holds(t.fold(p.text), t.channel.folded) {
				t.coverer, t.kind = t.channel.name, Cover // "(Otto Venn acapella version)" on his channel
			}
			if t.version == "" {
				t.version = p.text
			}
			return wrappingBracket, false
		}
	}
	if decade := strings.TrimSuffix(ws[0], "s"); isNumber(strings.TrimSuffix(decade, "'")) || len(ws) == 1 && utf8.RuneCountInString(ws[0]) < 3 {
		return silentBracket, false // a year, "90s", a place in a list, "x"
	}
	if p.open == '(' {
		return silentBracket, true
	}
	if t.lead == "" {
		t.lead, t.leadLast = p.text, t.lastText
	}
	return silentBracket, false
}

// styled reads "in the style of X" and "made famous by X".
func styled(s, lower string) (string, bool) {
	if len(lower) != len(s) {
		return "", false
	}
	for _, lead := range []string{"in the style of ", "originally performed by ", "made famous by ", "as made famous by ", "originally by ", "tribute to "} {
		if at := strings.Index(lower, lead); at >= 0 {
			return strings.Trim(s[at+len(lead):], " \"':"), true
		}
	}
	return "", false
}

// coverNote reads "X cover" and "cover by X" in a bracket or a part.
func (t *title) coverNote(s, lower string) bool {
	at := strings.Index(lower, "cover")
	if at < 0 || len(lower) != len(s) || strings.HasPrefix(lower[at:], "covers of") {
		return false
	}
	t.note([]string{"cover"})
	before, after := s[:at], strings.TrimLeft(s[at+len("cover"):], "sed ")
	for _, lead := range []string{"by ", "by.", "by:", "von "} {
		if rest, ok := strings.CutPrefix(strings.ToLower(after), lead); ok && rest != "" {
			t.coverer = strings.TrimSpace(after[len(lead):])
			return true
		}
	}
	if rest, ok := strings.CutPrefix(after, "of "); ok {
		t.original = rest
		return true
	}
	name := before
	for {
		at := strings.LastIndexByte(strings.TrimRight(name, " "), ' ')
		if last := strings.ToLower(strings.TrimSpace(name[at+1:])); !coverWords[last] {
			break
		}
		if at < 0 {
			name = ""
			break
		}
		name = name[:at]
	}
	name = strings.Trim(name, " -–'\"")
	if name, ok := strings.CutSuffix(name, "'s"); ok {
		t.named = name
		return true
	}
	if name != "" {
		t.named = name
	}
	return true
}

// coverWords say how something is covered, not whose song it is.
var coverWords = set(`acoustic piano guitar live official metal rock punk drum bass vocal ukulele violin the a full band my our new first home jazz accoustic english spanish version female male instrumental studio video and & only acapella cello harp loop fingerstyle solo remix for christmas`)
