package dashboard

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/time/rate"
)

const (
	bcryptCost  = 10
	cookieName  = "cratedigger_session"
	sessionLife = 7 * 24 * time.Hour
	maxSessions = 200
	maxCallers  = 4096
)

// prehash shortens a long password: bcrypt accepts at most 72 bytes.
func prehash(password string) []byte {
	if len(password) <= 72 {
		return []byte(password)
	}
	sum := sha256.Sum256([]byte(password))
	return []byte(base64.RawStdEncoding.EncodeToString(sum[:]))
}

// doorman keeps the sessions and limits how fast passwords can be guessed.
type doorman struct {
	now func() time.Time

	mu       sync.Mutex
	sessions map[[32]byte]time.Time // expiry by the hash of the cookie
	callers  map[string]*rate.Limiter
	all      *rate.Limiter
	known    [32]byte // keyed hash of the last right password
	key      [32]byte // random at each start
}

func newDoorman(now func() time.Time) *doorman {
	d := &doorman{
		now: now, sessions: map[[32]byte]time.Time{}, callers: map[string]*rate.Limiter{},
		// For all callers together: few enough bcrypt hashes for one core.
		all: rate.NewLimiter(2, 20),
	}
	rand.Read(d.key[:])
	rand.Read(d.known[:])
	return d
}

// allow reports whether a caller may try a password now: five at once, then
// one in ten seconds.
func (d *doorman) allow(caller string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	limiter := d.callers[caller]
	if limiter == nil {
		if len(d.callers) >= maxCallers {
			clear(d.callers)
		}
		limiter = rate.NewLimiter(rate.Every(10*time.Second), 5)
		d.callers[caller] = limiter
	}
	now := d.now()
	return limiter.AllowN(now, 1) && d.all.AllowN(now, 1)
}

// matches compares a password with a bcrypt hash. A right and a wrong one take
// the same time.
func matches(hash []byte, password string) bool {
	return bcrypt.CompareHashAndPassword(hash, prehash(password)) == nil
}

// remembered reports whether a password is the last right one, so that a client
// of the API does not pay for bcrypt at each call.
func (d *doorman) remembered(password string) bool {
	sum := d.sum(password)
	d.mu.Lock()
	defer d.mu.Unlock()
	return subtle.ConstantTimeCompare(sum[:], d.known[:]) == 1
}

func (d *doorman) remember(password string) {
	sum := d.sum(password)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = sum
}

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

// caller is the address of a client, by which tries are counted.
func caller(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// authenticated asks for a session or, of programs, for the password by HTTP basic
// authentication with any user name. Without a password it asks that the request
// be for this machine.
func (s *Server) authenticated(h http.Handler) http.Handler {
	if s.hash == nil {
		return localOnly(h)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := s.logins.session(r); ok {
			h.ServeHTTP(w, r)
			return
		}
		if _, password, ok := r.BasicAuth(); ok {
			switch {
			case s.logins.remembered(password):
				h.ServeHTTP(w, r)
			case !s.logins.allow(caller(r)):
				w.Header().Set("Retry-After", "10")
				s.fail(w, r, http.StatusTooManyRequests, "Too many wrong passwords. Wait a little and try again.")
			case matches(s.hash, password):
				s.logins.remember(password)
				h.ServeHTTP(w, r)
			default:
				s.Log.Warn("a wrong password for the dashboard", "from", caller(r))
				s.fail(w, r, http.StatusUnauthorized, "The password is wrong.")
			}
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
	if _, ok := s.logins.session(r); ok || s.hash == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.draw(w, r, http.StatusOK, "login.html", loginView{})
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if s.hash == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	if !s.logins.allow(caller(r)) {
		w.Header().Set("Retry-After", "10")
		s.Log.Warn("logins to the dashboard are slowed down", "from", caller(r))
		s.draw(w, r, http.StatusTooManyRequests, "login.html", loginView{Error: "Too many attempts. Wait ten seconds and try again."})
		return
	}
	if !matches(s.hash, r.PostFormValue("password")) {
		s.Log.Warn("a wrong password for the dashboard", "from", caller(r))
		s.draw(w, r, http.StatusUnauthorized, "login.html", loginView{Error: "The password is wrong."})
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
