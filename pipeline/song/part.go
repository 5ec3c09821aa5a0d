package song

import (
	"slices"
	"strings"
)

// A part is the text between two separators of a title.
type part struct {
	text    string // with the brackets that belong to the name
	folded  string
	words   []string // of plain
	plain   string   // without its brackets
	sep     separator
	wrapped bool // followed by "(Official Video)" or a version, as songs are
	quoted  bool
	by      bool    // follows "by"
	junk    float64 // evidence that it is part of neither name
	lean    float64
	artist  float64 // evidence that it is an artist, in log odds
	match   int     // how well it is the channel's name
}

// parts builds the parts of a title's pieces with the separators of a level.
func (t *title) parts(pieces []piece, level int) []part {
	out := make([]part, 0, 4)
	cur := part{}
	guest := false // what follows is a guest's name
	flush := func(next separator) {
		t.leads = cur.sep == start && next == dash
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
			if at, _, _ := separate(text, level); at != 0 && len(t.words(text)) > 0 {
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

// cutGuests cuts "feat. Guest" off a text.
func (t *title) cutGuests(s string) (string, bool) {
	if !mayNameGuests(s) {
		return s, false
	}
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

// mayNameGuests is a quick test for "ft", "feat", "part.", "prod" and "w/".
func mayNameGuests(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		switch next := s[i+1] | 0x20; s[i] | 0x20 {
		case 'f':
			if next == 't' || next == 'e' {
				return true
			}
		case 'p':
			if next == 'a' || next == 'r' {
				return true
			}
		case 'w':
			if s[i+1] == '/' {
				return true
			}
		}
	}
	return false
}

// lyricsFollow distinguishes "w/ lyrics" from "w/ guest".
func (t *title) lyricsFollow(word, rest string) bool {
	return word == "w/" && t.isWrapping(t.words(rest), false)
}

// tail reports whether a whole text is wrapping, such as "Official Video".
func (t *title) tail(s string) bool { return t.isWrapping(t.words(s), true) }

// isWrapping reports whether words are nothing but wrapping, years and glue.
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

// note remembers the kinds of song that words name, such as "live".
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
		if k == Karaoke && slices.ContainsFunc(ws, func(w string) bool { return subtitled[w] }) {
			k = Lyrics // subtitles that follow the singing, "[Eng Sub + Karaoke]"
		}
		if rank[k] > rank[t.kind] {
			t.kind = k
		}
	}
}

// splitBy cuts parts such as "Song by Artist" in two, if the channel agrees or a bar
// follows. If a slash follows, the words before "by" are hardly the song's name.
func (t *title) splitBy(parts []part) []part {
	if len(parts) < 2 || len(parts) >= maxParts {
		return parts
	}
	for i, p := range parts {
		evidence := t.evidence
		song, artist, ok := t.cutBy(p.plain)
		t.evidence = evidence
		if !ok || t.channel.match(t.fold(artist)) == 0 && parts[1].sep != bar {
			continue
		}
		first, second := p, part{text: artist, sep: by, by: true}
		first.text, first.quoted = unquote(song)
		first.plain, first.folded = first.text, t.fold(first.text)
		second.plain, second.folded = artist, t.fold(artist)
		if parts[1].sep == slash {
			first.junk += 5
		}
		return slices.Insert(slices.Replace(parts, i, i+1, first), i+1, second)
	}
	return parts
}

// hasBracket reports whether a text may hold a bracket: one of ASCII, or a character
// of the blocks of the others.
func hasBracket(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '(', '[', '{', '<', 0xe2, 0xe3:
			return true
		}
	}
	return false
}

func withoutBrackets(s string) string {
	if !hasBracket(s) {
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
