//go:build unix

package socket

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// TestMain: no test may leave a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serving serves execute on a folder's socket until the test ends.
func serving(t *testing.T, execute func(context.Context, Call) int) (dir string, log *bytes.Buffer) {
	t.Helper()
	dir, err := os.MkdirTemp("", "s") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	log = new(bytes.Buffer)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		Serve(ctx, l, execute, slog.New(slog.NewTextHandler(log, nil)))
	}()
	t.Cleanup(func() { stop(); <-ended })
	return dir, log
}

// send sends a call that reads in.
func send(t *testing.T, dir, in string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code, served := Call{Args: args, Out: &o, ErrOut: &e, Files: LocalFiles{strings.NewReader(in), &o}}.Send(t.Context(), dir)
	if !served {
		t.Fatal("nobody listens")
	}
	return code, o.String(), e.String()
}

func TestFilesAreTheCallers(t *testing.T) {
	long := strings.Repeat("a line of a long file\n", 10_000)
	dir, _ := serving(t, func(_ context.Context, c Call) int {
		in, err := c.Files.Open(c.Args[0])
		if errors.Is(err, fs.ErrNotExist) {
			return 44
		}
		if err != nil {
			return 1
		}
		out, err := c.Files.Create(c.Args[1], Private)
		if err != nil {
			return 2
		}
		if _, err := io.Copy(out, in); err != nil {
			return 3
		}
		if len(c.Args) > 2 { // it gives up
			return 9
		}
		if err := errors.Join(in.Close(), out.Close()); err != nil {
			return 4
		}
		c.ErrOut.Write([]byte("copied"))
		return 0
	})
	there := t.TempDir()
	from, to := filepath.Join(there, "from"), filepath.Join(there, "to")
	if err := os.WriteFile(from, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := send(t, dir, "", from, to); code != 0 || errOut != "copied" {
		t.Errorf("a copy: exit %d, %q", code, errOut)
	}
	if data, err := os.ReadFile(to); err != nil || string(data) != long {
		t.Errorf("the copy has %d bytes of %d, %v", len(data), len(long), err)
	}
	if code, out, _ := send(t, dir, long, "-", "-"); code != 0 || out != long {
		t.Errorf("from standard input to output: exit %d, %d bytes", code, len(out))
	}
	if code, _, _ := send(t, dir, "", filepath.Join(there, "none"), to); code != 44 {
		t.Errorf("a file that is not there: exit %d", code)
	}
	if code, _, _ := send(t, dir, "", from, filepath.Join(there, "half"), "give up"); code != 9 {
		t.Errorf("a command that gives up: exit %d", code)
	}
	if files, err := os.ReadDir(there); err != nil || len(files) != 2 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
}

// TestAudienceOfFiles: the caller writes a file for the audience that the command says.
func TestAudienceOfFiles(t *testing.T) {
	kinds := map[string]Audience{"private": Private, "public": Public}
	dir, _ := serving(t, func(_ context.Context, c Call) int {
		f, err := c.Files.Create(c.Args[1], kinds[c.Args[0]])
		if err != nil || f.Close() != nil {
			return 1
		}
		return 0
	})
	for name := range kinds {
		file := filepath.Join(t.TempDir(), name)
		if code, _, _ := send(t, dir, "", name, file); code != 0 {
			t.Fatalf("exit %d", code)
		}
		other, err := os.Create(file + " by another program")
		if err != nil {
			t.Fatal(err)
		}
		other.Close()
		written, _ := os.Stat(file)
		asOthers, _ := os.Stat(other.Name())
		want := asOthers.Mode()
		if name == "private" {
			want = 0o600
		}
		if written.Mode() != want {
			t.Errorf("the %s file has the mode %v, not %v", name, written.Mode(), want)
		}
	}
}

func TestStandardInputIsReadWhenAsked(t *testing.T) {
	dir, _ := serving(t, func(_ context.Context, c Call) int {
		data, err := io.ReadAll(c.In)
		c.Out.Write(bytes.ToUpper(data))
		if err != nil {
			return 1
		}
		return 0
	})
	if code, out, _ := send(t, dir, "typed"); code != 0 || out != "TYPED" {
		t.Errorf("exit %d, %q", code, out)
	}
}

// TestCallerThatHangsUp cancels the command over there.
func TestCallerThatHangsUp(t *testing.T) {
	begun, cancelled := make(chan struct{}), make(chan struct{})
	dir, _ := serving(t, func(ctx context.Context, _ Call) int {
		close(begun)
		<-ctx.Done()
		close(cancelled)
		return 0
	})
	ctx, stop := context.WithCancel(t.Context())
	go func() { <-begun; stop() }()
	var errOut bytes.Buffer
	code, served := Call{ErrOut: &errOut}.Send(ctx, dir)
	<-cancelled
	if !served || code != 130 || !strings.Contains(errOut.String(), "interrupted") {
		t.Errorf("served %v, exit %d, %q", served, code, errOut.String())
	}
}

func TestCommandThatPanics(t *testing.T) {
	dir, log := serving(t, func(context.Context, Call) int { panic("a fault") })
	code, _, errOut := send(t, dir, "", "rank")
	if code != 1 || !strings.Contains(errOut, "its log says why") || !strings.Contains(log.String(), "a fault") {
		t.Errorf("exit %d, %q; the log: %s", code, errOut, log)
	}
}

// TestNobodyListens: neither without a socket nor at one that was left behind, which
// the next bot replaces.
func TestNobodyListens(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(Path(dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, filepath.Join(dir, "none")} {
		if _, served := (Call{}).Send(t.Context(), dir); served {
			t.Error("somebody listens on", dir)
		}
	}
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(Path(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
}

// TestQuestionsOfAnotherVersion are answered with a sentence, and so are handles
// that are not open.
func TestQuestionsOfAnotherVersion(t *testing.T) {
	h := holder{files: LocalFiles{}, open: map[int]io.Closer{}}
	for op, want := range map[string]string{"rename": "one version", "read": "no such file is open", "write": "no such file is open", "close": ""} {
		if r := h.answer(frame{Op: op, Handle: 7}); r.Op != "reply" || !strings.Contains(r.Error, want) || want == "" && r.Error != "" {
			t.Errorf("%s: %+v", op, r)
		}
	}
}

// TestCallerThatNeverReadsOn: a command is not written out for ever.
func TestCallerThatNeverReadsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bot, caller := net.Pipe()
		defer caller.Close()
		go func() {
			var begun frame
			json.NewEncoder(caller).Encode(frame{Op: "run"})
			json.NewDecoder(caller).Decode(&begun)
		}()
		began, told := time.Now(), false
		serveCall(t.Context(), bot, make(chan struct{}, 1), func(_ context.Context, c Call) int {
			told = true
			if _, err := c.Out.Write([]byte("a line")); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("writing to a caller that does not read: %v", err)
			}
			return 0
		}, slog.New(slog.DiscardHandler))
		if took := time.Since(began); !told || took > 3*writeLimit {
			t.Errorf("executed %t, and took %s", told, took)
		}
	})
}

// TestBotThatDoesNotAnswer: a caller hears that, and soon.
func TestBotThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bot, caller := net.Pipe()
		defer bot.Close()
		began := time.Now()
		var errOut bytes.Buffer
		code := Call{ErrOut: &errOut}.over(t.Context(), caller)
		if took := time.Since(began); code != 1 || took != answerLimit || !strings.Contains(errOut.String(), "does not take the command") {
			t.Errorf("exit %d after %s: %s", code, took, errOut.String())
		}
	})
}

// tired is a listener whose first calls cannot be taken.
type tired struct {
	net.Listener
	errors []error
}

func (l *tired) Accept() (net.Conn, error) {
	if len(l.errors) > 0 {
		err := l.errors[0]
		l.errors = l.errors[1:]
		return nil, err
	}
	return l.Listener.Accept()
}

// TestCallsAreTakenAgain after a moment in which none could be.
func TestCallsAreTakenAgain(t *testing.T) {
	dir := t.TempDir()
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	log := new(bytes.Buffer)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		full := &net.OpError{Op: "accept", Net: "unix", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
		Serve(ctx, &tired{l, []error{full, full, full}}, func(context.Context, Call) int { return 7 }, slog.New(slog.NewTextHandler(log, nil)))
	}()
	if code, _, _ := send(t, dir, ""); code != 7 {
		t.Errorf("exit %d", code)
	}
	stop()
	<-ended
	if n := strings.Count(log.String(), "it tries again"); n != 1 {
		t.Errorf("it is said %d times: %s", n, log)
	}
}
