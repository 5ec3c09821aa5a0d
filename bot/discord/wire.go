package discord

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
)

// Reasons for which a wire ends a connection by itself.
var (
	errReconnect = errors.New("the gateway asked to reconnect")
	errZombie    = errors.New("the gateway no longer acknowledges heartbeats")
	errTooBig    = errors.New("the gateway sent a message of more than 16 MB")
	errGarbled   = errors.New("the gateway sent a message that is none of Discord's")
)

// invalidSessionError is the gateway's op 9.
type invalidSessionError struct{ resumable bool }

// Error is a sentence.
func (e *invalidSessionError) Error() string { return "the gateway says that the session is invalid" }

// closedError is a close frame of the gateway.
type closedError struct{ code int }

// Error is a sentence.
func (e *closedError) Error() string {
	return fmt.Sprintf("the gateway closed the connection (%d)", e.code)
}

const (
	helloTime  = 20 * time.Second // for the handshake and HELLO
	maxMessage = 16 << 20
	maxBeat    = time.Hour // the longest heartbeat that makes sense
)

// wire is the gateway's TCP or TLS connection. It looks at each websocket
// frame before discordgo does, because discordgo
//
//   - locks up for ever when asked to reconnect while it opens,
//   - waits for ever for a gateway that says nothing,
//   - answers an invalid session at once and never resumes it,
//   - notices a dead connection after five heartbeats, and then closes with
//     code 1000, which ends the session that it wants to resume,
//   - keeps the close code to itself,
//   - panics, in a goroutine where nobody can catch it, on a message that is
//     null, on a null among a guild's channels, on a heartbeat of no length.
//
// A wire that has found a reason to end fails every later read and write, so
// that no close frame of discordgo's leaves and the session can be resumed.
// Only frames that are complete are handed on, and of those only the ones that
// discordgo survives.
type wire struct {
	net.Conn
	done    func(error) // told the reason, once
	skipped func(error) // told why a message was left out

	open    []byte // bytes of an incomplete handshake or frame
	ready   []byte // bytes for discordgo
	shook   bool   // the HTTP handshake is over
	refused bool   // and was refused: what follows is a page, not frames
	partial []byte // payload of a fragmented message so far
	found   error  // reason to end once ready is read

	mu        sync.Mutex
	reason    error
	heartbeat time.Duration // from HELLO; 0 before it
	acked     time.Time     // the newest heartbeat acknowledgement
}

// newWire watches conn. done is called once with the reason for its end,
// skipped for each message that is left out.
func newWire(conn net.Conn, done, skipped func(error)) *wire {
	return &wire{Conn: conn, done: done, skipped: skipped}
}

// fail ends the wire for a reason; the first one counts.
func (w *wire) fail(reason error) error {
	w.mu.Lock()
	first := w.reason == nil
	if first {
		w.reason = reason
	}
	reason = w.reason
	w.mu.Unlock()
	if first {
		w.Conn.Close()
		w.done(reason)
	}
	return reason
}

// Close ends the wire without a reason of its own.
func (w *wire) Close() error {
	w.fail(net.ErrClosed)
	return nil
}

// Write fails once the wire has ended.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	reason := w.reason
	w.mu.Unlock()
	if reason != nil {
		return 0, reason
	}
	w.Conn.SetWriteDeadline(time.Now().Add(helloTime))
	n, err := w.Conn.Write(p)
	if err != nil {
		err = w.fail(err)
	}
	return n, err
}

// Read hands on what is complete.
func (w *wire) Read(p []byte) (int, error) {
	for len(w.ready) == 0 {
		if w.found != nil {
			return 0, w.fail(w.found)
		}
		w.Conn.SetReadDeadline(time.Now().Add(w.patience()))
		chunk := make([]byte, 16<<10)
		n, err := w.Conn.Read(chunk)
		w.open = append(w.open, chunk[:n]...)
		w.found = w.advance()
		if w.found == nil && err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				err = errZombie
			}
			w.found = err
		}
	}
	n := copy(p, w.ready)
	w.ready = w.ready[n:]
	return n, nil
}

// patience is how long the gateway may stay silent now: it acknowledges every
// heartbeat.
func (w *wire) patience() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.heartbeat == 0 {
		return helloTime
	}
	return silence(w.heartbeat)
}

// silence is how long without a word is too long: two heartbeats and a half,
// or, where they are very quick, up to five seconds; always less than
// discordgo's five heartbeats.
func silence(heartbeat time.Duration) time.Duration {
	return max(heartbeat*5/2, min(heartbeat*9/2, 5*time.Second))
}

// advance moves complete frames from open to ready and looks at them.
func (w *wire) advance() error {
	if !w.shook {
		end := bytes.Index(w.open, []byte("\r\n\r\n"))
		if end < 0 {
			if len(w.open) > 64<<10 {
				return errTooBig
			}
			return nil
		}
		w.shook = true
		status, _, _ := bytes.Cut(w.open, []byte("\r\n"))
		w.refused = !bytes.Contains(status, []byte(" 101"))
		w.take(end + 4)
	}
	if w.refused {
		w.take(len(w.open))
		return nil
	}
	for {
		size, head, ok := frameSize(w.open)
		if !ok {
			return nil
		}
		if size > maxMessage {
			return errTooBig
		}
		if len(w.open) < size {
			return nil
		}
		switch reason := w.look(w.open[0], w.open[head:size]); {
		case reason == nil:
			w.take(size)
		case errors.Is(reason, errGarbled) && w.open[0]&0x80 != 0 && w.open[0]&0x0f != 0 && w.greeted():
			w.skipped(reason) // a whole message: the connection goes on without it
			w.open = append(w.open[:0], w.open[size:]...)
		default:
			return reason
		}
	}
}

// greeted reports whether HELLO was there.
func (w *wire) greeted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heartbeat > 0
}

// take hands on n bytes.
func (w *wire) take(n int) {
	w.ready = append(w.ready, w.open[:n]...)
	w.open = append(w.open[:0], w.open[n:]...)
}

// frameSize reads the head of a server's frame (RFC 6455, section 5.2): its
// whole size and the size of its head. ok is false while bytes are missing.
func frameSize(b []byte) (size, head int, ok bool) {
	if len(b) < 2 {
		return 0, 0, false
	}
	n, head := uint64(b[1]&0x7f), 2
	switch n {
	case 126:
		head = 4
		if len(b) < head {
			return 0, 0, false
		}
		n = uint64(binary.BigEndian.Uint16(b[2:]))
	case 127:
		head = 10
		if len(b) < head {
			return 0, 0, false
		}
		n = binary.BigEndian.Uint64(b[2:])
	}
	if b[1]&0x80 != 0 {
		head += 4 // masked, which a server must not do; its payload stays unread
	}
	if n > maxMessage {
		return maxMessage + 1, head, true
	}
	return head + int(n), head, true
}

// look reads one frame's payload and returns a reason to end, if it is one.
func (w *wire) look(first byte, payload []byte) error {
	const final = 0x80
	switch opcode := first & 0x0f; {
	case opcode == 8: // close
		code := 1005
		if len(payload) >= 2 {
			code = int(binary.BigEndian.Uint16(payload))
		}
		return &closedError{code}
	case opcode > 2: // ping, pong
		return nil
	case first&final == 0 || opcode == 0: // a fragmented message
		if len(w.partial)+len(payload) > maxMessage {
			return errTooBig
		}
		w.partial = append(w.partial, payload...)
		if first&final == 0 {
			return nil
		}
		payload, w.partial = w.partial, nil
	}
	if first&0x0f == 2 {
		return fmt.Errorf("%w: it is binary", errGarbled) // and perhaps packed, which we never ask for
	}
	var p struct {
		Op   int             `json:"op"`
		Type string          `json:"t"`
		Data json.RawMessage `json:"d"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return fmt.Errorf("%w: %w", errGarbled, err)
	}
	if bytes.TrimLeft(payload, " \t\r\n")[0] != '{' {
		return fmt.Errorf("%w: it is no object", errGarbled)
	}
	if p.Op == 0 && !survivable(p.Type, p.Data) {
		return fmt.Errorf("%w: null stands for a guild, or for something in one (%.30q)", errGarbled, p.Type)
	}
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch p.Op {
	case 7:
		return errReconnect
	case 9:
		var resumable bool
		_ = json.Unmarshal(p.Data, &resumable)
		return &invalidSessionError{resumable}
	case 10:
		var hello struct {
			Milliseconds int64 `json:"heartbeat_interval"`
		}
		err := json.Unmarshal(p.Data, &hello)
		if err != nil || hello.Milliseconds <= 0 || hello.Milliseconds > maxBeat.Milliseconds() {
			return fmt.Errorf("%w: a heartbeat of %d ms", errGarbled, hello.Milliseconds)
		}
		w.heartbeat = time.Duration(hello.Milliseconds) * time.Millisecond
		w.acked = now
	case 11:
		w.acked = now
	default:
		if w.heartbeat > 0 && now.Sub(w.acked) > silence(w.heartbeat)+w.heartbeat/4 {
			return errZombie
		}
	}
	return nil
}

// survivable reports whether discordgo lives through an event: it looks into
// guilds, and into what is in them, without asking whether they are there.
func survivable(event string, data []byte) bool {
	var guilds []*discordgo.Guild
	switch event { // what cannot be decoded is decoded in part, here as there
	case "READY":
		var e discordgo.Ready
		_ = json.Unmarshal(data, &e)
		guilds = e.Guilds
	case "GUILD_CREATE", "GUILD_UPDATE":
		var e discordgo.GuildCreate
		_ = json.Unmarshal(data, &e)
		guilds = append(guilds, e.Guild)
	}
	for _, g := range guilds {
		if g == nil || slices.Contains(g.Channels, nil) || slices.Contains(g.Members, nil) || slices.Contains(g.VoiceStates, nil) {
			return false
		}
	}
	return true
}
