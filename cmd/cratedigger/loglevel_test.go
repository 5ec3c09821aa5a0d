package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
)

// line is a line of the JSON log.
type line struct{ Level, Msg, Guild, Run, Kind, Outcome, Error string }

// lines are those that the log has gained since it was from bytes long.
func lines(t *testing.T, log string, from int) []line {
	t.Helper()
	var list []line
	for text := range strings.Lines(log[from:]) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("not JSON: %s", text)
		}
		list = append(list, l)
	}
	return list
}

// TestLogLevelOfARunningBot changes the level from the command line while the
// bot runs, and reads in its log what a failing and a good search leave there.
func TestLogLevelOfARunningBot(t *testing.T) {
	s, d := newShell(t)
	s.env["CRATEDIGGER_LOG_LEVEL"] = "error"
	guild := d.AddGuild(fakediscord.Guild{Name: "Test"})
	var log buffer
	s.logging(d, &log)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, errOut, code := s.typed("", "rank"); code == 0 {
			break // the bot has met the guild
		} else if time.Now().After(deadline) {
			t.Fatal(errOut)
		}
	}
	scrape := func() []line {
		t.Helper()
		from := len(log.String())
		s.typed("", "scrape")
		return lines(t, log.String(), from)
	}
	count := func(list []line, level string) (n int) {
		for _, l := range list {
			if l.Level == level {
				n++
			}
		}
		return n
	}
	set := func(level string) {
		t.Helper()
		if out, errOut, code := s.typed("", "log", level); code != 0 || !strings.Contains(out, level) {
			t.Fatalf("log %s ended with %d: %s%s", level, code, out, errOut)
		}
	}

	set("warn")
	if quiet := scrape(); count(quiet, "DEBUG")+count(quiet, "INFO") != 0 {
		t.Errorf("at level warn it logged %+v", quiet)
	}
	set("debug")
	loud := scrape()
	if count(loud, "DEBUG") == 0 || count(loud, "INFO") == 0 {
		t.Errorf("at level debug it logged %+v", loud)
	}
	ended := 0
	for _, l := range loud {
		if l.Kind == "scrape" && l.Msg == "run ended" {
			ended++
			if l.Guild != guild || l.Run == "" || l.Outcome != "ok" {
				t.Errorf("%+v", l)
			}
		}
	}
	if ended != 1 {
		t.Errorf("the search is told of %d times: %+v", ended, loud)
	}

	// Each line that comes out of the run says whose it is, and the error of it
	// is told once.
	if err := os.RemoveAll(filepath.Join(s.env["CRATEDIGGER_DATA_DIR"], "pages")); err != nil { // today's
		t.Fatal(err)
	}
	s.youtube.Break(fakeyoutube.FaultTooMany, "/results", -1)
	set("info")
	broken := scrape()
	errors := 0
	for _, l := range broken {
		if l.Guild != guild || l.Run == "" {
			t.Errorf("whose is %+v?", l)
		}
		if l.Level == "ERROR" {
			errors++
		}
	}
	if errors != 1 || len(broken) < 2 {
		t.Errorf("%d errors in %+v", errors, broken)
	}
	set("error")
	if only := scrape(); len(only) != count(only, "ERROR") {
		t.Errorf("at level error it logged %+v", only)
	}
}
