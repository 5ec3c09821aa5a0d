package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const savedResults = `<html lang="en"><script>var ytInitialData = {"contents":{"twoColumnSearchResultsRenderer":{"primaryContents":{"sectionListRenderer":{"contents":[{"itemSectionRenderer":{"contents":[{"adSlotRenderer":{}},{"videoRenderer":{"videoId":"AAAAAAAAAAA","title":{"runs":[{"text":"Night <& Day>"}]},"publishedTimeText":{"simpleText":"3 years ago"},"viewCountText":{"simpleText":"No views"}}}]}},{"continuationItemRenderer":{"continuationEndpoint":{"continuationCommand":{"token":"TOKEN"}}}}]}}}}};</script></html>`

const savedPlayer = `{"playabilityStatus":{"status":"OK"},"videoDetails":{"videoId":"BBBBBBBBBBB","title":"T","lengthSeconds":"100","viewCount":"7","keywords":["a","b"]},"microformat":{"playerMicroformatRenderer":{"publishDate":"2015-01-27T21:14:36-08:00","category":"Music","embed":{"width":1280,"height":720}}}}`

// parseLines runs the command and returns its lines.
func parseLines(t *testing.T, in string, c parseCmd) ([]string, error) {
	t.Helper()
	var out bytes.Buffer
	if c.Kind == "" {
		c.Kind = "auto"
	}
	err := c.Run(&invocation{ctx: t.Context(), in: strings.NewReader(in), out: &out, errOut: &out})
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), err
}

func TestParsePrintsOneLineAFile(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "results.html")
	if err := os.WriteFile(plain, []byte(savedResults), 0o600); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(savedPlayer)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	zipped := filepath.Join(dir, "player.json.gz")
	if err := os.WriteFile(zipped, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	lines, err := parseLines(t, "", parseCmd{Files: []string{plain, zipped}})
	if err != nil || len(lines) != 2 {
		t.Fatal(err, lines)
	}
	want := `{"file":"` + plain + `","kind":"results","layout":"section-list","status":"ok","continuation":"TOKEN","videos":[{"id":"AAAAAAAAAAA","title":"Night <& Day>","channel":null,"channel_id":null,"subscribers":null,"views":0,"viewers":null,"duration_seconds":null,"published":null,"published_text":"3 years ago","live":false,"upcoming":false,"short":false,"likes":null,"dislikes":null,"width":null,"height":null,"tags":null,"category":null,"description":null,"thumbnail_url":null}],"video":null,"skipped":{"adSlotRenderer":1},"error":null}`
	if lines[0] != want {
		t.Errorf("got  %s\nwant %s", lines[0], want)
	}
	want = `{"file":"` + zipped + `","kind":"innertube","layout":"innertube","status":"ok","continuation":null,"videos":[],"video":{"id":"BBBBBBBBBBB","title":"T","channel":null,"channel_id":null,"subscribers":null,"views":7,"viewers":null,"duration_seconds":100,"published":"2015-01-28T05:14:36Z","published_text":null,"live":false,"upcoming":false,"short":false,"likes":null,"dislikes":null,"width":1280,"height":720,"tags":["a","b"],"category":"Music","description":null,"thumbnail_url":null},"skipped":{},"error":null}`
	if lines[1] != want {
		t.Errorf("got  %s\nwant %s", lines[1], want)
	}
}

func TestParseReadsStandardInput(t *testing.T) {
	lines, err := parseLines(t, savedPlayer, parseCmd{Files: []string{"-"}})
	if err != nil || len(lines) != 1 || !strings.Contains(lines[0], `"file":"-","kind":"innertube"`) {
		t.Error(err, lines)
	}
	// A given kind is kept, and a page of another kind is not invented into it.
	lines, err = parseLines(t, savedPlayer, parseCmd{Kind: "results", Files: []string{"-"}})
	if err != nil || !strings.Contains(lines[0], `"status":"stub"`) || !strings.Contains(lines[0], `"videos":[]`) {
		t.Error(err, lines)
	}
}

func TestParsePrintsNeighbours(t *testing.T) {
	const next = `{"contents":{"twoColumnWatchNextResults":{"results":{"results":{"contents":[{"videoPrimaryInfoRenderer":{"title":{"simpleText":"T"}}}]}},"secondaryResults":{"secondaryResults":{"results":[` +
		`{"compactVideoRenderer":{"videoId":"CCCCCCCCCCC","title":{"simpleText":"Beside"},"longBylineText":{"runs":[{"text":"Band"}]}}}]}}}},"currentVideoEndpoint":{"watchEndpoint":{"videoId":"BBBBBBBBBBB"}}}`
	for _, beside := range []bool{true, false} {
		lines, err := parseLines(t, next, parseCmd{Kind: "innertube", Beside: beside, Files: []string{"-"}})
		if err != nil || len(lines) != 1 || strings.Contains(lines[0], `"beside":[{"id":"CCCCCCCCCCC","title":"Beside","channel":"Band"}]`) != beside {
			t.Errorf("beside %v: %v, %v", beside, err, lines)
		}
	}
}

func TestParseGoesOnAfterAFileThatCannotBeRead(t *testing.T) {
	lines, err := parseLines(t, savedPlayer, parseCmd{Files: []string{filepath.Join(t.TempDir(), "absent"), "-"}})
	if err == nil || len(lines) != 2 {
		t.Fatal(err, lines)
	}
	var first struct {
		Status, Error *string
		Videos        []any
	}
	if json.Unmarshal([]byte(lines[0]), &first) != nil || first.Error == nil || first.Status != nil || first.Videos == nil {
		t.Error(lines[0])
	}
	if !strings.Contains(lines[1], "BBBBBBBBBBB") {
		t.Error(lines[1])
	}
}

func TestParseRefusesWhatUnpacksTooLarge(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for range 9 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	lines, err := parseLines(t, packed.String(), parseCmd{Files: []string{"-"}})
	if err != nil || !strings.Contains(lines[0], "larger than 8 MiB") {
		t.Error(err, lines)
	}
}
