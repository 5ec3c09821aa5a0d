// Package socket lets one-off commands be executed inside a running bot, which owns
// the catalogue's file. The bot listens on a Unix socket in its data folder; the
// command's arguments go there, its output comes back, and the calling process opens
// its files, with the caller's rights. Closing the connection cancels the command.
package socket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

// socketName is the Unix socket in the data folder on which a running bot accepts
// one-off commands.
const socketName = "cratedigger.sock"

// maxChunk bounds the bytes of one frame's data.
const maxChunk = 64 << 10

// Limits of a call: the bot must be able to stop, and a caller must not wait for
// ever without an answer.
const (
	mostCalls   = 32               // calls executed at a time; others wait, but for probes
	mostCallers = 2 * mostCalls    // connections, so that there is room for those that wait, and for probes
	firstLimit  = 10 * time.Second // until a caller says what it wants
	answerLimit = 8 * time.Second  // until the bot says that it begins; a container's health check has 10 s
	writeLimit  = 10 * time.Minute // until a caller reads more: a person may be reading the output in a pager
	endLimit    = 2 * time.Second  // for a call to say that it is over when the bot ends
	waitLimit   = 10 * time.Second // for the bot to wait for commands that do not end
	acceptPause = time.Second      // at most, between tries to take a call
)

// frame is one message on the socket, a JSON object a line. The caller sends
// "run" first, and the bot answers "begin" at once; then the bot sends output and
// asks for files, and the caller answers each "open", "create", "read", "write" and
// "close" with one "reply". Files are the caller's: a path is relative to the folder
// where the command was typed.
type frame struct {
	Op       string   `json:"op"`
	Args     []string `json:"args,omitempty"`     // run
	Terminal bool     `json:"terminal,omitempty"` // run: progress may be drawn
	Probe    bool     `json:"probe,omitempty"`    // run: it asks only whether the bot is well
	Name     string   `json:"name,omitempty"`     // open, create
	Public   bool     `json:"public,omitempty"`   // create: whoever the umask allows may read the file
	Handle   int      `json:"handle,omitempty"`   // read, write, close; reply to open and create
	Data     []byte   `json:"data,omitempty"`     // out, err, write; reply to read
	End      bool     `json:"end,omitempty"`      // reply to read: nothing follows
	Error    string   `json:"error,omitempty"`    // reply: a sentence
	Missing  bool     `json:"missing,omitempty"`  // reply: the file does not exist
	Code     int      `json:"code,omitempty"`     // exit
}

// Path is where the socket of a data folder is.
func Path(dataDir string) string { return filepath.Join(dataDir, socketName) }

// Listen opens the socket of a data folder, replacing one that a killed
// process left behind. The caller holds the catalogue's lock, so nobody else
// serves it.
func Listen(dataDir string) (net.Listener, error) {
	path := Path(dataDir)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the old socket %s could not be removed: %w", path, err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("the socket for commands could not be opened (is the path %s longer than about 100 bytes?): %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("the socket %s could not be made private: %w", path, err)
	}
	return l, nil
}

// Serve executes the commands that come in until ctx ends. execute executes one and
// returns its exit code. When ctx ends, Serve cancels the commands and waits for them
// a short time.
func Serve(ctx context.Context, l net.Listener, execute func(context.Context, Call) int, log *slog.Logger) {
	var calls sync.WaitGroup
	defer func() {
		ended := make(chan struct{})
		go func() { calls.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(waitLimit):
			log.Warn("a command did not end in time, and is not waited for")
		}
	}()
	l = netutil.LimitListener(l, mostCallers)
	slots := make(chan struct{}, mostCalls)
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for pause := time.Duration(0); ; {
		conn, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			calls.Go(func() { serveCall(ctx, conn, slots, execute, log) })
			continue
		case ctx.Err() != nil:
			return
		case errors.Is(err, net.ErrClosed):
			log.Error("the socket for commands was closed; restart to use commands beside the running bot", "error", err)
			return
		}
		// The process may be out of file descriptors, which passes.
		if pause == 0 {
			log.Warn("the socket for commands takes no calls just now; it tries again", "error", err)
		}
		pause = min(max(2*pause, 5*time.Millisecond), acceptPause)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// serveCall executes one command for a caller, when there is a slot for it.
func serveCall(ctx context.Context, conn net.Conn, slots chan struct{}, execute func(context.Context, Call) int, log *slog.Logger) {
	defer conn.Close()
	// When the bot ends, a call has endLimit to say so; then no caller delays it.
	end := context.AfterFunc(ctx, func() { time.AfterFunc(endLimit, func() { conn.Close() }) })
	defer end()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dec := json.NewDecoder(conn)
	conn.SetReadDeadline(time.Now().Add(firstLimit))
	var first frame
	if err := dec.Decode(&first); err != nil || first.Op != "run" {
		return
	}
	conn.SetReadDeadline(time.Time{})
	if !first.Probe {
		timer := time.NewTimer(answerLimit + time.Second)
		defer timer.Stop()
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		case <-timer.C: // the caller has given up
			return
		case <-ctx.Done():
			return
		}
	}

	c := &caller{conn: conn, enc: json.NewEncoder(conn), replies: make(chan frame), gone: ctx.Done()}
	if c.send(frame{Op: "begin"}) != nil {
		return
	}
	go func() { // the only reader; when the caller closes the connection, the command is cancelled
		defer cancel()
		for {
			var f frame
			if dec.Decode(&f) != nil || f.Op != "reply" {
				return
			}
			select {
			case c.replies <- f:
			case <-ctx.Done():
				return
			}
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			log.Error("a command failed", "command", first.Args, "panic", p)
			c.send(frame{Op: "err", Data: []byte("cratedigger: the command failed inside the running bot; its log says why\n")})
			c.send(frame{Op: "exit", Code: 1})
		}
	}()
	log.Debug("executing a command", "command", first.Args)
	c.send(frame{Op: "exit", Code: execute(ctx, Call{
		Args: first.Args, In: &lazyFile{files: c, name: "-"}, Out: streamTo{c, "out"}, ErrOut: streamTo{c, "err"},
		Files: c, Terminal: first.Terminal,
	})})
}

// caller is the calling process: its files and its streams.
type caller struct {
	mu      sync.Mutex // one frame, or one question and its answer, at a time
	conn    net.Conn
	enc     *json.Encoder
	replies chan frame
	gone    <-chan struct{}
}

func (c *caller) send(f frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.write(f)
}

// write sends a frame, unless the caller stops reading. c.mu is held.
func (c *caller) write(f frame) error {
	c.conn.SetWriteDeadline(time.Now().Add(writeLimit))
	return c.enc.Encode(f)
}

// ask sends a question and waits for its answer.
func (c *caller) ask(f frame) (frame, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.write(f); err != nil {
		return frame{}, err
	}
	select {
	case r := <-c.replies:
		if r.Missing {
			return r, missingError(r.Error)
		}
		if r.Error != "" {
			return r, errors.New(r.Error)
		}
		return r, nil
	case <-c.gone:
		return frame{}, errors.New("the caller is gone")
	}
}

func (c *caller) Open(name string) (io.ReadCloser, error) {
	return c.file(frame{Op: "open", Name: name})
}

func (c *caller) Create(name string, who Audience) (io.WriteCloser, error) {
	return c.file(frame{Op: "create", Name: name, Public: who == Public})
}

func (c *caller) file(question frame) (*farFile, error) {
	r, err := c.ask(question)
	if err != nil {
		return nil, err
	}
	return &farFile{caller: c, handle: r.Handle}, nil
}

// farFile is a file that the caller has opened.
type farFile struct {
	caller *caller
	handle int
	rest   []byte
	end    bool
}

func (f *farFile) Read(p []byte) (int, error) {
	for len(f.rest) == 0 {
		if f.end {
			return 0, io.EOF
		}
		r, err := f.caller.ask(frame{Op: "read", Handle: f.handle})
		if err != nil {
			return 0, err
		}
		f.rest, f.end = r.Data, r.End
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

func (f *farFile) Write(p []byte) (int, error) {
	for at := 0; at < len(p); at += maxChunk {
		chunk := p[at:min(at+maxChunk, len(p))]
		if _, err := f.caller.ask(frame{Op: "write", Handle: f.handle, Data: chunk}); err != nil {
			return at, err
		}
	}
	return len(p), nil
}

func (f *farFile) Close() error {
	_, err := f.caller.ask(frame{Op: "close", Handle: f.handle})
	return err
}

// streamTo is a writer that sends frames of one kind.
type streamTo struct {
	caller *caller
	op     string
}

func (s streamTo) Write(p []byte) (int, error) {
	for at := 0; at < len(p); at += maxChunk {
		if err := s.caller.send(frame{Op: s.op, Data: p[at:min(at+maxChunk, len(p))]}); err != nil {
			return at, err
		}
	}
	return len(p), nil
}

// missingError is the caller's error that a file does not exist.
type missingError string

func (e missingError) Error() string { return string(e) }

// Is reports that it is fs.ErrNotExist.
func (missingError) Is(target error) bool { return target == fs.ErrNotExist }

// lazyFile opens its file at the first read, so that a command that reads no input
// leaves the caller's standard input alone.
type lazyFile struct {
	files Files
	name  string
	file  io.ReadCloser
}

func (l *lazyFile) Read(p []byte) (int, error) {
	if l.file == nil {
		f, err := l.files.Open(l.name)
		if err != nil {
			return 0, err
		}
		l.file = f
	}
	return l.file.Read(p)
}
