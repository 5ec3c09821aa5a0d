package config

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
)

// doc returns the doc comment of a field ("YouTube.BaseURL") or of a type
// ("YouTube"), without line ends, beginning with the key in place of Go's name.
func doc(path, key string) string {
	text := comments[path]
	name := path[strings.LastIndexByte(path, '.')+1:]
	last := key[strings.LastIndexByte(key, '.')+1:]
	if rest, ok := strings.CutPrefix(text, name+" "); ok {
		return last + " " + rest
	}
	return text
}

// Example returns a configuration file that holds every key with its meaning
// and its default. Only the token's line is not a comment. limits says of keys
// what their values may be, where the fields do not.
func Example(limits map[string]string) []byte {
	var b strings.Builder
	b.WriteString("# The configuration of Cratedigger. What is a comment here has the default that\n" +
		"# the comment shows. Each key can be set in the environment instead:\n" +
		"# discord.token is CRATEDIGGER_DISCORD_TOKEN.\n")
	settings, sections := walk(Default())
	open := ""
	for _, s := range settings {
		indent, name := "", s.key
		if head, tail, nested := strings.Cut(s.key, "."); nested {
			indent, name = "  ", tail
			if head != open {
				open = head
				b.WriteString("\n")
				comment(&b, "", doc(typeOf(sections, head), head))
				fmt.Fprintf(&b, "%s:\n", head)
			}
		} else {
			b.WriteString("\n")
		}
		text := doc(s.path, s.key)
		if what := limits[s.key]; what != "" {
			text += " Value: " + what + "."
		}
		comment(&b, indent, text)
		off := "#"
		if s.key == "discord.token" {
			off = ""
		}
		fmt.Fprintf(&b, "%s%s%s: %s\n", indent, off, name, yamlValue(s))
	}
	return []byte(b.String())
}

// typeOf returns the name of the struct of a section.
func typeOf(sections []section, key string) string {
	for _, s := range sections {
		if s.key == key {
			return s.name
		}
	}
	return ""
}

// comment writes text as YAML comments of at most 80 columns.
func comment(b *strings.Builder, indent, text string) {
	line := indent + "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 80 {
			b.WriteString(line + "\n")
			line = indent + "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

// yamlValue is the setting's value, quoted where YAML would misread it.
func yamlValue(s setting) string {
	text := show(s.value)
	if s.value.Kind() == reflect.String && (text == "" || strings.ContainsAny(text, ":*#,[]{}")) || s.secret() {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// Reference returns the reference of all keys in Markdown; limits is as in
// [Example].
func Reference(limits map[string]string) []byte {
	var b strings.Builder
	b.WriteString(referenceHead)
	settings, sections := walk(Default())
	open := "none"
	for _, s := range settings {
		head, _, nested := strings.Cut(s.key, ".")
		if !nested {
			head = ""
		}
		if head != open {
			open = head
			if head == "" {
				b.WriteString("\n## Without a section\n")
			} else {
				fmt.Fprintf(&b, "\n## %s\n\n%s\n", head, doc(typeOf(sections, head), head))
			}
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n%s\n\n", s.key, doc(s.path, s.key))
		fmt.Fprintf(&b, "- value: %s\n", cmp.Or(limits[s.key], describe(s)))
		fmt.Fprintf(&b, "- default: %s\n", defaultText(s))
		fmt.Fprintf(&b, "- environment: `%s`", s.variable())
		if s.secret() {
			fmt.Fprintf(&b, ", or `%s_FILE` with the path of a file that holds it", s.variable())
		}
		b.WriteString("\n")
	}
	return []byte(b.String())
}

const referenceHead = `# Configuration

This page is generated from the source (` + "`go generate ./config ./cmd/cratedigger`" + `);
a test keeps it true.

Nothing needs to be set but the bot's token, and that only for ` + "`run`" + `. A setting
is looked for in four places; the later one wins:

1. the default below;
2. the YAML file: the one that ` + "`--config`" + ` or ` + "`CRATEDIGGER_CONFIG`" + ` names, else
   ` + "`config.yaml`" + ` in the folder where the program is started, when there is one;
3. the environment;
4. the command line.

` + "`cratedigger config init`" + ` writes a file with every key as a comment.
` + "`cratedigger config show`" + ` prints what is in force, and from which place each
value came. A mistake anywhere stops the program with one sentence for each
mistake, all at once.

In the environment a list is parted by semicolons or line ends (ids and
networks also by commas), or written as YAML: ` + "`[\"first\", \"second\"]`" + `. An empty variable is the same
as none.
`

// describe says what a setting's value looks like.
func describe(s setting) string {
	if choices, ok := s.tag.Lookup("oneof"); ok {
		var named []string
		for choice := range strings.SplitSeq(choices, ",") {
			named = append(named, fmt.Sprintf("`%q`", choice))
		}
		return "one of " + strings.Join(named, ", ")
	}
	t, list := s.value.Type(), ""
	if s.list() {
		t, list = t.Elem(), "a list of "
	}
	what, ok := map[string]string{
		"string": "a text", "bool": "`true` or `false`", "int": "a whole number", "uint64": "a whole number",
		"float64": "a number", "Duration": "a duration such as `2s`, `15m`, `36h` or `90d`", "Secret": "a secret text",
		"URL": "an origin such as `https://example.com`", "Address": "a host and a port such as `127.0.0.1:8080`",
		"ID": "an id of Discord's", "Channel": "the id or the name of a channel", "Network": "a network",
		"Bytes": "a number of bytes such as `64MiB`", "Query": "a query",
	}[t.Name()]
	if !ok {
		panic("config: a type without a description: " + t.String()) // found by the test of the reference
	}
	if list != "" {
		what = map[string]string{"ID": "ids of Discord's", "Network": "networks such as `172.16.0.0/12`, and addresses", "Query": "queries", "string": "texts"}[t.Name()]
	}
	if bounds, ok := s.tag.Lookup("range"); ok {
		low, high, _ := strings.Cut(bounds, "..")
		if t.Name() == "Duration" {
			a, _ := parseDuration(low)
			b, _ := parseDuration(high)
			low, high = formatDuration(a), formatDuration(b)
		}
		what += " from " + low + " to " + high
	}
	return list + what
}

func defaultText(s setting) string {
	if s.value.IsZero() && (s.value.Kind() == reflect.String || s.list() || s.secret()) {
		return "empty"
	}
	return "`" + show(s.value) + "`"
}
