package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// Reasons for which a connection ends from this side.
var (
	errReconnect = errors.New("the gateway asked to reconnect")
	errZombie    = errors.New("the gateway no longer acknowledges heartbeats")
	errSlow      = errors.New("opening the gateway connection took too long")
	errTooBig    = errors.New("the gateway sent a message of more than 16 MB")
	errGarbled   = errors.New("the gateway sent a message that cannot be understood")
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

// resumable reports whether the session lives on.
func (e *closedError) resumable() bool {
	switch e.code {
	case websocket.CloseNormalClosure, websocket.CloseGoingAway, 4007, 4009:
		return false
	}
	return true
}

const (
	helloTime = 20 * time.Second // for the handshake, for HELLO, and for a write
	openLimit = 45 * time.Second // from the end of the handshake to READY
	leaveTime = time.Second      // for a goodbye
	maxBeat   = time.Hour        // the longest heartbeat that makes sense
	maxHead   = 64 << 10         // bytes of a handshake, certificates included
)

// Opcodes of the gateway.
const (
	opDispatch  = 0
	opHeartbeat = 1
	opIdentify  = 2
	opResume    = 6
	opReconnect = 7
	opInvalid   = 9
	opHello     = 10
	opAck       = 11
)

// packet is one message of the gateway.
type packet struct {
	Op   int             // op
	Type string          // t
	Seq  int64           // s
	Data json.RawMessage // d
}

// session outlives a connection: with it the next connection goes on where the last
// one ended.
type session struct {
	id     string       // "" before READY
	seq    atomic.Int64 // of the newest event that was handled
	resume *url.URL     // the address to resume it at; nil for the one it began at
	tried  bool         // resuming at that address was tried and has not worked yet
}

// connection is one websocket connection to the gateway.
type connection struct {
	g          *Gateway
	ws         *websocket.Conn
	session    *session
	identified bool      // IDENTIFY was sent
	ready      bool      // READY or RESUMED came
	began      time.Time // when it came
	told       bool      // the log has named a message that was left out

	write sync.Mutex   // the websocket has one writer
	acked atomic.Int64 // nanosecond of the newest acknowledgement
	mu    sync.Mutex
	cause error // why it ends from this side
}

// run dials, serves until the connection ends, and returns why it ended.
func (c *connection) run(ctx context.Context) error {
	address, err := c.g.address(ctx)
	if err != nil {
		return err
	}
	if err := c.dial(ctx, address); err != nil {
		return err
	}
	return c.serve(ctx)
}

// dial opens the websocket at an address.
func (c *connection) dial(ctx context.Context, address *url.URL) error {
	var head *limitedConn
	dialer := websocket.Dialer{Proxy: c.g.proxy, HandshakeTimeout: helloTime, NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		head = &limitedConn{Conn: conn, left: maxHead}
		return head, err
	}}
	ws, answer, err := dialer.DialContext(ctx, address.String(), nil)
	if errors.Is(err, websocket.ErrBadHandshake) && answer != nil {
		return fmt.Errorf("the gateway %s, which %s named, answered %s", address.Host, c.g.client.origin, Plain(answer.Status, 100))
	}
	if err != nil {
		return fmt.Errorf("the gateway %s, which %s named, cannot be reached: %w", address.Host, c.g.client.origin, brief(err))
	}
	head.left = math.MaxInt // the websocket's messages have their own limit
	ws.SetReadLimit(maxMessage)
	ws.SetCloseHandler(func(int, string) error { return nil }) // an echo of 1000 would end the session
	c.ws = ws
	return nil
}

// limitedConn is a connection that gives a limited number of bytes.
type limitedConn struct {
	net.Conn
	left int // bytes that may still be read
}

// Read fails when nothing is left.
func (c *limitedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, fmt.Errorf("%w: a handshake of more than %d kB", errGarbled, maxHead>>10)
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	if c.left < math.MaxInt {
		c.left -= n
	}
	return n, err
}

// serve reads until the connection ends, and returns why. When ctx ends it
// says goodbye, and Discord shows the bot as offline at once.
func (c *connection) serve(ctx context.Context) error {
	var beats sync.WaitGroup
	defer beats.Wait()
	defer c.ws.Close()
	done := make(chan struct{})
	defer close(done)
	defer context.AfterFunc(ctx, func() {
		c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(leaveTime))
		c.end(ctx.Err(), leaveTime)
	})()
	readyBy := time.Now().Add(openLimit)
	hello, err := c.read(time.Now().Add(helloTime))
	if err != nil {
		return err
	}
	interval, err := heartbeat(hello)
	if err != nil {
		return err
	}
	c.acked.Store(time.Now().UnixNano())
	if err := c.greet(); err != nil {
		return err
	}
	beats.Go(func() { c.keepBeating(interval, done) })
	for {
		deadline := readyBy
		if c.ready {
			deadline = time.Now().Add(silence(interval))
		}
		p, err := c.read(deadline)
		if err == nil {
			err = c.take(p)
		}
		switch {
		case err == nil:
		case errors.Is(err, errGarbled):
			c.leaveOut(err)
		default:
			return err
		}
	}
}

// read returns the next message, or the reason why there is none.
func (c *connection) read(deadline time.Time) (packet, error) {
	c.mu.Lock()
	if c.cause == nil { // once we are closing, keep the shorter deadline that end() set
		c.ws.SetReadDeadline(deadline)
	}
	c.mu.Unlock()
	kind, r, err := c.ws.NextReader() // which skips what was not read of the one before
	switch {
	case err != nil:
		return packet{}, c.why(err)
	case kind != websocket.TextMessage: // and perhaps packed, which we never ask for
		return packet{}, fmt.Errorf("%w: it is binary", errGarbled)
	}
	m := &message{Reader: r, left: maxMessage}
	p, err := m.packet()
	switch {
	case errors.Is(m.err, errGarbled):
		return p, m.err
	case m.err != nil:
		return p, c.why(m.err)
	case err != nil:
		return p, fmt.Errorf("%w: %w", errGarbled, brief(err))
	}
	return p, nil
}

// message is a message of the gateway as it arrives.
type message struct {
	io.Reader
	left int   // bytes that may still be read
	err  error // of the connection, or errGarbled if there are more
}

// Read returns no more bytes than are left.
func (m *message) Read(p []byte) (n int, err error) {
	if m.left <= 0 {
		m.err = fmt.Errorf("%w: it is too large", errGarbled)
		return 0, m.err
	}
	n, err = m.Reader.Read(p[:min(len(p), m.left)])
	m.left -= n
	if err != nil && err != io.EOF {
		m.err = err
	}
	return n, err
}

// packet decodes a message. Discord writes an event's kind before its content: then the
// content is not read if the bot does not look at the kind, and not beyond its limit.
func (m *message) packet() (p packet, err error) {
	p.Op = -1
	decoder := json.NewDecoder(m)
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return p, cmp.Or(err, errors.New("it is no object"))
	}
	for decoder.More() {
		field, err := decoder.Token()
		if err != nil {
			return p, err
		}
		into := map[any]any{"op": &p.Op, "t": &p.Type, "s": &p.Seq, "d": &p.Data}[field]
		if h, looked := handled[p.Type]; looked && field == "d" {
			m.left = min(m.left, h.most)
		} else if field == "d" && p.Op == opDispatch && p.Type != "" && p.Seq > 0 {
			return p, nil
		}
		if into == nil {
			into = new(json.RawMessage)
		}
		if err := decoder.Decode(into); err != nil {
			return p, err
		}
	}
	_, err = decoder.Token()
	return p, err
}

// why is the reason behind a failed read.
func (c *connection) why(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var timeout net.Error
	closed, isClosed := errors.AsType[*websocket.CloseError](err)
	switch {
	case c.cause != nil:
		return c.cause
	case errors.Is(err, websocket.ErrReadLimit):
		return errTooBig
	case isClosed && closed.Code != websocket.CloseAbnormalClosure:
		return &closedError{closed.Code}
	case errors.As(err, &timeout) && timeout.Timeout() && !c.ready:
		return errSlow
	case errors.As(err, &timeout) && timeout.Timeout():
		return errZombie
	}
	return fmt.Errorf("the connection to the gateway broke off: %w", brief(err))
}

// end makes the reader return with a cause after a while; the first counts.
func (c *connection) end(cause error, after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		c.cause = cause
		c.ws.SetReadDeadline(time.Now().Add(after))
	}
}

// leaveOut tells of a message that is not looked at, loudly once.
func (c *connection) leaveOut(err error) {
	log := c.g.log.Debug
	if !c.told {
		c.told = true
		log = c.g.log.Warn
	}
	log("a message of the gateway was left out", "error", err)
}

// heartbeat is the interval that HELLO asks for.
func heartbeat(p packet) (time.Duration, error) {
	if p.Op != opHello {
		return 0, fmt.Errorf("%w: op %d comes before HELLO", errGarbled, p.Op)
	}
	var hello struct {
		Milliseconds int64 `json:"heartbeat_interval"`
	}
	err := json.Unmarshal(p.Data, &hello)
	if err != nil || hello.Milliseconds <= 0 || hello.Milliseconds > maxBeat.Milliseconds() {
		return 0, fmt.Errorf("%w: a heartbeat of %d ms", errGarbled, hello.Milliseconds)
	}
	return time.Duration(hello.Milliseconds) * time.Millisecond, nil
}

// silence is how long without an acknowledgement is too long: 2½ intervals; for
// intervals under two seconds 5 s, but at most 4½ intervals.
func silence(interval time.Duration) time.Duration {
	return max(interval*5/2, min(interval*9/2, 5*time.Second))
}

// greet resumes the session, or begins one.
func (c *connection) greet() error {
	if c.session.id != "" {
		return c.send(opResume, map[string]any{"token": c.g.client.token, "session_id": c.session.id, "seq": c.session.seq.Load()})
	}
	if !c.g.logins.AllowN(c.g.now(), 1) {
		return errLogins
	}
	c.identified, c.g.login = true, c.g.now()
	return c.send(opIdentify, map[string]any{
		"token": c.g.client.token, "intents": intents,
		"properties": map[string]string{"os": runtime.GOOS, "browser": "cratedigger", "device": "cratedigger"},
	})
}

// take does what one message after HELLO asks for.
func (c *connection) take(p packet) error {
	switch p.Op {
	case opDispatch:
		return c.dispatch(p)
	case opHeartbeat:
		return c.sendHeartbeat()
	case opReconnect:
		return errReconnect
	case opInvalid:
		var resumable bool
		_ = json.Unmarshal(p.Data, &resumable)
		return &invalidSessionError{resumable}
	case opAck:
		c.acked.Store(time.Now().UnixNano())
	}
	return nil // acknowledged, or an opcode newer than we are
}

// dispatch hands an event on.
func (c *connection) dispatch(p packet) error {
	event, err := decode(p.Type, p.Data)
	if err != nil {
		return err
	}
	switch e := event.(type) {
	case *Ready:
		if c.session.id != "" || e.Session == "" || !IsID(e.User.ID) {
			return fmt.Errorf("%w: READY begins no session", errGarbled)
		}
		c.session.id, c.session.resume = e.Session, c.g.resumeAddress(e.Resume)
		c.begin()
	case *Resumed:
		if c.session.id == "" || c.ready {
			return fmt.Errorf("%w: nothing was to be resumed", errGarbled)
		}
		c.begin()
	}
	if c.session.id == "" {
		return nil
	}
	if event != nil { // Discord sends the missed events before RESUMED
		c.g.receive(event)
	}
	if p.Seq > c.session.seq.Load() {
		c.session.seq.Store(p.Seq) // now that it is handled: a heartbeat tells it
	}
	return nil
}

// begin notes that the connection stands.
func (c *connection) begin() {
	c.ready, c.began, c.session.tried = true, c.g.now(), false
	c.g.stands()
}

// sendHeartbeat sends a heartbeat.
func (c *connection) sendHeartbeat() error {
	var newest any // null before the first event
	if seq := c.session.seq.Load(); seq > 0 {
		newest = seq
	}
	return c.send(opHeartbeat, newest)
}

// keepBeating sends heartbeats, the first one early by chance as Discord asks, until
// done is closed or they are not acknowledged.
func (c *connection) keepBeating(interval time.Duration, done <-chan struct{}) {
	for next := rand.N(interval); ; next = interval {
		timer := time.NewTimer(next)
		select {
		case <-timer.C:
		case <-done:
			timer.Stop()
			return
		}
		if time.Since(time.Unix(0, c.acked.Load())) > silence(interval) {
			c.end(errZombie, 0)
			return
		}
		if err := c.sendHeartbeat(); err != nil {
			c.end(err, 0)
			return
		}
	}
}

// send writes one message.
func (c *connection) send(op int, data any) error {
	c.write.Lock()
	defer c.write.Unlock()
	c.ws.SetWriteDeadline(time.Now().Add(helloTime))
	if err := c.ws.WriteJSON(map[string]any{"op": op, "d": data}); err != nil {
		return fmt.Errorf("the connection to the gateway broke off: %w", err)
	}
	return nil
}

// address is where to connect: where the session is resumed, else (and once
// that did not work) where Discord says that its gateway is.
func (g *Gateway) address(ctx context.Context) (*url.URL, error) {
	s := g.session
	if s.resume != nil && !s.tried {
		s.tried = true
		return s.resume, nil
	}
	var answer struct {
		URL    string `json:"url"`
		Shards int    `json:"shards"`
		Logins struct {
			Total      int   `json:"total"`
			Remaining  *int  `json:"remaining"`
			ResetAfter int64 `json:"reset_after"` // milliseconds
		} `json:"session_start_limit"`
	}
	if err := g.client.call(ctx, http.MethodGet, discordgo.EndpointGatewayBot, nil, nil, &answer); err != nil {
		return nil, fmt.Errorf("%s does not say where the gateway is: %w", g.client.origin, err)
	}
	if left := answer.Logins.Remaining; s.id == "" && left != nil && *left <= 0 {
		return nil, &spentError{answer.Logins.Total, time.Duration(min(max(answer.Logins.ResetAfter, 0), loginDay.Milliseconds())) * time.Millisecond}
	}
	if answer.Shards > 1 && answer.Shards != g.shards {
		g.shards = answer.Shards
		g.log.Warn("Discord advises more connections than the one that this program opens. One may have 2,500 guilds; with more Discord refuses the bot. Invite it to no more servers than that", "advised", answer.Shards)
	}
	return g.gatewayAddress(answer.URL)
}

// gatewayAddress reads an address that Discord gave. With the real Discord,
// only its own gateways are dialled, whatever it says.
func (g *Gateway) gatewayAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || len(s) > 500 || u.Host == "" || u.Scheme != "wss" && u.Scheme != "ws" {
		return nil, fmt.Errorf("%s names a gateway that is no address: %q", g.client.origin, Plain(s, 100))
	}
	if g.client.origin.Scheme == "https" && u.Scheme != "wss" {
		return nil, fmt.Errorf("the gateway %s is not encrypted", u.Host)
	}
	if host := u.Hostname(); g.client.origin.Host == "discord.com" && host != "discord.gg" && !strings.HasSuffix(host, ".discord.gg") {
		return nil, fmt.Errorf("the gateway %s is not Discord's", u.Host)
	}
	u.Path = cmp.Or(u.Path, "/")
	u.RawQuery = url.Values{"v": {discordgo.APIVersion}, "encoding": {"json"}}.Encode()
	return u, nil
}

// resumeAddress is where READY wants the session to be resumed, nil when it
// does not say.
func (g *Gateway) resumeAddress(s string) *url.URL {
	u, err := g.gatewayAddress(s)
	if err != nil {
		return nil
	}
	return u
}
