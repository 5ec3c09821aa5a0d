//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"

	"cratedigger/cmd/internal/app"
)

// TestEveryDoorSaysWhoRanks gives a model labels that nothing explains, so that it is
// no better than guessing, and asks everything that tells people who ranks.
func TestEveryDoorSaysWhoRanks(t *testing.T) {
	s := newLocalShell(t)
	s.must("", "scrape")
	ask := func() (list []rankedRow) {
		t.Helper()
		out, _ := s.must("", "rank", "-n", "0", "--json")
		if err := json.Unmarshal([]byte(out), &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	rows := ask()
	says := func(want string, doors map[string]string) {
		t.Helper()
		for door, said := range doors {
			if !strings.Contains(html.UnescapeString(said), want) {
				t.Errorf("%s does not say %q: %.1500s", door, want, said)
			}
		}
	}
	commands := func() map[string]string {
		list, _ := s.must("", "model", "list")
		_, rank := s.must("", "rank", "-n", "3")
		predict, _ := s.must("", "predict", rows[len(rows)-1].VideoID)
		return map[string]string{"model list": list, "rank": rank, "predict": predict}
	}
	says("There is no model yet, so the rule ranks", commands())

	labels := "video_id,title,channel,y\n"
	for i := range 12 { // neighbours in the list get opposite labels
		labels += fmt.Sprintf("%s,,,%d\n", rows[i].VideoID, i%2)
	}
	s.must(labels, "labels", "import", "-")
	const want = "Model 1 is no better than guessing yet, so the rule still ranks; more labels help."
	train, _ := s.must("", "train")
	doctor, _, _ := s.typed("", "doctor")
	doors := commands()
	doors["train"], doors["doctor"] = train, doctor
	says(want, doors)
	says("kept, the rule ranks", map[string]string{"model list": doors["model list"]})
	if list := ask(); list[0].Model != 0 {
		t.Errorf("rank --json says that model %d ranks", list[0].Model)
	}

	s.serving()
	pages := map[string]string{}
	for _, page := range []string{"songs", "model", "label", "runs", "video/" + rows[len(rows)-1].VideoID} {
		pages[page] = s.get("/g/local/" + page)
	}
	says(want, pages)
	if strings.Contains(pages["songs"], "I give it") {
		t.Error("the picks show the rule's points as if they were chances")
	}
}

// TestLocalPagesNeedNoDiscord: the pages of one person without Discord offer nothing
// that is done in Discord, and saving them leaves as it is what they do not show.
func TestLocalPagesNeedNoDiscord(t *testing.T) {
	s := newLocalShell(t)
	delete(s.env, "CRATEDIGGER_DEFAULTS_QUERIES")
	s.serving()
	if page := s.get("/g/local/songs"); !strings.Contains(page, "“Search now”") || !strings.Contains(page, "/g/local/settings") {
		t.Errorf("the empty list names no way to a search: %s", page)
	}
	for page, never := range map[string][]string{
		"songs": {"in Discord"}, "label": {"We like it"}, "settings": {"Discord", "Recap", "Duels", "Role that posts ping", "/setup"}, "votes": {"in Discord", "1970"}, "model": {"1970"},
	} {
		for _, words := range never {
			if text := s.get("/g/local/" + page); text == "" || strings.Contains(text, words) {
				t.Errorf("the page %s says %q: %s", page, words, text)
			}
		}
	}
	settings := s.get("/g/local/settings")
	for _, kept := range []string{"picks", "exploration", "votes", "language", "role", "recap", "duels"} {
		if !strings.Contains(settings, `type="hidden" name="`+kept+`"`) {
			t.Errorf("saving the settings would lose %s", kept)
		}
	}
}

// TestHelpIsAWord: people type "help" before they know of --help.
func TestHelpIsAWord(t *testing.T) {
	s := newLocalShell(t)
	for _, args := range [][]string{{}, {"rank"}, {"labels", "import"}} {
		want, _ := s.must("", append(args, "--help")...)
		if got, _ := s.must("", append([]string{"help"}, args...)...); got != want || want == "" {
			t.Errorf("help %v prints %q", args, got)
		}
	}
}

// TestTokenRefusedAtATerminalEndsAtOnce, in a container too.
func TestTokenRefusedAtATerminalEndsAtOnce(t *testing.T) {
	s, _ := newShell(t)
	s.terminal = true
	s.env["CRATEDIGGER_DISCORD_TOKEN"], s.env["CRATEDIGGER_DISCORD_FATAL_WAIT"], s.env["KUBERNETES_SERVICE_HOST"] = "wrong", "1h", "10.0.0.1"
	if _, errOut, code := s.typed("", "run"); code != app.ExitFatal || strings.Contains(errOut, "waiting before ending") {
		t.Errorf("run ended with %d: %s", code, errOut)
	}
}
