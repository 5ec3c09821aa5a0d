package song

import (
	"slices"
	"strings"
)

// A part is what stands between two separators of a title.
type part struct {
	text    string // with the brackets that belong to the name
	folded  string
	plain   string // without its brackets
	sep     separator
	wrapped bool // wrapping or a version stands right behind it, as behind a song
	quoted  bool
	by      bool    // "by" stands before it
	junk    float64 // what speaks against any part in a song's name
	lean    float64
	artist  float64 // evidence that it is an artist, in log odds
	match   int     // how well it is the channel's name
}

// parts builds the parts of a title's pieces with the separators of a level.
func (t *title) parts(pieces []piece, level int) []part {
	var out []part
	cur := part{}
	guest := false // what follows is a guest's name
	flush := func(next separator) {
		if t.finish(&cur); cur.folded != "" {
			out = append(out, cur)
		}
		cur, guest = part{sep: next}, false
	}
	for _, p := range pieces {
		if p.open != 0 {
			switch kind, keep := t.bracket(p); {
			case keep && !guest:
				cur.text = strings.TrimSpace(cur.text + " " + string(p.open) + p.text + string(closing(p.open)))
			case kind == wrappingBracket:
				cur.wrapped = cur.text != ""
			}
			continue
		}
		text := p.text
		t.lastText = true
		if cur.wrapped && cur.text != "" {
			if t.tail(text) {
				continue
			}
			if at, _, _ := separate(text, level); at != 0 && len(words(text)) > 0 {
				flush(bracket)
			}
		}
		for text != "" && len(out) < maxParts {
			at, width, sep := separate(text, level)
			piece := text
			if at >= 0 {
				piece, text = text[:at], text[at+width:]
			} else {
				text = ""
			}
			if head, found := t.cutGuests(piece); found {
				t.guests++
				cur.text, guest = strings.TrimSpace(cur.text+" "+head), true
			} else if !guest {
				cur.text = strings.TrimSpace(cur.text + " " + strings.TrimSpace(piece))
			}
			if at >= 0 {
				flush(sep)
			}
		}
	}
	flush(start)
	return out
}

const maxParts = 8

// cutGuests cuts a text before the guests it names.
func (t *title) cutGuests(s string) (string, bool) {
	for at := 0; at < len(s); {
		end := strings.IndexByte(s[at:], ' ')
		if end < 0 {
			end = len(s)
		} else {
			end += at
		}
		word := strings.ToLower(s[at:end])
		if guestWords[word] && (at > 0 || end < len(s)) && !t.lyricsFollow(word, s[end:]) {
			head := strings.TrimRight(s[:at], " ,(")
			if i := strings.IndexAny(s[end:], "「『\""); i > 0 && at > 0 {
				return head + " " + s[end+i:], true // Artist feat. Guest "Song"
			}
			return head, true
		}
		for _, glued := range []string{"feat.", "feat", "ft.", "part.", "w/"} {
			if i := strings.Index(word, glued); i >= 0 && len(word) > i+len(glued) && strings.HasSuffix(glued, ".") || i > 0 && word[i-1] >= 0x80 {
				return strings.TrimRight(s[:at+max(i, 0)], " ,("), true
			}
		}
		at = end + 1
	}
	return s, false
}

// lyricsFollow tells "w/ lyrics" from "w/ guest".
func (t *title) lyricsFollow(word, rest string) bool {
	return word == "w/" && t.isWrapping(words(rest), false)
}

// tail reports whether a text is wrapping as a whole.
func (t *title) tail(s string) bool { return t.isWrapping(words(s), true) }

// isWrapping reports whether words are wrapping, years and glue alone.
func (t *title) isWrapping(ws []string, note bool) bool {
	core := false
	for i, w := range ws {
		switch {
		case wrapping[w] || versions[w]:
			core = true
		case isYear(w):
		case glue[w] || isNumber(w) && (i > 0 || len(ws) == 1):
		default:
			return false
		}
	}
	if core && note {
		t.note(ws)
	}
	return core
}

// note remembers the kinds that words tell.
func (t *title) note(ws []string) {
	for i, w := range ws {
		k := kindOf[w]
		if w == "sped" || w == "speed" && i+1 < len(ws) && ws[i+1] == "up" {
			k = SpedUp
		}
		if w == "album" && (i == 0 || ws[i-1] != "full" && len(ws) > 1) {
			continue
		}
		if w == "mix" && slices.Contains(ws, "extended") {
			k = Remix
		}
		if rank[k] > rank[t.kind] {
			t.kind = k
		}
	}
}

// finish trims a part: quotes, numbers of tracks, wrapping at its end, credits.
func (t *title) finish(p *part) {
	s := strings.Trim(p.text, " ,;:*~•_|/–->")
	if inner, ok := unquote(s); ok {
		s, p.quoted = inner, true
	}
	s = t.trimTail(s)
	lower := strings.ToLower(s)
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
	p.folded = Fold(p.plain)
	if p.plain == s && t.titleHasMore && p.sep != start && s != "" && closing(rune(s[0])) != 0 {
		p.folded = "" // a bracket alone
	}
	if isVoice(strings.ToLower(p.plain)) {
		p.folded, t.voiced = "", true
	}
	if isNumber(p.folded) && len(p.folded) < 3 && (p.sep != start || len(p.folded) == 2) {
		p.folded = "" // the number of a track
	}
}

// isVoice reports whether a text names synthesised singers.
func isVoice(lower string) bool {
	found := false
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

// splitBy cuts parts such as "Song by Artist" in two, where the channel agrees or
// a bar follows. Before a slash the words in front of "by" only describe.
func (t *title) splitBy(parts []part) []part {
	if len(parts) < 2 || len(parts) >= maxParts {
		return parts
	}
	for i, p := range parts {
		evidence := t.evidence
		song, artist, ok := t.cutBy(p.plain)
		t.evidence = evidence
		if !ok || t.channel.match(Fold(artist)) == 0 && parts[1].sep != bar {
			continue
		}
		first, second := p, part{text: artist, sep: by, by: true}
		first.text, first.quoted = unquote(song)
		first.plain, first.folded = first.text, Fold(first.text)
		second.plain, second.folded = artist, Fold(artist)
		if parts[1].sep == slash {
			first.junk += 5
		}
		return slices.Insert(slices.Replace(parts, i, i+1, first), i+1, second)
	}
	return parts
}

// cutPlace cuts a song before "live at", a year in its midst or "with lyrics".
func (t *title) cutPlace(s string) string {
	ws := strings.Fields(s)
	for i := 1; i+1 < len(ws); i++ {
		if strings.ContainsAny(ws[i-1], "([") {
			break // a year in a bracket is the bracket's
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

// places follow a "live" that is no part of a name.
var places = set(`at in from @ on tube studio bbc tv - im à en dal auf session`)

// trimTail takes wrapping off the end of a text, but never all of a name.
func (t *title) trimTail(s string) string {
	for {
		at := strings.LastIndexByte(strings.TrimRight(s, " "), ' ')
		last := strings.Trim(strings.ToLower(s[at+1:]), ".,!*:;-–\"' ")
		dot := strings.LastIndexByte(last, '.')
		switch {
		case dot > 0 && wrapping[last[dot+1:]] && len(last)-dot <= 5 && kindOf[last[dot+1:]] == None:
			s = s[:len(s)-(len(last)-dot)]
			return t.trimTail(strings.TrimRight(s, " ."))
		case at <= 0:
			if wrapping[last] && t.titleHasMore && !weakTail[last] {
				t.note([]string{last})
				return ""
			}
			return s
		case strings.HasPrefix(last, "http") || strings.HasPrefix(last, "www.") || strings.HasPrefix(last, "#"):
		case t.titleHasMore && (wrapping[last] || versions[last]) && t.tail(s):
			return ""
		case last == "" || last == "+" || last == "out now":
		case strings.IndexByte(last, '+') > 0 && wrapping[last[strings.IndexByte(last, '+')+1:]]:
			t.note([]string{last[strings.IndexByte(last, '+')+1:]})
			return s[:strings.LastIndexByte(s, '+')]
		case versionEnds[last] && t.versionTail(&s):
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

// weakTail are wrapping words that end names and songs as well.
var weakTail = set(`music full complete new screen animation tv son short sub footage performance song free texto sound version free promo visual topic clean animated mood exclusive premiere release download explicit official-video vivo texto с vertical opm pinoy testo tekst official`)

// trailing are left hanging once the wrapping behind them is gone.
var trailing = set(`with w/ w w. + & official music no from lyric original (with on in full`)

// versionEnds end the name of a version that stands without brackets.
var versionEnds = set(`version versión versão edit remix rmx mix instrumental acoustic reprise`)

// versionWords stand before them.
var versionWords = set(`album single radio extended original full clean explicit film movie live studio acoustic long short english spanish official instrumental club vocal 12" demo new alternate main video`)

// versionTail takes "Album Version" and its like off the end of a song.
func (t *title) versionTail(s *string) bool {
	ws := strings.Fields(*s)
	n := len(ws) - 1
	last := strings.Trim(strings.ToLower(ws[n]), ".,!*")
	for n > 1 && versionWords[strings.ToLower(ws[n-1])] {
		n--
	}
	if last != "acoustic" && last != "remix" && last != "rmx" && last != "instrumental" && n == len(ws)-1 || n < 1 {
		return false
	}
	t.note([]string{last})
	*s = strings.Join(ws[:n], " ")
	return true
}

func withoutBrackets(s string) string {
	if !strings.ContainsAny(s, "([{【〔❰〈<") {
		return s
	}
	var b strings.Builder
	for _, p := range pieces(s) {
		if p.open == 0 {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(p.text)
		}
	}
	if b.Len() == 0 {
		return s
	}
	return b.String()
}
