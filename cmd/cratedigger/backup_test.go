//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
)

// TestBackupsAtOnce asks a running bot for many backups of each form at once.
func TestBackupsAtOnce(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 7}, nil)
	w.start()
	w.until(w.next(18, 1))
	videos := w.service.Catalog.VideoCount()
	folder := t.TempDir()
	var work sync.WaitGroup
	for i := range 6 {
		work.Go(func() {
			if code, _, errOut := execute(t, w.dir, "", "backup"); code != 0 {
				t.Errorf("a daily one: %d %s", code, errOut)
			}
		})
		work.Go(func() {
			file := filepath.Join(folder, fmt.Sprintf("file%d.db", i))
			if code, _, errOut := execute(t, w.dir, "", "backup", file); code != 0 {
				t.Errorf("to a file: %d %s", code, errOut)
			}
		})
		work.Go(func() {
			code, out, errOut := execute(t, w.dir, "", "backup", "-")
			if code != 0 {
				t.Errorf("to the standard output: %d %s", code, errOut)
			}
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("out%d.db", i)), []byte(out), 0o600); err != nil {
				t.Error(err)
			}
		})
		work.Go(func() {
			if code, out, errOut := execute(t, w.dir, "", "check"); code != 0 || !strings.Contains(out, "clean") {
				t.Errorf("a check: %d %s %s", code, out, errOut)
			}
		})
	}
	work.Wait()
	copied, err := filepath.Glob(filepath.Join(folder, "*.db"))
	if err != nil || len(copied) != 12 {
		t.Fatalf("%d copies (%v)", len(copied), err)
	}
	for _, file := range append(copied, catalog.Backups(filepath.Join(w.dir, "backups"))...) {
		if report, err := catalog.Check(file); err != nil || report.Rows["videos"] != videos {
			t.Errorf("%s: %v (%v)", file, report.Rows, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, "*.part")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}
