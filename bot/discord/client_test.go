package discord

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestErrorsQuoteLittle: an answer of Discord's, or of a machine before it,
// stands in logs and on pages with its beginning only.
func TestErrorsQuoteLittle(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("blocked ", 11_000)
	for name, test := range map[string]struct {
		status  int
		body    string
		verdict Verdict
	}{
		"page of a proxy":        {403, "<html>" + long, Retry},
		"error with a long text": {403, `{"code":50013,"message":"` + long + `"}`, Lost},
		"refused form":           {400, `{"code":50035,"message":"Invalid Form Body","errors":{"` + long + `":1}}`, Final},
		"refused token":          {401, `{"code":0,"message":"` + long + `"}`, Refused},
		"number":                 {200, `{"id":` + strings.Repeat("1", 85_000) + `}`, Retry},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			io.WriteString(w, test.body)
		}))
		client, err := NewClient(Options{Token: "t", BaseURL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Send(t.Context(), "1", Message{Content: "x"})
		if err == nil || len(utf16.Encode([]rune(err.Error()))) > 260 || Classify(err) != test.verdict {
			t.Errorf("%s: %.400v (%d, judged %d)", name, err, len(err.Error()), Classify(err))
		}
		client.CloseIdle()
		server.Close()
	}
}

// TestErrorsHideTheInteraction: whoever has an interaction's token may answer in
// the bot's place.
func TestErrorsHideTheInteraction(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	answers := []string{"", "HTTP/1.1 " + strings.Repeat("x", 85_000) + "\r\n\r\n", "HTTP/1.1 400 " + strings.Repeat("x", 85_000) + "\r\n\r\n"}
	go func() {
		for _, answer := range answers {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 4096))
			io.WriteString(conn, answer)
			conn.Close()
		}
	}()
	client, err := NewClient(Options{Token: "t", BaseURL: "http://" + listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdle()
	in := &Interaction{ID: "1", AppID: "2", Token: "interaction-secret"}
	for i := range answers {
		err := client.Answer(t.Context(), in, Answer{}, nil)
		if err == nil || strings.Contains(err.Error(), in.Token) || len(err.Error()) > 500 {
			t.Errorf("answer %d: %.300v", i, err)
		}
	}
}
