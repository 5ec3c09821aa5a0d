package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	cookieName  = "cratedigger_session"
	sessionLife = 7 * 24 * time.Hour
	maxSessions = 200
	maxNetworks = 4096
)

// prehash shortens a long password: bcrypt accepts at most 72 bytes.
func prehash(password string) []byte {
	if len(password) <= 72 {
		return []byte(password)
	}
	sum := sha256.Sum256([]byte(password))
	return []byte(base64.RawStdEncoding.EncodeToString(sum[:]))
}

// doorman keeps the sessions and slows down guessing. It counts wrong passwords by the
// network they come from. It compares the first few of a network at once. After those,
// every password from that network waits in a line that all such networks share. The
// right password waits there too, because a quick answer would tell which one is right;
// but it is compared in the end. With IPv6, guesses from the same /48 count too, unless
// the network has given the right password before.
type doorman struct {
	now  func() time.Time
	hash []byte        // bcrypt of the password; nil if the configuration has the password itself
	turn chan struct{} // held while bcrypt works, so that guesses use one processor at most
	line line

	mu       sync.Mutex
	sessions map[[32]byte]time.Time // time of expiry, by the hash of the cookie
	networks map[netip.Prefix]*guesses
	proven   map[netip.Prefix]bool // networks that have given the right password
	known    [32]byte              // keyed hash of the password; random until the password was seen
	key      [32]byte
}

// guesses are the wrong passwords of a network.
type guesses struct {
	wrong int // count since the last pause of forgetAfter
	last  time.Time
}

// forgetAfter is how long after its last guess a network has its first guesses again.
// If it were short, many networks that take turns would never have to wait.
const forgetAfter = time.Hour

// The guesses of a network before it has to wait: for the network of one machine or
// household, and for the wider network of one customer.
const (
	freeGuesses     = 5
	freeWideGuesses = 20
)

func newDoorman(password, hash string, now func() time.Time, sleep func(time.Duration)) (*doorman, error) {
	d := &doorman{
		now: now, turn: make(chan struct{}, 1), sessions: map[[32]byte]time.Time{}, networks: map[netip.Prefix]*guesses{},
		proven: map[netip.Prefix]bool{},
		line:   line{sleep: sleep, turns: map[netip.Prefix]uint64{}},
	}
	rand.Read(d.key[:])
	rand.Read(d.known[:])
	switch {
	case hash != "":
		d.hash = []byte(hash)
		if _, err := bcrypt.Cost(d.hash); err != nil {
			return nil, fmt.Errorf("dashboard.password_hash is no bcrypt hash: %w", err)
		}
	case password != "":
		d.known = d.sum(password)
	}
	return d, nil
}

// networksOf returns the networks that a guess from an address counts for, the
// narrowest first. With IPv6 one machine may have 2^64 addresses (a /64), and one
// customer 2^16 such networks (a /48).
func networksOf(a netip.Addr) []netip.Prefix {
	if !a.Is6() {
		own, _ := a.Prefix(a.BitLen())
		return []netip.Prefix{own}
	}
	own, _ := a.Prefix(64)
	wide, _ := a.Prefix(48)
	return []netip.Prefix{own, wide}
}

// verdict is the outcome of trying a password.
type verdict int

const (
	wrong  verdict = iota
	right          // the password
	gone           // not compared, because nobody waits for the answer any more
	late           // not compared yet: it has to wait in the line first
	unsure         // not compared yet: that needs bcrypt
)

// try compares a password that came from an address with the right one.
func (d *doorman) try(ctx context.Context, from netip.Addr, password string) verdict {
	networks := networksOf(from)
	for stood := false; ; {
		v := d.glance(networks, password, stood)
		if v == unsure {
			v = d.compare(ctx, networks, password, stood)
		}
		switch {
		case v != late:
			return v
		case !d.line.wait(ctx, networks):
			return gone
		}
		stood = true
	}
}

// compare compares a password by bcrypt, one at a time. It may also return late.
func (d *doorman) compare(ctx context.Context, networks []netip.Prefix, password string, stood bool) verdict {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return gone
	}
	// While waiting, the network may have used up its guesses, or another request
	// may have given the password.
	if v := d.glance(networks, password, stood); v != unsure {
		return v
	}
	ok := bcrypt.CompareHashAndPassword(d.hash, prehash(password)) == nil
	d.mu.Lock()
	defer d.mu.Unlock()
	if !ok {
		d.count(networks)
		return wrong
	}
	d.known = d.sum(password) // so that the next time costs nothing
	d.welcome(networks[0])
	return right
}

// glance decides without bcrypt if it can. stood says that the password has waited in
// the line.
func (d *doorman) glance(networks []netip.Prefix, password string, stood bool) verdict {
	sum := d.sum(password)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case !stood && d.late(networks):
		return late
	case subtle.ConstantTimeCompare(sum[:], d.known[:]) == 1:
		d.welcome(networks[0])
		return right
	case d.hash == nil:
		d.count(networks)
		return wrong
	}
	return unsure
}

// late reports whether one of an address's networks has used up its first guesses. d.mu
// is held.
func (d *doorman) late(networks []netip.Prefix) bool {
	for i, n := range networks {
		g, free := d.networks[n], freeGuesses
		if i > 0 {
			if d.proven[networks[0]] {
				continue
			}
			free = freeWideGuesses
		}
		if g != nil && g.wrong >= free && d.now().Sub(g.last) < forgetAfter {
			return true
		}
	}
	return false
}

// welcome notes that a network has given the right password. d.mu is held.
func (d *doorman) welcome(own netip.Prefix) {
	delete(d.networks, own)
	if len(d.proven) >= maxNetworks {
		clear(d.proven)
	}
	d.proven[own] = true
}

// count notes a wrong password. d.mu is held.
func (d *doorman) count(networks []netip.Prefix) {
	now := d.now()
	for _, n := range networks {
		g := d.networks[n]
		if g == nil {
			d.makeRoom(now)
			g = &guesses{}
			d.networks[n] = g
		}
		if now.Sub(g.last) >= forgetAfter {
			g.wrong = 0
		}
		g.wrong++
		g.last = now
	}
}

// makeRoom forgets one network if there are too many. It looks at 16 of them and
// prefers one that has not guessed for a while. d.mu is held.
func (d *doorman) makeRoom(now time.Time) {
	if len(d.networks) < maxNetworks {
		return
	}
	var one netip.Prefix
	looked := 0
	for n, g := range d.networks { // in random order
		one = n
		if looked++; looked == 16 || now.Sub(g.last) >= forgetAfter {
			break
		}
	}
	delete(d.networks, one)
}

// sum is the hash of a password with the random key of this process.
func (d *doorman) sum(password string) [32]byte {
	return sha256.Sum256(append(d.key[:], password...))
}

// open starts a session and returns its cookie's value.
func (d *doorman) open() string {
	var token [32]byte
	rand.Read(token[:])
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	var oldest [32]byte
	for id, until := range d.sessions {
		if now.After(until) {
			delete(d.sessions, id)
		} else if first, ok := d.sessions[oldest]; !ok || until.Before(first) {
			oldest = id
		}
	}
	if len(d.sessions) >= maxSessions {
		delete(d.sessions, oldest)
	}
	d.sessions[sha256.Sum256(token[:])] = now.Add(sessionLife)
	return base64.RawURLEncoding.EncodeToString(token[:])
}

// session finds a request's session by its cookie. The map holds only hashes, so
// the time of the look-up tells nothing about a valid cookie.
func (d *doorman) session(r *http.Request) ([32]byte, bool) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return [32]byte{}, false
	}
	token, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(token) != 32 {
		return [32]byte{}, false
	}
	id := sha256.Sum256(token)
	d.mu.Lock()
	defer d.mu.Unlock()
	until, ok := d.sessions[id]
	if !ok || d.now().After(until) {
		return id, false
	}
	return id, true
}

func (d *doorman) end(id [32]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sessions, id)
}

// caller is the address that a request comes from: the other end of the connection,
// or, if that is a trusted proxy, the last address in X-Forwarded-For that is not a
// trusted proxy.
func (s *Server) caller(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.trusts(from) {
			break
		}
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		from = before.Unmap().WithZone("")
	}
	return from
}

// trusts reports whether an address is a trusted proxy.
func (s *Server) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(s.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// try asks the doorman about a password. If it is not right, sentence says why.
func (s *Server) try(w http.ResponseWriter, r *http.Request, password string) (status int, sentence string) {
	from := s.caller(r)
	log := s.Log.With("from", from)
	if r.Header.Get("X-Forwarded-For") != "" && len(s.TrustedProxies) == 0 {
		log = log.With("hint", "it came through a proxy: name that in dashboard.trusted_proxies, or all who come through it are slowed down together")
	}
	v := s.logins.try(r.Context(), from, password)
	// The wait has used up the time for the answer.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
	switch v {
	case right:
		return http.StatusOK, ""
	case gone:
		return http.StatusServiceUnavailable, "The bot ends just now, and has not looked at the password. Try again in a minute."
	}
	w.Header().Set("Connection", "close") // so that those who wait for a connection take turns with who guesses
	log.Warn("a wrong password for the dashboard")
	return http.StatusUnauthorized, "The password is wrong."
}

// authenticated lets a request through that has a session, or (for programs) the
// password by HTTP basic authentication with any user name. If no password is set, it
// lets requests through that address this machine by a loopback name.
func (s *Server) authenticated(h http.Handler) http.Handler {
	if !s.locked() {
		return localOnly(h)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := s.logins.session(r); ok {
			h.ServeHTTP(w, r)
			return
		}
		if _, password, ok := r.BasicAuth(); ok {
			if status, sentence := s.try(w, r, password); sentence != "" {
				s.fail(w, r, status, sentence)
				return
			}
			if r.ContentLength != 0 { // the time to send the body was used up, too
				_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTimeout))
			}
			h.ServeHTTP(w, r)
			return
		}
		if r.Method != http.MethodGet || isAPI(r.URL.Path) || r.Header.Get("HX-Request") != "" {
			w.Header().Set("HX-Redirect", "/login")
			s.fail(w, r, http.StatusUnauthorized, "Log in first: send the password by HTTP basic authentication, or open /login in a browser.")
			return
		}
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	})
}

// loginView is the login page.
type loginView struct {
	Error string
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.logins.session(r); ok || !s.locked() {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.draw(w, r, http.StatusOK, "login.html", loginView{})
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if !s.locked() {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	if status, sentence := s.try(w, r, r.PostFormValue("password")); sentence != "" {
		s.draw(w, r, status, "login.html", loginView{Error: sentence})
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: s.logins.open(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https"),
		MaxAge: int(sessionLife / time.Second),
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if id, ok := s.logins.session(r); ok {
		s.logins.end(id)
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: -1})
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
