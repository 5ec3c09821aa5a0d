//go:build unix

package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// TestDiscordThroughAProxy: where the environment names a proxy, both the calls and
// the gateway go through it; here only the proxy knows where the two names are.
func TestDiscordThroughAProxy(t *testing.T) {
	s, d := newShell(t)
	there, err := url.Parse(d.URL())
	if err != nil {
		t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(there); r.Out.Header.Del("Accept-Encoding") },
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			body = bytes.ReplaceAll(body, []byte("ws://"+there.Host), []byte("ws://gateway.example"))
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			r.Header.Del("Content-Length")
			return err
		},
	}
	var mu sync.Mutex
	passed := map[string]int{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		passed[r.Method+" "+r.Host]++
		mu.Unlock()
		if r.Method != http.MethodConnect {
			pass.ServeHTTP(w, r)
			return
		}
		gateway, err := net.Dial("tcp", there.Host)
		if err != nil {
			t.Error(err)
			return
		}
		defer gateway.Close()
		bot, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer bot.Close()
		io.WriteString(bot, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(gateway, bot)
		io.Copy(bot, gateway)
	}))
	defer proxy.Close()
	s.env["HTTP_PROXY"], s.env["CRATEDIGGER_DISCORD_BASE_URL"] = proxy.URL, "http://discord.example"
	bot := s.starts(0, "run")
	bot.until(d)
	bot.says("connected to Discord")
	mu.Lock()
	defer mu.Unlock()
	calls, tunnels := 0, 0
	for what, n := range passed {
		if strings.HasSuffix(what, " discord.example") {
			calls += n
		}
		if strings.HasPrefix(what, "CONNECT gateway.example") {
			tunnels += n
		}
	}
	if calls == 0 || tunnels != 1 {
		t.Errorf("through the proxy went %v", passed)
	}
}
