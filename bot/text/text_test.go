package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

func mustLoad(t *testing.T) *Catalogue {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var place = regexp.MustCompile(`\{[a-z]+\}`)

// TestLanguagesAreComplete: every language has the keys of English, no others, and
// the same placeholders in each text.
func TestLanguagesAreComplete(t *testing.T) {
	c := mustLoad(t)
	english := c.For(English)
	places := func(l *Language, key string) []string {
		all := place.FindAllString(l.Forms(key)["other"], -1)
		slices.Sort(all)
		return slices.Compact(all)
	}
	for _, tag := range c.Tags() {
		l := c.For(tag)
		for _, key := range english.Keys() {
			if l.Forms(key) == nil {
				t.Errorf("%s lacks %s", tag, key)
				continue
			}
			if got, want := places(l, key), places(english, key); !slices.Equal(got, want) {
				t.Errorf("%s %s has the places %v, English %v", tag, key, got, want)
			}
		}
		for _, key := range l.Keys() {
			if english.Forms(key) == nil {
				t.Errorf("%s has %s, which English lacks", tag, key)
			}
		}
	}
}

// TestKeysAreSaid: every key in the code exists, and the code uses every key.
func TestKeysAreSaid(t *testing.T) {
	english := mustLoad(t).For(English)
	literals := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != ".." && path != "../text" {
			return fs.SkipDir // the dashboard has words of its own
		}
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				name := ""
				switch f := call.Fun.(type) {
				case *ast.SelectorExpr:
					name = f.Sel.Name
				case *ast.Ident:
					name = f.Name
				}
				for _, arg := range call.Args {
					lit, ok := arg.(*ast.BasicLit)
					if !ok || lit.Kind != token.STRING {
						continue
					}
					key, _ := strconv.Unquote(lit.Value)
					if (name == "Say" || name == "say" || name == "problem" || name == "add") && strings.Contains(key, ".") && english.Forms(key) == nil {
						t.Errorf("%s says %q, which is not in the catalogue", path, key)
					}
				}
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					literals[s] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// Keys that are put together from a part and a name.
	made := regexp.MustCompile(`^(command|option|choice|setting|limit|language|kind|by|outcome|stage|fact|rule|number|permission|progress|refused|video|top\.heading|favourites\.refused|gathered|import\.(skipped|from)|taste\.(queries|channels|words)|amount\.weekday)\.`)
	for _, key := range english.Keys() {
		if !literals[key] && !made.MatchString(key) {
			t.Errorf("nobody says %s", key)
		}
	}
}

func TestSay(t *testing.T) {
	c, err := Read(fstest.MapFS{
		"en.yaml":    {Data: []byte("a: 'Hello {name}'\nb:\n  one: '{n} song'\n  other: '{n} songs'\nonly: English\n")},
		"pt-BR.yaml": {Data: []byte("a: 'Oi {name}'\nb:\n  one: '{n} música'\n  other: '{n} músicas'\n")},
		"pl.yaml":    {Data: []byte("b:\n  one: '{n} utwór'\n  few: '{n} utwory'\n  many: '{n} utworów'\n  other: '{n} utworu'\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ locale, key, want string }{
		{"en-US", "a", "Hello {name}"},
		{"pt-BR", "a", "Oi {name}"},
		{"pt-PT", "a", "Oi {name}"},
		{"pt-BR", "only", "English"},
		{"xx", "only", "English"},
		{"en", "missing.key", "missing.key"},
	}
	for _, test := range tests {
		if got := c.For(test.locale).Say(test.key); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.locale, test.key, got, test.want)
		}
	}
	numbers := []struct {
		locale string
		n      int
		want   string
	}{
		{"en", 1, "1 song"}, {"en", 1234, "1,234 songs"}, {"pt-BR", 0, "0 música"}, {"pt-BR", 1234, "1.234 músicas"},
		{"pl", 3, "3 utwory"}, {"pl", 5, "5 utworów"},
	}
	for _, test := range numbers {
		if got := c.For(test.locale).Say("b", "n", test.n); got != test.want {
			t.Errorf("%s %d: %q, want %q", test.locale, test.n, got, test.want)
		}
	}
	if got := c.For("en").Say("a", "name", "{name} %s"); got != "Hello {name} %s" {
		t.Errorf("a value was filled in again: %q", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"no English":    {"pt-BR.yaml": {Data: []byte("a: b\n")}},
		"broken":        {"en.yaml": {Data: []byte("a: [\n")}},
		"no other form": {"en.yaml": {Data: []byte("a:\n  one: x\n")}},
		"no language":   {"en.yaml": {Data: []byte("a: b\n")}, "not a tag.yaml": {Data: []byte("a: b\n")}},
	} {
		if _, err := Read(files); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
