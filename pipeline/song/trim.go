package song

import (
	"slices"
	"strings"
)

// finish trims a part: quotes, numbers of tracks, wrapping at its end, credits.
func (t *title) finish(p *part) {
	s := strings.Trim(p.text, " ,;:*~•_|/–->")
	if blank := strings.IndexByte(s, ' '); p.sep == start && (blank == 6 || blank == 8) && isNumber(s[:blank]) {
		s = s[blank+1:] // a date, "130220 Artist"
	}
	if inner, ok := unquote(s); ok {
		s, p.quoted = inner, true
	}
	t.versioned = false
	if s = t.trimTail(s); t.versioned {
		p.junk += 2 // among several parts, "Lumo Remix" is not the song
	}
	lower := ""
	if s != "" && (s[0] >= 0x80 || strings.IndexByte("aocpbv", s[0]|0x20) >= 0) { // as credits begin
		lower = strings.ToLower(s)
	}
	for _, c := range credits {
		if c != "por " && len(lower) == len(s) && strings.HasPrefix(lower, c) && len(s) > len(c) && !idiom(s[len(c):]) {
			s, p.by = strings.TrimSpace(s[len(c):]), true
			if strings.Contains(c, "cover") {
				t.note([]string{"cover"})
			}
			break
		}
	}
	if inner, ok := unquote(s); ok {
		s, p.quoted = inner, true
	}
	if at := strings.IndexAny(s, ". )"); at > 0 && at < 3 && p.sep != start && isNumber(s[:at]) && (s[at] != ' ' || s[0] == '0') {
		s = strings.TrimLeft(s[at:], ".) ") // the number of a track
		if inner, ok := unquote(s); ok {
			s, p.quoted = inner, true
		}
	}
	p.text = s
	p.plain = withoutBrackets(s)
	p.folded = t.fold(p.plain)
	if p.plain == s && t.titleHasMore && p.sep != start && s != "" && closing(rune(s[0])) != 0 {
		p.folded = "" // a bracket alone
	}
	if isVoice(p.plain) {
		p.folded, t.voiced = "", true
	}
	if isNumber(p.folded) && len(p.folded) < 3 && (p.sep != start || len(p.folded) == 2) {
		p.folded = "" // the number of a track
	}
}

// isVoice reports whether a text names synthesised singers.
func isVoice(s string) bool {
	if s == "" || s[0] < 0x80 && strings.IndexByte("hmkgv ,+&/_x", s[0]|0x20) < 0 {
		return false // as no voice begins
	}
	lower, found := strings.ToLower(s), false
	for again := true; again; {
		again = false
		lower = strings.TrimLeft(lower, " ,+&/_x×")
		for _, v := range voices {
			if rest, ok := strings.CutPrefix(lower, v); ok {
				lower, found, again = rest, true, true
			}
		}
	}
	return found && (lower == "" || lower[0] == '(')
}

// cutPlace cuts a song before "live at", a year in its midst or "with lyrics".
func (t *title) cutPlace(s string) string {
	if !slices.ContainsFunc(t.all, func(w string) bool { return w == "live" || w == "cover" || isYear(w) || strings.HasPrefix(w, "lyric") }) {
		return s
	}
	ws := strings.Fields(s)
	for i := 1; i+1 < len(ws); i++ {
		if strings.ContainsAny(ws[i-1], "([") {
			break // a year in a bracket belongs to the bracket
		}
		w, next := strings.ToLower(strings.Trim(ws[i], ",*~-–")), strings.ToLower(ws[i+1])
		switch {
		case isYear(w) && ws[i][0] != '(' && !glue[strings.ToLower(ws[i-1])]:
		case w == "cover" && i > 1:
			t.note([]string{"cover"})
		case w == "live" && places[next]:
			t.note([]string{"live"})
		case (w == "with" || w == "w/" || w == "+") && strings.HasPrefix(next, "lyric"):
			t.note([]string{"lyrics"})
		default:
			continue
		}
		return strings.Join(ws[:i], " ")
	}
	return s
}

// places are words after a "live" that is not part of a name.
var places = set(`at in from @ on tube studio bbc tv - im à en dal auf session`)

// trimTail takes wrapping off the end of a text, but never all of a name.
func (t *title) trimTail(s string) string {
	for {
		at := strings.LastIndexByte(strings.TrimRight(s, " "), ' ')
		last := strings.Trim(t.low(s[at+1:]), ".,!*:;-–\"' ")
		dot := strings.LastIndexByte(last, '.')
		switch {
		case dot > 0 && wrapping[last[dot+1:]] && len(last)-dot <= 5 && kindOf[last[dot+1:]] == None:
			s = s[:len(s)-(len(last)-dot)]
			return t.trimTail(strings.TrimRight(s, " ."))
		case at <= 0:
			if (wrapping[last] || last == "karaoke" || last == "nightcore") && t.titleHasMore && !weakTail[last] {
				t.note([]string{last})
				return ""
			}
			return s
		case strings.HasPrefix(last, "http") || strings.HasPrefix(last, "www.") || strings.HasPrefix(last, "#"):
		case t.titleHasMore && (wrapping[last] || versions[last]) && t.tail(s):
			return ""
		case t.leads && nameTail[last]:
			return s
		case last == "" || last == "+" || last == "out now":
		case strings.IndexByte(last, '+') > 0 && wrapping[last[strings.IndexByte(last, '+')+1:]]:
			t.note([]string{last[strings.IndexByte(last, '+')+1:]})
			return s[:strings.LastIndexByte(s, '+')]
		case versionEnds[last] && t.versionTail(&s):
			t.versioned = true
			continue
		case wrapping[last] && !weakTail[last], last == "live" && t.titleHasMore, last == "cover" || last == "karaoke":
			t.note([]string{last})
		case isYear(last):
		case glue[last] && s != strings.TrimSpace(s):
		default:
			return s
		}
		s = strings.TrimRight(s[:at], " ,-–*•|/")
		if before := strings.LastIndexByte(s, ' '); before > 0 && trailing[strings.ToLower(s[before+1:])] {
			s = strings.TrimRight(s[:before], " ,")
		}
	}
}

// weakTail are wrapping words that names and songs may also end with.
var weakTail = set(`music full complete new screen animation tv son short sub footage performance song free texto sound version free promo visual topic clean animated mood exclusive premiere release download explicit official-video vivo texto с vertical opm pinoy testo tekst official`)

// nameTail are wrapping words that artists' names may end with.
var nameTail = set(`stereo mono acoustic`)

// trailing are words that are left over when the wrapping after them is removed.
var trailing = set(`with w/ w w. + & official music no from lyric original (with on in full`)

// versionEnds are last words of a version that is not in brackets, "Album Version".
var versionEnds = set(`mashup version versión versão edit remix rmx mix instrumental acoustic reprise`)

// versionWords are the words before them.
var versionWords = set(`album single radio extended original full clean explicit film movie live studio acoustic long short english spanish official instrumental club vocal 12" demo new alternate main video`)

// versionTail removes "Album Version" and the like from the end of a song.
func (t *title) versionTail(s *string) bool {
	ws := strings.Fields(*s)
	n := len(ws) - 1
	last := strings.Trim(strings.ToLower(ws[n]), ".,!*")
	for n > 1 && versionWords[strings.ToLower(ws[n-1])] {
		n--
	}
	if last != "acoustic" && last != "mashup" && last != "remix" && last != "rmx" && last != "instrumental" && n == len(ws)-1 || n < 1 {
		return false
	}
	t.note([]string{last})
	*s = strings.Join(ws[:n], " ")
	return true
}
