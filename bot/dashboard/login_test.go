package dashboard_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
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

// TestOthersGuessesShutNobodyOut: however many wrong passwords others send, and from
// however many addresses, the owner can log in, also after a restart and by HTTP
// basic authentication.
func TestOthersGuessesShutNobodyOut(t *testing.T) {
	for _, hashed := range []bool{false, true} {
		for name, tt := range map[string]struct {
			from     func(i int) string
			networks int
			read     int // guesses that are compared, at most
		}{
			"one address":       {func(int) string { return "198.51.100.7" }, 1, 5},
			"a /64":             {func(i int) string { return fmt.Sprintf("2001:db8:1:1::%x", i+1) }, 24, 5},
			"a /48":             {func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i+1) }, 24, 20},
			"many networks":     {func(i int) string { return fmt.Sprintf("198.51.%d.7", i) }, 24, 24 * 5},
			"behind one proxy":  {func(i int) string { return fmt.Sprintf("203.0.113.9, 198.51.%d.7, 10.0.0.1", i) }, 24, 24 * 5},
			"forged forwarding": {func(i int) string { return fmt.Sprintf("198.51.%d.7, 192.0.2.1", i) }, 24, 5},
		} {
			t.Run(fmt.Sprintf("%s, hashed %v", name, hashed), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, 0, behindProxy(t, hashed))
				owner := "203.0.113.9"
				for range 4 { // mistyping a few times is not guessing
					if status := w.login(t, owner, "correct horse"); status != 401 {
						t.Errorf("a slip of the owner's: status %d", status)
					}
				}
				read := 0
				for i := range tt.networks * 6 {
					switch status := w.login(t, tt.from(i%tt.networks), fmt.Sprint("guess ", i)); status {
					case 401:
						read++
					case 429:
					default:
						t.Fatalf("a guess: status %d", status)
					}
				}
				if read > tt.read || read < min(tt.read, 5) {
					t.Errorf("%d guesses were looked at, want at most %d", read, tt.read)
				}
				if status := w.login(t, owner, password); status != 303 {
					t.Errorf("the owner's login: status %d", status)
				}
				var all sync.WaitGroup
				for range 12 { // all at once, before anybody has given the right password
					all.Go(func() {
						if status := w.metrics(t, "203.0.113.10", password); status != 200 {
							t.Errorf("the metrics: status %d", status)
						}
					})
				}
				all.Wait()
				if status := w.metrics(t, "2001:db8:2::1", password); status != 200 {
					t.Errorf("the metrics by IPv6: status %d", status)
				}
			})
		}
	}
}

// TestOldGuessesAreForgotten: a network that mistyped long ago does not share the limit
// of those that guess now; one that only paused for a moment does.
func TestOldGuessesAreForgotten(t *testing.T) {
	for pause, opens := range map[time.Duration]bool{time.Minute: false, 2 * time.Hour: true} {
		clock := now
		w := newWorld(t, 0, func(o *dashboard.Options) {
			behindProxy(t, false)(o)
			o.Now = func() time.Time { return clock }
		})
		for range 5 {
			w.server.Opens(t.Context(), "203.0.113.9", "correct horse")
		}
		clock = clock.Add(pause - 10*time.Second)
		for range 2 { // use up the others' first guesses, and then the limit that all share
			for i := range 24 * 5 {
				w.server.Opens(t.Context(), fmt.Sprintf("198.51.%d.7", i%24), "guess")
			}
			clock = clock.Add(10 * time.Second)
		}
		clock = clock.Add(-10 * time.Second)
		if got, _ := w.server.Opens(t.Context(), "203.0.113.9", password); got != opens {
			t.Errorf("after %s, while others guess, the password opens: %v", pause, got)
		}
	}
}

// TestNeighboursGuessesShutNobodyOut: guesses from the same /48 do not shut out a
// network that has given the password; its own guesses do.
func TestNeighboursGuessesShutNobodyOut(t *testing.T) {
	for _, hashed := range []bool{false, true} {
		w := newWorld(t, 0, func(o *dashboard.Options) {
			behindProxy(t, hashed)(o)
			o.Now = func() time.Time { return now }
		})
		const owner = "2001:db8:1:ffff::1"
		if opens, _ := w.server.Opens(t.Context(), owner, password); !opens {
			t.Fatal("the password does not open")
		}
		for i := range 30 {
			_, refuses := w.server.Opens(t.Context(), fmt.Sprintf("2001:db8:1:%x::1", i+1), "guess")
			if refuses != (i >= 20) {
				t.Errorf("guess %d is refused: %v", i, refuses)
			}
		}
		for range 4 {
			if _, refuses := w.server.Opens(t.Context(), owner, "correct horse"); refuses {
				t.Error("a slip of the owner's is refused")
			}
			if opens, _ := w.server.Opens(t.Context(), "2001:db8:1:ffff::2", password); !opens {
				t.Error("the password does not open any more")
			}
		}
		for range 5 {
			w.server.Opens(t.Context(), owner, "guess")
		}
		if _, refuses := w.server.Opens(t.Context(), owner, password); !refuses {
			t.Error("a network without guesses left is looked at")
		}
	}
}

// TestMetricsAfterARestart: the first requests of Prometheus come at once, while
// others guess.
func TestMetricsAfterARestart(t *testing.T) {
	for _, hashed := range []bool{false, true} {
		w := newWorld(t, 0, behindProxy(t, hashed))
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
	}
}

// TestForwardedIsReadOfProxiesAlone: X-Forwarded-For counts only if it comes from a
// trusted proxy, because anybody else can write it.
func TestForwardedIsReadOfProxiesAlone(t *testing.T) {
	w := newWorld(t, 0, withPassword)
	read := 0
	for i := range 9 {
		if w.login(t, fmt.Sprintf("198.51.100.%d", i), "guess") == 401 {
			read++
		}
	}
	if read != 5 {
		t.Errorf("%d guesses of one address were looked at, want 5", read)
	}
	if log := w.log.String(); !strings.Contains(log, "from=127.0.0.1") || !strings.Contains(log, "dashboard.trusted_proxies") {
		t.Errorf("the log does not say what to do: %s", log)
	}
}

// TestGuessesTakeTurns: bcrypt works on one guess at a time, and not at all if the
// outcome is known without it.
func TestGuessesTakeTurns(t *testing.T) {
	clock := now
	w := newWorld(t, 0, func(o *dashboard.Options) {
		behindProxy(t, true)(o)
		o.Now = func() time.Time { return clock }
	})
	if opens, _ := w.server.Opens(t.Context(), "203.0.113.1", password); !opens {
		t.Fatal("the password does not open")
	}
	for i := range 6 {
		_, refuses := w.server.Opens(t.Context(), "198.51.100.1", fmt.Sprint("guess ", i))
		if refuses != (i >= 5) {
			t.Errorf("guess %d is refused: %v", i, refuses)
		}
	}
	giveBack := w.server.Occupy()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 30 {
		if _, refuses := w.server.Opens(over, fmt.Sprintf("192.0.2.%d", i), "guess"); !refuses {
			t.Error("a guess did not wait for its turn")
		}
	}
	if opens, _ := w.server.Opens(over, "203.0.113.1", password); !opens {
		t.Error("a password that was right before waits for guesses")
	}
	if _, refuses := w.server.Opens(over, "198.51.100.1", password); !refuses {
		t.Error("a network without guesses left is told which is right")
	}
	giveBack()
	clock = clock.Add(10 * time.Second)
	if opens, _ := w.server.Opens(t.Context(), "198.51.100.1", password); !opens {
		t.Error("after ten seconds the password does not open")
	}
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
