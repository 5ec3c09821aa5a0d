package config

import (
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlLine finds the line in an error of the YAML parser.
var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// parse returns the one document of data. An empty one is not ok and not a
// problem.
func (l *loader) parse(origin Origin, key string, data []byte) (*yaml.Node, bool) {
	var document, second yaml.Node
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, false
	}
	if err == nil {
		if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
			l.problem(key, origin, "there is more than one YAML document; put everything in the first and remove ---")
			return nil, false
		}
		return document.Content[0], true
	}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		if origin.Kind == "file" {
			origin.Line, _ = strconv.Atoi(m[1])
		}
		text = err.Error()[len(m[0]):]
	}
	if indentedByTab(data, origin.Line) {
		text = "a line is indented with a tab, and only spaces may indent"
	}
	l.unread = l.unread || origin.Kind == "file"
	l.problem(key, origin, "this is not YAML: %s", text)
	return nil, false
}

// indentedByTab tells whether a line of data, the first being 1, has a tab before
// its text.
func indentedByTab(data []byte, line int) bool {
	lines := strings.Split(string(data), "\n")
	if line < 1 || line > len(lines) {
		return false
	}
	text := lines[line-1]
	return strings.Contains(text[:len(text)-len(strings.TrimLeft(text, " \t"))], "\t")
}

// at returns the origin with the line of the node. In the environment lines say
// nothing.
func at(origin Origin, node *yaml.Node) Origin {
	if origin.Kind == "file" {
		origin.Line = node.Line
	}
	return origin
}

// mapping reads a section; prefix is its key and a dot, or "" for the whole.
func (l *loader) mapping(node *yaml.Node, origin Origin, prefix string) {
	if isNull(node) {
		return
	}
	key := strings.TrimSuffix(prefix, ".")
	known := l.below(prefix)
	if node.Kind != yaml.MappingNode {
		what := "the file must hold the sections and keys " + strings.Join(known, ", ")
		if key != "" {
			what = "must be a section with the keys " + strings.Join(known, ", ")
		}
		l.problem(key, at(origin, node), "%s", what)
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		key := prefix + name.Value
		place := at(origin, name)
		if line, again := seen[name.Value]; again {
			l.problem(key, place, "is here for the second time; the first is in line %d", line)
			continue
		}
		seen[name.Value] = name.Line
		if slices.ContainsFunc(l.sections, func(s section) bool { return s.key == key }) {
			l.mapping(value, origin, key+".")
			continue
		}
		i := slices.IndexFunc(l.settings, func(s setting) bool { return s.key == key })
		if i < 0 || name.Kind != yaml.ScalarNode {
			l.unknown(key, place, name.Value, known)
			continue
		}
		l.node(l.settings[i], place, value)
	}
}

// below lists the names that may stand in a section.
func (l *loader) below(prefix string) []string {
	var names []string
	add := func(key string) {
		if rest, ok := strings.CutPrefix(key, prefix); ok && !strings.Contains(rest, ".") {
			names = append(names, rest)
		}
	}
	for _, s := range l.settings {
		add(s.key)
	}
	for _, s := range l.sections {
		add(s.key)
	}
	return names
}

// unknown records a key that does not exist, with the one that was likely meant.
func (l *loader) unknown(key string, place Origin, name string, known []string) {
	best, least := "", len(name)/3+2
	for _, candidate := range known {
		if d := Distance(name, candidate); d < least {
			best, least = candidate, d
		}
	}
	if len(key) > 100 {
		key = key[:100] + "…"
	}
	key = strings.ToValidUTF8(key, "?")
	if best != "" {
		l.problem(key, place, "there is no such key; did you mean %s?", best)
		return
	}
	l.problem(key, place, "there is no such key; here may stand %s", strings.Join(known, ", "))
}

// node sets a value from YAML. Nothing after the colon keeps the default.
func (l *loader) node(s setting, origin Origin, node *yaml.Node) {
	if isNull(node) {
		return
	}
	origin = at(origin, node)
	if !s.list() {
		if node.Kind != yaml.ScalarNode {
			l.problem(s.key, origin, "must be a single value, not %s", kind(node))
			return
		}
		if err := s.set(node.Value); err != nil {
			l.wrong(s, s.key, origin, node.Value, err)
			return
		}
		l.origin[s.key] = origin
		return
	}
	items := node.Content
	switch {
	case node.Kind == yaml.ScalarNode || node.Kind == yaml.MappingNode && s.value.Type() == reflect.TypeFor[[]Query]():
		items = []*yaml.Node{node} // a list of one may be written without the list
	case node.Kind != yaml.SequenceNode:
		l.problem(s.key, origin, "must be a list, not %s", kind(node))
		return
	case len(items) > maxItems:
		l.problem(s.key, origin, "must have at most %d items, not %d", maxItems, len(items))
		return
	}
	list := reflect.MakeSlice(s.value.Type(), len(items), len(items))
	good := true
	for i, item := range items {
		key := s.key + "[" + strconv.Itoa(i) + "]"
		if item.Kind == yaml.MappingNode && s.value.Type() == reflect.TypeFor[[]Query]() {
			good = l.query(list.Index(i).Addr().Interface().(*Query), key, at(origin, item), item) && good
			continue
		}
		if item.Kind != yaml.ScalarNode {
			l.problem(key, at(origin, item), "must be a single value, not %s", kind(item))
			good = false
			continue
		}
		if err := setScalar(list.Index(i), s.tag, item.Value); err != nil {
			l.wrong(s, key, at(origin, item), item.Value, err)
			good = false
		}
		l.origin[key] = at(origin, item)
	}
	if good {
		s.value.Set(list)
		l.origin[s.key] = origin
	}
}

// query reads a query that is written as a section, and reports whether it is
// a good one.
func (l *loader) query(q *Query, key string, origin Origin, node *yaml.Node) bool {
	before := len(l.problems)
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		inner := key + "." + name.Value
		switch {
		case !slices.Contains(queryFields, name.Value):
			l.unknown(inner, at(origin, name), name.Value, queryFields)
		case seen[name.Value]:
			l.problem(inner, at(origin, name), "is here for the second time")
		case isNull(value):
		case value.Kind != yaml.ScalarNode:
			l.problem(inner, at(origin, value), "must be a single value, not %s", kind(value))
		default:
			if err := q.field(name.Value, value.Value); err != nil {
				l.problem(inner, at(origin, value), "must be %v, not %s", err, quote(value.Value))
			}
			l.origin[inner] = at(origin, value)
		}
		seen[name.Value] = true
	}
	if q.Channel != "" && q.Text != "" {
		l.problem(key, origin, "must be either a text or a channel, not both")
	}
	l.origin[key] = origin
	return len(l.problems) == before
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.Tag == "!!null"
}

// kind names what a node is. References are not followed: a file that means
// what it says needs none, and a hostile one can grow without bound by them.
func kind(node *yaml.Node) string {
	switch node.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a section"
	case yaml.AliasNode:
		return "a reference to another place (*" + node.Value + ")"
	}
	return "a single value"
}

// Distance is the number of single-byte edits between two names (Wagner and
// Fischer, 1974).
func Distance(a, b string) int {
	if len(a) > 64 {
		a = a[:64]
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
