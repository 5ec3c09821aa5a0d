package dashboard

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"cratedigger/bot/chart"
	"cratedigger/pipeline/catalog"
)

//go:embed assets
var assets embed.FS

func (s *Server) parseTemplates() (*template.Template, error) {
	t, err := template.New("").Funcs(s.functions()).ParseFS(assets, "assets/*.html")
	if err != nil {
		return nil, fmt.Errorf("the dashboard's templates: %w", err)
	}
	return t, nil
}

// mux is a ServeMux that knows its patterns.
type mux struct {
	http.ServeMux
	patterns []string
}

func (m *mux) Handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, h)
}

func (m *mux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(h))
}

// routes is every page. A GET has no effect: what keeps something, asks YouTube
// or starts work is a POST, which no other site may send.
func (s *Server) routes() http.Handler {
	inner := new(mux)
	inner.HandleFunc("GET /{$}", s.root)
	inner.HandleFunc("GET /servers", s.showServers)
	for _, p := range []struct {
		pattern string
		do      func(http.ResponseWriter, *http.Request, catalog.Guild)
	}{
		{"GET /g/{guild}/home", s.soon("home", "Home", s.showHome)},
		{"POST /g/{guild}/swap", s.swap},
		{"POST /g/{guild}/keep", s.keep},
		{"POST /g/{guild}/veto", s.veto},
		{"POST /g/{guild}/unveto", s.unveto},
		{"POST /g/{guild}/postnow", s.postNow},
		{"GET /g/{guild}/songs", s.soon("songs", "Songs", s.showSongs)},
		{"GET /g/{guild}/songs.json", s.songsJSON},
		{"GET /g/{guild}/songs.csv", s.songsCSV},
		{"GET /g/{guild}/video/{video}", s.showVideo},
		{"POST /g/{guild}/play", s.play},
		{"POST /g/{guild}/block", s.block},
		{"POST /g/{guild}/unblock", s.unblock},
		{"POST /g/{guild}/vote", s.vote},
		{"GET /g/{guild}/model", s.soon("model", "Model", s.showModel)},
		{"POST /g/{guild}/retrain", s.retrain},
		{"POST /g/{guild}/promote", s.promote},
		{"POST /g/{guild}/search", s.search},
		{"GET /g/{guild}/votes", s.showVotes},
		{"POST /g/{guild}/people", s.meet},
		{"GET /g/{guild}/avatar/{picture}", s.avatar},
		{"POST /g/{guild}/undo", s.undo},
		{"GET /g/{guild}/labels.csv", s.exportLabels},
		{"POST /g/{guild}/import", s.importLabels},
		{"POST /g/{guild}/takeback", s.takeBack},
		{"GET /g/{guild}/runs", s.showRuns},
		{"GET /g/{guild}/label", s.soon("label", "Label", s.showLabel)},
		{"POST /g/{guild}/label", s.label},
		{"GET /g/{guild}/settings", s.showSettings},
		{"POST /g/{guild}/settings", s.saveSettings},
		{"POST /g/{guild}/favourites", s.tellFavourites},
	} {
		inner.HandleFunc(p.pattern, s.inGuild(p.do))
	}
	for _, path := range []string{"/g/{guild}/picks", "/g/{guild}/picks.json", "/g/{guild}/picks.csv", "/api/v1/picks"} {
		inner.HandleFunc("GET "+path, movedPicks)
	}
	inner.HandleFunc("GET /api", s.showAPI)
	inner.HandleFunc("POST /api/v1/predict", s.apiGuild(s.apiPredict))
	inner.HandleFunc("GET /api/v1/songs", s.apiGuild(s.songsJSON))
	inner.HandleFunc("GET /api/v1/votes", s.apiGuild(s.apiVotes))
	inner.HandleFunc("GET /api/v1/models", s.apiGuild(s.apiModels))
	inner.HandleFunc("GET /api/v1/runs", s.apiGuild(s.apiRuns))
	if s.Metrics != nil {
		inner.Handle("GET /metrics", s.Metrics)
	}
	inner.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, http.StatusNotFound, "There is no such page.")
	})

	outer := s.health()
	outer.HandleFunc("GET /login", s.showLogin)
	outer.HandleFunc("POST /login", s.login)
	outer.HandleFunc("POST /logout", s.logout)
	outer.HandleFunc("GET /assets/{name}", serveAsset)
	outer.Handle("/", s.authenticated(inner))
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, http.StatusForbidden, "This came from another site, so nothing was changed.")
	}))
	s.patterns = slices.Concat(inner.patterns, outer.patterns)
	return guard(s.policy, ownOnly(origin.Handler(outer)))
}

func isAPI(path string) bool      { return strings.HasPrefix(path, "/api/") }
func isImport(path string) bool   { return strings.HasSuffix(path, "/import") }
func isSettings(path string) bool { return strings.HasSuffix(path, "/settings") }

// assetTypes are the embedded files that are served.
var assetTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// serveAsset serves a style sheet or a script. They hold nothing about the guilds,
// so they need no login and browsers may keep them.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	kind := assetTypes[path.Ext(name)]
	var data []byte
	var err error
	if name == "chart.css" {
		data = []byte(chart.CSS())
	} else {
		data, err = assets.ReadFile("assets/" + name)
	}
	if err != nil || kind == "" {
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256(data)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

// movedPicks leads from the addresses that the songs had when their page was called
// Picks.
func movedPicks(w http.ResponseWriter, r *http.Request) {
	to := *r.URL
	to.Path = path.Dir(to.Path) + "/songs" + path.Ext(to.Path)
	http.Redirect(w, r, to.RequestURI(), http.StatusMovedPermanently)
}

// root redirects to the first page of the first guild.
func (s *Server) root(w http.ResponseWriter, r *http.Request) {
	guilds, err := s.Store.Guilds(r.Context())
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if len(guilds) == 0 {
		s.draw(w, r, http.StatusOK, "empty.html", page{Title: "No server yet", Version: s.Version})
		return
	}
	http.Redirect(w, r, "/g/"+s.first(guilds).ID+"/home", http.StatusSeeOther)
}

// inGuild finds the guild that a path names.
func (s *Server) inGuild(do func(http.ResponseWriter, *http.Request, catalog.Guild)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g, ok, err := s.Store.Guild(r.Context(), r.PathValue("guild"))
		switch {
		case err != nil:
			s.broken(w, r, err)
		case !ok:
			s.fail(w, r, http.StatusNotFound, "The bot has never been in this server.")
		default:
			do(w, r, g)
		}
	}
}

// page is what the frame of every page needs; each page's view embeds it.
type page struct {
	Title   string
	Tab     string // "songs", "model", …
	Guild   catalog.Guild
	Guilds  []catalog.Guild // of the menu
	Servers int             // the number of all, where the menu has no room for them
	Version string
	Channel string // address of the guild's channel, "" for none
	Login   bool   // there is a password, so the page offers to log out
	Notice  string // a sentence about what was just done
	Mistake string // a sentence about what was refused
}

// Local reports whether the page is of one person without Discord.
func (p page) Local() bool { return p.Guild.ID == catalog.LocalGuild }

// frame fills in a page's frame.
func (s *Server) frame(r *http.Request, g catalog.Guild, tab, title string) page {
	p := page{Title: title, Tab: tab, Guild: g, Version: s.Version, Login: s.locked(), Notice: notices[r.URL.Query().Get("done")]}
	if s.Channel != nil && g.ID != "" {
		p.Channel = s.Channel(g)
	}
	// The page works without the list of guilds, too.
	if guilds, err := s.Store.Guilds(r.Context()); err == nil {
		p.Guilds, p.Servers = fewServers(guilds, g.ID)
	}
	return p
}

// notices are what a page says after an action, by the name in its address. A page
// never shows text from its address.
var notices = map[string]string{
	"voted":     "Your vote is saved. The next training learns from it.",
	"undone":    "You took the vote back.",
	"imported":  "The bot has imported the file.",
	"takenback": "You took back what that file brought.",
	"promoted":  "This version ranks from now on, until the next training replaces it.",
	"retrain":   "The training has started; this list shows how it ends.",
	"search":    "The search has started; this list shows how far it is.",
	"swapped":   "The next best song is in its place.",
	"kept":      "This song stays when the picks are chosen again.",
	"released":  "This song is no longer kept.",
	"unvetoed":  "The song is a candidate again.",
	"returned":  "The song is back in its place.",
	"posted":    "The songs are being sent to the channel.",
	"posting":   "The songs are looked at once more and then posted; the page Runs shows how that ends.",
	"saved":     "The settings are saved.",
	"told":      "The favourites are saved.",
	"unchanged": "Nothing was changed.",
	"blocked":   "This is blocked from now on. Undo takes it back.",
	"unblocked": "This may be posted again.",
}

// size is how many bytes a page has, 0 if it cannot be drawn.
func (s *Server) size(name string, view any) int {
	var b bytes.Buffer
	if s.templates.ExecuteTemplate(&b, name, view) != nil {
		return 0
	}
	return b.Len()
}

// draw renders the whole template before it sends anything.
func (s *Server) draw(w http.ResponseWriter, r *http.Request, status int, name string, view any) {
	var b bytes.Buffer
	if err := s.templates.ExecuteTemplate(&b, name, view); err != nil {
		s.Log.Error("a page could not be drawn", "page", name, "error", err)
		http.Error(w, "The page could not be drawn; the log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// It fails only when the browser has gone away.
	_, _ = w.Write(b.Bytes())
}

// back redirects to a page of the guild after an action.
func back(w http.ResponseWriter, r *http.Request, g catalog.Guild, tab, done string) {
	http.Redirect(w, r, "/g/"+g.ID+"/"+tab+"?done="+done, http.StatusSeeOther)
}

// fail answers with a sentence, as a page or as JSON.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, status int, sentence string) {
	if isAPI(r.URL.Path) {
		writeJSON(w, status, map[string]string{"error": sentence})
		return
	}
	g, _, err := s.Store.Guild(r.Context(), r.PathValue("guild")) // the frame leads to the guild's other pages, where the page names one
	if err != nil {
		g = catalog.Guild{}
	}
	v := failedView{page: s.frame(r, g, "", cmp.Or(failures[status], http.StatusText(status))), Sentence: sentence, Again: status >= 500 && r.Method == http.MethodGet}
	v.Notice, v.Login = "", v.Login && g.ID != "" // who is not let in cannot leave
	s.draw(w, r, status, "failed.html", v)
}

// failedView is a page that says that something did not work.
type failedView struct {
	page
	Sentence string
	Again    bool // it may work if it is tried again
}

// failures are the titles of pages that say that something did not work.
var failures = map[int]string{
	http.StatusNotFound: "There is nothing here", http.StatusForbidden: "This is not allowed", http.StatusConflict: "Not just now", http.StatusTooManyRequests: "Not so fast",
	http.StatusBadRequest: "This did not work", http.StatusInternalServerError: "Something went wrong", http.StatusRequestEntityTooLarge: "This is too large",
}

// broken answers that something went wrong, and logs what.
func (s *Server) broken(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody waits any more
	}
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		drain(r)
		s.fail(w, r, http.StatusRequestEntityTooLarge, "What was sent is too large.")
		return
	}
	s.Log.Error("a page of the dashboard failed", "path", r.URL.Path, "error", err)
	s.fail(w, r, http.StatusInternalServerError, "This did not work: "+brief(err))
}

// brief is an error's text as it is shown: it may quote what others wrote.
func brief(err error) string { return fit(err.Error(), maxShown) }

// maxShown is how many bytes of an error a page has.
const maxShown = 200

func writeJSON(w http.ResponseWriter, status int, v any) {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		http.Error(w, `{"error": "the answer could not be written"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n'))
}
