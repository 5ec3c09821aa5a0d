package main

import (
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

// files is where a command's file arguments lead: this process's file system,
// or the caller's when the command runs inside the bot. The name "-" is
// standard input or output.
type files interface {
	open(name string) (io.ReadCloser, error)
	// create's file appears whole when it is closed.
	create(name string) (io.WriteCloser, error)
}

// localFiles is this process's file system.
type localFiles struct {
	in  io.Reader
	out io.Writer
}

func (l localFiles) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(l.in), nil
	}
	return config.OpenFile(name)
}

func (l localFiles) create(name string) (io.WriteCloser, error) {
	if name == "-" {
		return nopWriteCloser{l.out}, nil
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		// A pipe or a device is written in place. A pipe that nobody reads is
		// refused: opening it would wait, deaf to every signal.
		return os.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	}
	f, err := newPending(name)
	if err != nil {
		return nil, err
	}
	return wholeFile{f}, nil
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }

// wholeFile takes its place only when it is closed.
type wholeFile struct{ pending }

// pending is a file that is being written beside the name that it will have.
type pending interface {
	io.WriteCloser
	CloseAtomicallyReplace() error
	Cleanup() error
}

func (w wholeFile) Close() error { return w.CloseAtomicallyReplace() }

// call executes args inside the bot that serves the socket of dataDir.
// served is false, and nothing has happened, when no bot listens there.
func (inv *invocation) call(dataDir string, args []string) (code int, served bool) {
	conn, err := net.DialTimeout("unix", socketPath(dataDir), time.Second)
	if err != nil {
		return 0, false // none runs, or one was killed and left its socket
	}
	defer conn.Close()
	enc, dec := json.NewEncoder(conn), json.NewDecoder(conn)
	if err := enc.Encode(frame{Op: "run", Args: args, Terminal: inv.terminal}); err != nil {
		return 0, false
	}
	go func() { // Ctrl-C hangs up, which cancels the command over there
		<-inv.ctx.Done()
		conn.Close()
	}()
	held := holder{files: localFiles{inv.in, inv.out}}
	defer held.closeAll()
	for {
		var f frame
		if err := dec.Decode(&f); err != nil {
			if inv.ctx.Err() != nil {
				fmt.Fprintln(inv.errOut, "cratedigger: interrupted; the command was cancelled")
				return 130, true
			}
			fmt.Fprintln(inv.errOut, "cratedigger: the running bot hung up before the command had ended; its log says why")
			return 1, true
		}
		switch f.Op {
		case "out":
			_, err = inv.out.Write(f.Data)
		case "err":
			_, err = inv.errOut.Write(f.Data)
		case "exit":
			return f.Code, true
		default:
			err = enc.Encode(held.answer(f))
		}
		if err != nil {
			return 1, true
		}
	}
}

// holder holds the files that a command in the bot has opened here.
type holder struct {
	files files
	next  int
	read  map[int]io.ReadCloser
	write map[int]io.WriteCloser
}

// answer does what one question asks.
func (h *holder) answer(f frame) frame {
	r := frame{Op: "reply"}
	var err error
	switch f.Op {
	case "open":
		var file io.ReadCloser
		if file, err = h.files.open(f.Name); err == nil {
			h.next++
			r.Handle = h.next
			if h.read == nil {
				h.read = map[int]io.ReadCloser{}
			}
			h.read[r.Handle] = file
		}
	case "create":
		var file io.WriteCloser
		if file, err = h.files.create(f.Name); err == nil {
			h.next++
			r.Handle = h.next
			if h.write == nil {
				h.write = map[int]io.WriteCloser{}
			}
			h.write[r.Handle] = file
		}
	case "read":
		file := h.read[f.Handle]
		if file == nil {
			err = errors.New("no such file is open")
			break
		}
		buf := make([]byte, maxChunk)
		var n int
		n, err = file.Read(buf)
		r.Data = buf[:n]
		if errors.Is(err, io.EOF) {
			r.End, err = true, nil
		}
	case "write":
		file := h.write[f.Handle]
		if file == nil {
			err = errors.New("no such file is open")
			break
		}
		_, err = file.Write(f.Data)
	case "close":
		if file := h.read[f.Handle]; file != nil {
			err = file.Close()
			delete(h.read, f.Handle)
		} else if file := h.write[f.Handle]; file != nil {
			err = file.Close()
			delete(h.write, f.Handle)
		}
	default:
		err = fmt.Errorf("the running bot asked for %q, which this version does not know: are both of one version?", f.Op)
	}
	if err != nil {
		r.Error, r.Missing = err.Error(), errors.Is(err, fs.ErrNotExist)
	}
	return r
}

// closeAll drops what the command left open; a half-written file never
// appears.
func (h *holder) closeAll() {
	for _, f := range h.read {
		f.Close()
	}
	for _, f := range h.write {
		if w, ok := f.(wholeFile); ok {
			w.Cleanup()
		}
	}
}
