//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cratedigger/cmd/internal/app"
	"cratedigger/pipeline/catalog/bolt"
)

// TestBackupsAtOnce: many processes make backups of each form at once, and others
// check the catalogue. All backups succeed, beside a running bot and without one, where
// they wait for each other; all that is published is whole.
func TestBackupsAtOnce(t *testing.T) {
	for name, running := range map[string]bool{"beside a bot": true, "without one": false} {
		t.Run(name, func(t *testing.T) {
			s, d := newShell(t)
			const rows = 3000
			s.must(labelLines(rows), "labels", "import", "-")
			if running {
				s.starts(0, "run").until(d)
			}
			folder := t.TempDir()
			var mu sync.Mutex
			made := map[string]int{} // successes by the form of the command
			var published []string
			var work sync.WaitGroup
			try := func(form, file string, args ...string) {
				work.Go(func() {
					cmd := s.process(args...)
					var out, errOut bytes.Buffer
					cmd.Stdout, cmd.Stderr = &out, &errOut
					err := cmd.Run()
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						if form != "check" || running || !strings.Contains(errOut.String(), "is held by another process") {
							t.Errorf("%s: %v, %d bytes of output, %s", form, err, out.Len(), &errOut)
						}
						return // a check does not wait
					}
					made[form]++
					switch form {
					case "daily":
						file = strings.TrimSpace(out.String())
					case "-":
						if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
							t.Error(err)
						}
					case "check":
						if !strings.Contains(out.String(), "clean") {
							t.Errorf("a check says %s", &out)
						}
						return
					}
					published = append(published, file)
				})
			}
			for i := range 4 {
				file, piped := filepath.Join(folder, fmt.Sprintf("file%d.db", i)), filepath.Join(folder, fmt.Sprintf("out%d.db", i))
				try("daily", "", "backup")
				try("FILE", file, "backup", file)
				try("the same FILE", filepath.Join(folder, "same.db"), "backup", filepath.Join(folder, "same.db"))
				try("-", piped, "backup", "-")
				try("check", "", "check")
			}
			work.Wait()
			if want := 4 * 4; len(published) != want {
				t.Errorf("%d backups were made, want %d: %v", len(published), want, made)
			}
			for _, file := range published {
				report, err := bolt.Check(file)
				if err != nil || report.Rows["videos"] != rows {
					t.Errorf("%s: %v (%v)", file, report.Rows, err)
				}
			}
			// Nothing else is there either: no piece, and no file of one that failed.
			there, _ := filepath.Glob(filepath.Join(folder, "*"))
			data := s.env["CRATEDIGGER_DATA_DIR"]
			there = append(there, bolt.Backups(filepath.Join(data, "backups"))...)
			for _, file := range there {
				if report, err := bolt.Check(file); err != nil || report.Rows["videos"] != rows {
					t.Errorf("%s is there: %v (%v)", file, report.Rows, err)
				}
			}
			for _, pattern := range []string{"*.part", "*/*.part", app.CatalogueFile + ".corrupt*"} {
				if left, _ := filepath.Glob(filepath.Join(data, pattern)); len(left) > 0 {
					t.Errorf("left: %q", left)
				}
			}
		})
	}
}

// labelLines is a label file of so many rows.
func labelLines(rows int) string {
	var b strings.Builder
	b.WriteString("video_id,y,title\n")
	for i := range rows {
		fmt.Fprintf(&b, "video%06d,%d,track %d\n", i, i%2, i)
	}
	return b.String()
}
