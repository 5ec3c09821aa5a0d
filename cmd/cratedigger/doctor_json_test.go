package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/doctor"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog/bolt"
)

// TestDoctorAlwaysPrintsJSON: with nothing at all, and with a file that is no
// configuration.
func TestDoctorAlwaysPrintsJSON(t *testing.T) {
	c := &clinic{t: t, now: time.Now(), dir: t.TempDir(), env: map[string]string{}}
	t.Chdir(c.dir)
	d, code := c.examine("--offline")
	if code != 1 || d.Status != doctor.StatusFail {
		t.Errorf("with nothing: exit code %d\n%s", code, d.list())
	}
	c.env["CRATEDIGGER_CONFIG"] = filepath.Join(c.dir, "none.yaml")
	if d, code = c.examine("--offline"); code != 1 {
		t.Errorf("without its file: exit code %d\n%s", code, d.list())
	}
	if _, found := d.find("configuration", doctor.StatusFail, "there is no such file"); !found {
		t.Error(d.list())
	}
	if d, code = c.examine("--quick"); code != 1 || d.Status != doctor.StatusFail {
		t.Errorf("--quick: exit code %d\n%s", code, d.list())
	}
}

// TestDoctorPrintsJSONWhateverTheFile: of a file that cannot be a configuration
// it says so, in JSON.
func TestDoctorPrintsJSONWhateverTheFile(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"tabs":      func(path string) error { return os.WriteFile(path, []byte("discord:\n\ttoken: x\n"), 0o600) },
		"cut":       func(path string) error { return os.WriteFile(path, []byte("discord: ["), 0o600) },
		"noise":     func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte{0xff, 0, '\n'}, 1000), 0o600) },
		"huge":      func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("a: b\n"), 1<<20), 0o600) },
		"a folder":  func(path string) error { return os.Mkdir(path, 0o700) },
		"two files": func(path string) error { return os.WriteFile(path, []byte("seed: 1\n---\nseed: 2\n"), 0o600) },
	} {
		c := &clinic{t: t, now: time.Now(), dir: t.TempDir(), env: map[string]string{}}
		path := filepath.Join(c.dir, "config.yaml")
		c.check(make(path))
		c.env["CRATEDIGGER_CONFIG"], c.env["CRATEDIGGER_DATA_DIR"] = path, filepath.Join(c.dir, "data")
		for _, args := range [][]string{{"--offline"}, {"--quick"}} {
			d, code := c.examine(args...)
			if _, found := d.find("configuration", doctor.StatusFail, path); !found || code != 1 {
				t.Errorf("%s %v: exit code %d\n%s", name, args, code, d.list())
			}
		}
	}
}

// TestDoctorBesideAHolder: the catalogue is open in a program that is no bot.
func TestDoctorBesideAHolder(t *testing.T) {
	c := newClinic(t)
	held, err := bolt.Open(filepath.Join(c.dir, app.CatalogueFile), bolt.Options{})
	c.check(err)
	defer held.Close()
	d, code := c.examine("--offline")
	if f, found := d.find("catalogue", doctor.StatusFail, "held by another process"); !found || code != 1 || !strings.Contains(f.Fix, "Stop it") {
		t.Errorf("exit code %d\n%s", code, d.list())
	}
}

// TestDoctorBesideARunningBot: the bot is asked for what only it can see, also
// of what it does without.
func TestDoctorBesideARunningBot(t *testing.T) {
	s, discord := newShell(t)
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s.env["CRATEDIGGER_DASHBOARD_LISTEN"] = other.Addr().String()
	stop := s.running(discord)
	c := &clinic{t: t, now: time.Now(), env: s.env}
	d, code := c.examine()
	for _, area := range []string{"running bot", "gateway", "catalogue", "Discord", "YouTube"} {
		if _, found := d.find(area, doctor.StatusOK, ""); !found {
			t.Errorf("nothing good is said of %s", area)
		}
	}
	if _, found := d.find("addresses", doctor.StatusWarn, "address already in use"); !found || code != 0 {
		t.Errorf("exit code %d\n%s", code, d.list())
	}
	text, _, _ := s.typed("", "doctor")
	for _, want := range []string{ // the bot has looked at the addresses, and both at the data folder
		`(?m)^running bot\n  ok    A bot of version .+ answers\.$`, `(?m)^addresses\n  warn  .+ address already in use.*\n        → Correct the setting`,
		`(?m)^data folder\n  \w+ +.+\n(        → .+\n)?  ok    .+ are free on its disk\.$`, `\n\n\d+ ok, [1-9] to look at, 0 failed\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("the text has nothing like %s:\n%s", want, text)
		}
	}
	for _, f := range d.Findings {
		if strings.Count("\n"+text, "\n"+f.Area+"\n") != 1 {
			t.Errorf("the findings of %s are not together:\n%s", f.Area, text)
		}
	}
	if d, code := c.examine("--quick"); code != 0 || len(d.Findings) == 0 {
		t.Errorf("--quick: exit code %d\n%s", code, d.list())
	}
	if code, log := stop(); code != 0 {
		t.Errorf("the bot ended with %d\n%s", code, log)
	}
	if d, code := c.examine("--quick"); code != 1 {
		t.Errorf("--quick of a stopped bot: exit code %d\n%s", code, d.list())
	}
}

// TestDoctorFolderThatCannotBeMade: nothing is there yet, and nothing will be.
func TestDoctorFolderThatCannotBeMade(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no folder is closed to root here")
	}
	c := newClinic(t)
	c.env["CRATEDIGGER_DATA_DIR"] = "/proc/cratedigger/data"
	d, code := c.examine("--offline")
	if f, found := d.find("data folder", doctor.StatusFail, "/proc/cratedigger/data does not exist and cannot be created"); !found || f.Fix == "" || code != 1 {
		t.Errorf("exit code %d\n%s", code, d.list())
	}
}

// TestDoctorHonoursItsTimeout: a Discord that never answers does not hang it.
func TestDoctorHonoursItsTimeout(t *testing.T) {
	c := newClinic(t)
	block, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.discord.Break(func(*http.Request) *fakediscord.Fault {
		return &fakediscord.Fault{Before: func() { <-block.Done() }}
	})
	start := time.Now()
	d, code := c.examine("--timeout", "1s")
	cancel()
	if _, found := d.find("Discord", doctor.StatusFail, "cannot be reached"); !found || code != 1 {
		t.Errorf("exit code %d\n%s", code, d.list())
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}
