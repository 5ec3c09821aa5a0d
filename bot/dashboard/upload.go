package dashboard

import (
	"io"
	"net/http"
)

// mostDrained bounds how much of a too large body is read and thrown away.
const mostDrained = 1 << 30

// upload is a request's body that returns an error at the first byte over its limit.
// drain then reads the rest: a browser reads the answer only after it has sent
// everything, and shows no answer if the connection ends before.
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

// drain reads the rest of a request and throws it away, until the deadline.
func drain(r *http.Request) {
	if u, ok := r.Body.(*upload); ok {
		_, _ = io.CopyN(io.Discard, u.ReadCloser, mostDrained)
	}
}
