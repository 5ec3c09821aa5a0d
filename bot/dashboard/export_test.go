package dashboard

// Patterns are those of every route.
func (s *Server) Patterns() []string { return s.patterns }
