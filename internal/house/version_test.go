//go:build unix

package house_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBuildsKnowTheirCommit builds the program as the documents say, and asks it for
// its version. The other ways to build, and clones with a tag, with changes and
// without git, it tries with a program of cmd/internal/app/version.go alone, because
// linking the whole one takes seconds each time.
func TestBuildsKnowTheirCommit(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	work := t.TempDir()
	clone := filepath.Join(work, "clone")
	environ := clean(os.Environ()) // -trimpath: the folder does not matter to Go's cache
	in := func(dir, line string) string {
		t.Helper()
		cmd := exec.Command("bash", "-c", line)
		cmd.Dir, cmd.Env = dir, environ
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if out, err := exec.Command("git", "clone", "-q", ".", clone).CombinedOutput(); err != nil {
		t.Skipf("nothing can be cloned: %v\n%s", err, out)
	}
	untag := "git tag -d $(git tag) 2>&1 || true"
	newest := func(dir string) string {
		head := in(dir, "TZ=UTC0 git log -1 --date=format-local:%F --format='at commit %H of %cd'")
		commit, date, _ := strings.Cut(head, " of ")
		return commit[:len("at commit ")+12] + " of " + date
	}
	expect := func(dir, line, want string) {
		t.Helper()
		if got := in(dir, line); !strings.HasPrefix(got, "cratedigger "+want+", go1.") {
			t.Errorf("%s: not %q:\n%s", line, want, got)
		}
	}
	checkout := cleanCheckout(t)
	in(checkout, untag)
	expect(checkout, "go build -o cratedigger ./cmd/cratedigger && ./cratedigger --version", newest(checkout))

	in(clone, untag)
	in(clone, "git config user.name tester && git config user.email tester@example.com && git config tag.gpgSign false && git config commit.gpgSign false")
	in(clone, `mkdir cmd/small && sed 's/^package app$/package main/' cmd/internal/app/version.go >cmd/small/version.go && cat >cmd/small/main.go <<'END'
package main

import (
	"fmt"
	"runtime"
)

func main() { fmt.Printf("cratedigger %v, %s\n", TheBuild(), runtime.Version()) }
END
echo /cratedigger >>.gitignore && git add . && git commit -qm .`)
	head := newest(clone)
	run := "go run ./cmd/small"
	build := "go build -o cratedigger ./cmd/small && ./cratedigger"
	var image string // the Dockerfile's own line
	for _, i := range dockerfile(t) {
		if i.name == "RUN" && strings.Contains(i.rest, "go build") {
			image = strings.NewReplacer("/out/", "../out/", "./cmd/cratedigger", "./cmd/small").Replace(i.rest) + " && ../out/cratedigger"
		}
	}
	expect(clone, build, head)
	expect(clone, run, head)
	expect(clone, run, head) // from Go's cache now
	expect(filepath.Join(clone, "cmd"), "go run ./small", head)

	// What docker build takes is the clone without what .dockerignore names.
	in(work, `cp -a clone image && cd image && rm -rf $(cat .dockerignore)`)
	expect(filepath.Join(work, "image"), image, head)

	in(clone, "git tag -a -m . v0.99.0")
	expect(clone, build, "v0.99.0 "+head)
	expect(clone, run, "v0.99.0 "+head)
	in(clone, "echo >>LICENSE")
	expect(clone, run, "v0.99.0 "+head+" with changes")

	// An archive of the sources has no commit, and nor has what it builds.
	in(clone, "mkdir ../archive && git archive HEAD | tar -x -C ../archive")
	unknown := "of an unknown version: Go writes the commit only into what it builds in a clone"
	expect(filepath.Join(work, "archive"), run, unknown)
	expect(filepath.Join(work, "archive"), build, unknown)
}
