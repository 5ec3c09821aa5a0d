package dashboard_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/bot/dashboard"

	"golang.org/x/crypto/bcrypt"
)

// behindProxy is a dashboard with a password, or its hash, that a proxy on this
// machine passes everybody to.
func behindProxy(t *testing.T, hashed bool) func(*dashboard.Options) {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *dashboard.Options) {
		o.Listen, o.TrustedProxies = "0.0.0.0:8080", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
		if o.Password = password; hashed {
			o.Password, o.PasswordHash = "", string(hash)
		}
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "up 1") })
	}
}

// login posts a password to the login page, from any address.
func (w *world) login(t *testing.T, from, password string) (status int) {
	t.Helper()
	res, _ := w.post(t, "/login", map[string]string{"password": password}, "X-Forwarded-For", from)
	return res.StatusCode
}

// metrics asks as Prometheus does.
func (w *world) metrics(t *testing.T, from, password string) (status int) {
	t.Helper()
	res, _ := w.send(t, "GET", "/metrics", "", func(r *http.Request) {
		r.Header.Set("X-Forwarded-For", from)
		r.SetBasicAuth("prometheus", password)
	})
	return res.StatusCode
}

// over returns a context that has ended. With it a password is compared only if it does
// not have to wait.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// TestOthersGuessesShutNobodyOut: while others guess as fast as they are answered, from
// more connections than the dashboard takes, the right password opens: for a browser
// that was never here before, for programs, and right after a start.
func TestOthersGuessesShutNobodyOut(t *testing.T) {
	own := func(int) string { return "198.51.100.7" }
	networks := func(i int) string { return fmt.Sprintf("198.51.%d.7", i%200) }
	for _, tt := range []struct {
		name     string
		from     func(i int) string // of the guesses
		owner    string
		strange  bool // the proxy is not trusted, so all have its address
		hashed   bool
		guessers int
	}{
		{"of the owner's address", own, "198.51.100.7", false, false, 40},
		{"of the owner's address", own, "198.51.100.7", false, true, 40},
		{"of the owner's address, all connections of them", own, "198.51.100.7", false, false, 160},
		{"of an untrusted proxy, the owner behind it", networks, "203.0.113.9", true, false, 90},
		{"of the owner's /64", func(i int) string { return fmt.Sprintf("2001:db8:1:1::%x", i+2) }, "2001:db8:1:1::1", false, false, 90},
		{"of the owner's /48", func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i%30+2) }, "2001:db8:1:1::1", false, false, 90},
		{"of one address", own, "203.0.113.9", false, true, 40},
		{"of 200 networks", networks, "203.0.113.9", false, true, 200},
		{"of 200 networks, the owner's among them", networks, "198.51.3.7", false, false, 200},
		{"that forge who forwarded them", func(i int) string { return fmt.Sprintf("203.0.113.9, 198.51.%d.7, 10.0.0.1", i%24) }, "203.0.113.9", false, false, 40},
		{"that forge addresses behind it", func(i int) string { return fmt.Sprintf("203.0.113.9, 198.51.%d.7", i%200) }, "203.0.113.9", false, false, 90},
	} {
		ok := t.Run(fmt.Sprintf("guesses %s, hashed %v", tt.name, tt.hashed), func(t *testing.T) {
			var turns, looked atomic.Int64
			w := newWorld(t, 0, func(o *dashboard.Options) {
				behindProxy(t, tt.hashed)(o)
				if tt.strange {
					o.TrustedProxies = nil
				}
				o.Sleep = func(time.Duration) { turns.Add(1); time.Sleep(100 * time.Microsecond) }
			})
			w.serve(t)
			guesser := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: tt.guessers}} // keeps the connections it has
			var attack sync.WaitGroup
			defer attack.Wait()
			defer guesser.CloseIdleConnections()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			for n := range tt.guessers {
				attack.Go(func() {
					for i := n; ctx.Err() == nil; i += tt.guessers {
						r, err := http.NewRequestWithContext(ctx, "POST", w.front.URL+"/login", strings.NewReader(fmt.Sprint("password=guess", i)))
						if err != nil {
							t.Error(err)
							return
						}
						r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
						r.Header.Set("X-Forwarded-For", tt.from(i))
						res, err := guesser.Do(r)
						if err != nil {
							continue // the test has ended
						}
						io.Copy(io.Discard, res.Body)
						res.Body.Close()
						if res.StatusCode != 401 {
							t.Errorf("a guess is answered with %d", res.StatusCode)
							return
						}
						looked.Add(1)
					}
				})
			}
			for deadline := time.Now().Add(5 * time.Minute); turns.Load() < int64(tt.guessers); time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%d guesses, and only %d turns", looked.Load(), turns.Load())
				}
			}
			for i, try := range []func() int{
				func() int { return w.login(t, tt.owner, "correct horse") }, // a slip
				func() int { return w.login(t, tt.owner, password) },
				func() int { return w.metrics(t, tt.owner, password) },
			} {
				if status, want := try(), []int{401, 303, 200}[i]; status != want {
					t.Errorf("the owner is answered with %d, want %d", status, want)
				}
			}
		})
		if !ok {
			return // the others would wait as long
		}
	}
}

// serve answers as Run does, with its limit of connections.
func (w *world) serve(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	w.front.URL = "http://" + listener.Addr().String()
}

// TestGuessesStandInALine: after its first guesses a network's passwords are compared
// one a step, the right one too. None is sent away, no network delays the others by more
// than a turn, and whoever has waited longest has every second turn, whatever comes later.
func TestGuessesStandInALine(t *testing.T) {
	steps := make(chan struct{})
	w := newWorld(t, 0, func(o *dashboard.Options) {
		behindProxy(t, false)(o)
		o.Sleep = func(time.Duration) { <-steps }
	})
	const neighbour, owner = "198.51.100.7", "203.0.113.9"
	for _, from := range []string{neighbour, owner} {
		for range 5 {
			if _, waits := w.server.Opens(over(), from, "guess"); waits {
				t.Fatal("a first guess is not looked at")
			}
		}
	}
	if opens, _ := w.server.Opens(over(), owner, password); opens {
		t.Error("who has guessed is told which is right, at once")
	}
	t.Cleanup(sync.OnceFunc(func() { close(steps) }))
	var all sync.WaitGroup
	looked, sentAway := make(chan string, 1000), make(chan string, 1000)
	say := func(from, word string) {
		all.Go(func() {
			switch opens, waits := w.server.Opens(t.Context(), from, word); {
			case waits:
				sentAway <- from
			case opens:
				looked <- "the password"
			default:
				looked <- from
			}
		})
	}
	next := func(c chan string) string {
		t.Helper()
		select {
		case said := <-c:
			return said
		case <-time.After(10 * time.Second):
			t.Fatal("nobody is answered")
			return ""
		}
	}
	step := func() {
		select {
		case steps <- struct{}{}:
		case <-time.After(10 * time.Second):
			t.Error("the line does not move")
		}
	}
	until := func(n int) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); w.server.Waiting() != n; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d wait, want %d", w.server.Waiting(), n)
			}
		}
	}
	say(neighbour, "guess")
	if first := next(looked); first != neighbour { // an empty line has a turn at once, and the next after a step
		t.Fatalf("%s is looked at", first)
	}
	wait := 0
	join := func(from, word string) {
		t.Helper()
		say(from, word)
		wait++
		until(wait)
	}
	turn := func() string {
		t.Helper()
		step()
		wait--
		return next(looked)
	}
	for range dashboard.MostConnections - 1 {
		join(neighbour, "guess")
	}
	join(owner, password)
	if one, two := turn(), turn(); one != "the password" && two != "the password" {
		t.Errorf("before the owner %s and %s are looked at, which have had a turn", one, two)
	}
	join(neighbour, password) // the owner, at the address of who guesses
	behind := wait - 1
	waited := 1
	for i := 0; turn() != "the password"; i++ { // and always there is a network that has had no turn
		other := fmt.Sprintf("192.0.%d.%d", i/250, i%250)
		for range 5 {
			w.server.Opens(over(), other, "guess")
		}
		join(other, "guess")
		if waited++; waited > 2*behind+2 {
			t.Fatalf("behind %d others the owner has had no turn after %d", behind, waited)
		}
	}
	for wait > 0 {
		turn()
	}
	all.Wait()
	if len(looked)+len(sentAway) != 0 {
		t.Errorf("%d more were looked at, and %d sent away", len(looked), len(sentAway))
	}
}

// TestWaitIsNotCountedAsTheClients: a wait in the line, or any work, that lasts longer than
// the server's time-outs ends with an answer.
func TestWaitIsNotCountedAsTheClients(t *testing.T) {
	const timeout = time.Second
	steps := make(chan struct{})
	w := newWorld(t, 3, func(o *dashboard.Options) {
		withPassword(o)
		o.Sleep = func(time.Duration) { <-steps }
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
				t.Error("the request of a client that waits is given up")
			case <-time.After(timeout * 3 / 2):
			}
		})
	})
	server := httptest.NewUnstartedServer(nil)
	server.Config = w.server.HTTP(timeout)
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(sync.OnceFunc(func() { close(steps) }))
	w.front.URL = server.URL
	for range 6 { // the sixth has the line's first turn
		w.login(t, "", "guess")
	}
	var all sync.WaitGroup
	all.Go(func() {
		if status := w.login(t, "", password); status != 303 {
			t.Errorf("status %d after a wait, want 303", status)
		}
	})
	all.Go(func() {
		res, body := w.send(t, "POST", g+"/vote", "video="+w.ids[0]+"&vote=up&more="+strings.Repeat("a", 100_000), func(r *http.Request) { r.SetBasicAuth("", password) })
		if res.StatusCode != 303 {
			t.Errorf("what was sent before a wait is answered with %d: %s", res.StatusCode, body)
		}
	})
	for deadline := time.Now().Add(10 * time.Second); w.server.Waiting() < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody waits")
		}
	}
	time.Sleep(timeout * 3 / 2)
	steps <- struct{}{}
	steps <- struct{}{}
	all.Wait()
	if status := w.metrics(t, "", password); status != 200 {
		t.Errorf("status %d after long work", status)
	}
}

// TestOldGuessesAreForgotten: a network that mistyped long ago does not have to wait; one
// that only paused for a moment does.
func TestOldGuessesAreForgotten(t *testing.T) {
	for pause, opens := range map[time.Duration]bool{time.Minute: false, 2 * time.Hour: true} {
		clock := now
		w := newWorld(t, 0, func(o *dashboard.Options) {
			behindProxy(t, false)(o)
			o.Now = func() time.Time { return clock }
		})
		for range 5 {
			w.server.Opens(over(), "203.0.113.9", "correct horse")
		}
		clock = clock.Add(pause)
		if got, _ := w.server.Opens(over(), "203.0.113.9", password); got != opens {
			t.Errorf("after %s the password opens at once: %v", pause, got)
		}
	}
}

// TestNeighboursGuessesShutNobodyOut: guesses from the same /48 do not delay a network
// that has given the password; its own guesses do.
func TestNeighboursGuessesShutNobodyOut(t *testing.T) {
	for _, hashed := range []bool{false, true} {
		w := newWorld(t, 0, behindProxy(t, hashed))
		const owner = "2001:db8:1:ffff::1"
		if opens, _ := w.server.Opens(t.Context(), owner, password); !opens {
			t.Fatal("the password does not open")
		}
		for i := range 30 {
			if _, waits := w.server.Opens(cancelled(t, i >= 20), fmt.Sprintf("2001:db8:1:%x::1", i+1), "guess"); waits != (i >= 20) {
				t.Errorf("guess %d has to wait: %v", i, waits)
			}
		}
		for range 4 {
			if _, waits := w.server.Opens(t.Context(), owner, "correct horse"); waits {
				t.Error("a slip of the owner's has to wait")
			}
			if opens, _ := w.server.Opens(t.Context(), "2001:db8:1:ffff::2", password); !opens {
				t.Error("the password does not open any more")
			}
		}
		for range 5 {
			w.server.Opens(t.Context(), owner, "guess")
		}
		if _, waits := w.server.Opens(over(), owner, password); !waits {
			t.Error("a network that has used up its guesses is told at once")
		}
	}
}

// cancelled is a context that has ended, or the test's.
func cancelled(t *testing.T, ended bool) context.Context {
	if ended {
		return over()
	}
	return t.Context()
}

// TestMetricsAfterARestart: the first requests of Prometheus come at once, while
// others guess.
func TestMetricsAfterARestart(t *testing.T) {
	for _, hashed := range []bool{false, true} {
		var turns atomic.Int64 // in the line
		w := newWorld(t, 0, func(o *dashboard.Options) {
			behindProxy(t, hashed)(o)
			o.Sleep = func(time.Duration) { turns.Add(1) }
		})
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() { w.login(t, fmt.Sprintf("198.51.100.%d", i), "guess") })
			all.Go(func() {
				if status := w.metrics(t, "203.0.113.10", password); status != 200 {
					t.Errorf("hashed %v: status %d", hashed, status)
				}
			})
		}
		all.Wait()
		if n := turns.Load(); n > 0 {
			t.Errorf("hashed %v: the line moved %d times, though nobody has used up the first guesses", hashed, n)
		}
	}
}

// TestForwardedIsReadOfProxiesAlone: X-Forwarded-For counts only if it comes from a
// trusted proxy, and only what proxies added to it, because anybody else can write it.
func TestForwardedIsReadOfProxiesAlone(t *testing.T) {
	const all = 9 // guesses, of which a network has five free
	for _, tt := range []struct {
		what      string
		change    func(*dashboard.Options)
		forwarded string // by the number of the guess
		wait      int
	}{
		{"of a stranger", withPassword, "198.51.100.%d", 4},
		{"of a proxy", behindProxy(t, false), "198.51.100.%d", 0},
		{"of two proxies", behindProxy(t, false), "198.51.100.%d, 10.0.0.1", 0},
		{"of a client, behind a proxy", behindProxy(t, false), "198.51.100.%d, 203.0.113.7", 4},
		{"of a client, behind two proxies", behindProxy(t, false), "198.51.100.%d, 203.0.113.7, 10.0.0.1", 4},
		{"of a client that is no address, behind a proxy", behindProxy(t, false), "198.51.100.%d, unknown", 4},
	} {
		w := newWorld(t, 0, tt.change)
		waited := 0
		for i := range all {
			r := httptest.NewRequestWithContext(over(), http.MethodPost, "/login", strings.NewReader("password=guess"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Forwarded-For", fmt.Sprintf(tt.forwarded, i))
			r.RemoteAddr = "127.0.0.1:50000"
			answer := httptest.NewRecorder()
			if w.server.ServeHTTP(answer, r); answer.Code == http.StatusServiceUnavailable {
				waited++
			} else if answer.Code != http.StatusUnauthorized {
				t.Errorf("%s: status %d", tt.what, answer.Code)
			}
		}
		if waited != tt.wait {
			t.Errorf("%s: %d of %d guesses had to wait, want %d", tt.what, waited, all, tt.wait)
		}
		hint := strings.Contains(w.log.String(), "from=127.0.0.1") && strings.Contains(w.log.String(), "dashboard.trusted_proxies")
		if want := tt.what == "of a stranger"; hint != want {
			t.Errorf("%s: the log says what to do: %v, want %v: %s", tt.what, hint, want, w.log)
		}
	}
}

// TestGuessesTakeTurns: bcrypt works on one guess at a time, and not at all if the
// outcome is known without it.
func TestGuessesTakeTurns(t *testing.T) {
	w := newWorld(t, 0, behindProxy(t, true))
	if opens, _ := w.server.Opens(t.Context(), "203.0.113.1", password); !opens {
		t.Fatal("the password does not open")
	}
	for i := range 5 {
		w.server.Opens(t.Context(), "198.51.100.1", fmt.Sprint("guess ", i))
	}
	giveBack := w.server.Occupy()
	for i := range 30 {
		if _, refuses := w.server.Opens(over(), fmt.Sprintf("192.0.2.%d", i), "guess"); !refuses {
			t.Error("a guess did not wait for its turn")
		}
	}
	if opens, _ := w.server.Opens(over(), "203.0.113.1", password); !opens {
		t.Error("a password that was right before waits for guesses")
	}
	if _, refuses := w.server.Opens(over(), "198.51.100.1", password); !refuses {
		t.Error("a network without guesses left is told which is right")
	}
	giveBack()
}

// TestNetworksAreBounded: guesses from many networks do not fill the memory.
func TestNetworksAreBounded(t *testing.T) {
	w := newWorld(t, 0, behindProxy(t, false))
	for i := range 10_000 {
		w.server.Opens(t.Context(), fmt.Sprintf("100.%d.%d.1", i/250, i%250), "guess")
	}
	if n := w.server.Networks(); n > 4096 {
		t.Errorf("%d networks are kept", n)
	}
}

// TestShortPasswordIsTold: a short password is warned about if others can try to
// guess it.
func TestShortPasswordIsTold(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	for _, tt := range []struct {
		o    dashboard.Options
		told bool
	}{
		{dashboard.Options{Listen: "0.0.0.0:8080", Password: "elevenchars"}, true},
		{dashboard.Options{Listen: ":8080", Password: "üüüüüüüüüüü"}, true},
		{dashboard.Options{Listen: ":8080", Password: "twelve chars"}, false},
		{dashboard.Options{Listen: ":8080", PasswordHash: "$2a$"}, false},
		{dashboard.Options{Listen: ":8080"}, false}, // it is off
		{dashboard.Options{Listen: "127.0.0.1:8080", Password: "short"}, false},
		{dashboard.Options{Listen: "127.0.0.1:8080", Password: "short", TrustedProxies: proxies}, true},
	} {
		if got := tt.o.Guessable(); got != tt.told {
			t.Errorf("%q on %s: %v", tt.o.Password, tt.o.Listen, got)
		}
	}
	for word, told := range map[string]bool{"elevenchars": true, "twelve chars": false} {
		w := newWorld(t, 0, func(o *dashboard.Options) { o.Listen, o.Password = "0.0.0.0:0", word })
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.server.Serve(ctx, listener); err != nil {
			t.Fatal(err)
		}
		if log := w.log.String(); strings.Contains(log, "fewer than 12 characters") != told || strings.Contains(log, word) {
			t.Errorf("%q: the log says %s", word, log)
		}
		if status := w.login(t, "", word); status != 303 {
			t.Errorf("%q is refused: status %d", word, status)
		}
	}
}
