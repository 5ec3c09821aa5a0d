package dashboard

import (
	"io"
	"net/http"
)

// mostDrained bounds what is read away of a body that is too large.
const mostDrained = 1 << 30

// upload is a request's body that ends with an error at the first byte over its
// limit. What is left of it can be read away: a browser looks for an answer when it
// has sent all, and is shown none when the connection ends before.
type upload struct {
	io.ReadCloser
	limit, read int64
}

func (u *upload) Read(p []byte) (int, error) {
	over := &http.MaxBytesError{Limit: u.limit}
	if u.read > u.limit {
		return 0, over
	}
	left := u.limit - u.read
	if int64(len(p)) > left+1 {
		p = p[:left+1]
	}
	n, err := u.ReadCloser.Read(p)
	u.read += int64(n)
	if u.read > u.limit {
		return int(left), over
	}
	return n, err
}

// drain reads away what is left of a request, as long as its deadline allows.
func drain(r *http.Request) {
	if u, ok := r.Body.(*upload); ok {
		_, _ = io.CopyN(io.Discard, u.ReadCloser, mostDrained)
	}
}
