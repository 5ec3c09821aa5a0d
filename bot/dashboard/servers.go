package dashboard

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cratedigger/pipeline/catalog"
)

// serversView is the page of all servers, where the menu of each page has no room for them.
type serversView struct {
	page
	Text  string // words that somebody typed
	Found []catalog.Guild
	Total int    // servers that have them
	More  string // address of the next page, "" at the end
}

// perServers is how many servers a page shows.
const perServers = 100

func (s *Server) showServers(w http.ResponseWriter, r *http.Request) {
	guilds, err := s.Store.Guilds(r.Context())
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if len(guilds) == 0 {
		http.Redirect(w, r, "/", http.StatusSeeOther) // there it says what to do
		return
	}
	q := r.URL.Query()
	v := serversView{page: page{Title: "Servers", Version: s.Version, Login: s.locked()}, Text: cut(strings.TrimSpace(q.Get("q")), maxText)}
	words, number := wordsOf(v.Text), max(countParam(q.Get("page")), 1)
	for _, g := range guilds {
		if g.Name = cmp.Or(g.Name, g.ID); !holdsAll(fold(g.Name+" "+g.ID), words) {
			continue
		}
		if v.Total++; v.Total > (number-1)*perServers && len(v.Found) < perServers {
			v.Found = append(v.Found, g)
		}
	}
	if v.Total > number*perServers {
		v.More = "/servers?" + url.Values{"q": {v.Text}, "page": {strconv.Itoa(number + 1)}}.Encode()
	}
	s.draw(w, r, http.StatusOK, "servers.html", v)
}

// fewServers are as many of the servers as a menu has room for, with the one of the page,
// and the number of all where those are not all.
func fewServers(guilds []catalog.Guild, now string) (some []catalog.Guild, all int) {
	room := lineRoom
	for _, g := range guilds {
		if room -= escaped(fit(g.Name, maxServer)) + 2*len(g.ID) + 40; room > 0 || g.ID == now {
			some = append(some, g)
		}
	}
	if len(some) < len(guilds) {
		all = len(guilds)
	}
	return some, all
}

// maxServer is how many bytes of a server's name a page has.
const maxServer = 120
