package dashboard

import (
	"net/http"

	"cratedigger/pipeline/catalog"
)

// largeCatalogue is the number of videos from which a page of ranked songs may take
// seconds, the first time after something has changed.
const largeCatalogue = 20_000

// waitView is a page whose content comes when it is ready.
type waitView struct {
	page
	Videos int64
	Whole  string // the page's address with its content
}

// ready is the parameter of an address that asks for a page with its content at once.
const ready = "ready"

// soon draws a page at once and has it load its content, where that may take long. A
// browser without script is offered a link.
func (s *Server) soon(tab, title string, do func(http.ResponseWriter, *http.Request, catalog.Guild)) func(http.ResponseWriter, *http.Request, catalog.Guild) {
	return func(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
		q := r.URL.Query()
		videos, err := s.Store.VideoCount(r.Context())
		if err != nil {
			s.broken(w, r, err)
			return
		}
		if videos < largeCatalogue || q.Has(ready) || r.Header.Get("HX-Request") != "" {
			do(w, r, g)
			return
		}
		q.Set(ready, "1")
		v := waitView{page: s.frame(r, g, tab, title), Videos: int64(videos), Whole: r.URL.Path + "?" + q.Encode()}
		v.Notice = "" // the content brings it
		s.draw(w, r, http.StatusOK, "wait.html", v)
	}
}
