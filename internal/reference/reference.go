// Package reference finds the optional reference data (real pages, people's
// labels, LightGBM's models) for tests. It is no part of the project.
package reference

import (
	"os"
	"path/filepath"
	"testing"
)

// File is the path of a reference file or folder: below the folder that
// CRATEDIGGER_TESTDATA names, or below "shared" beside the checkout. Where it
// is absent, the test is skipped.
func File(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("CRATEDIGGER_TESTDATA")
	if dir == "" {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for root != filepath.Dir(root) {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(filepath.Dir(root), "shared")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no reference data: %s is absent (set CRATEDIGGER_TESTDATA)", path)
	}
	return path
}
