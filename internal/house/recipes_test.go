package house_test

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRecipes follows two of docs/architecture.md: it adds a language by one file
// and a setting by one field and its default, builds the program with these laid
// over the sources, and asks it.
func TestRecipes(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program; left out with -short")
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	lay := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, strconv.Itoa(len(overlay.Replace)))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(root, filepath.FromSlash(name))] = path
	}
	read := func(name string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	insert := func(text, after, more string) string {
		t.Helper()
		if strings.Count(text, after) != 1 {
			t.Fatalf("%q is there %d times", after, strings.Count(text, after))
		}
		return strings.Replace(text, after, after+more, 1)
	}
	lay("bot/text/nl.yaml", strings.Replace(read("bot/text/en.yaml"), `language.name: "English"`, `language.name: "Nederlands"`, 1))
	settings := insert(read("config/config.go"), "type Log struct {\n",
		"\t// Greeting is said first, as `go generate` has not yet told the documents.\n\tGreeting string `key:\"greeting\"`\n")
	lay("config/config.go", insert(settings, "Log:       Log{", `Greeting: "hello", `))
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	overlaid := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlaid, list, 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "cratedigger.exe")
	build := exec.Command("go", "build", "-overlay", overlaid, "-o", program, "./cmd/cratedigger")
	build.Env = clean(os.Environ())
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ask := func(environment string, args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Env = dir, append(clean(os.Environ()), environment)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s with %s: %v", strings.Join(args, " "), environment, err)
		}
		return string(out)
	}
	for _, c := range []struct{ environment, command, want string }{
		{"CRATEDIGGER_DEFAULTS_LANGUAGE=nl", "show", "defaults.language nl CRATEDIGGER_DEFAULTS_LANGUAGE"},
		{"CRATEDIGGER_LOG_GREETING=hi", "show", "log.greeting hi CRATEDIGGER_LOG_GREETING"},
		{"", "show", "log.greeting hello default"},
		{"", "init", "one of en, de, nl, pt-BR, or empty"},
		{"", "init", "#greeting: hello"},
	} {
		args := []string{"config", c.command}
		if c.command == "init" {
			args = append(args, "-")
		}
		if out := strings.Join(strings.Fields(strings.ReplaceAll(ask(c.environment, args...), "# ", "")), " "); !strings.Contains(out, c.want) {
			t.Errorf("config %s with %s does not say %q:\n%s", c.command, c.environment, c.want, out)
		}
	}
}

// TestLanguagesAreNamedByTheirFiles: which languages the bot speaks is not written
// down a second time.
func TestLanguagesAreNamedByTheirFiles(t *testing.T) {
	files, err := filepath.Glob("bot/text/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	var tags []string
	for _, file := range files {
		if tag := strings.TrimSuffix(filepath.Base(file), ".yaml"); tag != "en" {
			tags = append(tags, tag)
		}
	}
	sources(t, func(path string, file *ast.File, _ int) {
		if strings.HasPrefix(filepath.ToSlash(path), "pipeline/") { // knows no texts of the bot, but words of videos, such as "de"
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			words := strings.FieldsFunc(lit.Value, func(r rune) bool { return strings.ContainsRune("\"`, ", r) })
			for _, tag := range tags {
				if slices.Contains(words, tag) && !strings.HasPrefix(filepath.ToSlash(path), "internal/") && filepath.ToSlash(path) != "bot/setup.go" { // which guesses a zone by a member's locale
					t.Errorf("%s names the language %s", path, tag)
				}
			}
			return true
		})
	})
	pages, err := filepath.Glob("bot/dashboard/assets/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range tags {
			if strings.Contains(string(data), `"`+tag+`"`) {
				t.Errorf("%s names the language %s", page, tag)
			}
		}
	}
}
