package house_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// testsByName is every test, fuzz target and benchmark of the module.
func testsByName(t *testing.T) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w*)\(`)
	names := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(data), -1) {
			names[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestNamedTestsExist holds that what the documents call a proof is there.
func TestNamedTestsExist(t *testing.T) {
	known := testsByName(t)
	named := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)\\w+)`")
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(data), -1) {
			count++
			if !known[m[1]] {
				t.Errorf("%s names %s, which is no test", page, m[1])
			}
		}
	}
	if count < 40 {
		t.Errorf("only %d tests are named", count)
	}
}

// TestFuzzTargetsAreListed holds that the table of fuzz targets has all of them,
// each with the folder that it is in.
func TestFuzzTargetsAreListed(t *testing.T) {
	data, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(data), "| target | what it is fed with |\n")
	if !ok {
		t.Fatal("docs/security.md has no table of fuzz targets")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	listed := map[string]bool{} // by folder and name
	row := regexp.MustCompile("((?:`Fuzz\\w+`(?:, )?)+) in `([\\w/]+)`")
	for _, m := range row.FindAllStringSubmatch(table, -1) {
		for name := range strings.SplitSeq(m[1], ", ") {
			if name = strings.Trim(name, "`"); name != "" {
				listed[m[2]+" "+name] = true
			}
		}
	}
	declared := regexp.MustCompile(`(?m)^func (Fuzz\w*)\(`)
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(data), -1) {
			target := filepath.ToSlash(filepath.Dir(path)) + " " + m[1]
			if !listed[target] {
				t.Errorf("docs/security.md does not list %s", target)
			}
			delete(listed, target)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for target := range listed {
		t.Errorf("docs/security.md lists %s, which is no fuzz target", target)
	}
}

// TestThreatsAreComplete holds that each row of the threat model says who,
// through what, what stops them, and which test shows it.
func TestThreatsAreComplete(t *testing.T) {
	data, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(data), "| who | through what | what stops them | shown by |\n|---|---|---|---|\n")
	if !ok {
		t.Fatal("docs/security.md has no table of threats")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	who, rows := "", 0
	for row := range strings.SplitSeq(table, "\n") {
		rows++
		cells := strings.Split(strings.Trim(row, "|"), "|")
		if len(cells) != 4 {
			t.Errorf("%d cells: %s", len(cells), row)
			continue
		}
		if name := strings.TrimSpace(cells[0]); name != "" {
			who = name
		}
		if who == "" || strings.TrimSpace(cells[1]) == "" || strings.TrimSpace(cells[2]) == "" || !regexp.MustCompile("`(?:Test|Fuzz)").MatchString(cells[3]) {
			t.Errorf("not complete: %s", row)
		}
	}
	if rows < 20 {
		t.Errorf("%d rows", rows)
	}
}
