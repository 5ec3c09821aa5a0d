//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/model/sheet"
)

// newLocalShell is a shell of a person without Discord.
func newLocalShell(t *testing.T) *shell {
	s, _ := newShell(t)
	delete(s.env, "CRATEDIGGER_DISCORD_TOKEN")
	s.env["CRATEDIGGER_DISCORD_BASE_URL"] = "http://127.0.0.1:1" // nothing answers there
	s.env["CRATEDIGGER_DASHBOARD_LISTEN"] = freeAddress(t, "127.0.0.1:0")
	s.env["CRATEDIGGER_DEFAULTS_QUERIES"] = "[{text: jazz, pages: 3}, {text: folk, pages: 3}, {text: metal, pages: 3}, {text: samba, pages: 3}, {text: techno, pages: 3}, {text: live, pages: 3}]"
	return s
}

// must runs one command that has to succeed, and returns its output.
func (s *shell) must(stdin string, args ...string) (out, errOut string) {
	s.t.Helper()
	out, errOut, code := s.typed(stdin, args...)
	if code != 0 {
		s.t.Fatalf("%s ended with %d: %s%s", strings.Join(args, " "), code, out, errOut)
	}
	return out, errOut
}

// serving starts `run --local` and returns when its first search has ended.
func (s *shell) serving() (stop func() (int, string)) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out, log buffer
	done := make(chan int, 1)
	go func() { done <- s.begin(ctx, "", &out, &log, "run", "--local") }()
	stop = sync.OnceValues(func() (int, string) {
		cancel()
		return <-done, log.String()
	})
	s.t.Cleanup(func() { stop() })
	s.until("run --local is ready", &log, func() bool { return s.get("/readyz") == "ready\n" })
	return stop
}

// get is what the dashboard answers; "" where it does not.
func (s *shell) get(path string) string {
	resp, err := http.Get("http://" + s.env["CRATEDIGGER_DASHBOARD_LISTEN"] + path)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return ""
	}
	return string(body)
}

// until waits for a condition.
func (s *shell) until(what string, log *buffer, condition func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("not in two minutes: %s\n%s", what, log.String())
		}
	}
}

// fillIn fills in the first rows of an unlabelled export, as a person who likes what
// is short would in a spreadsheet.
func fillIn(t *testing.T, path string, most int) (liked, all int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records, _ := sheet.NewReader(data)
	table, err := records.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	y, seconds := slices.Index(table[0], "y"), slices.Index(table[0], "duration_seconds")
	for _, row := range table[1:min(len(table), most+1)] {
		row[y] = "0"
		if n, err := strconv.Atoi(row[seconds]); err == nil && n < 240 {
			row[y] = "1"
			liked++
		}
		all++
	}
	var filled bytes.Buffer
	if err := csv.NewWriter(&filled).WriteAll(table); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, filled.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return liked, all
}

func TestOnePersonWithoutDiscord(t *testing.T) {
	s := newLocalShell(t)
	stop := s.serving()
	var log buffer
	s.until("the first search", &log, func() bool {
		out, _, code := s.typed("", "rank", "-n", "0", "--json")
		var rows []rankedRow
		return code == 0 && json.Unmarshal([]byte(out), &rows) == nil && len(rows) > 50
	})
	if out, errOut, code := s.typed("", "doctor", "--quick"); code != 0 {
		t.Errorf("doctor --quick ended with %d: %s%s", code, out, errOut)
	}
	if out, errOut, code := s.typed("", "doctor"); code != 0 || !strings.Contains(out, "served without Discord") || strings.Contains(out, "discord.token") {
		t.Errorf("doctor ended with %d: %s%s", code, out, errOut)
	}
	page := s.get("/g/local/songs")
	if rows := strings.Count(page, `<li class="song"`); rows < 20 {
		t.Errorf("the dashboard's list shows %d songs, want 20:\n%.500s", rows, page)
	}
	code, said := stop()
	if code != 0 {
		t.Errorf("run --local ended with %d: %s", code, said)
	}
	if n := strings.Count(said, "about to read YouTube"); n != 1 {
		t.Errorf("it is said %d times what is about to be read: %s", n, said)
	}
	again := s.serving()
	if _, said := again(); strings.Contains(said, "about to read YouTube") {
		t.Errorf("it is said again: %s", said)
	}
	// With nothing running the doctor knows the way without a token.
	if out, errOut, code := s.typed("", "doctor"); code != 0 || !strings.Contains(out, "run --local") {
		t.Errorf("doctor ended with %d: %s%s", code, out, errOut)
	}
}

func TestRunWithoutATokenNamesTheWays(t *testing.T) {
	s := newLocalShell(t)
	_, errOut, code := s.typed("", "run")
	for _, want := range []string{"discord.token", "cratedigger run --local", "docs/getting-started.md"} {
		if code != app.ExitFatal || !strings.Contains(errOut, want) {
			t.Errorf("run ended with %d, without %q: %s", code, want, errOut)
		}
	}
}

func TestLocalFollowsTheDefaultsUntilChangedByHand(t *testing.T) {
	s := newLocalShell(t)
	delete(s.env, "CRATEDIGGER_DEFAULTS_QUERIES")
	if _, errOut, code := s.typed("", "scrape"); code == 0 || !strings.Contains(errOut, "defaults.queries") {
		t.Fatalf("scrape without queries ended with %d: %s", code, errOut)
	}
	s.env["CRATEDIGGER_DEFAULTS_QUERIES"] = "jazz"
	s.must("", "scrape")

	stop := s.serving()
	form := "queries=folk&schedule=0+18+*+*+*&zone=UTC&picks=5&min_seconds=0&max_seconds=0&exploration=0.5&votes=reactions&language=&languages="
	resp, err := http.Post("http://"+s.env["CRATEDIGGER_DASHBOARD_LISTEN"]+"/g/local/settings", "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	stop()
	h := &house{shell: s}
	if seen := h.guild(); !strings.Contains(seen, `"Text":"folk"`) {
		t.Errorf("what was changed by hand is gone: %s\n%s %s", seen, resp.Status, body)
	}
}

// TestSpreadsheetWay types what docs/without-discord.md says, word by word, from the
// first search to the dashboard's list.
func TestSpreadsheetWay(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "without-discord.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, way, found := strings.Cut(string(guide), "\n## With a spreadsheet\n")
	way, _, _ = strings.Cut(way, "\n## ")
	s := newLocalShell(t)
	t.Chdir(s.dir)
	typed := map[string]string{} // what each command printed
	liked, all := 0, 0
	for _, block := range strings.Split(way, "```sh local\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for line := range strings.Lines(block) {
			args := strings.Fields(strings.TrimPrefix(line, "./cratedigger "))
			if args[0] == "run" {
				s.serving()
				continue
			}
			typed[args[0]+args[1%len(args)]], _ = s.must("", args...)
			if args[0] == "labels" && args[1] == "export" {
				liked, all = fillIn(t, args[len(args)-1], 60)
			}
		}
	}
	if !found || typed["rank-n"] == "" {
		t.Fatal("the page has no way with a spreadsheet that ends with a list")
	}
	if want := fmt.Sprintf("Imported %d labels (%d liked", all, liked); !strings.Contains(typed["labelsimport"], want) {
		t.Errorf("labels import says %q, want %q", typed["labelsimport"], want)
	}
	if n := strings.Count(typed["rank-n"], "\n"); n != 51 {
		t.Errorf("rank prints %d lines, want a heading and 50 videos", n)
	}
	var rows []rankedRow
	out, _ := s.must("", "rank", "-n", "50", "--json")
	if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) != 50 || rows[0].Model == 0 {
		t.Fatalf("rank prints %d rows, %v: %.300s", len(rows), err, out)
	}
	page := s.get("/g/local/songs") + s.get("/g/local/songs?page=2") + s.get("/g/local/songs?page=3")
	for _, row := range rows {
		if !strings.Contains(page, "/g/local/video/"+row.VideoID) {
			t.Errorf("%d. %s is not in the dashboard's list", row.Rank, row.VideoID)
		}
	}
	if out, _ := s.must("", "predict", "https://youtu.be/"+rows[0].VideoID); !strings.Contains(out, "by model ") || strings.Count(out, "\n") < 6 {
		t.Errorf("predict says %s", out)
	}
}
