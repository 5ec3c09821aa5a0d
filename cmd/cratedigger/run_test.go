package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
)

// shell types commands: each with the same environment, in the same folder.
type shell struct {
	t       *testing.T
	dir     string
	env     map[string]string
	youtube *fakeyoutube.Server

	terminal bool // somebody looks on
}

// buffer is written by a command and read by the test meanwhile.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// typed runs one command to its end.
func (s *shell) typed(stdin string, args ...string) (out, errOut string, code int) {
	var o, e buffer
	code = s.begin(s.t.Context(), stdin, &o, &e, args...)
	return o.String(), e.String(), code
}

func (s *shell) begin(ctx context.Context, stdin string, out, errOut *buffer, args ...string) int {
	in := strings.NewReader(stdin)
	inv := &invocation{
		terminal: s.terminal,
		ctx:      ctx, in: in, out: out, errOut: errOut, files: socket.LocalFiles{In: in, Out: out}, now: time.Now,
		getenv: func(name string) string { return s.env[name] },
	}
	return inv.execute(args)
}

// newShell starts the stand-ins and sets the environment to them.
func newShell(t *testing.T) (*shell, *fakediscord.Server) {
	t.Helper()
	y, err := fakeyoutube.New(fakeyoutube.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(y.Close)
	d, err := fakediscord.New(fakediscord.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	dir := t.TempDir()
	return &shell{t: t, dir: dir, youtube: y, env: map[string]string{
		"CRATEDIGGER_DATA_DIR":                 filepath.Join(dir, "data"),
		"CRATEDIGGER_DISCORD_TOKEN":            d.Token(),
		"CRATEDIGGER_DISCORD_BASE_URL":         d.URL(),
		"CRATEDIGGER_YOUTUBE_BASE_URL":         y.URL(),
		"CRATEDIGGER_YOUTUBE_API_BASE_URL":     y.URL(),
		"CRATEDIGGER_YOUTUBE_FEED_BASE_URL":    y.URL(),
		"CRATEDIGGER_YOUTUBE_REQUEST_INTERVAL": "0s",
		"CRATEDIGGER_DEFAULTS_QUERIES":         "jazz",
		"CRATEDIGGER_DASHBOARD_LISTEN":         "127.0.0.1:0",
		"CRATEDIGGER_DISCORD_FATAL_WAIT":       "0s", // the machine of the test may be a container
		"CRATEDIGGER_LOG_LEVEL":                "debug",
	}}, d
}

// running starts `run` and returns when the bot is connected and serves its
// socket; stop ends it and returns its exit code and its log.
func (s *shell) running(d *fakediscord.Server) (stop func() (int, string)) {
	s.t.Helper()
	return s.logging(d, &buffer{})
}

// logging is running with a log that can be read meanwhile.
func (s *shell) logging(d *fakediscord.Server, log *buffer) (stop func() (int, string)) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out buffer
	done := make(chan int, 1)
	go func() { done <- s.begin(ctx, "", &out, log, "run") }()
	stop = sync.OnceValues(func() (int, string) {
		cancel()
		return <-done, log.String()
	})
	s.t.Cleanup(func() { stop() })
	wait, end := context.WithTimeout(s.t.Context(), time.Minute)
	defer end()
	if err := d.Until(wait, func() bool { return d.Connected() > 0 }); err != nil {
		s.t.Fatalf("the bot did not connect: %v\n%s", err, log.String())
	}
	if err := d.Settle(wait); err != nil {
		s.t.Fatal(err)
	}
	return stop
}

func TestCommandsBesideARunningBot(t *testing.T) {
	s, d := newShell(t)
	guild := d.AddGuild(fakediscord.Guild{Name: "Test"})
	stop := s.running(d)

	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, errOut, code := s.typed("", "rank") // until the bot has met the guild
		if code == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("rank still ends with %d: %s", code, errOut)
		}
	}
	if out, errOut, code := s.typed("", "scrape"); code != 0 || !strings.Contains(out, "scrape: ok") {
		t.Fatalf("scrape ended with %d: %s%s", code, out, errOut)
	}
	out, errOut, code := s.typed("", "rank", "-n", "3", "--csv")
	if lines := strings.Count(out, "\n"); code != 0 || lines != 4 {
		t.Fatalf("rank ended with %d and %d lines: %s%s", code, lines, out, errOut)
	}
	id := strings.Split(strings.Split(out, "\n")[1], ",")[3]
	if out, errOut, code := s.typed("video_id,y\n"+id+",1\n", "labels", "import", "-"); code != 0 || !strings.Contains(out, "Imported 1 labels (1 liked") {
		t.Errorf("labels import ended with %d: %s%s", code, out, errOut)
	}
	for flag, want := range map[string]bool{"": false, "--all": true, "--posted": false} { // what is labelled is no candidate any more
		if out, errOut, code := s.typed("", slices.DeleteFunc([]string{"rank", "-n", "0", flag}, func(arg string) bool { return arg == "" })...); code != 0 || strings.Contains(out, id) != want {
			t.Errorf("rank %s ended with %d and lists what is labelled: %v, want %v: %s", flag, code, !want, want, errOut)
		}
	}
	if _, errOut, code := s.typed("", "rank", "--all", "--posted"); code == 0 || !strings.Contains(errOut, "can't be used together") {
		t.Errorf("two lists at once ended with %d: %s", code, errOut)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--dry-run"}, "Would import 2 preferences (1 liked, 1 not) from 2 rows of a table of songs, for guild"}, {nil, "; 2 are new."},
		{[]string{"--undo"}, "Took back 2 preferences"}, {[]string{"--undo"}, "Took back 0 preferences"},
	} {
		args := append([]string{"labels", "import", "-"}, c.args...)
		if out, errOut, code := s.typed("title,artist,y\nJóga,Björk,1\nArchangel,Burial,no\n", args...); code != 0 || !strings.Contains(out, c.want) {
			t.Errorf("labels import of likes %v ended with %d: %s%s", c.args, code, out, errOut)
		}
	}
	file := filepath.Join(s.dir, "labels.csv") // the caller's file, written by the caller
	if out, errOut, code := s.typed("", "labels", "export", file); code != 0 {
		t.Errorf("labels export ended with %d: %s%s", code, out, errOut)
	}
	if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), id) {
		t.Errorf("the exported file holds %q (%v)", data, err)
	}
	if _, errOut, code := s.typed("", "labels", "import", filepath.Join(s.dir, "missing.csv")); code == 0 || !strings.Contains(errOut, "missing.csv") {
		t.Errorf("importing a file that is not there ended with %d: %s", code, errOut)
	}
	copied := filepath.Join(s.dir, "copy.db")
	if out, errOut, code := s.typed("", "backup", copied); code != 0 {
		t.Errorf("backup ended with %d: %s%s", code, out, errOut)
	}
	if info, err := os.Stat(copied); err != nil || info.Size() == 0 {
		t.Errorf("the backup is not there: %v", err)
	}
	if _, errOut, code := s.typed("", "rank", "--guild", "123"); code == 0 || !strings.Contains(errOut, guild) {
		t.Errorf("a guild that is not known ended with %d: %s", code, errOut)
	}
	if out, errOut, code := s.typed("", "train"); code != 0 || !strings.Contains(out, "retrain: nothing was trained") {
		t.Errorf("train ended with %d: %s%s", code, out, errOut)
	}

	code, log := stop()
	if code != 0 {
		t.Errorf("run ended with %d:\n%s", code, log)
	}
	if strings.Contains(log, d.Token()) {
		t.Error("the log at its most verbose holds the token")
	}
	if _, err := os.Stat(socket.Path(s.env["CRATEDIGGER_DATA_DIR"])); err == nil {
		t.Error("the socket was left behind")
	}
	// Without the bot the same commands open the file themselves.
	if out, errOut, code := s.typed("", "rank", "-n", "1", "--json"); code != 0 || !strings.Contains(out, `"video_id"`) {
		t.Errorf("rank without the bot ended with %d: %s%s", code, out, errOut)
	}
}

func TestTokenRefusedEndsWith78(t *testing.T) {
	s, d := newShell(t)
	s.env["CRATEDIGGER_DISCORD_TOKEN"] = "wrong"
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errOut buffer
	if code := s.begin(ctx, "", &out, &errOut, "run"); code != app.ExitFatal {
		t.Errorf("a refused token ended run with %d: %s", code, errOut.String())
	}
	if text := errOut.String(); !strings.Contains(text, "token") || strings.Contains(text, d.Token()) {
		t.Errorf("run says %q", text)
	}
	for text := range strings.Lines(errOut.String()) { // to the last
		if !json.Valid([]byte(text)) {
			t.Errorf("among the JSON is %q", text)
		}
	}
	if _, identifies, _ := d.GatewayCounts(); identifies > 1 {
		t.Errorf("a refused token was tried %d times", identifies)
	}
	delete(s.env, "CRATEDIGGER_DISCORD_TOKEN")
	if _, errOut, code := s.typed("", "run"); code != app.ExitFatal || !strings.Contains(errOut, "discord.token") {
		t.Errorf("no token ended run with %d: %s", code, errOut)
	}
}

func TestDryRunPrintsAndKeepsNothing(t *testing.T) {
	s, d := newShell(t)
	delete(s.env, "CRATEDIGGER_DISCORD_TOKEN") // it needs none
	out, errOut, code := s.typed("", "run", "--dry-run")
	if code != 0 || strings.Count(out, "https://www.youtube.com/watch?v=") != 5 {
		t.Fatalf("run --dry-run ended with %d: %s%s", code, out, errOut)
	}
	if connections, _, _ := d.GatewayCounts(); connections != 0 {
		t.Error("a dry run connected to Discord")
	}
	if again, _, _ := s.typed("", "rank", "-n", "0", "--posted"); again != "Nothing was posted yet.\n" {
		t.Errorf("a dry run left posts behind: %s", again)
	}
}

// TestWhatThereIs: without a command the program lists them all, and --help explains
// one.
func TestWhatThereIs(t *testing.T) {
	out, _, code := typed(t, nil)
	for name := range strings.FieldsSeq("demo run scrape rank train evaluate backtest label parse model export backup restore check labels doctor config log version") {
		if !regexp.MustCompile(`\n  `+name+`\b`).MatchString(out) || code != 0 {
			t.Errorf("exit code %d; %s is missing:\n%s", code, name, out)
		}
	}
	if out, _, code := typed(t, nil, "train", "--help"); code != 0 || !strings.Contains(out, "--tune") || !strings.Contains(out, "taste.tune_time") {
		t.Errorf("train --help: exit code %d\n%s", code, out)
	}
	if out, _, code := typed(t, nil, "version"); code != 0 || !strings.HasPrefix(out, "cratedigger ") || !strings.Contains(out, runtime.Version()) {
		t.Errorf("version: exit code %d, %q", code, out)
	}
}

func TestUnknownCommandAndFlag(t *testing.T) {
	s, _ := newShell(t)
	for _, args := range [][]string{{"dance"}, {"rank", "--sideways"}, {"demo", "--days", "x"}} {
		if _, errOut, code := s.typed("", args...); code != 2 || !strings.Contains(errOut, "cratedigger:") {
			t.Errorf("%v ended with %d: %q", args, code, errOut)
		}
	}
	s.env["CRATEDIGGER_DEFAULTS_ZONE"] = "Mars/Olympus"
	s.env["CRATEDIGGER_DEFAULTS_SCHEDULE"] = "TZ=UTC 0 18 * * *"
	_, errOut, code := s.typed("", "rank")
	if code == 0 || !strings.Contains(errOut, "CRATEDIGGER_DEFAULTS_ZONE") || !strings.Contains(errOut, "CRATEDIGGER_DEFAULTS_SCHEDULE") {
		t.Errorf("two wrong settings ended with %d: %s", code, errOut)
	}
}

func TestTokenRefusedWaitsInAContainer(t *testing.T) {
	s, _ := newShell(t)
	s.env["CRATEDIGGER_DISCORD_TOKEN"], s.env["CRATEDIGGER_DISCORD_FATAL_WAIT"], s.env["KUBERNETES_SERVICE_HOST"] = "wrong", "1h", "10.0.0.1"
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errOut buffer
	done := make(chan int, 1)
	go func() { done <- s.begin(ctx, "", &out, &errOut, "run") }()
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(errOut.String(), "waiting before ending"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not say that it waits: %s", errOut.String())
		}
	}
	select {
	case code := <-done:
		t.Errorf("run ended with %d without waiting", code)
	default:
	}
	cancel() // a person who stops it does not wait
	if code := <-done; code != app.ExitFatal {
		t.Errorf("stopped while waiting, run ended with %d", code)
	}
}

// TestRunTellsSystemd runs the whole bot as the unit does: it says that it is
// ready, goes on saying that it is alive, and says when it stops.
func TestRunTellsSystemd(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("systemd is on Linux only")
	}
	s, d := newShell(t)
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", strconv.Itoa(60_000))
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	heard := func() string {
		t.Helper()
		buf := make([]byte, 100)
		if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	stop := s.running(d)
	var pings int
	for ready := false; !ready || pings < 3; {
		switch said := heard(); said {
		case "READY=1":
			ready = true
		case "WATCHDOG=1":
			pings++
		default:
			t.Fatalf("said %q", said)
		}
	}
	go stop()
	for said := heard(); said != "STOPPING=1"; said = heard() {
		if said != "WATCHDOG=1" {
			t.Fatalf("said %q", said)
		}
	}
	if code, log := stop(); code != 0 {
		t.Errorf("run ended with %d\n%s", code, log)
	}
}
