package fakediscord

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Gateway intents that the stand-in looks at.
const (
	intentGuilds    = 1 << 0
	intentMessages  = 1 << 9
	intentReactions = 1 << 10
	intentNone      = 0 // events that need no intent
)

// packet is one gateway message.
type packet struct {
	Op int             `json:"op"`
	D  json.RawMessage `json:"d"`
	S  *int64          `json:"s,omitempty"`
	T  string          `json:"t,omitempty"`
}

// session is one gateway session: it outlives its connection until the client
// closes it properly or resuming is refused.
type session struct {
	id      string
	shard   shard
	intents int
	seq     int64    // newest dispatched
	acked   int64    // newest that the client said it has handled
	probed  int64    // newest when the client was last asked for a heartbeat
	backlog []packet // every dispatch, for RESUME; cut when acknowledged
	conn    *socket  // nil while disconnected
}

// detach forgets the connection. The caller holds mu.
func (ses *session) detach() {
	if ses.conn != nil {
		ses.conn.shut(0)
		ses.conn = nil
	}
}

// probe asks the client for a heartbeat, whose d acknowledges what it has
// handled. The caller holds mu.
func (ses *session) probe() {
	if ses.conn != nil && ses.probed < ses.seq {
		ses.probed = ses.seq
		ses.conn.send(packet{Op: 1, D: json.RawMessage("null")})
	}
}

// socket is one websocket connection with its own writer, so that a client
// that does not read never holds the server.
type socket struct {
	ws    *websocket.Conn
	mu    sync.Mutex
	queue []any // packet, or int: a close code, or string: text as it is
	wake  chan struct{}
	gone  chan struct{}
	once  sync.Once
}

func newSocket(ws *websocket.Conn) *socket {
	return &socket{ws: ws, wake: make(chan struct{}, 1), gone: make(chan struct{})}
}

func (k *socket) send(p packet) { k.push(p) }

// shut closes with a code, or cuts the TCP connection when code is 0.
func (k *socket) shut(code int) {
	if code == 0 {
		k.once.Do(func() { close(k.gone) })
		k.ws.NetConn().Close()
		return
	}
	k.push(code)
}

func (k *socket) push(item any) {
	k.mu.Lock()
	k.queue = append(k.queue, item)
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// writer sends what was pushed until the connection goes.
func (k *socket) writer() {
	for {
		select {
		case <-k.wake:
		case <-k.gone:
			return
		}
		k.mu.Lock()
		items := k.queue
		k.queue = nil
		k.mu.Unlock()
		for _, item := range items {
			k.ws.SetWriteDeadline(time.Now().Add(time.Minute)) // a loaded machine may take long over megabytes
			if code, ok := item.(int); ok {
				k.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(code, "stand-in"))
				continue
			}
			if text, ok := item.(string); ok {
				k.ws.WriteMessage(websocket.TextMessage, []byte(text))
				continue
			}
			if k.ws.WriteJSON(item) != nil {
				k.ws.NetConn().Close()
				return
			}
		}
	}
}

// serveGateway is one websocket connection from HELLO to its end.
func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request) {
	elsewhere := strings.HasPrefix(r.URL.Path, resumePath)
	s.mu.Lock()
	refused := s.gateway.Down || elsewhere && s.gateway.RefuseElsewhere
	s.mu.Unlock()
	if refused {
		http.Error(w, "not here", http.StatusServiceUnavailable)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	k := newSocket(ws)
	defer k.shut(0)

	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.done.Go(k.writer)
	s.gateway.connections++
	faults := s.gateway.GatewayFaults
	s.sockets()[k] = struct{}{}
	s.touch()
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.gateway.sockets, k)
		s.mu.Unlock()
	}()

	switch {
	case faults.SilentHello:
	case faults.Hello != "":
		k.push(faults.Hello)
	case faults.ReconnectFirst:
		k.send(packet{Op: 7, D: json.RawMessage("null")})
	default:
		k.send(packet{Op: 10, D: raw(map[string]any{"heartbeat_interval": s.opts.Heartbeat.Milliseconds(), "_trace": []string{}})})
	}
	var ses *session
	for {
		var p packet
		_, data, err := ws.ReadMessage()
		if err != nil {
			s.disconnected(ses, k, err)
			return
		}
		if json.Unmarshal(data, &p) != nil {
			k.shut(4002)
			continue
		}
		if p.Op == 6 && faults.ResumeElsewhere && !elsewhere && !faults.RefuseElsewhere {
			k.shut(4000)
			continue
		}
		if p.Op == 6 && elsewhere {
			s.mu.Lock()
			s.gateway.elsewhere++
			s.mu.Unlock()
		}
		ses = s.receive(ses, k, p)
	}
}

// sockets is every open connection. The caller holds mu.
func (s *Server) sockets() map[*socket]struct{} {
	if s.gateway.sockets == nil {
		s.gateway.sockets = map[*socket]struct{}{}
	}
	return s.gateway.sockets
}

// disconnected notes the end of a connection: close codes 1000 and 1001 from
// the client end the session, everything else leaves it to be resumed.
func (s *Server) disconnected(ses *session, k *socket, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ses == nil || ses.conn != k {
		return
	}
	ses.conn = nil
	if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway) {
		delete(s.sessions, ses.id)
	}
	s.touch()
}

// receive handles one packet of the client and returns the connection's session.
func (s *Server) receive(ses *session, k *socket, p packet) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.touch()
	faults := s.gateway.GatewayFaults
	switch p.Op {
	case 1: // heartbeat
		var d *int64
		json.Unmarshal(p.D, &d)
		if ses != nil && d != nil && *d > ses.acked {
			ses.acked = *d
			cut := 0
			for cut < len(ses.backlog) && *ses.backlog[cut].S <= *d {
				cut++
			}
			ses.backlog = ses.backlog[cut:]
		}
		if !faults.MuteAcks {
			k.send(packet{Op: 11, D: json.RawMessage("null")})
		}
	case 2: // identify
		var d struct {
			Token   string `json:"token"`
			Intents int    `json:"intents"`
			Shard   []int  `json:"shard"`
		}
		json.Unmarshal(p.D, &d)
		s.gateway.identifies++
		sh, valid := shardOf(d.Shard)
		switch {
		case !s.accepts(d.Token) || !s.login():
			k.shut(4004)
		case !valid:
			k.shut(4010)
		case s.tooSoon(sh):
			k.send(packet{Op: 9, D: json.RawMessage("false")})
		case s.opts.MostGuilds > 0 && len(s.guildsOf(sh)) > s.opts.MostGuilds:
			k.shut(4011)
		case faults.CloseOnIdentify != 0:
			k.shut(faults.CloseOnIdentify)
		case faults.ReconnectInOpen:
			s.gateway.ReconnectInOpen = false
			k.send(packet{Op: 7, D: json.RawMessage("null")})
		case faults.CutInOpen:
			s.gateway.CutInOpen = false
			k.cutInside()
		default:
			ses := s.ready(k, sh, d.Intents)
			if faults.CloseReady != 0 {
				k.shut(faults.CloseReady)
				delete(s.sessions, ses.id)
			}
			return ses
		}
	case 6: // resume
		var d struct {
			Token     string `json:"token"`
			SessionID string `json:"session_id"`
			Seq       int64  `json:"seq"`
		}
		json.Unmarshal(p.D, &d)
		s.gateway.resumes++
		old := s.sessions[d.SessionID]
		switch {
		case !s.accepts(d.Token):
			k.shut(4004)
		case faults.CloseOnIdentify != 0:
			k.shut(faults.CloseOnIdentify)
		case old == nil || faults.RefuseResume:
			k.send(packet{Op: 9, D: json.RawMessage("false")})
		default:
			old.detach()
			old.conn = k
			old.probed = 0
			for _, b := range old.backlog {
				if *b.S > d.Seq {
					k.send(b)
				}
			}
			s.send(old, "RESUMED", json.RawMessage(`{"_trace":[]}`))
			return old
		}
	}
	return ses
}

// ready starts a session: READY, then each guild of its shard.
func (s *Server) ready(k *socket, sh shard, intents int) *session {
	ses := &session{id: fmt.Sprintf("session-%d", s.gateway.identifies), shard: sh, intents: intents, conn: k}
	s.sessions[ses.id] = ses
	guilds := []any{}
	ids := s.guildsOf(sh)
	for _, id := range ids {
		guilds = append(guilds, map[string]any{"id": id, "unavailable": true})
	}
	s.send(ses, "READY", raw(map[string]any{
		"v": 9, "user": s.bot, "guilds": guilds, "session_id": ses.id,
		"resume_gateway_url": s.resumeURL(), "application": map[string]any{"id": s.appID, "flags": 0},
		"private_channels": []any{}, "relationships": []any{}, "presences": []any{}, "shard": []int{sh.id, sh.of},
	}))
	if intents&intentGuilds != 0 {
		for _, id := range ids {
			s.send(ses, "GUILD_CREATE", raw(s.guildJSON(s.guilds[id])))
		}
	}
	return ses
}

// resumePath is the path of the gateway's second address.
const resumePath = "/gateway/resume"

func (s *Server) resumeURL() string {
	if s.gateway.ResumeElsewhere {
		return "ws" + strings.TrimPrefix(s.url, "http") + resumePath
	}
	return s.gatewayURL()
}

// cutInside sends the beginning of a message and cuts the connection.
func (k *socket) cutInside() {
	k.ws.NetConn().Write([]byte{0x81, 126, 0x04, 0x00, '{'}) // a text of 1,024 bytes begins
	k.shut(0)
}

func (s *Server) gatewayURL() string { return "ws" + strings.TrimPrefix(s.url, "http") + "/gateway" }

// dispatch sends an event to every session that has the guild and the intent; a session
// without a connection gets it when it resumes. data is asked once, and only if there is
// such a session. The caller holds mu.
func (s *Server) dispatch(guildID string, intent int, kind string, data func() any) {
	var encoded json.RawMessage
	for _, ses := range s.sessions {
		if intent != intentNone && ses.intents&intent == 0 || !ses.shard.has(guildID) {
			continue
		}
		if encoded == nil {
			encoded = raw(data())
		}
		s.send(ses, kind, encoded)
	}
}

func (s *Server) send(ses *session, kind string, data json.RawMessage) {
	ses.seq++
	seq := ses.seq
	p := packet{Op: 0, S: &seq, T: kind, D: data}
	ses.backlog = append(ses.backlog, p)
	if ses.conn != nil {
		ses.conn.send(p)
	}
}
