package youtube

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// recordingsDir is the folder of recorded pages, which lies outside the
// project; tests that need it are skipped where it is absent.
func recordingsDir(t testing.TB) string {
	t.Helper()
	shared := os.Getenv("CRATEDIGGER_TESTDATA")
	if shared == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			if filepath.Dir(dir) == dir {
				t.Fatal("no go.mod above the working directory")
			}
			dir = filepath.Dir(dir)
		}
		shared = filepath.Join(dir, "..", "shared")
	}
	dir := filepath.Join(shared, "recordings")
	if _, err := os.Stat(filepath.Join(dir, "index.jsonl")); err != nil {
		t.Skipf("the recordings are not at %s (set CRATEDIGGER_TESTDATA)", dir)
	}
	return dir
}

// recording is one line of index.jsonl.
type recording struct {
	File   string `json:"file"`
	Second string `json:"second"`
	Kind   string `json:"kind"`
	Layout string `json:"layout"`
	Query  string `json:"query"`
	Page   int    `json:"page"`

	Continuation *bool            `json:"continuation"`
	Videos       []map[string]any `json:"videos"`
	Video        map[string]any   `json:"video"`
}

func readIndex(t testing.TB, dir string) []recording {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "index.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []recording
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r recording
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// readRecording unpacks a recording.
func readRecording(t testing.TB, dir, name string) []byte {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
