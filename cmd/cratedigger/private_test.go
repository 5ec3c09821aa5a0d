//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cratedigger/cmd/internal/app"
)

// written runs the program under a umask and fails the test if it does not succeed.
func written(t *testing.T, dir string, umask int, args ...string) {
	t.Helper()
	cmd, out := program(t, dir, nil, args...)
	sh := exec.Command("/bin/sh", append([]string{"-c", fmt.Sprintf("umask %03o; exec \"$0\" \"$@\"", umask), cmd.Path}, args...)...)
	sh.Dir, sh.Env, sh.Stdout, sh.Stderr = cmd.Dir, cmd.Env, out, out
	if err := sh.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// modeOf is the mode of a file.
func modeOf(t *testing.T, name string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// TestWrittenFilesArePrivate: what holds people's data or a secret is its owner's
// alone, whatever the umask; the rest follows the umask. No file is opened to more
// people than could read what it replaces.
func TestWrittenFilesArePrivate(t *testing.T) {
	dir, there := t.TempDir(), t.TempDir()
	at := func(name string) string { return filepath.Join(there, name) }
	var table bytes.Buffer
	table.WriteString("video_id,y,title,published\n")
	for i := range 60 {
		fmt.Fprintf(&table, "video%06d,%d,%s track %d,2024-01-%02d\n", i, i%2, []string{"loud", "quiet"}[i%2], i, 1+i%28)
	}
	if err := os.WriteFile(at("labels.csv"), table.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	written(t, dir, 0, "labels", "import", at("labels.csv"))

	private := map[string][]string{
		"copy.db":         {"backup", at("copy.db")},
		"out.csv":         {"labels", "export", at("out.csv")},
		"matrix":          {"export", "matrix", at("matrix")},
		"matrix.columns":  nil, // written beside it
		"predictions.csv": {"evaluate", "--labels", at("labels.csv"), "--json", "--predictions", at("predictions.csv"), "--plots", at("plots")},
		"config.yaml":     {"config", "init", "--force", at("config.yaml")},
		"password":        {"config", "password", at("password")},
	}
	public := map[string][]string{
		"plots/roc.png": nil, // written beside the predictions
		"plots/roc.svg": nil,
		"model":         {"model", "fit", "--learner", "boost", "--matrix", at("matrix"), at("model")},
		"model.txt":     {"model", "export", at("model"), at("model.txt")},
	}
	order := []string{"copy.db", "out.csv", "matrix", "predictions.csv", "config.yaml", "password", "model", "model.txt"}
	commands := func(umask int) {
		for _, name := range order {
			if args := append(private[name], public[name]...); args != nil {
				written(t, dir, umask, args...)
			}
		}
	}
	look := func(when string, want fs.FileMode, names map[string][]string) {
		t.Helper()
		for name := range names {
			if mode := modeOf(t, at(name)); mode != want {
				t.Errorf("%s: %s has the mode %o, not %o", when, name, mode, want)
			}
		}
	}
	all := func(mode fs.FileMode) {
		for _, names := range []map[string][]string{private, public} {
			for name := range names {
				if err := os.Chmod(at(name), mode); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	commands(0)
	look("with no umask", 0o600, private)
	look("with no umask", 0o666, public)
	all(0o644)
	commands(0)
	look("in the place of files that others read", 0o600, private)
	look("in the place of files that others read", 0o644, public)
	all(0o600)
	commands(0o027)
	look("in the place of private files", 0o600, private)
	look("in the place of private files", 0o600, public)
}

// TestCatalogueBecomesPrivate: one that was copied into its folder, and is open to
// others, is not any more once it was opened; nor what a restore sets aside.
func TestCatalogueBecomesPrivate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, app.CatalogueFile)
	labels := filepath.Join(t.TempDir(), "labels.csv")
	if err := os.WriteFile(labels, []byte("video_id,y\ndQw4w9WgXcQ,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	written(t, dir, 0, "labels", "import", labels)
	written(t, dir, 0, "backup")
	open := func() {
		t.Helper()
		if err := os.Chmod(path, 0o664); err != nil {
			t.Fatal(err)
		}
	}
	open()
	if err := os.WriteFile(path+".restore", nil, 0o666); err != nil { // of a restore that was cut off
		t.Fatal(err)
	}
	written(t, dir, 0, "restore")
	aside, _ := filepath.Glob(path + ".before-restore-*")
	if len(aside) != 1 {
		t.Fatalf("set aside is %q", aside)
	}
	for _, name := range []string{path, aside[0]} {
		if mode := modeOf(t, name); mode != 0o600 {
			t.Errorf("after a restore %s has the mode %o", strings.TrimPrefix(name, dir), mode)
		}
	}
	open()
	written(t, dir, 0, "labels", "export", labels)
	if mode := modeOf(t, path); mode != 0o600 {
		t.Errorf("an opened catalogue has the mode %o", mode)
	}
}
