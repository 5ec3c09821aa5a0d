package dashboard_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestTooLargeUploadIsAnswered sends like a browser: the whole file first, and only
// then it reads the answer.
func TestTooLargeUploadIsAnswered(t *testing.T) {
	w := newWorld(t, 3, nil)
	const size = 96 << 20
	head := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"l.csv\"\r\nContent-Type: text/csv\r\n\r\nvideo_id,y\n"
	tail := "\r\n--x--\r\n"
	host := strings.TrimPrefix(w.front.URL, "http://")
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST %s/import HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n%s", g, host, len(head)+size+len(tail), head)
	line := bytes.Repeat([]byte("aaaaaaaaaaa,1\n"), 1<<16)
	for left := size; left > 0; {
		n, err := c.Write(line[:min(left, len(line))])
		if err != nil {
			t.Fatalf("the connection ended with %d MB left to send: %v", left>>20, err)
		}
		left -= n
	}
	if _, err := c.Write([]byte(tail)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "too large") {
		t.Errorf("status %d, %q (%v)", res.StatusCode, body, err)
	}
}
