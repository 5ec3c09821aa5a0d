//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/internal/fakediscord"
)

// process is the program as a process of its own, which says what it does to log.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   buffer
	ended chan struct{}
}

// process is a process of the program with the shell's environment.
func (s *shell) process(args ...string) *exec.Cmd {
	s.t.Helper()
	var env []string
	for name, value := range s.env {
		env = append(env, name+"="+value)
	}
	cmd, _ := program(s.t, s.dir, env, args...)
	return cmd
}

// starts starts the program. files is how many file descriptors it may have, 0 for as
// many as the tests.
func (s *shell) starts(files int, args ...string) *process {
	s.t.Helper()
	p := &process{t: s.t, ended: make(chan struct{}), cmd: s.process(args...)}
	if files > 0 {
		limited := append([]string{"/bin/sh", "-c", fmt.Sprintf("ulimit -n %d; exec \"$0\" \"$@\"", files), p.cmd.Path}, args...)
		p.cmd.Path, p.cmd.Args = "/bin/sh", limited
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { p.cmd.Wait(); close(p.ended) }()
	s.t.Cleanup(func() { p.cmd.Process.Kill(); <-p.ended })
	return p
}

// says waits until a line of the log holds a text, and returns the line.
func (p *process) says(text string) string {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		for line := range strings.Lines(p.log.String()) {
			if strings.Contains(line, text) && strings.HasSuffix(line, "\n") {
				return line
			}
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("it does not say %q:\n%s", text, p.log.String())
		}
	}
}

// ends waits for the end and returns the exit code.
func (p *process) ends() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		p.t.Fatalf("it does not end:\n%s", p.log.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// deafCaller has the running bot say more than a socket holds, and reads only that
// it begins. It reports whether it does within a second.
func (s *shell) deafCaller() (begins bool) {
	s.t.Helper()
	var conn net.Conn
	var err error
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if conn, err = net.Dial("unix", socket.Path(s.env["CRATEDIGGER_DATA_DIR"])); err == nil {
			break
		}
		if time.Now().After(deadline) {
			s.t.Fatal(err)
		}
	}
	s.t.Cleanup(func() { conn.Close() })
	unknown := strings.Repeat("x", 2<<20) // which the answer quotes
	if err := json.NewEncoder(conn).Encode(map[string]any{"op": "run", "args": []string{"version", unknown}}); err != nil {
		s.t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(time.Second))
	_, err = conn.Read(make([]byte, 1))
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		s.t.Fatal(err)
	}
	return err == nil
}

// TestCallerThatDoesNotReadHoldsNothing: neither a bot that is stopped nor one whose
// token is refused waits for the caller of a command, whose terminal is paused.
func TestCallerThatDoesNotReadHoldsNothing(t *testing.T) {
	t.Run("SIGTERM", func(t *testing.T) {
		s, d := newShell(t)
		bot := s.starts(0, "run")
		bot.until(d)
		if !s.deafCaller() {
			t.Fatal("no command begins")
		}
		if err := bot.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := bot.ends(); code != 0 {
			t.Errorf("it ended with %d:\n%s", code, bot.log.String())
		}
	})
	t.Run("refused token", func(t *testing.T) {
		s, d := newShell(t)
		bot := s.starts(0, "run")
		bot.until(d)
		if !s.deafCaller() {
			t.Fatal("no command begins")
		}
		d.CloseGateway(4004)
		if code := bot.ends(); code != app.ExitFatal {
			t.Errorf("it ended with %d:\n%s", code, bot.log.String())
		}
	})
}

// TestPausedCallersLeaveTheHealthCheck: as many commands as the bot executes at once,
// none of which reads on, do not make it unhealthy.
func TestPausedCallersLeaveTheHealthCheck(t *testing.T) {
	s, d := newShell(t)
	bot := s.starts(0, "run")
	bot.until(d)
	for range 33 {
		if !s.deafCaller() {
			break // there is no slot left
		}
	}
	if said, ok := s.well(); !ok {
		t.Errorf("doctor --quick says:\n%s\nthe bot:\n%s", said, bot.log.String())
	}
	if out, errOut, code := s.typed("", "check"); code != 1 || !strings.Contains(errOut, "does not take the command") {
		t.Errorf("another command ends with %d: %s%s", code, out, errOut)
	}
}

// idle opens connections to an address and says nothing on them.
func idle(t *testing.T, address string, n int) (open []net.Conn) {
	t.Helper()
	for range n {
		conn, err := net.DialTimeout("tcp", address, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
		t.Cleanup(func() { conn.Close() })
	}
	return open
}

// address is where the dashboard or the profiler listens, as its line of the log says.
func (p *process) address(says string) string {
	p.t.Helper()
	var line struct{ URL string }
	if err := json.Unmarshal([]byte(p.says(says)), &line); err != nil {
		p.t.Fatal(err)
	}
	u, err := url.Parse(line.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	return u.Host
}

// well is what the container's health check asks, in a process of its own.
func (s *shell) well() (string, bool) {
	s.t.Helper()
	check := s.starts(0, "doctor", "--quick")
	return check.log.String(), check.ends() == 0
}

// TestIdleConnectionsTakeNothingAway: 600 of them, more than the process may have
// files, leave a bot that is well and says so.
func TestIdleConnectionsTakeNothingAway(t *testing.T) {
	s, d := newShell(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	metrics := free.Addr().String()
	free.Close()
	s.env["CRATEDIGGER_METRICS_LISTEN"], s.env["CRATEDIGGER_DASHBOARD_PPROF_LISTEN"] = metrics, "127.0.0.1:0"
	bot := s.starts(256, "run")
	bot.until(d)
	idle(t, bot.address("the dashboard is open"), 400)
	idle(t, bot.address("the profiler listens"), 100)
	idle(t, metrics, 100)
	if said, ok := s.well(); !ok {
		t.Errorf("doctor --quick says:\n%s\nthe bot:\n%s", said, bot.log.String())
	}
	if log := bot.log.String(); strings.Contains(log, "too many open files") {
		t.Errorf("the bot had no files left:\n%s", log)
	}
}

// TestWithoutFileDescriptors: after a moment without any the socket for commands takes
// calls again.
func TestWithoutFileDescriptors(t *testing.T) {
	s, d := newShell(t)
	bot := s.starts(48, "run")
	bot.until(d)
	open := idle(t, bot.address("the dashboard is open"), 100)
	bot.says("too many open files")
	for range 20 { // the last descriptors go, and the next call cannot be taken
		knock, err := net.Dial("unix", socket.Path(s.env["CRATEDIGGER_DATA_DIR"]))
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, knock)
	}
	bot.says("takes no calls just now")
	for _, conn := range open {
		conn.Close()
	}
	said := ""
	for range 10 { // as a health check does
		var ok bool
		if said, ok = s.well(); ok {
			return
		}
	}
	t.Errorf("doctor --quick goes on saying:\n%s\nthe bot:\n%s", said, bot.log.String())
}

// until waits until the bot is connected.
func (p *process) until(d *fakediscord.Server) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	if err := d.Until(ctx, func() bool { return d.Connected() > 0 }); err != nil {
		p.t.Fatalf("it does not connect: %v\n%s", err, p.log.String())
	}
}
