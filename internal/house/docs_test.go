//go:build unix

package house_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// fence is one fenced block of a Markdown file.
type fence struct {
	file  string
	line  int
	info  string // what stands after the opening fence
	lines []string
}

// fences reads the fenced blocks of a file.
func fences(t *testing.T, path string) []fence {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []fence
	open := false
	for i, line := range strings.Split(string(data), "\n") {
		info, mark := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case mark && !open:
			all = append(all, fence{file: path, line: i + 1, info: strings.TrimSpace(info)})
			open = true
		case mark:
			open = false
		case open:
			last := &all[len(all)-1]
			last.lines = append(last.lines, line)
		}
	}
	if open {
		t.Errorf("%s: a fence is never closed", path)
	}
	return all
}

// notHere says why a block is not run: the word after "sh" of its fence.
var notHere = map[string]string{
	"account": "it needs a bot's token",
	"docker":  "it needs a Docker engine",
	"system":  "it changes the machine",
	"fuzz":    "it takes long on purpose",
	"local":   "TestSpreadsheetWay of cmd/cratedigger types it",
}

// elsewhere are commands that other tests and CI run.
var elsewhere = regexp.MustCompile(`^(go test |git clone |bash \.ci/run|scripts/)|_TOKEN=your-token`)

// long are demos of weeks; they run with CRATEDIGGER_LONG=1.
var long = regexp.MustCompile(`demo .*--days [1-9][0-9]`)

// waits are commands that serve until they are interrupted.
var waits = regexp.MustCompile(`\bdemo\b`)

// TestDocumentedCommands types every shell command of the README and of the
// getting-started guide that needs no account, in the order of the pages, into
// a clean checkout.
func TestDocumentedCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	checkout := cleanCheckout(t)
	ran := 0
	for _, page := range []string{"README.md", filepath.Join("docs", "getting-started.md")} {
		for _, block := range fences(t, filepath.Join(checkout, page)) {
			shell, why, _ := strings.Cut(block.info, " ")
			if shell != "sh" {
				if shell == "bash" || shell == "shell" || shell == "console" {
					t.Errorf("%s:%d: shell commands stand in ```sh fences, so that this test runs them", page, block.line)
				}
				continue
			}
			if why != "" {
				if notHere[why] == "" {
					t.Errorf("%s:%d: there is no reason called %q", page, block.line, why)
				}
				continue
			}
			for _, line := range block.lines {
				command := strings.TrimSpace(line)
				if command == "" || strings.HasPrefix(command, "#") || elsewhere.MatchString(command) {
					continue
				}
				if long.MatchString(command) && os.Getenv("CRATEDIGGER_LONG") == "" {
					t.Logf("left out without CRATEDIGGER_LONG=1: %s", command)
					continue
				}
				ran++
				typeCommand(t, checkout, page, block.line, command)
			}
		}
	}
	if ran < 5 {
		t.Errorf("only %d commands were run", ran)
	}
}

// cleanCheckout is a checkout with nothing in it that git does not know, but for
// the program that an earlier test has built in it: building it takes longer
// than all else here.
func cleanCheckout(t *testing.T) string {
	t.Helper()
	dir, err := cloned()
	if err != nil {
		t.Skipf("no clean checkout can be made: %v", err)
	}
	if out, err := exec.Command("git", "-C", dir, "clean", "-qfdx", "-e", "/cratedigger").CombinedOutput(); err != nil {
		t.Fatalf("clean the checkout: %v\n%s", err, out)
	}
	return dir
}

// cloned clones the repository, once.
var cloned = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(scratch, "checkout")
	if out, err := exec.Command("git", "clone", "-q", ".", dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return dir, nil
})

// typeCommand runs one command as a new user would: with no configuration, no
// settings in the environment and no data folder of their own.
func typeCommand(t *testing.T, dir, page string, line int, command string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", "set -e; "+command)
	cmd.Dir = dir
	cmd.Env = clean(os.Environ())
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 20 * time.Second
	start := time.Now()
	serves := waits.MatchString(command) && !strings.Contains(command, "--headless") && !strings.Contains(command, "--days")
	if serves {
		// It serves a page until Ctrl-C: press that once it has said where.
		var once sync.Once
		cmd.Stdout = writerFunc(func(p []byte) (int, error) {
			if bytes.Contains(p, []byte("http://127.0.0.1:")) {
				once.Do(func() { time.AfterFunc(time.Second, func() { cmd.Cancel() }) })
			}
			return out.Write(p)
		})
		cmd.Stderr = cmd.Stdout // the same, so that they are not written at once
	}
	if err := cmd.Run(); err != nil && !(serves && strings.Contains(out.String(), "http://127.0.0.1:") && ctx.Err() == nil) {
		t.Errorf("%s:%d: %s\n%v\n%s", page, line, command, err, out.String())
	}
	t.Logf("%6.1fs  %s", time.Since(start).Seconds(), command)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// link is a Markdown link.
var link = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)

// TestLinksLeadSomewhere follows the links between the documents, and the
// images.
func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md", "CHANGELOG.md") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}
