package fakediscord

import (
	"encoding/json"
	"net/http"
)

// GatewayFaults is what is wrong with the gateway until it is set again.
type GatewayFaults struct {
	Down            bool   // handshakes are answered with 503
	CloseReady      int    // close code that follows each READY; the session is forgotten
	SilentHello     bool   // connections are accepted and nothing is said
	ReconnectFirst  bool   // op 7 comes instead of HELLO
	ReconnectInOpen bool   // op 7 comes instead of READY, once
	CutInOpen       bool   // the TCP connection is cut in the middle of READY, once
	ResumeElsewhere bool   // READY names an address of its own for RESUME, and no other takes one
	RefuseElsewhere bool   // that address does not answer
	CloseOnIdentify int    // close code that answers IDENTIFY and RESUME
	RefuseResume    bool   // op 9, not resumable, answers RESUME
	MuteAcks        bool   // heartbeats are not acknowledged
	Hello           string // said instead of HELLO, verbatim
}

type gatewayFaults struct {
	GatewayFaults
	connections, identifies, resumes int
	elsewhere                        int // resumes at the second address
	sockets                          map[*socket]struct{}
}

// BreakGateway sets what is wrong from now on; the zero value mends it.
func (s *Server) BreakGateway(f GatewayFaults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.GatewayFaults = f
}

// GatewayCounts is how often clients connected, identified and resumed so far.
func (s *Server) GatewayCounts() (connections, identifies, resumes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gateway.connections, s.gateway.identifies, s.gateway.resumes
}

// ResumedElsewhere is how often clients resumed at the address that READY named.
func (s *Server) ResumedElsewhere() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gateway.elsewhere
}

// Connected is how many sessions have a live connection that got READY.
func (s *Server) Connected() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, ses := range s.sessions {
		if ses.conn != nil {
			n++
		}
	}
	return n
}

// CloseGateway closes every connection with a code. Codes 1000, 1001 and those
// that Discord calls not resumable end the sessions too.
func (s *Server) CloseGateway(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.gateway.sockets {
		k.shut(code)
	}
	if code == 1000 || code == 1001 || code == 4009 || code == 4007 {
		clear(s.sessions)
	}
	s.touch()
}

// CutGateway cuts every TCP connection without a word; sessions stay.
func (s *Server) CutGateway() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.gateway.sockets {
		k.shut(0)
	}
	for _, ses := range s.sessions {
		ses.conn = nil
	}
	s.touch()
}

// Garble sends text to every connection, verbatim.
func (s *Server) Garble(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.gateway.sockets {
		k.push(text)
	}
}

// RequestReconnect sends op 7 to every connection.
func (s *Server) RequestReconnect() { s.broadcast(packet{Op: 7, D: json.RawMessage("null")}) }

// InvalidateSessions sends op 9 to every connection. Sessions that may not be
// resumed are forgotten.
func (s *Server) InvalidateSessions(resumable bool) {
	s.broadcast(packet{Op: 9, D: raw(resumable)})
	if !resumable {
		s.mu.Lock()
		clear(s.sessions)
		s.touch()
		s.mu.Unlock()
	}
}

// Replay sends the newest n dispatches of every session again, in reverse
// order: duplicates and disorder, as a resumed connection may bring.
func (s *Server) Replay(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ses := range s.sessions {
		if ses.conn == nil {
			continue
		}
		for i := len(ses.backlog) - 1; i >= max(0, len(ses.backlog)-n); i-- {
			ses.conn.send(ses.backlog[i])
		}
	}
}

func (s *Server) broadcast(p packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.gateway.sockets {
		k.send(p)
	}
}

// Fault is what happens to one REST call instead of, or besides, its answer.
type Fault struct {
	Before func() // called first, outside the server's lock
	// Status answers instead; 0 lets the call through.
	Status int
	Code   int    // Discord's error code in the body
	Body   string // verbatim instead of the usual body
	Header map[string]string
	// Cut closes the connection without an answer: before the work is done,
	// or after it when After is true.
	Cut, After bool
	Done       func() // called after the answer was written
}

// Break sets a function that is asked about every REST call; nil mends it. It
// may be called from several goroutines at once.
func (s *Server) Break(fault func(*http.Request) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// Request is one REST call that arrived.
type Request struct {
	Method, Path string
	Body         json.RawMessage // the JSON part
	Status       int
}

// Requests is every REST call and every file asked for so far, in order of their answers.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Refused is how many calls were answered 401, 403 or 429 so far: of these Discord allows
// an address 10,000 in ten minutes.
func (s *Server) Refused() int { return int(s.refused.Load()) }

// ForgetRequests empties the list of calls, which otherwise grows.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}
