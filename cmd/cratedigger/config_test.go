package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
)

// typed executes a command line with an environment of its own and returns what
// it printed and its exit code.
func typed(t *testing.T, env map[string]string, args ...string) (out, errOut string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	inv := &invocation{
		ctx: t.Context(), in: strings.NewReader(""), out: &o, errOut: &e, files: socket.LocalFiles{In: strings.NewReader(""), Out: &o},
		now: time.Now, getenv: func(name string) string { return env[name] },
	}
	code = inv.execute(args)
	return o.String(), e.String(), code
}

// TestConfigInitAndShow follows the getting-started guide: init, edit, show.
func TestConfigInitAndShow(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	out, errOut, code := typed(t, nil, "config", "init")
	if code != 0 || !strings.Contains(out, "config.yaml") {
		t.Fatalf("exit code %d\n%s%s", code, out, errOut)
	}
	info, err := os.Stat("config.yaml")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file that will hold the token has mode %v (%v)", info.Mode(), err)
	}
	if _, errOut, code = typed(t, nil, "config", "init"); code != 1 || !strings.Contains(errOut, "--force") {
		t.Errorf("a second init: exit code %d, %s", code, errOut)
	}
	const token = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"
	text, err := os.ReadFile("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(text), `token: ""`, `token: "`+token+`"`, 1)
	if edited == string(text) {
		t.Fatal("there is no line for the token")
	}
	if err := os.WriteFile("config.yaml", []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errOut, code = typed(t, map[string]string{"CRATEDIGGER_DATA_DIR": "/srv/crate"}, "config", "show")
	if code != 0 || strings.Contains(out+errOut, token) {
		t.Errorf("exit code %d\n%s%s", code, out, errOut)
	}
	for _, want := range []string{"discord.token", app.Redacted, "config.yaml:", "/srv/crate", "CRATEDIGGER_DATA_DIR", "default"} {
		if !strings.Contains(out, want) {
			t.Errorf("config show lacks %s:\n%s", want, out)
		}
	}
	out, _, code = typed(t, map[string]string{"CRATEDIGGER_SEED": "x", "CRATEDIGGER_LOG_LEVEL": "loud"}, "config", "show", "--json")
	var shown struct {
		Values   []shownValue
		Problems []string
	}
	if err := json.Unmarshal([]byte(out), &shown); err != nil || len(shown.Problems) != 2 || len(shown.Values) < 30 || code != 1 {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
	if out, _, code = typed(t, nil, "config", "init", "-"); code != 0 || out != string(text) {
		t.Errorf("init to standard output: exit code %d\n%s", code, out)
	}
}

// TestConfigPassword: it makes a password once, keeps it, and shows it only
// when asked.
func TestConfigPassword(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	out, errOut, code := typed(t, nil, "config", "password", path)
	if code != 0 {
		t.Fatal(errOut)
	}
	made, err := os.ReadFile(path)
	if err != nil || len(strings.TrimSpace(string(made))) < 20 || strings.Contains(out, strings.TrimSpace(string(made))) {
		t.Errorf("%v: %q\n%s", err, made, out)
	}
	if (dashboard.Options{Listen: ":8080", Password: strings.TrimSpace(string(made))}).Guessable() {
		t.Errorf("it makes a password that the dashboard complains of: %q", made)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	if out, _, code = typed(t, nil, "config", "password", "--show", path); code != 0 || out != string(made) {
		t.Errorf("exit code %d, %q", code, out)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errOut, code = typed(t, nil, "config", "password", path); code != 1 || !strings.Contains(errOut, "is empty") {
		t.Errorf("an empty file: exit code %d, %s", code, errOut)
	}
}

// TestLogWithoutABot says that there is nothing to change.
func TestLogWithoutABot(t *testing.T) {
	dir := t.TempDir()
	_, errOut, code := typed(t, map[string]string{"CRATEDIGGER_DATA_DIR": dir}, "log", "debug")
	if code != 1 || !strings.Contains(errOut, dir) {
		t.Errorf("exit code %d, %s", code, errOut)
	}
}
