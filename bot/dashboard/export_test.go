package dashboard

import (
	"context"
	"net/netip"
)

// Patterns returns the patterns of all routes.
func (s *Server) Patterns() []string { return s.patterns }

// Opens reports whether a password is right, or was refused without a comparison.
func (s *Server) Opens(ctx context.Context, from, password string) (opens, refuses bool) {
	v := s.logins.try(ctx, netip.MustParseAddr(from), password)
	return v == right, v == refused
}

// Occupy keeps bcrypt busy until the returned function is called.
func (s *Server) Occupy() (giveBack func()) {
	s.logins.turn <- struct{}{}
	return func() { <-s.logins.turn }
}

// Networks is how many networks the doorman remembers.
func (s *Server) Networks() int { return len(s.logins.networks) }

// LineLength is how many passwords stand in the line at most.
const LineLength = lineLength

// Waiting is how many passwords stand in the line.
func (s *Server) Waiting() int {
	s.logins.line.mu.Lock()
	defer s.logins.line.mu.Unlock()
	return len(s.logins.line.waiting)
}
