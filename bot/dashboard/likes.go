package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"cratedigger/pipeline/catalog"
)

// likesFiles are the files that were imported as the server's own, the newest first.
func (s *Server) likesFiles(ctx context.Context, guildID string) ([]catalog.PreferenceBatch, error) {
	all, err := s.Store.Preferences(ctx, guildID, "")
	if err != nil {
		return nil, fmt.Errorf("what was imported could not be read: %w", err)
	}
	return catalog.ImportedFiles(all), nil
}

// takeBack takes back what came with a file of likes.
func (s *Server) takeBack(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	batch := r.PostFormValue("batch")
	files, err := s.likesFiles(r.Context(), g.ID)
	switch {
	case err != nil:
		s.broken(w, r, err)
		return
	case !slices.ContainsFunc(files, func(f catalog.PreferenceBatch) bool { return f.ID == batch }):
		s.fail(w, r, http.StatusNotFound, "There is no such file (any more).")
		return
	}
	if _, err := s.Store.RemovePreferences(r.Context(), g.ID, "", batch); err != nil {
		s.broken(w, r, err)
		return
	}
	back(w, r, g, "votes", "takenback")
}
