package song

import "strings"

// A channel is the uploader's name without additions such as "- Topic", "VEVO" and
// "Official".
type channel struct {
	name   string // as written, "Burial"
	other  string // the second of "First / Second"
	also   string // that, folded
	words  []string
	folded string
	tight  string // joined
	topic  bool   // "Burial - Topic": YouTube makes it from what labels deliver
	vevo   bool
	label  bool // calls itself records, a channel of many artists, karaoke
}

// foldChannel is a channel's name without additions, as Fold gives it.
func foldChannel(name string) string {
	t := newTitle(Upload{Channel: name}, nil)
	defer t.free()
	return t.channel.folded
}

func (t *title) readChannel(s string) channel {
	c := channel{name: clean(s)}
	var f form
	c.name, f = ownName(c.name)
	c.topic, c.vevo = f == topic, f == vevo
	for _, w := range t.words(c.name) {
		c.label = c.label || labelWords[w]
	}
	for !c.topic {
		at := strings.LastIndexByte(c.name, ' ')
		if at <= 0 || !channelWords[strings.Trim(strings.ToLower(c.name[at+1:]), "()[]|-")] {
			break
		}
		c.name = strings.TrimRight(c.name[:at], " |-–/(")
	}
	for _, tail := range []string{"Official", "Music", "Videos", "videos", "TV", "youtube"} {
		if rest, ok := strings.CutSuffix(c.name, tail); ok && rest != "" && !strings.HasSuffix(rest, " ") && !c.topic {
			c.name = rest
		}
	}
	if first, second, ok := strings.Cut(c.name, "/"); ok && t.fold(first) != "" && (strings.HasSuffix(first, " ") || latin(first) != latin(second)) {
		c.name, c.other = strings.TrimSpace(first), strings.TrimSpace(second) // usually one name in two scripts
		c.also = t.fold(c.other)
	}
	c.words = t.words(c.name)
	c.folded = Fold(c.name) // outlives t in a Memory
	c.tight = joined(c.folded)
	return c
}

// spaced restores the spaces that VEVO channels leave out: "LinkinPark" becomes
// "Linkin Park".
func spaced(s string) string {
	var b strings.Builder
	lower := false
	for _, r := range s {
		upper := 'A' <= r && r <= 'Z'
		if upper && lower {
			b.WriteByte(' ')
		}
		lower = 'a' <= r && r <= 'z'
		b.WriteRune(r)
	}
	return b.String()
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if len(s) < len(suffix) || !strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return s, false
	}
	return strings.TrimSpace(s[:len(s)-len(suffix)]), true
}

// match says how well a name matches the channel's: 2 if they are the same, 1 if the
// name is one of several artists or the channel contains it as words, else 0.
func (c channel) match(folded string) int {
	if c.folded == "" || folded == "" {
		return 0
	}
	if folded == c.folded || folded == c.also {
		return 2
	}
	tight := joined(folded)
	if tight == c.tight {
		return 2
	}
	if len(c.tight) > 3 && (holds(folded, c.folded) || !strings.Contains(c.folded, " ") && strings.HasPrefix(tight, c.tight)) {
		return 1
	}
	if len(tight) > 3 && (holds(c.folded, folded) || strings.HasPrefix(c.tight, tight)) {
		return 1
	}
	return 0
}

// holds reports whether part stands in s as whole words.
func holds(s, part string) bool {
	at := strings.Index(s, part)
	return at >= 0 && (at == 0 || s[at-1] == ' ') && (at+len(part) == len(s) || s[at+len(part)] == ' ') ||
		at >= 0 && len(part) > 5 && part[0] >= 0x80 // scripts that write no spaces
}
