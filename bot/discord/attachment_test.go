package discord

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestAttachment fetches from the stand-in's address what Discord's hosts are to serve:
// without the token, following nothing, and as far as the reader reads.
func TestAttachment(t *testing.T) {
	var mu sync.Mutex // of the two
	asked, sent := map[string]int{}, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path]++
		mu.Unlock()
		if r.Header.Get("Authorization") != "" {
			t.Error("the token was sent")
		}
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		case "/gone":
			http.NotFound(w, r)
		case "/endless":
			for {
				n, err := w.Write(make([]byte, 1<<16))
				mu.Lock()
				sent += n
				enough := sent > 1<<28
				mu.Unlock()
				if err != nil || enough {
					return
				}
			}
		default:
			io.WriteString(w, "a,b\n")
		}
	}))
	defer server.Close()
	c, err := NewClient(Options{Token: "secret", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	fetch := func(address string) (text string, err error) {
		err = c.Attachment(t.Context(), address, func(r io.Reader) error {
			data, err := io.ReadAll(io.LimitReader(r, 8))
			text = string(data)
			return err
		})
		return text, err
	}
	for _, host := range []string{"cdn.discordapp.com", "media.discordapp.net"} {
		if text, err := fetch("https://" + host + "/attachments/1/x.csv?ex=1"); err != nil || text != "a,b\n" {
			t.Errorf("%s: %q, %v", host, text, err)
		}
	}
	if text, err := fetch("https://cdn.discordapp.com/endless"); err != nil || len(text) != 8 {
		t.Errorf("endless: %q, %v", text, err)
	}
	server.CloseClientConnections()
	mu.Lock()
	if sent > 1<<27 {
		t.Errorf("%d bytes of an endless file were taken", sent)
	}
	mu.Unlock()
	for _, path := range []string{"/moved", "/gone"} {
		if _, err := fetch("https://cdn.discordapp.com" + path); !errors.Is(err, ErrAttachment) || strings.Contains(err.Error(), server.URL) {
			t.Errorf("%s: %v", path, err)
		}
	}
	before := len(asked)
	for _, address := range []string{"http://cdn.discordapp.com/a", "https://cdn.discordapp.com:8443/a", "https://me@cdn.discordapp.com/a", "https://discord.com/a", "https://cdn.discordapp.com.example/a", server.URL + "/a", "", "\x00"} {
		if _, err := fetch(address); !errors.Is(err, ErrAttachment) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if asked["/elsewhere"] != 0 || len(asked) != before {
		t.Errorf("asked for %v", asked)
	}
	own := errors.New("the reader's own")
	if err := c.Attachment(t.Context(), "https://cdn.discordapp.com/a", func(io.Reader) error { return own }); !errors.Is(err, own) || errors.Is(err, ErrAttachment) {
		t.Errorf("%v", err)
	}
}
