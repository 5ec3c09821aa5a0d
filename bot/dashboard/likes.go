package dashboard

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
)

// likesRow is a file of likes that was imported as the server's own.
type likesRow struct {
	Batch, Form string
	Songs       int
	At          time.Time
}

// likesForms are the forms of such files in words.
var likesForms = map[catalog.PreferenceSource]string{
	catalog.FromCSV: "a table of songs", catalog.FromTakeout: "YouTube Takeout", catalog.FromLastFM: "Last.fm",
}

// likesFiles are the files of a server, the newest first.
func (s *Server) likesFiles(guildID string) (files []likesRow, err error) {
	all, err := s.Store.Preferences(guildID, "")
	if err != nil {
		return nil, fmt.Errorf("what was imported could not be read: %w", err)
	}
	for _, p := range all { // those of a file together
		switch last := len(files) - 1; {
		case likesForms[p.Source] == "":
		case last >= 0 && files[last].Batch == p.Batch:
			files[last].Songs++
		default:
			files = append(files, likesRow{Batch: p.Batch, Form: likesForms[p.Source], Songs: 1, At: p.At})
		}
	}
	slices.SortStableFunc(files, func(a, b likesRow) int { return b.At.Compare(a.At) })
	return files, nil
}

// takeBack takes back what came with a file of likes.
func (s *Server) takeBack(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	batch := r.PostFormValue("batch")
	files, err := s.likesFiles(g.ID)
	switch {
	case err != nil:
		s.broken(w, r, err)
		return
	case !slices.ContainsFunc(files, func(f likesRow) bool { return f.Batch == batch }):
		s.fail(w, r, http.StatusNotFound, "There is no such file (any more).")
		return
	}
	if _, err := s.Store.RemovePreferences(g.ID, "", batch); err != nil {
		s.broken(w, r, err)
		return
	}
	back(w, r, g, "votes", "takenback")
}
