// Package house_test holds what is true of the whole module: the
// direction of imports, the libraries it may use, and what its documents say.
package house_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "cratedigger"

// pkg is what go list says of a package.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Module       *struct{ Path string }
}

// list runs go list.
func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports,Module"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// within reports whether a package lies in a folder of the module.
func within(path, folder string) bool {
	return path == module+"/"+folder || strings.HasPrefix(path, module+"/"+folder+"/")
}

// folders are the parts of the house with what each may import of the others.
// model knows no video, pipeline no Discord, and config is read by the command
// alone.
var folders = map[string][]string{
	"model":    {"model"},
	"pipeline": {"model", "pipeline"},
	"bot":      {"model", "pipeline", "bot"},
	"config":   {"config"},
	"internal": {"model", "pipeline", "internal", "bot/chart"},
	"cmd":      {"model", "pipeline", "bot", "config", "internal", "cmd"},
}

// commands are the packages below the command with what each may import of the
// others; the command itself imports all of them.
var commands = map[string][]string{
	"cmd/internal/app":      {"cmd/internal/socket"},
	"cmd/internal/demo":     {"cmd/internal/app", "cmd/internal/terminal"},
	"cmd/internal/doctor":   {"cmd/internal/app", "cmd/internal/socket", "cmd/internal/terminal"},
	"cmd/internal/fit":      nil,
	"cmd/internal/socket":   nil,
	"cmd/internal/terminal": nil,
}

// homes are the libraries that belong to one part: outside it their types are
// not seen.
var homes = map[string][]string{
	"github.com/bwmarrin/discordgo":  {"bot/discord"},
	"go.etcd.io/bbolt":               {"pipeline/catalog/bolt"},
	"github.com/PuerkitoBio/goquery": {"pipeline/youtube"},
	"github.com/robfig/cron/v3":      {"pipeline/schedule"},
	"github.com/alecthomas/kong":     {"cmd/cratedigger"},
	"github.com/prometheus":          {"cmd/internal/app"},
	"google.golang.org/api":          {"pipeline/youtube"},
}

func TestImportsGoOneWay(t *testing.T) {
	for _, p := range list(t, "./...") {
		folder, _, _ := strings.Cut(strings.TrimPrefix(p.ImportPath, module+"/"), "/")
		allowed, known := folders[folder]
		if !known {
			t.Errorf("%s lies in a folder that the house does not have", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, module+"/") && !slices.ContainsFunc(allowed, func(f string) bool { return within(imported, f) }) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
			own := strings.TrimPrefix(p.ImportPath, module+"/")
			if within(p.ImportPath, "cmd/internal") && within(imported, "cmd") && !slices.Contains(commands[own], strings.TrimPrefix(imported, module+"/")) {
				t.Errorf("%s imports %s, which its row of commands does not name", own, imported)
			}
			for library, parts := range homes {
				if (imported == library || strings.HasPrefix(imported, library+"/")) &&
					!slices.ContainsFunc(parts, func(f string) bool { return within(p.ImportPath, f) }) {
					t.Errorf("%s imports %s, which belongs to %s", p.ImportPath, imported, strings.Join(parts, " and "))
				}
			}
		}
		// A test may use the stand-ins, and nothing else that its package may not.
		for _, imported := range append(p.TestImports, p.XTestImports...) {
			if strings.HasPrefix(imported, module+"/") && !within(imported, "internal") && folder != "internal" &&
				!slices.ContainsFunc(allowed, func(f string) bool { return within(imported, f) }) {
				t.Errorf("a test of %s imports %s", p.ImportPath, imported)
			}
		}
	}
}

// storeHome is the one file that knows which store keeps the catalogue.
const storeHome = "cmd/internal/app/catalogue.go"

// TestOneFileKnowsTheStore: all other parts ask for interfaces, so that another store may
// take the file's place. A store knows its own parts, and tests may open one.
func TestOneFileKnowsTheStore(t *testing.T) {
	const stores = "pipeline/catalog/"
	seen := false
	sources(t, func(path string, file *ast.File, _ int) {
		path = filepath.ToSlash(path)
		if strings.HasPrefix(path, stores) {
			return
		}
		for _, imported := range file.Imports {
			name := strings.Trim(imported.Path.Value, `"`)
			if !strings.HasPrefix(name, module+"/"+stores) {
				continue
			}
			if seen = seen || path == storeHome; path != storeHome {
				t.Errorf("%s imports %s, which %s alone may", path, name, storeHome)
			}
		}
	})
	if !seen {
		t.Errorf("%s imports no store", storeHome)
	}
}

// TestNoContextIsForgotten: who has no context says in a comment why, on the line itself or
// right above it.
func TestNoContextIsForgotten(t *testing.T) {
	sources(t, func(path string, file *ast.File, _ int) {
		if file.Name.Name == "main" || filepath.ToSlash(filepath.Dir(path)) == "pipeline/catalog/conform" {
			return // a suite of tests has no caller
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(data), "\n")
		for i, line := range lines {
			code, comment, _ := strings.Cut(line, "//")
			if strings.Contains(code, "context.TODO()") {
				t.Errorf("%s:%d: context.TODO", path, i+1)
			}
			above := i > 0 && strings.HasPrefix(strings.TrimSpace(lines[i-1]), "//")
			if strings.Contains(code, "context.Background()") && comment == "" && !above {
				t.Errorf("%s:%d: context.Background without a reason", path, i+1)
			}
		}
	})
}

// sources calls f with each Go file of the module that is not a test.
func sources(t *testing.T, f func(path string, file *ast.File, lines int)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, data, parser.ParseComments)
		if err != nil {
			return err
		}
		f(path, file, bytes.Count(data, []byte("\n")))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStandInsAreForTheDemo: of the program, only the demo may start one.
func TestStandInsAreForTheDemo(t *testing.T) {
	sources(t, func(path string, file *ast.File, _ int) {
		if strings.HasPrefix(path, "internal"+string(filepath.Separator)) || filepath.ToSlash(filepath.Dir(path)) == "cmd/internal/demo" {
			return
		}
		for _, imported := range file.Imports {
			if name := strings.Trim(imported.Path.Value, `"`); within(name, "internal") {
				t.Errorf("%s imports %s", path, name)
			}
		}
	})
}

// forbidden are calls that no part below the command may make: what they give
// comes in as a value there.
var forbidden = map[string]string{
	"os.Getenv": "a value from cmd", "os.LookupEnv": "a value from cmd", "os.Environ": "a value from cmd",
	"slog.Default": "an injected logger", "slog.Info": "an injected logger", "slog.Warn": "an injected logger",
	"slog.Error": "an injected logger", "slog.Debug": "an injected logger",
	"log.Print": "an injected logger", "log.Printf": "an injected logger", "log.Println": "an injected logger",
	"log.Fatal": "to return an error", "log.Fatalf": "to return an error", "os.Exit": "to return an error",
}

func TestTheOutsideComesInAsValues(t *testing.T) {
	sources(t, func(path string, file *ast.File, _ int) {
		switch filepath.ToSlash(filepath.Dir(path)) {
		case "internal/browser", "internal/reference":
			return // they look for a browser and for data on the machine, for tests
		}
		command := strings.HasPrefix(path, "cmd"+string(filepath.Separator))
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			name, ok := selector.X.(*ast.Ident)
			if !ok {
				return true
			}
			call := name.Name + "." + selector.Sel.Name
			// The command may read the environment, and its main may exit.
			allowed := command && (file.Name.Name == "main" || call != "os.Exit")
			if instead, ok := forbidden[call]; ok && (!allowed || instead == "an injected logger") && name.Obj == nil {
				t.Errorf("%s uses %s; there it takes %s", path, call, instead)
			}
			return true
		})
	})
}

// TestFilesAreReadableInOneSitting holds the sizes of files, and names that say
// nothing away.
func TestFilesAreReadableInOneSitting(t *testing.T) {
	const most = 600
	empty := []string{"util", "utils", "common", "helpers", "helper", "manager", "misc"}
	var sizes []int
	sources(t, func(path string, file *ast.File, lines int) {
		sizes = append(sizes, lines)
		if lines > most && !ast.IsGenerated(file) {
			t.Errorf("%s has %d lines, more than %d", path, lines, most)
		}
		if slices.Contains(empty, file.Name.Name) || slices.Contains(empty, strings.TrimSuffix(filepath.Base(path), ".go")) {
			t.Errorf("%s: the name says nothing of what is in it", path)
		}
	})
	slices.Sort(sizes)
	if median := sizes[len(sizes)/2]; median > 160 {
		t.Errorf("the median file has %d lines; it should be about 150", median)
	}
}

// TestArchitectureNamesWhatIsThere: each file that docs/architecture.md names by its
// path exists, and has the function or type that is named after it.
func TestArchitectureNamesWhatIsThere(t *testing.T) {
	page, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`((?:bot|cmd|config|internal|model|pipeline)/[\\w/]+(?:\\.\\w+)?)`((?:(?: \\([^|)]*\\))?:(?:,? `\\w+`)+)?)")
	named := quoted.FindAllStringSubmatch(string(page), -1)
	if len(named) < 60 {
		t.Errorf("only %d paths are named", len(named))
	}
	for _, m := range named {
		data, err := os.ReadFile(m[1])
		if info, statErr := os.Stat(m[1]); statErr != nil {
			t.Error(statErr)
		} else if err != nil && !info.IsDir() {
			t.Error(err)
		}
		for _, name := range regexp.MustCompile(`\w+`).FindAllString(m[2], -1) {
			declared := regexp.MustCompile(`(?m)^(?:func (?:\([^)]*\) )?|type |var |const |\t)` + name + `\b`)
			if !declared.Match(data) {
				t.Errorf("%s declares no %s", m[1], name)
			}
		}
	}
}
