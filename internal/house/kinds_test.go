package house_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestKindsAreConstants type-checks the module and finds each text that stands
// where a constant of a named type is meant: the compiler takes any text there,
// a mistyped one too.
func TestKindsAreConstants(t *testing.T) {
	// The demo imports the stand-ins of internal. internal/browser is left out, because
	// its libraries take long to compile.
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles,Module",
		"./bot/...", "./cmd/...", "./config/...", "./model/...", "./pipeline/...")
	cmd.Env, cmd.Stderr = clean(os.Environ()), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	type compiled struct {
		ImportPath, Export, Dir string
		GoFiles                 []string
		Module                  *struct{ Path string }
	}
	var all []compiled
	exports := map[string]string{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p compiled
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		all = append(all, p)
	}
	files := token.NewFileSet()
	imports := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, p := range all {
		if p.Module == nil || p.Module.Path != module {
			continue
		}
		var parsed []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, f)
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		if _, err := (&types.Config{Importer: imports}).Check(p.ImportPath, files, parsed, info); err != nil {
			t.Fatal(err)
		}
		for _, f := range parsed {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GenDecl:
					return n.Tok != token.CONST
				case *ast.BasicLit:
					if named, ok := info.Types[n].Type.(*types.Named); ok && n.Kind == token.STRING && n.Value != `""` && enumerated(named) {
						t.Errorf("%s: %s stands for a constant of %s", files.Position(n.Pos()), n.Value, named)
					}
				}
				return true
			})
		}
	}
}

// enumerated reports whether a type of the module has constants.
func enumerated(named *types.Named) bool {
	home := named.Obj().Pkg()
	if home == nil || home.Path() != module && !strings.HasPrefix(home.Path(), module+"/") {
		return false
	}
	for _, name := range home.Scope().Names() {
		if c, ok := home.Scope().Lookup(name).(*types.Const); ok && types.Identical(c.Type(), named) {
			return true
		}
	}
	return false
}
