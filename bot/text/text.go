// Package text holds every sentence that members and administrators read, by
// language. Each language is one embedded file, named by its locale as Discord
// writes it (en.yaml, de.yaml, pt-BR.yaml); adding one is adding a file.
//
// A file maps keys to texts with {named} placeholders. A text that depends on a
// number has a form for each plural category of the language (CLDR's, such as
// "one" and "other"); the argument n chooses among them.
package text

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed *.yaml
var files embed.FS

// English is the tag of the language that every key has.
const English = "en"

// Catalogue is all languages.
type Catalogue struct {
	languages map[string]*Language
}

// Language is the texts of one language. A Catalogue returns it; the zero value is
// not usable.
type Language struct {
	tag     string
	parsed  language.Tag
	numbers *message.Printer
	texts   map[string]map[string]string // key → plural category → text
	english *Language                    // nil in English itself
}

// Load reads the embedded languages.
func Load() (*Catalogue, error) { return Read(files) }

// Languages is the tags of the embedded languages, English first.
func Languages() []string {
	names, _ := fs.Glob(files, "*.yaml") // it cannot fail: the pattern is valid and the files are in memory
	for i := range names {
		names[i] = strings.TrimSuffix(names[i], ".yaml")
	}
	return ordered(names)
}

// Read reads the languages of a folder: its files, named by their tags.
func Read(files fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{languages: map[string]*Language{}}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		l, err := read(strings.TrimSuffix(name, ".yaml"), data)
		if err != nil {
			return nil, fmt.Errorf("text: %s: %w", name, err)
		}
		c.languages[l.tag] = l
	}
	english := c.languages[English]
	if english == nil {
		return nil, fmt.Errorf("text: there is no %s.yaml", English)
	}
	for _, l := range c.languages {
		if l != english {
			l.english = english
		}
	}
	return c, nil
}

func read(tag string, data []byte) (*Language, error) {
	parsed, err := language.Parse(tag)
	if err != nil {
		return nil, err
	}
	var raw map[string]yaml.Node
	if err := yaml.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	l := &Language{tag: tag, parsed: parsed, numbers: message.NewPrinter(parsed), texts: map[string]map[string]string{}}
	for key, node := range raw {
		forms := map[string]string{}
		if node.Kind == yaml.MappingNode {
			if err := node.Decode(&forms); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			if forms["other"] == "" {
				return nil, fmt.Errorf("%s: no form \"other\"", key)
			}
		} else {
			var s string
			if err := node.Decode(&s); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			forms["other"] = s
		}
		l.texts[key] = forms
	}
	return l, nil
}

// Tags is the languages in order, English first.
func (c *Catalogue) Tags() []string { return ordered(slices.Collect(maps.Keys(c.languages))) }

// ordered sorts tags, English first.
func ordered(tags []string) []string {
	slices.SortFunc(tags, func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == English:
			return -1
		case b == English:
			return 1
		}
		return strings.Compare(a, b)
	})
	return tags
}

// For is the language for a locale as Discord writes it: the same tag, else
// one of the same language, else English.
func (c *Catalogue) For(locale string) *Language {
	if l := c.languages[locale]; l != nil {
		return l
	}
	base, _, _ := strings.Cut(locale, "-")
	for _, tag := range c.Tags() {
		if b, _, _ := strings.Cut(tag, "-"); b == base {
			return c.languages[tag]
		}
	}
	return c.languages[English]
}

// Tag is the language's file name without its ending.
func (l *Language) Tag() string { return l.tag }

// Keys is every key of the language, sorted.
func (l *Language) Keys() []string { return slices.Sorted(maps.Keys(l.texts)) }

// Has reports whether the language or English has a key.
func (l *Language) Has(key string) bool {
	return l.texts[key] != nil || l.english != nil && l.english.texts[key] != nil
}

// Forms is a key's texts by plural category; "other" is always there.
func (l *Language) Forms(key string) map[string]string { return maps.Clone(l.texts[key]) }

// Say is the text of a key with its placeholders filled in from args, pairs of a
// name and a value. It writes integers as the language does; n also chooses the
// plural form. For a key that the language lacks it returns the English text, and
// for one that English lacks, which is a mistake in the program, the key.
func (l *Language) Say(key string, args ...any) string {
	forms := l.texts[key]
	if forms == nil {
		if l.english != nil {
			return l.english.Say(key, args...)
		}
		return key
	}
	form := forms["other"]
	var pairs []string
	for i := 0; i+1 < len(args); i += 2 {
		name := fmt.Sprint(args[i])
		value := ""
		switch v := args[i+1].(type) {
		case int:
			value = l.Number(v)
			if name == "n" {
				if f, ok := forms[l.category(v)]; ok {
					form = f
				}
			}
		default:
			value = fmt.Sprint(v)
		}
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(form)
}

// Number writes a whole number as the language does.
func (l *Language) Number(n int) string { return l.numbers.Sprintf("%d", n) }

var categories = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// category is the plural category of a whole number.
func (l *Language) category(n int) string {
	return categories[plural.Cardinal.MatchPlural(l.parsed, max(n, -n), 0, 0, 0, 0)]
}
