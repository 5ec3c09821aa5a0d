//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// TestWrongFolder: what reads a catalogue begins none, and a mistyped file leaves
// nothing behind.
func TestWrongFolder(t *testing.T) {
	s := newLocalShell(t)
	for _, args := range [][]string{{"rank"}, {"train"}, {"label"}, {"labels", "export"}, {"labels", "import", filepath.Join(s.dir, "none.csv")},
		{"backup", filepath.Join(s.dir, "copy.db")}, {"model", "list"}, {"export", "matrix", "-"}} {
		if out, errOut, code := s.typed("", args...); code == 0 || !strings.Contains(errOut, "no ") {
			t.Errorf("%v ended with %d: %s%s", args, code, out, errOut)
		}
		if entries, err := os.ReadDir(s.dir); err != nil || len(entries) > 0 {
			t.Fatalf("%v left %v behind, %v", args, entries, err)
		}
	}
}

func TestBackupReplacesOnlyItsOwn(t *testing.T) {
	s := newLocalShell(t)
	copied, letter := filepath.Join(s.dir, "copy.db"), filepath.Join(s.dir, "letter.txt")
	s.must("video_id,y\naaaaaaaaaaa,1\n", "labels", "import", "-")
	s.must("", "backup", copied)
	s.must("", "backup", copied) // over the earlier one

	other := newLocalShell(t)
	other.must("video_id,y\naaaaaaaaaaa,1\n", "labels", "import", "-")
	for _, kept := range []struct {
		s    *shell
		file string
	}{{s, letter}, {other, copied}} {
		if kept.file == letter {
			if err := os.WriteFile(letter, []byte("Dear Ada"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before, err := os.ReadFile(kept.file)
		if err != nil {
			t.Fatal(err)
		}
		if _, errOut, code := kept.s.typed("", "backup", kept.file); code == 0 || !strings.Contains(errOut, "--force") {
			t.Errorf("backup over %s ended with %d: %s", kept.file, code, errOut)
		}
		if after, err := os.ReadFile(kept.file); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s was changed, %v", kept.file, err)
		}
		kept.s.must("", "backup", "--force", kept.file)
	}
}

func TestGuildsHaveNames(t *testing.T) {
	s := newLocalShell(t)
	s.must("video_id,y\naaaaaaaaaaa,1\n", "labels", "import", "-")
	h := &house{shell: s}
	p := h.parts(schedule.System{})
	h.check(p.Catalog.SaveGuild(t.Context(), catalog.Guild{ID: "7001", Name: "Vinyl Club"}))
	h.check(p.Catalog.SaveGuild(t.Context(), catalog.Guild{ID: "7002", Name: "Twin"}))
	h.check(p.Catalog.SaveGuild(t.Context(), catalog.Guild{ID: "7003", Name: "twin"}))
	h.check(p.Close())
	for name, want := range map[string]string{"vinyl club": "for guild 7001", "7002": "for guild 7002", "local": "for guild local"} {
		if out, _ := s.must("video_id,y\naaaaaaaaaaa,1\n", "labels", "import", "-", "--guild", name); !strings.Contains(out, want) {
			t.Errorf("--guild %s: %s", name, out)
		}
	}
	for name, want := range map[string]string{"twin": "2 guilds are called", "nobody": "is not known here", "": "name one with --guild"} {
		if _, errOut, code := s.typed("", "rank", "--guild", name); code == 0 || !strings.Contains(errOut, want) {
			t.Errorf("--guild %q ended with %d: %s", name, code, errOut)
		}
	}
}

func TestMistypedCommands(t *testing.T) {
	for typed, want := range map[string]string{
		"scrap": `did you mean "scrape"`, "import": "did you mean cratedigger labels import", "rank --foo": "see cratedigger rank --help",
		"labels imprt": "see cratedigger labels --help", "backtest": "see cratedigger backtest --help",
	} {
		s := &shell{t: t, env: map[string]string{}}
		if _, errOut, code := s.typed("", strings.Fields(typed)...); code != 2 || !strings.Contains(errOut, want) {
			t.Errorf("%s ended with %d: %s", typed, code, errOut)
		}
	}
	s := &shell{t: t, env: map[string]string{}}
	flag, _ := s.must("", "--version")
	if command, _ := s.must("", "version"); flag != command || !strings.HasPrefix(flag, "cratedigger ") {
		t.Errorf("--version prints %q, and version %q", flag, command)
	}
}

// TestMissingFileIsSaidOnce beside a running program, which asks the caller for it.
func TestMissingFileIsSaidOnce(t *testing.T) {
	s := newLocalShell(t)
	s.env["CRATEDIGGER_DEFAULTS_QUERIES"] = "jazz"
	s.serving()
	_, errOut, code := s.typed("", "labels", "import", filepath.Join(s.dir, "none.csv"))
	if code != 1 || strings.Count(errOut, "no such file")+strings.Count(errOut, "does not exist") != 1 {
		t.Errorf("it ended with %d: %s", code, errOut)
	}
}

// TestCompletion asks as a shell does.
func TestCompletion(t *testing.T) {
	for line, want := range map[string]string{"cratedigger pre": "predict", "cratedigger labels ": "import", "cratedigger rank --gu": "--guild"} {
		t.Setenv("COMP_LINE", line)
		s := &shell{t: t, env: map[string]string{}}
		if out, errOut, code := s.typed(""); code != 0 || !slices.Contains(strings.Fields(out), want) {
			t.Errorf("%q completes to %q with %d: %s", line, out, code, errOut)
		}
	}
	os.Unsetenv("COMP_LINE") // Setenv brings back what was there
	s := &shell{t: t, env: map[string]string{}}
	if out, _ := s.must("", "completion", "bash"); !strings.Contains(out, "cratedigger") {
		t.Errorf("completion bash prints %s", out)
	}
}
