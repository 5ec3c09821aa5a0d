package demopage

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// markdown turns the marks that Discord shows into HTML: bold, italic,
// underline, strikethrough, spoilers, code, quotes, headings, small text,
// lists, links, mentions and timestamps. Everything else is text.
type markdown struct {
	zone    *time.Location
	user    func(id string) string // display name; "" when unknown
	channel func(id string) string
}

// html renders a whole message.
func (m markdown) html(src string) template.HTML {
	var b strings.Builder
	lines := strings.Split(strings.ReplaceAll(src, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if rest, ok := strings.CutPrefix(line, "```"); ok {
			code, next := fence(rest, lines[i+1:])
			b.WriteString("<pre><code>" + html.EscapeString(code) + "</code></pre>")
			i += next
			continue
		}
		tag, class, text := "div", "", line
		switch {
		case strings.HasPrefix(line, "# "):
			class, text = "h1", line[2:]
		case strings.HasPrefix(line, "## "):
			class, text = "h2", line[3:]
		case strings.HasPrefix(line, "### "):
			class, text = "h3", line[4:]
		case strings.HasPrefix(line, "-# "):
			class, text = "subtext", line[3:]
		case strings.HasPrefix(line, "> "):
			tag, text = "blockquote", line[2:]
		case strings.HasPrefix(line, "- "), strings.HasPrefix(line, "* "):
			class, text = "item", line[2:]
		case strings.TrimSpace(line) == "":
			b.WriteString(`<div class="gap"></div>`)
			continue
		}
		b.WriteString("<" + tag)
		if class != "" {
			b.WriteString(` class="` + class + `"`)
		}
		b.WriteString(">")
		m.inline(&b, text, 0)
		b.WriteString("</" + tag + ">")
	}
	return template.HTML(b.String()) // every text in it was escaped
}

// fence is a code block's text and how many of the following lines it takes.
func fence(first string, rest []string) (string, int) {
	if code, _, ok := strings.Cut(first, "```"); ok {
		return code, 0
	}
	var code []string
	if strings.ContainsAny(first, " .(") { // text, not a language's name
		code = append(code, first)
	}
	for i, line := range rest {
		if before, _, ok := strings.Cut(line, "```"); ok {
			if before != "" {
				code = append(code, before)
			}
			return strings.Join(code, "\n"), i + 1
		}
		code = append(code, line)
	}
	return strings.Join(code, "\n"), len(rest)
}

// pairs are the marks that open and close with the same text, the longer first.
var pairs = []struct{ mark, open, close string }{
	{"**", "<strong>", "</strong>"},
	{"__", "<u>", "</u>"},
	{"~~", "<s>", "</s>"},
	{"||", `<span class="spoiler" tabindex="0">`, "</span>"},
	{"*", "<em>", "</em>"},
	{"_", "<em>", "</em>"},
}

var (
	linkMark  = regexp.MustCompile(`^\[((?:\\.|[^\[\]\\\n]){1,200})\]\(<?(https?://[^\s()<>]{1,500})>?\)`)
	bareLink  = regexp.MustCompile(`^<?(https?://[^\s<>"]{1,500})>?`)
	mention   = regexp.MustCompile(`^<([@#])!?(\d{1,20})>`)
	timestamp = regexp.MustCompile(`^<t:(-?\d{1,12})(?::([tTdDfFR]))?>`)
	command   = regexp.MustCompile(`^</([^:>]{1,100}):\d{1,20}>`)
)

// inline renders the marks inside a line. Marks inside marks are followed to a
// small depth.
func (m markdown) inline(b *strings.Builder, s string, depth int) {
	text := func(t string) { b.WriteString(html.EscapeString(t)) }
scan:
	for i := 0; i < len(s); {
		rest := s[i:]
		switch rest[0] {
		case '\\':
			if len(rest) > 1 && strings.IndexByte("\\*_~|`<>[]()#-:@.!/", rest[1]) >= 0 {
				text(rest[1:2])
				i += 2
				continue
			}
		case '`':
			if end := strings.IndexByte(rest[1:], '`'); end > 0 {
				b.WriteString("<code>" + html.EscapeString(rest[1:1+end]) + "</code>")
				i += end + 2
				continue
			}
		case '<', 'h', '[':
			if n := m.special(b, rest, depth); n > 0 {
				i += n
				continue
			}
		case '*', '_', '~', '|':
			for _, p := range pairs {
				inner, ok := strings.CutPrefix(rest, p.mark)
				if !ok || depth >= 4 || inner == "" || inner[0] == ' ' {
					continue
				}
				// A single _ inside a word is part of the word.
				if p.mark == "_" && i > 0 && s[i-1] != ' ' && s[i-1] != '(' {
					continue
				}
				end := closing(inner, p.mark)
				if end <= 0 {
					continue
				}
				b.WriteString(p.open)
				m.inline(b, inner[:end], depth+1)
				b.WriteString(p.close)
				i += end + 2*len(p.mark)
				continue scan
			}
		}
		n := strings.IndexAny(rest[1:], "\\`<h[*_~|")
		if n < 0 {
			n = len(rest) - 1
		}
		text(rest[:n+1])
		i += n + 1
	}
}

// closing is where a mark closes, not behind a backslash; -1 when it does not.
func closing(s, mark string) int {
	for i := 0; i < len(s); {
		if s[i] == '\\' {
			i += 2
			continue
		}
		if strings.HasPrefix(s[i:], mark) {
			return i
		}
		i++
	}
	return -1
}

// special renders what starts with < or [ or is a link, and returns how much
// of s it took.
func (m markdown) special(b *strings.Builder, s string, depth int) int {
	if g := linkMark.FindStringSubmatch(s); g != nil && depth < 4 {
		anchor(b, g[2], func() { m.inline(b, g[1], 4) })
		return len(g[0])
	}
	if g := mention.FindStringSubmatch(s); g != nil {
		name := ""
		if g[1] == "@" && m.user != nil {
			name = m.user(g[2])
		} else if g[1] == "#" && m.channel != nil {
			name = m.channel(g[2])
		}
		if name == "" {
			name = "unknown"
		}
		b.WriteString(`<span class="mention">` + html.EscapeString(g[1]+name) + "</span>")
		return len(g[0])
	}
	if g := timestamp.FindStringSubmatch(s); g != nil {
		if unix, err := strconv.ParseInt(g[1], 10, 64); err == nil {
			at := time.Unix(unix, 0).In(m.zone)
			fmt.Fprintf(b, `<time datetime="%s">%s</time>`, at.UTC().Format(time.RFC3339), at.Format(timeLayout(g[2])))
			return len(g[0])
		}
	}
	if g := command.FindStringSubmatch(s); g != nil {
		b.WriteString(`<span class="mention">/` + html.EscapeString(g[1]) + "</span>")
		return len(g[0])
	}
	if g := bareLink.FindStringSubmatch(s); g != nil {
		url, took := g[1], len(g[0])
		if s[0] != '<' { // punctuation after a link is not part of it
			url = strings.TrimRight(g[0], ".,;:!?)*_~|")
			took = len(url)
		}
		anchor(b, url, func() { b.WriteString(html.EscapeString(url)) })
		return took
	}
	return 0
}

// anchor writes a link that says nothing of where it was clicked.
func anchor(b *strings.Builder, url string, text func()) {
	b.WriteString(`<a href="` + html.EscapeString(url) + `" rel="noreferrer noopener" target="_blank">`)
	text()
	b.WriteString("</a>")
}

// timeLayout is Discord's style of a timestamp. Relative times are shown in
// full: the page's clock runs fast.
func timeLayout(style string) string {
	switch style {
	case "t":
		return "15:04"
	case "T":
		return "15:04:05"
	case "d":
		return "02/01/2006"
	case "D":
		return "2 January 2006"
	case "F":
		return "Monday, 2 January 2006 15:04"
	}
	return "2 January 2006 15:04"
}
