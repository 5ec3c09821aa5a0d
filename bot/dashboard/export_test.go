package dashboard

import (
	"context"
	"net/http"
	"net/netip"
	"time"
)

// Patterns returns the patterns of all routes.
func (s *Server) Patterns() []string { return s.patterns }

// Opens reports whether a password is right, or was not compared before ctx ended.
func (s *Server) Opens(ctx context.Context, from, password string) (opens, waits bool) {
	v := s.logins.try(ctx, netip.MustParseAddr(from), password)
	return v == right, v == gone
}

// HTTP is the server that Serve runs, but for its time-outs.
func (s *Server) HTTP(timeout time.Duration) *http.Server {
	srv := s.httpServer(s)
	srv.ReadTimeout, srv.WriteTimeout = timeout, timeout
	return srv
}

// Occupy keeps bcrypt busy until the returned function is called.
func (s *Server) Occupy() (giveBack func()) {
	s.logins.turn <- struct{}{}
	return func() { <-s.logins.turn }
}

// Networks is how many networks the doorman remembers.
func (s *Server) Networks() int { return len(s.logins.networks) }

// MostConnections is how many requests are served at once.
const MostConnections = mostConnections

// Waiting is how many passwords stand in the line.
func (s *Server) Waiting() int {
	s.logins.line.mu.Lock()
	defer s.logins.line.mu.Unlock()
	return len(s.logins.line.waiting)
}

// Forget forgets in which channels the bot may post, and the roles.
func (s *Server) Forget() {
	clear(s.places.byGuild)
	clear(s.roles.byGuild)
}
