package socket

import (
	"context"
	"cratedigger/config"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"
)

// Files opens the files that a command's arguments name: in this process's file
// system, or in the caller's if the command is executed inside the bot. The name "-"
// is standard input or output.
type Files interface {
	Open(name string) (io.ReadCloser, error)
	// A regular file of Create appears under its name, complete, when it is closed.
	Create(name string, who Audience) (io.WriteCloser, error)
}

// Audience says who may read a file that a command writes.
type Audience int

const (
	Private Audience = iota // personal data or secrets; readable by the owner only, whatever the umask
	Public                  // no personal data; readable by whoever the umask allows
)

// mode is the mode of a new file, before the umask.
func (a Audience) mode() fs.FileMode {
	if a == Public {
		return 0o666
	}
	return 0o600
}

// LocalFiles is this process's file system.
type LocalFiles struct {
	In  io.Reader
	Out io.Writer
}

// Open opens a file to read.
func (l LocalFiles) Open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(l.In), nil
	}
	return config.OpenFile(name)
}

// Create begins a file. A file that replaces another never has wider permissions than
// the replaced one.
func (l LocalFiles) Create(name string, who Audience) (io.WriteCloser, error) {
	if name == "-" {
		return nopWriteCloser{l.Out}, nil
	}
	mode := who.mode()
	if info, err := os.Stat(name); err == nil {
		if !info.Mode().IsRegular() {
			// A pipe or a device is written in place. A pipe that nobody reads is
			// refused: opening it would block and could not be interrupted.
			return os.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		}
		mode &= info.Mode().Perm()
	}
	f, err := newPending(name, who, mode)
	if err != nil {
		return nil, err
	}
	return wholeFile{f}, nil
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }

// wholeFile appears under its name only when it is closed.
type wholeFile struct{ pending }

// pending is a file that is being written under a temporary name in the same folder.
type pending interface {
	io.WriteCloser
	CloseAtomicallyReplace() error
	Cleanup() error
}

func (w wholeFile) Close() error { return w.CloseAtomicallyReplace() }

// Call is a command that somebody types in one process and a running bot executes,
// with the caller's files and streams. Both ends use this type.
type Call struct {
	Args     []string
	In       io.Reader
	Out      io.Writer
	ErrOut   io.Writer
	Files    Files
	Terminal bool // ErrOut is a terminal, so progress may be drawn
	Probe    bool // a short question whether the bot is well, which waits for no other call
}

// Send asks the bot that serves the socket of dataDir to execute the call. served is
// false if the socket cannot be reached, and nothing has happened then: no bot runs, it
// was killed, or we may not open it.
func (c Call) Send(ctx context.Context, dataDir string) (code int, served bool) {
	conn, err := net.DialTimeout("unix", Path(dataDir), time.Second)
	if err != nil {
		return 0, false
	}
	return c.over(ctx, conn), true
}

// over executes the call at the other end of a connection.
func (c Call) over(ctx context.Context, conn net.Conn) (code int) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() }) // Ctrl-C closes the connection, which cancels the command in the bot
	defer stop()
	enc, dec := json.NewEncoder(conn), json.NewDecoder(conn)
	conn.SetDeadline(time.Now().Add(answerLimit))
	var first frame
	err := enc.Encode(frame{Op: "run", Args: c.Args, Terminal: c.Terminal, Probe: c.Probe})
	if err == nil {
		err = dec.Decode(&first)
	}
	if err == nil && first.Op != "begin" {
		fmt.Fprintln(c.ErrOut, "cratedigger: the running bot is of another version; restart it")
		return 1
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		fmt.Fprintf(c.ErrOut, "cratedigger: the running bot does not take the command (nothing for %s); its log says why\n", answerLimit)
		return 1
	}
	if err != nil {
		return c.hungUp(ctx)
	}
	conn.SetDeadline(time.Time{})
	held := holder{files: c.Files, open: map[int]io.Closer{}}
	defer held.closeAll()
	for {
		var f frame
		if err := dec.Decode(&f); err != nil {
			return c.hungUp(ctx)
		}
		switch f.Op {
		case "out":
			_, err = c.Out.Write(f.Data)
		case "err":
			_, err = c.ErrOut.Write(f.Data)
		case "exit":
			return f.Code
		default:
			err = enc.Encode(held.answer(f))
		}
		if err != nil {
			return 1
		}
	}
}

// hungUp says on ErrOut why the connection ended early, and returns the exit code.
func (c Call) hungUp(ctx context.Context) (code int) {
	if ctx.Err() != nil {
		fmt.Fprintln(c.ErrOut, "cratedigger: interrupted; the command was cancelled")
		return 130
	}
	fmt.Fprintln(c.ErrOut, "cratedigger: the running bot hung up before the command had ended; its log says why")
	return 1
}

// holder has the files of this process that a command in the bot has opened.
type holder struct {
	files Files
	next  int
	open  map[int]io.Closer // readers and writers by their handles
}

// answer carries out one request of the bot.
func (h *holder) answer(f frame) frame {
	r := frame{Op: "reply"}
	err := h.act(f, &r)
	if err != nil {
		r.Error, r.Missing = err.Error(), errors.Is(err, fs.ErrNotExist)
	}
	return r
}

var errNotOpen = errors.New("no such file is open")

func (h *holder) act(f frame, r *frame) (err error) {
	switch f.Op {
	case "open", "create":
		var file io.Closer
		if f.Op == "open" {
			file, err = h.files.Open(f.Name)
		} else {
			who := Private // also for an older bot that does not say it
			if f.Public {
				who = Public
			}
			file, err = h.files.Create(f.Name, who)
		}
		if err == nil {
			h.next++
			r.Handle = h.next
			h.open[r.Handle] = file
		}
	case "read":
		file, ok := h.open[f.Handle].(io.Reader)
		if !ok {
			return errNotOpen
		}
		buf := make([]byte, maxChunk)
		n, err := file.Read(buf)
		r.Data = buf[:n]
		if r.End = errors.Is(err, io.EOF); !r.End {
			return err
		}
	case "write":
		file, ok := h.open[f.Handle].(io.Writer)
		if !ok {
			return errNotOpen
		}
		_, err = file.Write(f.Data)
	case "close":
		if file, ok := h.open[f.Handle]; ok {
			delete(h.open, f.Handle)
			return file.Close()
		}
	default:
		return fmt.Errorf("the running bot asked for %q, which this version does not know: are both of one version?", f.Op)
	}
	return err
}

// closeAll closes what the command left open; a half-written file does not appear.
func (h *holder) closeAll() {
	for _, f := range h.open {
		if w, ok := f.(wholeFile); ok {
			w.Cleanup()
		} else {
			f.Close()
		}
	}
}
