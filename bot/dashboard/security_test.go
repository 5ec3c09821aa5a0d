package dashboard_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"

	"golang.org/x/crypto/bcrypt"
)

const password = "correct horse battery staple"

func withPassword(o *dashboard.Options) { o.Password, o.Listen = password, "0.0.0.0:8080" }

// send makes a request with the given headers.
func (w *world) send(t *testing.T, method, path, body string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, w.front.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(req)
	}
	res, err := browserless.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(data)
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	w := newWorld(t, 3, nil)
	for _, path := range []string{"/", g + "/songs", "/api/v1/songs", "/nosuch", "/healthz", "/login"} {
		res, _ := w.get(t, path)
		csp := res.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestCrossOriginPostChangesNothing(t *testing.T) {
	w := newWorld(t, 3, nil)
	form := "video=" + w.ids[0] + "&vote=up"
	for name, change := range map[string]func(*http.Request){
		"fetch metadata": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"same site":      func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"origin":         func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"null origin":    func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		if res, _ := w.send(t, "POST", g+"/vote", form, change); res.StatusCode != 403 {
			t.Errorf("%s: status %d, want 403", name, res.StatusCode)
		}
	}
	if votes, err := w.catalog.Votes(t.Context(), guildID); err != nil || len(votes) != 0 {
		t.Errorf("votes %v (%v) after refused posts", votes, err)
	}
	if res, _ := w.send(t, "POST", g+"/vote", form, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }); res.StatusCode != 303 {
		t.Errorf("our own page: status %d", res.StatusCode)
	}
}

func TestOnlyPostChangesState(t *testing.T) {
	w := newWorld(t, 3, nil)
	for _, path := range []string{"/vote", "/undo", "/promote", "/retrain", "/search", "/import", "/settings?picks=9", "/favourites?liked=Burial", "/label?vote=up&video=" + w.ids[0]} {
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "PATCH"} {
			w.send(t, method, g+path, "", nil)
		}
	}
	votes, err := w.catalog.Votes(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := w.catalog.Runs(t.Context(), guildID, 10)
	if err != nil {
		t.Fatal(err)
	}
	told, err := w.catalog.Preferences(t.Context(), guildID, "")
	if err != nil {
		t.Fatal(err)
	}
	if guild, _, _ := w.catalog.Guild(t.Context(), guildID); guild.Picks != 5 || len(votes) != 0 || len(runs) != 0 || len(told) != 0 {
		t.Errorf("something changed without a POST: %d picks, votes %v, runs %v, favourites %v", guild.Picks, votes, runs, told)
	}
}

func TestPublicAddressWithoutPasswordIsOff(t *testing.T) {
	for _, address := range []string{"0.0.0.0:8080", ":8080", "[::]:8080", "192.168.1.5:8080", "example.com:8080"} {
		w := newWorld(t, 3, func(o *dashboard.Options) { o.Listen = address })
		if !w.server.Off() {
			t.Errorf("%s: the dashboard is on", address)
		}
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 404, g + "/songs": 404, "/api/v1/songs": 404, "/login": 404} {
			if res, body := w.get(t, path); res.StatusCode != want || strings.Contains(body, w.ids[0]) {
				t.Errorf("%s%s: status %d, want %d", address, path, res.StatusCode, want)
			}
		}
	}
	for _, address := range []string{"127.0.0.1:8080", "localhost:8080", "[::1]:8080"} {
		if w := newWorld(t, 0, func(o *dashboard.Options) { o.Listen = address }); w.server.Off() {
			t.Errorf("%s: the dashboard is off", address)
		}
	}
}

// TestOffIsLogged runs the server as `run` does, on a public address.
func TestOffIsLogged(t *testing.T) {
	w := newWorld(t, 0, func(o *dashboard.Options) { o.Listen = "0.0.0.0:0" })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { done <- w.server.Serve(ctx, listener) }()
	res, err := http.Get("http://" + listener.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if log := w.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "the dashboard is off") || !strings.Contains(log, "dashboard.password") {
		t.Errorf("the log says %q", log)
	}
}

func TestAnotherNameForThisMachine(t *testing.T) {
	w := newWorld(t, 3, nil)
	for host, want := range map[string]int{"evil.example": 403, "evil.example:8080": 403, "127.0.0.1.evil.example": 403, "localhost:1": 303, "[::1]:8080": 303, "127.0.0.1": 303} {
		if res, _ := w.send(t, "GET", "/", "", func(r *http.Request) { r.Host = host }); res.StatusCode != want {
			t.Errorf("under the name %s: status %d, want %d", host, res.StatusCode, want)
		}
	}
}

func TestLogin(t *testing.T) {
	w := newWorld(t, 3, withPassword)
	for path, want := range map[string]int{"/": 303, g + "/songs": 303, "/api/v1/songs": 401, "/healthz": 200, "/login": 200, "/assets/dashboard.css": 200} {
		if res, body := w.get(t, path); res.StatusCode != want || strings.Contains(body, w.ids[0]) {
			t.Errorf("%s without a login: status %d, want %d", path, res.StatusCode, want)
		}
	}
	if res, _ := w.post(t, g+"/vote", map[string]string{"video": w.ids[0], "vote": "up"}); res.StatusCode != 401 {
		t.Errorf("a vote without a login: status %d", res.StatusCode)
	}
	if res, body := w.post(t, "/login", map[string]string{"password": "wrong"}); res.StatusCode != 401 || !strings.Contains(body, "wrong") || len(res.Cookies()) != 0 {
		t.Errorf("a wrong password: status %d, cookies %v", res.StatusCode, res.Cookies())
	}
	res, _ := w.post(t, "/login", map[string]string{"password": password})
	if res.StatusCode != 303 || len(res.Cookies()) != 1 {
		t.Fatalf("the right password: status %d, cookies %v", res.StatusCode, res.Cookies())
	}
	cookie := res.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Secure || len(cookie.Value) < 40 || cookie.Path != "/" {
		t.Errorf("the cookie is %+v", cookie)
	}
	if secure, _ := w.post(t, "/login", map[string]string{"password": password}, "X-Forwarded-Proto", "https"); len(secure.Cookies()) != 1 || !secure.Cookies()[0].Secure {
		t.Error("behind TLS the cookie is not Secure")
	}
	open := func(c *http.Cookie) int {
		res, _ := w.send(t, "GET", g+"/songs", "", func(r *http.Request) { r.AddCookie(c) })
		return res.StatusCode
	}
	if status := open(cookie); status != 200 {
		t.Errorf("with the cookie: status %d", status)
	}
	forged := *cookie
	forged.Value = strings.Repeat("A", len(cookie.Value))
	if status := open(&forged); status != 303 {
		t.Errorf("with a forged cookie: status %d", status)
	}
	w.send(t, "POST", "/logout", "", func(r *http.Request) { r.AddCookie(cookie) })
	if status := open(cookie); status != 303 {
		t.Errorf("after logging out: status %d", status)
	}
	if log := w.log.String(); strings.Contains(log, password) || strings.Contains(log, cookie.Value) {
		t.Error("the log holds the password or the cookie")
	}
}

func TestPrograms(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, 3, func(o *dashboard.Options) { o.PasswordHash, o.Listen = string(hash), "0.0.0.0:1" })
	for range 2 { // the second time it is remembered
		if res, _ := w.send(t, "GET", "/api/v1/songs", "", func(r *http.Request) { r.SetBasicAuth("", password) }); res.StatusCode != 200 {
			t.Errorf("with the password: status %d", res.StatusCode)
		}
	}
	if res, body := w.send(t, "GET", "/api/v1/songs", "", func(r *http.Request) { r.SetBasicAuth("", "wrong") }); res.StatusCode != 401 || strings.Contains(body, w.ids[0]) {
		t.Errorf("with a wrong password: status %d", res.StatusCode)
	}
	if _, err := dashboard.New(dashboard.Options{Store: w.catalog, Stages: w.loop, Labels: labelFiles{w.catalog}, Now: time.Now, Log: nil}); err == nil {
		t.Error("a dashboard without a logger was made")
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	var turns atomic.Int64
	w := newWorld(t, 3, func(o *dashboard.Options) {
		withPassword(o)
		o.Sleep = func(d time.Duration) {
			if turns.Add(1); d < 200*time.Millisecond {
				t.Errorf("a turn takes %s", d)
			}
		}
	})
	stood := func(n int64) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); turns.Load() != n; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d stood in the line, want %d", turns.Load(), n)
			}
		}
	}
	for range 8 {
		if res, _ := w.post(t, "/login", map[string]string{"password": "guess"}); res.StatusCode != 401 {
			t.Errorf("a guess: status %d", res.StatusCode)
		}
	}
	stood(3)
	// The line is for programs too, and for the right password.
	if res, _ := w.send(t, "GET", "/api/v1/songs", "", func(r *http.Request) { r.SetBasicAuth("", password) }); res.StatusCode != 200 {
		t.Errorf("basic authentication: status %d", res.StatusCode)
	}
	stood(4)
}

func TestTitlesAreData(t *testing.T) {
	w := newWorld(t, 0, nil)
	evil := `</title><script>alert(1)</script><img src=x onerror=alert(2)>" onmouseover="alert(3)`
	views := int64(5)
	seconds := int64(200)
	for i, id := range []string{"evilvideo00", "evilvideo01"} {
		if _, err := w.catalog.Observe(t.Context(), []catalog.Sighting{{
			Video: youtube.Video{ID: id, Title: evil, Channel: "=cmd|' /C calc'!A0;=cmd|x", ChannelID: fmt.Sprintf("UC%022d", i), Views: &views, DurationSeconds: &seconds, Category: "Music"},
			At:    now, GuildID: guildID, Query: `"><script>alert(4)</script>`, Status: youtube.StatusOK, Detailed: true,
		}}); err != nil {
			t.Fatal(err)
		}
	}
	w.post(t, g+"/vote", map[string]string{"video": "evilvideo00", "vote": "up"})
	if _, csv := w.get(t, g+"/songs.csv"); !strings.Contains(csv, ",'=cmd|' /C calc'!A0;'=cmd|x,") { // before the words are blocked
		t.Errorf("the CSV holds a formula: %q", csv)
	}
	if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
		g.Name, g.PauseReason, g.Paused = evil, evil, true
		g.BlockedWords = []string{evil}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.catalog.StartRun(t.Context(), catalog.Run{GuildID: guildID, Kind: "scrape", By: catalog.Asker(evil), Started: now, Outcome: "failed", Error: evil, Alarms: []string{evil}}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/songs", "/video/evilvideo00", "/model", "/votes", "/runs", "/label", "/settings", "/songs?q=" + "%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/songs?tab=blocked", "/songs?tab=all", "/songs?done=%3Cscript%3E"} {
		_, body := w.get(t, g+path)
		for _, bad := range []string{"<script>alert", "<img src=x", `" onmouseover="alert`} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: the page holds %q", path, bad)
			}
		}
	}
}

func TestHeaderInjection(t *testing.T) {
	w := newWorld(t, 3, nil)
	for _, path := range []string{
		g + "/label?n=1&skipped=%0d%0aSet-Cookie:%20a=b", g + "/songs?done=%0d%0aX-Evil:%201", "/g/%0d%0aX-Evil:%201/songs", "/assets/%0d%0aX-Evil:1.css",
	} {
		res, _ := w.get(t, path)
		if res.Header.Get("X-Evil") != "" || len(res.Cookies()) != 0 {
			t.Errorf("%s: headers %v", path, res.Header)
		}
	}
	res, _ := w.post(t, g+"/label", map[string]string{"video": w.ids[0], "vote": "skip", "n": "1%0d%0aX-Evil: 1", "skipped": "a%0d%0aX-Evil: 1\r\nX-Evil: 1"})
	if to := res.Header.Get("Location"); res.Header.Get("X-Evil") != "" || strings.ContainsAny(to, "\r\n ") || !strings.HasPrefix(to, g+"/label?") {
		t.Errorf("the answer leads to %q with %v", to, res.Header)
	}
	for _, to := range []string{"//evil.example/", "https://evil.example/"} {
		res, _ := w.post(t, g+"/vote", map[string]string{"video": to, "vote": "up"})
		if strings.Contains(res.Header.Get("Location"), "evil") {
			t.Errorf("redirected to %q", res.Header.Get("Location"))
		}
	}
}

func TestOversizedBodies(t *testing.T) {
	w := newWorld(t, 3, nil)
	if res, _ := w.send(t, "POST", g+"/settings", "queries="+strings.Repeat("a", 1<<20), nil); res.StatusCode < 400 {
		t.Errorf("a megabyte of settings: status %d", res.StatusCode)
	}
	if guild, _, _ := w.catalog.Guild(t.Context(), guildID); len(guild.Queries) != 2 {
		t.Errorf("an oversized form was saved in part: %v", guild.Queries)
	}
	res, _ := w.send(t, "GET", "/api/v1/songs", "", func(r *http.Request) { r.Header.Set("X-Long", strings.Repeat("a", 2<<20)) })
	if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("two megabytes of header: status %d", res.StatusCode)
	}
}

func TestPathTraversal(t *testing.T) {
	w := newWorld(t, 3, nil)
	for _, path := range []string{"/assets/../server.go", "/assets/..%2f..%2fserver.go", "/assets/%2e%2e%2fserver.go", "/assets/layout.html", "/assets/htmx.LICENSE", "/g/..%2f..%2fetc%2fpasswd/songs", g + "/video/..%2f..%2f..%2fetc", "/assets/....//server.go"} {
		if res, body := w.get(t, path); res.StatusCode == 200 || strings.Contains(body, "package dashboard") || strings.Contains(body, "root:") {
			t.Errorf("%s: status %d", path, res.StatusCode)
		}
	}
}

// TestSlowClient opens connections that send a header byte by byte, or
// nothing: the server cuts them off and serves others meanwhile.
func TestSlowClient(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a time limit of five seconds; left out with -short")
	}
	t.Parallel()
	w := newWorld(t, 3, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.server.Serve(ctx, listener) }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	res, err := http.Get("http://" + listener.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := bufio.NewReader(conn).ReadString('\n'); err == nil {
		// An answer (408) is fine too, as long as the connection ends.
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("the connection of a slow client does not end: %v", err)
		}
	} else if ne, ok := err.(net.Error); ok && ne.Timeout() {
		t.Error("a client that never ends its header keeps its connection")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestProfilerIsLocalAndOptIn(t *testing.T) {
	w := newWorld(t, 0, nil)
	if res, _ := w.get(t, "/debug/pprof/"); res.StatusCode != 404 {
		t.Errorf("the dashboard serves the profiler: status %d", res.StatusCode)
	}
	o := w.server.Options
	o.PprofListen = "0.0.0.0:6060"
	if _, err := dashboard.New(o); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("a public profiler is refused with %v", err)
	}
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.PprofListen = probe.Addr().String()
	probe.Close()
	s, err := dashboard.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	// The dashboard answers when everything listens.
	if res, err := http.Get("http://" + listener.Addr().String() + "/healthz"); err != nil {
		t.Fatal(err)
	} else {
		res.Body.Close()
	}
	res, err := http.Get("http://" + o.PprofListen + "/debug/pprof/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("the profiler answers with status %d", res.StatusCode)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// BenchmarkPicks is the page of a guild with 50,000 videos, as a browser gets
// it. Its size is reported too.
func BenchmarkPicks(b *testing.B) {
	w := newWorld(b, 50_000, nil)
	w.live(b)
	_, body := w.get(b, g+"/songs")
	b.ResetTimer()
	for b.Loop() {
		if res, _ := w.get(b, g+"/songs"); res.StatusCode != 200 {
			b.Fatal(res.StatusCode)
		}
	}
	b.ReportMetric(float64(len(body)), "bytes/page")
}

// BenchmarkPicksFiltered is the same with a filter that looks at every row.
func BenchmarkPicksFiltered(b *testing.B) {
	w := newWorld(b, 50_000, nil)
	w.get(b, g+"/songs")
	for b.Loop() {
		if res, _ := w.get(b, g+"/songs?q=winter+session&days=365"); res.StatusCode != 200 {
			b.Fatal(res.StatusCode)
		}
	}
}
