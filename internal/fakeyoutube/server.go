package fakeyoutube

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// Options say what a Server serves.
type Options struct {
	Seed   uint64
	Now    func() time.Time // nil: the system's clock
	Videos int              // of the generated catalogue at the start; 0 means 1,500, negative none
	PerDay int              // new videos a day; 0 means 70, negative none
	Folder string           // recordings to serve instead: a folder with index.jsonl
	Plain  bool             // no generated title tries to break a page or to call everybody
	Songs  bool             // the videos are uploads of songs by artists; else each is a song of its own
	Layout string           // of result pages: "" today's, "rich-grid", "escaped", "lockup-html" or "mixed"
	APIKey string           // that the Data API asks for; "" takes any
}

// Server is a YouTube on a loopback port.
type Server struct {
	options Options
	http    *httptest.Server

	mu       sync.Mutex
	world    *catalogue
	recorded *recordings
	faults   []armed
	requests []string
}

// New starts a server; Close stops it.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o}
	if o.Folder != "" {
		var err error
		if s.recorded, err = openRecordings(o.Folder); err != nil {
			return nil, err
		}
	} else {
		s.world = newCatalogue(o.Seed, o.Now(), o.Plain, o.Songs, amount(o.Videos, initialVideos), amount(o.PerDay, videosADay))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /results", s.serveResults)
	mux.HandleFunc("POST /youtubei/v1/search", s.serveSearch)
	mux.HandleFunc("GET /watch", s.serveWatch)
	mux.HandleFunc("GET /feeds/videos.xml", s.serveFeed)
	mux.HandleFunc("GET /youtube/v3/search", s.serveAPISearch)
	mux.HandleFunc("GET /youtube/v3/videos", s.serveAPIVideos)
	s.http = httptest.NewServer(s.withFaults(mux))
	return s, nil
}

func amount(given, otherwise int) int {
	if given == 0 {
		return otherwise
	}
	return max(0, given)
}

// Withdraw makes a video's page say that it is gone, as when its uploader takes
// it down; result pages still show it for a while.
func (s *Server) Withdraw(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.world.byID[id]; v != nil {
		v.withdrawn = true
	}
}

// URL is the server's base address.
func (s *Server) URL() string { return s.http.URL }

// Close stops the server.
func (s *Server) Close() { s.http.Close() }

// Requests returns the method, path and query of every request so far.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Traits returns a video's hidden traits.
func (s *Server) Traits(id string) (Traits, bool) {
	v, ok := s.Video(id)
	return v.Traits, ok
}

// Video returns a video of the catalogue.
func (s *Server) Video(id string) (Video, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world == nil {
		return Video{}, false
	}
	s.world.advance(s.options.Now())
	v, ok := s.world.byID[id]
	if !ok {
		return Video{}, false
	}
	return *v, true
}

// Videos returns the videos that exist by now.
func (s *Server) Videos() []Video {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world == nil {
		return nil
	}
	s.world.advance(s.options.Now())
	var videos []Video
	for _, v := range s.world.videos {
		if !v.Published.After(s.options.Now()) {
			videos = append(videos, *v)
		}
	}
	return videos
}

// locked runs do with the world brought up to now.
func (s *Server) locked(do func(now time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now().UTC()
	if s.world != nil {
		s.world.advance(now)
	}
	do(now)
}

func (s *Server) serveResults(w http.ResponseWriter, r *http.Request) {
	text := r.FormValue("search_query")
	if text == "" {
		text = r.FormValue("q")
	}
	if s.recorded != nil {
		s.recorded.serveResults(w, text)
		return
	}
	var page []byte
	q := search{text: text, params: r.FormValue("sp")}
	s.locked(func(now time.Time) {
		page = s.world.resultsPage(q, now, s.layout(text))
	})
	sendHTML(w, page)
}

// layout is the shape of the page for a text.
func (s *Server) layout(text string) string {
	if s.options.Layout != "mixed" {
		return s.options.Layout
	}
	layouts := []string{"", "rich-grid", "escaped", "lockup-html"}
	return layouts[int(noise(s.options.Seed, "layout", text)*float64(len(layouts)))]
}

func (s *Server) serveSearch(w http.ResponseWriter, r *http.Request) {
	q, err := readSearch(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if s.recorded != nil {
		sendJSON(w, object{"onResponseReceivedCommands": continuation(noMore())})
		return
	}
	var body object
	s.locked(func(now time.Time) { body = s.world.searchAnswer(q, now) })
	sendJSON(w, body)
}

func (s *Server) serveWatch(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("v")
	if s.recorded != nil {
		s.recorded.serveWatch(w, id)
		return
	}
	var page []byte
	s.locked(func(now time.Time) {
		v := s.world.byID[id]
		if v != nil && (v.withdrawn || v.Published.After(now) && !v.Upcoming) {
			v = nil
		}
		page = s.world.watchPage(id, v, now)
	})
	sendHTML(w, page)
}

func sendHTML(w http.ResponseWriter, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, "%s", page)
}
