// Package testdata has what tests of the learners share: generated problems,
// benchmarks, and the reference material, which is not part of the repository.
package testdata

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cratedigger/model/matrix"
)

// Dir is the folder of the reference material named so, below
// $CRATEDIGGER_TESTDATA or the folder "shared" beside the repository. The test
// is skipped if it is not there.
func Dir(tb testing.TB, name string) string {
	tb.Helper()
	root := os.Getenv("CRATEDIGGER_TESTDATA")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			tb.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			up := filepath.Dir(dir)
			if up == dir {
				tb.Skip("no go.mod above the test's folder, so the reference material cannot be found")
			}
			dir = up
		}
		root = filepath.Join(filepath.Dir(dir), "shared")
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("the reference material %s is not there; set CRATEDIGGER_TESTDATA to its folder", path)
	}
	return path
}

// LibSVM reads a libsvm file, unpacked if it ends in .gz.
func LibSVM(tb testing.TB, path string) (*matrix.Matrix, []float64) {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewReader(f)
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(in)
		if err != nil {
			tb.Fatal(err)
		}
		in = bufio.NewReader(z)
	}
	m, y, err := matrix.ReadLibSVM(in, -1)
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return m, y
}

// CSV reads a dense file of numbers under a header line.
func CSV(tb testing.TB, path string) *matrix.Matrix {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	m, _, err := matrix.ReadCSV(f)
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return m
}
